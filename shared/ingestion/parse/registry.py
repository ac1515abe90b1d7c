"""From a file's bytes and format to documents. The one place that knows all formats."""

import re
from collections.abc import Iterable
from dataclasses import replace

from shared.domain.knowledge import AROUND, Document
from shared.ingestion.parse.catalog import loaded, parse_csv, parse_json
from shared.ingestion.parse.container import check_docx
from shared.ingestion.parse.decoding import decoded
from shared.ingestion.parse.docx import parse_docx
from shared.ingestion.parse.entries import Entries, Entry, Skipped
from shared.ingestion.parse.faq import faq_json, faq_table, faq_text, is_faq
from shared.ingestion.parse.feed import parse_feed
from shared.ingestion.parse.html import HtmlPage, parse_html
from shared.ingestion.parse.pdf import parse_pdf
from shared.ingestion.parse.readable import readable
from shared.ingestion.parse.tables import rows
from shared.ingestion.parse.unreadable import Unreadable

FORMATS = {
    "pdf": ("application/pdf",),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    "html": ("text/html", "application/xhtml+xml"),
    "md": ("text/markdown", "text/x-markdown"),
    "txt": ("text/plain",),
    "csv": ("text/csv",),
    "tsv": ("text/tab-separated-values",),
    "json": ("application/json",),
    "xml": ("application/xml", "text/xml", "application/rss+xml", "application/atom+xml"),
}
FAQ_FORMATS = ("csv", "tsv", "json", "md", "txt", "docx")
"""What questions and answers are read from."""

_EXTENSIONS = {
    "htm": "html",
    "xhtml": "html",
    "markdown": "md",
    "text": "txt",
    "tab": "tsv",
    "rss": "xml",
    "atom": "xml",
}
_INSTEAD = {
    "doc": "docx",
    "docm": "docx",
    "dotx": "docx",
    "odt": "docx",
    "rtf": "docx",
    "xls": "csv",
    "xlsx": "csv",
    "ods": "csv",
}
_FIRST_HEADING = re.compile(r"^#{1,3}\s+(.+)$", re.MULTILINE)
_WORD = re.compile(r"[^\W_]")
_NOWHERE = "https://file.invalid/"


def format_of(filename: str, data: bytes) -> str:
    """Return the format of an upload by its name and its content.

    Raises:
        Unreadable: an unknown format, content that is not what the name says, or that must not be unpacked.
    """
    extension = filename.rpartition(".")[2].lower()
    found = _EXTENSIONS.get(extension, extension)
    if found not in FORMATS:
        instead = f"; save it as .{_INSTEAD[found]}" if found in _INSTEAD else ""
        known = ", ".join(sorted(FORMATS))
        raise Unreadable(f"files of type .{extension[:10]} are not read{instead}; these are: {known}")
    if found == "docx":
        check_docx(data)
    elif (found == "pdf") != data.startswith(b"%PDF-"):
        raise Unreadable(f"the file's content is not {found.upper()}")
    elif found != "pdf" and b"\0" in data[:4096]:
        raise Unreadable("the file is not text")
    elif found == "xml" and not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise Unreadable("the file's content is not XML")
    return found


def parse_file(data: bytes, kind: str, *, name: str, url: str, fetched_at: str, faq: bool = False) -> list[Document]:
    """Return the documents in a file; never none. What was left out is noted on the first one.

    Args:
        data: the file.
        kind: one of FORMATS.
        name: the title of what has none.
        url: cited when given.
        fetched_at: ISO time in UTC.
        faq: the owner says that it holds questions and answers.

    Raises:
        Unreadable: with the reason, also when there is no text in it.
    """
    documents, notes = _read(data, kind, name, url, fetched_at, faq=faq)
    documents = [document for document in documents if _WORD.search(document.text)]
    if not documents:
        raise Unreadable("there is no text in it")
    return [replace(documents[0], notes=notes), *documents[1:]] if notes else documents


def page_documents(page: HtmlPage, name: str, url: str, fetched_at: str) -> list[Document]:
    """Return what a page is indexed as: its text, each thing it describes for machines, and what stands around these.

    None without words of its own.
    """
    title = page.title or name
    documents = [Document(url, title, page.text, fetched_at), *_documents(page.entries, url, fetched_at)]
    own = [document for document in documents if _WORD.search(document.text)]
    return [*own, Document(url, title, page.around, fetched_at, AROUND)] if own and page.around else own


def _read(
    data: bytes, kind: str, name: str, url: str, fetched_at: str, *, faq: bool
) -> tuple[list[Document], tuple[str, ...]]:
    if faq or kind in ("csv", "tsv", "json", "xml"):
        found = _questions(data, kind) if faq else _products_or_questions(data, kind)
        return _documents(found.entries, url, fetched_at), found.notes
    match kind:
        case "pdf":
            return _pdf(data, name, url, fetched_at)
        case "html":
            page = parse_html(data, url or _NOWHERE)
            documents = page_documents(page, name, url or _NOWHERE, fetched_at)
            return [replace(each, url="") if each.url.startswith(_NOWHERE) else each for each in documents], ()
        case "docx":
            title, text = parse_docx(data)
            return [_text(text, title or name, url, fetched_at)], ()
        case _:
            return [_text(readable(decoded(data)), name, url, fetched_at)], ()


def _questions(data: bytes, kind: str) -> Entries:
    match kind:
        case "csv" | "tsv":
            return faq_table(data, "\t" if kind == "tsv" else "")
        case "json":
            return faq_json(data)
        case "docx":
            return faq_text(parse_docx(data)[1])
        case "md" | "txt":
            return faq_text(readable(decoded(data)))
        case _:
            raise Unreadable(
                f"questions and answers are not read from {kind.upper()}; use one of: {', '.join(FAQ_FORMATS)}"
            )


def _products_or_questions(data: bytes, kind: str) -> Entries:
    """Return the products of a catalogue, or its questions where its columns are called so."""
    if kind == "xml":
        return parse_feed(data)
    if kind == "json":
        return faq_json(data) if _json_is_faq(loaded(data)) else parse_json(data)
    delimiter = "\t" if kind == "tsv" else ""
    _, headings = next(rows(data, Skipped("row"), delimiter), (0, []))
    return faq_table(data, delimiter) if is_faq(headings) else parse_csv(data, delimiter)


def _json_is_faq(content: object) -> bool:
    if isinstance(content, dict):
        content = next((value for value in content.values() if isinstance(value, list)), [content])
    first = next((item for item in content if isinstance(item, dict)), {}) if isinstance(content, list) else {}
    return is_faq(str(key) for key in first)


def _pdf(data: bytes, name: str, url: str, fetched_at: str) -> tuple[list[Document], tuple[str, ...]]:
    found = parse_pdf(data)
    documents = [
        Document(
            f"{url}#page={number}" if url else "", f"{found.title or name} (page {number})", text, fetched_at, "pdf"
        )
        for number, text in enumerate(found.pages, 1)
        if text
    ]
    return documents, found.notes


def _text(text: str, name: str, url: str, fetched_at: str) -> Document:
    heading = _FIRST_HEADING.search(text)
    return Document(url, heading[1].strip() if heading else name, text, fetched_at)


def _documents(entries: Iterable[Entry], url: str, fetched_at: str) -> list[Document]:
    """Return a document for each entry. "product" is what the chunker keeps in one piece."""
    return [Document(entry.url or url, entry.title, entry.text, fetched_at, "product") for entry in entries]
