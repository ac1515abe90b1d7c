"""Indexes in an instance: cold load from object storage, memory of one, many businesses in little memory."""

import hashlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from local.bench.load import percentile
from local.bench.retrieval import CHUNK_WORDS, DIMENSIONS, Words, unit
from local.stack.platform import ROOT, Platform
from shared.adapters.knowledge import layout
from shared.adapters.knowledge.disk import FileCache
from shared.adapters.knowledge.reader import KnowledgeReader
from shared.adapters.knowledge.writer import IndexWriter
from shared.adapters.storage import Storage
from shared.domain.knowledge import Chunk, Manifest
from shared.retrieval.assemble import Parts, assemble

COLD_CHUNKS = 10_000
ROUNDS = 7
BUSINESSES = 200
SIZES = (100, 200, 400, 800)  # chunks of a business, mixed: a website of 200 pages has about 800
QUESTIONS = 3000
BUDGET = 256 * 1024 * 1024  # what INDEX_MEMORY_MB is by default
RSS = 512 * 1024 * 1024  # what the whole process may take
_PREFIX = "bench-"
_PER_PAGE = 4


@dataclass(frozen=True)
class Bucket:
    """Where the indexes lie."""

    name: str
    emulator: str

    def storage(self) -> Storage:
        """Return a client."""
        return Storage(self.name, self.emulator, None, patience_s=20)


def parts(size: int, words: Words, chance: random.Random) -> Parts:
    """Return the parts of a build of made-up texts and vectors."""
    import numpy as np

    vectors = unit(np.random.default_rng(size), size)
    chunks = [
        Chunk(f"https://bench.example/{n // _PER_PAGE}", "Page", f"Part {n}", words.text(chance, CHUNK_WORDS), "2026")
        for n in range(size)
    ]
    lexical, _ = assemble(chunks, vectors, None, ["en"])
    return Parts(chunks, vectors, None, lexical)


def publish(bucket: Bucket, business_id: str, made: Parts) -> Manifest:
    """Make the parts a business's index."""
    count = len(made.chunks)
    manifest = Manifest("bld_1", "bench", DIMENSIONS, "inner_product", count, count // _PER_PAGE, "2026")
    writer = IndexWriter(bucket.storage())
    writer.write(business_id, made, manifest)
    return writer.switch(business_id, "bld_1")


def cold(bucket: Bucket, made: Parts, folder: Path) -> Iterator[str]:
    """Yield how long a first question waits for a large index, beside the download of its bytes alone."""
    manifest = publish(bucket, "bench-cold", made)
    names = [layout.build_prefix("bench-cold", manifest.build_id) + name for name in manifest.sha256]
    cache = FileCache(folder / "indexes", 1 << 30)
    spent: dict[str, list[float]] = {"download alone": [], "from storage": [], "from the local disk": []}
    KnowledgeReader(bucket.storage(), BUDGET, cache).index("bench-cold", None, use_default=False)
    for _ in range(ROUNDS):
        storage = bucket.storage()
        storage.ping()
        begun = time.perf_counter()
        stored = sum(len(storage.get(name)[0]) for name in names)
        spent["download alone"].append((time.perf_counter() - begun) * 1000)
        for name, kept in (("from storage", None), ("from the local disk", cache)):
            reader = KnowledgeReader(storage, BUDGET, kept)
            begun = time.perf_counter()
            reader.index("bench-cold", None, use_default=False)
            spent[name].append((time.perf_counter() - begun) * 1000)
    floor = median(spent["download alone"])
    yield f"Cold load of {len(made.chunks)} chunks, {stored / 1e6:.1f} MB stored (ms, median of {ROUNDS})"
    for name, times in spent.items():
        yield f"  {name:22} {median(times):8.0f}   {median(times) / floor:4.1f} x the download"


def many(bucket: Bucket) -> Iterator[str]:
    """Yield what a business's index takes, and how an instance with little memory serves many."""
    all_at_once = _process(bucket, "loads", 40, 1 << 40)
    counted, taken = all_at_once["counted"], all_at_once["taken"]
    yield ""
    yield f"Memory of an index, 40 businesses of {', '.join(map(str, SIZES))} chunks in one process"
    yield f"  counted by the budget {counted / 40e6:.2f} MB each, taken {taken / 40e6:.2f}: {taken / counted:.2f} x"
    done = _process(bucket, "serves", BUSINESSES, BUDGET, QUESTIONS)
    hits, misses, most = done["hits"], done["misses"], done["most"]
    yield ""
    yield (
        f"{BUSINESSES} businesses on one instance, budget {BUDGET >> 20} MB, {QUESTIONS} questions by Zipf"
        f" (the process before: {int(done['base']) / 1e6:.0f} MB)"
    )
    yield f"  in memory {len(hits) / QUESTIONS:.1%} of questions; at most {most >> 20} MiB of {RSS >> 20} taken"
    for name, times in (("in memory", hits), ("loaded first", misses)):
        yield f"  {name:14} p50 {percentile(times, 50):7.2f} ms   p99 {percentile(times, 99):7.2f} ms"
    if most > RSS:
        raise RuntimeError(f"the process took {most >> 20} MiB")


def _process(bucket: Bucket, case: str, businesses: int, budget: int, count: int = 0) -> dict[str, Any]:
    command = [
        sys.executable, "-m", "local.bench.tenants", case, "--bucket", bucket.name, "--emulator", bucket.emulator,
        "--prefix", _PREFIX, "--businesses", str(businesses), "--budget", str(budget), "--count", str(count),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def report(bucket: Bucket, folder: Path) -> Iterator[str]:
    """Yield the report's lines."""
    chance = random.Random(1)  # noqa: S311 - a repeatable one is wanted
    words = Words.make(chance)
    yield ""
    yield from cold(bucket, parts(COLD_CHUNKS, words, chance), folder)
    made = [parts(size, words, chance) for size in SIZES]
    for number in range(BUSINESSES):
        # By the id, so that popular businesses are of any size.
        at = hashlib.sha256(f"{_PREFIX}{number}".encode()).digest()[0]
        publish(bucket, f"{_PREFIX}{number}", made[at % len(SIZES)])
    yield from many(bucket)


def run(platform: Platform, folder: Path) -> Sequence[str]:
    """Return the report's lines."""
    environment = platform.function_env("chat")
    return list(report(Bucket(environment["BUCKET"], environment["STORAGE_EMULATOR_HOST"]), folder))
