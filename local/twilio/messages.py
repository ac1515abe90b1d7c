"""The media stream's messages: what Twilio sends, and a strict reading of what it is sent. No I/O."""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

MALFORMED, INVALID, OVERFULL = 31950, 31951, 31931
MEDIA_FORMAT: dict[str, Any] = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
_TOP = frozenset({"event", "streamSid"})


@dataclass(frozen=True)
class Media:
    """Sound to play: mu-law."""

    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Mark:
    """To be returned when everything before it has been played."""

    name: str


@dataclass(frozen=True)
class Clear:
    """Drop what has not been played."""


@dataclass(frozen=True)
class Violation:
    """Against the protocol: Twilio's number and why. Twilio does nothing with such a message."""

    code: int
    why: str


def read(message: str | bytes, stream_sid: str) -> Media | Mark | Clear | Violation:
    """Read what a server sent."""
    if isinstance(message, bytes):
        return Violation(MALFORMED, "a binary frame")
    try:
        body = orjson.loads(message)
    except orjson.JSONDecodeError:
        return Violation(INVALID, "not JSON")
    if not isinstance(body, dict):
        return Violation(INVALID, "not an object")
    event = body.get("event")
    if event not in _READERS:
        return Violation(INVALID, f"the event {event!r}")
    if body.get("streamSid") != stream_sid:
        return Violation(INVALID, f"the streamSid {body.get('streamSid')!r}")
    return _READERS[event](body)


def _media(body: dict[str, Any]) -> Media | Violation:
    wrong = _fields(body, "media", "payload")
    if wrong:
        return wrong
    try:
        return Media(binascii.a2b_base64(body["media"]["payload"], strict_mode=True))
    except (binascii.Error, ValueError):
        return Violation(INVALID, "the payload is not base64")


def _mark(body: dict[str, Any]) -> Mark | Violation:
    return _fields(body, "mark", "name") or Mark(body["mark"]["name"])


def _clear(body: dict[str, Any]) -> Clear | Violation:
    extra = set(body) - _TOP
    return Violation(INVALID, f"extra fields: {sorted(extra)}") if extra else Clear()


_READERS = {"media": _media, "mark": _mark, "clear": _clear}


def _fields(body: dict[str, Any], part: str, name: str) -> Violation | None:
    inner = body.get(part)
    if not isinstance(inner, dict) or not isinstance(inner.get(name), str):
        return Violation(INVALID, f"no {part}.{name}")
    extra = sorted((set(body) - _TOP - {part}) | (set(inner) - {name}))
    return Violation(INVALID, f"extra fields: {extra}") if extra else None


class Writer:
    """Numbers and writes Twilio's messages of one stream."""

    def __init__(self, account_sid: str, call_sid: str, stream_sid: str) -> None:
        self._sids = {"accountSid": account_sid, "callSid": call_sid}
        self._stream = stream_sid
        self._number = 0
        self._chunks: dict[str, int] = {}

    @staticmethod
    def connected() -> str:
        """Return the first message."""
        return '{"event":"connected","protocol":"Call","version":"1.0.0"}'

    def start(self, tracks: list[str], parameters: Mapping[str, str], media_format: Mapping[str, Any]) -> str:
        """Return the second."""
        body = {
            "accountSid": self._sids["accountSid"],
            "streamSid": self._stream,
            "callSid": self._sids["callSid"],
            "tracks": tracks,
            "mediaFormat": dict(media_format),
            "customParameters": dict(parameters),
        }
        return self._write("start", body)

    def media(self, track: str, timestamp_ms: int, payload: str) -> str:
        """Return one frame; written by hand because there are fifty a second in every call."""
        self._number += 1
        chunk = self._chunks[track] = self._chunks.get(track, 0) + 1
        return (
            f'{{"event":"media","sequenceNumber":"{self._number}","media":{{"track":"{track}","chunk":"{chunk}",'
            f'"timestamp":"{timestamp_ms}","payload":"{payload}"}},"streamSid":"{self._stream}"}}'
        )

    def dtmf(self, digit: str) -> str:
        """Return a key press."""
        return self._write("dtmf", {"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        """Return a mark."""
        return self._write("mark", {"name": name})

    def stop(self) -> str:
        """Return the last message."""
        return self._write("stop", self._sids)

    def _write(self, event: str, body: Mapping[str, Any]) -> str:
        self._number += 1
        whole = {"event": event, "sequenceNumber": str(self._number), event: body, "streamSid": self._stream}
        return orjson.dumps(whole).decode()
