"""What builds remember, in the bucket: the live build's pages and vectors, and checkpoints of builds that were stopped.

data/{business}/work/pages-{build}-{n}    pages that an unfinished build read
data/{business}/work/vectors-{build}-{n}  vectors that a build paid for
data/{business}/work/done-{build}-{n}     the pages of a build that ended without being switched to

Each begins with its checksum. All of it may be lost at any time: then something is fetched or embedded again.
"""

import datetime as dt
import gzip
import hashlib
import io
import json
import logging
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.adapters.knowledge import layout
from shared.adapters.knowledge.checkpoints import Checkpoints
from shared.adapters.knowledge.chunk_file import ChunkFile
from shared.adapters.knowledge.disk import File
from shared.adapters.knowledge.vectors import load_vectors
from shared.adapters.storage import Storage
from shared.domain.errors import NotFound, StorageUnavailable
from shared.domain.knowledge import Manifest, Space
from shared.domain.pages import KnownPage, content_digest, dump_page, dump_pages, load_page, page_lines, vector_key
from shared.logs import event
from shared.once import once

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_log = logging.getLogger(__name__)

CHECKPOINT_S = 5.0
MAX_WAITING = 2000  # pages or vectors that a kill may cost, however fast they come
RESUME_FOR = dt.timedelta(hours=3)
MAX_VECTOR_FILES = 100  # that wait for a build to be switched to

_Key = tuple[str, str]


class StoredMemory:
    """The `Memory` of one build of one business. Not for several threads.

    Args:
        storage: the bucket.
        business_id: whose index.
        build_id: the build that is running.
        space: in which it embeds; vectors of another one are not remembered.
        now: the time.
        monotonic: seconds from an arbitrary start.
    """

    def __init__(
        self,
        storage: Storage,
        business_id: str,
        build_id: str,
        space: Space,
        *,
        now: Callable[[], dt.datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._business_id = business_id
        self._checkpoints = Checkpoints(storage, business_id, build_id)
        self._space = space
        self._now = now
        self._monotonic = monotonic
        self._last = monotonic()
        self._pages: list[KnownPage] = []
        self._keys: list[str] = []
        self._rows: list[Floats] = []

    def page(self, source_id: str, url: str) -> KnownPage | None:
        """See `Memory`."""
        key = (source_id, url)
        packed = self._unfinished.get(key) or self._done.get(key) or self._live_pages.get(key)
        return load_page(zlib.decompress(packed)) if packed else None

    def just_read(self, source_id: str, url: str) -> KnownPage | None:
        """See `Memory`."""
        packed = self._unfinished.get((source_id, url))
        page = load_page(zlib.decompress(packed)) if packed else None
        return page if page and not page.refused and self._is_fresh(page) else None

    def served_pages(self) -> Mapping[_Key, str]:
        """See `Memory`."""
        pages = ((key, load_page(zlib.decompress(packed))) for key, packed in self._live_pages.items())
        return {key: page.digest for key, page in pages if page.digest}

    def keep_page(self, page: KnownPage) -> None:
        """See `Memory`."""
        self._pages.append(page)
        self._checkpoint()

    def vectors(self, keys: Sequence[str]) -> "dict[str, Floats]":
        """See `Memory`."""
        index, places = self._live
        found = {key: index.reconstruct(places[key]) for key in keys if key in places}
        return found | {key: self._paid[key] for key in keys if key in self._paid}

    def keep_vectors(self, keys: Sequence[str], matrix: "Floats") -> None:
        """See `Memory`."""
        self._keys += keys
        self._rows += list(matrix)
        self._checkpoint()

    def served(self) -> str:
        """See `Memory`."""
        manifest = self._manifest
        if manifest is None or manifest.space != self._space or layout.PAGES not in manifest.sha256:
            return ""
        if not all(self._file(name) for name in manifest.sha256):
            return ""  # readers refuse it: the next build mends it, though nothing else is new
        return content_digest(ChunkFile(self._file(layout.CHUNKS)))

    def settle(self, pages: Sequence[KnownPage], *, switched: bool) -> None:
        """See `Memory`. Never raises: the build has ended already."""
        try:
            self._settle(pages, switched=switched)
        except StorageUnavailable as error:
            event(_log, "memory_not_settled", logging.WARNING, error=str(error))

    def _settle(self, pages: Sequence[KnownPage], *, switched: bool) -> None:
        before, paid = self._checkpoints.listed(), self._checkpoints.listed("vectors")
        if not switched:
            self._write_vectors()
            self._checkpoints.put("done", dump_pages(pages))
        self._pages, self._keys, self._rows = [], [], []
        kept = set() if switched else set(paid[-MAX_VECTOR_FILES:])
        self._checkpoints.drop(name for name in before if name not in kept)

    def _is_fresh(self, page: KnownPage) -> bool:
        try:
            return self._now() - dt.datetime.fromisoformat(page.fetched_at) < RESUME_FOR
        except (ValueError, TypeError):
            return False

    def _checkpoint(self) -> None:
        """Write down what has come since the last time, every few seconds; a failure costs memory, not the build."""
        waiting = len(self._pages) + len(self._keys)
        if waiting < MAX_WAITING and self._monotonic() - self._last < CHECKPOINT_S:
            return
        try:
            if self._pages:
                self._checkpoints.put("pages", dump_pages(self._pages))
            self._write_vectors()
        except StorageUnavailable as error:
            event(_log, "checkpoint_not_written", logging.WARNING, error=str(error))
        self._pages, self._keys, self._rows = [], [], []
        self._last = self._monotonic()

    def _write_vectors(self) -> None:
        if self._keys:
            self._checkpoints.put("vectors", _dump_vectors(self._space, self._keys, self._rows))

    @once
    def _manifest(self) -> Manifest | None:
        try:
            return layout.load_manifest(self._storage.get(layout.manifest_name(self._business_id))[0])
        except NotFound:
            return None
        except ValueError as error:
            event(_log, "memory_damaged", logging.WARNING, file="manifest.json", error=str(error))
            return None

    def _file(self, name: str) -> bytes:
        """Return a file of the live build; nothing when it has none, or a damaged one."""
        manifest = self._manifest
        if manifest is None or name not in manifest.sha256:
            return b""
        try:
            data, _ = self._storage.get(layout.build_prefix(self._business_id, manifest.build_id) + name)
        except NotFound:
            data = b""
        if hashlib.sha256(data).hexdigest() == manifest.sha256[name]:
            return data
        event(_log, "memory_damaged", logging.WARNING, file=name, build=manifest.build_id)
        return b""

    @once
    def _unfinished(self) -> dict[_Key, bytes]:
        found = self._packed(self._checkpoints.read("pages"))
        lines = (zlib.decompress(page) + b"\n" for page in found.values())
        self._checkpoints.merge("pages", lambda: gzip.compress(b"".join(lines)))
        return found

    @once
    def _done(self) -> dict[_Key, bytes]:
        return self._packed(self._checkpoints.read("done"))

    @once
    def _live_pages(self) -> dict[_Key, bytes]:
        data = self._file(layout.PAGES)
        return self._packed([data] if data else [])

    def _packed(self, files: Iterable[bytes]) -> dict[_Key, bytes]:
        """Return the pages of files, each packed by itself: whole sites are held in a quarter of their texts' size."""
        found: dict[_Key, bytes] = {}
        for data in files:
            try:
                for line in page_lines(data):
                    page = load_page(line)
                    found[page.source_id, page.url] = zlib.compress(dump_page(page), 1)
            except ValueError as error:
                event(_log, "memory_damaged", logging.WARNING, error=str(error))
        return found

    @once
    def _paid(self) -> "dict[str, Floats]":
        """The vectors of checkpoints."""
        import numpy as np

        found: dict[str, Floats] = {}
        for data in self._checkpoints.read("vectors"):
            head, _, rows = data.partition(b"\n")
            said = json.loads(head)
            if said["space"] != str(self._space):
                continue
            matrix = np.lib.format.read_array(io.BytesIO(rows), allow_pickle=False)
            found |= dict(zip(said["keys"], matrix, strict=True))
        self._checkpoints.merge("vectors", lambda: _dump_vectors(self._space, list(found), list(found.values())))
        return found

    @once
    def _live(self) -> tuple[Any, dict[str, int]]:
        """The live build's index, which gives back what was put in, and which chunk's vector lies where."""
        manifest = self._manifest
        if manifest is None or manifest.space != self._space:
            return None, {}
        data, chunks = self._file(layout.INDEX), self._file(layout.CHUNKS)
        if not data or not chunks:
            return None, {}
        keys = [vector_key(self._space, each.label, each.text, manifest.task_type) for each in ChunkFile(chunks)]
        return load_vectors(File(data)), {key: place for place, key in enumerate(keys)}


def _dump_vectors(space: Space, keys: Sequence[str], rows: "Sequence[Floats]") -> bytes:
    """Return vectors with what they are known by: a line of JSON, then the matrix in numpy's format."""
    import numpy as np

    matrix = io.BytesIO()
    np.save(matrix, np.asarray(rows, dtype=np.float32).reshape(len(keys), space.dimensions), allow_pickle=False)
    return json.dumps({"space": str(space), "keys": list(keys)}).encode() + b"\n" + matrix.getvalue()
