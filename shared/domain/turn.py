"""What comes out of a turn: the reply, its calls to action and citations, and the events of a streamed answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.knowledge import Asked
from shared.domain.session import Ending
from shared.domain.understanding import NO_SENTIMENT, NOT_RECOGNISED, Intent, Sentiment


@dataclass(frozen=True)
class Reply:
    """The assistant's words: `html` of the contract's few tags, and the same as plain text."""

    html: str
    text: str


@dataclass(frozen=True)
class Cta:
    """A call to action as the visitor gets it."""

    id: str
    label: str
    kind: str
    url: str | None = None
    message: str | None = None
    children: tuple["Cta", ...] = ()


@dataclass(frozen=True)
class Citation:
    """Where a statement comes from; `n` is the number in the text."""

    n: int
    title: str
    url: str
    fetched_at: str = ""


@dataclass(frozen=True)
class HandoffState:
    """A call for a person: `status` is requested, with_person or unreachable (the business could not be told)."""

    id: str
    status: str
    reason: str = ""


@dataclass(frozen=True)
class Usage:
    """Tokens billed for the turn."""

    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens)


@dataclass(frozen=True)
class Turn:
    """A finished turn. `ending` says how it came out, `rules` which fired, `degraded` what had to be done without.

    `spent` are items of its cost beside the model's tokens (domain/prices.py); `blocked`: the model's service refused.
    `asked` is what was searched for, None: nothing was. `noted`: the visitor only told details, or said no; they asked
    nothing, and were answered nothing.
    """

    message_id: str
    reply: Reply
    ending: Ending
    ctas: tuple[Cta, ...] = ()
    citations: tuple[Citation, ...] = ()
    state: str = "answering"
    intent: Intent = NOT_RECOGNISED
    sentiment: Sentiment = NO_SENTIMENT
    handoff: HandoffState | None = None
    rules: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
    usage: Usage = Usage()
    spent: tuple[Mapping[str, Any], ...] = ()
    blocked: bool = False
    asked: Asked | None = None
    noted: bool = False
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RateState:
    """Where the visitor stands: `remaining` of `limit` messages; one more is free in `reset_s` seconds."""

    limit: int
    remaining: int
    reset_s: float


@dataclass(frozen=True)
class Started:
    """The turn is accepted: the session is open and the message within its limits (`rate` None: a repeat).

    `holder` says that the session is the caller's: begun with this message, or proved. Others get a guest's token.
    """

    business_id: str
    session_id: str
    message_id: str
    rate: RateState | None
    holder: bool = False


@dataclass(frozen=True)
class Delta:
    """A further piece of the reply's HTML, sanitised; all of them joined are `Reply.html`."""

    html: str


@dataclass(frozen=True)
class Waiting:
    """Nothing new yet: lets the edge notice a client that has gone."""


@dataclass(frozen=True)
class Finished:
    """The whole answer as the client gets it, also when it is the stored answer of a repeated message."""

    answer: dict[str, Any]


TurnEvent = Started | Delta | Waiting | Finished
