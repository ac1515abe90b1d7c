"""Refuses a plan that destroys data: `terraform show -json PLAN | guard.py [--allow]`. It changes nothing.

Ends with 1 and names what would be lost; with --allow it names it and ends with 0.
"""  # noqa: INP001 - scripts of a deployment, not a package

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

# What holds something that no apply brings back: data, keys, secrets, logs, and the images that a roll-back needs.
STATEFUL = {
    "google_artifact_registry_repository",
    "google_kms_crypto_key",
    "google_kms_crypto_key_version",
    "google_kms_key_ring",
    "google_logging_project_bucket_config",
    "google_memorystore_instance",
    "google_redis_cluster",
    "google_redis_instance",
    "google_secret_manager_secret",
    "google_secret_manager_secret_version",
    "google_sql_database",
    "google_sql_database_instance",
    "google_storage_bucket",
}
# A version that its successor replaces (created before it is destroyed) is a rotation, and loses nothing.
ROTATED = ("google_secret_manager_secret_version", ["create", "delete"])


def losses(plan: dict[str, Any]) -> Iterator[str]:
    """Yield the address of everything stateful that a plan (`terraform show -json`) destroys or makes anew."""
    for change in plan.get("resource_changes", []):
        kind, actions = change["type"], change["change"]["actions"]
        if "delete" in actions and kind in STATEFUL and (kind, actions) != ROTATED:
            yield f"{change['address']} ({'replaced' if 'create' in actions else 'destroyed'})"


def main() -> int:
    """Read the plan from standard input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--allow", action="store_true", help="say what would be lost, and let it pass")
    allow: bool = parser.parse_args().allow
    plan = json.load(sys.stdin)
    if plan.get("errored"):
        sys.exit("The plan is not complete: it ended with an error.")
    lost = list(losses(plan))
    for address in lost:
        print(f"  ! data would be lost: {address}", file=sys.stderr)  # noqa: T201
    return 1 if lost and not allow else 0


if __name__ == "__main__":
    sys.exit(main())
