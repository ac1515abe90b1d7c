"""The example sentences themselves: complete, clean, and none of them under two intents."""

import pytest

from shared.domain.folding import fold
from shared.domain.intents import BUILT_IN, IntentSpec
from shared.understanding.examples import BACKGROUND, EXAMPLES

LANGUAGES = {"en", "es", "de", "fr", "ar"}


def test_every_built_in_intent_but_question_has_examples():
    """The list of the domain and the examples agree."""
    assert {*EXAMPLES, "question"} == set(BUILT_IN)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_language_has_enough(name):
    """At least four sentences in each language, seven in English."""
    assert set(EXAMPLES[name]) == LANGUAGES
    for language, texts in EXAMPLES[name].items():
        assert len(texts) >= (7 if language == "en" else 4)


def test_the_background_speaks_every_language():
    """Nearness by chance is measured in each."""
    assert set(BACKGROUND) == LANGUAGES
    assert sum(map(len, BACKGROUND.values())) >= 60


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_what_an_owner_could_write(name):
    """They pass the rules for an owner's own, unchanged."""
    texts = tuple(text for group in EXAMPLES[name].values() for text in group)
    assert IntentSpec(id=name, examples=texts).examples == texts


def test_no_sentence_stands_twice():
    """A sentence of two intents, or of one and the background, would say nothing."""
    groups = [*(group for languages in EXAMPLES.values() for group in languages.values()), *BACKGROUND.values()]
    folded = [fold(text) for group in groups for text in group]
    assert len(folded) == len(set(folded))
