"""One whole build in memory, and how it gets there. It knows nothing of other builds or of when to look again."""

import hashlib
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from shared.adapters.knowledge import layout
from shared.adapters.knowledge.chunk_file import ChunkFile
from shared.adapters.knowledge.disk import File, FileCache
from shared.adapters.knowledge.vectors import load_vectors
from shared.adapters.storage import Storage
from shared.domain.knowledge import Asked, Found, Manifest, Space
from shared.logs import event
from shared.retrieval.evidence import Backdrop
from shared.retrieval.hybrid import Hybrid
from shared.retrieval.lexical import LexicalIndex, load_lexical
from shared.understanding.intents import IntentModel

_Part = TypeVar("_Part")
_log = logging.getLogger(__name__)

_ALWAYS = (layout.INDEX, layout.CHUNKS)
_SOMETIMES = (layout.INTENTS, layout.LEXICAL)


class FaissIndex:
    """One build: the `Index` port. Safe to search from many threads.

    Args:
        manifest: of the build.
        vectors: a FAISS index; vector n is of chunk n.
        chunks: in reading order.
        intents: None for a build without.
        lexical: None for a build without: it is searched by meaning alone.
        shared: whether this is the platform's default index.
    """

    def __init__(
        self,
        manifest: Manifest,
        vectors: Any,  # noqa: ANN401 - FAISS publishes no types
        chunks: ChunkFile,
        intents: IntentModel | None = None,
        lexical: LexicalIndex | None = None,
        *,
        shared: bool,
    ) -> None:
        self.manifest = manifest
        self.intents = intents
        self.shared = shared
        self.chunks = chunks
        self.urls = chunks.urls
        parts = (intents.size if intents else 0, lexical.size if lexical else 0, chunks.size)
        # Bytes it takes, near enough for a budget. An HNSW graph, or IVF's lists, are a tenth of the vectors.
        self.size = manifest.chunks * manifest.dimensions * 4 + sum(parts)
        backdrop = Backdrop(*manifest.backdrop) if manifest.backdrop else None
        self._hybrid = Hybrid(vectors, chunks, lexical, backdrop, shared)

    @property
    def space(self) -> Space:
        """See `Index.space`."""
        return self.manifest.space

    def search(self, asked: Asked, count: int) -> Found:
        """See `Index.search`. ValueError: the question is of another space."""
        if asked.space not in (None, self.space):
            raise ValueError(f"a question in {asked.space} is put to an index in {self.space}")
        return self._hybrid.search(asked, count)


def load_index(storage: Storage, folder: str, manifest: Manifest, cache: FileCache | None = None) -> FaissIndex:
    """Return a build, whole.

    Args:
        storage: the bucket.
        folder: the business whose build it is.
        manifest: of the build.
        cache: where files are kept on this machine's disk; None: nowhere.

    Raises:
        NotFound: a file is gone.
        ValueError: a file is not what the manifest says.
        StorageUnavailable: storage does not answer.
    """
    names = [*_ALWAYS, *(name for name in _SOMETIMES if name in manifest.sha256)]
    files = {name: _file(storage, folder, manifest, name, cache) for name in names}
    vectors = load_vectors(files.pop(layout.INDEX))  # popped: its bytes are not needed twice
    chunks = ChunkFile(files.pop(layout.CHUNKS).data)
    if not vectors.ntotal == len(chunks) == manifest.chunks or vectors.d != manifest.dimensions:
        raise ValueError("vectors and chunks do not match")
    intents = _part(files, layout.INTENTS, lambda data: layout.load_intents(data, manifest.dimensions))
    lexical = _part(files, layout.LEXICAL, lambda data: load_lexical(data, manifest.chunks))
    event(_log, "index_loaded", folder=folder, build=manifest.build_id, chunks=manifest.chunks)
    return FaissIndex(manifest, vectors, chunks, intents, lexical, shared=folder == layout.DEFAULT_TENANT)


def _part(files: dict[str, File], name: str, load: Callable[[bytes], _Part | None]) -> _Part | None:
    return load(bytes(files[name].data)) if name in files else None


def _file(storage: Storage, folder: str, manifest: Manifest, name: str, cache: FileCache | None) -> File:
    """Return a file that is what the manifest says."""
    wanted = manifest.sha256.get(name, "")

    def loaded() -> bytes:
        data, _ = storage.get(layout.build_prefix(folder, manifest.build_id) + name)
        if hashlib.sha256(data).hexdigest() != wanted:
            raise ValueError(f"{name} is torn: its checksum differs from the manifest's")
        return data

    return cache.get(wanted, loaded) if cache and wanted else File(loaded())
