"""Samples to MP3 as the endpoint makes it: 24 kHz, 48 kbit/s, mono, nothing but frames."""

import lameenc  # type: ignore[import-not-found]
import numpy as np

from local.tts.voice import RATE, Samples

KBIT = 48
_FAST = 7


def encode(samples: Samples, volume: int = 0) -> bytes:
    """Return mono samples at 24 kHz as MP3, `volume` per cent louder."""
    if volume:
        samples = np.clip(samples.astype(np.float32) * (1 + volume / 100), -32768, 32767).astype(np.int16)
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(KBIT)
    encoder.set_in_sample_rate(RATE)
    encoder.set_out_sample_rate(RATE)
    encoder.set_channels(1)
    encoder.set_quality(_FAST)
    encoder.silence()
    return bytes(encoder.encode(samples.tobytes()) + encoder.flush())
