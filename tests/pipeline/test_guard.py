"""What a plan may destroy: shapes of `terraform show -json` and what guard.py says of them."""

import re

import pytest

from deploy.pipeline.guard import STATEFUL, losses
from local.stack.platform import ROOT

VERSION = "google_secret_manager_secret_version"


def plan(kind: str, *actions: str) -> dict[str, object]:
    """Return a plan with one change."""
    return {"resource_changes": [{"address": "a.b", "type": kind, "change": {"actions": list(actions)}}]}


@pytest.mark.parametrize("kind", sorted(STATEFUL))
def test_data_is_not_destroyed(kind):
    """Neither destroyed nor made anew; changing, making, reading and forgetting are fine."""
    assert list(losses(plan(kind, "delete"))) == ["a.b (destroyed)"]
    assert list(losses(plan(kind, "delete", "create"))) == ["a.b (replaced)"]
    for actions in (["update"], ["create"], ["no-op"], ["read"], ["forget"]):
        assert not list(losses(plan(kind, *actions)))


def test_a_rotation_is_no_loss():
    """A secret's version goes when its successor is there; any other order would lose it, and so would a database."""
    assert not list(losses(plan(VERSION, "create", "delete")))
    assert list(losses(plan("google_sql_database_instance", "create", "delete")))


def test_what_can_be_made_again_may_go():
    """The functions' archive is made anew by every change of code."""
    assert not list(losses(plan("google_storage_bucket_object", "delete", "create")))
    assert not list(losses(plan("google_cloudfunctions2_function", "delete")))


def test_every_store_of_ours_is_known():
    """A type of terraform/ that holds data by its name is in the list, or decided to hold none."""
    text = "".join(path.read_text() for path in (ROOT / "terraform/modules").rglob("*.tf"))
    types = set(re.findall(r'^resource "(google_\w+)"', text, re.MULTILINE))
    holding = {kind for kind in types if re.search(r"sql|redis|memorystore|bucket|secret|kms|registry|database", kind)}
    without_data = {
        "google_sql_user", "google_storage_bucket_object", "google_storage_bucket_iam_member",
        "google_secret_manager_secret_iam_member", "google_artifact_registry_repository_iam_member",
    }  # fmt: skip
    assert holding - STATEFUL == without_data & types
