"""Facts: closed, typed, bounded, and described in the manual as they are."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.message import MAX_MESSAGE_CHARS
from shared.domain.rules import BusinessRule
from shared.rules.check import check_rules
from shared.rules.facts import FACTS, Facts, fact_by_name
from shared.rules.language import activation, compile_condition
from tests.unit.properties import NORMAL, any_text
from tests.unit.rules.samples import NOW, full_facts

MANUAL = (Path(__file__).parents[3] / "docs" / "rules.md").read_text()
# A condition of each type that is true or false of any value, which the library refuses values of other types for.
TYPICAL = {
    "text": "size({}) >= 0",
    "whole number": "{} != -5",
    "number": "{} != -5.5",
    "true or false": "{} || true",
    "list of texts": "size({}) >= 0",
    "texts by name": "size({}) >= 0",
    "values by name": "size({}) >= 0",
}
_odd = (
    st.none() | st.booleans() | st.integers() | st.floats() | any_text | st.lists(st.integers() | any_text, max_size=3)
)
_maps = st.dictionaries(any_text, _odd | st.dictionaries(any_text, _odd, max_size=2), max_size=5)


def a_fact_list(**facts):
    """Return facts with an ordinary message."""
    return Facts(**{"message": "Hello", "now": NOW, **facts})


def test_the_manual_lists_the_facts_as_they_are():
    """docs/rules.md has each fact with its type, meaning and values, in order, and no other."""
    section = MANUAL.split("## Facts")[1].split("## Actions")[0]
    rows = re.findall(r"^\| `([a-z.]+)` \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)
    closed = {fact.name: ", ".join(f"`{value}`" for value in fact.values) for fact in FACTS}
    meanings = [fact.meaning + (f": {closed[fact.name]}" if fact.values else "") for fact in FACTS]
    assert rows == [(fact.name, fact.type, meaning) for fact, meaning in zip(FACTS, meanings, strict=True)]


def test_every_rule_of_the_manual_can_be_saved():
    """The manual's examples are right."""
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", MANUAL, re.DOTALL)]
    assert len(examples) == 11
    assert check_rules([BusinessRule.model_validate(example) for example in examples]) == []


def test_every_condition_of_the_manual_is_one():
    """What the manual shows in its table of conditions compiles, alone or as a part."""
    table = MANUAL.split("## Conditions")[1].split("- A text stands")[0].replace(r"\|", "|")
    shown = [code for code in re.findall(r"`([^`]+)`", table) if any(fact.name in code for fact in FACTS)]
    assert len(shown) >= 20
    for code in shown:
        compile_condition(code if code != 'metadata["plan"]' else f'{code} == "pro"')


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_a_fact_has_the_type_it_says(fact):
    """Each fact reaches conditions in its own type, both with ordinary and with the largest values."""
    condition = compile_condition(TYPICAL[fact.type].format(fact.name))
    for facts in (a_fact_list(open=True, crm={}, experiment={}), full_facts()):
        value = facts.value(fact.name)
        if value is not None:
            assert condition.decide(activation({fact.name: value})) is True


def test_what_may_be_unknown_is_unknown_unless_given():
    """Only the opening, the experiment and the CRM record can be missing as a whole."""
    facts = a_fact_list()
    assert [fact.name for fact in FACTS if facts.value(fact.name) is None] == ["open", "experiment", "crm"]


def test_facts_are_cut_to_their_sizes():
    """Whatever is handed in, no fact gets larger than what costs are reckoned with."""
    facts = full_facts()
    for fact in FACTS:
        value = facts.value(fact.name)
        if isinstance(value, list | dict):
            assert len(value) == fact.count
        if isinstance(value, str):
            assert len(value) <= fact.chars


@pytest.mark.parametrize("letter", ["ﷺ", "é", "\u0301", "İ", "ß", "가"])
def test_a_message_does_not_grow_by_being_folded(letter):
    """A character that decomposes into many leaves the plain message as long as a message may be."""
    plain = a_fact_list(message=letter * MAX_MESSAGE_CHARS).value("message.plain")
    assert isinstance(plain, str)
    assert len(plain) <= MAX_MESSAGE_CHARS


def test_metadata_keeps_what_can_be_compared():
    """Texts, numbers, true and false and lists of them stay what they are; objects and nothing are left out."""
    given_in = {"a": "x", "b": 1, "c": 1.5, "d": True, "e": None, "f": {"g": 1}, "h": ["x", 1, None, ["y"]], "i": 2**70}
    assert a_fact_list(metadata=given_in).value("metadata") == {
        "a": "x", "b": 1, "c": 1.5, "d": True, "h": ["x", 1], "i": 2**63 - 1,
    }  # fmt: skip


@NORMAL
@given(any_text, _maps, st.lists(any_text, max_size=5).map(tuple))
def test_any_value_can_be_asked_about(text, values, items):
    """No text, number or structure that a session can hold breaks the library (lone surrogates among them)."""
    facts = a_fact_list(
        message=text, page_url=text, fields=dict.fromkeys(items, text), metadata=values, crm=values, tags=items
    )
    known = {fact.name: facts.value(fact.name) for fact in FACTS}
    for name in ("message.text", "message.plain", "page.url", "fields", "known", "metadata", "crm", "tags"):
        condition = compile_condition(TYPICAL[fact_by_name()[name].type].format(name))
        assert condition.decide(activation(known)) is True
