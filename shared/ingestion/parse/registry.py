"""From a file's bytes and format to documents. The one place that knows all formats."""

import re

from shared.domain.knowledge import Document
from shared.domain.text import clean
from shared.ingestion.parse.catalog import Product, parse_csv, parse_json
from shared.ingestion.parse.decoding import decoded
from shared.ingestion.parse.html import parse_html
from shared.ingestion.parse.pdf import parse_pdf
from shared.ingestion.parse.unreadable import Unreadable

FORMATS = {
    "pdf": ("application/pdf",),
    "html": ("text/html", "application/xhtml+xml"),
    "md": ("text/markdown", "text/x-markdown"),
    "txt": ("text/plain",),
    "csv": ("text/csv",),
    "json": ("application/json",),
}
_EXTENSIONS = {"htm": "html", "markdown": "md", "text": "txt"}
_FIRST_HEADING = re.compile(r"^#{1,3}\s+(.+)$", re.MULTILINE)


def format_of(filename: str, data: bytes) -> str:
    """Return the format of an upload by its name and first bytes.

    Raises:
        Unreadable: an unknown format, or content that is not what the name says.
    """
    extension = filename.rpartition(".")[2].lower()
    found = _EXTENSIONS.get(extension, extension)
    if found not in FORMATS:
        raise Unreadable(f"files of type .{extension[:10]} are not read; these are: {', '.join(sorted(FORMATS))}")
    if (found == "pdf") != data.startswith(b"%PDF-"):
        raise Unreadable(f"the file's content is not {found.upper()}")
    if found != "pdf" and b"\0" in data[:4096]:
        raise Unreadable("the file is not text")
    return found


def parse_file(data: bytes, kind: str, *, name: str, url: str, fetched_at: str) -> list[Document]:
    """Return the documents in a file; never none.

    Raises:
        Unreadable: with the reason, also when there is no text in it.
    """
    match kind:
        case "pdf":
            documents = _pdf(data, name, url, fetched_at)
        case "html":
            page = parse_html(data, url or "https://file.invalid/")
            documents = [Document(url, page.title or name, page.text, fetched_at)]
        case "csv" | "json":
            products = parse_csv(data) if kind == "csv" else parse_json(data)
            documents = [_product(product, url, fetched_at) for product in products]
        case _:
            documents = [_text(data, name, url, fetched_at)]
    if not any(document.text for document in documents):
        raise Unreadable("there is no text in it")
    return documents


def _pdf(data: bytes, name: str, url: str, fetched_at: str) -> list[Document]:
    title, pages = parse_pdf(data)
    return [
        Document(f"{url}#page={number}" if url else "", f"{title or name} (page {number})", text, fetched_at, "pdf")
        for number, text in enumerate(pages, 1)
        if text
    ]


def _text(data: bytes, name: str, url: str, fetched_at: str) -> Document:
    text = clean(decoded(data))
    heading = _FIRST_HEADING.search(text)
    return Document(url, heading[1].strip() if heading else name, text, fetched_at)


def _product(product: Product, url: str, fetched_at: str) -> Document:
    return Document(product.url or url, product.title, product.text, fetched_at, "product")
