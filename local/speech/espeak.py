"""Speaks standard input with the wheel's espeak-ng, WAV to standard output. A program of its own.

espeak-ng goes on from where its last text ended, so only a new process says the same words the same way.
"""

import argparse
import ctypes
import io
import sys
import wave

import espeakng_loader  # type: ignore[import-not-found, import-untyped, unused-ignore]

_SYNCHRONOUS = 2
_WORDS_A_MINUTE = 1
_UTF8 = 1
_RECEIVER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def main() -> int:
    """Speak; 1 when the library does not start."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("voice")
    parser.add_argument("words_a_minute", type=int)
    options = parser.parse_args()
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    if rate <= 0:
        return 1
    pieces: list[bytes] = []

    def receive(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, count * ctypes.sizeof(ctypes.c_short)))
        return 0

    callback = _RECEIVER(receive)
    text = sys.stdin.buffer.read() + b"\0"
    library.espeak_SetSynthCallback(callback)
    library.espeak_SetVoiceByName(options.voice.encode())
    library.espeak_SetParameter(_WORDS_A_MINUTE, options.words_a_minute, 0)
    library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    sys.stdout.buffer.write(_wav(b"".join(pieces), rate))
    return 0


def _wav(samples: bytes, rate: int) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return made.getvalue()


if __name__ == "__main__":
    sys.exit(main())
