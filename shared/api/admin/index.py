"""The index that answers a business's visitors: what it is, what could take its place, and the switch to it."""

from typing import Any

from shared.api.admin.services import AdminServices
from shared.domain.errors import Conflict, NotFound
from shared.domain.knowledge import Manifest
from shared.domain.records import BuildRecord
from shared.web.call import Call, Reply


def get(admin: AdminServices, call: Call) -> Reply:
    """Return the current build and those that can be switched to, the newest first."""
    admin.businesses.get(call.business_id)
    return _index(admin, call.business_id)


def publish(admin: AdminServices, call: Call) -> Reply:
    """Let a build that was held back, or one that is kept, answer from now on."""
    business_id, build_id = call.business_id, call.path["build_id"]
    build = admin.builds.get(business_id, build_id)
    if build.status != "succeeded":
        raise Conflict(f"This build is {build.status}: there is nothing whole to switch to.", code="not_succeeded")
    if build.publish == "unchanged":
        raise Conflict("This build found nothing new and wrote nothing: what it would be answers.", code="unchanged")
    before = admin.publisher.current(business_id)
    admin.publisher.switch_to(business_id, build_id)
    detail = {"before": before or "", "was": build.publish}
    admin.builds.switched_to(business_id, build_id, call.actor.actor(call.request_id), detail)
    return _index(admin, business_id)


def _index(admin: AdminServices, business_id: str) -> Reply:
    kept = admin.publisher.kept(business_id)
    current = _shown(admin, business_id, kept[0], "current") if kept else None
    others = [_shown(admin, business_id, manifest, "kept") for manifest in kept[1:]]
    waiting = [_shown(admin, business_id, manifest, "blocked") for manifest in admin.publisher.waiting(business_id)]
    return Reply({"current": current, "kept": [*waiting, *others]}, headers={"Cache-Control": "no-store"})


def _shown(admin: AdminServices, business_id: str, manifest: Manifest, state: str) -> dict[str, Any]:
    build = _record(admin, business_id, manifest.build_id)
    return {
        "build_id": manifest.build_id,
        "built_at": manifest.built_at,
        "state": state,
        "chunks": manifest.chunks,
        "documents": manifest.documents,
        "embedding_model": manifest.embedding_model,
        "dimensions": manifest.dimensions,
        "index_kind": manifest.index_kind,
        "verdict": build.verdict if build else None,
    }


def _record(admin: AdminServices, business_id: str, build_id: str) -> BuildRecord | None:
    try:
        return admin.builds.get(business_id, build_id)
    except NotFound:
        return None
