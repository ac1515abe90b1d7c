"""Builds that end well, executed from the first step to the last against the fakes."""

import re

import pytest

from tests.pipeline.delivery import NEW, OLD, SERVICES, new_delivery

REPOSITORY = "europe-west1-docker.pkg.dev/my-project/chatbot/platform"
DEPLOYED = ["push platform", "apply jobs", "run chatbot-migrate", "run chatbot-logins", "apply everything"]


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A build of the next commit, of a project that served the one before."""
    with new_delivery(tmp_path_factory.mktemp("good")) as delivery:
        delivery.serves(OLD)
        outcome = delivery.build(_SMOKE_BUSINESS="my-shop")
        assert not outcome.failed, outcome.log
        yield delivery


def test_the_order(good):
    """The image after the checks, the jobs alone before the schema, and the schema before the code."""
    assert good.changes() == DEPLOYED
    called = good.called()
    push = called.index(f"docker push {REPOSITORY}:{NEW}")
    for target in ("setup", "lint", "test"):
        assert called.index(f"make {good.workspace} {target}") < push
    assert next(place for place, call in enumerate(called) if call.startswith("trivy image")) < push


def test_the_new_code_serves_everywhere(good):
    """All five services, with all their traffic."""
    assert good.serving() == {name: {NEW: 100} for name in SERVICES}


def test_the_migration_was_the_new_ones_and_was_waited_for(good):
    """The jobs had the new image when they ran."""
    assert good.world.known["executions"] == [
        {"job": name, "code": NEW, "waited": True} for name in ("chatbot-migrate", "chatbot-logins")
    ]


def test_the_image_is_labelled_and_deployed_by_digest(good):
    """The commit is its tag and label; Terraform gets the registry's digest, not that of another registry."""
    assert good.world.known["images"][f"{REPOSITORY}:{NEW}"]["revision"] == NEW
    plans = [call for call in good.world.calls() if call[2:3] == ["plan"]]
    images = {word for call in plans for word in call if word.startswith("-var=image=")}
    assert len(images) == 1
    assert re.fullmatch(rf"-var=image={re.escape(REPOSITORY)}@sha256:[0-9a-f]{{64}}", images.pop())


def test_layers_are_read_first_and_kept_last(good):
    """The cache of the last build is used; the new one is written after the checks, beside the images."""
    builds = [call for call in good.world.calls() if call[:3] == ["docker", "buildx", "build"]]
    assert [any(word == "--cache-to" for word in call) for call in builds] == [False, True]
    assert f"type=registry,ref={REPOSITORY}-cache:latest" in builds[0]
    assert good.world.known["registry"]["caches"][0].startswith(f"type=registry,ref={REPOSITORY}-cache:latest,mode=max")


def test_the_smoke_test_asked_everybody(good):
    """Health of four, nobody's configuration, one question."""
    assert good.asked() == [
        "GET /chatbot-chat/health",
        "GET /chatbot-admin/health",
        "GET /chatbot-voice/health",
        "GET /chatbot-voice-service/health",
        "GET /chatbot-chat/config?business_id=smoke-nobody",
        "POST /chatbot-chat/chat",
    ]


def test_what_served_before_is_on_record(good):
    """It was written before the apply: the revisions of the commit before."""
    before = (good.workspace / "build/pipeline/before.json").read_text()
    assert all(f'"{name}-00001": 100' in before for name in SERVICES)


def test_the_first_deployment(empty):
    """Nothing is there: the registry first, then the jobs with all they need, then everything."""
    outcome = empty.build()
    assert not outcome.failed, outcome.log
    assert empty.changes() == ["apply registry", *DEPLOYED]
    assert "this is the first deployment" in outcome.said["record"]
    assert empty.serving() == {name: {NEW: 100} for name in SERVICES}
    first = empty.world.known["services"]
    assert not empty.again("apply").failed
    assert empty.world.known["services"] == first, "the same commit again made something new"
    empty.world.known["faults"] = {"broken": {f"chatbot-chat {NEW}": "ill"}}
    smoke = empty.again("smoke")
    assert smoke.failed
    assert "nothing to change" in smoke.log, "there is nothing that it could go back to"


def test_by_hand_with_a_profile_file_and_a_key(delivery):
    """Without a trigger the build's id is the tag. Variables come from a bucket, the model's key from a secret."""
    variables = 'alert_email = "ops@example.com"\nmodel_access = "key"\n'
    delivery.world.known["objects"] = {"gs://my-bucket/prod.tfvars": variables}
    delivery.world.known["secrets"] = {"model-key": "the-key"}
    settings = {"_PROFILE": "prod", "_TFVARS": "gs://my-bucket/prod.tfvars", "_GEMINI_KEY_SECRET": "model-key"}
    outcome = delivery.build(by_trigger=False, until="plan", **settings)
    assert not outcome.failed, outcome.log
    assert f"docker push {REPOSITORY}:b0b0b0b0-1111" in delivery.called()
    assert delivery.world.known["state"]["backend"] == {"bucket": "my-project-chatbot-state", "prefix": "prod"}
    assert "the-key" not in outcome.log


def test_a_canary_and_its_good_end(delivery):
    """A tenth for what is new, whose own addresses the smoke test asks; the next build gives it the rest."""
    outcome = delivery.build(_CANARY_PERCENT="10", _SMOKE_BUSINESS="my-shop")
    assert not outcome.failed, outcome.log
    assert delivery.serving() == {name: {NEW: 10, OLD: 90} for name in SERVICES}
    assert all("/canary---chatbot-" in request for request in delivery.asked())
    changes = delivery.changes()
    assert changes.index("traffic chatbot-voice-service") < changes.index("apply everything"), "the phone was not held"
    assert not delivery.again("forward").failed
    assert delivery.serving() == {name: {NEW: 100} for name in SERVICES}
    tagged = [name for name, service in delivery.world.known["services"].items() if service["tags"]]
    assert not tagged, "a tag keeps a revision warm"
