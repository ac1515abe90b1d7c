"""What a call wants done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.voice import Said


@dataclass(frozen=True, slots=True)
class Play:
    """Send audio to the phone: mu-law, 8 kHz."""

    mulaw: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """Ask the phone to say when everything up to here has been played."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Let the phone drop what it has not played yet."""


@dataclass(frozen=True, slots=True)
class Hear:
    """Send the caller's audio to the model: mu-law, 8 kHz."""

    mulaw: bytes


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the model something that nobody said aloud; it answers by speaking."""

    text: str


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a connection to the model, the old one closed before. `handle` resumes, `story` is told to a new one."""

    handle: str = ""
    story: str = ""
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Probe:
    """Find out whether the model's connection still lives; one that does not is lost."""


@dataclass(frozen=True, slots=True)
class RunTool:
    """Carry out a function; `words` is what the caller has said in this turn."""

    id: str
    name: str
    arguments: Mapping[str, Any]
    words: str


@dataclass(frozen=True, slots=True)
class DropTool:
    """Stop waiting for a function."""

    id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Give the model a function's result."""

    id: str
    name: str
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Keep a turn: what the caller said, and what they heard of the answer. `said` are its lines with their times."""

    question: str
    reply: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class End:
    """The call leaves this service. `next` tells the voice function how it goes on.

    `{"do": ...}`: hang_up, transfer, turns (turn by turn, since the model cannot be had), resume (a stream to another
    instance), nothing (the caller has gone).
    """

    next: Mapping[str, Any]
    reason: str


Action = Play | Mark | Clear | Hear | Tell | Connect | Probe | RunTool | DropTool | Answer | Exchange | End
