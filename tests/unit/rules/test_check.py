"""What is said of rules when they are saved."""

import pytest

from shared.rules import check
from shared.rules.check import check_rules
from tests.unit.rules.samples import a_rule


def test_right_rules_have_no_complaint():
    """Rules without a condition, and with one that is right."""
    assert check_rules([a_rule("a"), a_rule("b", "turn > 1"), a_rule("c", "open", enabled=False)]) == []


def test_each_wrong_condition_is_named_with_its_place():
    """By the rule's index in the list, also where the rule is switched off."""
    rules = [a_rule("a", "turn >"), a_rule("b"), a_rule("c", "open\n&& nope", enabled=False)]
    assert check_rules(rules) == [
        (0, "the condition ends too early: something is missing", (1, 7)),
        (2, "'nope' is not a fact: did you mean open?", (2, 4)),
    ]


@pytest.mark.parametrize(
    ("when", "complaint"),
    [
        ("has(fields.budgett)", ("fields never has 'budgett': did you mean budget?", (1, 4))),
        ('fields["emai"] == ""', ("fields never has 'emai': did you mean email?", (1, 7))),
        ('"budgte" in known', ("known never has 'budgte': did you mean budget?", (1, 1))),
        ('intent.name in ["pricing", "zzz"]', ("intent.name never has 'zzz'", (1, 28))),
        ('"prcing" != intent.name', ("intent.name never has 'prcing': did you mean pricing?", (1, 1))),
    ],
)
def test_what_can_never_be_true_is_named(when, complaint):
    """A field or intent that the business does not have is a typing error."""
    values = {"fields": ("email", "budget"), "known": ("email", "budget"), "intent.name": ("pricing", "none")}
    assert check_rules([a_rule("a", when)], values) == [(0, *complaint)]
    assert check_rules([a_rule("a", when)]) == []


def test_what_is_not_told_is_not_checked():
    """Only facts whose values are given are compared."""
    assert (
        check_rules([a_rule("a", 'has(metadata.x) && "y" in tags && fields.email == "z"')], {"fields": ["email"]}) == []
    )


def test_rules_that_are_too_much_together_are_named_once(monkeypatch):
    """At the rule with which it becomes too much; those switched off do not count."""
    monkeypatch.setattr(check, "MAX_TURN_COST", 10)
    rules = [a_rule("a", "turn > 1"), a_rule("b", "turn > 2 && turn > 3", enabled=False)]
    assert check_rules([*rules, a_rule("c", "turn > 4")]) == []
    found = check_rules([*rules, *(a_rule(f"d{number}", f"turn > {number}") for number in range(5, 10))])
    assert [(index, what) for index, what, _ in found] == [
        (4, "with the rules before it, may take too long: use fewer loops")
    ]
