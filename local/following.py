"""Follows a knowledge build over the admin API, also of the release before, and says in words how it goes."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Protocol

ENDED = ("succeeded", "failed", "cancelled")
MOST_LINES = 15  # of reasons, and of addresses of each kind of change
_SIGNS = {"added": "+", "changed": "~", "gone": "-"}


class Calls(Protocol):
    """The admin API: method, path, JSON body; returns the JSON answer."""

    def __call__(self, method: str, path: str, json_body: Any = None, /) -> Any:  # noqa: ANN401 - any JSON
        """Call it."""
        ...


def follow(
    call: Calls, path: str, build_id: str, tell: Callable[[str], None], look_every_s: float = 0.5
) -> dict[str, Any]:
    """Follow a build, and the one that tries once more what it could not do, to the end; return the last state.

    Args:
        call: of the admin API.
        path: of the business.
        build_id: which.
        tell: is told a line each time one looks.
        look_every_s: seconds in between.
    """
    while True:
        state: dict[str, Any] = call("GET", f"{path}/knowledge/builds/{build_id}")
        tell(f"knowledge: {progress(state)}")
        retry_id = state.get("retry_id")
        if state["status"] in ENDED and not retry_id:
            return state
        build_id = retry_id or build_id
        time.sleep(look_every_s)


def progress(state: dict[str, Any]) -> str:
    """Return a line about how far a build is."""
    counts: Counter[str] = Counter(state["counts"])
    match state["phase"]:
        case "queued":
            said = "starting" if state.get("dispatched_at") else "waiting for its turn"
        case "fetching":
            said = f"reading, {counts['fetched']} of {counts['found']} pages" + _known(counts["unchanged"], "unchanged")
        case "embedding":
            new = counts["chunks"] - counts["reused"]
            said = f"embedding, {counts['embedded']} of {new} chunks" + _known(counts["reused"], "known already")
        case "done":
            said = state["status"]
        case phase:
            said = phase
    again = ", second attempt" if state.get("attempt", 1) > 1 else ""
    left = f", about {state['seconds_left']} s left" if state.get("seconds_left") else ""
    return said + left + again


def report(call: Calls, path: str, state: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of what became of a build that has ended: pages, changes, what is not indexed and why."""
    counts: Counter[str] = Counter(state["counts"])
    published = f", {state['publish']}" if state.get("publish") else ""
    yield f"{state['id']} {state['status']}{published}" + (f": {state['reason']}" if state["reason"] else "")
    yield (
        f"pages: {counts['indexed']} indexed, {counts['skipped']} skipped, {counts['failed']} failed;"
        f" chunks: {counts['chunks']}, of which {counts['embedded']} embedded now"
    )
    if state.get("changes"):
        yield from _changes(state["changes"])
    yield from _reasons(call, f"{path}/knowledge/builds/{state['id']}/pages")


def _changes(changes: dict[str, Any]) -> Iterator[str]:
    kinds = [*_SIGNS, "unchanged"]
    yield "since the build before: " + ", ".join(f"{changes.get(kind, 0)} {kind}" for kind in kinds)
    for kind, sign in _SIGNS.items():
        samples = changes.get("samples", {}).get(kind, [])[:MOST_LINES]
        yield from (f"  {sign} {url}" for url in samples)
        if (more := changes.get(kind, 0) - len(samples)) > 0:
            yield f"  {sign} and {more} more"


def _reasons(call: Calls, pages: str) -> Iterator[str]:
    shown, more = 0, 0
    for page in _all(call, pages):
        if page["outcome"] == "indexed" and not page["reason"]:
            continue
        if shown < MOST_LINES:
            yield f"  {page['outcome']}: {page['url']}: {page['reason']}"
        else:
            more += 1
        shown += 1
    if more:
        yield f"  and {more} more: GET {pages}"


def _all(call: Calls, pages: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        found = call("GET", f"{pages}?limit=100{cursor}")
        yield from found["items"]
        if not found["next_cursor"]:
            return
        cursor = f"&cursor={found['next_cursor']}"


def _known(count: int, what: str) -> str:
    return f" ({count} {what})" if count else ""
