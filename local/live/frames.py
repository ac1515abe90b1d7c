"""Builds server frames. Pure; it must not know when they are sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pybase64

from local.gemini.request import FunctionCall

Json = dict[str, Any]
OUT_RATE = 24_000
AUDIO_TOKENS_PER_SECOND = 25


@dataclass
class Usage:
    """Tokens of a session so far: text and audio of the context, audio of the answer in progress."""

    text: int = 0
    audio_ms: float = 0.0
    answer_ms: float = 0.0

    def body(self) -> Json:
        """The usageMetadata of a turn; the whole context counts again each turn."""
        audio = round(self.audio_ms * AUDIO_TOKENS_PER_SECOND / 1000)
        answer = round(self.answer_ms * AUDIO_TOKENS_PER_SECOND / 1000)
        return {
            "promptTokenCount": self.text + audio,
            "responseTokenCount": answer,
            "totalTokenCount": self.text + audio + answer,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": self.text},
                {"modality": "AUDIO", "tokenCount": audio},
            ],
            "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": answer}],
        }


def dump(body: Json) -> bytes:
    """The frame as JSON text."""
    return orjson.dumps(body)


def setup_complete(session: str) -> bytes:
    """The answer to setup."""
    return dump({"setupComplete": {"sessionId": session}})


def content(**fields: object) -> bytes:
    """A serverContent with these fields."""
    return dump({"serverContent": fields})


def turn_complete(usage: Usage) -> bytes:
    """The end of a turn, with what it used."""
    return dump({"serverContent": {"turnComplete": True}, "usageMetadata": usage.body()})


def audio(pcm: bytes, text: str | None = None) -> bytes:
    """A piece of the answer's audio, PCM16 24 kHz; `text` puts its transcript into the same frame."""
    data = pybase64.b64encode(pcm).decode()
    blob = {"mimeType": f"audio/pcm;rate={OUT_RATE}", "data": data}
    body: Json = {"modelTurn": {"parts": [{"inlineData": blob}], "role": "model"}}
    if text is not None:
        body["outputTranscription"] = {"text": text}
    return dump({"serverContent": body})


def tool_call(calls: Sequence[FunctionCall]) -> bytes:
    """Functions to call."""
    items = [{"id": call.id, "name": call.name, "args": dict(call.args)} for call in calls]
    return dump({"toolCall": {"functionCalls": items}})


def cancellation(ids: Iterable[str]) -> bytes:
    """Calls nobody waits for any more."""
    return dump({"toolCallCancellation": {"ids": list(ids)}})


def resumption(handle: str | None) -> bytes:
    """A new handle; None says that the session cannot be resumed at the moment."""
    update = {"newHandle": handle, "resumable": True} if handle else {"resumable": False}
    return dump({"sessionResumptionUpdate": update})


def go_away(seconds: float) -> bytes:
    """The connection will be closed in so many seconds."""
    return dump({"goAway": {"timeLeft": f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"}})


# A kind of message no SDK knows yet.
UNKNOWN = dump({"futureMessage": {"note": "this client is older than this server"}})
