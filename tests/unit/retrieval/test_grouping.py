"""Questions are put together by what they mean: on real vectors, with what was decided, and the same every time."""

import datetime as dt
import random
import struct
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from local.gemini.vectors import Vectors
from shared.domain.gaps import Decision, KeptGap
from shared.retrieval import grouping
from shared.retrieval.grouping import UNKNOWN, chance_of, grouped
from shared.understanding.intents import build_intents
from tests.unit.retrieval.subjects import SUBJECTS

BEGAN = dt.datetime(2026, 11, 1, 9, 0, tzinfo=dt.UTC)
MINILM, FLAT = "minilm/384", "flat/3"
CHANCE = {FLAT: 0.0}


@pytest.fixture(scope="module")
def vectors():
    """MiniLM, as the stand-in of the model embeds."""
    return Vectors()


@pytest.fixture(scope="module")
def chance(vectors):
    """What is near by chance for MiniLM, measured as an index in use tells it."""
    return {
        MINILM: chance_of(build_intents((), lambda texts: vectors.embed(texts).tolist(), "minilm", 384, built_in=False))
    }


def a_gap(number, question, vector=(), space=FLAT, **fields):
    """Return the `number`th question that was asked."""
    packed = struct.pack(f"<{len(vector)}e", *vector)
    at = BEGAN + dt.timedelta(minutes=number)
    return KeptGap(
        f"s-{number}", "m-1", at, "web", "en", question, space=space if packed else "", vector=packed, **fields
    )


def questions(groups):
    """Return the questions of each group."""
    return [[gap.question for gap in group.gaps] for group in groups]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_most_phrasings_of_a_subject_come_together_and_hardly_two_subjects(vectors, chance, seed):
    """On 97 questions about 27 subjects, in any order: pairs put together rightly, and pairs found."""
    asked = [(subject, text) for subject, texts in SUBJECTS.items() for text in texts]
    random.Random(seed).shuffle(asked)
    matrix = vectors.embed([text for _, text in asked])
    gaps = [a_gap(number, text, matrix[number].tolist(), MINILM) for number, (_, text) in enumerate(asked)]
    about = {gap.id: subject for gap, (subject, _) in zip(gaps, asked, strict=True)}
    pairs = [pair for group in grouped(gaps, {}, chance) for pair in combinations(group.gaps, 2)]
    right = sum(about[one.id] == about[other.id] for one, other in pairs)
    every = sum(len(texts) * (len(texts) - 1) // 2 for texts in SUBJECTS.values())
    assert right / len(pairs) >= 0.93
    assert right / every >= 0.85


def test_chance_is_measured_on_sentences_that_have_nothing_in_common(chance):
    """Far below what phrasings of a question have; a model without such sentences is taken for a narrow one."""
    assert 0.05 < chance[MINILM] < 0.2
    bare = build_intents((), lambda texts: [[1.0, 0.0]] * len(texts), "m", 2)
    alone = replace(bare, names=("x",) * len(bare.names))
    assert chance_of(alone) == UNKNOWN


def test_the_same_questions_give_the_same_groups(vectors, chance):
    """Twice; and one question more changes neither the ids nor what else is in them."""
    texts = [text for texts in list(SUBJECTS.values())[:6] for text in texts]
    matrix = vectors.embed(texts)
    gaps = [a_gap(number, text, matrix[number].tolist(), MINILM) for number, text in enumerate(texts)]
    first, second = grouped(gaps, {}, chance), grouped(gaps, {}, chance)
    assert first == second
    more = grouped([*gaps, a_gap(900, "do u repair SCOOTERS", matrix[2].tolist(), MINILM)], {}, chance)
    assert [group.id for group in more] == [group.id for group in first]
    assert [len(group.gaps) for group in more][1:] == [len(group.gaps) for group in first][1:]


def test_a_group_belongs_together_on_average():
    """Two that are near a third, but not each other, are not one group through it."""
    low, middle, high = (1, 0, 0), (0.7, 0.7, 0), (0, 1, 0)
    groups = grouped([a_gap(1, "a", low), a_gap(2, "b", middle), a_gap(3, "c", high)], {}, CHANCE)
    assert sorted(map(len, questions(groups))) == [1, 2]


def test_without_a_vector_the_words_decide():
    """Case, accents and the question mark aside; also between a question with one and one without."""
    gaps = [a_gap(1, "Café offen?"), a_gap(2, "cafe offen"), a_gap(3, "Café zu?"), a_gap(4, "CAFE OFFEN", (1, 0, 0))]
    assert questions(grouped(gaps, {}, CHANCE)) == [["Café offen?", "cafe offen", "CAFE OFFEN"], ["Café zu?"]]


def test_vectors_of_two_models_never_meet():
    """However alike they look; the same words are the same in any model."""
    gaps = [a_gap(1, "a", (1, 0, 0)), a_gap(2, "b", (1, 0, 0), "other/3"), a_gap(3, "A", (0, 1, 0), "other/3")]
    assert questions(grouped(gaps, {}, CHANCE)) == [["a", "A"], ["b"]]


@pytest.mark.parametrize(
    "vector", [(0.0, 0.0, 0.0), (float("nan"), 0.0, 1.0), (1.0, 0.0)], ids=["zero", "nan", "short"]
)
def test_a_vector_that_cannot_be_compared_counts_as_none(vector):
    """Nothing fails, and it is like nothing."""
    gaps = [a_gap(1, "a", (1, 0, 0)), a_gap(2, "b", vector), a_gap(3, "c", vector)]
    assert questions(grouped(gaps, {}, CHANCE)) == [["a"], ["b"], ["c"]]


def a_decision(group_id, status="dismissed", **fields):
    """Return what was decided on a group."""
    return Decision(group_id, status, BEGAN, **fields)


def test_what_was_decided_on_stays_together_and_draws_what_means_the_same():
    """Also questions that would not be one group by themselves; what names a decision that is gone is undecided."""
    gaps = [
        a_gap(1, "a", (1, 0, 0), group_id="gap_x"), a_gap(2, "b", (0, 1, 0), group_id="gap_x"),
        a_gap(3, "c", (0.7, 0.7, 0)), a_gap(4, "d", (0, 0, 1)), a_gap(5, "e", (0, 0, 1), group_id="gap_gone"),
        a_gap(6, "B?"),
    ]  # fmt: skip
    groups = grouped(gaps, {"gap_x": a_decision("gap_x"), "gap_y": a_decision("gap_y")}, CHANCE)
    assert questions(groups) == [["a", "b", "c", "B?"], ["d", "e"]]
    assert [(group.id, group.status) for group in groups] == [("gap_x", "dismissed"), (gaps[3].id, "open")]


def test_the_wording_that_stands_for_all_is_asked_most_or_nearest_to_the_others():
    """Of two asked as often the one in the middle; each wording stands there once."""
    gaps = [a_gap(1, "edge", (1, 0, 0)), a_gap(2, "middle", (0.9, 0.44, 0)), a_gap(3, "other edge", (0.6, 0.8, 0))]
    [group] = grouped(gaps, {}, CHANCE)
    assert [gap.question for gap in group.wordings] == ["middle", "edge", "other edge"]
    [group] = grouped([*gaps, a_gap(4, "Edge?", (1, 0, 0))], {}, CHANCE)
    assert group.wordings[0].question == "Edge?"
    assert len(group.wordings) == 3


def test_many_are_grouped_in_pieces(monkeypatch):
    """A piece joins the groups before it: the same subjects as in one go."""
    centres = np.random.default_rng(7).standard_normal((20, 64))
    noise = np.random.default_rng(8).standard_normal((400, 64))
    matrix = [(centres[number % 20] + 0.3 * noise[number]).tolist() for number in range(400)]
    gaps = [a_gap(number, f"question {number}", matrix[number], "m/64") for number in range(400)]
    whole = grouped(gaps, {}, {"m/64": 0.0})
    monkeypatch.setattr(grouping, "_BLOCK", 70)
    assert questions(grouped(gaps, {}, {"m/64": 0.0})) == questions(whole)
    assert len(whole) == 20


def test_an_answer_that_did_not_help_opens_its_group_again():
    """Questions of its time, and those from before it was in use, do not; a dismissed group stays shut."""
    live = BEGAN + dt.timedelta(hours=1)
    gaps = [
        a_gap(1, "a", (1, 0, 0), group_id="gap_x"), a_gap(30, "b", (1, 0, 0)),
        a_gap(600, "c", (1, 0, 0), group_id="gap_x"),
    ]  # fmt: skip
    later = a_gap(61.5, "d", (1, 0, 0))
    for decision, extra, expected in (
        (a_decision("gap_x", "answered", live_since=live), [], ("answered", 0)),
        (a_decision("gap_x", "answered", live_since=live), [later], ("open", 1)),
        (a_decision("gap_x", "answered"), [later], ("answered", 0)),
        (a_decision("gap_x"), [later], ("dismissed", 0)),
    ):
        [group] = grouped(sorted([*gaps, *extra], key=lambda gap: gap.at), {"gap_x": decision}, CHANCE)
        assert (group.status, group.again) == expected
