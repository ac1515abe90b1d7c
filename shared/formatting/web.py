"""The reply for the web: one or a few paragraphs of the contract's HTML, written while the model still speaks.

All pieces joined are the reply: what was streamed is what is final.
"""

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from shared.domain.knowledge import Passage
from shared.domain.text import visible
from shared.domain.turn import Citation, Reply
from shared.formatting.active import ActiveContent
from shared.formatting.inline import InlineRenderer
from shared.formatting.segments import Segment, Splitter

MAX_PARAGRAPHS = 4
_ENDS = (".", "!", "?", ":", ";", "…", "。", "！", "？", "؟")
_ANY_TAG = re.compile(r"<[^>]{0,3000}>")
_CLOSED_PARAGRAPH = re.compile(r"</p>|<br\s*/?>")
_TABLE_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*$")
_PIPE = re.compile(r"(?<!\\)\|")
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

    def forget_after(self, count: int) -> None:
        """Take back the citations of a sentence that is not shown."""
        del self.citations[count:]
        self._numbers = {source: number for source, number in self._numbers.items() if number <= count}


class ReplyWriter:
    """Turns streamed model text into pieces of HTML; `screen` sees every sentence before it is shown."""

    def __init__(
        self, book: CitationBook, allowed_urls: Iterable[str], bold: Iterable[str], screen: Callable[[str], str]
    ) -> None:
        self.book = book
        self.withheld = False  # whether the screen changed or left out a sentence
        self._active = ActiveContent()
        self._splitter = Splitter()
        self._held = ""
        self._inline = InlineRenderer(allowed_urls, bold, book.cite)
        self._screen = screen
        self._written: list[str] = []
        self._open = False
        self._break = False
        self._paragraphs = 0
        self._header: list[str] = []
        self._header_read = True
        self._held_row: str | None = None
        self._cited = 0

    def feed(self, text: str) -> str:
        """Return the HTML that `text` completes, perhaps none."""
        text, self._held = _whole_characters(self._held + text)
        readable = self._active.feed(text)
        return self._keep("".join(self._segment(segment) for segment in self._splitter.feed(readable)))

    def flush(self) -> str:
        """Return the HTML of what was held back: the model has ended."""
        last = self._active.feed(visible(self._held)) + self._active.finish()
        segments = [*self._splitter.feed(last), *self._splitter.finish()]
        return self._keep("".join(self._segment(segment) for segment in segments) + self._end_table())

    def close(self, closing: str = "") -> str:
        """Return the last HTML: `closing` (plain text) when there is one, and the end of the paragraph.

        A sentence that broke off gets an ellipsis before the closing one.
        """
        cut = "…" if closing and self._open and not self.ended else ""
        last = cut + (self._write(self._inline.spoken(closing)) if closing else "")
        return self._keep(last + ("</p>" if self._open else ""))

    def say(self, text: str) -> str:
        """Return the HTML of a sentence of our own (plain text) at this place of the reply."""
        return self._keep(self._write(self._inline.spoken(text)) if text else "")

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
        before = self._end_table()
        if segment.kind in ("break", "rule"):
            self._break = self._open
            return before
        return before + self._sentence(segment)

    def _sentence(self, segment: Segment) -> str:
        code = segment.kind == "code"
        rendered = self._inline.plain(segment.text) if code else self._inline.render(segment.text)
        if segment.kind != "text":
            rendered = _ended(rendered, ":" if segment.kind == "heading" else ".")
        return self._write(self._screened(rendered))

    def _screened(self, rendered: str) -> str:
        """Show the guard the words as the visitor would read them; return them, or what it puts in their place."""
        words = plain_text(rendered)
        instead = self._screen(words)
        if instead == words:
            self._cited = len(self.book.citations)
            return rendered
        self.book.forget_after(self._cited)
        self.withheld = True
        return self._inline.plain(instead)

    def _row(self, line: str) -> str:
        if _TABLE_RULE.match(line):
            if self._held_row is not None and self._header_read:
                self._header, self._held_row, self._header_read = _cells(self._held_row), None, False
            return ""
        before = self._flush_row()
        self._held_row = line
        return before

    def _flush_row(self) -> str:
        if self._held_row is None:
            return ""
        cells, self._held_row, self._header_read = _cells(self._held_row), None, True
        return self._write_row(cells, self._header)

    def _end_table(self) -> str:
        """Write the row held back; a table that had nothing but its heading has that read out."""
        rows = self._flush_row()
        if not self._header_read:
            rows += self._write_row(self._header, [])
        self._header, self._header_read = [], True
        return rows

    def _write_row(self, cells: list[str], names: list[str]) -> str:
        named = [
            f"{names[n]}: {cell}" if 0 < n < len(names) and names[n] else cell for n, cell in enumerate(cells) if cell
        ]
        return self._write(self._screened(_ended(self._inline.render(", ".join(named)), ".")))

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
    """Return plain text (an owner's or a guard's) as paragraphs of the contract's HTML, `bold` values in bold."""
    inline = InlineRenderer((), bold, lambda _: None)
    blocks = (" ".join(block.split()) for block in text.split("\n\n"))
    return "".join(f"<p>{inline.spoken(block)}</p>" for block in blocks if block)


def plain_text(markup: str) -> str:
    """Return the contract's HTML as plain text, one line per paragraph."""
    spaced = _CLOSED_PARAGRAPH.sub("\n", markup)
    return html.unescape(_ANY_TAG.sub("", spaced)).strip()


def without_citations(text: str) -> str:
    """Return plain text without the numbers in brackets: they mean nothing outside their own answer."""
    return _SHOWN_CITATION.sub("", text)


def _whole_characters(text: str) -> tuple[str, str]:
    """Return `text` as it can be shown, and what must wait for the next piece: half a line end, half a character."""
    held = text[-1:] if text[-1:] == "\r" or "\ud800" <= text[-1:] <= "\udbff" else ""
    joined = text[: len(text) - len(held)].encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return visible(joined), held


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    cells = _PIPE.split(inner if inner.endswith("\\|") else inner.removesuffix("|"))
    return [cell.strip().replace("\\|", "|") for cell in cells]


def _ended(rendered: str, mark: str) -> str:
    return rendered if _ends(rendered) else f"{rendered.rstrip()}{mark}"


def _ends(rendered: str) -> bool:
    """Say whether the visible text ends like a sentence, or is empty."""
    visible = without_citations(_ANY_TAG.sub("", rendered).rstrip())
    return not visible or visible.endswith(_ENDS)
