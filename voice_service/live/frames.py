"""The frames of a running Live session, read and written without the SDK's models. Pure.

google-genai takes 165 us to send a frame of 20 ms and 280 us to read one of 40 ms; this takes 2 and 10 (`make bench`).
The wire format: docs/gemini.md.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import orjson
import pybase64

from voice_service.audio.mulaw import decode, encode
from voice_service.audio.resample import Decimator
from voice_service.audio.wire import base64_of
from voice_service.call import events as ev

_AUDIO = '{"realtimeInput":{"audio":{"data":"%s","mimeType":"audio/pcm;rate=8000"}}}'
_CLOSING_S = 10.0
_URL_SAFE = str.maketrans("-_", "+/")


def audio_frame(mulaw: bytes) -> str:
    """Return the frame that lets the model hear a piece of mu-law at 8 kHz."""
    return _AUDIO % base64_of(decode(mulaw))


def text_frame(text: str) -> str:
    """Return the frame that tells the model something."""
    return orjson.dumps({"realtimeInput": {"text": text}}).decode()


def answer_frame(id_: str, name: str, result: Mapping[str, Any]) -> str:
    """Return the frame with a function's result."""
    response = {"id": id_, "name": name, "response": dict(result)}
    return orjson.dumps({"toolResponse": {"functionResponses": [response]}}).decode()


class ModelStream:
    """Reads one session's frames. Holds the filter between two pieces of sound, which is why it is one a session.

    Args:
        told: is given what the service says that a turn took (`usageMetadata`).
    """

    def __init__(self, told: Callable[[Mapping[str, Any]], None] = lambda _: None) -> None:
        self._filter = Decimator()
        self._told = told

    def read(self, frame: bytes | str) -> Iterator[ev.Event]:
        """Yield what a frame means; one that cannot be read or is unknown means nothing."""
        try:
            message = orjson.loads(frame)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        usage = message.get("usageMetadata")
        if isinstance(usage, dict):  # before the turn's end, which comes in the same frame
            self._told(usage)
        content = message.get("serverContent")
        if isinstance(content, dict):
            yield from self._content(content)
        call = message.get("toolCall")
        if isinstance(call, dict):
            for asked in call.get("functionCalls") or ():
                yield ev.ToolAsked(str(asked.get("id", "")), str(asked.get("name", "")), asked.get("args") or {})
        dropped = message.get("toolCallCancellation")
        if isinstance(dropped, dict):
            yield ev.ToolsDropped(tuple(map(str, dropped.get("ids") or ())))
        update = message.get("sessionResumptionUpdate")
        if isinstance(update, dict):
            yield ev.HandleGiven(str(update.get("newHandle", "")) if update.get("resumable") else "")
        away = message.get("goAway")
        if isinstance(away, dict):
            yield ev.GoingAway(_seconds(away.get("timeLeft")))

    def _content(self, content: Mapping[str, Any]) -> Iterator[ev.Event]:
        heard = content.get("inputTranscription")
        if isinstance(heard, dict) and heard.get("text"):
            yield ev.CallerWords(str(heard["text"]))
        if content.get("interrupted"):
            self._filter.reset()
            yield ev.Interrupted()
        turn = content.get("modelTurn")
        for part in (turn.get("parts") or ()) if isinstance(turn, dict) else ():
            data = part.get("inlineData") if isinstance(part, dict) else None
            if isinstance(data, dict) and str(data.get("mimeType", "")).startswith("audio/pcm"):
                sound = self._sound(str(data.get("data", "")))
                if sound:
                    yield ev.ModelAudio(sound)
        said = content.get("outputTranscription")
        if isinstance(said, dict) and said.get("text"):
            yield ev.ModelWords(str(said["text"]))
        yield from self._ended(content)

    def _ended(self, content: Mapping[str, Any]) -> Iterator[ev.Event]:
        if content.get("generationComplete") or content.get("turnComplete"):
            rest = encode(self._filter.flush())
            if rest:
                yield ev.ModelAudio(rest)
        if content.get("generationComplete"):
            yield ev.AllSaid()
        if content.get("turnComplete"):
            yield ev.TurnDone()

    def _sound(self, encoded: str) -> bytes:
        try:
            plain = encoded.translate(_URL_SAFE) if "-" in encoded or "_" in encoded else encoded
            pcm = np.frombuffer(pybase64.b64decode(plain, validate=True), "<i2")
        except ValueError:
            return b""
        return encode(self._filter.feed(pcm))


def _seconds(value: object) -> float:
    """Return a protobuf duration such as "9.5s" in seconds."""
    try:
        return float(str(value).rstrip("s"))
    except ValueError:
        return _CLOSING_S
