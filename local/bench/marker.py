"""A frame that can be told from all others, and whose it is: 20 ms of one level, a level for each call. Pure."""

import numpy as np

from local.twilio.mulaw import Pcm, decode

# The 32 loudest codes of either sign; what follows them is too near to each other to survive a resampler.
_LEVELS = decode(bytes([*range(0x80, 0xA0), *range(0x20)])).astype(np.int32)
NUMBERS = len(_LEVELS)
_FLAT = 0.02  # of the level: what is no level wavers more


def level_of(number: int) -> int:
    """Return the level of a call's marker."""
    return int(_LEVELS[number % NUMBERS])


def code_of(number: int) -> bytes:
    """Return the same as mu-law."""
    return bytes([0x80 + number % NUMBERS if number % NUMBERS < NUMBERS // 2 else number % NUMBERS - NUMBERS // 2])


def number_of(samples: Pcm) -> int | None:
    """Return whose marker the loudest part of some sound is, None when it has none."""
    sound = samples.astype(np.int32)
    loud = sound[np.abs(sound) > 8000]  # noqa: PLR2004 - below the lowest level
    if len(loud) < len(sound) // 8 or not len(loud):
        return None
    level = float(np.median(loud))
    near = np.abs(loud - level) < abs(level) * _FLAT
    if near.mean() < 0.7:  # noqa: PLR2004
        return None
    return int(np.argmin(np.abs(_LEVELS - level)))
