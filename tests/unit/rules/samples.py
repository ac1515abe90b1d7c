"""Facts and rules to test with."""

import datetime as dt

from shared.domain.rules import BusinessRule
from shared.rules.evaluate import run_rules
from shared.rules.facts import Facts

NOW = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)
TODAY = NOW.date()


def a_rule(rule_id="r1", when="", *then, **fields):
    """Return a rule; without actions it sets a tag of its own id."""
    actions = [{"do": do, **given} for do, given in then] or [{"do": "tag", "tag": rule_id}]
    return BusinessRule.model_validate({"id": rule_id, "when": when, "then": actions, **fields})


def run(*rules, match="all", fired_once=(), today=TODAY, **facts):
    """Run rules over facts given by their keyword."""
    return run_rules(rules, match, Facts(**{"message": "Hello", "now": NOW, **facts}), fired_once, today)


def outcomes(ruled):
    """Return the outcome of each rule, in order."""
    return [trace.outcome for trace in ruled.trace]


def full_facts():
    """Return facts that are all as large as they can get, and much alike."""
    ids = tuple(f"{'a' * 60}-{number}" for number in range(500))
    values: dict[str, object] = {name: ["a" * 15] * 30 for name in ids}
    return Facts(
        message="a" * 4000,
        now=NOW,
        page_url="a" * 2048,
        fields=dict.fromkeys(ids, "a" * 300),
        metadata=values,
        crm=values,
        tags=ids,
        shown=ids,
        clicked=ids,
    )
