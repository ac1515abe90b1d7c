"""Which pages may call chat."""

import pytest
from flask import Response

from shared.api.chat.origins import add_headers, permits
from tests.unit.samples import a_tenant

A, B = "https://a.example", "https://b.example"


@pytest.mark.parametrize(
    ("origin", "platform", "own", "may"),
    [
        (A, (A,), (), True),
        (A, (B,), (), False),
        (A, (), (), False),
        (A, ("*",), (), True),
        (A, ("*",), (A,), True),
        (A, ("*",), (B,), False),
        (A, (B,), (A,), False),
        (A.upper(), (A,), (A,), True),
        ("null", (A,), (), False),
        ("", (A,), (), False),
        (f"{A}.evil.example", (A,), (), False),
        (f"{A}:8443", (A,), (), False),
        ("http://a.example", (A,), (), False),
    ],
)
def test_a_business_narrows_what_the_platform_allows(origin, platform, own, may):
    """Never widens it; no list is nobody."""
    assert permits(origin, platform, a_tenant(allowed_origins=list(own))) is may


def test_headers_are_for_pages_that_may_see_the_answer():
    """And caches are told that it depends on the origin."""
    allowed, refused, none = Response(), Response(), Response()
    add_headers(allowed, A, (A,), None)
    add_headers(refused, B, (A,), None)
    add_headers(none, None, ("*",), None)
    assert allowed.headers["Access-Control-Allow-Origin"] == A
    for response in (refused, none):
        assert "Access-Control-Allow-Origin" not in response.headers
    assert all(response.headers["Vary"] == "Origin" for response in (allowed, refused, none))
