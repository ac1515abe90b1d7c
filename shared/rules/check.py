"""Checks rules when they are saved, so that none fails later. Pure."""

from collections.abc import Collection, Mapping, Sequence

from shared.domain.rules import BusinessRule
from shared.rules.complaints import Position, RuleError, did_you_mean, position
from shared.rules.evaluate import MAX_TURN_COST
from shared.rules.language import Condition, check_condition

Complaint = tuple[int, str, Position]


def check_rules(rules: Sequence[BusinessRule], values: Mapping[str, Collection[str]] | None = None) -> list[Complaint]:
    """Return what is wrong: the rule's index, a sentence, and where in its condition. Rules switched off count too.

    `values` are the only values or keys that facts can have in this business, such as `{"fields": ids, "known": ids,
    "intent.name": names}`: what is compared with anything else can never be true.
    """
    found: list[Complaint] = []
    spent = 0
    for index, rule in enumerate(rules):
        if not rule.when:
            continue
        condition = check_condition(rule.when)
        if isinstance(condition, RuleError):
            found.append((index, condition.message, condition.position))
            continue
        found += [(index, *complaint) for complaint in _strange_values(condition, values or {})]
        spent += condition.cost if rule.enabled else 0
        if spent > MAX_TURN_COST >= spent - condition.cost:
            found.append((index, "with the rules before it, may take too long: use fewer loops", Position(1, 1)))
    return found


def _strange_values(condition: Condition, values: Mapping[str, Collection[str]]) -> list[tuple[str, Position]]:
    strange = (item for item in condition.mentions if item.fact in values and item.value not in values[item.fact])
    return [
        (
            f"{item.fact} never has '{item.value}'{did_you_mean(item.value, values[item.fact])}",
            position(condition.text, item.offset),
        )
        for item in strange
    ]
