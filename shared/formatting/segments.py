"""Cuts streamed Markdown into pieces that can be shown at once: sentences, items, rows. Knows no HTML.

The cut depends on the text alone, never on how it arrived: a boundary is taken only when what follows it is known.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "heading", "item", "row", "rule", "code", "break"]

# A sentence that does not end: cut at the next space, so that the visitor is not kept waiting.
MAX_SENTENCE = 600

_BLANK = re.compile(r"[ \t]*\n")
_ITEM = re.compile(r"\s{0,12}(?:[-*+•‣◦–]|\(?\d{1,3}[.)])[ \t]+")
_HEADING = re.compile(r"\s{0,3}#{1,6}[ \t]+")
_QUOTE = re.compile(r"\s{0,3}(?:>[ \t]?)+")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_ROW = re.compile(r"\s{0,3}\|")
_RULE = re.compile(r"\s{0,3}(?:(?:[-*_=][ \t]*){3,})$")
_MARKER_START = re.compile(r"\s{0,12}(?:[-*+•‣◦–#>|`~_=(]|\d|$)")
_BOUNDARY = re.compile(r"[.!?…。！？؟][\"')\]»”’*_]{0,4}([ \t]+)(?=\S)")
_SPACE = re.compile(r"[ \t](?=\S)")
_DANGLING_TAG = re.compile(r"<[a-zA-Z/!][^<>]*$")
_WORD_EDGE_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)")


@dataclass(frozen=True)
class Segment:
    """A piece of the source without its block marker. `text` keeps inline Markdown."""

    kind: Kind
    text: str = ""


class Splitter:
    """Feed it text as it arrives; it gives segments back as soon as they are certain."""

    def __init__(self) -> None:
        self._buffer = ""
        self._line_start = True
        self._fenced = False

    def feed(self, text: str) -> Iterator[Segment]:
        """Yield the segments that `text` completes."""
        self._buffer += text.replace("\r\n", "\n")
        yield from self._drain(final=False)

    def finish(self) -> Iterator[Segment]:
        """Yield what is left."""
        yield from self._drain(final=True)

    def _drain(self, *, final: bool) -> Iterator[Segment]:
        while self._buffer:
            before = len(self._buffer)
            segment = self._block(final=final) if self._line_start else self._sentence(final=final)
            if segment:
                yield segment
            elif len(self._buffer) == before and self._undecided(final=final):
                return

    def _undecided(self, *, final: bool) -> bool:
        """Say whether nothing more can be cut until more text arrives."""
        return not final or self._line_start or not self._buffer

    def _block(self, *, final: bool) -> Segment | None:
        """Take a blank line or a whole line with a block marker; else declare the line to be sentences."""
        blank = _BLANK.match(self._buffer)
        if blank and not self._fenced:
            self._buffer = self._buffer[blank.end() :]
            return Segment("break")
        line, newline, rest = self._buffer.partition("\n")
        whole = bool(newline) or final
        if self._fenced or (_MARKER_START.match(line) and not self._plain(line)):
            if not whole:
                return None
            segment = self._line(line)
            if segment is None:
                self._line_start = False
                return None
            self._buffer = rest
            return segment
        self._line_start = False
        return None

    @staticmethod
    def _plain(line: str) -> bool:
        """Say whether a line that starts like a block marker certainly is none."""
        head = line.lstrip()
        if head.startswith("**") and len(head) > 2 and head[2] not in "* \t":  # noqa: PLR2004 - the marker's length
            return True
        return bool(head) and head[0] not in "#>|`~-_=*+•‣◦–(" and bool(re.match(r"\d{1,3}[^\d.)]|\d{4}", head))

    def _line(self, line: str) -> Segment | None:
        """Return the segment of a whole line that has a block marker, None when it has none after all."""
        if _FENCE.match(line):
            self._fenced = not self._fenced
            return Segment("break")
        if self._fenced:
            return Segment("code", line.strip())
        quote = _QUOTE.match(line)
        if quote:
            line = line[quote.end() :]
        if _RULE.match(line):
            return Segment("rule")
        for kind, pattern in (("heading", _HEADING), ("item", _ITEM)):
            marker = pattern.match(line)
            if marker:
                return Segment(kind, line[marker.end() :].strip().rstrip("#").rstrip())  # type: ignore[arg-type]
        if _ROW.match(line):
            return Segment("row", line.strip())
        return Segment("text", line.strip() + " ") if quote else None

    def _sentence(self, *, final: bool) -> Segment | None:
        line, newline, rest = self._buffer.partition("\n")
        cut = _first_cut(line)
        if cut:
            self._buffer = self._buffer[cut:]
            return Segment("text", line[:cut])
        if newline or final:
            self._buffer, self._line_start = rest, True
            return Segment("text", line.rstrip() + " ")
        return None


def _first_cut(line: str) -> int:
    """Return where the first piece of `line` ends, spaces included; 0 when it is not certain yet."""
    forced = _SPACE.search(line, MAX_SENTENCE)
    limit = forced.end() if forced else len(line) + 1
    for boundary in _BOUNDARY.finditer(line):
        if boundary.end() > limit:
            break
        if _balanced(line[: boundary.start(1)]):
            return boundary.end()
    return forced.end() if forced else 0


def _balanced(text: str) -> bool:
    """Say whether no inline mark is open at the end of `text`."""
    if text.count("`") % 2 or text.count("**") % 2 or text.count("~~") % 2:
        return False
    if text.replace("**", "").count("*") % 2 or len(_WORD_EDGE_UNDERSCORE.findall(text)) % 2:
        return False
    if text.rfind("[") > text.rfind("]"):
        return False
    link = text.rfind("](")
    if link >= 0 and text.find(")", link) < 0:
        return False
    return not _DANGLING_TAG.search(text)
