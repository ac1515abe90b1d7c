"""Text to speech, the same samples each time. What was said once is kept in the user's cache."""

import hashlib
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.speech.engines import SPEAKERS, Engine, choose
from local.speech.sound import Samples, levelled, resampled
from local.speech.unavailable import SpeechUnavailable
from local.speech.words import spoken

__all__ = ["SPEAKERS", "SpeechUnavailable", "synthesise"]

# Raise it when the same words shall sound otherwise.
_EDITION = 1
_PEAK = 18_000
# Alone among letters 'a' is the letter, not the article.
_LETTER_A = re.compile(r"(?:(?<=\b[b-hj-z] )a\b|\ba(?= [b-hj-z]\b))")


def cache_folder() -> Path:
    """Return the user's cache folder for speech; it need not exist."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chatbot-platform" / "speech"


def synthesise(text: str, rate: int, speaker: str = "caller") -> NDArray[np.int16]:
    """Return `text` spoken, int16 mono samples at `rate` Hz; `speaker` is 'caller' or 'assistant'.

    No samples for a text without words. SpeechUnavailable when no synthesiser is to be had, ValueError for an
    unknown speaker or a rate of 0.
    """
    cache = cache_folder()
    return Voice(choose(cache), cache / "said").say(text, rate, speaker)


@dataclass(frozen=True)
class Voice:
    """An engine, and the folder that remembers what it said."""

    engine: Engine
    kept: Path

    def say(self, text: str, rate: int, speaker: str) -> Samples:
        """See `synthesise`."""
        if speaker not in SPEAKERS or rate <= 0:
            raise ValueError(f"speaker is one of {', '.join(SPEAKERS)} and rate above 0, not {speaker!r} and {rate}.")
        words = spoken(text)
        if not words:
            return np.zeros(0, np.int16)
        key = f"{_EDITION}\n{self.engine.name}\n{speaker}\n{rate}\n{words}"
        path = self.kept / f"{hashlib.sha256(key.encode()).hexdigest()}.npy"
        samples = _read(path)
        if samples is None:
            samples = self._made(words, rate, speaker)
            _keep(path, samples)
        return samples

    def _made(self, words: str, rate: int, speaker: str) -> Samples:
        try:
            said, own_rate = self.engine.say(_LETTER_A.sub("ay", words), speaker)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise SpeechUnavailable(f"{self.engine.name} could not say it: {error}") from error
        return levelled(resampled(said, own_rate, rate), _PEAK)


def _read(path: Path) -> Samples | None:
    try:
        samples: Samples = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return samples


def _keep(path: Path, samples: Samples) -> None:
    """A cache that cannot be written only costs time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            np.save(file, samples, allow_pickle=False)
        Path(file.name).replace(path)
    except OSError:
        return
