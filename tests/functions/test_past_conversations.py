"""Conversations over the admin API: kept ones joined with running ones, searched, exported; nothing disappears."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from shared.adapters.sessions.redis_store import RedisSessions, connect
from tests.conftest import ADMIN_KEY


@pytest.fixture
def api(platform, http) -> Callable[..., httpx2.Response]:
    """Calls the admin API with the platform's key."""

    def call(path: str, **query: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        response: httpx2.Response = http.get(f"{platform.admin_url}{path}", params=query, headers=headers)
        return response

    return call


@pytest.fixture
def sessions(platform):
    """The running conversations."""
    client = connect(platform.function_env("chat")["REDIS_URL"])
    yield RedisSessions(client)
    client.close()


@pytest.fixture
def business(new_business, stand_in):
    """A business that answers."""
    stand_in.control(tokens_per_second=None)
    return new_business(facts="A full service costs 95 pounds.")


def listed(api, business, **query):
    """Return the ids that are listed."""
    answer = api(f"{business.path}/sessions", **query)
    assert answer.status_code == 200, answer.text
    return [item["session_id"] for item in answer.json()["items"]]


def test_a_conversation_outlives_redis(business, api, sessions):
    """Its words, why each turn went so, the feedback: all is there when it does not run any more."""
    chat = business.chat
    answer = chat.ask("What does a full service cost?")
    about = {"business_id": business.id, "session_id": chat.session_id, "message_id": answer["message_id"]}
    assert chat.http.post(f"{chat.url}/feedback", json={**about, "rating": "up"}).status_code == 204
    running = api(f"{business.path}/sessions/{chat.session_id}").json()
    assert (running["live"], running["messages"][0]["facts"]["intent"]) == (True, answer["intent"]["name"])
    sessions.erase(business.id, chat.session_id)
    kept = api(f"{business.path}/sessions/{chat.session_id}").json()
    assert (kept["live"], kept["turns"], kept["channel"], kept["dialogue"]) == (False, 1, "web", {})
    [message] = kept["messages"]
    assert message["visitor"] == "What does a full service cost?"
    assert message["html"] == answer["reply"]["html"]
    assert (message["ending"], message["feedback"]["rating"]) == ("answered", "up")
    assert [one["title"] for one in message["decisions"]["citations"]] == ["Facts"]
    assert listed(api, business) == [chat.session_id]
    exported = api(f"{business.path}/sessions/{chat.session_id}/export")
    assert exported.headers["Content-Disposition"].startswith("attachment")
    assert exported.json()["messages"] == kept["messages"]


def test_a_conversation_that_only_runs_is_listed_too(business, api, database):
    """The database was away when it began; it stands in its place, and filters hold for it."""
    chat = business.chat
    for visitor in (chat, chat.visitor()):
        visitor.ask("What does a full service cost?")
    with database.tenant(business.id) as tx:
        tx.run("DELETE FROM conversations WHERE session_id = %s", chat.session_id)
    assert listed(api, business)[1] == chat.session_id
    assert len(listed(api, business)) == 2
    assert chat.session_id in listed(api, business, channel="web")
    assert chat.session_id not in listed(api, business, channel="voice")
    assert chat.session_id not in listed(api, business, reached="lead")
    assert api(f"{business.path}/sessions/{chat.session_id}").json()["messages"]


def test_conversations_are_paged_filtered_and_searched(business, api):
    """By day of the business's clock, by what they came to, by words; a cursor leads through all of them."""
    chats = [business.chat.visitor() for _ in range(3)]
    for number, chat in enumerate(chats):
        chat.ask(f"What does a full sérvice number {number} cost?")
    first = api(f"{business.path}/sessions", limit=2).json()
    second = api(f"{business.path}/sessions", limit=2, cursor=first["next_cursor"]).json()
    seen = [item["session_id"] for page in (first, second) for item in page["items"]]
    assert (seen, second["next_cursor"]) == ([chat.session_id for chat in chats[::-1]], None)
    today = first["items"][0]["created_at"][:10]
    assert listed(api, business, **{"from": today}) == seen
    assert listed(api, business, to=today) == []
    assert listed(api, business, reached="answered", min_turns=1) == seen
    found = api(f"{business.path}/sessions", q="SERVICE NUMBER 1").json()
    assert [item["session_id"] for item in found["items"]] == [chats[1].session_id]
    assert "number 1" in found["items"][0]["matches"][0]["excerpt"]
    assert (found["next_cursor"], found["searched_until"][:10]) == (None, today)


@pytest.mark.parametrize("query", [{"cursor": "bm9uc2Vuc2U"}, {"from": "yesterday"}, {"q": "x", "cursor": "bm9u"}])
def test_a_wrong_question_is_refused(business, api, query):
    """422 and a sentence."""
    assert api(f"{business.path}/sessions", **query).status_code == 422


@pytest.mark.parametrize("lacking", ["read", "write", "analytics"])
def test_everything_is_for_who_may_do_everything(business, http, platform, lacking):
    """A key that lacks one scope is refused by its name; a person's data need those to write and to read."""
    scopes = [scope for scope in ("read", "write", "analytics") if scope != lacking]
    headers = {"Authorization": f"Bearer {business.key(*scopes)}"}
    refused = http.get(f"{platform.admin_url}{business.path}/export", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_scope")
    assert f"'{lacking}'" in refused.json()["detail"]
    person = {"email": "nobody@x.example"}
    asked = http.post(f"{platform.admin_url}{business.path}/privacy/export", json=person, headers=headers)
    assert asked.status_code == (200 if lacking == "analytics" else 403)


def test_everything_of_a_business_is_one_stream(business, api, http, platform):
    """A line a row, words opened, the last line says that it is whole; secrets are not in it, nor other businesses."""
    business.chat.ask("My email is ana@x.example. What does a full service cost?")
    key = business.key("read")
    body = {"number": "+441632960333", "account_sid": "AC" + "1" * 32, "auth_token": "f" * 32}
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    assert http.put(f"{platform.admin_url}{business.path}/voice", json=body, headers=headers).status_code == 200
    exported = api(f"{business.path}/export")
    lines = [line for line in exported.text.splitlines() if line]
    assert '"table": "_about"' in lines[0]
    assert lines[-1] == f'{{"table": "_end", "rows": {len(lines) - 2}}}'
    assert {table for table in ("businesses", "business_versions", "knowledge_sources", "conversations", "turns",
                                "events", "counts", "voice_lines", "audit_log")
            if not any(f'"table": "{table}"' in line for line in lines)} == set()  # fmt: skip
    assert '"question": "My email is ana@x.example. What does a full service cost?"' in exported.text
    assert "f" * 32 not in exported.text
    assert key[-20:] not in exported.text
    assert '"sealed"' not in exported.text
    http.delete(f"{platform.admin_url}{business.path}/voice", headers=headers)
