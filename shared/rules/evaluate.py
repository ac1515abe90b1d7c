"""Runs a business's rules over the facts of one turn, and says of each why it fired or did not. Pure.

- Rules are looked at in the order of the list. The facts are those from before the rules: what one rule sets (a state,
  a tag, metadata) the others see from the next message on.
- A rule fires when its condition is true; without a condition, always. A condition that needs a fact nobody knows does
  not fire ("unknown"); `a || b` is true as soon as either side is, whatever is unknown on the other.
- Standing rules (`rule.standing`) live in the prompt and hold in every turn: they have a trace, "fired", and nothing
  else of them is here; they are not in `Ruled.fired`.
- Once a rule with a `reply` or `stop` has fired, and all its actions are taken, the rest is "skipped". So it is in
  "first" mode after the first rule that fired and has a condition: one without is no alternative to another.
- `once` is once a session. `starts_on` and `ends_on` are days at the business, both included.
- Where rules disagree on the reply, the state, the hand-off's reason or the value of one metadata key, the first one
  wins; instructions, calls to action, required fields and tags add up, each once.
- No clock limits a turn: each condition has a largest cost (survey.py), and when those of the rules looked at reach
  MAX_TURN_COST, the rest is "skipped".
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.domain.rules import (
    Action,
    BusinessRule,
    CtaAction,
    HandoffAction,
    InstructAction,
    MetadataAction,
    ReplyAction,
    RequireAction,
    StateAction,
    StopAction,
    TagAction,
)
from shared.domain.states import StateName
from shared.rules.complaints import RuleError
from shared.rules.facts import Facts
from shared.rules.language import Condition, Failed, Unknown, activation, check_condition

MAX_TURN_COST = 300_000
_SHOWN = 80

Match = Literal["all", "first"]
Outcome = Literal["fired", "not_fired", "unknown", "skipped", "disabled", "not_now", "already_fired", "error"]


@dataclass(frozen=True)
class RuleTrace:
    """What became of a rule: `because` is a sentence for its owner, `facts` the values that its condition names."""

    rule_id: str
    outcome: Outcome
    because: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ruled:
    """What the rules decided.

    Args:
        require: ids of fields to ask for first, known or not.
        handoff: why a person is called ("" without a reason); None when none is.
        fired: ids of the rules that fired, standing ones apart. `once`: those of them that fire once.
        trace: one entry a rule, in their order.
    """

    reply: str | None = None
    instructions: tuple[str, ...] = ()
    cta_ids: tuple[str, ...] = ()
    state: StateName | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    require: tuple[str, ...] = ()
    handoff: str | None = None
    tags: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    trace: tuple[RuleTrace, ...] = ()


NO_RULES = Ruled()


def run_rules(
    rules: Iterable[BusinessRule], match: Match, facts: Facts, fired_once: Collection[str], today: dt.date
) -> Ruled:
    """Return what the rules decide. Never raises for a rule: a broken one is an "error" in the trace."""
    rules = tuple(rules)
    early = [_without_looking(rule, fired_once, today) for rule in rules]
    conditions = [
        None if trace or not rule.when else check_condition(rule.when) for rule, trace in zip(rules, early, strict=True)
    ]
    look = _Look(match, _known(conditions, facts))
    trace = tuple(
        decided or look.at(rule, condition) for rule, decided, condition in zip(rules, early, conditions, strict=True)
    )
    fired = [rule for rule, entry in zip(rules, trace, strict=True) if entry.outcome == "fired" and not rule.standing]
    return _gather(fired, trace)


class _Look:
    """Looks at rules in order, until one of them ends it."""

    def __init__(self, match: Match, known: Mapping[str, object]) -> None:
        self._match = match
        self._known = known
        self._activation = activation(known) if known else None
        self._over = ""
        self._spent = 0

    def at(self, rule: BusinessRule, condition: Condition | RuleError | None) -> RuleTrace:
        if isinstance(condition, Condition):
            self._spent += condition.cost
            if self._spent > MAX_TURN_COST:
                self._over = self._over or "the rules before it used up what one turn may cost"
        if self._over:
            return RuleTrace(rule.id, "skipped", self._over)
        outcome, because = self._outcome(condition)
        if outcome == "fired":
            self._over = _ends(rule, self._match)
        shown = _shown(condition.names, self._known) if isinstance(condition, Condition) else {}
        return RuleTrace(rule.id, outcome, because, shown)

    def _outcome(self, condition: Condition | RuleError | None) -> tuple[Outcome, str]:
        match condition:
            case None:
                return "fired", "it has no condition"
            case RuleError():
                return "error", f"its condition cannot be used: {condition}"
            case _:
                return _decided(condition.decide(self._activation))


def _without_looking(rule: BusinessRule, fired_once: Collection[str], today: dt.date) -> RuleTrace | None:
    """Return the trace of a rule whose condition does not matter now."""
    if not rule.enabled:
        return RuleTrace(rule.id, "disabled", "it is switched off")
    if rule.standing:
        return RuleTrace(rule.id, "fired", "it holds in every turn, as part of the assistant's instructions")
    if rule.once and rule.id in fired_once:
        return RuleTrace(rule.id, "already_fired", "it fires once in a session and did so before")
    if rule.starts_on and today < rule.starts_on:
        return RuleTrace(rule.id, "not_now", f"only from {rule.starts_on}")
    if rule.ends_on and today > rule.ends_on:
        return RuleTrace(rule.id, "not_now", f"only until {rule.ends_on}")
    return None


def _known(conditions: Iterable[Condition | RuleError | None], facts: Facts) -> Mapping[str, object]:
    """Return the facts that the conditions need, each made once."""
    names = {name for condition in conditions if isinstance(condition, Condition) for name in condition.facts}
    return {name: facts.value(name) for name in names}


def _decided(answer: bool | Unknown | Failed) -> tuple[Outcome, str]:  # noqa: FBT001 - it is the answer
    match answer:
        case Unknown(name):
            return "unknown", f"the fact {name} is not known"
        case Failed(because):
            return "error", because
        case True:
            return "fired", "the condition was true"
    return "not_fired", "the condition was not true"


def _ends(rule: BusinessRule, match: Match) -> str:
    """Return why no rule after this one is looked at; "" when they are."""
    kinds = {action.do for action in rule.then}
    if "reply" in kinds:
        return "an earlier rule gave the reply"
    if "stop" in kinds:
        return "an earlier rule said stop"
    return "an earlier rule fired, and only the first one counts" if match == "first" and rule.when else ""


def _shown(names: Iterable[str], known: Mapping[str, object]) -> dict[str, str]:
    """Return the named facts' values in short."""
    return {name: _short(_lookup(name, known)) for name in names}


def _lookup(name: str, known: Mapping[str, object]) -> object:
    if name in known:
        return known[name]
    fact, _, key = name.partition(".")
    values = known.get(fact)
    return values.get(key) if isinstance(values, Mapping) else None


def _short(value: object) -> str:
    match value:
        case None:
            return "not known"
        case bool():
            return "true" if value else "false"
        case list():
            text = ", ".join(map(str, value))
        case dict():
            text = ", ".join(f"{key}: {item}" for key, item in value.items())
        case _:
            text = str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


@dataclass
class _Gathered:
    """What the actions add up to; a first writer keeps its place."""

    replies: list[str] = field(default_factory=list)
    states: list[StateName] = field(default_factory=list)
    handoffs: list[str] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    instructions: dict[str, None] = field(default_factory=dict)
    cta_ids: dict[str, None] = field(default_factory=dict)
    require: dict[str, None] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)

    def take(self, action: Action) -> None:
        match action:
            case ReplyAction():
                self.replies.append(action.text)
            case InstructAction():
                self.instructions[action.text] = None
            case CtaAction():
                self.cta_ids.update(dict.fromkeys(action.ids))
            case StateAction():
                self.states.append(action.state)
            case MetadataAction():
                self.metadata.setdefault(action.key, action.value)
            case RequireAction():
                self.require[action.field] = None
            case HandoffAction():
                self.handoffs.append(action.reason)
            case TagAction():
                self.tags[action.tag] = None
            case StopAction():
                pass


def _gather(fired: list[BusinessRule], trace: tuple[RuleTrace, ...]) -> Ruled:
    found = _Gathered()
    for rule in fired:
        for action in rule.actions:
            found.take(action)
    return Ruled(
        reply=next(iter(found.replies), None),
        instructions=tuple(found.instructions),
        cta_ids=tuple(found.cta_ids),
        state=next(iter(found.states), None),
        metadata=found.metadata,
        require=tuple(found.require),
        handoff=next(iter(found.handoffs), None),
        tags=tuple(found.tags),
        fired=tuple(rule.id for rule in fired),
        once=tuple(rule.id for rule in fired if rule.once),
        trace=trace,
    )
