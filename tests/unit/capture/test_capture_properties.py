"""What holds for every message: nothing raises, nothing locked changes by itself, values are stable, time is linear."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.capture.extract import hear
from shared.capture.lock import learn
from shared.capture.masking import mask
from shared.capture.validate import InvalidValue, validate
from shared.domain.understanding import Given, Heard
from tests.unit.capture.said_tables import (
    ARABIC,
    ENGLISH,
    FIELDS,
    FRENCH,
    GERMAN,
    KNOWN,
    REGION,
    SPANISH,
    TODAY,
    a_value,
)  # fmt: skip
from tests.unit.properties import NORMAL, THOROUGH, any_text

MESSAGES = [text.removeprefix("[known] ") for text, _, _ in (*ENGLISH, *SPANISH, *GERMAN, *FRENCH, *ARABIC)]
_MARKS = ("[known]", "sorry", "old", "new", "*", "actually", "spelled", "wrong", "doesn't work")
PLAIN = [text for text, _, _ in ENGLISH if not any(mark in text for mark in _MARKS)]
PUMPS = (
    "my name is ", "i'm ", "I'm Ana ", "a", "a@", "@", "a@b.c ", "1 ", "+",
    "600 123 456 ", "not ", "my email is ", "no ",
    "please ", "thanks ", "budget ", "my budget is ", "i live in ", "1.", "ana at ", "'s email ", "\n", "ß ", "😀",
    "it's ana, not ", "change my ", "sorry ", "a-", "/", "اسمي ", "no, sorry, it is ", "d'abord, ", "شكرًا ",
)  # fmt: skip
LENGTHS = (500, 4000)  # characters; the second is the longest message
SLACK = 6  # above a straight line: the shortest texts end at their first word

asking = st.sampled_from(["", *FIELDS])
pieces = st.lists(st.sampled_from([*PUMPS, *MESSAGES]), max_size=5).map(" ".join)
texts = any_text | pieces | st.sampled_from(MESSAGES)
givens = st.builds(
    Given, st.sampled_from(["name", "email", "city"]), st.sampled_from(["a", "b"]), st.just("s"), st.just("w")
)
heards = st.builds(
    Heard,
    given=st.lists(givens, max_size=3).map(tuple),
    corrected=st.lists(givens, max_size=2).map(tuple),
    contested=st.lists(givens, max_size=2).map(tuple),
    withdrawn=st.lists(st.sampled_from(["name", "email", "city"]), max_size=2).map(tuple),
)


@THOROUGH
@given(texts, asking, st.sampled_from([{}, KNOWN]))
def test_any_text_is_survived_and_heard_the_same_again(text, field, known):
    """No input raises, lone surrogates included, and there is no memory."""
    assert hear(text, FIELDS, known, field, REGION, TODAY) == hear(text, FIELDS, known, field, REGION, TODAY)


@THOROUGH
@given(texts, asking)
def test_a_bare_answer_changes_at_most_the_asked_field(text, field):
    """What is heard beyond what is heard unasked belongs to the field that was asked for."""
    unasked = {given.field for given in hear(text, FIELDS, {}, "", REGION, TODAY).given}
    for given_value in hear(text, FIELDS, {}, field, REGION, TODAY).given:
        assert given_value.field == field or given_value.field in unasked


@THOROUGH
@given(texts, asking)
@example("budget 1000000000000000", "")
@example("budget 999999999999999k", "")
def test_every_given_value_validates_to_itself(text, field):
    """Normal forms are stable, so what is stored can be compared."""
    for heard in hear(text, FIELDS, {}, field, REGION, TODAY).given:
        assert validate(FIELDS[heard.field], heard.value, REGION, TODAY).value == heard.value


@NORMAL
@given(any_text, st.sampled_from(list(FIELDS)))
def test_validation_is_stable_for_any_text(text, field):
    """Whatever is accepted has a normal form that is accepted as itself."""
    try:
        value = validate(FIELDS[field], text, REGION, TODAY).value
    except InvalidValue:
        return
    assert validate(FIELDS[field], value, REGION, TODAY).value == value


@NORMAL
@given(texts)
def test_a_locked_value_changes_only_by_a_correction(text):
    """Unless the message corrects it, what was known is known with the same value afterwards."""
    heard = hear(text, FIELDS, KNOWN, "", REGION, TODAY)
    corrected = {given.field for given in heard.corrected}
    after, _ = learn(KNOWN, heard, "m-1", "now")
    for field, value in KNOWN.items():
        assert after[field].value == value.value or field in corrected


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_statement_corrects_nothing(text):
    """Stating another value is no correction."""
    assert hear(text, FIELDS, KNOWN, "", REGION, TODAY).corrected == ()


@THOROUGH
@given(heards, st.sampled_from([{}, KNOWN]))
def test_learning_the_same_message_twice_is_learning_it_once(heard, known):
    """A repeated message confirms nothing by being repeated."""
    once, _ = learn(known, heard, "m-1", "now")
    twice, changed = learn(once, heard, "m-1", "now")
    assert twice == once
    assert changed == ()


@THOROUGH
@given(heards)
def test_only_corrections_replace_what_is_locked(heard):
    """Whatever is heard, a locked value stays unless it is corrected or withdrawn first."""
    known = {"email": a_value("x"), "name": a_value("y")}
    after, _ = learn(known, heard, "m-1", "now")
    free = {given.field for given in heard.corrected} | {*heard.withdrawn}
    for field, value in known.items():
        assert field in free or after[field].value == value.value


@NORMAL
@given(texts)
def test_masking_survives_any_text_and_leaves_no_value(text):
    """The visitor's address is gone, whatever stands around it."""
    assert "ana@x.com" not in mask(f"{text} ana@x.com {text}", KNOWN).lower().split(" ")


@pytest.mark.parametrize("field", ["", "email", "name", "day"])
@pytest.mark.parametrize("pump", PUMPS)
def test_the_longest_message_costs_no_more_than_its_length(pump, field):
    """Text made to backtrack takes time by its length, not by its square (its own time: the machine is busy)."""

    def seconds(length: int) -> float:
        text = (pump * length)[:length]
        begun = time.thread_time()
        hear(text, FIELDS, KNOWN, field, REGION, TODAY)
        return time.thread_time() - begun

    short = min(seconds(LENGTHS[0]) for _ in range(5))
    limit = SLACK * LENGTHS[1] / LENGTHS[0] * max(short, 200e-6)
    assert any(seconds(LENGTHS[1]) < limit for _ in range(5))
