"""Word documents (DOCX): headings, paragraphs, lists and tables as Markdown, by python-docx. Shows nothing hidden."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import lxml.etree

from shared.ingestion.parse.container import check_docx
from shared.ingestion.parse.readable import readable
from shared.ingestion.parse.unreadable import Unreadable

if TYPE_CHECKING:
    from docx.document import Document

MAX_TEXT = 5_000_000
_MAX_BLOCKS = 200_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HOLDERS = frozenset(f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
_REMOVED = frozenset((f"{_W}del", f"{_W}moveFrom", _FALLBACK))
_BREAKS = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_LEVEL = re.compile(r"heading ([1-6])$", re.IGNORECASE)
_TINY = 4  # half points
_BROKEN = (
    KeyError, ValueError, TypeError, AttributeError, IndexError, AssertionError, NotImplementedError, RuntimeError,
    RecursionError, OSError, EOFError, struct.error, zlib.error, zipfile.BadZipFile, lxml.etree.LxmlError,
)  # fmt: skip

Element = Any  # lxml publishes no types


def parse_docx(data: bytes) -> tuple[str, str]:
    """Return the title ("" when it has none) and the text as Markdown.

    Raises:
        Unreadable: not a Word document, protected, with macros, damaged, too large, or without text.
    """
    check_docx(data)
    import docx
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError
    from docx.oxml.exceptions import XmlchemyError

    try:
        document = docx.Document(io.BytesIO(data))
        styles = _styles(document)
        text = readable("\n\n".join(_text(document.element.body, styles)))
        title = readable(" ".join((document.core_properties.title or "").split()))
    except (OpcError, PythonDocxError, XmlchemyError, *_BROKEN):
        raise Unreadable("the DOCX is damaged, or not of the usual kind; save it again in Word as .docx") from None
    if len(text) > MAX_TEXT:
        raise Unreadable(f"the document has more than {MAX_TEXT // 1_000_000} million characters")
    return title, text


def _styles(document: "Document") -> dict[str, str]:
    """Return the Markdown mark of each paragraph style: `## `, `- `, or "". A style takes after its base."""
    marks: dict[str, str] = {}
    for style in document.styles.element.style_lst:
        current, mark = style, ""
        for _ in range(10):
            mark = mark or _mark(current)
            based = current.base_style
            if mark or based is None:
                break
            current = based
        marks[style.styleId or ""] = mark
    return marks


def _mark(style: Element) -> str:
    name = style.name_val or ""
    found = _LEVEL.match(name)
    if found or name.lower() == "title":
        return "#" * int(found[1] if found else 1) + " "
    outline = style.find(f"{_W}pPr/{_W}outlineLvl")
    if outline is not None and outline.get(f"{_W}val", "9") in "012345":
        return "#" * (int(outline.get(f"{_W}val")) + 1) + " "
    return "- " if style.find(f"{_W}pPr/{_W}numPr") is not None or name.lower().startswith("list ") else ""


def _text(body: Element, styles: dict[str, str]) -> Iterator[str]:
    """Yield the document's blocks; the items of a list as one."""
    items: list[str] = []
    for number, block in enumerate(_blocks(body)):
        if number > _MAX_BLOCKS:
            raise Unreadable("the document has too many paragraphs")
        text = _table(block) if block.tag == f"{_W}tbl" else _paragraph(block, styles)
        if text.lstrip().startswith("- "):
            items.append(text)
            continue
        if items:
            yield "\n".join(items)
            items = []
        if text:
            yield text
    if items:
        yield "\n".join(items)


def _blocks(holder: Element) -> Iterator[Element]:
    """Yield paragraphs and tables in order, also those in content controls and of tracked insertions."""
    for child in holder:
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag in _HOLDERS:
            yield from _blocks(child)


def _paragraph(paragraph: Element, styles: dict[str, str]) -> str:
    text = _shown(paragraph).strip()
    if not text:
        return ""
    properties = paragraph.find(f"{_W}pPr")
    style = None if properties is None else properties.find(f"{_W}pStyle")
    mark = "" if style is None else styles.get(style.get(f"{_W}val", ""), "")
    if mark.startswith("#"):
        return mark + " ".join(text.split())
    numbered = None if properties is None else properties.find(f"{_W}numPr")
    if numbered is None and not mark:
        return text
    level = None if numbered is None else numbered.find(f"{_W}ilvl")
    depth = min(int(level.get(f"{_W}val", "0")), 8) if level is not None else 0
    return "  " * depth + "- " + " ".join(text.split())


def _shown(paragraph: Element) -> str:
    """Return what a reader sees of a paragraph: no deleted, hidden or tiny text; text boxes at their place."""
    parts: list[str] = []
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        if element.tag in _REMOVED or (element.tag == f"{_W}r" and _hidden(element)):
            continue
        if element.tag == f"{_W}t":
            parts.append(element.text or "")
        elif element.tag in _BREAKS:
            parts.append(_BREAKS[element.tag])
        elif element.tag == f"{_W}p":
            parts.append("\n")
        waiting += reversed(element)
    return "".join(parts)


def _hidden(run: Element) -> bool:
    properties = run.find(f"{_W}rPr")
    if properties is None:
        return False
    vanish, size = properties.find(f"{_W}vanish"), properties.find(f"{_W}sz")
    if vanish is not None and vanish.get(f"{_W}val", "1") not in ("0", "false", "off"):
        return True
    return size is not None and size.get(f"{_W}val", "").isdecimal() and int(size.get(f"{_W}val")) <= _TINY


def _table(table: Element) -> str:
    """Return a table as Markdown: the first row is its heading; a merged cell is said again in each row."""
    above: list[str] = []
    lines: list[str] = []
    for row in table.iterchildren(f"{_W}tr", *_HOLDERS):
        cells: list[str] = []
        for cell in row.iter(f"{_W}tc"):
            if next(cell.iterancestors(f"{_W}tbl")) is not table:
                continue  # of a table in a cell: its words are in that cell's text
            merged = cell.find(f"{_W}tcPr/{_W}vMerge")
            going_on = merged is not None and merged.get(f"{_W}val", "continue") == "continue"
            place = len(cells)
            cells.append(above[place] if going_on and place < len(above) else _cell(cell))
        above = cells
        if any(cells):
            lines.append(f"| {' | '.join(cells)} |")
        if len(lines) == 1:
            lines.append("|" + " --- |" * len(cells))
    return "\n".join(lines)


def _cell(cell: Element) -> str:
    outermost = (each for each in cell.iter(f"{_W}p") if next(each.iterancestors(f"{_W}p"), None) is None)
    texts = (_shown(paragraph) for paragraph in outermost)
    return " ".join(" ".join(texts).split()).replace("|", "/")
