"""What the chat API takes and refuses: requests, limits, origins, public files, sessions and events."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.clients import Business, Chat

_made: dict[str, Business] = {}


@pytest.fixture
def business(new_business, stand_in, http):
    """One business that knows a price, shared by the module."""
    if "shop" not in _made:
        _made["shop"] = new_business(facts="A basic service costs 55 pounds.")
    return Business(_made["shop"].id, _made["shop"].admin, Chat(http, _made["shop"].chat.url, _made["shop"].id))


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"business_id": "Nope!"}, 422, "invalid"),
        ({"business_id": "nobody-has-this-id"}, 404, "not_found"),
        ({"session_id": None}, 422, "invalid"),
        ({"session_id": "has space"}, 422, "invalid"),
        ({"session_id": "x" * 129}, 422, "invalid"),
        ({"message": ""}, 422, "invalid"),
        ({"message": " \u0000\u0007 \u200b"}, 422, "invalid"),
        ({"message": "x" * 4001}, 422, "invalid"),
        ({"message": 7}, 422, "invalid"),
        ({"surprise": 1}, 422, "invalid"),
        ({"metadata": {"k": "x" * 5000}}, 422, "invalid"),
        ({"metadata": []}, 422, "invalid"),
        ({"locale": "not a locale"}, 422, "invalid"),
        ({"page": {"title": "no url"}}, 422, "invalid"),
    ],
)
def test_bad_fields_are_named(business, http, changes, status, code):
    """Every field a client can reach is validated, and the problem names it."""
    body = {"business_id": business.id, "session_id": "s", "message": "hi", **changes}
    body = {key: value for key, value in body.items() if value is not None}
    response = http.post(f"{business.chat.url}/chat", json=body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] == code
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(problem)
    if status == 422:
        assert problem["errors"]
        assert all(set(error) == {"loc", "msg"} for error in problem["errors"])


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'"\\ud800"', "application/json", 400),
        (b"[1]", "application/json", 422),
        (b"\xff\xfe", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", None, 415),
        (b"[" * 60_000, "application/json", 400),
        (b'{"message":"' + b"x" * 1_000_000 + b'"}', "application/json", 413),
    ],
    ids=["half", "surrogate", "list", "not-utf8", "text", "untyped", "deep", "1MB"],
)
def test_bodies_that_cannot_be_read(business, http, content, media_type, status):
    """Malformed, of another type, too large: a clear problem, and the process lives."""
    headers = {"Content-Type": media_type} if media_type else {}
    response = http.post(f"{business.chat.url}/chat", content=content, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert http.get(f"{business.chat.url}/openapi.json").status_code == 200


def test_a_body_of_unknown_length_is_cut_off_too(business, http):
    """A chunked upload that never ends is refused at the limit."""
    response = http.post(
        f"{business.chat.url}/chat",
        content=(b"x" * 10_000 for _ in range(1000)),
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 413


def test_paths_and_methods(business, http):
    """Unknown paths and methods are problems too; both POST /chat and POST / answer."""
    assert http.get(f"{business.chat.url}/nope").json()["code"] == "not_found"
    refused = http.put(f"{business.chat.url}/chat", json={})
    assert refused.status_code == 405
    assert "POST" in refused.headers["allow"]
    assert http.post(f"{business.chat.url}/", json=business.chat.body("__intro__")).status_code == 200


def test_limits_are_per_visitor_and_friendly(new_business):
    """Five a minute by default: the sixth is refused with a way out; another visitor is not."""
    business = new_business(limits={}, contact={"phone": "+44 117 496 0123"})
    for number in range(5):
        response = business.chat.post(f"Question {number}?")
        assert response.status_code == 200
        assert response.headers["ratelimit-limit"] == "5"
        assert response.headers["ratelimit-remaining"] == str(4 - number)
    refused = business.chat.post("One too many?")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-remaining"] == "0"
    assert "+44 117 496 0123" in refused.json()["detail"]
    assert business.chat.visitor().post("Hello?").status_code == 200
    assert business.chat.post("__intro__").status_code == 200


def test_an_address_is_limited_whatever_it_calls_itself(new_business):
    """New session ids do not help against the limit of the address."""
    business = new_business(limits={"address_rate_limit": "3/minute"})
    statuses = [business.chat.visitor().post("Hello?").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


def test_cors(new_business, http):
    """Pages of listed origins may call, others get no headers and 403; programs without an origin may."""
    business = new_business(allowed_origins=["https://shop.example"])
    url, body = f"{business.chat.url}/chat", business.chat.body("__intro__")
    allowed = http.post(url, json=body, headers={"Origin": "https://shop.example"})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    assert "Retry-After" in allowed.headers["access-control-expose-headers"]
    foreign = http.post(url, json=body, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert "access-control-allow-origin" not in foreign.headers
    assert foreign.json()["code"] == "origin_not_allowed"
    config = http.get(
        f"{business.chat.url}/config", params={"business_id": business.id}, headers={"Origin": "https://evil.example"}
    )
    assert "access-control-allow-origin" not in config.headers
    preflight = http.options(url, headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]


def test_the_public_configuration_tells_nothing_private(new_business, http):
    """Name, branding, greeting, roots, languages; no prompt, rules, limits; an ETag that works."""
    business = new_business(system_prompt="The secret is 42.", rules=[{"id": "r", "text": "Never say 43."}])
    url = f"{business.chat.url}/config"
    response = http.get(url, params={"business_id": business.id})
    assert response.status_code == 200
    assert "42" not in response.text
    assert "43" not in response.text
    assert response.json()["intro_token"] == "__intro__"
    again = http.get(url, params={"business_id": business.id}, headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


def test_the_widget_is_served_for_caches(platform, http):
    """An ETag, a short life without a version and a long one with the current version."""
    url = f"{platform.chat_url}/widget.js"
    response = http.get(url)
    assert response.headers["content-type"].startswith("text/javascript")
    assert http.get(url, headers={"If-None-Match": response.headers["etag"]}).status_code == 304
    version = response.headers["etag"].strip('"')
    assert "immutable" in http.get(url, params={"v": version}).headers["cache-control"]


def test_a_session_can_be_read_and_erased_by_its_holder(business, http):
    """The token opens this session and no other; erased is erased."""
    chat = business.chat.visitor()
    answer = chat.ask("My name is <b>Ann</b>. What does a basic service cost?")
    url = f"{chat.url}/session"
    query = {"business_id": business.id, "session_id": chat.session_id}
    holder = {"Authorization": f"Bearer {answer['session_token']}"}
    history = http.get(url, params=query, headers=holder).json()
    assert [message["role"] for message in history["messages"]] == ["user", "assistant"]
    assert history["messages"][0]["html"] == "<p>My name is &lt;b&gt;Ann&lt;/b&gt;. What does a basic service cost?</p>"
    assert history["messages"][1]["html"] == answer["reply"]["html"]
    other = chat.visitor().ask("__intro__")["session_token"]
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": f"Bearer {other}"}):
        assert http.get(url, params=query, headers=headers).status_code == 401
        assert http.delete(url, params=query, headers=headers).status_code == 401
    assert http.delete(url, params=query, headers=holder).status_code == 204
    assert http.get(url, params=query, headers=holder).status_code == 404


def test_events_and_feedback(business, http):
    """Clicks are kept; a verdict needs an answer that was really given."""
    chat = business.chat.visitor()
    answer = chat.ask("What does a basic service cost?")
    base = {"business_id": business.id, "session_id": chat.session_id}
    event = {**base, "type": "cta_clicked", "cta_id": "book", "event_id": str(uuid.uuid4())}
    assert http.post(f"{chat.url}/events", json=event).status_code == 202
    assert http.post(f"{chat.url}/events", json=event).status_code == 202
    assert http.post(f"{chat.url}/events", json={**base, "type": "cta_clicked"}).status_code == 422
    verdict = {**base, "message_id": answer["message_id"], "rating": "down", "comment": "too short"}
    assert http.post(f"{chat.url}/feedback", json=verdict).status_code == 204
    assert http.post(f"{chat.url}/feedback", json={**verdict, "message_id": "other"}).status_code == 404


def test_two_messages_at_once_lose_none(business, http, stand_in):
    """The second waits for the first, and its history has it."""
    chat = business.chat.visitor()
    stand_in.control(first_token_delay_ms=300)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(chat.ask, [f"Question number {n}?" for n in range(4)]))
    assert len({answer["message_id"] for answer in answers}) == 4
    query = {"business_id": business.id, "session_id": chat.session_id}
    token = {"Authorization": f"Bearer {answers[0]['session_token']}"}
    history = http.get(f"{chat.url}/session", params=query, headers=token).json()
    asked = [message["text"] for message in history["messages"] if message["role"] == "user"]
    assert sorted(asked) == [f"Question number {n}?" for n in range(4)]
    assert len(stand_in.requests()[-1]["body"]["contents"]) == 7


def test_health_names_each_dependency(platform, http):
    """Each with its state and latency."""
    health = http.get(f"{platform.chat_url}/health").json()
    assert health["status"] == "ok"
    assert set(health["dependencies"]) == {"postgres", "redis", "storage", "model"}
    assert all(dependency["status"] == "up" for dependency in health["dependencies"].values())
