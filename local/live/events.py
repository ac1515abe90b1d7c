"""What goes into a session and what comes out of it. Data only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pybase64
from numpy.typing import NDArray

from local.gemini.request import Content, Declaration, FunctionCall, GenerateRequest

Samples = NDArray[np.int16]
REASON_BYTES = 123
ABNORMAL = 1006


class Refused(Exception):
    """The client did what the API closes the socket for."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        # A close frame has no room for more.
        self.reason = reason.encode()[:REASON_BYTES].decode(errors="ignore")
        super().__init__(reason)


@dataclass(frozen=True)
class Setup:
    """The first frame; field names in camelCase."""

    body: dict[str, Any]


@dataclass(frozen=True)
class Audio:
    """A chunk of PCM16 mono at `rate` Hz, base64 as it came."""

    data: str
    rate: int

    @property
    def milliseconds(self) -> float:
        """Its length, told from the text's length alone."""
        return (len(self.data.rstrip("=")) * 3 // 4) * 500 / self.rate

    @property
    def samples(self) -> Samples:
        """The chunk as an array; an odd last byte is dropped. Raises Refused."""
        try:
            raw = pybase64.b64decode(self.data.translate(_STANDARD), validate=True)
        except ValueError as error:
            raise Refused(1007, "Base64 decoding failed for realtime_input.audio.data") from error
        return np.frombuffer(raw[: len(raw) & ~1], dtype="<i2")


_STANDARD = str.maketrans("-_", "+/")


@dataclass(frozen=True)
class Text:
    """Text said in real time."""

    text: str


@dataclass(frozen=True)
class Activity:
    """The client says itself when speech starts and ends."""

    started: bool


@dataclass(frozen=True)
class StreamEnd:
    """The microphone is off."""


@dataclass(frozen=True)
class Turns:
    """client_content: turns for the history; `complete` asks for an answer."""

    contents: tuple[Content, ...]
    complete: bool


@dataclass(frozen=True)
class ToolResult:
    """What one tool answered. `scheduling` is SILENT, WHEN_IDLE or INTERRUPT."""

    id: str
    name: str
    response: dict[str, Any]
    scheduling: str = "WHEN_IDLE"
    will_continue: bool = False


@dataclass(frozen=True)
class ToolResults:
    """The results of one tool_response frame."""

    results: tuple[ToolResult, ...]


@dataclass(frozen=True)
class Context:
    """contextUpdate: a new system instruction or new tools; None leaves them."""

    system: str | None
    tools: "Tools | None"


@dataclass(frozen=True)
class Tools:
    """Declared functions, and which of them the model waits for."""

    declarations: tuple[Declaration, ...] = ()
    blocking: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Other:
    """Accepted, without effect: video."""


Event = Setup | Audio | Text | Activity | StreamEnd | Turns | ToolResults | Context | Other


@dataclass(frozen=True)
class Spoken:
    """The model's answer in words."""

    text: str


@dataclass(frozen=True)
class Calling:
    """The model's answer: functions to call."""

    calls: tuple[FunctionCall, ...]


Answer = Spoken | Calling


@dataclass(frozen=True)
class Send:
    """A frame for the client."""

    data: bytes


@dataclass(frozen=True)
class Cut:
    """Close with this code; 1006 means to drop the connection without a close frame."""

    code: int
    reason: str


@dataclass(frozen=True)
class Hear:
    """Recognise speech; Heard comes back."""

    job: int
    samples: Samples
    rate: int


@dataclass(frozen=True)
class Think:
    """Find an answer; Thought comes back."""

    job: int
    request: GenerateRequest


@dataclass(frozen=True)
class Say:
    """Synthesise at 24 kHz; Voiced comes back."""

    job: int
    text: str


Work = Hear | Think | Say


@dataclass(frozen=True)
class Freeze:
    """Neither read nor write for so long, and leave the socket open."""

    seconds: float


Action = Send | Cut | Freeze | Work


@dataclass(frozen=True)
class Heard:
    """What a Hear found: '' for no words."""

    job: int
    text: str


@dataclass(frozen=True)
class Thought:
    """What a Think found."""

    job: int
    answer: Answer


@dataclass(frozen=True)
class Voiced:
    """The audio of a Say, 24 kHz."""

    job: int
    samples: Samples


Outcome = Heard | Thought | Voiced
