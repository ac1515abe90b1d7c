"""Whom an experiment is for: the rules' own conditions, over what is known before the message is understood."""

import pytest

from shared.rules.facts import Facts
from shared.rules.targeting import check_targeting, is_for
from tests.unit.rules.samples import NOW

VALUES = {"fields": ("email",), "known": ("email",)}


def test_a_condition_decides():
    """None is everybody; what is not known, or broken, is nobody."""
    facts = Facts(message="Hello", now=NOW, page_url="https://acme.example/prices")
    assert is_for("", facts)
    assert is_for('page.url.contains("/prices") && channel == "web"', facts)
    assert not is_for('channel == "voice"', facts)
    assert not is_for('fields.email == "x"', facts)
    assert not is_for("1 / 0 == 1", facts)
    assert not is_for("not a condition", facts)


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ('intent.name == "pricing"', "intent.name is not known yet"),
        ("sentiment.score < 0.0", "sentiment.score is not known yet"),
        ("pages == 1", "not a fact"),
        ("turn", "true or false"),
        ("has(fields.mail)", "never has 'mail': did you mean email"),
    ],
)
def test_what_cannot_be_decided_then_is_refused(condition, says):
    """With the place."""
    [(message, at)] = check_targeting(condition, VALUES)
    assert says in message
    assert at.line == 1


def test_what_is_right_is_accepted():
    """And no condition at all."""
    for condition in ("", "turn == 1", 'locale.startsWith("de")', "has(fields.email)", '"vip" in tags'):
        assert check_targeting(condition, VALUES) == []
