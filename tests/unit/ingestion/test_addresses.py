"""One form for every URL, so that a page is recognised however it is linked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ingestion.addresses import is_page, normalised, site_of, wanted
from tests.unit.properties import THOROUGH, any_text

S = "https://site.example"


@pytest.mark.parametrize(
    ("variant", "form"),
    [
        (S, f"{S}/"),
        ("HTTPS://SITE.Example/", f"{S}/"),
        (f"{S}:443/a", f"{S}/a"),
        ("http://site.example:80/a", "http://site.example/a"),
        (f"{S}/a#part", f"{S}/a"),
        (f"{S}/a?", f"{S}/a"),
        (f"{S}/a?utm_source=x&utm_medium=y&fbclid=z", f"{S}/a"),
        (f"{S}/a?b=1&a=2", f"{S}/a?a=2&b=1"),
        (f"{S}/a/../b/./c", f"{S}/b/c"),
        (f"{S}/a b", f"{S}/a%20b"),
        (f"{S}/é", f"{S}/%C3%A9"),
        (f"{S}/%c3%a9", f"{S}/%C3%A9"),
        (f"{S}/%7Eada", f"{S}/~ada"),
        ("https://xn--bcher-kva.example/", normalised("https://bücher.example/")),
        ("https://site.example./a", f"{S}/a"),
        (f"{S}/a;jsessionid=1A2B3C?x=1", f"{S}/a?x=1"),
        (f"{S}/a;JSESSIONID=1A2B3C.node7/b", f"{S}/a/b"),
        (f"{S}/(S(lit3py55t21z5v55vlm25s55))/a.aspx", f"{S}/a.aspx"),
        (f"{S}/a?PHPSESSID=9f8e7d&b=1", f"{S}/a?b=1"),
        (f"{S}/a?ASPSESSIONIDQQ=1&CFID=2&CFTOKEN=3&sessionid=4&osCsid=5", f"{S}/a"),
        (f"{S}/a?sid=9f8e7d6c5b4a39281706", f"{S}/a"),
        (f"{S}/a?s=0c83f57c786a0b4a39efab23731c7ebc", f"{S}/a"),
        (f"{S}/a?_hsenc=x&mtm_source=y&srsltid=z&gad_source=1&UTM_Medium=q", f"{S}/a"),
    ],
)
def test_variants_of_an_address_become_one(variant, form):
    """Case of the host, ports, fragments, tracking, sessions, order of parameters, dots and escapes do not matter."""
    assert normalised(variant) == form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{S}/a", f"{S}/a/"),
        (f"{S}/a", f"{S}/A"),
        (f"{S}/a?page=1", f"{S}/a?page=2"),
        (f"{S}/?p=12", f"{S}/"),
        (f"{S}/?contact", f"{S}/"),
        (f"{S}/a", "http://site.example/a"),
        (f"{S}/a%2Fb", f"{S}/a/b"),
        (f"{S}/a?q=x%26y", f"{S}/a?q=x&y=1"),
        (f"{S}/b", f"{S}//a/b"),
        (f"{S}:8443/a", f"{S}/a"),
        (f"{S}/a?sid=5", f"{S}/a"),
        (f"{S}/?s=winter+tyres", f"{S}/"),
        (f"{S}/a?session=morning", f"{S}/a?session=evening"),
        (f"{S}/a;v=2", f"{S}/a"),
        (f"{S}/(s)/a", f"{S}/a"),
        (f"{S}/a?ref=shop", f"{S}/a"),
    ],
)
def test_different_pages_stay_different(one, other):
    """What a server may answer differently is another address."""
    assert normalised(one) != normalised(other)


@pytest.mark.parametrize(
    "url", ["", "/a", "a", "//site.example/a", "mailto:a@b.example", "javascript:alert(1)", "ftp://site.example/", "http://",
            "http://[", "http:///a", "https://[::1", "data:text/html,x", "file:///etc/passwd"]
)  # fmt: skip
def test_what_is_no_web_address_is_nothing(url):
    """The empty text stands for it."""
    assert normalised(url) == ""


_urls = st.builds(
    lambda host, path, query, fragment: f"{host}{path}{query}{fragment}",
    st.sampled_from(
        [S, "HTTP://Site.example:80", "https://bücher.example", "https://user:pw@site.example", "https://[::1]:8"]
    ),
    st.lists(st.sampled_from(["/", "a", "é", "%20", "%zz", "..", ".", "//", ";p=1", " ", "%2F", ":", "@", "\\"])).map(
        "".join
    ),
    st.sampled_from(["", "?", "?a=1", "?b=&a", "?a=1&a=2", "?q=%C3%A9+x", "?utm_source=x", "?x=%zz", "?a=b=c&;d"]),
    st.sampled_from(["", "#", "#a", "#!a?b"]),
)


@THOROUGH
@given(_urls | any_text | any_text.map(lambda text: f"{S}/{text}"))
def test_normalising_twice_changes_nothing(url):
    """And never raises, for any text; what comes out is http, without fragment."""
    once = normalised(url)
    assert normalised(once) == once
    assert once == "" or once.startswith(("http://", "https://"))
    assert "#" not in once


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (f"{S}/a", "https://www.site.example/b", True),
        (f"{S}/a", "http://SITE.example/b", True),
        (f"{S}/a", "https://blog.site.example/", False),
        (f"{S}/a", "https://site.example.evil.example/", False),
        (f"{S}/a", f"{S}:8443/a", False),
        (f"{S}/a", "https://www.site.example@evil.example/", False),
    ],
)
def test_the_same_site_is_the_same_host(one, other, same):
    """With or without `www.`; ports and subdomains are other sites."""
    assert (site_of(one) == site_of(other)) is same


@pytest.mark.parametrize(
    ("url", "may_be"),
    [(f"{S}/", True), (f"{S}/a", True), (f"{S}/a.html", True), (f"{S}/a.pdf", True), (f"{S}/a.PNG", False),
     (f"{S}/a.css?v=1", False), (f"{S}/a.php?img=x.png", True), (f"{S}/a.png/", True),
     (f"{S}/woff2", True), (f"{S}/v1.2", True)],
)  # fmt: skip
def test_pages_are_told_from_files_by_their_path(url, may_be):
    """Only the path's ending counts."""
    assert is_page(url) is may_be


@pytest.mark.parametrize(
    ("url", "include", "exclude", "is_wanted"),
    [
        (f"{S}/shop/a", (), (), True),
        (f"{S}/shop/a", ("/shop/*",), (), True),
        (f"{S}/shop", ("/shop/*",), (), False),
        (f"{S}/shop/a/b/c", ("/shop/*",), (), True),
        (f"{S}/blog/a", ("/shop/*",), (), False),
        (f"{S}/blog/a", ("/shop/*", "/blog/*"), (), True),
        (f"{S}/shop/a", ("/shop/*",), ("/shop/a",), False),
        (f"{S}/shop/a", (), ("*",), False),
        (f"{S}/Shop/a", ("/shop/*",), (), False),
        (f"{S}/a?x=/shop/", ("/shop/*",), (), False),
        (S, ("/",), (), True),
        (f"{S}/preise/fr%C3%BChling", ("/preise/frühling*",), (), True),
        (f"{S}/a", ("[",), (), False),
        (f"{S}/a", iter(["/a"]), iter([]), True),
    ],
)
def test_owners_patterns_match_whole_paths(url, include, exclude, is_wanted):
    """`*` is any text, case counts, the query does not, and letters may be written as people write them."""
    assert wanted(url, include, exclude) is is_wanted
