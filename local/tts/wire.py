"""The endpoint's messages: text with headers, audio behind the length of its headers, markup read. Pure."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from local.tts.catalogue import short_name

TICKS = 10_000_000  # a second
# 120 ms of 48 kbit/s, five whole frames: how the real one cuts it.
PIECE = 720
_SPEAK = "{http://www.w3.org/2001/10/synthesis}"
_OFFSET = re.compile(r"([+-]\d+)(?:%|Hz)")


class WireError(ValueError):
    """A message that the endpoint does not understand; the text is the reason of the close frame."""


@dataclass(frozen=True)
class Message:
    """A text message: header names as sent, and what follows them."""

    headers: Mapping[str, str]
    body: str

    @property
    def path(self) -> str:
        """What kind of message it is."""
        return self.headers.get("Path", "")

    @classmethod
    def parse(cls, text: str) -> "Message":
        """Read one. Raises WireError."""
        head, found, body = text.partition("\r\n\r\n")
        lines = [line.partition(":") for line in head.split("\r\n")]
        if not found or not all(colon for _, colon, _ in lines):
            raise WireError("a message has headers and an empty line")
        return cls({name.strip(): value.strip() for name, _, value in lines}, body)


@dataclass(frozen=True)
class Config:
    """What `speech.config` asks for."""

    words: bool
    sentences: bool

    @classmethod
    def parse(cls, body: str) -> "Config":
        """Read it. Raises WireError also for a format that this endpoint does not make."""
        try:
            audio = json.loads(body)["context"]["synthesis"]["audio"]
            options = audio["metadataoptions"]
            wanted = audio["outputFormat"]
        except (ValueError, KeyError, TypeError):
            raise WireError("speech.config is not understood") from None
        if wanted != "audio-24khz-48kbitrate-mono-mp3":
            raise WireError(f"Unsupported output format {wanted}.")
        return cls(options.get("wordBoundaryEnabled") == "true", options.get("sentenceBoundaryEnabled") == "true")


@dataclass(frozen=True)
class Order:
    """What to say: the voice's short name, changes of rate and volume in per cent, of pitch in hertz."""

    text: str
    voice: str
    rate: int
    volume: int
    pitch: int

    @classmethod
    def parse(cls, markup: str) -> "Order":
        """Read SSML: one voice with one prosody, nothing else is allowed. Raises WireError."""
        try:
            root = ET.fromstring(markup)  # noqa: S314 - a stand-in, for clients of our own
        except ET.ParseError as error:
            raise WireError(f"SSML parsing error: {error}") from None
        voice = root.find(f"{_SPEAK}voice")
        prosody = voice.find(f"{_SPEAK}prosody") if voice is not None else None
        if voice is None or prosody is None or len(list(root.iter())) > len((root, voice, prosody)):
            raise WireError("SSML must be speak, voice and prosody")
        changes = [_OFFSET.fullmatch(prosody.get(name, "+0%")) for name in ("rate", "volume", "pitch")]
        if not all(changes):
            raise WireError("prosody is not understood")
        rate, volume, pitch = (int(change[1]) for change in changes if change)
        return cls(prosody.text or "", short_name(voice.get("name", "")), rate, volume, pitch)


@dataclass(frozen=True)
class Boundary:
    """A word or a sentence, and when it is said (seconds)."""

    text: str
    start_s: float
    duration_s: float
    kind: str = "WordBoundary"


def text_message(path: str, request_id: str, body: object) -> str:
    """Return a text message whose body is JSON."""
    head = f"X-RequestId:{request_id}\r\nContent-Type:application/json; charset=utf-8\r\nPath:{path}\r\n\r\n"
    return head + json.dumps(body, ensure_ascii=False)


def turn_start(request_id: str) -> str:
    """Return the first message of an answer."""
    return text_message("turn.start", request_id, {"context": {"serviceTag": uuid.uuid4().hex}})


def response(request_id: str, stream_id: str) -> str:
    """Return the second message of an answer."""
    audio = {"type": "inline", "streamId": stream_id}
    return text_message("response", request_id, {"context": {"serviceTag": uuid.uuid4().hex}, "audio": audio})


def metadata(request_id: str, boundary: Boundary) -> str:
    """Return the message that says when something is said."""
    text = escape(boundary.text)  # markup, as it was sent
    data = {
        "Offset": round(boundary.start_s * TICKS),
        "Duration": round(boundary.duration_s * TICKS),
        "text": {"Text": text, "Length": len(text), "BoundaryType": boundary.kind},
    }
    return text_message("audio.metadata", request_id, {"Metadata": [{"Type": boundary.kind, "Data": data}]})


def audio_message(request_id: str, stream_id: str, data: bytes) -> bytes:
    """Return a piece of audio behind its headers; without audio it is the one that ends the stream."""
    kind = "Content-Type:audio/mpeg\r\n" if data else ""
    head = f"X-RequestId:{request_id}\r\n{kind}X-StreamId:{stream_id}\r\nPath:audio\r\n".encode()
    return len(head).to_bytes(2, "big") + head + data


def pieces(mp3: bytes) -> Iterator[bytes]:
    """Yield the audio in the endpoint's pieces."""
    for start in range(0, len(mp3), PIECE):
        yield mp3[start : start + PIECE]
