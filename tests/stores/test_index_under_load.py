"""Many readers search while builds are published and storage comes and goes: nobody ever sees half of anything."""

import threading
import time

import pytest

from local.stack.servers import BUCKET
from shared.adapters.knowledge.reader import FRESH_FOR_S, RETRY_AFTER_S, KnowledgeReader
from shared.adapters.storage import Storage
from shared.domain.errors import StorageUnavailable
from tests.stores.conversations import ManualClock
from tests.stores.indexes import BUDGET, axis, near, publish, some_vector
from tests.stores.own_servers import own_storage

BUILDS = 12


class Searcher(threading.Thread):
    """Asks for the index and searches it, over and over; keeps what it saw."""

    def __init__(self, reader: KnowledgeReader, clock: ManualClock, business: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._reader, self._clock, self._business, self._done = reader, clock, business, stop
        self.builds: list[str] = []
        self.wrong: list[object] = []

    def run(self) -> None:
        """Search until told to stop."""
        while not self._done.is_set():
            index = self._reader.index(self._business, None, use_default=False)
            assert index is not None
            found = near(index, [some_vector("q"), axis(1)], 100).passages
            seen = {tuple(passage.chunk.text.split("|")[:2]) for passage in found}
            if seen != {(self._business, index.manifest.build_id)} or len(found) != index.manifest.chunks:
                self.wrong.append((index.manifest.build_id, seen, len(found)))
            if not self.builds or self.builds[-1] != index.manifest.build_id:
                self.builds.append(index.manifest.build_id)
            self._clock.sleep(FRESH_FOR_S)  # every look is one at storage


@pytest.mark.parametrize("readers", [1, 3], ids=["one-instance", "three-instances"])
def test_searches_never_see_a_mixed_build(storage, business, readers):
    """While builds of different sizes follow each other, each search is of one build, and none goes back in time."""
    publish(storage, business, "bld_00", 3)
    stop = threading.Event()
    clock = ManualClock()
    instances = [KnowledgeReader(storage, BUDGET, monotonic=clock) for _ in range(readers)]
    searchers = [Searcher(instances[number % readers], clock, business, stop) for number in range(6)]
    for searcher in searchers:
        searcher.start()
    for number in range(1, BUILDS):
        publish(storage, business, f"bld_{number:02}", 3 + number % 5)
    time.sleep(0.2)
    stop.set()
    for searcher in searchers:
        searcher.join(10)
    assert [searcher.wrong for searcher in searchers] == [[]] * 6
    for searcher in searchers:
        assert searcher.builds == sorted(searcher.builds)
        assert searcher.builds[-1] == f"bld_{BUILDS - 1:02}"


def test_outage_of_storage(business):
    """While storage is down what is in memory serves, at once; what is not is unavailable soon; then all is back."""
    with own_storage() as server:
        storage = Storage(BUCKET, f"http://127.0.0.1:{server.port}", None, patience_s=0.5)
        clock = ManualClock()
        reader = KnowledgeReader(storage, BUDGET, monotonic=clock)
        for name in (business, f"{business}-2"):
            publish(storage, name, "bld_1")
        assert reader.index(business, None, use_default=False)
        server.kill()
        clock.sleep(FRESH_FOR_S)
        begun = time.monotonic()
        assert reader.index(business, None, use_default=False)
        with pytest.raises(StorageUnavailable):
            reader.index(f"{business}-2", None, use_default=False)
        waited = time.monotonic() - begun
        begun = time.monotonic()
        for _ in range(20):
            assert reader.index(business, "bld_2", use_default=False)
            with pytest.raises(StorageUnavailable):
                reader.index(f"{business}-2", None, use_default=True)
        assert time.monotonic() - begun < 0.2
        assert waited < 3
        server.start()
        clock.sleep(RETRY_AFTER_S)
        assert reader.index(f"{business}-2", None, use_default=False)
