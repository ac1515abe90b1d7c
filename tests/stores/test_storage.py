"""Object storage: whole objects in and out, preconditions, names, and an outage that is told soon."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import pytest

from local.stack.servers import BUCKET
from shared.adapters.storage import Storage
from shared.domain.errors import Conflict, NotFound, PlatformError, StorageUnavailable
from tests.stores.own_servers import own_storage
from tests.stores.races import at_once

SOON_S = 3.0


@pytest.mark.parametrize("data", [b"", b"\x00\xff\r\n", bytes(range(256)) * 20_000], ids=["empty", "binary", "large"])
def test_bytes_come_back(storage, business, data):
    """What is put is what is got, with the generation that putting returned."""
    generation = storage.put(f"{business}/a", data)
    assert storage.get(f"{business}/a") == (data, generation)


@pytest.mark.parametrize("name", ["a b/c.d", "ü/商店", "q?x=1&y#z", "100%/%2F", "a+b", "plus+ and 'quotes\""])
def test_names_are_taken_literally(storage, business, name):
    """An object's name is not a path or a URL: every character counts."""
    full = f"{business}/{name}"
    storage.put(full, b"x")
    assert storage.list_names(f"{business}/") == [full]
    assert storage.get(full)[0] == b"x"
    storage.delete(full)
    assert storage.list_names(f"{business}/") == []


def test_generations_guard_a_write(storage, business):
    """A write that names a generation happens only on top of it; 0 means: only when there is nothing."""
    name = f"{business}/a"
    first = storage.put(name, b"1", if_generation=0)
    for stale in (0, first - 1, first + 1):
        with pytest.raises(Conflict) as caught:
            storage.put(name, b"lost", if_generation=stale)
        assert caught.value.code == "generation_mismatch"
    assert storage.get(name) == (b"1", first)
    second = storage.put(name, b"2", if_generation=first)
    assert second != first
    assert storage.put(name, b"3") not in (first, second)
    assert storage.get(name)[0] == b"3"


def test_counting_up_together_loses_nothing(storage, business):
    """Five writers that read, add one and write back under a precondition lose no addition."""
    name = f"{business}/n"
    storage.put(name, b"0")

    def add_four() -> None:
        for _ in range(4):
            while True:
                data, generation = storage.get(name)
                try:
                    storage.put(name, str(int(data) + 1).encode(), if_generation=generation)
                except Conflict:
                    continue
                break

    at_once([add_four] * 5)
    assert storage.get(name)[0] == b"20"


def test_missing_object_is_not_found(storage, business):
    """Reading or copying what is not there says so; deleting it is fine, also twice."""
    name = f"{business}/missing"
    for call in (
        partial(storage.get, name),
        partial(storage.copy, name, f"{name}2"),
    ):
        with pytest.raises(NotFound):
            call()
    storage.delete(name)
    assert storage.delete_prefix(f"{business}/") == 0


def test_copy_is_independent(storage, business):
    """A copy has the bytes of its source and stays when the source changes or goes; copying replaces."""
    storage.put(f"{business}/b", b"old")
    storage.put(f"{business}/a", b"1")
    storage.copy(f"{business}/a", f"{business}/b")
    storage.put(f"{business}/a", b"2")
    storage.delete(f"{business}/a")
    assert storage.get(f"{business}/b")[0] == b"1"


def test_prefixes(storage, business):
    """Listing is in order and by prefix; removing a folder leaves the one whose name begins alike."""
    for name in ("x/b", "x/a", "x/c/deep", "x-2/a"):
        storage.put(f"{business}/{name}", b"1")
    assert storage.list_names(f"{business}/x/") == [f"{business}/x/{name}" for name in ("a", "b", "c/deep")]
    assert storage.delete_prefix(f"{business}/x/") == 3
    assert storage.list_names(f"{business}/") == [f"{business}/x-2/a"]


def test_ping_needs_the_bucket(storage, own_bucket_server):
    """The health check fails when the service answers but our bucket is not there."""
    storage.ping()
    with pytest.raises(PlatformError):
        Storage("no-such-bucket", f"http://127.0.0.1:{own_bucket_server.port}", None, patience_s=1).ping()


@pytest.mark.parametrize(
    ("way", "call"),
    [
        *(("refused", call) for call in ("get", "put", "copy", "list_names", "delete", "ping")),
        *(("hanging", call) for call in ("get", "put", "list_names")),
    ],
)
def test_outage_is_told_soon(way, call):
    """A service that refuses connections or answers nothing is unavailable after `patience_s`, not after minutes."""
    with own_storage() as server, ExitStack() as stack:
        storage = Storage(BUCKET, f"http://127.0.0.1:{server.port}", None, patience_s=0.5)
        storage.put("a", b"x")
        if way == "refused":
            server.kill()
        else:
            stack.enter_context(server.frozen())
        arguments = {"get": ("a",), "put": ("b", b"x"), "copy": ("a", "c"), "list_names": ("a",), "delete": ("a",)}
        outcome = within(SOON_S, lambda: getattr(storage, call)(*arguments.get(call, ())))
    assert isinstance(outcome, StorageUnavailable), outcome


def within(seconds: float, call: Callable[[], object]) -> object:
    """Return what a call returned or raised; a sentence when it had not ended in time (it ends by itself some day)."""
    outcomes: list[object] = []

    def run() -> None:
        try:
            outcomes.append(("returned", call()))
        except PlatformError as error:
            outcomes.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return outcomes[0] if outcomes else f"no answer within {seconds} s"
