"""Servers die and come back: the conversation goes on, and says what it is missing."""

import time

from local.stack.servers import start_postgres, start_valkey
from tests.conftest import ADMIN_KEY


def test_redis_dies_between_two_messages_and_comes_back(own_platform, open_business, http):
    """The history survives in memory, `degraded` and /health say so; back again, Redis has the whole conversation."""
    chat = open_business(own_platform).chat
    assert chat.ask("When are you open on Saturday?")["degraded"] == []
    own_platform.children["redis"].kill()
    second = chat.ask("And what does a full service cost?")
    assert second["degraded"] == ["redis"]
    assert "95" in second["reply"]["text"]
    health = http.get(f"{chat.url}/health").json()
    assert health["status"] == "degraded"
    assert health["dependencies"]["redis"]["status"] == "down"
    ports, data = own_platform.ports, own_platform.data
    own_platform.children["redis"] = start_valkey(ports.redis, data / "redis-again", data / "logs" / "redis.log")
    time.sleep(1.1)
    third = chat.ask("Thanks! Remind me: when are you open on Saturday?")
    assert third["degraded"] == []
    query = {"business_id": "acme", "session_id": chat.session_id}
    token = {"Authorization": f"Bearer {third['session_token']}"}
    history = http.get(f"{chat.url}/session", params=query, headers=token).json()
    assert [message["text"] for message in history["messages"] if message["role"] == "user"] == [
        "When are you open on Saturday?",
        "And what does a full service cost?",
        "Thanks! Remind me: when are you open on Saturday?",
    ]


def test_postgres_dies_and_chat_goes_on_from_what_it_has(own_platform, open_business, http):
    """Admin answers 503 with Retry-After, chat answers from its cache; back again, admin works."""
    business = open_business(own_platform)
    assert "95" in business.chat.ask("What does a full service cost?")["reply"]["text"]
    own_platform.children["postgres"].kill()
    answer = business.chat.visitor().ask("What does a full service cost?")
    assert "95" in answer["reply"]["text"]
    unknown = http.post(f"{business.chat.url}/chat", json={**business.chat.body("Hello?"), "business_id": "unseen"})
    assert unknown.status_code == 503
    assert int(unknown.headers["retry-after"]) > 0
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    refused = http.get(f"{own_platform.admin_url}/v1/businesses", headers=headers)
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert http.get(f"{own_platform.admin_url}/health").status_code == 503
    ports, data = own_platform.ports, own_platform.data
    again = start_postgres(ports.postgres, data / "postgres", data / "logs" / "postgres.log")
    own_platform.children["postgres"] = again
    time.sleep(1.1)
    assert http.get(f"{own_platform.admin_url}/v1/businesses", headers=headers).status_code == 200


def test_object_storage_dies_and_the_index_in_memory_serves(own_platform, open_business):
    """An instance that has loaded an index needs no storage; one that has not answers without knowledge."""
    business = open_business(own_platform)
    business.chat.ask("What does a full service cost?")
    own_platform.children["storage"].kill()
    assert "95" in business.chat.visitor().ask("What does a full service cost?")["reply"]["text"]
    own_platform.children["chat"].stop()
    own_platform.start_function("chat")
    own_platform.wait_for_function("chat")
    answer = business.chat.visitor().ask("What does a full service cost?")
    assert answer["degraded"] == ["knowledge"]
    assert answer["reply"]["text"]


def test_without_redis_at_all(own_platform, open_business, http):
    """No REDIS_URL: sessions and limits live in memory, and every answer says so."""
    open_business(own_platform)
    own_platform.children["chat"].stop()
    own_platform.env["REDIS_URL"] = ""
    own_platform.start_function("chat")
    own_platform.wait_for_function("chat")
    from tests.clients import Chat

    chat = Chat(http, own_platform.chat_url, "acme")
    assert chat.ask("When are you open on Saturday?")["degraded"] == ["redis"]
    assert "95" in chat.ask("What does a full service cost?")["reply"]["text"]
    assert http.get(f"{chat.url}/health").json()["dependencies"]["redis"]["status"] == "not_configured"
