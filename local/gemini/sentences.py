"""Cuts passages into sentences that make sense alone: prose, list items, facts, table rows.

Pure. It must only use words of the passage.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from local.gemini.reader import Passage
from local.gemini.words import content_words, days_in

MAX_CHARS = 400
MAX_ANSWER_CHARS = 240

_RULE_LINE = re.compile(r"^\s*\|?\s*:?-{2,}[-|:\s]*$")
_BULLET = re.compile(r"^\s*(?:[-*•–+]|\d{1,2}[.)])\s+")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_LINK = re.compile(r"!?\[([^\]]*)\]\((?:[^()\s]|\([^()]*\))*\)")
_CITATION = re.compile(r"\s*\[\d+(?:,\s*\d+)*\]")
_EMPHASIS = re.compile(r"(\*\*|__|`)(.+?)\1")
_TAG_LINE = re.compile(r"^\s*</?[A-Za-z][^<>]*>\s*$")
_LABEL = re.compile(r"^(?:q|a|question|answer)\s*[:.]\s*", re.IGNORECASE)
_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“‘(]?[^\W\d_a-zà-ÿ]|[\"“‘(]?\d|[$£€¿¡])|(?<=[。！？])")
_PRONOUN = re.compile(r"(?:he|she|it|they|this|these|those)\b", re.IGNORECASE)
_SHORTENED = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|no|nr|tel|approx|e\.g|i\.e|etc|vs|inc|ltd|co|ave|rd|jr|sr|a\.m|p\.m)|\b[A-Z])\.$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sentence:
    """A thing that can be said: `text` is said, `about` only helps to find it."""

    text: str
    n: int | None
    about: str
    words: frozenset[str]
    row: bool = False

    @property
    def match(self) -> str:
        """What the question is compared with."""
        return f"{self.about}: {self.text}" if self.about else self.text


def cut(passage: Passage) -> Iterator[Sentence]:
    """The passage's sentences in order."""
    heading = passage.title.rpartition(">")[2].strip()
    question = ""
    for kind, lines in _blocks(passage.text.splitlines()):
        if kind == "heading":
            heading, question = clean(_HEADING.sub("", lines[0])), ""
        elif kind == "question":
            question = _LABEL.sub("", clean(_HEADING.sub("", lines[0])))
        elif kind == "table":
            for text in rows(lines):
                yield _sentence(passage, text, heading, row=True)
        else:
            yield from _told(passage, lines, question, heading)
            question = ""


def _blocks(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Runs of lines of one kind: heading, question, table, text. Blank lines end a run."""
    run: list[str] = []
    current = ""
    for line in [*lines, ""]:
        kind = _kind(line)
        # A heading or a question is a block of its own; text and table lines gather.
        if run and (kind != current or current in {"heading", "question"}):
            yield current, run
            run = []
        current = kind
        if kind:
            run.append(line)


def _kind(line: str) -> str:
    if not line.strip() or _TAG_LINE.match(line):
        return ""
    if _HEADING.match(line):
        return "question" if line.rstrip().endswith("?") else "heading"
    if "|" in line:
        return "table"
    return "question" if line.rstrip(" *_").endswith("?") else "text"


def _told(passage: Passage, lines: list[str], question: str, heading: str) -> Iterator[Sentence]:
    """Text lines. The line under a question is its answer, and stays whole when it is short."""
    for line in lines:
        said = [text for text in prose(line) if not text.endswith("?")]
        if question and len(" ".join(said)) <= MAX_ANSWER_CHARS:
            said = [" ".join(said)]
        for text in filter(None, said):
            yield _sentence(passage, text, question or heading)
        question = ""


def _sentence(passage: Passage, text: str, about: str, *, row: bool = False) -> Sentence:
    return Sentence(text, passage.n, about, content_words(text) | days_in(text), row)


def clean(text: str) -> str:
    """Plain text: no markdown emphasis, link targets, bullets or citation marks."""
    text = _CITATION.sub("", _LINK.sub(r"\1", _BULLET.sub("", text)))
    text = _EMPHASIS.sub(r"\2", text)
    return re.sub(r"\s+", " ", text).strip()


def finish(text: str) -> str:
    """The text with a capital and a final stop."""
    text = text[:MAX_CHARS].rstrip(" ,;:|")
    head = text[:1].upper() + text[1:]
    return head if head.endswith((".", "!", "?", "。", "！", "？", "…")) else head + "."


def prose(line: str) -> list[str]:
    """Sentences of one line of text; abbreviations do not end one."""
    line = _LABEL.sub("", clean(line))
    pieces: list[str] = []
    for piece in (part.strip() for part in _END.split(line)):
        if pieces and _SHORTENED.search(pieces[-1]):
            pieces[-1] += " " + piece
        elif piece:
            pieces.append(piece)
    return _with_subject([finish(piece) for piece in pieces if re.search(r"\w", piece)])


def _with_subject(texts: list[str]) -> list[str]:
    """A sentence that begins with a pronoun keeps the one before it, which says who or what."""
    told: list[str] = []
    for text in texts:
        if told and _PRONOUN.match(text) and len(told[-1]) + len(text) < MAX_ANSWER_CHARS:
            told[-1] += " " + text
        else:
            told.append(text)
    return told


def _cells(line: str) -> list[str]:
    if "|" not in line:
        return []
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [clean(cell) for cell in inner.split("|")]


def rows(lines: list[str]) -> Iterator[str]:
    """Each table row as a sentence, its column headings read along."""
    table = [_cells(line) for line in lines if not _RULE_LINE.match(line)]
    ruled = len(lines) > 1 and bool(_RULE_LINE.match(lines[1]))
    header = table[0] if table and (ruled or _looks_like_header(table)) else []
    for cells in table[1:] if header else table:
        if any(cells):
            yield finish(_row_text(header, cells))


def _looks_like_header(table: list[list[str]]) -> bool:
    """Without a ruled line, a first row with no digit above rows with digits names the columns."""
    digits = [any(char.isdigit() for cell in cells for char in cell) for cells in table]
    return len(table) > 1 and not digits[0] and all(digits[1:])


def _row_text(header: list[str], cells: list[str]) -> str:
    named = [
        f"{_lower(header[index])} {cell}" if index < len(header) and header[index] else cell
        for index, cell in enumerate(cells[1:], start=1)
        if cell
    ]
    if not cells[0]:
        return ", ".join(named)
    return f"{cells[0]}: {', '.join(named)}" if named else cells[0]


def _lower(heading: str) -> str:
    return heading if heading.isupper() and len(heading) > 1 else heading[:1].lower() + heading[1:]
