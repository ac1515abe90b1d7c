"""Uploads: which format a file is, and its documents."""

import pytest

from shared.ingestion.parse.registry import format_of, parse_file
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


@pytest.mark.parametrize("kind", ["txt", "md", "html", "csv", "json", "pdf"])
@pytest.mark.parametrize("data", [b"", b" \n ", "\u200b\ufeff".encode()])
def test_a_file_without_text_is_unreadable(kind, data):
    """Never a document of nothing, never another error."""
    with pytest.raises(Unreadable):
        parse_file(data, kind, name="a", url="", fetched_at="now")
