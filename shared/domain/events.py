"""Everything that analytics counts: one list of typed events, and a turn as the owner may read it. Pure values.

Nothing in an event says who a visitor is: fields by their ids and not their values, pages without their query. What was
said is in `Talk` alone, and leaves for the database sealed.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened in a session. `id` is the business's own: the same one twice is kept once."""

    kind: ClassVar[str]

    id: str
    at: dt.datetime
    session_id: str
    channel: str = "web"

    @property
    def data(self) -> dict[str, Any]:
        """What the kind says beyond the rest."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name not in _COMMON}


_COMMON = frozenset(item.name for item in fields(Event))


@dataclass(frozen=True, kw_only=True)
class SessionBegan(Event):
    """The first message of a conversation; `page` without query and fragment."""

    kind = "session"
    page: str = ""


@dataclass(frozen=True, kw_only=True)
class TurnEnded(Event):
    """A message was answered, or not. `ms` from its arrival to the whole answer, `first_ms` to its first word.

    `noted`: the visitor only told details, or said no: there was nothing to answer.
    """

    kind = "turn"
    message_id: str
    ending: str
    greeting: bool
    intent: str
    confidence: float
    sentiment: str
    score: float
    state: str
    language: str
    ms: float
    first_ms: float
    degraded: tuple[str, ...] = ()
    noted: bool = False


@dataclass(frozen=True, kw_only=True)
class CtasShown(Event):
    """Calls to action under an answer."""

    kind = "ctas_shown"
    ctas: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CtaClicked(Event):
    """A call to action was followed."""

    kind = "cta_clicked"
    cta: str
    message_id: str = ""


@dataclass(frozen=True, kw_only=True)
class WidgetUsed(Event):
    """The widget was opened, closed or shown."""

    kind = "widget"
    what: str


@dataclass(frozen=True, kw_only=True)
class Converted(Event):
    """The business's own site says that the visitor did what it is there for."""

    kind = "conversion"
    name: str = ""
    value: float = 0.0


@dataclass(frozen=True, kw_only=True)
class FieldCaptured(Event):
    """A detail was told, by its id."""

    kind = "field"
    field: str


@dataclass(frozen=True, kw_only=True)
class LeadFound(Event):
    """A visitor can be reached: once a session."""

    kind = "lead"


@dataclass(frozen=True, kw_only=True)
class DealMade(Event):
    """A deal is on its way to the CRM: once a session."""

    kind = "deal"
    amount: float = 0.0


@dataclass(frozen=True, kw_only=True)
class HandoffAsked(Event):
    """A person was called."""

    kind = "handoff"


@dataclass(frozen=True, kw_only=True)
class FeedbackGiven(Event):
    """A verdict on an answer."""

    kind = "feedback"
    message_id: str
    rating: str


@dataclass(frozen=True, kw_only=True)
class GapFound(Event):
    """The business's knowledge had no answer."""

    kind = "gap"
    message_id: str


@dataclass(frozen=True, kw_only=True)
class CallEnded(Event):
    """A phone call is over."""

    kind = "call"
    outcome: str
    seconds: int


@dataclass(frozen=True, kw_only=True)
class CostArose(Event):
    """What was used: `items` of `what` (a model, a service), `unit`, `amount`, and price in millionths of a dollar."""

    kind = "cost"
    items: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Exposed(Event):
    """A visitor met an arm of an experiment for the first time; `unit` is the visitor's hash in this experiment."""

    kind = "exposure"
    experiment: str
    arm: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class Failed(Event):
    """Something did not work that a visitor noticed."""

    kind = "error"
    what: str


KINDS: tuple[type[Event], ...] = (
    SessionBegan, TurnEnded, CtasShown, CtaClicked, WidgetUsed, Converted, FieldCaptured, LeadFound, DealMade,
    HandoffAsked, FeedbackGiven, GapFound, CallEnded, CostArose, Exposed, Failed,
)  # fmt: skip


@dataclass(frozen=True)
class Gap:
    """A question that had no answer, to be grouped with others that mean the same.

    Args:
        question: without anything that says who asked.
        space: in which `vector` can be compared; "" there is none.
        vector: of the question, as 16-bit floats, little-endian.
    """

    question: str
    space: str = ""
    vector: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A conversation as it stands after a turn, and that turn as the owner may read it.

    Args:
        number: of the turn, from 1. `mood` is the mean of the last turns' scores.
        arms: by experiment.
        question, html, answer: what was said; sealed when it is kept.
        decisions: why the turn went as it did (intent, rules, sources, functions, timings), without anybody's details.
        gap: the question when the business's knowledge had no answer; sealed when it is kept.
    """

    session_id: str
    message_id: str
    started_at: str
    at: dt.datetime
    channel: str
    number: int
    state: str
    ending: str
    language: str = ""
    page: str = ""
    mood: float = 0.0
    tags: tuple[str, ...] = ()
    arms: Mapping[str, str] = field(default_factory=dict)
    question: str
    html: str
    answer: str
    decisions: Mapping[str, Any] = field(default_factory=dict)
    gap: Gap | None = None
