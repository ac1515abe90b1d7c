"""What a build needs from outside, how it tells how far it is, and how it ends before its end."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.domain.knowledge import Manifest, Published, Space
from shared.ingestion.fetch import Fetch
from shared.ingestion.memory import Memory, NoMemory
from shared.ports import Vector
from shared.retrieval.assemble import Parts
from shared.understanding.intents import IntentModel


class BuildFailed(Exception):
    """The build cannot go on; the text is the reason for the owner."""


class BuildCancelled(Exception):
    """Somebody asked the build to stop."""


@dataclass
class Counts:
    """How far a build is.

    `unchanged` pages needed not be read again; `reused` chunks had their vectors already, `embedded` ones had not.
    """

    found: int = 0
    fetched: int = 0
    unchanged: int = 0
    indexed: int = 0
    skipped: int = 0
    failed: int = 0
    chunks: int = 0
    embedded: int = 0
    reused: int = 0


class Progress(Protocol):
    """Where a build tells how far it is."""

    def __call__(self, phase: str, counts: dict[str, int], pages: Sequence[dict[str, object]]) -> bool:
        """Write it down; False asks the build to stop. A page that is told again replaces what was told of it."""
        ...


class Tell(Protocol):
    """Tells a phase, and pages that are done; raises BuildCancelled when the build is to stop."""

    def __call__(self, phase: str, *pages: dict[str, object]) -> None:
        """Say it."""
        ...


MAX_CHUNKS = 50_000  # what an instance of 1 GiB holds, the build before it included


@dataclass(frozen=True)
class BuildTools:
    """What a build needs from outside."""

    fetch: Fetch
    read_upload: Callable[[str], bytes]
    embed: Callable[[Sequence[tuple[str, str]]], Sequence[Vector]]
    embed_queries: Callable[[Sequence[str]], list[Vector]]
    known_intents: Callable[[], IntentModel | None]
    publish: Callable[[Parts, Manifest], Published]
    progress: Progress
    space: Space
    now: str
    memory: Memory = field(default_factory=NoMemory)
    sleep: Callable[[float], None] = time.sleep
    max_chunks: int = MAX_CHUNKS
