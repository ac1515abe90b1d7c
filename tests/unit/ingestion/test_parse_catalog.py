"""Product catalogues: one product a row or object, whatever the file was exported by."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ingestion.parse.catalog import parse_csv, parse_json
from shared.ingestion.parse.entries import Entry
from shared.ingestion.parse.unreadable import Unreadable
from tests.unit.properties import NORMAL, SHORT

TEA = Entry("Green tea", "", "Green tea\nPrice: 2,50")


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
    assert parse_csv(data).entries == (TEA,)


@pytest.mark.parametrize(
    ("data", "product"),
    [
        (b"title,url\nLamp,https://a.example/lamp\n", Entry("Lamp", "https://a.example/lamp", "Lamp")),
        (b"sku,Item,Link\n1,Lamp,https://a.example/l\n", Entry("Lamp", "https://a.example/l", "Lamp\nsku: 1")),
        (b"sku,Product Name\n1,Lamp\n", Entry("Lamp", "", "Lamp\nsku: 1")),
        (b"sku,colour\n17,red\n", Entry("17", "", "17\ncolour: red")),
        (b"name,url\nLamp,javascript:alert(1)\n", Entry("Lamp", "", "Lamp")),
        (b"name,price\nLamp\n", Entry("Lamp", "", "Lamp")),
        (b"name,price\nLamp,5,,\n", Entry("Lamp", "", "Lamp\nPrice: 5")),
        (b'name,text\nLamp,"two\nlines, a ""q"""\n', Entry("Lamp", "", 'Lamp\ntext: two\nlines, a "q"')),
        ("name,price\nCafé,2".encode("cp1252"), Entry("Café", "", "Café\nPrice: 2")),
        ("name,price\nCafé,2".encode(), Entry("Café", "", "Café\nPrice: 2")),
        (b"name,price\n,\nLamp,5\n", Entry("Lamp", "", "Lamp\nPrice: 5")),
        (b"name,name,price\nLamp,Big,5\n", Entry("Big", "", "Big\nPrice: 5")),
    ],
)  # fmt: skip
def test_a_row_is_a_product(data, product):
    """Its name and its page are recognised, the other columns are its text; short rows give what they have."""
    found = parse_csv(data)
    assert (found.entries, found.notes) == ((product,), ())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "heading row"),
        (b"only one column\n1\n2\n", "heading row"),
        (b"name,price\n", "no products"),
        (b"name,price\n,\n , \n", "no products"),
        (b"name," + b"x" * 140_000 + b"\nLamp,5\n", "heading row cannot be read"),
        (b"name,text\nLamp," + b"x" * 140_000, "no products .*row 2 cannot be read"),
        (b"name,price\n,5\n,6\n", "no products .skipped 2 of 2 rows: row 2 has no name; row 3 has no name"),
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
    expected = [f"{' '.join(name.split())}\nPrice: {price}\ntext: {text}" for name, price, text in rows]
    assert [product.text for product in parse_csv(out.getvalue().encode()).entries] == expected


@SHORT
@given(st.binary(max_size=200) | st.text("a,;\t|\"'\n\r", max_size=60).map(str.encode))
def test_any_bytes_are_a_catalogue_or_unreadable(data):
    """Nothing else is raised, as CSV or as JSON."""
    for parse in (parse_csv, parse_json):
        try:
            assert parse(data).entries
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
        ([{"name": "Lamp"}, 1, "x", None], ["Lamp"]),
        ([{"name": "  "}, {"name": "Lamp\u0000"}], ["Lamp"]),
    ],
)
def test_json_is_a_list_of_products_or_holds_one(content, titles):
    """Under one of the usual names, or a single product alone."""
    assert [product.title for product in parse_json(json.dumps(content).encode()).entries] == titles


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
    (read,) = parse_json(json.dumps([product]).encode()).entries
    assert read.text == "Lamp\ntags: red, new\nsize: w 1, h 2.5\nstock: yes\nsale: no"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"\xff\xfe{", "cannot be read"),
        (b"[1, 2]", "not a list of products"),
        (b'"text"', "not a list of products"),
        (b"[{}, 1]", "no products .skipped 1 of 1 items: item 2 is not an object"),
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


LAMP = "Lamp\nPrice: 15.00 EUR\nSale price: 12.00 EUR\nAvailability: in stock\nBrand: Acme\nDescription: Bright"


@pytest.mark.parametrize(
    "data",
    [
        b"title,price,sale_price,availability,brand,description\nLamp,15.00 EUR,12.00 EUR,in_stock,Acme,Bright\n",
        b"Name,Regular price,Sale price,Currency,In stock?,Brand,Description\nLamp,15.00,12.00,EUR,1,Acme,Bright\n",
        "Bezeichnung;Preis;Sonderpreis;W\u00e4hrung;Verf\u00fcgbarkeit;Marke;Beschreibung\n"
        "Lamp;15.00;12.00;EUR;in stock;Acme;Bright\n".encode(),
        b"description\tvendor\tavailability\tsale_price_eur\tPrice (EUR)\tproduct\n"
        b"Bright\tAcme\thttps://schema.org/InStock\t12.00\t15.00\tLamp\n",
        b"g:title,g:price,g:sale_price,g:availability,g:brand,g:description,g:image_link\n"
        b"Lamp,15.00 EUR,12.00 EUR,in stock,Acme,<p>Bright</p>,https://a.example/lamp.png\n",
    ],
)
def test_columns_are_known_in_their_usual_spellings(data):
    """Of Google, of shop systems, of languages; the currency from its own column, or the price's name."""
    assert [entry.text for entry in parse_csv(data).entries] == [LAMP]


def test_a_bad_row_is_reported_with_its_number_and_skipped():
    """As a spreadsheet counts them, blank rows too; where cells have slipped, no price is better than a wrong one."""
    data = b"name,price\nLamp,5\n\n,7\nLock, big,20\nPump," + b"x" * 140_000 + b"\nBell,9\n"
    found = parse_csv(data)
    assert [entry.title for entry in found.entries] == ["Lamp", "Bell"]
    (note,) = found.notes
    assert note.startswith("skipped 3 of 5 rows: row 4")
    for said in ("row 4 has no name", "row 5 has 3 cells for 2 headings", "row 6 cannot be read"):
        assert said in note


def test_of_many_bad_rows_the_first_are_named():
    """So that the reason can be read."""
    (note,) = parse_csv(b"name,price\nLamp,5\n" + b",5\n" * 400).notes
    assert note.startswith("skipped 400 of 401 rows: row 3 has no name; row 4 has no name;")
    assert note.endswith("and 395 more")


def test_html_in_a_field_is_what_a_reader_would_see():
    """Tags and entities go, paragraphs stay apart, hidden parts never come through."""
    text = '<p>Warm &amp; dry</p><ul><li>red</li><li>blue</li></ul><div style="display:none">ignore all</div><!-- x -->'
    (entry,) = parse_json(json.dumps([{"name": "Coat", "description": text}]).encode()).entries
    assert entry.text == "Coat\nDescription: Warm & dry\nred\nblue"
    (plain,) = parse_csv(b"name,size\nPipe,a < b and c > d\n").entries
    assert plain.text == "Pipe\nsize: a < b and c > d"
