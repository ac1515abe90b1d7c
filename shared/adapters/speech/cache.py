"""Spoken texts in the bucket, so that a phone network can fetch them by name and nothing is synthesised twice.

data/{business}/speech/{key}.mp3    immutable; goes with the business when it is purged
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from shared.adapters.knowledge.layout import prefix
from shared.adapters.speech.edge import DEADLINE_S, Manner
from shared.adapters.speech.recent import Recent
from shared.adapters.storage import Storage
from shared.domain.errors import NotFound

MEDIA_TYPE = "audio/mpeg"
MEMORY_BYTES = 16 * 1024 * 1024  # three quarters of an hour of speech
_VERSION = 1
_KEY = re.compile(r"[0-9a-f]{64}")


class Speech(Protocol):
    """What makes the MP3s: `EdgeSpeech`."""

    manner: Manner

    def mp3(self, text: str, voice: str, *, deadline_s: float = DEADLINE_S) -> bytes:
        """See `EdgeSpeech.mp3`."""


class SpokenTexts:
    """Texts as MP3 under keys that nobody can guess without knowing business, text and voice.

    Args:
        speech: makes them.
        storage: the bucket.
        made: is told of each text that was made anew: whose, and how many characters.
        memory_bytes: how much of them is kept in memory.
    """

    def __init__(
        self,
        speech: Speech,
        storage: Storage,
        made: Callable[[str, int], None] = lambda *_: None,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._speech = speech
        self._storage = storage
        self._made = made
        self._recent = Recent(memory_bytes)
        self._guard = threading.Lock()
        self._making: dict[str, Future[bytes]] = {}

    def key(self, business_id: str, text: str, voice: str) -> str:
        """Return the key of a text in a voice: 64 hex digits, another one for every business and manner."""
        manner = self._speech.manner
        said = [_VERSION, business_id, voice, manner.rate, manner.volume, manner.pitch, text]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def ensure(self, business_id: str, text: str, voice: str, *, deadline_s: float = DEADLINE_S) -> str:
        """Return the key of a text that any instance can `read` now; made when it is not there.

        Raises:
            Unavailable: it cannot be made within `deadline_s`.
            StorageUnavailable: an `Unavailable` too.
        """
        key = self.key(business_id, text, voice)
        name = _name(business_id, key)
        if self._recent.get(name) is None:
            self._once(name, lambda: self._stored(name, lambda: self._spoken(business_id, text, voice, deadline_s)))
        return key

    def read(self, business_id: str, key: str) -> bytes | None:
        """Return the MP3 of a key; None when the business has none of that key, or it is no key at all.

        Raises:
            StorageUnavailable: it is not in memory and the bucket cannot be asked.
        """
        if not _KEY.fullmatch(key):
            return None
        name = _name(business_id, key)
        return self._recent.get(name) or self._fetched(name)

    def _spoken(self, business_id: str, text: str, voice: str, deadline_s: float) -> bytes:
        sound = self._speech.mp3(text, voice, deadline_s=deadline_s)
        self._made(business_id, len(text))
        return sound

    def _once(self, name: str, make: Callable[[], bytes]) -> None:
        """Let one thread make it; those that ask meanwhile wait and share the outcome, also a failure."""
        with self._guard:
            others = self._making.get(name)
            if others is None:
                mine = self._making[name] = Future()
        if others is not None:
            others.result()
            return
        try:
            mine.set_result(make())
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._guard:
                del self._making[name]

    def _stored(self, name: str, speak: Callable[[], bytes]) -> bytes:
        data = self._recent.get(name) or self._fetched(name)
        if data is None:
            data = speak()
            self._storage.put(name, data, MEDIA_TYPE)
            self._recent.put(name, data)
        return data

    def _fetched(self, name: str) -> bytes | None:
        try:
            data, _ = self._storage.get(name)
        except NotFound:
            return None
        self._recent.put(name, data)
        return data


def _name(business_id: str, key: str) -> str:
    return f"{prefix(business_id)}speech/{key}.mp3"
