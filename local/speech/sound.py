"""Whole clips of sound: int16 mono samples, their rate, and WAV files. Not for streams: it looks at the whole clip."""

import io
import math
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
_LOUDEST = 32767
_WIDTH = 2


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """Return the clip of `rate` Hz at `wanted` Hz, without aliases, of the same duration."""
    if rate == wanted or not len(samples):
        return samples
    # Silence behind keeps the end from ringing into the start, and makes both lengths whole.
    step = rate // math.gcd(rate, wanted)
    silence = rate // 10
    padded = np.concatenate([samples, np.zeros(silence + -(len(samples) + silence) % step)])
    length = len(padded) * wanted // rate
    spectrum = np.fft.rfft(padded)[: length // 2 + 1]
    heard = np.fft.irfft(spectrum, length)[: round(len(samples) * wanted / rate)]
    return as_samples(heard * (length / len(padded)))


def as_samples(values: NDArray[np.floating]) -> Samples:
    """Return `values` as int16, cut off where they are too loud."""
    return np.clip(np.round(values), -_LOUDEST, _LOUDEST).astype(np.int16)


def levelled(samples: Samples, peak: int) -> Samples:
    """Return the clip with its loudest sample at `peak`."""
    loudest = int(np.abs(samples.astype(np.int32)).max(initial=0))
    return as_samples(samples * (peak / loudest)) if loudest else samples


def read_wav(source: Path | bytes) -> tuple[Samples, int]:
    """Return a 16-bit WAV file's first channel and its rate; ValueError for another kind of file."""
    stream = io.BytesIO(source if isinstance(source, bytes) else source.read_bytes())
    try:
        with wave.open(stream) as file:
            if file.getsampwidth() != _WIDTH:
                raise ValueError(f"16-bit samples are wanted, these have {8 * file.getsampwidth()} bits.")
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
            return samples[:: file.getnchannels()].astype(np.int16), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise ValueError(f"Not a WAV file of plain samples: {error}") from error


def write_wav(path: Path, samples: Samples, rate: int) -> None:
    """Write a 16-bit mono WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_WIDTH)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
