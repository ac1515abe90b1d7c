"""A telephone line for the speech tests: 8 kHz, mu-law there and back."""

import numpy as np

from local.speech.sound import Samples

RATE = 8_000
_BIAS = 132
_CLIP = 32_635


def through_the_line(samples: Samples) -> Samples:
    """Return 8 kHz samples as they come out of a mu-law decoder, with half a second of silence around them."""
    silence = np.zeros(RATE // 4, np.int64)
    values = np.concatenate([silence, samples.astype(np.int64), silence])
    biased = np.minimum(np.abs(values), _CLIP) + _BIAS
    exponent = np.floor(np.log2(biased)).astype(np.int64) - 7
    mantissa = (biased >> (exponent + 3)) & 15
    loud = ((mantissa * 2 + 33) << (exponent + 2)) - _BIAS
    heard: Samples = (np.sign(values) * loud).astype(np.int16)
    return heard
