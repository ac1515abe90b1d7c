"""Tables as CSV: whoever opens one in a spreadsheet starts nothing."""

import csv
import io

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from shared.web.spreadsheet import csv_response, table, wants_csv


def read(text):
    """Return the cells of a table."""
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"], ids=ascii)
def test_no_text_begins_as_a_formula(start):
    """OWASP's characters get an apostrophe before them, in the header too."""
    evil = f'{start}HYPERLINK("http://evil.example","x")'
    assert read(table([evil], [[evil, 1]])) == [[f"'{evil}"], [f"'{evil}", "1"]]


def test_numbers_stay_numbers():
    """A minus before a number is one; nothing is an empty cell."""
    assert table(["a", "b", "c"], [[-5, -0.25, None]]) == "a,b,c\r\n-5,-0.25,\r\n"


@given(st.lists(st.text(), min_size=1))
def test_what_goes_in_comes_out(cells):
    """Commas, quotes and lines stay inside of their cells; only what could be a formula is changed."""
    found = read(table(["x"] * len(cells), [cells]))[1]
    for cell, text in zip(cells, found, strict=True):
        assert text in (cell, f"'{cell}")
        assert text[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n")


def test_it_is_a_file():
    """With a name to be saved under."""
    response = csv_response("acme-pages.csv", ["page"], [["ü"]])
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert response.headers["Content-Disposition"] == 'attachment; filename="acme-pages.csv"'
    assert response.get_data().decode() == "page\r\nü\r\n"


@pytest.mark.parametrize(
    ("chosen", "accept", "expected"),
    [("csv", "application/json", True), ("json", "text/csv", False), (None, "text/csv", True), (None, "*/*", False),
     (None, "", False), (None, "text/csv;q=0.5, application/json", False), (None, "text/html", False)],
)  # fmt: skip
def test_who_gets_one(chosen, accept, expected):
    """Whoever says so, or accepts it before JSON."""
    headers = [("Accept", accept)] if accept else []
    assert wants_csv(Request(EnvironBuilder("/", headers=headers).get_environ()), chosen) is expected
