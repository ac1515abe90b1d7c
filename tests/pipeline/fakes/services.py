"""Services on Cloud Run as the fakes keep them: revisions with their code, traffic, tags. No program of its own."""

from typing import Any

from tests.pipeline.fakes.world import World, fail

Service = dict[str, Any]


def described(text: str) -> dict[str, str]:
    """Read A=1,B=2."""
    return dict(pair.split("=", 1) for pair in text.split(","))


def known(world: World, name: str) -> Service:
    """Return a service; end as gcloud does when there is none."""
    service: Service | None = world.known["services"].get(name)
    return service or fail(f"Service [{name}] could not be found.")


def new_service() -> Service:
    """Return a service without a revision."""
    return {"revisions": {}, "traffic": {"LATEST": 100}, "tags": {}}


def latest(service: Service) -> str:
    """Return the newest revision."""
    *_, newest = map(str, service["revisions"])
    return newest


def add_revision(name: str, service: Service, code: str) -> None:
    """Deploy code; traffic is as it was set, or follows."""
    service["revisions"][f"{name}-{len(service['revisions']) + 1:05d}"] = code


def split(service: Service) -> dict[str, int]:
    """Return percent by revision."""
    return {latest(service) if name == "LATEST" else name: percent for name, percent in service["traffic"].items()}


def show(name: str, service: Service, base: str) -> Service:
    """Return what `gcloud run services list --format=json` has of a service; a tag's address is below `base`."""
    wanted = [
        {"latestRevision": True, "percent": percent}
        if revision == "LATEST"
        else {"revisionName": revision, "percent": percent}
        for revision, percent in service["traffic"].items()
    ]
    serving: list[Service] = [
        *({"revisionName": revision, "percent": percent} for revision, percent in split(service).items()),
        *(
            {"revisionName": revision, "tag": tag, "url": f"{base}/{tag}---{name}"}
            for tag, revision in service["tags"].items()
        ),
    ]
    return {
        "metadata": {"name": name},
        "spec": {"traffic": wanted},
        "status": {"latestReadyRevisionName": latest(service), "traffic": serving},
    }
