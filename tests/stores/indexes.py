"""Small indexes to publish and to search, and storages that count, wait or fail at a chosen step."""

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

from local.stack.servers import BUCKET
from shared.adapters.knowledge.disk import FileCache
from shared.adapters.knowledge.index import FaissIndex
from shared.adapters.knowledge.reader import KnowledgeReader
from shared.adapters.knowledge.writer import IndexWriter
from shared.adapters.storage import Storage
from shared.domain.errors import StorageUnavailable
from shared.domain.intents import IntentSpec
from shared.domain.knowledge import Asked, Chunk, Found, Manifest
from shared.ports import Vector
from shared.understanding.intents import IntentModel, build_intents
from tests.stores.conversations import ManualClock

MODEL, DIMENSIONS = "test-embedding", 16
BUDGET = 10_000_000


def axis(number: int) -> Vector:
    """Return the unit vector along one axis."""
    return [1.0 if place == number % DIMENSIONS else 0.0 for place in range(DIMENSIONS)]


def some_vector(seed: str) -> Vector:
    """Return a vector, not of unit length, that depends on `seed` alone."""
    numbers = random.Random(seed)
    return [numbers.uniform(-3, 3) for _ in range(DIMENSIONS)]


def near(index: FaissIndex, vectors: Sequence[Vector], count: int) -> Found:
    """Return what is found for these vectors alone, however long they are."""
    return index.search(Asked([""] * len(vectors), vectors), count)


def chunks_of(build_id: str, count: int, business_id: str = "shop") -> list[Chunk]:
    """Return chunks whose every text names business and build."""
    return [
        Chunk(
            f"https://{business_id}.example/{number}", f"Page {number}", "", f"{business_id}|{build_id}|{number}", "t"
        )
        for number in range(count)
    ]


def manifest_of(build_id: str, count: int, **fields: Any) -> Manifest:
    """Return the manifest of a build, checksums still missing."""
    values = {"embedding_model": MODEL, "dimensions": DIMENSIONS, "metric": "inner_product", **fields}
    return Manifest(build_id=build_id, chunks=count, documents=1, built_at="2026-11-01T10:00:00+00:00", **values)


def publish(
    storage: Storage,
    business_id: str,
    build_id: str,
    count: int = 4,
    vectors: Sequence[Vector] | None = None,
    intents: IntentModel | None = None,
    **fields: Any,
) -> Manifest:
    """Publish a small build; vector n lies on axis n unless others are given."""
    given = list(vectors) if vectors is not None else [axis(number) for number in range(count)]
    chunks = chunks_of(build_id, count, business_id)
    return IndexWriter(storage).publish(business_id, chunks, given, manifest_of(build_id, count, **fields), intents)


def small_intents(name: str = "rental") -> IntentModel:
    """Return a model of one intent; its examples' vectors depend on their texts alone."""
    spec = IntentSpec(id=name, examples=("Can I rent one?", "What do rentals cost?"))
    return build_intents(
        (spec,), lambda texts: [some_vector(text) for text in texts], MODEL, DIMENSIONS, built_in=False
    )


class WatchedStorage(Storage):
    """A real bucket that tells `before` of every step (what, name) first; that may wait or raise."""

    def __init__(self, port: int, bucket: str, before: Callable[[str, str], None]) -> None:
        super().__init__(bucket, f"http://127.0.0.1:{port}", None, patience_s=4)
        self._before = before

    def get(self, name: str) -> tuple[bytes, int]:
        """See `Storage.get`."""
        self._before("get", name)
        return super().get(name)

    def put(
        self,
        name: str,
        data: bytes,
        content_type: str = "application/octet-stream",
        *,
        if_generation: int | None = None,
    ) -> int:
        """See `Storage.put`."""
        self._before("put", name)
        return super().put(name, data, content_type, if_generation=if_generation)

    def copy(self, source: str, target: str) -> None:
        """See `Storage.copy`."""
        self._before("copy", target)
        super().copy(source, target)

    def list_names(self, prefix: str) -> list[str]:
        """See `Storage.list_names`."""
        self._before("list", prefix)
        return super().list_names(prefix)


class Steps:
    """Counts steps, and lets step number `fails_at` fail as an outage would."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.seen: list[tuple[str, str]] = []
        self._fails_at = fails_at
        self._guard = threading.Lock()

    def __call__(self, what: str, name: str) -> None:
        """Note a step."""
        with self._guard:
            self.seen.append((what, name))
            if len(self.seen) == self._fails_at:
                raise StorageUnavailable("Object storage cannot be reached.")

    def named(self, ending: str) -> int:
        """Return how many steps had a name with this ending."""
        return sum(name.endswith(ending) for _, name in self.seen)


class Instance:
    """The reader of one instance of a function, with its own time; counts what it asks storage for."""

    def __init__(self, port: int, budget: int = BUDGET, cache: FileCache | None = None) -> None:
        self.clock = ManualClock()
        self.steps = Steps()
        self.reader = KnowledgeReader(WatchedStorage(port, BUCKET, self.steps), budget, cache, self.clock)

    def build(self, business: str, announced: str | None = None, *, use_default: bool = False) -> str | None:
        """Return the build that serves a business, None when there is none."""
        index = self.reader.index(business, announced, use_default=use_default)
        return index.manifest.build_id if index else None

    def texts(self, business: str, *, use_default: bool = False) -> list[str]:
        """Return the texts that a search over everything finds, in alphabetical order."""
        index = self.reader.index(business, None, use_default=use_default)
        assert index is not None
        return sorted(passage.chunk.text for passage in near(index, [axis(0)], 100).passages)
