"""G.711 mu-law, the telephone's 8 bits a sample, by table: 256 entries one way, 65 536 the other. Nothing else."""

import numpy as np
from numpy.typing import NDArray

SILENCE = b"\xff"
"""The byte of a sample of value 0."""

_BIAS = 33
_LOUDEST = 8158  # 14 bits less the bias: above it every sample has the last code


def _expand() -> NDArray[np.int16]:
    """Return the sample of every byte: sign, 3 bits of exponent, 4 bits of mantissa, all inverted on the wire."""
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = ((((code & 15).astype(np.int32) << 1) + _BIAS) << (code >> 4 & 7)) - _BIAS
    return (np.where(code & 128, -magnitude, magnitude) * 4).astype(np.int16)


def _compress() -> NDArray[np.uint8]:
    """Return the byte of every sample, in the order of its unsigned value.

    A negative sample is rounded down to 14 bits before its sign is taken off, as Sun's reference and audioop do.
    """
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 2
    magnitude = np.minimum(np.abs(sample), _LOUDEST) + _BIAS
    exponent: NDArray[np.int32] = np.frexp(magnitude)[1] - 6  # of 33..8191: the leading bit's place above the sixth
    code = exponent << 4 | (magnitude >> (exponent + 1) & 15)
    return np.asarray(~(code | np.where(sample < 0, 128, 0)) & 255, np.uint8)


_SAMPLES = _expand()
_CODES = _compress()


def decode(frame: bytes) -> NDArray[np.int16]:
    """Return the samples of a frame of any length, one a byte."""
    return _SAMPLES.take(np.frombuffer(frame, np.uint8))


def encode(pcm: NDArray[np.int16]) -> bytes:
    """Return the frame of the samples, one byte each."""
    return _CODES.take(pcm, mode="wrap").tobytes()  # -1 is the last of the table, as unsigned 65535 is
