"""What the platform takes in of the demo business: page text, the PDF, and the configuration document."""

import json
import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import trafilatura
from lxml import html
from pypdf import PdfReader

from local.demo.care_guide import BLOCKS, FILE, FOOTER, TITLE
from local.demo.pdf import Heading, Paragraph, render
from local.demo.serve import SITE, Website

Node = dict[str, Any]
ADDRESSES = Website(SITE).addresses()
BUSINESS = json.loads((SITE.parent / "business.json").read_text(encoding="utf-8"))
NEEDS = {"link": "url", "phone": "url", "email": "url", "message": "message", "menu": "children"}
GUIDE_FACTS = [
    "Road bike 28 mm front 75 psi (5.2 bar) rear 80 psi (5.5 bar)",
    "Cargo bike 55 mm front 45 psi (3.1 bar) rear 50 psi (3.4 bar)",
    "11 or 12 gears at the back 1,500 miles (2,400 km)",
    "E-bike with a motor at the cranks 1,200 miles (1,900 km)",
    "Oil the chain every 120 miles",
    "Pedals 35 Nm",
    "Hydraulic fluid is changed every 2 years",
]


def source(path: str) -> str:
    return ADDRESSES[path].read_text(encoding="utf-8")


def extracted(path: str) -> str:
    text = trafilatura.extract(source(path), output_format="markdown", include_tables=True, favor_recall=True)
    return str(text)


def table_rows(path: str) -> list[list[str]]:
    """The rows of a page's tables as lists of texts, headers left out."""
    rows = html.fromstring(source(path)).xpath("//main//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


@pytest.mark.parametrize("path", ["/prices", "/hours", "/rental", "/collection-delivery", "/winter-storage"])
def test_tables_survive_extraction(path):
    """Each row stays one row, with all its cells in order."""
    lines = [line.strip() for line in extracted(path).splitlines()]
    rows = table_rows(path)
    assert len(rows) >= 3
    for row in rows:
        assert f"| {' | '.join(row)} |" in lines


def test_prices_and_hours_are_in_the_extracted_text():
    """The two questions every visitor asks can be answered from the extracted pages alone."""
    assert "| Full service | £95 |" in extracted("/prices")
    assert "| Saturday | 9:00\N{EN DASH}14:00 |" in extracted("/hours")
    assert "costs £4 more on Saturdays" in extracted("/hours")


@pytest.mark.parametrize("path", [path for path, file in ADDRESSES.items() if file.suffix == ".html"])
def test_navigation_is_dropped_and_the_copy_kept(path):
    """Extraction keeps every paragraph and list item of the page, and nothing of header and footer."""
    text = re.sub(r"[*#|_]|\s", "", extracted(path))
    page = html.fromstring(source(path))
    for chrome in ("Skip to content", "Something clicking", "Closed on Sundays and bank", "mended in-house"):
        assert chrome.replace(" ", "") not in text
    for element in page.xpath("//main//article//p | //main//article//li"):
        assert "".join(element.text_content().split()) in text


def test_the_guide_can_be_read_by_machines():
    """The PDF's text comes out in reading order, and table rows stay together."""
    reader = PdfReader(FILE, strict=True)
    text = " ".join("\n".join(page.extract_text() for page in reader.pages).split())
    assert (len(reader.pages), reader.metadata and reader.metadata.title) == (3, TITLE)
    assert [fact for fact in GUIDE_FACTS if fact not in text] == []


def test_the_guide_on_the_site_is_the_one_in_the_source():
    """The committed file is what the command writes; the same text always gives the same bytes."""
    assert FILE.read_bytes() == render(TITLE, FOOTER, BLOCKS)


def test_the_guide_knows_what_no_page_knows():
    """An answer with these numbers can only come from the PDF."""
    for path, file in ADDRESSES.items():
        if file.suffix == ".html":
            assert re.findall(r"\d psi|\d Nm|[\d,]+ miles \(|120 miles", source(path)) == [], path


def test_long_texts_flow_over_pages():
    """The typesetter breaks pages by itself, keeps every word, and escapes what PDF reserves."""
    words = " ".join(f"word{number}" for number in range(2000))
    file = render("A (bold) title\\", "Foot", [Heading("Start"), Paragraph(words)])
    pages = PdfReader(BytesIO(file), strict=True).pages
    text = " ".join(page.extract_text() for page in pages)
    assert len(pages) > 3
    assert re.findall(r"word\d+", text) == words.split()
    assert "A (bold) title\\" in text


def nodes(tree: list[Node]) -> Iterator[Node]:
    for node in tree:
        yield node
        yield from nodes(node.get("children", []))


def test_the_cta_tree_is_sound():
    """Ids are unique, each kind has what it needs, and the appointment guard's CTA exists."""
    tree = list(nodes(BUSINESS["cta_tree"]))
    ids = [node["id"] for node in tree]
    assert len(ids) == len(set(ids))
    for node in tree:
        assert node["label"]
        assert node[NEEDS[node["kind"]]]
        assert node.keys() <= {"id", "label", "kind", "keywords", NEEDS[node["kind"]]}
    assert BUSINESS["appointment"]["booking_cta"] in ids


def test_every_site_link_of_the_configuration_exists():
    """The seeder only has to fill in the base URL."""
    links = re.findall(r"\{site\}([^\"]*)", json.dumps(BUSINESS))
    assert {link for link in links if link} <= ADDRESSES.keys()
    assert BUSINESS["website"] == BUSINESS["allowed_origins"][0] == "{site}"


def test_opening_hours_agree_with_the_site():
    """The configured week is the one on the hours page, and each closed date is announced there."""
    hours = {row[0].lower(): row[1] for row in table_rows("/hours")}
    for day, spans in BUSINESS["opening_hours"]["weekly"].items():
        told = [f"{span['open'].lstrip('0')}\N{EN DASH}{span['close']}" for span in spans] or ["Closed"]
        assert [hours[day]] == told
    text = html.fromstring(source("/hours")).text_content()
    for day in map(date.fromisoformat, BUSINESS["opening_hours"]["closed_dates"]):
        announced = [line for line in text.splitlines() if str(day.year) in line and day.strftime("%B") in line]
        assert any(re.search(rf"\b{day.day}\b", line) for line in announced), day


def test_contact_details_agree_with_the_site():
    """The assistant gives the same phone number and email address as the pages."""
    contact = source("/contact")
    assert f"tel:{BUSINESS['contact']['phone']}" in contact
    assert f"mailto:{BUSINESS['contact']['email']}" in contact
    address = BUSINESS["contact"]["address"].removesuffix(", United Kingdom")
    assert address in contact
    assert address in FOOTER
