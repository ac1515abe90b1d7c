"""The `Knowledge` port: indexes loaded per tenant, kept per build, refreshed when it changes, bounded in memory."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.adapters.knowledge import layout
from shared.adapters.knowledge.disk import FileCache
from shared.adapters.knowledge.index import FaissIndex, load_index
from shared.adapters.storage import Storage
from shared.domain.errors import NotFound, StorageUnavailable
from shared.domain.knowledge import Manifest
from shared.logs import event

_log = logging.getLogger(__name__)

# A turn learns of a new build from Redis; this is for when Redis does not know.
FRESH_FOR_S = 30.0
# After a failure visitors are answered without waiting for storage again.
RETRY_AFTER_S = 10.0


@dataclass
class _Slot:
    """What is known of one folder: its index (None: there is none) and when that was last checked."""

    index: FaissIndex | None
    checked: float
    failed: bool = False


class KnowledgeReader:
    """Loads `data/{business}/` on demand; least recently used indexes go when the budget is full.

    Args:
        storage: the bucket.
        budget_bytes: memory all indexes together may take.
        cache: where their files are kept on this machine's disk; None: nowhere.
        monotonic: seconds from an arbitrary start.
    """

    def __init__(
        self,
        storage: Storage,
        budget_bytes: int,
        cache: FileCache | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._budget = budget_bytes
        self._cache = cache
        self._now = monotonic
        self._guard = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}
        self._slots: OrderedDict[str, _Slot] = OrderedDict()

    def warm_up(self) -> None:
        """Import what loading an index needs, and build the storage client."""
        import faiss

        faiss.omp_set_num_threads(1)  # more threads only get into each other's way in a server
        self._storage.warm_up()

    def index(self, business_id: str, build: str | None, *, use_default: bool) -> FaissIndex | None:
        """See `Knowledge.index`."""
        own = self._current(business_id, build)
        if own is None and use_default and business_id != layout.DEFAULT_TENANT:
            return self._current(layout.DEFAULT_TENANT, None)
        return own

    def _current(self, folder: str, build: str | None) -> FaissIndex | None:
        slot = self._slot(folder)
        if not (slot and self._is_fresh(slot, build)):
            with self._lock_of(folder):  # one thread loads, the others wait for it
                slot = self._slot(folder)
                if not (slot and self._is_fresh(slot, build)):
                    slot = self._refresh(folder, slot)
        if slot.failed and slot.index is None:
            raise StorageUnavailable("The knowledge base cannot be loaded.")
        return slot.index

    def _is_fresh(self, slot: _Slot, build: str | None) -> bool:
        if slot.failed:
            return self._now() - slot.checked < RETRY_AFTER_S
        if build is not None and (slot.index is None or slot.index.manifest.build_id != build):
            # Announced, perhaps before this instance could see it: look, but not with every turn.
            return self._now() - slot.checked < 1.0
        return self._now() - slot.checked < FRESH_FOR_S

    def _refresh(self, folder: str, slot: _Slot | None) -> _Slot:
        """Look again; when that fails, the build in memory goes on serving, or one that was current before."""
        known = slot.index if slot else None
        try:
            fresh = _Slot(self._load(folder, known), self._now())
        except (StorageUnavailable, NotFound, ValueError, RuntimeError) as error:
            event(_log, "index_not_loaded", logging.WARNING, folder=folder, error=str(error))
            if known is None and not isinstance(error, StorageUnavailable):
                known = self._before(folder)
            fresh = _Slot(known, self._now(), failed=True)
        self._keep(folder, fresh)
        return fresh

    def _load(self, folder: str, current: FaissIndex | None) -> FaissIndex | None:
        """Return what the manifest names now; `current` when that is it already, None when there is no manifest."""
        try:
            manifest = layout.load_manifest(self._storage.get(layout.manifest_name(folder))[0])
        except NotFound:
            return None
        if current and current.manifest == manifest:
            return current
        return load_index(self._storage, folder, manifest, self._cache)

    def _before(self, folder: str) -> FaissIndex | None:
        """Return the newest whole build that was current before the one that is refused; None: there is none."""
        tried = set()
        for manifest in self._earlier(folder):
            if manifest.build_id in tried:
                continue
            tried.add(manifest.build_id)
            try:
                index = load_index(self._storage, folder, manifest, self._cache)
            except (StorageUnavailable, NotFound, ValueError, RuntimeError) as error:
                event(_log, "index_not_loaded", logging.WARNING, folder=folder, error=str(error))
            else:
                event(_log, "index_before_serves", logging.WARNING, folder=folder, build=manifest.build_id)
                return index
        return None

    def _earlier(self, folder: str) -> Iterator[Manifest]:
        """Yield the manifests of builds that were current before, the newest first, as far as they can be read."""
        current = self._manifest(layout.manifest_name(folder)) or self._manifest(layout.previous_name(folder))
        if current is None:
            return
        names = [layout.build_manifest_name(folder, build_id) for build_id in current.previous]
        # First the one before a manifest that is damaged; where that is whole, its own build was refused already.
        for name in (layout.previous_name(folder), *names):
            if manifest := self._manifest(name):
                yield manifest

    def _manifest(self, name: str) -> Manifest | None:
        try:
            return layout.load_manifest(self._storage.get(name)[0])
        except (StorageUnavailable, NotFound, ValueError):
            return None

    def _slot(self, folder: str) -> _Slot | None:
        with self._guard:
            slot = self._slots.get(folder)
            if slot:
                self._slots.move_to_end(folder)
            return slot

    def _keep(self, folder: str, slot: _Slot) -> None:
        with self._guard:
            self._slots[folder] = slot
            self._slots.move_to_end(folder)
            while len(self._slots) > 1 and self._used() > self._budget:
                self._slots.popitem(last=False)

    def _used(self) -> int:
        return sum(slot.index.size if slot.index else 200 for slot in self._slots.values())

    def _lock_of(self, folder: str) -> threading.Lock:
        with self._guard:
            return self._loading.setdefault(folder, threading.Lock())
