"""URLs that owners configure: absolute in every browser, without credentials; origins in the form browsers send."""

import re

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from shared.domain.urls import Origin, WebUrl, check_contact_url
from tests.unit.properties import NORMAL, any_text

WEB: TypeAdapter[str] = TypeAdapter(WebUrl)
ORIGIN: TypeAdapter[str] = TypeAdapter(Origin)


def kept(form: TypeAdapter[str], value: str) -> str | None:
    """Return what is stored of a value, None when it is refused."""
    try:
        return form.validate_python(value)
    except ValidationError:
        return None


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example",
        "http://acme.example:8080/a?b=c#d",
        "https://bücher.example/preise",
        "https://xn--bcher-kva.example/",
        "http://[2001:db8::1]/",
        "HTTPS://ACME.EXAMPLE/",
        "https://acme.example/%D8%B3?x=%2F",
    ],
)
def test_an_absolute_web_url_is_kept_as_written(url):
    """Ordinary addresses pass unchanged."""
    assert WEB.validate_python(url) == url


@pytest.mark.parametrize(
    "url",
    ["http:acme.example", "https:/acme.example", "https:///acme.example", "https:\\\\acme.example", "https:acme"],
)
def test_a_url_that_browsers_resolve_against_the_page_is_not_absolute(url):
    """On a page of the same scheme `https:x` is a relative link: it is refused, or stored with its two slashes."""
    stored = kept(WEB, url)
    assert stored is None or re.match(r"https?://acme", stored)


@pytest.mark.parametrize("url", ["https://acme.example\\@evil.example/", "https://@acme.example/"])
def test_a_url_that_hides_its_host_is_refused(url):
    """A user part, even an empty one or one behind a backslash, is how links lie about their host."""
    assert kept(WEB, url) is None


@NORMAL
@given(any_text)
def test_any_text_is_a_url_or_a_validation_error(text):
    """Nothing else is raised, and what passes is http or https."""
    try:
        url = WEB.validate_python(text)
    except ValidationError:
        return
    assert url.lower().startswith(("http:", "https:"))


@pytest.mark.parametrize(
    "url", ["tel:+441632960000", "tel:112", "TEL:+44-1632-960000", "mailto:hello@acme.example", "mailto:a+b@c.example"]
)
def test_contact_urls_pass(url):
    """Numbers and mailboxes that people use are accepted."""
    assert check_contact_url(url) == url


@pytest.mark.parametrize(
    "url",
    ["tel:12", "tel:call me", "tel:+44'><b>", "mailto:a@b\nbcc:c@d", "mailto:<a@b>", "sms:123456", "tel:123456\n"],
)
def test_contact_urls_hold_nothing_else(url):
    """Too short numbers, markup, header injection and other schemes are refused."""
    with pytest.raises(ValueError, match="tel:"):
        check_contact_url(url)


@pytest.mark.parametrize(
    ("configured", "sent"),
    [
        ("https://www.acme.example", "https://www.acme.example"),
        ("https://WWW.Acme.Example/", "https://www.acme.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://acme.example:443", "https://acme.example"),
        ("http://acme.example:80/", "http://acme.example"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_kept_in_the_form_that_browsers_send(configured, sent):
    """Otherwise it never equals an Origin header, and the owner's own page is refused."""
    assert ORIGIN.validate_python(configured) == sent


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "null",
        "acme.example",
        "https://acme.example/path",
        "https://acme.example?x",
        "https://acme.example?",
        "https://acme.example/#",
        "https://*.acme.example",
        "https:acme.example",
        "chrome-extension://abc",
    ],
)
def test_what_never_equals_an_origin_header_is_not_stored(value):
    """A path, a query, a wildcard, no host: the owner learns of it when saving (or it is put right), not later."""
    stored = kept(ORIGIN, value)
    assert stored is None or re.fullmatch(r"https?://[a-z0-9.-]+(:\d+)?", stored)
