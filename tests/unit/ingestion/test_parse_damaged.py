"""Files of every format, cut off, damaged or made of noise: documents with words in them, or Unreadable."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ingestion.parse.registry import FORMATS, format_of, parse_file
from shared.ingestion.parse.unreadable import Unreadable
from tests.unit.ingestion.word_files import word
from tests.unit.properties import NORMAL

DEMO = Path(__file__).parents[3] / "local/demo/site"
WORDS = "Enough words to be a text that is worth being indexed at all, with an umlaut: ä. "
_PAGE = (
    f'<title>T</title><script type="application/ld+json">{{"@type": "Store", "name": "A"}}</script><p>{WORDS * 3}</p>'
)
_FEED = f"<rss><channel><item><title>Lamp</title><description>{WORDS}</description></item></channel></rss>"
REAL = {
    "pdf": (DEMO / "files/bike-care-guide.pdf").read_bytes(),
    "docx": word(lambda document: [document.add_paragraph(WORDS) for _ in range(20)]),
    "html": _PAGE.encode(),
    "md": f"# Title\n\n{WORDS}\n\n## Do you rent?\n\n{WORDS}".encode(),
    "txt": WORDS.encode("cp1252"),
    "csv": f'name,price,text\nLamp,5,{WORDS}\nLock,7,"{WORDS}"\n'.encode(),
    "tsv": f"name\tprice\ttext\nLamp\t5\t{WORDS}\n".encode(),
    "json": json.dumps([{"name": "Lamp", "price": 5, "text": WORDS}]).encode(),
    "xml": _FEED.encode(),
}


def read(data: bytes, kind: str, *, faq: bool) -> None:
    """Parse a file; what is read is text with words."""
    try:
        documents = parse_file(data, kind, name="file", url="https://a.example/f", fetched_at="now", faq=faq)
    except Unreadable:
        return
    assert documents
    for document in documents:
        (document.title + document.text + "".join(document.notes)).encode()
        assert any(letter.isalnum() for letter in document.text)
        assert "\x00" not in document.title + document.text


def test_every_format_is_here():
    """And the files are what they say."""
    assert set(REAL) == set(FORMATS)
    for kind, data in REAL.items():
        assert format_of(f"file.{kind}", data) == kind
        assert parse_file(data, kind, name="file", url="", fetched_at="now")


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize("tenth", range(10))
def test_a_file_that_is_cut_off_is_read_or_unreadable(kind, tenth):
    """At each tenth of it, with or without questions in it."""
    data = REAL[kind]
    read(data[: len(data) * tenth // 10], kind, faq=bool(tenth % 2))


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize("seed", range(10))
def test_a_file_with_changed_bytes_is_read_or_unreadable(kind, seed):
    """A few or many of them."""
    chance, data = random.Random(seed), bytearray(REAL[kind])
    for _ in range(chance.choice((1, 3, 40))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    read(bytes(data), kind, faq=bool(seed % 2))


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize("other", sorted(FORMATS))
def test_a_file_of_another_format_is_read_or_unreadable(kind, other):
    """Stored under the wrong name."""
    read(REAL[other], kind, faq=False)


@NORMAL
@given(
    st.binary(max_size=300) | st.text(st.characters(codec="utf-8"), max_size=100).map(str.encode),
    st.sampled_from(sorted(FORMATS)),
    st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<?xml version='1.0'?>", b"[{", b"question,answer\n", b"<p>"]),
    st.booleans(),
)
def test_noise_is_read_or_unreadable(noise, kind, start, faq):
    """Whatever it begins with, under any format."""
    read(start + noise, kind, faq=faq)
