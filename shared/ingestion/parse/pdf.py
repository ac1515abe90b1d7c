"""PDF files: their text, page by page, by pypdf, within limits of size and time."""

import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.ingestion.parse.entries import numbers
from shared.ingestion.parse.pdf_columns import Pieces, in_columns
from shared.ingestion.parse.readable import readable
from shared.ingestion.parse.unreadable import Unreadable

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_PDF_PAGES = 500
PAGE_SECONDS = 10.0
FILE_SECONDS = 180.0
MAX_PAGE_TEXT = 200_000
MAX_TEXT = 5_000_000
_LIMITS = {  # of bytes that a stream may unpack to, and of what may be in one
    "zlib_maximum_output_length": 30_000_000,
    "lzw_maximum_output_length": 30_000_000,
    "run_length_maximum_output_length": 30_000_000,
    "brotli_maximum_output_length": 30_000_000,
    "array_based_stream_maximum_output_length": 30_000_000,
    "stream_decoding_work_maximum_length": 60_000_000,
    "stream_parsing_work_maximum_count": 500_000,
    "xform_maximum_invocations_per_extraction": 500,
}
_BROKEN_LINE = re.compile(r"(?<![.!?:;\n])\n(?=[a-z(])")
_DAMAGE = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, NotImplementedError, RecursionError,
    ZeroDivisionError, OverflowError, OSError,
)  # fmt: skip

Clock = Callable[[], float]


@dataclass(frozen=True)
class PdfText:
    """A PDF's title ("" when it has none), the text of each page ("" for none), and what could not be read."""

    title: str
    pages: tuple[str, ...]
    notes: tuple[str, ...] = ()


class _TooLong(Exception):
    """A page takes longer than it may."""


def parse_pdf(data: bytes, clock: Clock = time.monotonic) -> PdfText:
    """Return the text of a PDF.

    Args:
        data: the file.
        clock: seconds, for the limits of a page and of the file.

    Raises:
        Unreadable: encrypted, damaged, too long, or a scan without text.
    """
    from pypdf import PdfReader, apply_configuration
    from pypdf.errors import PyPdfError

    with apply_configuration(None, **_LIMITS):
        try:
            reader = PdfReader(io.BytesIO(data))
            if reader.is_encrypted and not reader.decrypt(""):
                raise Unreadable("the PDF is protected by a password")
            count = len(reader.pages)
            title = readable(str(reader.metadata.title or "")) if reader.metadata else ""
        except (PyPdfError, *_DAMAGE):
            raise Unreadable("the PDF is damaged") from None
        if count > MAX_PDF_PAGES:
            raise Unreadable(f"the PDF has {count} pages, more than {MAX_PDF_PAGES}")
        return _Reading(reader, clock).read(title, count)


class _Reading:
    """One reading of a file: what each page was, and how much time is left."""

    def __init__(self, reader: "PdfReader", clock: Clock) -> None:
        self._reader, self._clock = reader, clock
        self._end = clock() + FILE_SECONDS
        self._letters = 0
        self._pages: dict[str, list[int]] = {}

    def read(self, title: str, count: int) -> PdfText:
        """Return the text of all pages; Unreadable when there is none on any."""
        pages = tuple(self._page(number) for number in range(1, count + 1))
        if not any(pages):
            raise Unreadable(self._nothing(count))
        return PdfText(title, pages, tuple(self._notes(count)))

    def _page(self, number: int) -> str:
        from pypdf.errors import LimitReachedError, PyPdfError

        if self._clock() > self._end or self._letters > MAX_TEXT:
            return self._without(number, "left out: the file is too large to be read whole")
        try:
            text = self._text(self._reader.pages[number - 1])
        except (LimitReachedError, _TooLong):
            return self._without(number, "left out: too large to be read")
        except (PyPdfError, *_DAMAGE):
            return self._without(number, "damaged")
        if not text:
            return self._without(number, "without text (a scan?)")
        self._letters += len(text)
        return text

    def _text(self, page: "PageObject") -> str:
        end, pieces = self._clock() + PAGE_SECONDS, Pieces()

        def step(*_: object) -> None:
            if self._clock() > end:
                raise _TooLong

        def seen(text: str, matrix: Any, text_matrix: Any, *_: object) -> None:  # noqa: ANN401 - as pypdf calls it
            step()
            pieces.add(text, matrix, text_matrix)

        plain = page.extract_text(visitor_operand_before=step, visitor_text=seen) or ""
        step()
        if len(plain) > MAX_PAGE_TEXT:
            raise _TooLong
        return readable(_BROKEN_LINE.sub(" ", in_columns(pieces.found) or plain))

    def _without(self, number: int, why: str) -> str:
        self._pages.setdefault(why, []).append(number)
        return ""

    def _notes(self, count: int) -> list[str]:
        return [
            f"{len(pages)} of {count} pages {'is' if len(pages) == 1 else 'are'} {why}: page {numbers(pages)}"
            for why, pages in self._pages.items()
        ]

    def _nothing(self, count: int) -> str:
        scanned = next((pages for why, pages in self._pages.items() if why.startswith("without text")), [])
        if len(scanned) == count:
            pages = "page has" if count == 1 else f"{count} pages have"
            return f"the PDF's {pages} no text (a scan?); upload one with text in it"
        return f"the PDF cannot be read: {'; '.join(self._notes(count))}"
