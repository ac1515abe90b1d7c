"""One instance that serves many businesses' indexes within a budget, as a process of its own: its memory is read.

python -m local.bench.tenants CASE, told by local/bench/indexes.py; it prints one line of JSON.
"""

import argparse
import itertools
import json
import random
import time
from pathlib import Path
from typing import Any

import numpy as np

from shared.adapters.knowledge.index import FaissIndex
from shared.adapters.knowledge.reader import KnowledgeReader
from shared.adapters.storage import Storage
from shared.domain.knowledge import Asked

ZIPF = 1.0
PASSAGES = 8


class Watched(Storage):
    """A bucket that counts the indexes loaded from it."""

    loaded = 0

    def get(self, name: str) -> tuple[bytes, int]:
        """See `Storage.get`."""
        self.loaded += name.endswith("index.faiss")
        return super().get(name)


def memory(line: str = "VmRSS") -> int:
    """Return what the operating system says this process takes, in bytes: `VmRSS` now, `VmHWM` at most ever."""
    status = Path("/proc/self/status").read_text()
    return int(next(row for row in status.splitlines() if row.startswith(line)).split()[1]) * 1024


def accesses(businesses: int, count: int) -> list[int]:
    """Return which business is asked, one after the other: few much, most seldom (Zipf)."""
    chance = random.Random(5)  # noqa: S311 - a repeatable one is wanted
    weights = list(itertools.accumulate(1 / (rank + 1) ** ZIPF for rank in range(businesses)))
    return chance.choices(range(businesses), cum_weights=weights, k=count)


def loads(reader: KnowledgeReader, prefix: str, businesses: int) -> dict[str, Any]:
    """Load every business once; return what each costs beside what the reader counts."""
    before, counted = memory(), 0
    for number in range(businesses):
        counted += _index(reader, f"{prefix}{number}").size
    return {"counted": counted, "taken": memory() - before}


def serves(reader: KnowledgeReader, storage: Watched, prefix: str, businesses: int, count: int) -> dict[str, Any]:
    """Answer questions to the businesses; return how often the index was in memory, and how long each kind took."""
    question = np.random.default_rng(3).standard_normal(_index(reader, f"{prefix}0").space.dimensions)
    question = (question / np.linalg.norm(question)).tolist()
    reader.index(f"{prefix}0", None, use_default=False)
    hits: list[float] = []
    misses: list[float] = []
    for number in accesses(businesses, count):
        before, begun = storage.loaded, time.perf_counter()
        index = _index(reader, f"{prefix}{number}")
        index.search(Asked(["what does it cost"], [question]), PASSAGES)
        (hits if storage.loaded == before else misses).append((time.perf_counter() - begun) * 1000)
    return {"hits": hits, "misses": misses}


def _index(reader: KnowledgeReader, business_id: str) -> FaissIndex:
    index = reader.index(business_id, None, use_default=False)
    if index is None:
        raise SystemExit(f"{business_id} has no index")
    return index


def main() -> None:
    """Read the case and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=["loads", "serves"])
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--prefix", required=True, help="of the businesses' ids")
    parser.add_argument("--businesses", type=int, required=True)
    parser.add_argument("--budget", type=int, required=True, help="bytes for indexes")
    parser.add_argument("--count", type=int, default=0, help="questions")
    options = parser.parse_args()
    storage = Watched(options.bucket, options.emulator, None, patience_s=20)
    reader = KnowledgeReader(storage, options.budget)
    reader.warm_up()
    base = memory()
    if options.case == "loads":
        done = loads(reader, options.prefix, options.businesses)
    else:
        done = serves(reader, storage, options.prefix, options.businesses, options.count)
    print(json.dumps({**done, "base": base, "now": memory(), "most": memory("VmHWM")}))


if __name__ == "__main__":
    main()
