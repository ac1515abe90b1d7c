"""Bodies and parameters become validated models, or one of our errors that says what is wrong."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.domain.errors import Invalid, Malformed, PlatformError, TooLarge, UnsupportedMediaType
from shared.web.bodies import read_body, read_json, read_query
from tests.unit.properties import NORMAL
from tests.unit.web.http_request import http_request, json_request


class Order(BaseModel):
    """What a test sends."""

    model_config = ConfigDict(extra="forbid")

    item: str = Field(min_length=1)
    count: int = Field(1, ge=1, le=9)
    tags: list[str] = []


ORDER = TypeAdapter(Order)


def read(body: bytes | str, most: int = 1000, **builder: Any) -> Order:
    """Return the order in a body."""
    return read_json(json_request(body, **builder), ORDER, most)


@pytest.mark.parametrize("kind", ["application/json", "APPLICATION/JSON; charset=utf-8", "application/vnd.api+json"])
def test_json_is_read(kind):
    """Under any of its media types."""
    assert read('{"item": "Lämp", "count": 2}', content_type=kind) == Order(item="Lämp", count=2)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"])
def test_other_media_types_are_refused(kind):
    """Also when the bytes are JSON: browsers may send those without asking first."""
    with pytest.raises(UnsupportedMediaType):
        read('{"item": "x"}', content_type=kind)


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"{'item': 1}", b'{"item": "x"} more', b"\xff\xfe", b'"\xff"', b"\xef\xbb\xbf{}", b"[" * 50_000,
     b'{"item": "\\ud800"}', b'{"item": "\x00"}', b"nul", b'{"item": "x",}'],
)  # fmt: skip
def test_what_is_no_json_is_malformed(body):
    """Empty, cut off, wrongly encoded, nested without end: 400, not 422 and not 500."""
    with pytest.raises(Malformed):
        read(body, most=100_000)


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ("{}", ("item",)),
        ("[]", ()),
        ("null", ()),
        ('"x"', ()),
        ('{"item": ""}', ("item",)),
        ('{"item": null}', ("item",)),
        ('{"item": "x", "count": 0}', ("count",)),
        ('{"item": "x", "count": 1e999}', ("count",)),
        ('{"item": "x", "count": NaN}', ("count",)),
        ('{"item": "x", "tags": ["a", 2]}', ("tags", 1)),
        ('{"item": "x", "price": 5}', ("price",)),
    ],
)
def test_json_that_breaks_a_rule_names_the_field(body, loc):
    """With the path to it, a sentence for people, and nothing of the value."""
    with pytest.raises(Invalid) as refused:
        read(body)
    assert refused.value.errors[0].loc == loc
    assert "pydantic" not in refused.value.detail
    assert "input_value" not in refused.value.detail


def test_every_wrong_field_is_named_but_not_without_end():
    """All at once, up to fifty."""
    with pytest.raises(Invalid) as refused:
        read('{"count": 0, "tags": [1, 2], "x": 1}')
    assert len(refused.value.errors) == 5
    with pytest.raises(Invalid) as refused:
        read('{"item": "x", "tags": [' + ",".join(["1"] * 300) + "]}")
    assert len(refused.value.errors) == 50


@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False), (5000, False)])
def test_a_body_may_be_as_large_as_the_route_allows(size, fits):
    """To the byte."""
    body = '{"item": "' + "x" * (size - 12) + '"}'
    assert len(body) == size
    if fits:
        assert len(read(body, most=100).item) == size - 12
    else:
        with pytest.raises(TooLarge, match="at most 100 bytes"):
            read(body, most=100)


def test_a_body_of_unannounced_length_is_measured_while_it_is_read():
    """Without Content-Length, as chunked transfers are."""
    environ = {"wsgi.input": io.BytesIO(b"x" * 5000), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    with pytest.raises(TooLarge):
        read_body(http_request("/", "POST", environ=environ), 100)
    environ["wsgi.input"] = io.BytesIO(b"x" * 100)
    assert read_body(http_request("/", "POST", environ=environ), 100) == b"x" * 100


def test_a_body_that_ends_early_is_malformed():
    """The client promised more than it sent."""
    request = http_request("/", "POST", environ={"wsgi.input": io.BytesIO(b"{"), "CONTENT_LENGTH": "50"})
    with pytest.raises(Malformed):
        read_body(request, 100)


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", "99999999999999999999"])
def test_a_strange_length_is_one_of_our_errors_or_no_body(length):
    """Nothing else is raised."""
    request = http_request("/", "POST", environ={"wsgi.input": io.BytesIO(b"{}"), "CONTENT_LENGTH": length})
    try:
        assert read_body(request, 100) in (b"", b"{}")
    except PlatformError as refused:
        assert refused.status in (400, 413)  # noqa: PT017


def test_parameters_are_read():
    """As strings, turned into the model's types."""
    assert read_query(http_request("/?item=L%C3%A4mp&count=2"), ORDER) == Order(item="Lämp", count=2)


@pytest.mark.parametrize(
    ("query", "loc"),
    [
        ("", ("item",)),
        ("item=a&count=x", ("count",)),
        ("item=a&item=b", ("item",)),
        ("item=a&other=b", ("other",)),
        ("item=", ("item",)),
        ("item=a&count=1&count=1", ("count",)),
    ],
)
def test_parameters_that_break_a_rule_are_named(query, loc):
    """Missing, wrong, unknown, or given twice."""
    with pytest.raises(Invalid) as refused:
        read_query(http_request(f"/?{query}"), ORDER)
    assert refused.value.errors[0].loc == loc


@NORMAL
@given(
    st.binary(max_size=80) | st.text('{}[]":,item0x\\ud', max_size=40).map(str.encode),
    st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_any_request_is_read_or_refused(body, query):
    """With one of our errors, whatever the bytes."""
    try:
        assert read(body).item
    except PlatformError as refused:
        assert 400 <= refused.status < 500  # noqa: PT017
    if query:
        assert read_query(http_request("/", query_string={"item": query}), ORDER).item == query
