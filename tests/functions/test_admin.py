"""The admin API's businesses and keys as a client written against the contract sees them."""

import pytest

from tests.conftest import ADMIN_KEY

FULL = {
    "name": "Full House",
    "website": "https://full.example",
    "contact": {"phone": "+44 117 496 0123", "email": "hi@full.example", "address": "1 Street"},
    "system_prompt": "Be brief.",
    "personality_traits": ["kind", "quick"],
    "tone": "warm",
    "languages": ["en-GB", "de"],
    "branding": {
        "primary_color": "#036", "text_color": "#fff", "title": "Full", "logo_url": "https://full.example/l.svg",
        "position": "bottom-left", "greeting": "Hi!",
    },
    "cta_tree": [{"id": "a", "label": "A", "kind": "menu", "children": [
        {"id": "b", "label": "B", "kind": "link", "url": "https://full.example/b"}]}],
    "rules": [{"id": "r1", "text": "Never discuss competitors."}],
    "intro_token": "__hello__",
    "appointment": {"enabled": True, "booking_cta": "b"},
    "opening_hours": {"time_zone": "Europe/London", "weekly": {"monday": [{"open": "09:00", "close": "17:00"}]}},
    "limits": {"rate_limit": "10/minute", "session_ttl_seconds": 3600, "max_history_turns": 5},
    "allowed_origins": ["https://full.example"],
    "models": {"chat": "gemini-3.8-flash"},
    "knowledge": {"use_default_index": False, "top_k": 4},
}  # fmt: skip


@pytest.fixture
def api(platform, http):
    """Calls the admin API with the platform's key, or the one given."""

    def call(method, path, body=None, key=ADMIN_KEY, **headers):
        auth = {"Authorization": f"Bearer {key}"} if key else {}
        renamed = {name.replace("_", "-"): value for name, value in headers.items()}
        return http.request(method, f"{platform.admin_url}{path}", json=body, headers={**auth, **renamed})

    return call


def test_a_business_lives_its_whole_life(api, new_business, http):
    """Create, get, put, patch, list, delete, restore, delete, purge."""
    created = api("POST", "/v1/businesses", {"id": "full-house", **FULL})
    assert created.status_code == 201
    assert created.headers["location"] == "/v1/businesses/full-house"
    assert created.headers["etag"] == '"1"'
    body = created.json()
    assert body["version"] == 1
    assert body["status"] == "active"
    assert body["branding"]["primary_color"] == "#003366"
    assert api("POST", "/v1/businesses", {"id": "full-house", "name": "Again"}).status_code == 409

    path = "/v1/businesses/full-house"
    assert api("GET", path).json() == body
    patched = api("PATCH", path, {"tone": "cool", "branding": {"title": "New"}, "website": None})
    assert patched.status_code == 200
    assert patched.json()["tone"] == "cool"
    assert patched.json()["branding"]["primary_color"] == "#003366"
    assert patched.json()["website"] is None
    replaced = api("PUT", path, {"name": "Just a name"})
    assert replaced.json()["version"] == 3
    assert replaced.json()["rules"] == []
    assert any(item["id"] == "full-house" for item in api("GET", "/v1/businesses?limit=100").json()["items"])

    assert api("DELETE", f"{path}?purge=true").status_code == 409
    assert api("DELETE", path).status_code == 204
    assert api("GET", path).status_code == 404
    assert api("GET", f"{path}?deleted=true").json()["status"] == "deleted"
    assert api("PATCH", path, {"tone": "x"}).status_code == 404
    assert api("POST", f"{path}/restore").json()["name"] == "Just a name"
    assert api("DELETE", path).status_code == 204
    assert api("DELETE", f"{path}?purge=true").status_code == 204
    assert api("GET", f"{path}?deleted=true").status_code == 404
    actions = [
        line["action"]
        for line in api("GET", "/v1/audit?limit=100").json()["items"]
        if line["business_id"] == "full-house"
    ]
    assert actions[:3] == ["business.purged", "business.deleted", "business.restored"]
    assert actions[-1] == "business.created"


def test_writes_are_guarded_by_etags(api, new_business):
    """A stale If-Match changes nothing; the current one does; without one the last writer wins."""
    business = new_business()
    etag = api("GET", business.path).headers["etag"]
    assert api("PATCH", business.path, {"tone": "one"}, If_Match=etag).status_code == 200
    stale = api("PATCH", business.path, {"tone": "two"}, If_Match=etag)
    assert stale.status_code == 412
    assert stale.json()["code"] == "stale_version"
    assert api("DELETE", business.path, If_Match=etag).status_code == 412
    assert api("PUT", business.path, {"name": "N"}, If_Match="garbage").status_code == 412
    assert api("GET", business.path).json()["tone"] == "one"
    assert api("PATCH", business.path, {"tone": "three"}).status_code == 200


def test_versions_and_the_way_back(api, new_business):
    """Every save is a version with its author; a rollback is a new version, so nothing is lost."""
    business = new_business(tone="first")
    api("PATCH", business.path, {"tone": "second"})
    rolled = api("POST", f"{business.path}/rollback", {"version": 1, "note": "the first was better"})
    assert rolled.json()["tone"] == "first"
    assert rolled.json()["version"] == 3
    versions = api("GET", f"{business.path}/versions").json()["items"]
    assert [version["version"] for version in versions] == [3, 2, 1]
    assert versions[0]["note"] == "the first was better"
    assert versions[0]["actor"] == "platform:env"
    assert versions[1]["config"]["tone"] == "second"
    assert api("POST", f"{business.path}/rollback", {"version": 99}).status_code == 404


def test_lists_are_paged(api, new_business):
    """A cursor leads through all, each once; a made-up cursor is refused."""
    for _ in range(3):
        new_business()
    seen, cursor = [], ""
    while cursor is not None:
        page = api("GET", f"/v1/businesses?limit=2&cursor={cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) >= 3
    assert seen == sorted(seen)
    assert api("GET", "/v1/businesses?cursor=%25%25").status_code == 422
    assert api("GET", "/v1/businesses?limit=0").status_code == 422
    assert api("GET", "/v1/audit?cursor=YWJj").status_code == 422


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cta_tree": [{"id": "a", "label": "A", "kind": "link", "url": "javascript:alert(1)"}]}, "http"),
        ({"cta_tree": [{"id": "a", "label": "A", "kind": "link", "url": "https://user:pw@x.example"}]}, "password"),
        ({"cta_tree": [{"id": "a", "label": "A", "kind": "phone", "url": "https://x.example"}]}, "tel:"),
        ({"cta_tree": [{"id": "a", "label": "A", "kind": "message", "message": "m"}] * 2}, "twice"),
        (
            {"cta_tree": [{"id": "a", "label": "A", "kind": "menu", "children": [
                {"id": "a", "label": "A", "kind": "message", "message": "m"}]}]},
            "cycle",
        ),
        ({"branding": {"primary_color": "#ffff00", "text_color": "#ffffff"}}, "contrast"),
        ({"branding": {"primary_color": "red"}}, "colour"),
        ({"opening_hours": {"time_zone": "Mars/Olympus"}}, "time zone"),
        ({"opening_hours": {"weekly": {"monday": [{"open": "18:00", "close": "09:00"}]}}}, "opens before"),
        ({"limits": {"rate_limit": "lots"}}, "rate"),
        ({"allowed_origins": ["https://x.example/path"]}, "origin"),
        ({"appointment": {"booking_cta": "nowhere"}}, "nowhere"),
        ({"languages": []}, "languages"),
        ({"models": {"chat": "no such model!"}}, "model"),
        ({"surprise": True}, "surprise"),
        ({"name": ""}, "name"),
        ({"website": "not a url"}, "website"),
    ],
)  # fmt: skip
def test_a_configuration_that_cannot_work_is_refused_with_the_reason(api, new_business, change, says):
    """The problem names the field and says why; the business stays as it was."""
    business = new_business()
    refused = api("PATCH", business.path, change)
    assert refused.status_code == 422
    assert says in str(refused.json()["errors"])
    assert api("GET", business.path).json()["version"] == 1


def test_a_tree_deeper_than_five_is_refused(api, new_business):
    """Five levels are walked by people, six are not."""

    def nested(depth):
        if depth == 1:
            return {"id": "leaf", "label": "Leaf", "kind": "message", "message": "m"}
        return {"id": f"n{depth}", "label": "N", "kind": "menu", "children": [nested(depth - 1)]}

    business = new_business()
    assert api("PATCH", business.path, {"cta_tree": [nested(5)]}).status_code == 200
    assert api("PATCH", business.path, {"cta_tree": [nested(6)]}).status_code == 422


def test_keys_are_shown_once_scoped_and_revocable(api, new_business):
    """A read key reads, a write key writes, a revoked or expired one does nothing."""
    business = new_business()
    made = api("POST", f"{business.path}/api-keys", {"name": "reader", "scopes": ["read"]})
    assert made.status_code == 201
    reader = made.json()["key"]
    listed = api("GET", f"{business.path}/api-keys").json()["items"]
    assert [key["id"] for key in listed] == [made.json()["id"]]
    assert "key" not in listed[0]
    assert reader not in str(listed)
    assert api("GET", business.path, key=reader).status_code == 200
    refused = api("PATCH", business.path, {"tone": "x"}, key=reader)
    assert refused.status_code == 403
    assert refused.json()["code"] == "wrong_scope"
    assert api("POST", "/v1/businesses", {"id": "other", "name": "O"}, key=reader).status_code == 403
    assert api("GET", "/v1/audit", key=reader).status_code == 403
    assert api("GET", "/v1/api-keys", key=reader).status_code == 403
    assert [item["id"] for item in api("GET", "/v1/businesses", key=reader).json()["items"]] == [business.id]
    writer = business.key("read", "write")
    assert api("PATCH", business.path, {"tone": "x"}, key=writer).status_code == 200
    assert api("DELETE", f"{business.path}/api-keys/{made.json()['id']}", key=writer).status_code == 204
    assert api("GET", business.path, key=reader).status_code == 401
    expired = {"name": "old", "expires_at": "2020-01-01T00:00:00Z"}
    old = api("POST", f"{business.path}/api-keys", expired).json()["key"]
    assert api("GET", business.path, key=old).status_code == 401


def test_platform_keys(api):
    """A platform key made over the API reaches everything until it is revoked."""
    made = api("POST", "/v1/api-keys", {"name": "ops", "scopes": ["read", "write"]}).json()
    assert api("GET", "/v1/audit", key=made["key"]).status_code == 200
    assert api("DELETE", f"/v1/api-keys/{made['id']}").status_code == 204
    assert api("GET", "/v1/audit", key=made["key"]).status_code == 401


@pytest.mark.parametrize("key", [None, "wrong", "key_" + "0" * 27 + "_" + "x" * 43, ADMIN_KEY + "x", ADMIN_KEY[:-1]])
def test_without_a_good_key_there_is_nothing(api, key):
    """Missing and wrong keys answer 401 with the scheme, never more."""
    response = api("GET", "/v1/businesses", key=key)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


def test_the_other_header_works_too(platform, http):
    """X-API-Key is as good as Authorization."""
    assert http.get(f"{platform.admin_url}/v1/businesses", headers={"X-API-Key": ADMIN_KEY}).status_code == 200


def test_the_documentation_is_served(platform, http):
    """OpenAPI for machines, a page for people, without a key."""
    document = http.get(f"{platform.admin_url}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    page = http.get(f"{platform.admin_url}/docs")
    assert "/v1/businesses/{business_id}" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_every_answer_has_a_request_id(platform, http):
    """The caller's own when it is sane, else a new one; errors repeat it."""
    response = http.get(f"{platform.admin_url}/v1/nothing", headers={"X-Request-Id": "my-request-1"})
    assert response.headers["x-request-id"] == response.json()["request_id"] == "my-request-1"
    other = http.get(f"{platform.admin_url}/v1/nothing", headers={"X-Request-Id": "bad id"})
    assert other.headers["x-request-id"].startswith("req_")
