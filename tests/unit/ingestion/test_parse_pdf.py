"""PDF files: text by page, or the reason why there is none."""

import contextlib
import io
import random
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from shared.ingestion.parse.pdf import FILE_SECONDS, MAX_PDF_PAGES, PAGE_SECONDS, parse_pdf
from shared.ingestion.parse.unreadable import Unreadable

GUIDE = Path(__file__).parents[3] / "local/demo/site/files/bike-care-guide.pdf"


def lines_of(text: str) -> str:
    """Return the drawing of a text, line by line."""
    lines = " ".join(f"({line}) Tj 0 -14 Td" for line in text.split("\n"))
    return f"BT /F1 12 Tf 20 250 Td {lines} ET"


def pdf(*texts: str, title: str = "", password: str | None = None, owner: str | None = None) -> bytes:
    """Return a PDF with these texts, one a page."""
    return drawn(*map(lines_of, texts), title=title, password=password, owner=owner)


def drawn(*contents: str, title: str = "", password: str | None = None, owner: str | None = None) -> bytes:
    """Return a PDF with these drawings, one a page."""
    writer = PdfWriter()
    for drawing in contents:
        page = writer.add_blank_page(600, 400)
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
        content.set_data(drawing.encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(content.flate_encode())
    if title:
        writer.add_metadata({"/Title": title})
    if password is not None or owner is not None:
        writer.encrypt(password or "", owner, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_pages_are_read_in_order():
    """With the title from the file's own data; a page without text stays in its place."""
    found = parse_pdf(pdf("First page", "", "Third page", title="Guide"))
    assert (found.title, found.pages) == ("Guide", ("First page", "", "Third page"))
    assert found.notes == ("1 of 3 pages is without text (a scan?): page 2",)


def test_lines_of_a_sentence_are_joined():
    """A PDF breaks lines where the paper ends; a new sentence keeps its line."""
    found = parse_pdf(pdf("A sentence that\ngoes on here.\nA new one."))
    assert found.pages == ("A sentence that goes on here.\nA new one.",)


def test_a_real_file_is_read():
    """The demo's guide."""
    found = parse_pdf(GUIDE.read_bytes())
    assert found.title == "The bike care guide"
    assert all(found.pages)
    assert found.notes == ()


def test_a_file_that_only_its_owner_may_change_is_read():
    """Opening it needs no password."""
    assert parse_pdf(pdf("Words", owner="secret")).pages == ("Words",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf("Words", password="secret"), "protected by a password"),
        (pdf(""), "the PDF's page has no text"),
        (pdf("", "", ""), "the PDF's 3 pages have no text .a scan"),
        (pdf(), "no text"),
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
    with pytest.raises(Unreadable, match=f"501 pages, more than {MAX_PDF_PAGES}"):
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
        found = parse_pdf(bytes(data))
    except Unreadable:
        return
    (found.title + "".join(found.pages)).encode()


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


LEFT = ("The left column begins here and", "goes on with its second line, then", "it ends with this third line.")
RIGHT = ("While the right column talks of", "something else altogether, until it", "too has come to its very end.")
READ = (
    "The left column begins here and goes on with its second line, then it ends with this third line.\n"
    "While the right column talks of something else altogether, until it too has come to its very end."
)


def put(x: int, y: int, text: str) -> str:
    """Return the drawing of a text at a place."""
    return f"BT /F1 10 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET"


def across(left: tuple[str, ...], right: tuple[str, ...]) -> str:
    """Return two columns drawn line by line."""
    rows = zip(left, right, strict=True)
    return " ".join(f"{put(50, 350 - 14 * n, a)} {put(320, 350 - 14 * n, b)}" for n, (a, b) in enumerate(rows))


def test_columns_of_text_are_read_one_after_the_other():
    """Whether they were drawn so, or line by line across the page; a heading above stays above."""
    down = " ".join(put(50 + 270 * n, 350 - 14 * i, t) for n, c in enumerate((LEFT, RIGHT)) for i, t in enumerate(c))
    assert parse_pdf(drawn(down)).pages == (READ,)
    assert parse_pdf(drawn(across(LEFT, RIGHT))).pages == (READ,)
    headed = put(50, 380, "A heading over both of the columns.") + " " + across(LEFT, RIGHT)
    assert parse_pdf(drawn(headed)).pages == (f"A heading over both of the columns.\n{READ}",)


def test_the_rows_of_a_table_stay_rows():
    """Short cells are no columns of text: a price stays beside its item."""
    (text,) = parse_pdf(drawn(across(("Inner tube", "Brake cable", "Chain"), ("5 GBP", "7 GBP", "25 GBP")))).pages
    assert text.splitlines() == ["Inner tube 5 GBP", "Brake cable 7 GBP", "Chain 25 GBP"]


def test_a_page_that_expands_is_left_out_and_said():
    """A hundred megabytes from a few kilobytes: the other pages are read."""
    bomb = drawn(lines_of("Words"), "q Q " * 25_000_000, lines_of("More words"))
    assert len(bomb) < 1_000_000
    found = parse_pdf(bomb)
    assert found.pages == ("Words", "", "More words")
    assert found.notes == ("1 of 3 pages is left out: too large to be read: page 2",)


class Clock:
    """A clock that goes on by so much each time somebody looks."""

    def __init__(self, step: float) -> None:
        self.now, self._step = 0.0, step

    def __call__(self) -> float:
        """Return the seconds."""
        self.now += self._step
        return self.now


def test_a_page_that_takes_too_long_is_left_out():
    """Its budget is looked at while it is read."""
    with pytest.raises(Unreadable, match="the PDF cannot be read: 1 of 1 pages is left out: too large"):
        parse_pdf(pdf("Words"), Clock(PAGE_SECONDS))
    assert parse_pdf(pdf("Words"), Clock(PAGE_SECONDS / 1000)).pages == ("Words",)


def test_a_file_that_takes_too_long_is_read_as_far_as_it_goes():
    """The pages that were left out are named."""
    found = parse_pdf(pdf(*["Words"] * 60), Clock(FILE_SECONDS / 200))
    read = sum(1 for page in found.pages if page)
    assert 0 < read < 60
    assert found.pages[:read] == ("Words",) * read
    assert found.notes == (
        f"{60 - read} of 60 pages are left out: the file is too large to be read whole: page {read + 1}-60",
    )
