"""A follow-up is read with what it leans on; a new subject is not."""

import pytest

from shared.retrieval.followup import MOST_CHARS, leans, standalone

LEANING = [
    "And for a week?", "How much is that?", "What about the stem?", "Is it included?", "When is she in?", "How long?",
    "¿Y los sábados?", "¿Cuánto cuesta eso?", "Und am Samstag?", "Wie lange dauert das?", "Et le samedi ?",
    "C'est combien ?", "وماذا عن السبت؟",
]  # fmt: skip
ALONE = [
    "What does a full service cost?", "Do students get a discount?", "e-bike battery repair",
    "Where can I park my car?", "Was kostet eine große Inspektion?",
    "¿Cuánto cuesta una revisión completa de la bicicleta?",
    "Combien coûte une révision complète du vélo ?", "كم سعر إصلاح إطار الدراجة؟",
]  # fmt: skip


@pytest.mark.parametrize("text", LEANING)
def test_follow_ups_are_known(text):
    """They cannot be understood alone."""
    assert leans(text)


@pytest.mark.parametrize("text", ALONE)
def test_questions_that_stand_alone_are_known(text):
    """They need nothing in front of them."""
    assert not leans(text)


def test_a_chain_goes_back_to_its_subject():
    """A follow-up to a follow-up still knows what all is about, and nothing from before that."""
    asked = ["Are you open on Sundays?", "What does a city bike cost for a day?", "and a week?", "and the deposit?"]
    assert standalone(asked) == "What does a city bike cost for a day? and a week? and the deposit?"


def test_a_new_subject_stays_itself():
    """So does the first message, and one after nothing but silence."""
    assert standalone(["How much is truing?", "Where can I park my car?"]) == "Where can I park my car?"
    assert standalone(["And for a week?"]) == "And for a week?"
    assert standalone(["  ", ""]) == ""


def test_a_long_chain_keeps_both_ends():
    """The subject and the last question are never left out."""
    asked = ["What does a city bike cost for a day?", *[f"and {number} {'x' * 90}?" for number in range(9)], "and now?"]
    made = standalone(asked)
    assert made.startswith(asked[0])
    assert made.endswith("and now?")
    assert len(made) <= MOST_CHARS + len("and now?") + 2
