"""Whom something is for, as a condition over what is known before a message is understood. Pure."""

from collections.abc import Collection, Mapping

from shared.rules.complaints import Position, RuleError, did_you_mean, position
from shared.rules.facts import Facts
from shared.rules.language import activation, check_condition

# An arm decides how the message is understood and answered; these are known only after that.
TOO_LATE = frozenset({"intent.name", "intent.confidence", "sentiment.label", "sentiment.score", "experiment"})


def is_for(condition: str, facts: Facts) -> bool:
    """Say whether a condition holds; "" is for everybody. What cannot be decided is not for this visitor."""
    if not condition:
        return True
    checked = check_condition(condition)
    if isinstance(checked, RuleError):
        return False
    return checked.decide(activation({name: facts.value(name) for name in checked.facts})) is True


def check_targeting(condition: str, values: Mapping[str, Collection[str]]) -> list[tuple[str, Position]]:
    """Return what is wrong with it and where. `values` are the only ones that facts have in this business."""
    checked = check_condition(condition) if condition else None
    if checked is None:
        return []
    if isinstance(checked, RuleError):
        return [(checked.message, checked.position)]
    late = sorted(TOO_LATE.intersection(checked.facts))
    if late:
        return [(f"{late[0]} is not known yet when a visitor's arm is decided", Position(1, 1))]
    return [
        (
            f"{item.fact} never has '{item.value}'{did_you_mean(item.value, values[item.fact])}",
            position(condition, item.offset),
        )
        for item in checked.mentions
        if item.fact in values and item.value not in values[item.fact]
    ]
