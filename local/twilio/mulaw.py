"""The telephone's sound: mu-law at 8000 Hz (G.711), by table, and what is needed to get there from other rates."""

import numpy as np
from numpy.typing import NDArray

RATE = 8000
SILENCE = b"\xff"
_BIAS, _CLIP, _TAPS = 132, 32_635, 48

Pcm = NDArray[np.int16]


def _decoding() -> Pcm:
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = (((mantissa.astype(np.int32) << 3) + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -size, size).astype(np.int16)


def _encoding() -> NDArray[np.uint8]:
    value = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    size = np.minimum(np.abs(value), _CLIP) + _BIAS
    exponent = np.floor(np.log2(size)).astype(np.int32) - 7
    mantissa = (size >> (exponent + 3)) & 15
    code: NDArray[np.uint8] = (~(np.where(value < 0, 0x80, 0) | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return code


_DECODE, _ENCODE = _decoding(), _encoding()


def encode(sound: Pcm) -> bytes:
    """Return 16 bit samples as mu-law."""
    return _ENCODE[sound.view(np.uint16)].tobytes()


def decode(data: bytes) -> Pcm:
    """Return mu-law as 16 bit samples."""
    return _DECODE[np.frombuffer(data, dtype=np.uint8)]


def loudness_table(threshold: int) -> bytes:
    """Return a table for bytes.translate: 1 for a sample of at least that size, 0 for a quieter one."""
    return bytes((np.abs(_DECODE.astype(np.int32)) >= threshold).astype(np.uint8))


def to_telephone(sound: Pcm, rate: int) -> bytes:
    """Return mono samples of any rate as mu-law at 8000 Hz, without what a telephone does not carry."""
    if rate == RATE or not len(sound):
        return encode(np.ascontiguousarray(sound))
    values = sound.astype(np.float64)
    if rate > RATE:
        taps = _TAPS * max(1, rate // RATE) + 1
        at = np.arange(taps) - taps // 2
        low_pass = np.sinc(at * 0.92 * RATE / rate) * np.kaiser(taps, 6)
        values = np.convolve(values, low_pass / low_pass.sum(), "same")
    wanted = np.arange(int(len(sound) * RATE / rate)) * (rate / RATE)
    resampled = np.interp(wanted, np.arange(len(values)), values)
    return encode(np.clip(resampled, -32_768, 32_767).astype(np.int16))
