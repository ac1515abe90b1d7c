"""Builds that must not go on, executed against the fakes: what they leave undone."""

import pytest

from tests.pipeline.delivery import OLD, SERVICES

DATABASE = {"address": "module.database.this", "type": "google_sql_database_instance", "actions": ["delete", "create"]}
SERIOUS = {"id": "CVE-2026-00001", "severity": "HIGH", "fixed": True}
LESS = [
    {"id": "CVE-2026-00002", "severity": "MEDIUM", "fixed": True},
    {**SERIOUS, "id": "CVE-2026-00003", "fixed": False},
]
OLD_ONLY = {name: {OLD: 100} for name in SERVICES}


@pytest.mark.parametrize(("target", "step"), [("setup", "packages"), ("lint", "lint"), ("test", "test")])
def test_a_failing_check_lets_nothing_out(target, step, delivery):
    """Whatever else of the build has run by then: no image in the registry, no layers, nothing applied."""
    delivery.world.known["faults"] = {"make": [target]}
    outcome = delivery.build()
    assert outcome.failed == step
    assert "scan" in outcome.said
    assert delivery.changes() == []
    assert not delivery.world.known["registry"]["caches"]


def test_a_vulnerable_image_is_not_pushed(delivery):
    """HIGH with a fix ends the build, and nothing is pushed."""
    delivery.world.known["faults"] = {"vulnerabilities": [SERIOUS]}
    outcome = delivery.build()
    assert outcome.failed == "scan"
    assert "CVE-2026-00001" in outcome.said["scan"]
    assert delivery.changes() == []


def test_what_may_stay_in_an_image(delivery):
    """What is lower or has no fix; and what has a reason, until its day."""
    delivery.world.known["faults"] = {"vulnerabilities": LESS}
    assert not delivery.build(until="scan").failed
    delivery.world.known["faults"] = {"vulnerabilities": [SERIOUS]}
    ignored = delivery.workspace / "deploy/pipeline/trivyignore.yaml"
    for day, failed in (("2020-01-01", "scan"), ("9999-01-01", "")):
        ignored.write_text(f"vulnerabilities: [{{id: CVE-2026-00001, statement: a reason, expired_at: {day}}}]\n")
        assert delivery.build(until="scan").failed == failed


def test_a_plan_that_destroys_the_database_is_refused(delivery):
    """Nothing of it is applied, no job runs; only who asks for it gets it."""
    delivery.world.known["faults"] = {"changes": [DATABASE]}
    outcome = delivery.build()
    assert outcome.failed == "plan"
    assert "data would be lost: module.database.this (replaced)" in outcome.said["plan"]
    assert delivery.changes() == ["push platform"]
    assert delivery.serving() == OLD_ONLY
    assert not delivery.again("plan", _ALLOW_DESTROY="true").failed


def test_a_failing_migration_stops_before_the_code(delivery):
    """The old code goes on on the old schema."""
    delivery.world.known["faults"] = {"jobs": ["chatbot-migrate"]}
    outcome = delivery.build()
    assert outcome.failed == "migrate"
    assert delivery.changes() == ["push platform", "apply jobs", "run chatbot-migrate"]
    assert delivery.serving() == OLD_ONLY


@pytest.mark.parametrize(
    ("step", "setting", "complaint"),
    [
        ("build", ("_CANARY_PERCENT", "100"), "CANARY_PERCENT is 0 to 99"),
        ("build", ("_ALLOW_DESTROY", "yes"), "ALLOW_DESTROY is true or false"),
        ("plan", ("_TFVARS", "prod.tfvars"), "prod.tfvars is not there"),
        ("plan", ("_PROFILE", "prod"), "alert_email"),
    ],
)
def test_a_wrong_setting_ends_the_build_with_a_reason(step, setting, complaint, delivery):
    """Before anything is applied."""
    outcome = delivery.build(until=step, **dict([setting]))
    assert outcome.failed == step
    assert complaint in outcome.log
    assert not [change for change in delivery.changes() if change.startswith("apply")]
