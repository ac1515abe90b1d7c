"""What comes after `record` and fails: the traffic goes back to what served, and the build fails all the same."""

import copy

import pytest

from tests.pipeline.delivery import NEW, OLD, SERVICES, new_delivery
from tests.pipeline.fakes.services import add_revision

OLD_ONLY = {name: {OLD: 100} for name in SERVICES}
FORWARD = "gcloud run services update-traffic {} --project=my-project --region=europe-west1 --to-latest"


DATABASE = {"address": "module.database.this", "type": "google_sql_database_instance", "actions": ["delete", "create"]}


@pytest.fixture(scope="module")
def one_build(tmp_path_factory):
    """A build that was cut off after `record`, and what the world was then."""
    with new_delivery(tmp_path_factory.mktemp("release")) as delivery:
        delivery.serves(OLD)
        outcome = delivery.build(until="record")
        assert not outcome.failed, outcome.log
        yield delivery, copy.deepcopy(delivery.world.known)


@pytest.fixture
def recorded(one_build):
    """The old code serves, and is on record."""
    delivery, known = one_build
    delivery.world.known = copy.deepcopy(known)
    return delivery


@pytest.fixture
def released(recorded):
    """The new code serves everywhere, and nobody has looked at it yet."""
    for name in SERVICES:
        add_revision(name, recorded.world.known["services"][name], NEW)
    return recorded


@pytest.mark.parametrize(
    ("service", "fault", "complaint"),
    [
        ("chatbot-voice-service", "ill", "media is healthy: expected 200"),
        ("chatbot-chat", "rude", "nobody's configuration: expected 404"),
        ("chatbot-chat", "silent", "the assistant said nothing"),
    ],
)
def test_a_failing_smoke_test_rolls_back(service, fault, complaint, released):
    """Everything goes back to the revisions on record, and the log says how to go forward."""
    assert released.serving() == {name: {NEW: 100} for name in SERVICES}
    released.world.known["faults"] = {"broken": {f"{service} {NEW}": fault}}
    outcome = released.again("smoke", _SMOKE_BUSINESS="my-shop")
    assert outcome.failed == "smoke"
    assert complaint in outcome.log
    assert released.serving() == OLD_ONLY
    back = [call for call in released.world.calls() if "update-traffic" in call][-len(SERVICES) :]
    assert sorted(call[4] for call in back) == list(SERVICES)
    assert all(f"--to-revisions={call[4]}-00001=100" in call for call in back)
    assert all(FORWARD.format(name) in outcome.log for name in SERVICES)


def test_a_business_that_is_not_there_fails_the_smoke_test(released):
    """A misspelt _SMOKE_BUSINESS is no good answer."""
    outcome = released.again("smoke", _SMOKE_BUSINESS="my-shpo")
    assert outcome.failed == "smoke"
    assert "an answer for my-shpo: expected 200" in outcome.log


def test_a_roll_back_that_fails_is_said(released):
    """The others are brought back all the same, and nobody reads that all is well."""
    released.world.known["faults"] = {"broken": {f"chatbot-chat {NEW}": "ill"}, "traffic": ["chatbot-admin"]}
    outcome = released.again("smoke")
    assert outcome.failed == "smoke"
    assert "so did the roll-back" in outcome.log
    assert released.serving() == {**OLD_ONLY, "chatbot-admin": {NEW: 100}}


def test_a_whole_build_that_fails_and_the_next_one(delivery):
    """A split by hand comes back as it was; the next good commit serves everywhere, the phone included."""
    service = delivery.world.known["services"]["chatbot-chat"]
    add_revision("chatbot-chat", service, "between")
    service["traffic"] = {"chatbot-chat-00001": 70, "chatbot-chat-00002": 30}
    delivery.world.known["faults"] = {"broken": {f"chatbot-chat {NEW}": "ill"}}
    assert delivery.build().failed == "smoke"
    assert delivery.serving() == {**OLD_ONLY, "chatbot-chat": {OLD: 70, "between": 30}}
    mended = "3" * 40
    outcome = delivery.build(mended)
    assert not outcome.failed, outcome.log
    assert delivery.serving() == {name: {mended: 100} for name in SERVICES}


def test_a_failing_apply_rolls_back_what_it_reached(recorded):
    """Functions that were updated before the error serve the old code again; the others are not touched."""
    recorded.world.known["faults"] = {"apply": "voice"}
    outcome = recorded.again("apply")
    assert outcome.failed == "apply"
    assert recorded.serving() == OLD_ONLY
    assert recorded.changes()[-2:] == ["traffic chatbot-chat", "traffic chatbot-voice-service"]
    assert len(recorded.world.known["services"]["chatbot-chat"]["revisions"]) == 2


@pytest.mark.parametrize("step", ["jobs", "apply"])
def test_each_plan_is_looked_through(step, recorded):
    """What was harmless when it was shown may not be so when it is applied."""
    before = recorded.changes()
    recorded.world.known["faults"] = {"changes": [DATABASE]}
    outcome = recorded.again(step)
    assert outcome.failed == step
    assert "data would be lost" in outcome.log
    assert recorded.changes() == before


def test_a_failing_canary_gives_everything_back(recorded):
    """Its part and its tags."""
    for step in ("apply", "forward"):
        assert not recorded.again(step, _CANARY_PERCENT="10").failed
    assert recorded.serving()["chatbot-chat"] == {NEW: 10, OLD: 90}
    recorded.world.known["faults"] = {"broken": {f"chatbot-chat {NEW}": "ill"}}
    assert recorded.again("smoke", _CANARY_PERCENT="10").failed == "smoke"
    assert recorded.serving() == OLD_ONLY
    assert not [name for name, service in recorded.world.known["services"].items() if service["tags"]]
