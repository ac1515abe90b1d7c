"""The synthesisers that may be had here, best first. They speak plain words and know nothing of prices or caches."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from local.speech.debian import flite_folder, packages_here
from local.speech.sound import Samples, read_wav
from local.speech.unavailable import SpeechUnavailable


@dataclass(frozen=True)
class _Sound:
    """A voice of flite, how long it takes for each sound, and how high it is (and fast), 1 being its own."""

    voice: str
    stretch: float
    tone: float


SPEAKERS = ("caller", "assistant")
# One man's voice, one woman's; the recogniser hears these best of all that the two programs have. flite's woman
# is understood only when she speaks a little lower: tone 0.88 halves her word error and more.
_FLITE = {"caller": _Sound("rms", 1.15, 1.0), "assistant": _Sound("slt", 1.0, 0.88)}
_ESPEAK = {"caller": ("en-us+klatt", "150"), "assistant": ("en-us+f2", "150")}
_ESPEAK_PROGRAM = Path(__file__).with_name("espeak.py")
_PATIENCE_S = 60


class Engine(Protocol):
    """A synthesiser."""

    @property
    def name(self) -> str:
        """What it is and where it came from; another name means another sound."""

    def say(self, words: str, speaker: str) -> tuple[Samples, int]:
        """The words spoken, and the rate in Hz."""


@dataclass(frozen=True)
class Flite:
    """CMU flite, run as a program, with libraries from `folder` when it is not the system's own."""

    program: str
    folder: Path | None = None

    @property
    def name(self) -> str:
        """See `Engine`."""
        return "flite (fetched)" if self.folder else "flite (installed)"

    def voices(self) -> frozenset[str]:
        """The names of its voices; empty when it does not run here."""
        try:
            return frozenset(self._run("-lv").rpartition(":")[2].split())
        except (OSError, subprocess.SubprocessError):
            return frozenset()

    def say(self, words: str, speaker: str) -> tuple[Samples, int]:
        """See `Engine`."""
        sound = _FLITE[speaker]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            stretch = f"duration_stretch={sound.stretch}"
            self._run("-voice", sound.voice, "--setf", stretch, "-t", words, "-o", str(path))
            samples, rate = read_wav(path)
        return samples, round(rate * sound.tone)

    def _run(self, *arguments: str) -> str:
        environment = {**os.environ, "LD_LIBRARY_PATH": str(self.folder)} if self.folder else None
        command = [self.program, *arguments]
        done = subprocess.run(
            command, env=environment, capture_output=True, check=True, timeout=_PATIENCE_S, encoding="utf-8"
        )
        return done.stdout


class Espeak:
    """espeak-ng from its wheel. Far harder to understand than flite: only a closed grammar is sure to hear it."""

    name = "espeak-ng (wheel)"

    def say(self, words: str, speaker: str) -> tuple[Samples, int]:
        """See `Engine`."""
        command = [sys.executable, str(_ESPEAK_PROGRAM), *_ESPEAK[speaker]]
        done = subprocess.run(command, input=words.encode(), capture_output=True, check=True, timeout=_PATIENCE_S)
        return read_wav(done.stdout)


def installed_flite(_cache: Path) -> Engine:
    """The flite of this machine, if it has the voices."""
    program = shutil.which("flite")
    if program is None:
        raise SpeechUnavailable("flite is not installed.")
    return _checked(Flite(program))


def fetched_flite(cache: Path) -> Engine:
    """Debian's flite from the cache, fetched when needed."""
    folder = flite_folder(cache, packages_here())
    return _checked(Flite(str(folder / "flite"), folder))


def wheel_espeak(_cache: Path) -> Engine:
    """The espeak-ng of the Python package espeakng-loader."""
    if importlib.util.find_spec("espeakng_loader") is None:
        raise SpeechUnavailable("espeakng-loader is not installed.")
    engine = Espeak()
    try:
        engine.say("yes", SPEAKERS[0])
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise SpeechUnavailable(f"espeak-ng does not run here: {error}.") from error
    return engine


CHAIN: tuple[Callable[[Path], Engine], ...] = (installed_flite, fetched_flite, wheel_espeak)


@lru_cache(maxsize=4)
def choose(cache: Path, chain: tuple[Callable[[Path], Engine], ...] = CHAIN) -> Engine:
    """Return the first engine of `chain` that is to be had; SpeechUnavailable when none is."""
    reasons = []
    for make in chain:
        try:
            return make(cache)
        except SpeechUnavailable as error:
            reasons.append(str(error).rstrip("."))
    raise SpeechUnavailable(f"No speech can be made here ({'; '.join(reasons)}): install flite, or let it be fetched.")


def _checked(flite: Flite) -> Flite:
    missing = {sound.voice for sound in _FLITE.values()} - flite.voices()
    if missing:
        raise SpeechUnavailable(f"{flite.program} does not run here or lacks the voices {', '.join(sorted(missing))}.")
    return flite
