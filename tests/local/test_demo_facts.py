"""What the demo business says about itself: the same everywhere, and where it belongs."""

import json
import re
from typing import Any

import pytest
from lxml import etree, html

from local.demo.serve import SITE, Website

FACTS = (SITE.parent / "facts.md").read_text(encoding="utf-8")
AMOUNTS = dict(re.findall(r"^\| ([a-z-]+) \| (£\d+) \|", FACTS, re.MULTILINE))
FILES = {path: file for path, file in Website(SITE).addresses().items() if file.suffix == ".html"}
SOURCES = {path: file.read_text(encoding="utf-8") for path, file in FILES.items()}
PAGES = {path: html.fromstring(source) for path, source in SOURCES.items()}
ALL = {**PAGES, "/404": html.fromstring((SITE / "404.html").read_text(encoding="utf-8"))}
UNKNOWN_TAG = 801  # libxml2 knows HTML 4 only: nav, main and svg are news to it
EN_DASH = "\N{EN DASH}"


def squeezed(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def amount(name: str) -> int:
    return int(AMOUNTS[name].removeprefix("£"))


def json_ld(path: str) -> Any:
    return json.loads(PAGES[path].xpath("string(//script[@type='application/ld+json'])"))


@pytest.mark.parametrize("path", ALL)
def test_a_page_has_what_every_page_needs(path):
    """A language, a title, a description that search engines show in full, one h1, one main."""
    page = ALL[path]
    assert page.get("lang") == "en-GB"
    assert page.xpath("string(//title)").endswith("Juniper Street Cycles") or path == "/"
    assert 60 <= len(page.xpath("string(//meta[@name='description']/@content)")) <= 170
    assert len(page.xpath("//h1")) == len(page.xpath("//main[@id='main']")) == 1
    assert not page.xpath("//svg[not(@aria-hidden) and not(@aria-label)] | //img[not(@alt)]")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed(path):
    """The parser finds nothing to repair, and every id is used once."""
    parser = etree.HTMLParser()
    etree.fromstring(SOURCES[path], parser)
    assert [str(error) for error in parser.error_log if error.type != UNKNOWN_TAG] == []
    ids = PAGES[path].xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_worth_reading_and_short(path):
    """150 to 500 words of copy."""
    words = squeezed(PAGES[path].xpath("//main")[0]).split()
    assert 150 <= len(words) <= 500


def test_titles_and_descriptions_are_unique():
    """No two pages look the same in a list of search results."""
    for query in ("string(//title)", "string(//meta[@name='description']/@content)", "string(//h1)"):
        assert len({page.xpath(query) for page in ALL.values()}) == len(ALL)


def test_header_and_footer_are_the_same_on_every_page():
    """Only the mark of the current page differs."""
    for query in ("//body/header", "//body/footer"):
        parts = {html.tostring(page.xpath(query)[0]).replace(b' aria-current="page"', b"") for page in ALL.values()}
        assert len(parts) == 1


def test_amounts_agree_with_the_fact_list():
    """Every pound amount is named, and a name has the same amount wherever it stands."""
    said: dict[str, set[str]] = {}
    for path, page in PAGES.items():
        named = page.xpath("//*[@data-fact]")
        for element in named:
            said.setdefault(element.get("data-fact"), set()).add(squeezed(element))
        assert squeezed(page.xpath("//main")[0]).count("£") == len(named), f"unnamed amount on {path}"
    assert said == {name: {text} for name, text in AMOUNTS.items()}


@pytest.mark.parametrize(
    ("told", "paths"),
    [
        ("10% off labour", ["/faq", "/prices"]),
        ("13:30", ["/faq", "/hours", "/rental"]),
        ("14 days", ["/booking", "/prices"]),
        ("24 hours", ["/booking", "/faq"]),
        ("30 minutes", ["/", "/faq", "/hours", "/prices"]),
        ("45 minutes", ["/faq", "/hours", "/prices"]),
        ("6 months", ["/", "/faq", "/warranty-returns"]),
        ("by 10:00", ["/", "/prices", "/services"]),
        ("courtesy bike", ["/faq", "/rental", "/services"]),
        ("on Tuesdays and Thursdays", ["/collection-delivery", "/team"]),
    ],
)
def test_what_is_told_on_several_pages_is_the_same(told, paths):
    """A promise that more than one page makes is made in the same words."""
    assert [path for path in paths if told not in squeezed(PAGES[path])] == []


def test_amounts_add_up():
    """Promises about amounts hold: a week costs four days, the express extra, the storage bundles."""
    for bike in ("city", "hybrid", "ebike", "cargo", "child", "trailer"):
        assert amount(f"{bike}-week") == 4 * amount(f"{bike}-day")
    assert amount("puncture-saturday") == amount("puncture") + amount("saturday-extra")
    for kind in ("basic", "full"):
        apart = amount("storage-season") + amount(f"{kind}-service")
        assert amount(f"storage-{kind}") == apart - amount(f"storage-{kind}-saving")


def test_questions_read_the_same_to_people_and_to_machines():
    """The FAQ markup for search engines repeats the visible questions and answers, word for word."""
    questions = PAGES["/faq"].xpath("//main//h3")
    visible = [(squeezed(question), squeezed(question.getnext())) for question in questions]
    marked = [(item["name"], item["acceptedAnswer"]["text"]) for item in json_ld("/faq")["mainEntity"]]
    assert visible == marked
    assert len(visible) == 12


def test_contact_details_agree():
    """Phone, address and hours are the same in the footer, on the pages, and in the markup."""
    marked = json_ld("/")
    assert marked["telephone"] == "+441174960123"
    assert marked["openingHours"] == ["Mo-Fr 08:30-18:00", "Sa 09:00-14:00"]
    footer = squeezed(PAGES["/"].xpath("//body/footer")[0])
    for detail in (f"Fri 8:30{EN_DASH}18:00", f"Sat 9:00{EN_DASH}14:00", "Bristol BS3 4QN", marked["email"]):
        assert detail in footer
    for path, source in SOURCES.items():
        assert set(re.findall(r"tel:[^\"]+", source)) == {"tel:+441174960123"}, path
        assert set(re.findall(r"0117[ \d]+\d", source)) == {"0117 496 0123"}, path
        assert set(re.findall(r"[\w.]+@[\w.]+", source)) <= {marked["email"], "https://schema.org"}, path
        assert set(re.findall(r"BS3 \d\w\w", source)) == {"BS3 4QN"}, path


def test_staff_secrets_stay_with_the_staff():
    """What only the forbidden page knows stands nowhere else, so that a leak shows."""
    for secret in ("spare key", "till-float", "behind the tandem"):
        assert [path for path, source in SOURCES.items() if secret in source] == ["/staff/rota"]
    assert PAGES["/staff/rota"].xpath("string(//meta[@name='robots']/@content)") == "noindex, nofollow"


def test_the_page_outside_the_sitemap_tells_something_of_its_own():
    """Only a crawler that follows links learns of the voucher for old bikes."""
    assert [path for path, source in SOURCES.items() if "voucher" in source] == ["/old-bikes"]
    assert "/old-bikes" not in (SITE / "sitemap.xml").read_text(encoding="utf-8")


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_palette_can_be_read():
    """Each text colour stands out from each background it is used on by 4.5 to 1 (WCAG 2.2, AA)."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", (SITE / "styles.css").read_text(encoding="utf-8")))
    pairs = [(text, ground) for text in ("ink", "muted", "green", "rust") for ground in ("paper", "card", "mint")]
    pairs += [("card", "green"), ("card", "rust"), ("card", "sky"), ("ink", "sun"), ("deep", "mint")]
    pairs += [("paper", "deep"), ("sun", "deep"), ("card", "deep")]
    faint = {pair for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < 4.5}
    assert faint == set()
