"""Texts as sound that Twilio fetches from us, while that can be had in time; else Twilio says them itself."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Protocol

from shared.logs import event

_log = logging.getLogger(__name__)

THREADS = 16
# What comes too late for this call is there for the next one that says the same.
LATER_S = 2.0
FAILURES, PAUSE_S = 3, 20.0


class Recordings(Protocol):
    """Spoken texts by key, as `SpokenTexts` keeps them."""

    def ensure(self, business_id: str, text: str, voice: str, *, deadline_s: float) -> str:
        """Return the key of a text in a voice, which can be read then; Unavailable when it cannot."""
        ...

    def read(self, business_id: str, key: str) -> bytes | None:
        """Return the MP3 of a key, None when there is none."""
        ...


@dataclass(frozen=True)
class Utterance:
    """Something to say, and the sound of it; "" there is none."""

    text: str
    url: str = ""


class SpeechMeter:
    """Characters that were synthesised, by business, until they are asked for: what was kept from before costs nothing.

    Calls of a business that go on at the same moment may count each other's.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._made: Counter[str] = Counter()

    def made(self, business_id: str, characters: int) -> None:
        """Count a text that was spoken anew."""
        with self._guard:
            self._made[business_id] += characters

    def take(self, business_id: str) -> int:
        """Return what was made since this was asked last."""
        with self._guard:
            return self._made.pop(business_id, 0)


class Speaker:
    """Makes the sound of several texts at once.

    After some failures in a row it is not tried for a while: callers need not wait for what does not come.
    """

    def __init__(
        self, recordings: Recordings, public_url: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._recordings = recordings
        self._public_url = public_url
        self._now = monotonic
        self._threads = ThreadPoolExecutor(THREADS, "speech")
        self._failures = 0
        self._silent_until = 0.0

    def utter(self, business_id: str, texts: Sequence[str], voice: str, wait_s: float) -> list[Utterance]:
        """Return the texts in order, each with its sound if that is there within `wait_s`; never raises."""
        if not texts or self._now() < self._silent_until:
            return [Utterance(text) for text in texts]
        work = [self._begin(business_id, text, voice, wait_s + LATER_S) for text in texts]
        wait(work, wait_s)
        spoken = [Utterance(text, self._url(business_id, made)) for text, made in zip(texts, work, strict=True)]
        self._count(failed=any(not one.url for one in spoken))
        return spoken

    def _begin(self, business_id: str, text: str, voice: str, deadline_s: float) -> Future[str]:
        return self._threads.submit(copy_context().run, self._key, business_id, text, voice, deadline_s)

    def _key(self, business_id: str, text: str, voice: str, deadline_s: float) -> str:
        return self._recordings.ensure(business_id, text, voice, deadline_s=deadline_s)

    def _url(self, business_id: str, made: Future[str]) -> str:
        if not made.done() or made.exception():
            return ""
        return f"{self._public_url}/voice/audio/{business_id}/{made.result()}.mp3"

    def _count(self, *, failed: bool) -> None:
        self._failures = self._failures + 1 if failed else 0
        if self._failures >= FAILURES:
            self._failures, self._silent_until = 0, self._now() + PAUSE_S
            event(_log, "speech_paused", logging.WARNING, seconds=PAUSE_S)
