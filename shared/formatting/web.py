"""The reply for the web: one or a few paragraphs of the contract's HTML, written while the model still speaks.

All pieces joined are the reply: what was streamed is what is final.
"""

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from shared.domain.knowledge import Passage
from shared.domain.turn import Citation, Reply
from shared.formatting.inline import InlineRenderer
from shared.formatting.segments import Segment, Splitter

MAX_PARAGRAPHS = 4
_ENDS = (".", "!", "?", ":", ";", "…", "。", "！", "？", "؟")
_ANY_TAG = re.compile(r"<[^>]{0,3000}>")
_CLOSED_PARAGRAPH = re.compile(r"</p>|<br\s*/?>")
_TABLE_RULE = re.compile(r"^\|?[\s:|-]+$")
_SHOWN_CITATION = re.compile(r"\s?\[\d{1,3}\]")
SHARED_MARK = " (general information)"


@dataclass
class CitationBook:
    """Numbers passages in the order in which the reply cites them; numbers that no passage has are dropped."""

    passages: tuple[Passage, ...]
    citations: list[Citation] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def cite(self, number: int) -> tuple[int, str] | None:
        """Return the visitor's number and the URL of passage `number` (from 1); None when it was not retrieved."""
        if not 1 <= number <= len(self.passages):
            return None
        passage = self.passages[number - 1]
        chunk = passage.chunk
        source = chunk.url or chunk.title
        if source not in self._numbers:
            self._numbers[source] = len(self.citations) + 1
            title = chunk.title + (SHARED_MARK if passage.shared else "")
            self.citations.append(Citation(len(self.citations) + 1, title, chunk.url, chunk.fetched_at))
        return self._numbers[source], chunk.url


class ReplyWriter:
    """Turns streamed model text into pieces of HTML; `screen` sees every sentence before it is shown."""

    def __init__(
        self, book: CitationBook, allowed_urls: Iterable[str], bold: Iterable[str], screen: Callable[[str], str]
    ) -> None:
        self.book = book
        self._splitter = Splitter()
        self._inline = InlineRenderer(allowed_urls, bold, book.cite)
        self._screen = screen
        self._written: list[str] = []
        self._open = False
        self._break = False
        self._paragraphs = 0
        self._header: list[str] | None = None
        self._held_row: str | None = None

    def feed(self, text: str) -> str:
        """Return the HTML that `text` completes, perhaps none."""
        return self._keep("".join(self._segment(segment) for segment in self._splitter.feed(text)))

    def flush(self) -> str:
        """Return the HTML of what was held back: the model has ended."""
        return self._keep("".join(self._segment(segment) for segment in self._splitter.finish()) + self._flush_row())

    def close(self, closing: str = "") -> str:
        """Return the last HTML: `closing` (plain text) when there is one, and the end of the paragraph.

        A sentence that broke off gets an ellipsis before the closing one.
        """
        cut = "…" if closing and self._open and not self.ended else ""
        last = cut + (self._write(self._inline.plain(closing)) if closing else "")
        return self._keep(last + ("</p>" if self._open else ""))

    @property
    def ended(self) -> bool:
        """Say whether what was written so far ends like a sentence."""
        return not self._written or _ends(self._written[-1])

    @property
    def reply(self) -> Reply:
        """Everything written so far."""
        joined = "".join(self._written)
        return Reply(joined, plain_text(joined))

    def _keep(self, piece: str) -> str:
        if piece:
            self._written.append(piece)
        return piece

    def _segment(self, segment: Segment) -> str:
        if segment.kind == "row":
            return self._row(segment.text)
        before = self._flush_row()
        self._header = None
        if segment.kind in ("break", "rule"):
            self._break = self._open
            return before
        return before + self._sentence(segment)

    def _sentence(self, segment: Segment) -> str:
        text = self._screen(segment.text.strip())
        if not text:
            return ""
        if segment.kind in ("heading", "item", "code"):
            rendered = self._inline.render(text) if segment.kind != "code" else self._inline.plain(text)
            rendered = _ended(rendered, ":" if segment.kind == "heading" else ".")
            return self._write(rendered)
        return self._write(self._inline.render(text))

    def _row(self, line: str) -> str:
        if _TABLE_RULE.match(line):
            if self._held_row is not None and self._header is None:
                self._header, self._held_row = _cells(self._held_row), None
            return ""
        before = self._flush_row()
        self._held_row = line
        return before

    def _flush_row(self) -> str:
        if self._held_row is None:
            return ""
        cells, self._held_row = _cells(self._held_row), None
        names = self._header or []
        named = [
            f"{names[n]}: {cell}" if 0 < n < len(names) and names[n] else cell for n, cell in enumerate(cells) if cell
        ]
        text = self._screen(", ".join(named))
        return self._write(_ended(self._inline.render(text), ".")) if text else ""

    def _write(self, rendered: str) -> str:
        if not rendered:
            return ""
        if not self._open:
            self._open, self._break, self._paragraphs = True, False, 1
            return f"<p>{rendered}"
        if self._break and self._paragraphs < MAX_PARAGRAPHS:
            self._break, self._paragraphs = False, self._paragraphs + 1
            return f"</p><p>{rendered}"
        self._break = False
        return f" {rendered}"


def paragraph(text: str, bold: Iterable[str] = ()) -> str:
    """Return plain text (an owner's or a guard's) as paragraphs of the contract's HTML."""
    renderer = InlineRenderer((), bold, lambda _: None)
    blocks = (" ".join(block.split()) for block in text.split("\n\n"))
    return "".join(f"<p>{renderer.plain(block)}</p>" for block in blocks if block)


def plain_text(markup: str) -> str:
    """Return the contract's HTML as plain text, one line per paragraph."""
    spaced = _CLOSED_PARAGRAPH.sub("\n", markup)
    return html.unescape(_ANY_TAG.sub("", spaced)).strip()


def without_citations(text: str) -> str:
    """Return plain text without the numbers in brackets: they mean nothing outside their own answer."""
    return _SHOWN_CITATION.sub("", text)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _ended(rendered: str, mark: str) -> str:
    return rendered if _ends(rendered) else f"{rendered.rstrip()}{mark}"


def _ends(rendered: str) -> bool:
    """Say whether the visible text ends like a sentence, or is empty."""
    visible = without_citations(_ANY_TAG.sub("", rendered).rstrip())
    return not visible or visible.endswith(_ENDS)
