"""Knowledge values: what is fetched, cut into chunks, indexed, found and cited."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Document:
    """One page, file or record as text. `text` is Markdown; `fetched_at` an ISO time in UTC.

    `notes` are for the owner: what of the file it came from was left out (said once, on the file's first document).
    """

    url: str
    title: str
    text: str
    fetched_at: str
    kind: str = "page"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chunk:
    """A piece of a document small enough to retrieve. `heading` is the path of headings above it."""

    url: str
    title: str
    heading: str
    text: str
    fetched_at: str

    @property
    def label(self) -> str:
        """Title and heading path, `Prices > Repairs`: what a reader sees above the text."""
        return " > ".join(part for part in (self.title, self.heading) if part)


@dataclass(frozen=True)
class Passage:
    """A chunk that retrieval returned. `score` is the cosine (-1 to 1); `shared` marks the default index."""

    chunk: Chunk
    score: float
    shared: bool = False


@dataclass(frozen=True)
class Manifest:
    """What an index is made of. Vectors of two models or dimensions never meet: readers check these fields."""

    build_id: str
    embedding_model: str
    dimensions: int
    metric: str
    chunks: int
    documents: int
    built_at: str
    sha256: dict[str, str] = field(default_factory=dict)
    format: Literal[1] = 1
