"""Uploads: which format a file is, and its documents."""

import pytest

from shared.ingestion.parse.registry import FORMATS, format_of, parse_file
from shared.ingestion.parse.unreadable import Unreadable

WORDS = "Enough words to be a text that is worth being indexed at all. "


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("guide.pdf", b"%PDF-1.7", "pdf"),
        ("GUIDE.PDF", b"%PDF-1.7", "pdf"),
        ("page.htm", b"<p>", "html"),
        ("page.html", b"", "html"),
        ("notes.md", b"#", "md"),
        ("notes.markdown", b"#", "md"),
        ("notes.txt", b"x", "txt"),
        ("notes.text", b"x", "txt"),
        ("list.csv", b"a,b", "csv"),
        ("list.json", b"[]", "json"),
        ("a.b.c.md", b"x", "md"),
        ("../../etc/passwd.txt", b"x", "txt"),
        ("list.tsv", b"a\tb", "tsv"),
        ("list.tab", b"a\tb", "tsv"),
        ("feed.xml", b"\xef\xbb\xbf <?xml version='1.0'?><rss/>", "xml"),
        ("feed.rss", b"<rss/>", "xml"),
    ],
)
def test_a_file_is_known_by_its_name(name, data, found):
    """Its last ending, in any case."""
    assert format_of(name, data) == found


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("page.exe", b"MZ", "not read"),
        ("noending", b"x", "not read"),
        ("", b"x", "not read"),
        ("x." + "y" * 500, b"x", "not read"),
        ("guide.pdf", b"PK\x03\x04", "not PDF"),
        ("guide.txt", b"%PDF-1.7", "not TXT"),
        ("notes.txt", b"a\x00b", "not text"),
        ("list.csv", "a,b".encode("utf-16"), "not text"),
        ("feed.xml", b"name,price", "not XML"),
        ("guide.doc", b"\xd0\xcf\x11\xe0", "save it as .docx"),
        ("guide.docm", b"PK\x03\x04", "save it as .docx"),
        ("prices.xlsx", b"PK\x03\x04", "save it as .csv"),
        ("guide.docx", b"%PDF-1.7", "not DOCX"),
        ("guide.docx", b"", "not DOCX"),
        ("photo.md", b"\x89PNG\r\n\x1a\n\x00\x00", "not text"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(name, data, reason):
    """Unknown endings and other contents, in a short sentence."""
    with pytest.raises(Unreadable, match=reason) as refused:
        format_of(name, data)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("kind", "data", "title"),
    [
        ("txt", WORDS.encode(), "file.x"),
        ("md", f"# The title\n{WORDS}".encode(), "The title"),
        ("md", f"Before.\n\n### Deep title\n{WORDS}".encode(), "Deep title"),
        ("html", f"<title>The title</title><p>{WORDS * 3}</p>".encode(), "The title"),
        ("html", f"<p>{WORDS * 3}</p>".encode(), "file.x"),
        ("csv", f"name,text\nLamp,{WORDS}\n".encode(), "Lamp"),
        ("json", f'[{{"name": "Lamp", "text": "{WORDS}"}}]'.encode(), "Lamp"),
        ("tsv", f"name\ttext\nLamp, big\t{WORDS}\n".encode(), "Lamp, big"),
        ("xml", f"<rss><channel><item><title>Lamp</title><x>{WORDS}</x></item></channel></rss>".encode(), "Lamp"),
        ("csv", f"question,answer\nDo you rent?,{WORDS}\n".encode(), "Do you rent?"),
        ("json", f'[{{"question": "Do you rent?", "answer": "{WORDS}"}}]'.encode(), "Do you rent?"),
    ],
)
def test_each_format_becomes_documents(kind, data, title):
    """Called by its own title, else by the file's name; cited at the address its owner gave."""
    (document,) = parse_file(data, kind, name="file.x", url="https://a.example/f", fetched_at="now")
    assert (document.title, document.url, document.fetched_at) == (title, "https://a.example/f", "now")
    assert "worth being indexed" in document.text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (("Ärger im Café? " + WORDS).encode(), "Ärger im Café?"),
        (b"\xef\xbb\xbf" + ("Ärger " + WORDS).encode(), "Ärger"),
        (("Ärger im Café? " + WORDS).encode("cp1252"), "Ärger im Café?"),
        (("line one\r\nline two\r\n" + WORDS).encode(), "line one\nline two"),
    ],
)
def test_a_text_keeps_its_letters(data, text):
    """UTF-8, with or without byte order mark, or what Windows wrote before it."""
    (document,) = parse_file(data, "txt", name="a.txt", url="", fetched_at="now")
    assert document.text.startswith(text)
    assert "\ufffd" not in document.text


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize("faq", [False, True])
@pytest.mark.parametrize("data", [b"", b" \n ", "\u200b\ufeff".encode(), b"--- | ...\n", b"___"])
def test_a_file_without_text_is_unreadable(kind, data, faq):
    """Never a document of nothing, never another error."""
    with pytest.raises(Unreadable):
        parse_file(data, kind, name="a", url="", fetched_at="now", faq=faq)


def test_what_was_left_out_is_noted_once():
    """On the first document, for the owner's list."""
    data = b"name,text\nLamp,Bright\n,Nameless\nLock,Safe\n"
    first, second = parse_file(data, "csv", name="a.csv", url="", fetched_at="now")
    assert first.notes == ("skipped 1 of 3 rows: row 3 has no name",)
    assert second.notes == ()


def test_questions_are_read_where_the_owner_says_so():
    """A text of headings is a text, unless it holds questions; a PDF never does."""
    data = f"## Do you rent?\n{WORDS}\n## Do you sell?\n{WORDS}".encode()
    (whole,) = parse_file(data, "md", name="a.md", url="", fetched_at="now")
    assert whole.title == "Do you rent?"
    pairs = parse_file(data, "md", name="a.md", url="", fetched_at="now", faq=True)
    assert [pair.title for pair in pairs] == ["Do you rent?", "Do you sell?"]
    with pytest.raises(Unreadable, match="are not read from PDF"):
        parse_file(b"%PDF-1.7", "pdf", name="a.pdf", url="", fetched_at="now", faq=True)


@pytest.mark.parametrize(("url", "cited"), [("https://a.example/f", "https://a.example/lamp"), ("", "")])
def test_what_an_uploaded_page_describes_is_a_document_of_its_own(url, cited):
    """Cited where its own address can be known."""
    offer = '{"@type": "Product", "name": "Lamp", "url": "/lamp", "offers": {"price": 5, "priceCurrency": "EUR"}}'
    data = f'<title>T</title><script type="application/ld+json">{offer}</script><p>{WORDS * 3}</p>'.encode()
    page, lamp = parse_file(data, "html", name="a.html", url=url, fetched_at="now")
    assert (page.title, page.url) == ("T", url)
    assert (lamp.title, lamp.text, lamp.url) == ("Lamp", "Lamp\nPrice: 5 EUR", cited)
