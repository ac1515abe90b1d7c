"""Speech-like sound with the truth beside it: syllables of gliding harmonics and hiss, pauses, line noise, hum.

Nobody's voice and no words: made from a seed, so that a detector can be judged anywhere in the same way.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FRAME = 160  # 20 ms
_FORMANTS = ((730, 1090), (270, 2290), (300, 870), (530, 1840), (570, 840), (440, 1020))  # of six vowels, in Hz
_LOUD = 0.08  # RMS of the spoken parts of full scale: -22 dB, as phones send it

Sound = NDArray[np.float64]


@dataclass(frozen=True)
class Talk:
    """A mono recording at 8 kHz, and what is in it, frame by frame of 20 ms."""

    pcm: NDArray[np.int16]
    voiced: NDArray[np.bool_]  # clearly sounding: within 25 dB of the voice's mean
    inside: NDArray[np.bool_]  # within an utterance, the short gaps between its syllables too
    starts: tuple[int, ...]  # first voiced frame of each utterance

    @property
    def frames(self) -> list[NDArray[np.int16]]:
        """The recording in frames."""
        return list(self.pcm.reshape(-1, FRAME))


def talk(seed: int, noise: str = "clean", snr_db: float = 60.0, utterances: int = 12) -> Talk:
    """Return some utterances with pauses of 0.7 to 2 s and noise all through.

    Args:
        seed: decides everything random.
        noise: `none` (digital silence), `clean` (a line's own hiss at -70 dB), `white`, `pink` or `hum` (50 Hz and
            harmonics).
        snr_db: of the voice, while it sounds, over the noise.
        utterances: how many.
    """
    random = np.random.default_rng(seed)
    parts: list[Sound] = [np.zeros(int(RATE * 1.5))]
    spans: list[tuple[int, int]] = []
    for _ in range(utterances):
        begun = sum(map(len, parts))
        parts.append(_utterance(random))
        spans.append((begun, begun + len(parts[-1])))
        parts.append(np.zeros(int(RATE * random.uniform(0.7, 2.0))))
    voice = np.concatenate(parts)
    voice = voice[: len(voice) // FRAME * FRAME]
    inside = _marked(spans, len(voice))
    level = np.sqrt((voice.reshape(-1, FRAME) ** 2).mean(axis=1))
    voice *= _LOUD / np.sqrt((level[level > level.max() / 30] ** 2).mean())
    level = np.sqrt((voice.reshape(-1, FRAME) ** 2).mean(axis=1))
    voiced = level > _LOUD * 10 ** (-25 / 20)
    mixed = voice + _noise(random, noise, len(voice)) * _noise_level(noise, snr_db)
    pcm = np.clip(np.rint(mixed * 32768), -32768, 32767).astype(np.int16)
    starts = tuple(int(begun // FRAME + np.argmax(voiced[begun // FRAME :])) for begun, _ in spans)
    return Talk(pcm, voiced, inside, starts)


def _marked(spans: list[tuple[int, int]], samples: int) -> NDArray[np.bool_]:
    marks = np.zeros(samples // FRAME, np.bool_)
    for begun, ended in spans:
        marks[begun // FRAME : -(-ended // FRAME)] = True
    return marks


def _utterance(random: np.random.Generator) -> Sound:
    """Return 1 to 4 words of 1 to 4 syllables from one speaker."""
    pitch = random.uniform(95, 230)
    parts: list[Sound] = []
    for _ in range(random.integers(1, 5)):
        for _ in range(random.integers(1, 5)):
            parts += [_hiss(random), _vowel(random, pitch * random.uniform(0.9, 1.1))]
        parts.append(np.zeros(int(RATE * random.uniform(0.03, 0.15))))
    return _through_the_line(np.concatenate(parts[:-1]))


def _vowel(random: np.random.Generator, pitch: float) -> Sound:
    """Return 90 to 260 ms of harmonics under two formants, the pitch gliding, swelling and dying away."""
    samples = int(RATE * random.uniform(0.09, 0.26))
    glide = pitch * (1 + random.uniform(-0.12, 0.12) * np.linspace(0, 1, samples))
    phase = 2 * np.pi * np.cumsum(glide) / RATE
    formants = _FORMANTS[random.integers(len(_FORMANTS))]
    sound = np.zeros(samples)
    for harmonic in range(1, int(3600 / pitch)):
        frequency = harmonic * pitch
        resonance = sum(1 / (1 + ((frequency - formant) / 120) ** 2) for formant in formants) + 0.01
        sound += resonance / harmonic**0.5 * np.sin(harmonic * phase + random.uniform(0, 6.28))
    envelope = np.sin(np.pi * np.linspace(0, 1, samples) ** 0.6) ** 0.7
    return np.asarray(sound * envelope * random.uniform(0.5, 1.0), np.float64)


def _hiss(random: np.random.Generator) -> Sound:
    """Return a consonant: nothing (a stop's closure) or weak noise that leans to the high end."""
    samples = int(RATE * random.uniform(0.03, 0.09))
    noise = np.diff(random.normal(0, 1, samples + 1)) * np.hanning(samples)
    return np.asarray(noise * random.choice([0.0, 0.12, 0.3]), np.float64)


def _through_the_line(sound: Sound) -> Sound:
    """Keep 250 to 3500 Hz, as a telephone does."""
    spectrum = np.fft.rfft(sound)
    frequency = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum *= 1 / (1 + (250 / np.maximum(frequency, 1)) ** 6) / (1 + (frequency / 3500) ** 16)
    return np.asarray(np.fft.irfft(spectrum, len(sound)), np.float64)


def _noise(random: np.random.Generator, kind: str, samples: int) -> Sound:
    """Return noise of RMS 1."""
    if kind == "hum":
        time = np.arange(samples) / RATE
        noise = sum(np.sin(2 * np.pi * 50 * k * time + k) / k for k in (1, 2, 3, 5, 7, 9))
    else:
        noise = random.normal(0, 1, samples)
    if kind == "pink":
        frequency = np.fft.rfftfreq(samples, 1 / RATE)
        noise = np.fft.irfft(np.fft.rfft(noise) / np.sqrt(np.maximum(frequency, 20)), samples)
    return np.asarray(noise / np.sqrt(np.mean(np.square(noise))), np.float64)


def _noise_level(kind: str, snr_db: float) -> float:
    return {"none": 0.0, "clean": 10 ** (-70 / 20)}.get(kind, _LOUD * 10 ** (-snr_db / 20))


@dataclass(frozen=True)
class Judged:
    """How well a detector did on a talk."""

    found: float  # % of voiced frames
    false: float  # % of the frames outside utterances, the 300 ms after each not counted
    missed: int  # utterances not noticed at all
    onset_ms: float  # median from the first voiced frame's begin to the end of the frame that noticed it
    slowest_ms: float
    tail_ms: float  # median from an utterance's end to the first frame without


def judge(talk: Talk, heard: NDArray[np.bool_]) -> Judged:
    """Compare a detector's answers, one per frame, with the truth."""
    ends = np.flatnonzero(talk.inside[:-1] & ~talk.inside[1:]) + 1
    quiet = ~talk.inside
    tails = []
    for end in ends:
        quiet[end : end + 15] = False
        silent = np.flatnonzero(~heard[end:])
        tails.append(20.0 * (silent[0] if len(silent) else len(heard) - end))
    onsets = []
    for start, end in zip(talk.starts, ends, strict=True):
        noticed = np.flatnonzero(heard[start:end])
        onsets += [20.0 * (noticed[0] + 1)] if len(noticed) else []
    return Judged(
        found=float(heard[talk.voiced].mean() * 100),
        false=float(heard[quiet].mean() * 100),
        missed=len(ends) - len(onsets),
        onset_ms=float(np.median(onsets)) if onsets else float("inf"),
        slowest_ms=max(onsets, default=float("inf")),
        tail_ms=float(np.median(tails)),
    )
