"""Word documents made in tests, whole and wrong."""

import io
import zipfile
from collections.abc import Callable, Mapping
from types import MappingProxyType

import docx
from docx.document import Document

TYPES = "[Content_Types].xml"
BODY = "word/document.xml"


def word(fill: Callable[[Document], object] = lambda document: document.add_paragraph("Some words.")) -> bytes:
    """Return a document that `fill` has written into."""
    document = docx.Document()
    fill(document)
    return saved(document)


def saved(document: Document) -> bytes:
    """Return a document's file."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def repacked(
    data: bytes,
    change: Callable[[str, bytes], bytes | None] = lambda _, content: content,
    added: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """Return a ZIP with its members changed (None leaves one out) and others added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in added.items():
            new.writestr(name, content)
    return out.getvalue()


def with_body(xml: str) -> bytes:
    """Return a document whose body is this XML (prefix w)."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'<?xml version="1.0"?><w:document xmlns:w="{space}"><w:body>{xml}</w:body></w:document>'.encode()
    return repacked(word(), lambda name, content: body if name == BODY else content)
