"""Texts as sound: together, in time, and not waited for when it does not come."""

import threading

from shared.api.voice.speaking import FAILURES, PAUSE_S, Speaker, Utterance
from shared.domain.errors import Unavailable


class Studio:
    """Makes recordings. `gate` holds them up, `down` fails them."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.down = False
        self.asked: list[str] = []

    def ensure(self, business_id: str, text: str, voice: str, *, deadline_s: float) -> str:
        """See `Recordings`."""
        assert (business_id, voice, deadline_s > 0) == ("acme", "v", True)
        self.asked.append(text)
        if self.down:
            raise Unavailable("down")
        assert self.gate.wait(30)
        return f"key-{text}"

    def read(self, business_id: str, key: str) -> bytes | None:
        """See `Recordings`."""
        raise NotImplementedError


def test_all_texts_are_made_at_once_and_stay_in_order():
    """One that fails does not take the others' sound."""
    studio = Studio()
    speaker = Speaker(studio, "https://p")
    expected = [Utterance(text, f"https://p/voice/audio/acme/key-{text}.mp3") for text in "abc"]
    assert speaker.utter("acme", ["a", "b", "c"], "v", 30) == expected
    assert speaker.utter("acme", [], "v", 30) == []


def test_what_comes_too_late_is_said_by_twilio():
    """The text without sound; what was begun goes on for the next call."""
    studio = Studio()
    speaker = Speaker(studio, "https://p")
    studio.gate.clear()
    assert speaker.utter("acme", ["a"], "v", 0.01) == [Utterance("a")]
    studio.gate.set()
    assert speaker.utter("acme", ["a"], "v", 30)[0].url


def test_after_some_failures_it_is_not_tried_for_a_while():
    """Callers do not wait for what does not come; then it is tried anew."""
    studio, now = Studio(), [100.0]
    speaker = Speaker(studio, "https://p", lambda: now[0])
    studio.down = True
    for _ in range(FAILURES + 2):
        assert speaker.utter("acme", ["a"], "v", 30) == [Utterance("a")]
    assert len(studio.asked) == FAILURES
    studio.down = False
    now[0] += PAUSE_S + 1
    assert speaker.utter("acme", ["a"], "v", 30)[0].url


def test_a_success_in_between_counts():
    """Only failures in a row are a reason to pause; nothing to say is neither."""
    studio = Studio()
    speaker = Speaker(studio, "https://p")
    for _ in range(FAILURES * 2):
        for down in (True, True, False):
            studio.down = down
            speaker.utter("acme", ["a"], "v", 30)
            speaker.utter("acme", [], "v", 30)
    assert len(studio.asked) == FAILURES * 6
