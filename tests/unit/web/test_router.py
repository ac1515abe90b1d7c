"""The table of routes: who is let in, what is read, and that every error has the one shape."""

import json
from typing import Any

import pytest
from flask import Request, Response
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from shared.domain.errors import Conflict, NotFound, RateLimited, StorageUnavailable, Unauthenticated
from shared.web.call import Call, Reply
from shared.web.credentials import Principal
from shared.web.router import Route, Router
from tests.unit.properties import NORMAL
from tests.unit.web.http_request import http_request, json_request


class Thing(BaseModel):
    """A body."""

    model_config = ConfigDict(extra="forbid")

    name: str


class Which(BaseModel):
    """A query."""

    limit: int = 1


KEYS = {
    "platform": Principal("platform:env", None, ("read", "write", "analytics")),
    "reader": Principal("business:key_1", "acme", ("read",)),
    "writer": Principal("business:key_2", "acme", ("read", "write")),
}


def authenticate(request: Request, _address: str) -> Principal:
    """Let in whoever names a key."""
    try:
        return KEYS[request.headers.get("X-API-Key", "")]
    except KeyError:
        raise Unauthenticated("This API key is not known.") from None


def raising(error: Exception) -> Any:
    """Return a handler that fails."""

    def handler(_services: None, _call: Call) -> Reply:
        raise error

    return handler


def echo(_services: None, call: Call) -> Reply:
    """Answer with what arrived."""
    body = call.body.name if call.body else None
    return Reply({"path": call.path, "body": body, "query": vars(call.query) if call.query else None})


_ONE = "/v1/businesses/<business_id>"
ROUTES: tuple[Route[None], ...] = (
    Route("GET", "/open", echo, "x"),
    Route("POST", "/open", echo, "x", body=Thing, max_body=100),
    Route("GET", "/query", echo, "x", query=Which),
    Route("GET", _ONE, echo, "x", "read"),
    Route("PUT", _ONE, echo, "x", "write", body=Thing),
    Route("POST", "/v1/businesses", echo, "x", "platform", body=Thing),
    Route("DELETE", "/none", lambda _s, _c: Reply(), "x"),
    Route("GET", "/raw", lambda _s, _c: Response("raw", 418, headers={"X-Content-Type-Options": "custom"}), "x"),
    Route("GET", "/bug", raising(RuntimeError("password=hunter2")), "x"),
    Route("GET", "/unserialisable", lambda _s, _c: Reply({"x": object()}), "x"),
    Route("GET", "/conflict", raising(Conflict("It exists already.", code="id_taken")), "x"),
    Route("GET", "/busy", raising(RateLimited("Slow down.", limit=5, reset_s=12.2)), "x"),
    Route("GET", "/down", raising(StorageUnavailable("Object storage cannot be reached.")), "x"),
    Route("GET", "/gone", raising(NotFound("Ä \u202e \x00 gone")), "x"),
)
ROUTER = Router(ROUTES, None, authenticate=authenticate)


def call(path: str, method: str = "GET", **builder: Any) -> tuple[int, Any, Response]:
    """Return status, JSON and response of a request."""
    response = ROUTER.dispatch(http_request(path, method, **builder))
    text = response.get_data(as_text=True)
    return response.status_code, json.loads(text) if text and response.is_json else text, response


def send(path: str, body: str, method: str = "POST", **builder: Any) -> tuple[int, Any]:
    """Return status and JSON of a request with a body."""
    response = ROUTER.dispatch(json_request(body, path, method, **builder))
    return response.status_code, json.loads(response.get_data(as_text=True))


def key(name: str) -> dict[str, str]:
    """Return the header of a key."""
    return {"X-API-Key": name}


def test_a_request_reaches_its_handler_with_everything_read():
    """Path, body and query, validated."""
    assert call("/query?limit=3")[1]["query"] == {"limit": 3}
    status, body = send("/v1/businesses/acme", '{"name": "x"}', "PUT", headers=key("writer"))
    assert (status, body) == (200, {"path": {"business_id": "acme"}, "body": "x", "query": None})
    assert call("/open/")[0] == 200


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [
        (404, "not_found", lambda: call("/nowhere")),
        (404, "not_found", lambda: call("//open")),
        (404, "not_found", lambda: call("/v1/businesses/a/b")),
        (405, "method_not_allowed", lambda: call("/open", "PATCH")),
        (405, "method_not_allowed", lambda: call("/open", "OPTIONS")),
        (400, "malformed", lambda: send("/open", "{")),
        (413, "too_large", lambda: send("/open", '{"name": "' + "x" * 200 + '"}')),
        (415, "unsupported_media_type", lambda: send("/open", "{}", content_type="text/plain")),
        (422, "invalid", lambda: send("/open", "{}")),
        (422, "invalid", lambda: call("/query?limit=x")),
        (401, "unauthenticated", lambda: call("/v1/businesses/acme")),
        (401, "unauthenticated", lambda: call("/v1/businesses/acme", headers=key("wrong"))),
        (403, "wrong_scope", lambda: send("/v1/businesses/acme", '{"name": "x"}', "PUT", headers=key("reader"))),
        (403, "wrong_scope", lambda: send("/v1/businesses", '{"name": "x"}', headers=key("writer"))),
        (404, "not_found", lambda: call("/v1/businesses/other", headers=key("writer"))),
        (404, "not_found", lambda: send("/v1/businesses/other", "{", "PUT", headers=key("reader"))),
        (401, "unauthenticated", lambda: send("/v1/businesses/acme", "{", "PUT")),
        (409, "id_taken", lambda: call("/conflict")),
        (429, "rate_limited", lambda: call("/busy")),
        (503, "storage_unavailable", lambda: call("/down")),
        (500, "internal_error", lambda: call("/bug")),
        (500, "internal_error", lambda: call("/unserialisable")),
        (404, "not_found", lambda: call("/gone")),
    ],
)
def test_every_error_has_the_one_shape(status, code, answer):
    """problem+json with type, title, status, detail, code and request id; who may not look learns nothing more."""
    got, body = answer()[:2]
    assert got == body["status"] == status
    assert body["code"] == code
    assert body["type"].startswith("urn:chatbot:problem:")
    assert body["title"]
    assert body["detail"]
    assert body["request_id"].startswith("req_")
    assert ("errors" in body) is (status == 422)


def test_errors_carry_the_headers_their_kind_promises():
    """Allow, Retry-After, RateLimit, WWW-Authenticate; never kept by a cache."""
    assert set(call("/open", "PATCH")[2].headers["Allow"].split(", ")) >= {"GET", "POST"}
    busy = call("/busy")[2].headers
    assert (busy["Retry-After"], busy["RateLimit-Limit"], busy["RateLimit-Remaining"]) == ("13", "5", "0")
    assert busy["RateLimit-Reset"] == "13"
    assert int(call("/down")[2].headers["Retry-After"]) >= 1
    assert call("/v1/businesses/acme")[2].headers["WWW-Authenticate"] == "Bearer"
    assert call("/nowhere")[2].headers["Cache-Control"] == "no-store"
    assert call("/nowhere")[2].headers["Content-Type"] == "application/problem+json"


def test_nothing_of_a_bug_reaches_the_caller():
    """Neither its text nor its stack."""
    assert "hunter2" not in str(call("/bug")[1])
    assert "Traceback" not in str(call("/bug")[1])


def test_answers_without_a_body_and_raw_ones_pass():
    """204 by default; a handler's own response keeps its headers."""
    assert call("/none", "DELETE")[0] == 204
    status, text, response = call("/raw")
    assert (status, text, response.headers["X-Content-Type-Options"]) == (418, "raw", "custom")
    assert call("/open")[2].headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("given_id", "kept"),
    [("caller-id-12345", True), ("a" * 128, True), ("a" * 129, False), ("short", False), ("with space 123", False),
     ("<script>alert</script>", False), ("ümlaut-12345", False), ("", False)],
)  # fmt: skip
def test_a_sane_request_id_is_kept(given_id, kept):
    """In the header of every answer and in every problem; any other is replaced."""
    for path in ("/open", "/nowhere", "/bug"):
        response = ROUTER.dispatch(http_request(path, environ={"HTTP_X_REQUEST_ID": given_id}))
        assert (response.headers["X-Request-Id"] == given_id) is kept
        if path != "/open":
            assert json.loads(response.get_data())["request_id"] == response.headers["X-Request-Id"]


def test_a_platform_key_may_see_every_business():
    """And do what no business key may."""
    assert call("/v1/businesses/other", headers=key("platform"))[0] == 200
    assert send("/v1/businesses", '{"name": "x"}', headers=key("platform"))[0] == 200


@NORMAL
@given(
    st.sampled_from(["/open", "/query", "/v1/businesses"]) | st.text(st.characters(codec="latin-1")).map("/z{}".format),
    st.sampled_from(["GET", "POST", "PUT", "HEAD", "X", ""]),
    st.binary(max_size=40),
)
def test_any_request_is_answered(path, method, body):
    """No path, method or body raises or ends as a bug of ours."""
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method}
    response = ROUTER.dispatch(json_request(body, "/open", "POST", environ=environ))
    assert response.status_code in (200, 400, 401, 404, 405, 413, 415, 422)
    response.get_data()
