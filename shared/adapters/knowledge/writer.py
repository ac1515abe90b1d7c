"""Writes builds, every file first, and switches between whole ones by the manifest. It judges none."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from shared.adapters.knowledge import layout
from shared.adapters.knowledge.vectors import encode
from shared.adapters.storage import Storage
from shared.domain.errors import Conflict, NotFound, StorageUnavailable
from shared.domain.knowledge import Chunk, Manifest
from shared.logs import event
from shared.ports import Vector
from shared.retrieval.assemble import Parts
from shared.retrieval.lexical import dump_lexical
from shared.understanding.intents import IntentModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)

KEPT_BUILDS = 3
KEPT_CANDIDATES = 3  # newer than what is current, and not switched to: being written, or held back
_COPIED = (layout.INDEX, layout.CHUNKS)


class IndexWriter:
    """Writes builds of one bucket."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def publish(
        self,
        business_id: str,
        chunks: Sequence[Chunk],
        vectors: "Sequence[Vector] | NDArray[np.float32]",
        manifest: Manifest,
        intents: IntentModel | None = None,
    ) -> Manifest:
        """Write a build that has no terms, and make it the current one: `write`, then `switch`.

        Vectors may have any length.

        Raises:
            Conflict: another build was published since this one began to be written.
            StorageUnavailable: nothing was switched.
        """
        import numpy as np

        generation = self.generation(business_id)
        matrix = np.array(vectors, dtype=np.float32)
        matrix /= np.maximum(np.linalg.norm(matrix, axis=-1, keepdims=True), 1e-12)
        self.write(business_id, Parts(chunks, matrix, intents), manifest)
        return self.switch(business_id, manifest.build_id, generation)

    def write(self, business_id: str, parts: Parts, manifest: Manifest) -> Manifest:
        """Write the files of a build that nobody sees before `switch`, and return its manifest with their checksums.

        Args:
            business_id: whose index.
            parts: as many vectors as chunks, of `manifest.dimensions` numbers.
            manifest: everything but the checksums and what is measured of the vectors' index.

        Raises:
            StorageUnavailable: the build is not whole and cannot be switched to.
        """
        encoded = encode(parts.vectors, manifest.dimensions)
        files = {layout.INDEX: encoded.data, layout.CHUNKS: layout.dump_chunks(parts.chunks)}
        if parts.intents:
            files[layout.INTENTS] = layout.dump_intents(parts.intents)
        if parts.lexical:
            files[layout.LEXICAL] = dump_lexical(parts.lexical)
        if parts.pages:
            files[layout.PAGES] = parts.pages
        sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        signed = replace(manifest, sha256=sums, index_kind=encoded.kind, recall=encoded.recall)
        folder = layout.build_prefix(business_id, manifest.build_id)
        for name, data in files.items():
            self._storage.put(folder + name, data)
        # Last: a build with a manifest of its own is whole.
        self._put_manifest(layout.build_manifest_name(business_id, manifest.build_id), signed)
        self.drop_old(business_id, manifest.build_id)
        return signed

    def switch(self, business_id: str, build_id: str, expected_generation: int | None = None) -> Manifest:
        """Make a build that was written the current one, at once and for everybody; return the manifest.

        Args:
            business_id: whose index.
            build_id: one that was written, also one that was current before.
            expected_generation: of the manifest when the caller began (`generation`); None: as it is now.

        Raises:
            NotFound: there is no such build, or a file of it is gone.
            Conflict: another build was switched to meanwhile.
            StorageUnavailable: nothing was switched.
        """
        current, generation = self._current(business_id)
        manifest = self._written(business_id, build_id)
        if current and current.build_id == build_id:
            return current
        if current:
            self._remember(business_id, current)
            before = [name for name in (current.build_id, *current.previous) if name != build_id]
            manifest = replace(manifest, previous=tuple(before[: KEPT_BUILDS - 1]))
        self._switch(business_id, manifest, generation if expected_generation is None else expected_generation)
        self._tidy_up(business_id, manifest)
        return manifest

    def current(self, business_id: str) -> Manifest | None:
        """Return the manifest of what is current; None: there is none, or it is damaged."""
        return self._current(business_id)[0]

    def generation(self, business_id: str) -> int:
        """Return the generation of what is current, 0 when nothing is."""
        return self._current(business_id)[1]

    def kept(self, business_id: str) -> list[Manifest]:
        """Return the manifests of the current build and of those before it that can be switched back to, in order."""
        current, _ = self._current(business_id)
        found = [current] if current else []
        for build_id in current.previous if current else ():
            try:
                found.append(self._written(business_id, build_id))
            except (NotFound, ValueError):
                continue
        return found

    def waiting(self, business_id: str) -> list[Manifest]:
        """Return the manifests of the whole builds that were never switched to and are newer than those kept."""
        found = []
        for build_id in reversed(self._newer(business_id, {one.build_id for one in self.kept(business_id)})):
            try:
                found.append(self._written(business_id, build_id))
            except (NotFound, ValueError):  # it is being written
                continue
        return found

    def drop_old(self, business_id: str, spared: str = "") -> None:
        """Drop builds that are neither kept, nor among the newest that wait, nor `spared`. Only reading may raise."""
        current, _ = self._current(business_id)
        if current:
            self._drop_old(business_id, {current.build_id, *current.previous}, spared)

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

    def _current(self, business_id: str) -> tuple[Manifest | None, int]:
        """Return what is current and its generation; without a manifest when there is none, or a damaged one."""
        try:
            data, generation = self._storage.get(layout.manifest_name(business_id))
        except NotFound:
            return None, 0
        try:
            return layout.load_manifest(data), generation
        except ValueError as error:
            event(_log, "manifest_damaged", logging.ERROR, business_id=business_id, error=str(error))
            return None, generation

    def _written(self, business_id: str, build_id: str) -> Manifest:
        """Return the manifest of a whole build."""
        manifest = layout.load_manifest(self._storage.get(layout.build_manifest_name(business_id, build_id))[0])
        folder = layout.build_prefix(business_id, build_id)
        there = self._storage.list_names(folder)
        if gone := [name for name in manifest.sha256 if folder + name not in there]:
            raise NotFound(f"The build {build_id} is not whole any more: {', '.join(gone)} is missing.")
        return manifest

    def _remember(self, business_id: str, current: Manifest) -> None:
        """See to it that what is current can be served when the next one is damaged, and switched back to."""
        self._storage.copy(layout.manifest_name(business_id), layout.previous_name(business_id))
        # A release before this one wrote no manifest into the build's own folder.
        name = layout.build_manifest_name(business_id, current.build_id)
        try:
            self._put_manifest(name, replace(current, previous=()), if_generation=0)
        except Conflict:
            return

    def _switch(self, business_id: str, manifest: Manifest, generation: int) -> None:
        name = layout.manifest_name(business_id)
        try:
            self._put_manifest(name, manifest, if_generation=generation)
        except Conflict:
            # A retried write meets itself when only its first answer was lost.
            if layout.load_manifest(self._storage.get(name)[0]) != manifest:
                raise

    def _put_manifest(self, name: str, manifest: Manifest, *, if_generation: int | None = None) -> None:
        data = layout.dump_manifest(manifest)
        self._storage.put(name, data, "application/json", if_generation=if_generation)

    def _tidy_up(self, business_id: str, manifest: Manifest) -> None:
        """Put the copies and drop old builds: the new one is current already, whatever becomes of this."""
        try:
            for name in _COPIED:
                copy = layout.prefix(business_id) + name
                self._storage.copy(layout.build_prefix(business_id, manifest.build_id) + name, copy)
        except (StorageUnavailable, NotFound) as error:
            event(_log, "index_not_copied", logging.WARNING, business_id=business_id, error=str(error))
        self._drop_old(business_id, {manifest.build_id, *manifest.previous})

    def _drop_old(self, business_id: str, kept: set[str], spared: str = "") -> None:
        """Keep these builds, and of those newer than all of them a few: build ids ascend in time. Never raises."""
        try:
            self._drop_others(business_id, kept, spared)
        except (StorageUnavailable, NotFound) as error:
            event(_log, "index_not_tidied", logging.WARNING, business_id=business_id, error=str(error))

    def _drop_others(self, business_id: str, kept: set[str], spared: str) -> None:
        waiting = [spared, *self._newer(business_id, kept)[-KEPT_CANDIDATES:]]
        for build_id in self._all(business_id):
            if build_id not in kept and build_id not in waiting:
                self._storage.delete_prefix(layout.build_prefix(business_id, build_id))

    def _newer(self, business_id: str, kept: set[str]) -> list[str]:
        return [build_id for build_id in self._all(business_id) if build_id > max(kept, default="")]

    def _all(self, business_id: str) -> list[str]:
        prefix = f"{layout.prefix(business_id)}builds/"
        return sorted({name.removeprefix(prefix).split("/")[0] for name in self._storage.list_names(prefix)})
