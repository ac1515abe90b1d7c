"""robots.txt: read as it is meant, whatever it holds."""

import math

import pytest
from hypothesis import given

from shared.ingestion.robots import MAX_DELAY_S, Robots
from tests.unit.properties import NORMAL, real_text


@pytest.mark.parametrize(
    ("text", "url", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /a", "/ab", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: /*?x=", "/p?x=1", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("user-AGENT: chatbotplatformcrawler\nDISALLOW: /a", "/a", False),
        ("User-agent: other\nUser-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("User-agent: *\nDisallow: /é", "/%C3%A9", False),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
        ("# comment\nUser-agent: * # all\nDisallow: /a # that", "/a", False),
    ],
)
def test_rules_are_those_of_the_standard(text, url, allowed):
    """Longest match, wildcards, groups, comments, any case and line end."""
    assert Robots.parse(text).allows(f"https://site.example{url}") is allowed


def test_without_rules_all_is_allowed_at_once():
    """No file, no delay, no sitemaps."""
    nothing = Robots()
    assert nothing.allows("https://site.example/a")
    assert nothing.delay_s == 0.0
    assert nothing.sitemaps == ()


@pytest.mark.parametrize("delay", ["-5", "nan", "inf", "-inf", "1e400", "abc", "", "0", "3", "10.5", "99999"])
def test_a_pause_is_a_sane_number_of_seconds(delay):
    """Between nothing and ten, whatever was written."""
    pause = Robots.parse(f"User-agent: *\nCrawl-delay: {delay}").delay_s
    assert math.isfinite(pause)
    assert 0 <= pause <= MAX_DELAY_S


def test_sitemaps_are_those_it_names():
    """In order, wherever they stand."""
    text = "Sitemap: https://site.example/1.xml\nUser-agent: *\nDisallow: /\nsitemap: https://site.example/2.xml"
    assert Robots.parse(text).sitemaps == ("https://site.example/1.xml", "https://site.example/2.xml")


@NORMAL
@given(real_text)
def test_any_text_is_a_robots_file(text):
    """Nothing is raised by reading or by asking."""
    rules = Robots.parse(f"{text}\nUser-agent: *\nDisallow: {text}\nCrawl-delay: {text}")
    rules.allows("https://site.example/a?b=c")
    assert 0 <= rules.delay_s <= MAX_DELAY_S
