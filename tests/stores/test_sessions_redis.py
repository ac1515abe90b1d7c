"""What is particular to sessions in Redis: round trips, keys, times to live, scripts, the end of a lock."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
import redis

from shared.adapters.sessions.announcer import Announcer
from shared.adapters.sessions.redis_store import EMBEDDING_S, LOCK_MS, RedisSessions
from shared.domain.knowledge import Space
from shared.domain.limits import RateLimit
from shared.ports import Busy, Embedded, Opened, OpenRequest, Replayed, Versions
from tests.stores.conversations import TTL, World, answer_to, appended, fresh, past

LIMITS = (("user:ann", RateLimit(5, 60)), ("address:1.2.3.4", RateLimit(60, 3600)))


@pytest.fixture
def world(redis_client):
    return World(RedisSessions(redis_client))


class Wire:
    """What one client sends to its server, as the server saw it."""

    def __init__(self, client: redis.Redis, observer: Any) -> None:
        self._client = client
        self._observer = observer
        host, _, port = str(client.client_info()["addr"]).rpartition(":")
        self._address = (host, port)

    def commands(self, action: Callable[[], object]) -> list[str]:
        """Run `action` and return the commands that the client sent for it; those inside scripts are left out."""
        with self._observer.monitor() as monitor:
            action()
            self._client.echo("the end")
            seen = []
            while not (command := monitor.next_command())["command"].endswith("the end"):
                if (command["client_address"], command["client_port"]) == self._address:
                    seen.append(command["command"].split()[0].upper())
        return seen


@pytest.fixture
def wire(redis_client, servers):
    redis_client.ping()
    observer = redis.Redis(port=servers.ports.redis, decode_responses=True)
    yield Wire(redis_client, observer)
    observer.close()


def test_one_round_trip_opens_and_one_closes(world, wire, business):
    """Opening and closing a turn, limits, history and answer included, is one command each."""
    world.turn(business, "s", "m1", *LIMITS)  # the scripts are known to the server from now on
    held = []
    assert wire.commands(lambda: held.append(world.opened(business, "s", "m2", *LIMITS))) == ["EVALSHA"]
    session = appended(held[0].session, business, "s", "m2")
    closed = []

    def close():
        closed.append(world.sessions.close(business, session, lock=held[0].lock, ttl_s=TTL, answer=answer_to("m2")))

    assert wire.commands(close) == ["EVALSHA"]
    assert closed == [True]
    assert wire.commands(lambda: world.open(business, "s", "m2", *LIMITS)) == ["EVALSHA"]
    assert wire.commands(lambda: world.sessions.read(business, "s")) == ["HGET"]


def test_keys_and_times_to_live(world, redis_client, business):
    """Keys are named as documented, and every one of them ends by itself, but for the announced versions."""
    held = world.opened(business, "v", "m1", *LIMITS)
    found = {key: redis_client.pttl(key) for key in redis_client.scan_iter(f"*{business}*")}
    assert set(found) == {
        f"lock:{business}:v", f"limit:{business}:user:ann", f"limit:{business}:address:1.2.3.4",
    }  # fmt: skip
    assert LOCK_MS - 5000 < found[f"lock:{business}:v"] <= LOCK_MS
    assert 55_000 < found[f"limit:{business}:user:ann"] <= 60_000
    assert 3_595_000 < found[f"limit:{business}:address:1.2.3.4"] <= 3_600_000
    session = appended(None, business, "v", "m1")
    world.sessions.close(business, session, lock=held.lock, ttl_s=TTL, answer=answer_to("m1"))
    assert redis_client.exists(f"lock:{business}:v") == 0
    assert TTL - 5 < redis_client.ttl(f"session:{business}:v") <= TTL
    key = f"embedding:{business}:{hashlib.sha256(b'q').hexdigest()}"
    asked = world.opened(business, "w", "m1")
    embedded = Embedded("q", Space("embedding-1", 2), [1.0, 0.0])
    world.sessions.close(business, session, lock=asked.lock, ttl_s=TTL, answer=None, embedded=embedded)
    assert not redis_client.exists(key)  # the lock is of another session
    asked = world.opened(business, "v", "m2")
    world.sessions.close(business, session, lock=asked.lock, ttl_s=TTL, answer=answer_to("m1"), embedded=embedded)
    assert EMBEDDING_S - 5 < redis_client.ttl(key) <= EMBEDDING_S
    stored = redis_client.hgetall(f"session:{business}:v")
    assert set(stored) == {"session", "answer:m1"}
    assert json.loads(stored["session"])["turns"][0]["message_id"] == "m1"


def test_forgotten_scripts_are_sent_again(world, redis_client, business):
    """A server that lost its scripts (restart, fail-over, SCRIPT FLUSH) costs a round trip, not a turn."""
    world.turn(business, "s", "m1")
    redis_client.script_flush()
    held = world.opened(business, "s", "m2")
    redis_client.script_flush()
    session = appended(held.session, business, "s", "m2")
    assert world.sessions.close(business, session, lock=held.lock, ttl_s=TTL, answer=None)
    held = world.opened(business, "s", "m3")
    redis_client.script_flush()
    world.sessions.unlock(business, "s", held.lock)
    assert isinstance(world.open(business, "s", "m3"), Opened)
    assert world.history(business, "s") == ["m1", "m2"]


def test_lock_that_ran_out(world, redis_client, business):
    """A lock that ran out is free for the next message, and its late holder is told so and changes nothing."""
    late = world.opened(business, "s", "m1")
    redis_client.pexpire(f"lock:{business}:s", 1)
    world.sleep(0.02)
    holder = world.opened(business, "s", "m2")
    session = fresh(business, "s", past("m1"))
    assert world.sessions.close(business, session, lock=late.lock, ttl_s=TTL, answer=answer_to("m1")) is False
    assert world.open(business, "s", "m3") == Busy()
    assert world.sessions.close(business, fresh(business, "s", past("m2")), lock=holder.lock, ttl_s=TTL, answer=None)
    assert world.history(business, "s") == ["m2"]
    assert not isinstance(world.open(business, "s", "m1"), Replayed)


def test_session_of_another_format_is_a_new_one(world, redis_client, business):
    """What a newer release wrote in another form is not misread after a roll-back: the conversation starts anew."""
    redis_client.hset(f"session:{business}:s", "session", json.dumps({"format": 99, "other": "form"}))
    assert world.sessions.read(business, "s") is None
    assert world.opened(business, "s", "m1").session is None


def test_versions_come_with_the_opening(world, redis_client, business):
    """What was announced is seen with the next turn of that business alone; parts are announced one by one."""
    announcer = Announcer(RedisSessions(redis_client))
    assert world.opened(business, "a", "m").versions == Versions()
    announcer.announce(business, config=7)
    assert world.opened(business, "b", "m").versions == Versions(7, None)
    announcer.announce(business, build="bld_1")
    assert world.opened(business, "c", "m").versions == Versions(7, "bld_1")
    announcer.announce(business)
    announcer.announce(business, config=8)
    assert world.opened(business, "d", "m").versions == Versions(8, "bld_1")
    assert world.opened(f"{business}-2", "a", "m").versions == Versions()


def test_purged_business_leaves_nothing(world, redis_client, business):
    """Forgetting a business removes its every key, however many, and not those of one whose id begins alike."""
    neighbour = f"{business}-2"
    for number in range(700):
        redis_client.hset(f"session:{business}:{number}", "session", "{}")
    world.opened(business, "s", "m1", *LIMITS)
    for name in (business, neighbour):
        held = world.opened(name, "e", "m1")
        session, embedded = appended(None, name, "e", "m1"), Embedded("q", Space("embedding-1", 2), [1.0, 0.0])
        world.sessions.close(name, session, lock=held.lock, ttl_s=TTL, answer=None, embedded=embedded)
    world.turn(neighbour, "s", "m1", *LIMITS)
    announcer = Announcer(RedisSessions(redis_client))
    announcer.announce(business, config=1)
    announcer.announce(neighbour, config=2)
    before = sorted(redis_client.scan_iter(f"*{neighbour}*"))
    announcer.forget(business)
    assert sorted(redis_client.scan_iter(f"*{business}*")) == before
    assert len(before) == 7
    assert world.history(neighbour, "s") == ["m1"]


def test_announcing_into_the_void_is_harmless(own_redis, own_client, business, caplog):
    """Without Redis nothing is announced; with one that is away, the loss is logged and nothing is raised."""
    Announcer(None).announce(business, config=1)
    Announcer(None).forget(business)
    assert caplog.messages == []
    own_redis.kill()
    announcer = Announcer(RedisSessions(own_client))
    announcer.announce(business, config=1, build="b")
    announcer.forget(business)
    assert caplog.messages == ["announcement_lost", "sessions_not_erased"]


def test_store_raises_when_its_server_is_gone(own_redis, own_client, business):
    """Without its server the store raises what its caller waits for, and does not guess."""
    store = RedisSessions(own_client)
    own_redis.kill()
    with pytest.raises(redis.RedisError):
        store.open(business, OpenRequest("s", "m", ()))
