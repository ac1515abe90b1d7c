"""What holds for everything read from a message: any Unicode is survived, long adversarial text costs only its length.

A new function joins by standing in FUNCTIONS.
"""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.understanding import cues, language, sentiment
from tests.unit.properties import NORMAL, any_text

FIVE = ("en", "es", "de", "fr", "ar")
FUNCTIONS: dict[str, Callable[[str], object]] = {
    **{f"feel {code}": lambda text, code=code: sentiment.feel(text, code) for code in FIVE},  # type: ignore[misc]
    "feel": sentiment.feel,
    "detect": lambda text: language.detect(text, FIVE, "en"),
    **{
        cue.__name__: cue
        for cue in (
            cues.wants_person, cues.greets, cues.thanks, cues.says_goodbye, cues.agrees, cues.declines,
            cues.asks_something, cues.complains,
        )
    },
}  # fmt: skip
LENGTHS = (500, 4000)  # characters; the second is the longest message
FLOOR_S = 20e-6  # under this a clock measures itself
SLACK = 3  # above a straight line; backtracking over eight times the text would cost 64 times as much, not 8
# Each makes some pattern begin everywhere and fail late, or some list match everywhere.
PUMPS = (
    "can i ", "want to talk to ", "please have someone ", "is there a human ", "i don't want to ", "can you please ",
    "mit einem ", "kann mich bitte ", "quiero hablar ", "me pueden ", "je voudrais ", "quelqu'un ", "اريد ", "ممكن ",
    "hi ", "hello, ", "thank you so ", "thanks for ", "bye. ", "yes ", "no ", "no, ", "and so ", "? ", "not very ",
    "so ",
    "bad ", "BAD ", "not not ", "ne pas ", "waste of ", "but ", "waiting for two ", "ليس ", "وال", "a", "aaab ", " ",
    "\n",
    ".", "!", "?!", "'", "l'", "😡", "\u0301", "ß", "İ", "ﷺ", "👩\u200d🔧", "Ａ", "\u00ad", "**", "新", "1 ",
)  # fmt: skip

_fragments = st.lists(st.sampled_from(PUMPS), max_size=12).map("".join)


@pytest.mark.parametrize("name", FUNCTIONS)
@NORMAL
@given(any_text | _fragments)
def test_any_text_is_survived_and_read_the_same_again(name, text):
    """No input raises, lone surrogates included, and there is no memory."""
    assert FUNCTIONS[name](text) == FUNCTIONS[name](text)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("pump", PUMPS)
def test_the_longest_message_costs_no_more_than_its_length(name, pump):
    """Text made to backtrack takes time by its length, not by its square (its own time: the machine is busy)."""

    def seconds(length: int) -> float:
        text = (pump * length)[:length]
        begun = time.thread_time()
        FUNCTIONS[name](text)
        return time.thread_time() - begun

    short = min(seconds(LENGTHS[0]) for _ in range(7))
    limit = SLACK * LENGTHS[1] / LENGTHS[0] * max(short, FLOOR_S)
    assert any(seconds(LENGTHS[1]) < limit for _ in range(7))
