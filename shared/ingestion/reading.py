"""From a server's answer to a page as it is remembered: documents, links, and what it asks of whoever reads it."""

import hashlib
from dataclasses import replace
from urllib.parse import urlsplit

from shared.domain.knowledge import Document
from shared.domain.pages import KnownPage
from shared.ingestion.addresses import normalised, site_of
from shared.ingestion.fetch import Response
from shared.ingestion.parse.html import MIN_TEXT, HtmlPage, directives, parse_html
from shared.ingestion.parse.registry import page_documents, parse_file

VERSION = 2
"""Raised when the same page is read otherwise than before: pages of another version are asked for and read anew."""
NO_TEXT = "has no text of its own (does it need JavaScript?)"
_MAX_LINKS = 2000
_MAX_MARK = 300  # characters of an ETag or a date that are worth sending back


def read_page(source_id: str, url: str, answer: Response, fetched_at: str) -> KnownPage:
    """Return the page that was asked for as `url`.

    Raises:
        Unreadable: the answer is damaged.
    """
    address = normalised(answer.url) or url
    page = KnownPage(
        source_id, url, etag=_mark(answer, "etag"), last_modified=_mark(answer, "last-modified"),
        fetched_at=fetched_at, address=address, answer=answer_digest(answer), reader=VERSION,
    )  # fmt: skip
    kind = answer.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        return _html(page, answer)
    if kind != "application/pdf":
        return replace(page, refused=f"is {kind[:60]}, not a page")
    name = urlsplit(address).path.rpartition("/")[2]
    documents = parse_file(answer.body, "pdf", name=name, url=address, fetched_at=fetched_at)
    return replace(page, documents=tuple(documents), title=documents[0].title)


def answer_digest(answer: Response) -> str:
    """Return a digest of what makes a page: an answer with the same one need not be read again."""
    said = [answer.url, *(answer.headers.get(name, "") for name in ("content-type", "x-robots-tag"))]
    return hashlib.sha256("\n".join(said).encode() + b"\n" + answer.body).hexdigest()


def _html(page: KnownPage, answer: Response) -> KnownPage:
    html, said = parse_html(answer.body, page.address), directives(answer.headers.get("x-robots-tag", ""))
    nofollow = html.nofollow or bool(said & {"nofollow", "none"})
    canonical = normalised(html.canonical)
    page = replace(
        page,
        title=html.title,
        links=() if nofollow else _links(html, page.address),
        canonical=canonical if canonical != page.address and site_of(canonical) == site_of(page.address) else "",
    )
    if html.noindex or said & {"noindex", "none"}:
        return replace(page, refused="asks not to be indexed")
    html = replace(html, text=html.text if len(html.text) >= MIN_TEXT else "")
    documents = page_documents(html, page.address, page.address, page.fetched_at)
    return replace(page, documents=tuple(map(_addressed, documents)), refused="" if documents else NO_TEXT)


def _links(html: HtmlPage, address: str) -> tuple[str, ...]:
    """Return the addresses of the same site that a page links to, in order, each once."""
    links = dict.fromkeys(filter(None, map(normalised, html.links[: _MAX_LINKS * 5])))
    return tuple(link for link in links if site_of(link) == site_of(address) and link != address)[:_MAX_LINKS]


def _addressed(document: Document) -> Document:
    """Return what a page describes under its address in the one form: pages write them with tracking and all."""
    return replace(document, url=normalised(document.url) or document.url)


def _mark(answer: Response, name: str) -> str:
    """Return a header that tells versions apart, when it can be sent back as it is."""
    value = answer.headers.get(name, "")
    return value if len(value) <= _MAX_MARK and value.isascii() and value.isprintable() else ""
