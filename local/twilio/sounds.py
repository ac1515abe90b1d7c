"""Sound files as <Play> takes them, made into what a telephone carries."""

import io
import wave

import numpy as np

from local.twilio.mulaw import to_telephone

_MP3 = frozenset({"audio/mpeg", "audio/mp3", "audio/mpeg3", "audio/x-mpeg-3"})
_WAV = frozenset({"audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave"})
_MULAW = frozenset({"audio/ulaw", "audio/basic", "audio/x-mulaw"})
_BYTES_A_SAMPLE = 2


class SoundError(ValueError):
    """Not a sound that Twilio plays."""


def decoded(content_type: str, body: bytes) -> bytes:
    """Return a file as mu-law at 8000 Hz; SoundError by its type, or when it cannot be read."""
    if content_type in _MULAW:
        return body
    if content_type in _WAV:
        return _wav(body)
    if content_type in _MP3:
        return _mp3(body)
    raise SoundError(f"the type {content_type!r}")


def _wav(body: bytes) -> bytes:
    try:
        with wave.open(io.BytesIO(body)) as file:
            if file.getsampwidth() != _BYTES_A_SAMPLE:
                raise SoundError("not 16 bit")
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
            return to_telephone(samples[:: file.getnchannels()], file.getframerate())
    except (wave.Error, EOFError) as error:
        raise SoundError(str(error)) from None


def _mp3(body: bytes) -> bytes:
    import miniaudio  # type: ignore[import-untyped]

    try:
        sound = miniaudio.mp3_read_s16(body)
    except miniaudio.DecodeError as error:
        raise SoundError(str(error)) from None
    samples = np.frombuffer(sound.samples, dtype=np.int16)
    return to_telephone(samples[:: sound.nchannels], sound.sample_rate)
