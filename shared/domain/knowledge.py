"""Knowledge values: what is fetched, cut into chunks, indexed, found and cited."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

AROUND = "around"
"""The kind of a document with what stands around pages: of a site each line of it is kept once."""


@dataclass(frozen=True)
class Document:
    """One page, file or record as text. `text` is Markdown; `fetched_at` an ISO time in UTC.

    `kind`: `page`, `pdf`, `product` (one entry of several, kept in one piece) or AROUND.
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
class Space:
    """What makes vectors comparable: the embedding model and how many numbers it gives."""

    model: str
    dimensions: int

    def __str__(self) -> str:
        return f"{self.model}/{self.dimensions}"


@dataclass(frozen=True)
class Asked:
    """A question to an index.

    Args:
        texts: the message as it is, and last the form that stands alone; one text when they are the same.
        vectors: the unit vector of each, in the index's space.
        language: two letters; "" unknown.
        space: of the vectors; None: whoever asks has seen to it that it is the index's.
    """

    texts: Sequence[str]
    vectors: Sequence[Sequence[float]]
    language: str = ""
    space: Space | None = None


@dataclass(frozen=True)
class Found:
    """What a search returns.

    Args:
        passages: best first; neighbours are one passage. `score` is the best cosine of its chunks.
        likelihood: that an answer is among them, 0 to 1; None for an index that never measured chance.
        near: deviations above chance of the best cosine; None likewise.
        coverage: the share of the question's words in one passage; None when they are not of the index's languages.
    """

    passages: tuple[Passage, ...] = ()
    likelihood: float | None = None
    near: float | None = None
    coverage: float | None = None


@dataclass(frozen=True)
class Manifest:
    """What an index is made of. Vectors of two models or dimensions never meet: readers check these fields.

    Args:
        build_id: of the build; ids ascend in time.
        embedding_model: that made the vectors.
        dimensions: numbers of each.
        metric: how vectors are compared.
        chunks: how many are indexed.
        documents: how many they were cut out of.
        built_at: ISO time in UTC.
        sha256: checksum of each file, in hexadecimal.
        format: of these fields; one that is only added leaves it as it is.
        task_type: what the chunks were embedded as.
        backdrop: mean and deviation of what is near by chance; None when it was not measured.
        index_kind: `flat` (exact), or what faiss's factory calls it and the effort of its search.
        recall: share of the exact first eight that the index finds; 1 for an exact one.
        previous: the builds that were current before this one, the newest first.
    """

    build_id: str
    embedding_model: str
    dimensions: int
    metric: str
    chunks: int
    documents: int
    built_at: str
    sha256: dict[str, str] = field(default_factory=dict)
    format: Literal[1] = 1
    task_type: str = "RETRIEVAL_DOCUMENT"
    backdrop: tuple[float, float] | None = None
    index_kind: str = "flat"
    recall: float = 1.0
    previous: tuple[str, ...] = ()

    @property
    def space(self) -> Space:
        """The space of its vectors, in which questions to it are embedded."""
        return Space(self.embedding_model, self.dimensions)


@dataclass(frozen=True)
class Published:
    """What became of a build that is whole.

    Args:
        manifest: of the build.
        status: switched to, or written and held back.
        verdict: how it answers the golden questions beside what served (see `Comparison`); None without questions.
    """

    manifest: Manifest
    status: Literal["published", "blocked"]
    verdict: dict[str, Any] | None = None

    @property
    def reason(self) -> str:
        """Why it is held back, in words; "" it is not."""
        return str(self.verdict["reason"]) if self.verdict and self.status == "blocked" else ""
