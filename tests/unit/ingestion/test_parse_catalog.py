"""Product catalogues: one product a row or object, whatever the file was exported by."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ingestion.parse.catalog import Product, parse_csv, parse_json
from shared.ingestion.parse.unreadable import Unreadable
from tests.unit.properties import NORMAL, SHORT

TEA = Product("Green tea", "", "name: Green tea\nprice: 2,50")


@pytest.mark.parametrize(
    "data",
    [
        b'name,price\nGreen tea,"2,50"\n',
        b"name;price\nGreen tea;2,50\n",
        b"name\tprice\r\nGreen tea\t2,50\r\n",
        b"name|price\nGreen tea|2,50",
        b'\xef\xbb\xbf"name";"price"\r\n"Green tea";"2,50"\r\n',
        b"\n\nname;price\nGreen tea;2,50\n\n\n",
    ],
)
def test_a_csv_is_read_whatever_separates_it(data):
    """Comma, semicolon, tab or bar; quotes, byte order mark, line ends and blank lines."""
    assert parse_csv(data) == [TEA]


@pytest.mark.parametrize(
    ("data", "product"),
    [
        (b"title,url\nLamp,https://a.example/lamp\n", Product("Lamp", "https://a.example/lamp", "title: Lamp")),
        (b"sku,Item,Link\n1,Lamp,https://a.example/l\n", Product("Lamp", "https://a.example/l", "sku: 1\nItem: Lamp")),
        (b"sku,Product Name\n1,Lamp\n", Product("Lamp", "", "sku: 1\nProduct Name: Lamp")),
        (b"sku,colour\n17,red\n", Product("17", "", "sku: 17\ncolour: red")),
        (b"name,url\nLamp,javascript:alert(1)\n", Product("Lamp", "", "name: Lamp")),
        (b"name,price\nLamp\n", Product("Lamp", "", "name: Lamp")),
        (b"name,price\nLamp,5,extra,more\n", Product("Lamp", "", "name: Lamp\nprice: 5")),
        (b'name,text\nLamp,"two\nlines, a ""q"""\n', Product("Lamp", "", 'name: Lamp\ntext: two\nlines, a "q"')),
        ("name,price\nCafé,2".encode("cp1252"), Product("Café", "", "name: Café\nprice: 2")),
        ("name,price\nCafé,2".encode(), Product("Café", "", "name: Café\nprice: 2")),
        (b"name,price\n,\nLamp,5\n", Product("Lamp", "", "name: Lamp\nprice: 5")),
        (b"name,note\nLamp,It's nice, and 'sweet', yes\n", Product("Lamp", "", "name: Lamp\nnote: It's nice")),
    ],
)  # fmt: skip
def test_a_row_is_a_product(data, product):
    """Its name and its page are recognised, the other columns are its text; broken rows give what they have."""
    assert parse_csv(data) == [product]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "heading row"),
        (b"only one column\n1\n2\n", "heading row"),
        (b"name,price\n", "no products"),
        (b"name,price\n,\n , \n", "no products"),
        (b"name," + b"x" * 140_000 + b"\nLamp,5\n", "cannot be read"),
        (b"name,text\nLamp," + b"x" * 140_000, "cannot be read"),
    ],
)
def test_a_csv_without_products_says_why(data, reason):
    """Empty files, one column, headings alone, and fields that are no fields."""
    with pytest.raises(Unreadable, match=reason):
        parse_csv(data)


_cell = st.text("abc äß'\"\n&<", min_size=1, max_size=12).map(str.strip).filter(lambda cell: len(cell) > 1)


@NORMAL
@given(st.lists(st.tuples(_cell, _cell, _cell), min_size=1, max_size=5), st.sampled_from(",;\t|"), st.booleans())
def test_what_a_spreadsheet_writes_is_read_as_it_was(rows, separator, quote_all):
    """Cells with quotes, apostrophes and lines of their own, with any separator."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    writer.writerows([("name", "price", "text"), *rows])
    expected = [f"name: {name}\nprice: {price}\ntext: {text}" for name, price, text in rows]
    assert [product.text for product in parse_csv(out.getvalue().encode())] == expected


@SHORT
@given(st.binary(max_size=200) | st.text("a,;\t|\"'\n\r", max_size=60).map(str.encode))
def test_any_bytes_are_a_catalogue_or_unreadable(data):
    """Nothing else is raised, as CSV or as JSON."""
    for parse in (parse_csv, parse_json):
        try:
            assert parse(data)
        except Unreadable:
            continue


@pytest.mark.parametrize(
    ("content", "titles"),
    [
        ([{"name": "Lamp"}, {"title": "Lock"}], ["Lamp", "Lock"]),
        ({"products": [{"name": "Lamp"}], "count": 1}, ["Lamp"]),
        ({"data": [{"name": "Lamp"}]}, ["Lamp"]),
        ({"name": "Lamp", "price": 5}, ["Lamp"]),
        ([{"price": 5}, {}, {"name": None}], ["5"]),
        ([{"name": "  "}, {"name": "Lamp\u0000"}], ["Lamp"]),
    ],
)
def test_json_is_a_list_of_products_or_holds_one(content, titles):
    """Under one of the usual names, or a single product alone."""
    assert [product.title for product in parse_json(json.dumps(content).encode())] == titles


def test_values_are_shown_as_people_write_them():
    """Lists, objects, truth and nothing."""
    product = {
        "name": "Lamp",
        "tags": ["red", "new"],
        "size": {"w": 1, "h": 2.5},
        "stock": True,
        "sale": False,
        "x": None,
    }
    (read,) = parse_json(json.dumps([product]).encode())
    assert read.text == "name: Lamp\ntags: red, new\nsize: w 1, h 2.5\nstock: yes\nsale: no"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"\xff\xfe{", "cannot be read"),
        (b"[1, 2]", "not a list of products"),
        (b'"text"', "not a list of products"),
        (b"[{}, 1]", "not a list of products"),
        (b"[]", "no products"),
        (b"{}", "no products"),
        (b"[" * 100_000, "cannot be read"),
        (b'[{"name": "x", "v": ' + b"[" * 600 + b"]" * 600 + b"}]", "read|deep|list"),
        (b'[{"n": ' + b"9" * 5000 + b"}]", "cannot be read"),
    ],
)
def test_json_that_is_no_catalogue_says_why(data, reason):
    """Also when it is nested to break the reader."""
    with pytest.raises(Unreadable, match=reason):
        parse_json(data)


def test_a_catalogue_without_end_is_refused():
    """Twenty thousand products are allowed."""
    with pytest.raises(Unreadable, match="more than 20000"):
        parse_csv(b"name,price\n" + b"Lamp,5\n" * 20_001)
