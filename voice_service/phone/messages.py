"""Twilio Media Streams: messages in, as events of the call, and out. What breaks the protocol ends the call. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from voice_service.audio.activity import SpeechGate
from voice_service.audio.wire import payload_of
from voice_service.call import events as ev

# A frame of 20 ms has 160 bytes; two seconds at once is no phone.
MAX_PAYLOAD = 16_000
# Sound faster than time: this much more than has passed is a flood.
FLOOD_S = 10.0
MAX_DIGITS = 200
_DIGITS = frozenset("0123456789*#ABCD")


class PhoneError(Exception):
    """What came is not what Twilio sends; the text is the reason the connection is closed with."""


@dataclass(frozen=True)
class Start:
    """The stream begins. `token` is what the webhook gave along."""

    stream_sid: str
    call_sid: str
    account_sid: str
    token: str


class PhoneStream:
    """Reads one connection's messages in order. `now`: seconds from any start."""

    def __init__(self) -> None:
        self.started: Start | None = None
        self._gate = SpeechGate()
        self._began = 0.0
        self._audio_s = 0.0
        self._digits = 0

    def read(self, text: str | bytes, now: float) -> ev.Event | Start | None:
        """Return what a message means, None for one without a meaning here.

        Raises:
            PhoneError: it cannot be read, or does not belong here.
        """
        try:
            message = orjson.loads(text)
        except ValueError:
            raise PhoneError("a message is not JSON") from None
        kind = message.get("event") if isinstance(message, dict) else None
        if kind == "media":
            return self._media(message, now)
        if kind == "connected":
            return None
        if kind == "start":
            return self._start(message, now)
        if self.started is None:
            raise PhoneError(f"{str(kind)[:20]!r} came before 'start'")
        if kind == "mark":
            return ev.MarkReturned(_text(_section(message, "mark"), "name"))
        if kind == "dtmf":
            return self._digit(_text(_section(message, "dtmf"), "digit"))
        if kind == "stop":
            return ev.PhoneStopped()
        raise PhoneError(f"there is no message {str(kind)[:20]!r}")

    def _media(self, message: Mapping[str, Any], now: float) -> ev.Event | None:
        if self.started is None:
            raise PhoneError("'media' came before 'start'")
        if message.get("streamSid") != self.started.stream_sid:
            raise PhoneError("'media' of another stream")
        media = _section(message, "media")
        if media.get("track", "inbound") != "inbound":
            return None
        encoded = _text(media, "payload")
        if len(encoded) > MAX_PAYLOAD * 4 // 3:
            raise PhoneError("a frame is too large")
        try:
            mulaw = payload_of(encoded)
        except ValueError:
            raise PhoneError("a frame is not base64") from None
        self._audio_s += len(mulaw) / 8000
        if self._audio_s > now - self._began + FLOOD_S:
            raise PhoneError("more sound than time")
        return ev.CallerAudio(mulaw, self._gate.feed(mulaw)) if mulaw else None

    def _start(self, message: Mapping[str, Any], now: float) -> Start:
        if self.started is not None:
            raise PhoneError("a second 'start'")
        start = _section(message, "start")
        form = _section(start, "mediaFormat")
        if form.get("encoding") != "audio/x-mulaw" or form.get("sampleRate") != 8000:  # noqa: PLR2004 - G.711
            raise PhoneError("the audio is not mu-law at 8000 Hz")
        sid = _text(start, "streamSid")
        if not sid.isalnum():
            raise PhoneError("the stream's id is none")
        token = _text(_section(start, "customParameters"), "token")
        self.started = Start(sid, _text(start, "callSid"), _text(start, "accountSid"), token)
        self._began = now
        return self.started

    def _digit(self, digit: str) -> ev.Event | None:
        self._digits += 1
        if digit not in _DIGITS:
            raise PhoneError("there is no such key")
        return ev.Digit(digit) if self._digits <= MAX_DIGITS else None


def mark_message(stream_sid: str, name: str) -> str:
    """Return the message that asks for a mark."""
    return f'{{"event":"mark","streamSid":"{stream_sid}","mark":{{"name":"{name}"}}}}'


def clear_message(stream_sid: str) -> str:
    """Return the message that drops what is not played yet."""
    return f'{{"event":"clear","streamSid":"{stream_sid}"}}'


def _section(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = message.get(name)
    if not isinstance(found, dict):
        raise PhoneError(f"'{name}' is missing")
    return found


def _text(section: Mapping[str, Any], name: str) -> str:
    found = section.get(name)
    if not isinstance(found, str) or len(found) > MAX_PAYLOAD * 2 or not found:
        raise PhoneError(f"'{name}' is missing")
    return found
