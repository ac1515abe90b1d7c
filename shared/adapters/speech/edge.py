"""Speech from the Edge endpoint through edge-tts: text in, a whole MP3 out (24 kHz, 48 kbit/s, mono), within a time.

Never a part of one: the library ends quietly when the connection is cut in the middle, so every answer is checked.
"""

import asyncio
import importlib.util
import logging
import re
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.adapters.loop import LoopThread
from shared.adapters.speech.voices import is_voice
from shared.domain.errors import Unavailable
from shared.logs import event
from shared.once import once

if TYPE_CHECKING:
    from edge_tts import Communicate

_log = logging.getLogger(__name__)

DEADLINE_S = 4.0
MAX_BYTES = 8 * 1024 * 1024  # over twenty minutes: nothing that is said on the phone
_GOODBYE_S = 0.2
_LIBRARY_LIMIT = 4096  # bytes, where edge-tts cuts a text, at spaces only
# Where a script without spaces can be cut, and where it must be: 800 characters are at most 4000 bytes of markup.
_SENTENCE_END = re.compile(r"(?<=[。！？；।၊။])(?=\S)")
_ENDLESS = re.compile(r"(\S{800})")
_PERCENT = re.compile(r"[+-]\d{1,3}%", re.ASCII)
_HERTZ = re.compile(r"[+-]\d{1,3}Hz", re.ASCII)
# What the library lets through: its own errors beside those of its parsing and of the connection.
_TROUBLE = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, AssertionError)


@dataclass(frozen=True)
class Manner:
    """How it is said, relative to the voice's own way: `rate` and `volume` such as -10%, `pitch` such as +5Hz."""

    rate: str = "+0%"
    volume: str = "+0%"
    pitch: str = "+0Hz"

    def __post_init__(self) -> None:
        """Raise ValueError for what the endpoint would not understand: it goes into the markup as it is."""
        if not (_PERCENT.fullmatch(self.rate) and _PERCENT.fullmatch(self.volume) and _HERTZ.fullmatch(self.pitch)):
            raise ValueError("rate and volume are such as +10%, pitch such as -5Hz")


class EdgeSpeech:
    """Speaks texts. Safe in threads; the library is imported with the first text (0.4 s) or by `warm_up`.

    Args:
        url: another endpoint of the same protocol, such as a proxy: ws(s)://host/path, with or without a query.
        manner: rate, volume and pitch of all that is said.
    """

    def __init__(self, url: str | None = None, manner: Manner | None = None) -> None:
        self.manner = manner or Manner()
        self._url = url
        self._calls = LoopThread()

    def warm_up(self) -> None:
        """Import the library now."""
        _ = self._communicate

    def close(self) -> None:
        """Stop the thread of the calls; a later call starts it anew."""
        self._calls.close()

    def mp3(self, text: str, voice: str, *, deadline_s: float = DEADLINE_S) -> bytes:
        """Return the whole of `text` as MP3.

        Args:
            text: plain words, of any length.
            voice: an Edge voice's name, such as en-GB-SoniaNeural.
            deadline_s: seconds after which it is no use any more.

        Raises:
            Unavailable: for whatever reason there is no complete MP3 in time.
        """
        ends = time.monotonic() + deadline_s
        if not (is_voice(voice) and any(map(str.isalnum, text))):
            raise self._failed("nothing_to_say" if is_voice(voice) else "unknown_voice")
        spoken = self._communicate(
            _cuttable(text), voice, rate=self.manner.rate, volume=self.manner.volume, pitch=self.manner.pitch
        )
        work = _in_time(self._whole(spoken), max(0.0, ends - time.monotonic()))
        try:
            return self._calls.spawn(work).result(deadline_s + 1.0)  # longer only when closed meanwhile
        except TimeoutError:
            raise self._failed("too_slow") from None
        except self._trouble as error:
            # Neither the error's text nor the error: they may hold the words and the endpoint's token.
            raise self._failed(type(error).__name__, status=getattr(error, "status", None)) from None

    @staticmethod
    async def _whole(spoken: "Communicate") -> bytes:
        audio = bytearray()
        async for message in spoken.stream():
            if message["type"] == "audio":
                audio += message["data"]
            if len(audio) > MAX_BYTES:
                raise ValueError("endless")
        # The library adds a part's bytes to this sum when its end is announced: a part that was cut is missing here.
        if spoken.state["cumulative_audio_bytes"] != len(audio):
            raise ConnectionError("cut")
        if not _is_mp3(audio):
            raise ValueError("no MP3")
        return bytes(audio)

    @staticmethod
    def _failed(reason: str, **fields: object) -> Unavailable:
        event(_log, "speech_unavailable", logging.WARNING, reason=reason, **fields)
        return Unavailable("Speech cannot be made now.")

    @once
    def _communicate(self) -> type["Communicate"]:
        """The library's class, speaking to our endpoint.

        The library reads the address from a constant of its module. With another endpoint we run a copy of that
        module of our own, which leaves the library itself, and other objects of this class, as they are.
        """
        import edge_tts
        from edge_tts.constants import TRUSTED_CLIENT_TOKEN

        if not self._url:
            return edge_tts.Communicate
        spec = importlib.util.find_spec("edge_tts.communicate")
        if spec is None or spec.loader is None:
            raise ImportError("edge_tts.communicate")
        module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        # It appends "&name=value" to it.
        module.WSS_URL = self._url if "?" in self._url else f"{self._url}?TrustedClientToken={TRUSTED_CLIENT_TOKEN}"
        communicate: type[Communicate] = module.Communicate
        return communicate

    @once
    def _trouble(self) -> tuple[type[Exception], ...]:
        from aiohttp import ClientError
        from edge_tts.exceptions import EdgeTTSException

        return (EdgeTTSException, ClientError, *_TROUBLE)


async def _in_time(work: Coroutine[Any, Any, bytes], seconds: float) -> bytes:
    """Return what `work` does, or TimeoutError soon after `seconds`, with `work` told to end."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=seconds)
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.wait({task}, timeout=_GOODBYE_S)  # what takes longer to end does so without us
    raise TimeoutError


def _cuttable(text: str) -> str:
    """Return a long text with spaces in it, also one of a script that has none: the library cuts at spaces only."""
    return _ENDLESS.sub(r"\1 ", _SENTENCE_END.sub(" ", text)) if len(text) * 5 > _LIBRARY_LIMIT else text


def _is_mp3(audio: bytes | bytearray) -> bool:
    """Say whether it begins as MP3 does: with a tag, or with a frame of layer III."""
    return audio.startswith(b"ID3") or (len(audio) > 1 and audio[0] == 0xFF and audio[1] & 0xE6 == 0xE2)  # noqa: PLR2004
