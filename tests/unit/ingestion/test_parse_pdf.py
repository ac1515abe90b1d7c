"""PDF files: text by page, or the reason why there is none."""

import contextlib
import io
import random
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from shared.ingestion.parse.pdf import MAX_PDF_PAGES, parse_pdf
from shared.ingestion.parse.unreadable import Unreadable

GUIDE = Path(__file__).parents[3] / "local/demo/site/files/bike-care-guide.pdf"


def pdf(*texts: str, title: str = "", password: str | None = None, owner: str | None = None) -> bytes:
    """Return a PDF with these texts, one a page."""
    writer = PdfWriter()
    for text in texts:
        page = writer.add_blank_page(300, 300)
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
        )
        content = DecodedStreamObject()
        lines = " ".join(f"({line}) Tj 0 -14 Td" for line in text.split("\n"))
        content.set_data(f"BT /F1 12 Tf 20 250 Td {lines} ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(content)
    if title:
        writer.add_metadata({"/Title": title})
    if password is not None or owner is not None:
        writer.encrypt(password or "", owner, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_pages_are_read_in_order():
    """With the title from the file's own data; a page without text stays in its place."""
    assert parse_pdf(pdf("First page", "", "Third page", title="Guide")) == ("Guide", ["First page", "", "Third page"])


def test_lines_of_a_sentence_are_joined():
    """A PDF breaks lines where the paper ends; a new sentence keeps its line."""
    assert parse_pdf(pdf("A sentence that\ngoes on here.\nA new one."))[1] == [
        "A sentence that goes on here.\nA new one."
    ]


def test_a_real_file_is_read():
    """The demo's guide."""
    title, pages = parse_pdf(GUIDE.read_bytes())
    assert title == "The bike care guide"
    assert all(pages)


def test_a_file_that_only_its_owner_may_change_is_read():
    """Opening it needs no password."""
    assert parse_pdf(pdf("Words", owner="secret"))[1] == ["Words"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf("Words", password="secret"), "protected by a password"),
        (pdf(""), "has no text"),
        (pdf(), "has no text"),
        (b"", "damaged"),
        (b"%PDF-1.7\n%%EOF", "damaged"),
        (b"%PDF-", "damaged"),
        (b"not a pdf at all", "damaged"),
        (pdf("Words")[:200], "damaged"),
    ],
)
def test_what_cannot_be_read_says_why(data, reason):
    """To the owner, in a few words."""
    with pytest.raises(Unreadable, match=reason):
        parse_pdf(data)


def test_a_book_without_end_is_refused():
    """Five hundred pages are allowed."""
    with pytest.raises(Unreadable, match=f"more than {MAX_PDF_PAGES} pages"):
        parse_pdf(pdf(*[""] * (MAX_PDF_PAGES + 1)))


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_file_is_read_or_unreadable(seed):
    """Cut off, or with bytes changed: nothing else is raised."""
    chance = random.Random(seed)
    data = bytearray(GUIDE.read_bytes() if seed % 2 else pdf("Some words", "more words", title="T"))
    if seed % 3 == 0:
        del data[chance.randrange(len(data)) :]
    for _ in range(chance.randrange(1, 40)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    try:
        title, pages = parse_pdf(bytes(data))
    except Unreadable:
        return
    (title + "".join(pages)).encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Count 1", b"/Count 99999999"),
        (b"/Type /Pages", b"/Type /Wrong"),
        (b"/Kids [", b"/Kids 7 ["),
        (b"/Filter", b"/Fileter"),
        (b"/Contents ", b"/Contents 99 0 R /X "),
        (b"/Title", b"/Title 1 0 R /X"),
        (b"/Root", b"/Foot"),
        (b"/Helvetica", b"/\x00\xff"),
        (b"Tj", b"TJ"),
        (b"BT", b"BT BT q q Q Q Q Do"),
    ],
)
def test_a_file_that_lies_is_read_or_unreadable(old, new):
    """Wrong counts, types and references."""
    with contextlib.suppress(Unreadable):
        parse_pdf(pdf("Some words", title="T").replace(old, new))
