"""What a business may name as a source of knowledge, validated when it is saved."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from shared.domain.text import Line, Text
from shared.domain.urls import WebUrl

MAX_PAGES = 2000
MAX_TEXT = 200_000
MAX_NAME = 200

Pattern = Annotated[Line, StringConstraints(min_length=1, max_length=300)]
Patterns = Annotated[tuple[Pattern, ...], Field(max_length=50)]
Title = Annotated[Line, StringConstraints(min_length=1, max_length=MAX_NAME)]


class _Source(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Title | None = Field(None, description="What the owner calls it")


class WebsiteSource(_Source):
    """A website, crawled from its start URLs and its sitemap. Patterns match URL paths, `*` is any text."""

    kind: Literal["website"]
    start_urls: Annotated[tuple[WebUrl, ...], Field(min_length=1, max_length=20)]
    include: Patterns = ()
    exclude: Patterns = ()
    max_depth: Annotated[int, Field(ge=0, le=20)] = 5
    max_pages: Annotated[int, Field(ge=1, le=MAX_PAGES)] = 200


class SitemapSource(_Source):
    """The pages of one sitemap and nothing they link to."""

    kind: Literal["sitemap"]
    url: WebUrl
    include: Patterns = ()
    exclude: Patterns = ()
    max_pages: Annotated[int, Field(ge=1, le=MAX_PAGES)] = 500


class TextSource(_Source):
    """Free text, Markdown allowed. `url` is cited when given."""

    kind: Literal["text"]
    title: Title
    text: Annotated[Text, StringConstraints(min_length=1, max_length=MAX_TEXT)]
    url: WebUrl | None = None


class FaqPair(BaseModel):
    """One question with its answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Annotated[Line, StringConstraints(min_length=1, max_length=500)]
    answer: Annotated[Text, StringConstraints(min_length=1, max_length=5000)]
    url: WebUrl | None = None


class FaqSource(_Source):
    """Questions and answers, each found on its own."""

    kind: Literal["faq"]
    pairs: Annotated[tuple[FaqPair, ...], Field(min_length=1, max_length=1000)]


class FileSource(_Source):
    """An uploaded file: PDF, DOCX, HTML, Markdown, text, a product catalogue, or questions with their answers."""

    kind: Literal["file"]
    filename: Annotated[Line, StringConstraints(min_length=1, max_length=200)]
    format: Literal["pdf", "docx", "html", "md", "txt", "csv", "tsv", "json", "xml"]
    size: int
    url: WebUrl | None = None
    # Stored only when said: the release before does not know it.
    content: Literal["faq"] | None = Field(None, exclude_if=lambda content: content is None)


Source = Annotated[WebsiteSource | SitemapSource | TextSource | FaqSource | FileSource, Field(discriminator="kind")]
SourceIn = Annotated[WebsiteSource | SitemapSource | TextSource | FaqSource, Field(discriminator="kind")]
"""What may be posted as JSON; files are uploaded as multipart/form-data."""

_SOURCE: TypeAdapter[Source] = TypeAdapter(Source)


def load_source(kind: str, name: str, spec: dict[str, Any]) -> Source:
    """Return a stored source."""
    return _SOURCE.validate_python({**spec, "kind": kind, "name": name or None})


def default_name(source: Source) -> str:
    """Return what to call a source its owner gave no name."""
    return _called(source)[:MAX_NAME]


def _called(source: Source) -> str:
    match source:
        case WebsiteSource():
            return source.start_urls[0]
        case SitemapSource():
            return source.url
        case TextSource():
            return source.title
        case FaqSource():
            return f"{len(source.pairs)} questions and answers"
        case FileSource():
            return source.filename
