"""Cuts documents into chunks at their headings. Pure; no word of the text is lost."""

import re
from collections.abc import Iterator

from shared.domain.knowledge import Chunk, Document

TARGET_CHARS = 900
MAX_CHARS = 1400
MIN_CHARS = 40  # less than a sentence is not left alone

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)(?:\s+#+)?\s*$")
_FENCE = re.compile(r"^\s*```(?!.*```)")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")
_ENDS = re.compile(r"[.!?:;。！？]\W{0,2}$")
_FULL = 0.8  # of the longest line
_TABLE_RULE = re.compile(r"^\|?[\s:|-]+\|[\s:|-]*$")
_ITEM = re.compile(r"\s*([-*+]|\d{1,3}[.)])\s")
_WORD = re.compile(r"\w")

_Path = tuple[str, ...]
_Block = tuple[str, str]  # its text, and the heading row of the table it is a row of ("" for none)


def chunk_document(document: Document) -> list[Chunk]:
    """Return the chunks of a document in reading order, each with the path of headings above it.

    A product is one chunk unless it is very long.
    """
    sections: Iterator[tuple[_Path, str]] = _sections(document.text)
    if document.kind == "product":
        sections = iter([((), document.text)])
    return [
        Chunk(document.url, document.title, _without_title(path, document.title), text, document.fetched_at)
        for path, body in sections
        for text in _packed(body, MAX_CHARS if document.kind == "product" else TARGET_CHARS)
    ]


def _without_title(path: _Path, title: str) -> str:
    """The first heading usually repeats the title."""
    return " > ".join(heading for heading in path if heading.casefold() != title.casefold())


def _sections(text: str) -> Iterator[tuple[_Path, str]]:
    """Yield each heading's path with the text below it; a heading with nothing below is text itself."""
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    fenced = False

    def section(next_level: int) -> Iterator[tuple[_Path, str]]:
        names = tuple(name for _, name in path)
        if any(line.strip() for line in lines):
            yield names, "\n".join(lines)
        elif path and path[-1][0] >= next_level:
            yield names[:-1], names[-1]

    for line in text.splitlines():
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.match(line)
        if not heading:
            lines.append(line)
            continue
        level = len(heading[1])
        yield from section(level)
        lines = []
        path = [entry for entry in path if entry[0] < level] + [(level, heading[2].strip("* "))]
    yield from section(0)


def _packed(text: str, target: int) -> Iterator[str]:
    """Yield pieces of about `target` characters, cut between paragraphs, rows or sentences; none above MAX_CHARS.

    A table that is cut gets its heading row again, so that its cells keep their meaning.
    """
    piece = ""
    for block, header in _blocks(text):
        if len(piece) > MIN_CHARS and len(piece) + len(block) > target:
            yield from _worded(piece)
            piece = ""
        if header and not piece:
            piece = header
        piece = f"{piece}\n{block}" if piece else block
        while len(piece) > MAX_CHARS:
            cut = piece.rfind(" ", MAX_CHARS // 2, MAX_CHARS)
            cut = cut if cut > 0 else MAX_CHARS
            yield from _worded(piece[:cut])
            piece = piece[cut:].strip()
    yield from _worded(piece)


def _worded(piece: str) -> Iterator[str]:
    if _WORD.search(piece):
        yield piece.strip()


def _blocks(text: str) -> Iterator[_Block]:
    """Yield paragraphs, list items and table rows; a long paragraph sentence by sentence."""
    header = ""
    for lines in _paragraphs(text):
        if len(lines) > 1 or not _is_row(lines[0]):
            header = ""
            for piece in _pieces(lines):
                yield piece, ""
            continue
        yield lines[0], header
        if not header and not _TABLE_RULE.match(lines[0]):
            header = lines[0]


def _paragraphs(text: str) -> Iterator[list[str]]:
    """Yield lines that belong together: a list item, a table's row and a block of code are some of their own."""
    lines: list[str] = []
    fenced = False
    for line in (line.rstrip() for line in text.splitlines()):
        fence = bool(_FENCE.match(line))
        alone = not fenced and (_is_row(line) or (bool(lines) and _is_row(lines[0])))
        begins = alone or not line or (fence and not fenced) or (not fenced and bool(_ITEM.match(line)))
        if lines and begins:
            yield lines
            lines = []
        if line:
            lines.append(line)
        if fence and fenced and lines:
            yield lines
            lines = []
        fenced ^= fence
    if lines:
        yield lines


def _pieces(lines: list[str]) -> Iterator[str]:
    """Yield a paragraph as a whole; a long one by what runs on from line to line, by sentences, at last by lines."""
    paragraph = "\n".join(lines)
    if len(paragraph) <= TARGET_CHARS:
        yield paragraph
        return
    for run in _runs(lines):
        if len(run) <= TARGET_CHARS:
            yield run
            continue
        for sentence in _SENTENCE.split(run.strip()):
            yield from [sentence] if len(sentence) <= TARGET_CHARS else sentence.splitlines()


def _runs(lines: list[str]) -> Iterator[str]:
    """Yield lines put together where the text runs on: a full line, or one before a small letter, without an end."""
    full = _FULL * max(map(len, lines))
    run = lines[:1]
    for line in lines[1:]:
        if _ENDS.search(run[-1]) or not (len(run[-1]) >= full or line.lstrip()[:1].islower()):
            yield "\n".join(run)
            run = []
        run.append(line)
    yield "\n".join(run)


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|")
