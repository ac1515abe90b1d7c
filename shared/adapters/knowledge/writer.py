"""Publishes an index: every file of the build first, then the manifest, so that readers see whole builds only."""

import hashlib
import logging
from dataclasses import replace
from typing import Any

from shared.adapters.knowledge import layout
from shared.adapters.storage import Storage
from shared.domain.errors import Conflict, NotFound, StorageUnavailable
from shared.domain.knowledge import Chunk, Manifest
from shared.logs import event
from shared.ports import Vector
from shared.understanding.intents import IntentModel

_log = logging.getLogger(__name__)

KEPT_BUILDS = 3


class IndexWriter:
    """Writes builds of one bucket."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def publish(
        self,
        business_id: str,
        chunks: list[Chunk],
        vectors: list[Vector],
        manifest: Manifest,
        intents: IntentModel | None = None,
    ) -> Manifest:
        """Write a build and make it the current one.

        Args:
            business_id: whose index.
            chunks: texts, as many as vectors.
            vectors: unit vectors of `manifest.dimensions` numbers; `chunks[n]` belongs to `vectors[n]`.
            manifest: everything but the checksums.
            intents: of the same embedding model and dimensions.

        Raises:
            Conflict: another build was published since this one began to publish.
            StorageUnavailable: nothing was switched.
        """
        generation = self._generation(business_id)
        files = {layout.INDEX: _faiss_bytes(vectors, manifest.dimensions), layout.CHUNKS: layout.dump_chunks(chunks)}
        copied = list(files)
        if intents:
            files[layout.INTENTS] = layout.dump_intents(intents)
        signed = replace(manifest, sha256={name: hashlib.sha256(data).hexdigest() for name, data in files.items()})
        folder = layout.build_prefix(business_id, manifest.build_id)
        for name, data in files.items():
            self._storage.put(folder + name, data)
        self._switch(business_id, signed, generation)
        self._tidy_up(business_id, manifest.build_id, copied)
        return signed

    def intents(self, business_id: str) -> IntentModel | None:
        """Return the intents of the current build, for the next one; None when there are none that can be read."""
        try:
            manifest = layout.load_manifest(self._storage.get(layout.manifest_name(business_id))[0])
            if layout.INTENTS not in manifest.sha256:
                return None
            data, _ = self._storage.get(layout.build_prefix(business_id, manifest.build_id) + layout.INTENTS)
            whole = hashlib.sha256(data).hexdigest() == manifest.sha256[layout.INTENTS]
            return layout.load_intents(data, manifest.dimensions) if whole else None
        except (NotFound, ValueError):
            return None

    def _tidy_up(self, business_id: str, build_id: str, names: list[str]) -> None:
        """Put the copies and drop old builds: the new one is current already, whatever becomes of this."""
        try:
            for name in names:
                copy = layout.prefix(business_id) + name
                self._storage.copy(layout.build_prefix(business_id, build_id) + name, copy)
            self._drop_old(business_id, build_id)
        except (StorageUnavailable, NotFound) as error:
            event(_log, "index_not_tidied", logging.WARNING, business_id=business_id, error=str(error))

    def _switch(self, business_id: str, manifest: Manifest, generation: int) -> None:
        name = layout.manifest_name(business_id)
        try:
            self._storage.put(name, layout.dump_manifest(manifest), "application/json", if_generation=generation)
        except Conflict:
            # A retried write meets itself when only its first answer was lost.
            if layout.load_manifest(self._storage.get(name)[0]) != manifest:
                raise

    def _generation(self, business_id: str) -> int:
        try:
            return self._storage.get(layout.manifest_name(business_id))[1]
        except NotFound:
            return 0

    def _drop_old(self, business_id: str, current: str) -> None:
        """Keep the newest builds; build ids ascend in time."""
        prefix = f"{layout.prefix(business_id)}builds/"
        builds = sorted({name.removeprefix(prefix).split("/")[0] for name in self._storage.list_names(prefix)})
        for build_id in builds[:-KEPT_BUILDS]:
            if build_id != current:
                self._storage.delete_prefix(layout.build_prefix(business_id, build_id))


def _faiss_bytes(vectors: list[Vector], dimensions: int) -> bytes:
    import faiss
    import numpy as np

    matrix = np.asarray(vectors, dtype=np.float32).reshape(len(vectors), dimensions)
    faiss.normalize_L2(matrix)
    index = faiss.IndexFlatIP(dimensions)
    index.add(matrix)
    serialised: Any = faiss.serialize_index(index)
    return bytes(serialised.tobytes())
