"""Cuts streamed Markdown into pieces that can be shown at once: sentences, items, rows. Knows no HTML.

The cut depends on the text alone, never on how it arrived: a boundary is taken only when nothing that may still come
can change it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "heading", "item", "row", "rule", "code", "break"]

# A sentence that does not end: cut at the next space, so that the visitor is not kept waiting.
MAX_SENTENCE = 600

_MARKER = re.compile(r"\s{0,12}(?:[-*+•‣◦–](?:[ \t]+|$)|\(?\d{1,3}[.)](?:[ \t]+|$))")
_TASK = re.compile(r"\[[ xX]\][ \t]+")
_HEADING = re.compile(r"\s{0,3}#{1,6}(?:[ \t]+|$)")
_QUOTE = re.compile(r"\s{0,3}(?:>[ \t]?)+")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_ROW = re.compile(r"\s{0,3}\|")
_TABLE_RULE = re.compile(r"\s{0,3}\|?[\s:|-]*-[\s:|-]*$")
_RULE = re.compile(r"\s{0,3}(?:(?:[-*_=][ \t]*){3,})$")
_DEFINITION = re.compile(r"\s{0,3}\[[^\]\n]{1,200}\]:\s")
_CANDIDATE = re.compile(r"\s{0,12}(?:[-*+•‣◦–#>|`~_=(\[]|\d|$)")
_SURELY_TEXT = re.compile(r"\s{0,12}(?:\*\*[^*\s]|\d{1,3}[^\d.)]|\d{4}|\[[^\]]{0,200}\][^:])")
_HARD_BREAK = "\\"
_PIPE = re.compile(r"(?<!\\) \| ")
_BOUNDARY = re.compile(r"[.!?…。！？؟][\"')\]»”’*_]{0,4}(?:[ \t]+(?=\S)|(?=\n))")
_SPACE = re.compile(r"[ \t](?=\S)")
_DANGLING_TAG = re.compile(r"<[a-zA-Z/!][^<>]*$")
_WORD_EDGE_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)")


@dataclass(frozen=True)
class Segment:
    """A piece of the source without its block marker. `text` keeps inline Markdown."""

    kind: Kind
    text: str = ""


_TEXT = Segment("text")
"""Says of a line that it is sentences."""


class Splitter:
    """Feed it text as it arrives; it gives segments back as soon as they are certain."""

    def __init__(self) -> None:
        self._buffer = ""
        self._line_start = True
        self._fresh = False  # nothing of the current line has been taken yet
        self._fenced = False

    def feed(self, text: str) -> Iterator[Segment]:
        """Yield the segments that `text` completes."""
        self._buffer += text
        yield from self._drain(final=False)

    def finish(self) -> Iterator[Segment]:
        """Yield what is left."""
        yield from self._drain(final=True)

    def _drain(self, *, final: bool) -> Iterator[Segment]:
        while self._buffer:
            if self._line_start:
                line, newline, rest = self._buffer.partition("\n")
                found = self._block(line, whole=bool(newline) or final)
                if found is None:
                    return
                if found is _TEXT:
                    self._line_start, self._fresh = False, True
                    continue
                self._buffer = rest
                yield found
            else:
                sentence = self._sentence(final=final)
                if sentence is None:
                    return
                yield sentence

    def _block(self, line: str, *, whole: bool) -> Segment | None:
        """Return the segment of a line with a block marker, _TEXT for one without, None when that is not certain."""
        if not self._fenced and (not _CANDIDATE.match(line) or _SURELY_TEXT.match(line)):
            return _TEXT
        if not whole:
            return None
        if _FENCE.match(line):
            self._fenced = not self._fenced
            return Segment("break")
        if self._fenced:
            return Segment("code", line.strip())
        return self._marked(line)

    @staticmethod
    def _marked(line: str) -> Segment:
        """Return the segment of a whole line that may have a block marker."""
        if not line.strip():
            return Segment("break")
        quote = _QUOTE.match(line)
        if quote:
            line = line[quote.end() :]
        if _ROW.match(line) or ("|" in line and _TABLE_RULE.match(line)):
            return Segment("row", line.strip())
        if _RULE.match(line) or _DEFINITION.match(line):
            return Segment("rule")
        kind: Kind = "text"
        for _ in range(8):  # an item may hold a heading or a further item
            marker, heading = _MARKER.match(line), _HEADING.match(line)
            if not (marker or heading):
                break
            kind = "item" if marker else "heading"
            line = line[(marker or heading).end() :]  # type: ignore[union-attr]
        if kind == "heading":
            line = line.rstrip().rstrip("#")
        if kind != "text":
            return Segment(kind, _TASK.sub("", line.strip(), count=1))
        return Segment("text", line.strip()) if quote else _TEXT

    def _sentence(self, *, final: bool) -> Segment | None:
        """Take the next sentence of the line, or what is left of it; None when its end is not certain."""
        line, newline, rest = self._buffer.partition("\n")
        cut = _first_cut(line + newline)
        if self._fresh and _is_row(line, cut):
            if not (newline or final):
                return None
            self._buffer, self._line_start = rest, True
            return Segment("row", line.strip())
        if not cut:
            if newline:
                return self._line_end(line, rest, final=final)
            if not final:
                return None
            cut = len(line)
        self._buffer, self._fresh = self._buffer[cut:], False
        if self._buffer.startswith("\n"):
            self._buffer, self._line_start = self._buffer[1:], True
        return Segment("text", line[:cut])

    def _line_end(self, line: str, rest: str, *, final: bool) -> Segment | None:
        """Take a line that ends without a sentence's end, or join it with the next one of its paragraph."""
        following, newline, _ = rest.partition("\n")
        if not (newline or final):
            return None
        self._fresh = False
        if _PIPE.search(following) or _FENCE.match(following) or self._block(following, whole=True) is not _TEXT:
            self._buffer, self._line_start = rest, True
            return Segment("text", line)
        self._buffer = f"{line.rstrip().removesuffix(_HARD_BREAK)} {rest.lstrip(' ')}"
        return self._sentence(final=final)


def _is_row(line: str, cut: int) -> bool:
    """A table needs no outer pipes: a line is a row when one stands before its first sentence ends."""
    pipe = _PIPE.search(line)
    return bool(pipe) and not 0 < cut <= (pipe.start() if pipe else 0)


def _first_cut(line: str) -> int:
    """Return where the first piece of `line` ends, spaces included; 0 when it is not certain yet."""
    forced = _SPACE.search(line, MAX_SENTENCE)
    limit = forced.end() if forced else len(line) + 1
    for boundary in _BOUNDARY.finditer(line):
        if boundary.end() > limit:
            break
        if _balanced(line[: boundary.end()].rstrip()):
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
