"""Where a conversation stands: one table of allowed moves, and the function that makes them. Pure.

A library (python-statemachine, transitions) would add classes, callbacks and mutable models to what is a look-up in a
table; the table below is the documentation, docs/dialogue.md shows it drawn.

`since` says when the state was entered or last confirmed. What a visitor writes does not confirm a state in which a
person is awaited or answers: else nobody's silence would ever end.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, get_args

from shared.domain.dialogue import Dialogue
from shared.domain.fields import BUILT_IN
from shared.domain.states import STATES, Owner, StateName

EventName = Literal[
    "opened", "greeted", "asked", "answered", "unanswered", "field_asked", "field_given", "offered",
    "appointment_asked", "person_asked", "person_joined", "person_left", "closed", "rule", "timed_out",
]  # fmt: skip
EVENTS: tuple[EventName, ...] = get_args(EventName)
DORMANT_AFTER_MINUTES = 1440

OWNERS: Mapping[StateName, Owner] = {
    "new": "bot",
    "greeting": "bot",
    "discovery": "bot",
    "answering": "bot",
    "qualifying": "bot",
    "offering": "bot",
    "capturing": "bot",
    "scheduling": "bot",
    "handoff_requested": "bot",  # the assistant goes on answering until somebody comes
    "with_person": "person",
    "resolved": "nobody",
    "dormant": "nobody",
}

PURSUING: tuple[StateName, ...] = ("qualifying", "offering", "capturing", "scheduling")
TALKING: tuple[StateName, ...] = ("greeting", "discovery", "answering", *PURSUING)
WITH_TEAM: tuple[StateName, ...] = ("handoff_requested", "with_person")

_CONTACT = frozenset(spec.id for spec in BUILT_IN)


def asks_contact(dialogue: Dialogue) -> bool:
    """Say whether the plan asks for a way to reach the visitor (name, e-mail, phone), not for what they need."""
    return dialogue.plan.asking in _CONTACT


@dataclass(frozen=True)
class Move:
    """A row of the table: in one of `states`, `event` leads to `to` (None: stays), if `guard` holds.

    `confirms` False: the event leaves `since` alone, so it does not hold off a time-out.
    """

    event: EventName
    states: tuple[StateName, ...]
    to: StateName | None
    why: str
    guard: Callable[[Dialogue], bool] | None = None
    confirms: bool = True


# Of two rows for one event and state the first whose guard holds counts. What is not here does not happen.
TABLE: tuple[Move, ...] = (
    Move("opened", ("new", *TALKING), None, "the chat window is open"),
    Move("opened", ("resolved", "dormant"), "discovery", "the visitor is back"),
    Move("opened", WITH_TEAM, None, "opening the window changes nothing", confirms=False),
    Move("greeted", ("new",), "greeting", "the greeting was said"),
    Move("greeted", (*TALKING, "resolved"), None, "a hello in passing"),
    Move("greeted", ("handoff_requested",), None, "a hello while waiting", confirms=False),
    Move("asked", ("new", "greeting", "discovery", "resolved"), "discovery", "the visitor's wish is to be found out"),
    Move("asked", ("answering", *PURSUING), "answering", "the visitor's question comes first"),
    Move("asked", WITH_TEAM, None, "the visitor writes, the state is the team's", confirms=False),
    Move("answered", ("new", "greeting", "discovery", "answering"), "answering", "there is an answer"),
    Move("answered", (*PURSUING, "resolved"), None, "the reply also asks, offers or takes leave"),
    Move("answered", ("handoff_requested",), None, "answered while waiting for a person", confirms=False),
    Move("unanswered", ("new", "greeting", "discovery", "answering"), "discovery", "still open"),
    Move("unanswered", (*PURSUING, "resolved"), None, "no answer, but the reply asks, offers or takes leave"),
    Move("unanswered", ("handoff_requested",), None, "no answer, but a person will come", confirms=False),
    Move("field_asked", ("new", *TALKING, "resolved"), "capturing", "asks how to reach the visitor", asks_contact),
    Move("field_asked", ("new", *TALKING, "resolved"), "qualifying", "asks what the visitor needs"),
    Move("field_asked", ("handoff_requested",), None, "asks how the team can reach the visitor", confirms=False),
    Move("field_given", ("new", "greeting", "resolved"), "discovery", "a detail before any wish"),
    Move("field_given", tuple(state for state in TALKING if state != "greeting"), None, "a detail was noted"),
    Move("field_given", WITH_TEAM, None, "a detail was noted for the team", confirms=False),
    Move("offered", TALKING, "offering", "a goal's call to action was proposed"),
    Move("appointment_asked", ("new", *TALKING, "resolved"), "scheduling", "the visitor wants an appointment"),
    Move("appointment_asked", WITH_TEAM, None, "the team arranges it", confirms=False),
    Move("person_asked", ("new", *TALKING, "resolved"), "handoff_requested", "a person was called"),
    Move("person_asked", WITH_TEAM, None, "a person is called already", confirms=False),
    Move("person_joined", ("handoff_requested",), "with_person", "somebody of the team took over"),
    Move("person_joined", ("with_person",), None, "the person wrote again"),
    Move("person_left", WITH_TEAM, "answering", "the person gave the session back, or nobody can come"),
    Move("closed", ("new", *TALKING, "resolved"), "resolved", "goodbye, or nothing more to do"),
    Move("closed", WITH_TEAM, None, "thanks while waiting does not send the person away", confirms=False),
    Move("timed_out", WITH_TEAM, "answering", "nobody of the team has answered for too long"),
    Move("timed_out", ("new", *TALKING, "resolved"), "dormant", "nobody has written for a day"),
)

# A business's rule moves between the states in which the assistant talks. A person is called by the action `handoff`,
# which also tells the business: a state alone would leave the visitor waiting for nobody.
RULE_FROM: tuple[StateName, ...] = ("new", *TALKING, "resolved")
RULE_TO: tuple[StateName, ...] = (*TALKING, "resolved")


@dataclass(frozen=True)
class Transition:
    """What an event did: `dialogue` is the one after it; the same as before when the event was not `allowed`."""

    before: StateName
    after: StateName
    event: str
    allowed: bool
    dialogue: Dialogue
    why: str = ""


def may(state_from: StateName, state_to: StateName) -> bool:
    """Say whether a business's rule may move a session from one state to the other."""
    return state_from in RULE_FROM and state_to in RULE_TO


def step(dialogue: Dialogue, event: str, now: dt.datetime) -> Transition:
    """Return what `event` does to the session at `now`; an event the table does not know in this state does nothing.

    Args:
        dialogue: the session; for `field_asked` with the plan that asks.
        event: an EventName; the event `rule` names its target: `rule:offering`.
        now: an aware time.
    """
    move = _rule_move(dialogue.state, event) if event.startswith("rule:") else _move(dialogue, event)
    before = dialogue.state
    if move is None:
        return Transition(before, before, event, allowed=False, dialogue=dialogue, why=f"not in the state '{before}'")
    after = move.to or before
    moved = replace(
        dialogue,
        state=after,
        owner=OWNERS[after],
        since=now.astimezone(dt.UTC).isoformat() if move.confirms else dialogue.since,
        # A hand-off is over when the session leaves the team: the next one is a new one.
        handoff="" if before in WITH_TEAM and after not in WITH_TEAM else dialogue.handoff,
    )
    return Transition(before, after, event, allowed=True, dialogue=moved, why=move.why)


def wake(
    dialogue: Dialogue,
    now: dt.datetime,
    return_after_minutes: int,
    dormant_after_minutes: int = DORMANT_AFTER_MINUTES,
) -> tuple[Dialogue, tuple[Transition, ...]]:
    """Return the session as a new message finds it, and what time has done: for the beginning of a turn.

    A session the team let wait goes back to the assistant; one nobody used for long fell asleep, and wakes.
    """
    idle, path = _minutes_since(dialogue.since, now), list[Transition]()
    while event := _due(dialogue.state, idle, return_after_minutes, dormant_after_minutes):
        path.append(step(dialogue, event, now))
        dialogue = path[-1].dialogue
        if event == "opened":
            break
    return dialogue, tuple(path)


def _due(state: StateName, idle: float, return_after: int, dormant_after: int) -> EventName | None:
    """Return what time has made of a session in `state` after `idle` minutes, None when nothing."""
    if state == "dormant":
        return "opened"
    return "timed_out" if idle >= (return_after if state in WITH_TEAM else dormant_after) else None


@cache
def _moves() -> Mapping[tuple[str, StateName], tuple[Move, ...]]:
    """Return the table by event and state."""
    found: dict[tuple[str, StateName], tuple[Move, ...]] = {}
    for move in TABLE:
        for state in move.states:
            found[move.event, state] = (*found.get((move.event, state), ()), move)
    return found


def _move(dialogue: Dialogue, event: str) -> Move | None:
    rows = _moves().get((event, dialogue.state), ())
    return next((row for row in rows if row.guard is None or row.guard(dialogue)), None)


def _rule_move(state: StateName, event: str) -> Move | None:
    named = event.removeprefix("rule:")
    target = next((known for known in STATES if known == named), None)
    if target is None or not may(state, target):
        return None
    return Move("rule", (state,), target, "a rule of the business")


def _minutes_since(since: str, now: dt.datetime) -> float:
    """Return how long ago `since` was; 0 when that cannot be told, so that nothing ends by mistake."""
    try:
        begun = dt.datetime.fromisoformat(since)
    except ValueError:
        return 0.0
    aware = begun if begun.tzinfo else begun.replace(tzinfo=dt.UTC)
    return (now - aware).total_seconds() / 60
