"""PDF files: their text, page by page, by pypdf."""

import io
import re

from shared.domain.text import clean
from shared.ingestion.parse.unreadable import Unreadable

MAX_PDF_PAGES = 500
_BROKEN_LINE = re.compile(r"(?<![.!?:;\n])\n(?=[a-z(])")


def parse_pdf(data: bytes) -> tuple[str, list[str]]:
    """Return the title ("" when it has none) and the text of each page.

    Raises:
        Unreadable: encrypted, damaged, too long, or a scan without text.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("the PDF is protected by a password")
        if len(reader.pages) > MAX_PDF_PAGES:
            raise Unreadable(f"the PDF has more than {MAX_PDF_PAGES} pages")
        pages = [clean(_BROKEN_LINE.sub(" ", page.extract_text() or "")) for page in reader.pages]
        title = clean(str(reader.metadata.title or "")) if reader.metadata else ""
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError):
        raise Unreadable("the PDF is damaged") from None
    if not any(pages):
        raise Unreadable("the PDF has no text (a scan?); upload one with text in it")
    return title, pages
