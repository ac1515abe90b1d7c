"""Cuts documents into chunks at their headings. Pure; nothing of the text is lost."""

import re
from collections.abc import Iterator

from shared.domain.knowledge import Chunk, Document

TARGET_CHARS = 900
MAX_CHARS = 1400

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")
_TABLE_RULE = re.compile(r"^\|?[\s:|-]+\|[\s:|-]*$")


def chunk_document(document: Document) -> list[Chunk]:
    """Return the chunks of a document in reading order, each with the path of headings above it."""
    if document.kind == "product":
        return [Chunk(document.url, document.title, "", document.text[: 4 * MAX_CHARS], document.fetched_at)]
    return [
        Chunk(document.url, document.title, _without_title(path, document.title), text, document.fetched_at)
        for path, body in _sections(document.text)
        for text in _packed(body)
    ]


def _without_title(path: tuple[str, ...], title: str) -> str:
    """The first heading usually repeats the title."""
    return " > ".join(heading for heading in path if heading.casefold() != title.casefold())


def _sections(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each heading's path with the text below it, up to the next heading."""
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if not heading:
            lines.append(line)
            continue
        if any(lines):
            yield tuple(name for _, name in path), "\n".join(lines)
        lines = []
        level = len(heading[1])
        path = [entry for entry in path if entry[0] < level] + [(level, heading[2].strip("* "))]
    if any(lines):
        yield tuple(name for _, name in path), "\n".join(lines)


def _packed(text: str) -> Iterator[str]:
    """Yield pieces of about TARGET_CHARS, cut between paragraphs, rows or sentences; never above MAX_CHARS."""
    piece = ""
    for block in _blocks(text):
        if piece and len(piece) + len(block) > TARGET_CHARS:
            yield piece
            piece = ""
        piece = f"{piece}\n{block}" if piece else block
        while len(piece) > MAX_CHARS:
            cut = piece.rfind(" ", 0, MAX_CHARS) if " " in piece[:MAX_CHARS] else MAX_CHARS
            yield piece[:cut].strip()
            piece = piece[cut:].strip()
    if piece.strip():
        yield piece.strip()


def _blocks(text: str) -> Iterator[str]:
    """Yield paragraphs, list items and table rows; a long paragraph sentence by sentence.

    A table that is cut gets its heading row again, so that its cells keep their meaning.
    """
    header, size = "", 0
    for line in text.splitlines():
        row = line.lstrip().startswith("|")
        if not row:
            header, size = "", 0
        elif not header:
            header = line
        elif not _TABLE_RULE.match(line):
            size += len(line)
            if size > TARGET_CHARS:
                size = 0
                yield f"{header}\n{line}"
                continue
        if not line.strip():
            continue
        if row or len(line) <= TARGET_CHARS:
            yield line.rstrip()
        else:
            yield from _SENTENCE.split(line.strip())
