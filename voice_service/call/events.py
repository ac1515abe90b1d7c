"""What can happen in a call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CallerAudio:
    """A frame from the phone: mu-law, 8 kHz, 20 ms as a rule. `speech`: whether it sounds like somebody speaking."""

    mulaw: bytes
    speech: bool


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed."""

    digit: str


@dataclass(frozen=True, slots=True)
class MarkReturned:
    """What was sent before this mark has been played, or was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class PhoneStopped:
    """The caller has hung up, or the phone's socket is gone."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class LiveReady:
    """The model listens. `resumed`: it remembers the call."""

    resumed: bool = False


@dataclass(frozen=True, slots=True)
class ModelAudio:
    """The model speaks: mu-law, 8 kHz, resampled already."""

    mulaw: bytes


@dataclass(frozen=True, slots=True)
class CallerWords:
    """A piece of what the model understood the caller to say."""

    text: str


@dataclass(frozen=True, slots=True)
class ModelWords:
    """A piece of what the model says."""

    text: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The model has noticed that the caller speaks, and has stopped."""


@dataclass(frozen=True, slots=True)
class AllSaid:
    """All sound of the model's turn is here; the service counts it as speaking until it must have been played."""


@dataclass(frozen=True, slots=True)
class TurnDone:
    """The model's turn is over."""


@dataclass(frozen=True, slots=True)
class ToolAsked:
    """The model calls a function."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolsDropped:
    """The model does not want these answers any more."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """A function has come back.

    `ending` is set when it ends the call (see `actions.End.next`), `note` is a line for the transcript.
    """

    id: str
    name: str
    result: Mapping[str, Any]
    ending: Mapping[str, Any] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Advised:
    """A rule, or the caller's own words, decided how the call goes on: see `actions.End.next`."""

    ending: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HandleGiven:
    """By this the session can be resumed; "": not at this moment."""

    handle: str


@dataclass(frozen=True, slots=True)
class GoingAway:
    """The model's connection will be closed in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class LiveLost:
    """The model's connection is gone, or could not be had. `for_good`: trying again is no use."""

    reason: str
    for_good: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: at least ten a second."""


@dataclass(frozen=True, slots=True)
class Drain:
    """This process is about to end: the call goes on in another one."""


Event = (
    CallerAudio | Digit | MarkReturned | PhoneStopped | LiveReady | ModelAudio | CallerWords | ModelWords | Interrupted
    | AllSaid | TurnDone | ToolAsked | ToolsDropped | ToolAnswered | Advised | HandleGiven | GoingAway | LiveLost
    | Tick | Drain
)  # fmt: skip
