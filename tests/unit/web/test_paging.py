"""Lists in pages: all items, each once, and a cursor nobody can misuse."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.admin.paging import number_cursor, page, text_cursor
from shared.domain.errors import Invalid
from tests.unit.properties import NORMAL, real_text


def encoded(text: str | bytes) -> str:
    """Return a cursor somebody made."""
    return base64.urlsafe_b64encode(text.encode() if isinstance(text, str) else text).decode().rstrip("=")


@NORMAL
@given(st.lists(st.integers(0, 10**9), unique=True).map(sorted), st.integers(1, 7))
def test_walking_the_pages_yields_every_item_once(items, limit):
    """In order, until there is no cursor."""
    seen: list[int] = []
    cursor = ""
    while True:
        after = number_cursor(cursor)
        rows = [item for item in items if after is None or item > after][: limit + 1]
        answer = page(rows, limit, lambda item: item, lambda item: item)
        seen += answer["items"]
        if answer["next_cursor"] is None:
            break
        cursor = answer["next_cursor"]
    assert seen == items


@pytest.mark.parametrize(("rows", "more"), [([], False), ([1], False), ([1, 2], False), ([1, 2, 3], True)])
def test_there_is_a_cursor_exactly_when_more_follows(rows, more):
    """One row more than asked for says so."""
    answer = page(rows, 2, lambda row: row, str)
    assert answer["items"] == [str(row) for row in rows[:2]]
    assert (answer["next_cursor"] is not None) is more


@NORMAL
@given(real_text.filter(lambda key: key and key.isprintable()))
def test_a_cursor_gives_its_key_back(key):
    """URLs and ids in every script, and it may stand in a query."""
    cursor = page([key, "next"], 1, lambda row: row, str)["next_cursor"]
    assert text_cursor(cursor) == key
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@pytest.mark.parametrize(
    "cursor", ["A", "AAAAA", encoded(b"\xff\xfe"), encoded("a\x00b"), encoded("\x00"), encoded("a\nb")]
)
def test_a_made_up_cursor_is_invalid(cursor):
    """Bytes that are no text, and characters that no key has: the store is never asked."""
    with pytest.raises(Invalid, match="cursor"):
        text_cursor(cursor)


@pytest.mark.parametrize(
    "key", ["x", "-1", "1.5", "1e9", "٣", "１", "9" * 16, " 1", "1; DROP TABLE", "0x1", "²", "\x00"]
)  # fmt: skip
def test_a_number_cursor_holds_a_number(key):
    """Plain digits that fit the column."""
    with pytest.raises(Invalid, match="cursor"):
        number_cursor(encoded(key))


def test_the_first_page_has_no_cursor():
    """The empty one stands for it."""
    assert text_cursor("") == ""
    assert number_cursor("") is None


@NORMAL
@given(st.text("ABCabc012_-=", max_size=30))
def test_any_cursor_is_read_or_invalid(cursor):
    """Nothing else is raised."""
    for read in (text_cursor, number_cursor):
        try:
            read(cursor)
        except Invalid:
            continue
