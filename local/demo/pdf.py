"""Sets headings, paragraphs and tables on A4 pages and writes them as a PDF.

Knows the two built-in Helvetica faces and nothing of what is set; must not embed dates or ids, so that the same
text always gives the same bytes.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 595, 842
LEFT, RIGHT, TOP, BOTTOM, FOOTER_AT = 60, 535, 770, 76, 44
REGULAR, BOLD = "F1", "F2"
INK, GREEN, MUTED, LINE = "0.11 0.15 0.13", "0.12 0.36 0.27", "0.33 0.38 0.35", "0.80 0.77 0.70"
CHARACTERS_PER_LINE = 84


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's title; starts a new page when `new_page` is set."""

    text: str
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, wrapped to the page."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one-line cells. The first row is the header; `columns` are the left edges in points."""

    columns: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Table


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of text. `drop` is how far its baseline lies below the top of its piece, in points."""

    text: str
    drop: int
    x: int = LEFT
    face: str = REGULAR
    size: int = 11
    colour: str = INK


@dataclass(frozen=True, slots=True)
class _Piece:
    """What must not be torn apart by a page break, with the height it takes up, in points."""

    height: int
    lines: tuple[_Line, ...] = ()
    rule_at: int | None = None
    new_page: bool = False


def render(title: str, footer: str, blocks: Iterable[Block]) -> bytes:
    """The PDF file. Text must fit Windows-1252; anything else raises UnicodeEncodeError."""
    pages = _paginate([_title(title), *(piece for block in blocks for piece in _pieces(block))])
    streams = [_content(page, f"{footer}, page {number} of {len(pages)}") for number, page in enumerate(pages, 1)]
    return _assemble(title, streams)


def _title(text: str) -> _Piece:
    return _Piece(52, (_Line(text, 26, face=BOLD, size=26, colour=GREEN),), rule_at=42)


def _pieces(block: Block) -> Iterator[_Piece]:
    match block:
        case Heading(text, new_page):
            yield _Piece(44, (_Line(text, 32, face=BOLD, size=15, colour=GREEN),), new_page=new_page)
        case Paragraph(text):
            for line in textwrap.wrap(text, CHARACTERS_PER_LINE):
                yield _Piece(16, (_Line(line, 12),))
            yield _Piece(8)
        case Table(columns, rows):
            yield _row(columns, rows[0], BOLD)
            yield from (_row(columns, row, REGULAR) for row in rows[1:])
            yield _Piece(12)


def _row(columns: Sequence[int], cells: Sequence[str], face: str) -> _Piece:
    placed = zip(columns, cells, strict=True)
    return _Piece(21, tuple(_Line(cell, 14, x=x, face=face) for x, cell in placed), rule_at=20)


def _paginate(pieces: Iterable[_Piece]) -> list[list[tuple[int, _Piece]]]:
    """Pages of pieces, each with the height of its top edge above the foot of the page."""
    pages: list[list[tuple[int, _Piece]]] = [[]]
    y = TOP
    for piece in pieces:
        if piece.new_page or y - piece.height < BOTTOM:
            pages.append([])
            y = TOP
        pages[-1].append((y, piece))
        y -= piece.height
    return pages


def _content(page: Iterable[tuple[int, _Piece]], footer: str) -> bytes:
    operators = []
    for top, piece in page:
        if piece.rule_at is not None:
            y = top - piece.rule_at
            operators.append(f"{LINE} RG 0.7 w {LEFT} {y} m {RIGHT} {y} l S")
        operators += [_set(line, top) for line in piece.lines]
    operators.append(_set(_Line(footer, 0, size=9, colour=MUTED), FOOTER_AT))
    return "\n".join(operators).encode("cp1252")


def _set(line: _Line, top: int) -> str:
    place = f"{line.x} {top - line.drop} Td"
    return f"BT /{line.face} {line.size} Tf {line.colour} rg {place} ({_escape(line.text)}) Tj ET"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _assemble(title: str, streams: Sequence[bytes]) -> bytes:
    """Objects 1 to 5 are catalogue, page list, the two faces and the title; each page then takes two."""
    kids = " ".join(f"{6 + 2 * index} 0 R" for index in range(len(streams)))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) /ViewerPreferences << /DisplayDocTitle true >> >>",
        f"<< /Type /Pages /Count {len(streams)} /Kids [{kids}] >>".encode(),
        _face("Helvetica"),
        _face("Helvetica-Bold"),
        f"<< /Title ({_escape(title)}) >>".encode("cp1252"),
    ]
    for index, stream in enumerate(streams):
        bodies += [_page(7 + 2 * index), b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)]
    return _file(bodies)


def _face(name: str) -> bytes:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()


def _page(contents: int) -> bytes:
    return (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {contents} 0 R "
        f"/Resources << /Font << /{REGULAR} 3 0 R /{BOLD} 4 0 R >> >> >>"
    ).encode()


def _file(bodies: Sequence[bytes]) -> bytes:
    # The second line tells transfer programs that the file is binary (PDF 32000, 7.5.2).
    file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size = len(bodies) + 1
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(file))
    return file + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, table, trailer)
