"""Product feeds as XML: Google Merchant's as RSS and Atom, and files that are none or mean harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ingestion.parse.entries import Entry
from shared.ingestion.parse.feed import parse_feed
from shared.ingestion.parse.unreadable import Unreadable
from tests.unit.properties import SHORT

G = 'xmlns:g="http://base.google.com/ns/1.0"'
ITEM = """<item><g:id>SKU-1</g:id><title>Lamp</title><g:title>Lamp</g:title><link>https://a.example/lamp</link>
<description><![CDATA[<p>Bright &amp; <b>small</b></p>]]></description><g:price>15.00 EUR</g:price>
<g:sale_price>12.00 EUR</g:sale_price><g:availability>in_stock</g:availability><g:brand>Acme</g:brand>
<g:image_link>https://a.example/lamp.png</g:image_link>
<g:additional_image_link>https://a.example/2.png</g:additional_image_link>
<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>
<g:color>red</g:color><g:color>blue</g:color></item>"""
LAMP = Entry(
    "Lamp",
    "https://a.example/lamp",
    "Lamp\nPrice: 15.00 EUR\nSale price: 12.00 EUR\nAvailability: in stock\nBrand: Acme\n"
    "Description: Bright & small\nid: SKU-1\ncolor: red, blue",
)


def rss(*items: str, prolog: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    """Return a feed of these items."""
    return f'{prolog}<rss {G} version="2.0"><channel><title>Shop</title>{"".join(items)}</channel></rss>'.encode()


def test_a_merchant_feed_is_read_item_by_item():
    """Price, sale price, availability, brand, description, address; pictures and shipping stay out."""
    found = parse_feed(rss(ITEM, "<item><title>Lock</title><g:price>9 EUR</g:price></item>"))
    assert found.entries == (LAMP, Entry("Lock", "", "Lock\nPrice: 9 EUR"))
    assert found.notes == ()


def test_an_atom_feed_is_read_too():
    """Its link is an attribute."""
    link = '<link href="https://a.example/lamp"/>'
    entry = f"<entry><title>Lamp</title>{link}<g:price>5 EUR</g:price><updated>x</updated></entry>"
    found = parse_feed(f'<feed xmlns="http://www.w3.org/2005/Atom" {G}><title>Shop</title>{entry}</feed>'.encode())
    assert found.entries == (Entry("Lamp", "https://a.example/lamp", "Lamp\nPrice: 5 EUR"),)


def test_a_plain_list_of_products_is_read():
    """As shop systems export it, in other languages too."""
    data = "<shop><products><product><bezeichnung>Lampe</bezeichnung><preis>5</preis></product></products></shop>"
    assert parse_feed(data.encode()).entries == (Entry("Lampe", "", "Lampe\nPrice: 5"),)


def test_an_item_without_a_name_is_reported_with_its_number():
    """The others are read."""
    found = parse_feed(rss(ITEM, "<item><title> </title><g:price>1 EUR</g:price></item>", ITEM))
    assert found.entries == (LAMP, LAMP)
    assert found.notes == ("skipped 1 of 3 items: item 2 has no name",)


def test_a_feed_that_is_cut_off_is_read_as_far_as_it_goes():
    """And says so."""
    whole = rss(ITEM, ITEM.replace("Lamp", "Lock"))
    found = parse_feed(whole[:-120])
    assert found.entries[0] == LAMP
    assert "the XML is broken in line" in found.notes[-1]


def bomb(place: str) -> bytes:
    """Return a feed that would expand to a trillion letters."""
    entities = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
    return f'<!DOCTYPE rss [<!ENTITY a0 "lol">{entities}]><rss><item><title{place}</title></item></rss>'.encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be read"),
        (b"no xml", "cannot be read"),
        (b"<rss", "cannot be read|no products"),
        (b"<rss><channel/></rss>", "no products"),
        (rss("<item></item>"), "no products"),
        (bomb(">&a12;"), "defines entities"),
        (bomb(" x='&a12;'>Lamp"), "defines entities|cannot be read"),
        (b'<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><r><item><title>&f;</title></item></r>', "entities"),
        (
            b'<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]><r><item><title>x</title></item></r>',
            "entities",
        ),
        (b"<r>" + b"<a/>" * 3_000_001, "too many elements"),
    ],
)
def test_what_is_no_feed_or_means_harm_says_why(data, reason):
    """Nothing is expanded, nothing fetched."""
    with pytest.raises(Unreadable, match=reason):
        parse_feed(data)


def test_a_file_named_in_a_doctype_is_not_read():
    """Neither from the disk nor from the net; the feed itself is."""
    data = rss(ITEM, prolog='<!DOCTYPE rss SYSTEM "file:///etc/passwd">')
    assert parse_feed(data).entries == (LAMP,)


def test_elements_in_each_other_without_end_are_survived():
    """Two hundred thousand of them."""
    with pytest.raises(Unreadable):
        parse_feed(b"<a>" * 200_000)


@SHORT
@given(st.binary(max_size=100) | st.integers(0, 900).map(lambda cut: rss(ITEM)[:cut]))
def test_any_bytes_are_a_feed_or_unreadable(data):
    """Nothing else is raised."""
    try:
        assert parse_feed(data).entries
    except Unreadable:
        return
