"""The `Knowledge` port: indexes loaded per tenant, kept per build, refreshed when it changes, bounded in memory."""

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.adapters.knowledge import layout
from shared.adapters.storage import Storage
from shared.domain.errors import NotFound, StorageUnavailable
from shared.domain.knowledge import Chunk, Manifest, Passage
from shared.logs import event
from shared.ports import Vector
from shared.understanding.intents import IntentModel

_log = logging.getLogger(__name__)

# A turn learns of a new build from Redis; this is for when Redis does not know.
FRESH_FOR_S = 30.0
# After a failure visitors are answered without waiting for storage again.
RETRY_AFTER_S = 10.0


class FaissIndex:
    """One whole build in memory: exact inner product over unit vectors. Safe to search from many threads."""

    def __init__(
        self,
        manifest: Manifest,
        index: Any,  # noqa: ANN401 - FAISS publishes no types
        chunks: list[Chunk],
        intents: IntentModel | None,
        *,
        shared: bool,
    ) -> None:
        self.manifest = manifest
        self.intents = intents
        self.shared = shared
        self.urls = frozenset(chunk.url for chunk in chunks if chunk.url)
        # Bytes it takes, near enough for a budget: vectors, and texts with Python's overhead.
        texts = sum(len(chunk.text) * 2 + 700 for chunk in chunks)
        self.size = manifest.chunks * manifest.dimensions * 4 + texts + (intents.size if intents else 0)
        self._index = index
        self._chunks = chunks

    def search(self, vectors: Sequence[Vector], k: int) -> list[Passage]:
        """See `Index.search`."""
        import numpy as np

        wanted = min(k, len(self._chunks))
        if not wanted:
            return []
        scores, places = self._index.search(np.asarray(vectors, dtype=np.float32), wanted)
        best: dict[int, float] = {}
        for score, place in zip(scores.ravel().tolist(), places.ravel().tolist(), strict=True):
            best[place] = max(score, best.get(place, -1.0))
        ranked = sorted(best.items(), key=lambda item: item[1], reverse=True)[:wanted]
        return [Passage(self._chunks[place], score, self.shared) for place, score in ranked]


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
        embedding: model and dimensions that queries are embedded with: an index of others is refused.
        budget_bytes: memory all indexes together may take.
        monotonic: seconds from an arbitrary start.
    """

    def __init__(
        self,
        storage: Storage,
        embedding: tuple[str, int],
        budget_bytes: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._embedding = embedding
        self._budget = budget_bytes
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
        """Look again; when that fails, the build in memory goes on serving."""
        known = slot.index if slot else None
        try:
            fresh = _Slot(self._load(folder, known), self._now())
        except (StorageUnavailable, NotFound, ValueError, RuntimeError) as error:
            event(_log, "index_not_loaded", logging.WARNING, folder=folder, error=str(error))
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
        if (manifest.embedding_model, manifest.dimensions) != self._embedding:
            raise ValueError(f"built with {manifest.embedding_model}, {manifest.dimensions} dimensions: build it anew")
        wanted = (layout.INDEX, layout.CHUNKS, *({layout.INTENTS} & manifest.sha256.keys()))
        files = {name: self._verified(folder, manifest, name) for name in wanted}
        import faiss
        import numpy as np

        faiss.omp_set_num_threads(1)  # more threads only get into each other's way in a server
        index = faiss.deserialize_index(np.frombuffer(files[layout.INDEX], dtype=np.uint8))
        chunks = layout.load_chunks(files[layout.CHUNKS])
        if not index.ntotal == len(chunks) == manifest.chunks:
            raise ValueError("vectors and chunks do not match")
        data = files.get(layout.INTENTS)
        intents = layout.load_intents(data, manifest.dimensions) if data is not None else None
        event(_log, "index_loaded", folder=folder, build=manifest.build_id, chunks=manifest.chunks)
        return FaissIndex(manifest, index, chunks, intents, shared=folder == layout.DEFAULT_TENANT)

    def _verified(self, folder: str, manifest: Manifest, name: str) -> bytes:
        data, _ = self._storage.get(layout.build_prefix(folder, manifest.build_id) + name)
        if hashlib.sha256(data).hexdigest() != manifest.sha256.get(name):
            raise ValueError(f"{name} is torn: its checksum differs from the manifest's")
        return data

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
