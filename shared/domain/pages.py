"""What a build remembers of the build before: pages as they were read, and by which key a vector is known again."""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields

from shared.domain.knowledge import Chunk, Document, Space

_DOCUMENT_FIELDS = {field.name for field in fields(Document)}


@dataclass(frozen=True)
class KnownPage:
    """A page as it was read last.

    Args:
        source_id: the source it was read for.
        url: as it was asked for, normalised.
        documents: as they were read, before anything that repeats over the site was taken out.
        etag: the server's mark of this version, sent back to ask whether there is another.
        last_modified: likewise, a date as the server wrote it.
        digest: of the text as it was indexed; "" when it was not.
        links: pages of the same site that it names.
        missed: how often in a row it was not there (404, 410).
        fetched_at: when the server last sent it or said that it is unchanged, an ISO time in UTC.
        address: where its redirects ended.
        canonical: the address that it says is the real one; "" none, or its own.
        refused: why it is not to be indexed though it was read; "" it may be.
        title: of the page.
        fingerprint: of its text, by which copies are found.
        answer: digest of all that the server sent and that matters.
        reader: which version of our reading made this of it.
    """

    source_id: str
    url: str
    documents: tuple[Document, ...] = ()
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    links: tuple[str, ...] = ()
    missed: int = 0
    fetched_at: str = ""
    address: str = ""
    canonical: str = ""
    refused: str = ""
    title: str = ""
    fingerprint: str = ""
    answer: str = ""
    reader: int = 0


_PAGE_FIELDS = {field.name for field in fields(KnownPage)}


def vector_key(space: Space, label: str, text: str, task_type: str = "RETRIEVAL_DOCUMENT") -> str:
    """Return by what a chunk's vector is known again: the same for the same text under the same model only."""
    return hashlib.sha256(json.dumps([str(space), task_type, label, text]).encode()).hexdigest()


def content_digest(chunks: Iterable[Chunk]) -> str:
    """Return a digest of all that chunks say and where they say it, whatever their order and when they were fetched."""
    lines = sorted(json.dumps([chunk.url, chunk.title, chunk.heading, chunk.text]) for chunk in chunks)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def text_digest(documents: Iterable[Document]) -> str:
    """Return a digest of what documents say, whenever they were fetched."""
    said = [[document.url, document.title, document.text, document.kind] for document in documents]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def dump_pages(pages: Iterable[KnownPage]) -> bytes:
    """Return pages as packed JSON, one a line; the same pages give the same bytes."""
    lines = b"".join(dump_page(page) + b"\n" for page in pages)
    return gzip.compress(lines, 6, mtime=0)


def dump_page(page: KnownPage) -> bytes:
    """Return a page as one line of JSON."""
    return json.dumps(asdict(page), ensure_ascii=False).encode("utf-8", "replace")


def load_page(line: bytes) -> KnownPage:
    """Return the page of a line; fields of a later release are passed over. ValueError when it is none."""
    try:
        found = {name: value for name, value in json.loads(line).items() if name in _PAGE_FIELDS}
        documents = tuple(_document(each) for each in found.pop("documents", ()))
        return KnownPage(**{**found, "documents": documents, "links": tuple(found.get("links", ()))})
    except (TypeError, AttributeError) as error:
        raise ValueError(f"a remembered page is damaged ({type(error).__name__})") from None


def page_lines(data: bytes) -> Iterator[bytes]:
    """Yield the lines of packed pages; ValueError when they cannot be unpacked."""
    try:
        yield from gzip.decompress(data).splitlines()
    except (OSError, EOFError) as error:
        raise ValueError(f"remembered pages are damaged ({type(error).__name__})") from None


def _document(values: dict[str, object]) -> Document:
    known = {name: value for name, value in values.items() if name in _DOCUMENT_FIELDS}
    notes = known.pop("notes", ())
    return Document(**known, notes=tuple(notes))  # type: ignore[arg-type]
