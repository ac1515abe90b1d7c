"""Addresses that a site may go on with for ever are known by their form; those of real sites are not."""

import pytest

from shared.ingestion.traps import MAX_DATES, MAX_VARIANTS, Traps
from tests.unit.ingestion.fake_site import SITE, crawl, page


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/a/a/a", "repeats itself"), ("/shop/a/b/a/b/a/b", "repeats itself"), ("/en/en/en/x", "repeats itself"),
        ("/" + "/".join(f"p{n}" for n in range(21)), "more than 20 parts"), ("/" + "x" * 1000, "longer than 1000"),
        ("/a?q=" + "x" * 1000, "longer than 1000"),
    ],
)  # fmt: skip
def test_paths_without_end_are_not_followed(path, word):
    """Each with a reason of its own."""
    assert word in Traps().reason(f"{SITE}{path}")


@pytest.mark.parametrize(
    "path",
    ["/", "/a/a", "/2011/11/11/11/eleven", "/1/1/1", "/a/b/a/b", "/docs/v1/v1/", "/blog/2024/05/12/how-to-mend-a-tyre",
     "/de/produkte/lampen/led/e27/warm/", "/index.php?route=product&id=7", "/news/2026/"],
)  # fmt: skip
def test_ordinary_addresses_are_followed(path):
    """Dates, versions, nested shops."""
    assert Traps().reason(f"{SITE}{path}") == ""


@pytest.mark.parametrize("form", ["/calendar/{y}/{m}", "/events?year={y}&month={m}", "/day/{y}-{m}-01", "/{y}/{m}/"])
def test_a_calendar_ends(form):
    """Some months are read, then no more."""
    traps = Traps()
    urls = [SITE + form.format(y=2026 + n // 12, m=f"{n % 12 + 1:02}") for n in range(200)]
    read = [url for url in urls if not traps.reason(url)]
    assert len(read) == MAX_DATES
    assert "dates of one calendar" in traps.reason(f"{SITE}{form.format(y=2090, m='01')}")


def test_articles_with_their_date_are_no_calendar():
    """Their words tell them apart."""
    traps = Traps()
    assert not any(traps.reason(f"{SITE}/2026/05/{n:02}/what-we-did-on-day-{n}") for n in range(1, 400))


def test_one_path_has_some_variants_and_no_more():
    """More for a source that may have many pages."""
    few, many = Traps(), Traps(1000)
    urls = [f"{SITE}/list?sort=x{n}" for n in range(900)]
    assert sum(not few.reason(url) for url in urls) == MAX_VARIANTS
    assert "variants behind the question mark" in few.reason(f"{SITE}/list?sort=z")
    assert not any(many.reason(url) for url in urls)
    assert few.reason(f"{SITE}/other?sort=z") == ""


def test_parameters_that_change_nothing_are_found_out():
    """After some copies the rest is left out, and told once with its number."""
    pages = {"/": page("home", *(f"/list?order={n}" for n in range(90)))}
    same = {f"/list?order={n}": page("the list") for n in range(90)}
    done = crawl({**pages, **same})
    assert done.indexed == {"/", "/list?order=0"}
    last = done.results[-1]
    assert (last.outcome, "gives the same text again" in last.reason) == ("skipped", True)
    assert last.reason.endswith("; 72 such addresses were left out")
    assert sum("/list" in url for url in done.asked) == 18


def test_a_sitemap_may_name_any_number():
    """It has an end: a shop of nine hundred products behind one address is read."""
    listed = "".join(f"<url><loc>{SITE}/p?id={n}</loc></url>" for n in range(300))
    pages = {f"/p?id={n}": page(f"product {n}") for n in range(300)}
    done = crawl({"/sitemap.xml": f"<urlset>{listed}</urlset>", "/": page("home"), **pages}, max_pages=400)
    assert len(done.indexed) == 301
