"""Redis with memory behind it: conversations go on while Redis is away and move back when it returns."""

import logging
import time
from itertools import pairwise

import pytest
import redis

from shared.adapters.sessions.fallback_store import RETRY_AFTER_S, FallbackSessions
from shared.adapters.sessions.memory_store import MemorySessions
from shared.adapters.sessions.redis_store import RedisSessions
from shared.domain.errors import Unavailable
from shared.ports import Busy, Opened, Replayed
from tests.stores.conversations import TTL, ManualClock, World, answer_to, appended
from tests.stores.own_servers import OwnServer

B = "shop"


class Outage:
    """One instance of the chat function, its Redis, and a look at what is in Redis itself."""

    def __init__(self, server: OwnServer, client: redis.Redis) -> None:
        self.server = server
        self.client = client
        self.clock = ManualClock()
        self.primary = RedisSessions(client)
        self.sessions = FallbackSessions(self.primary, MemorySessions(self.clock), self.clock)
        self.world = World(self.sessions, self.clock, self.clock.sleep)

    def return_of_redis(self) -> None:
        """Start Redis again and let the time pass until it is asked again."""
        self.server.start()
        self.clock.sleep(RETRY_AFTER_S)

    def in_redis(self, session_id: str = "s") -> list[str]:
        """Return the message ids that Redis has."""
        return World(self.primary).history(B, session_id)


@pytest.fixture
def outage(own_redis, own_client):
    return Outage(own_redis, own_client)


def test_conversation_survives_the_loss_and_moves_back(outage):
    """Redis dies in the middle of a conversation: history is kept, turns are marked, and Redis gets them all later."""
    world = outage.world
    world.turn(B, "s", "m1")
    assert outage.in_redis() == ["m1"]
    outage.server.kill()
    world.turn(B, "s", "m2")
    held = world.opened(B, "s", "m3")
    assert held.degraded
    assert world.history(B, "s") == ["m1", "m2"]
    session = appended(held.session, B, "s", "m3")
    assert outage.sessions.close(B, session, lock=held.lock, ttl_s=TTL, answer=answer_to("m3"))
    outage.return_of_redis()
    held = world.opened(B, "s", "m4")
    assert not held.degraded
    session = appended(held.session, B, "s", "m4")
    assert outage.sessions.close(B, session, lock=held.lock, ttl_s=TTL, answer=answer_to("m4"))
    assert outage.in_redis() == ["m1", "m2", "m3", "m4"]


def test_answers_survive_the_loss(outage):
    """A message answered before Redis died gets the same answer from memory."""
    outage.world.turn(B, "s", "m1")
    outage.server.kill()
    assert outage.world.open(B, "s", "m1") == Replayed(answer_to("m1"))


def test_answers_of_the_outage_survive_the_return(outage):
    """A message answered while Redis was away is not answered a second time when Redis is back."""
    outage.world.turn(B, "s", "m1")
    outage.server.kill()
    outage.world.turn(B, "s", "m2")
    outage.return_of_redis()
    assert outage.world.open(B, "s", "m2") == Replayed(answer_to("m2"))


def test_loss_in_the_middle_of_a_turn(outage):
    """A turn that Redis opened and cannot close is kept in memory, and the next one finds it."""
    held = outage.world.opened(B, "s", "m1")
    outage.server.kill()
    session = appended(held.session, B, "s", "m1")
    assert outage.sessions.close(B, session, lock=held.lock, ttl_s=TTL, answer=answer_to("m1"))
    assert outage.world.history(B, "s") == ["m1"]
    outage.return_of_redis()
    outage.world.turn(B, "s", "m2")
    assert outage.in_redis() == ["m1", "m2"]


def test_return_in_the_middle_of_a_turn(outage):
    """A turn that memory opened is closed there, also when Redis is back by then; the next one takes it along."""
    outage.world.turn(B, "s", "m1")
    outage.server.kill()
    held = outage.world.opened(B, "s", "m2")
    outage.return_of_redis()
    session = appended(held.session, B, "s", "m2")
    assert outage.sessions.close(B, session, lock=held.lock, ttl_s=TTL, answer=answer_to("m2"))
    assert outage.world.history(B, "s") == ["m1", "m2"]
    outage.world.turn(B, "s", "m3")
    assert outage.in_redis() == ["m1", "m2", "m3"]


@pytest.mark.parametrize("way", ["loss", "return"])
def test_two_messages_around_a_change_lose_no_turn(outage, way):
    """One message on each side of a loss or a return: both are in the history in the end."""
    outage.world.turn(B, "s", "m1")
    if way == "return":
        outage.server.kill()
    first = outage.world.opened(B, "s", "m2")
    if way == "return":
        outage.return_of_redis()
    else:
        outage.server.kill()
    second = outage.world.open(B, "s", "m3")
    assert isinstance(second, Opened | Busy)
    held = [(first, "m2")] + [(second, "m3")] * isinstance(second, Opened)
    for opened, message_id in reversed(held):
        session = appended(opened.session, B, "s", message_id)
        outage.sessions.close(B, session, lock=opened.lock, ttl_s=TTL, answer=answer_to(message_id))
    if isinstance(second, Busy):
        outage.world.turn(B, "s", "m3")
    assert sorted(outage.world.history(B, "s")) == ["m1", "m2", "m3"]


def test_memory_locks_too(outage):
    """While Redis is away a session is still busy with one message at a time, and unlocking frees it."""
    outage.server.kill()
    held = outage.world.opened(B, "s", "m1")
    assert outage.world.open(B, "s", "m2") == Busy()
    outage.sessions.unlock(B, "s", held.lock)
    assert isinstance(outage.world.open(B, "s", "m2"), Opened)


def test_unlocking_what_redis_held_is_harmless(outage):
    """Giving back a session whose lock died with Redis raises nothing."""
    held = outage.world.opened(B, "s", "m1")
    outage.server.kill()
    outage.sessions.unlock(B, "s", held.lock)
    assert isinstance(outage.world.open(B, "s", "m1"), Opened)


def test_erasing_during_an_outage_is_not_claimed(outage):
    """While Redis cannot be reached nobody is told that a session is erased; asked again, it is."""
    outage.world.turn(B, "s", "secret")
    outage.client.save()
    outage.server.kill()
    with pytest.raises(Unavailable):
        outage.sessions.erase(B, "s")
    assert outage.sessions.read(B, "s") is None
    outage.return_of_redis()
    outage.sessions.erase(B, "s")
    assert outage.world.history(B, "s") == []
    assert outage.world.opened(B, "s", "m2").session is None


def test_hanging_server_costs_a_turn_no_more_than_two_seconds(outage):
    """A server that takes connections and answers nothing delays a turn by its time-out, then is left alone."""
    outage.world.turn(B, "s", "m1")
    with outage.server.frozen():
        begun = time.monotonic()
        outage.world.turn(B, "s", "m2")
        assert time.monotonic() - begun < 2.2
        begun = time.monotonic()
        outage.world.turn(B, "s", "m3")
        assert time.monotonic() - begun < 0.2
    assert outage.world.history(B, "s") == ["m1", "m2", "m3"]


def test_opening_that_timed_out_leaves_no_lock(outage):
    """A server that wakes up works off what it was sent while it hung: that must not lock the session for nobody."""
    outage.world.turn(B, "s", "m1")
    with outage.server.frozen():
        outage.world.turn(B, "s", "m2")
    outage.clock.sleep(RETRY_AFTER_S)
    outage.world.turn(B, "s", "m3")
    assert outage.in_redis() == ["m1", "m2", "m3"]


def test_hang_in_the_middle_of_a_turn(outage):
    """A server that hangs between opening and closing costs one time-out; the turn is kept."""
    held = outage.world.opened(B, "s", "m1")
    with outage.server.frozen():
        begun = time.monotonic()
        session = appended(held.session, B, "s", "m1")
        assert outage.sessions.close(B, session, lock=held.lock, ttl_s=TTL, answer=answer_to("m1"))
        assert time.monotonic() - begun < 2.2
        assert outage.world.history(B, "s") == ["m1"]


def test_loss_and_return_are_logged_once(outage, caplog):
    """`redis_down` and `redis_back` are one line each, however many turns an outage lasts; the next outage is new."""
    caplog.set_level(logging.INFO)
    for _ in range(2):
        outage.server.kill()
        for _ in range(3):
            outage.world.turn(B, "s", f"m{outage.clock.seconds}")
            outage.clock.sleep(RETRY_AFTER_S)  # each turn asks Redis again
        outage.return_of_redis()
        for _ in range(3):
            outage.world.turn(B, "s", f"m{outage.clock.seconds}")
            outage.clock.sleep(RETRY_AFTER_S)
    assert caplog.messages == ["redis_down", "redis_back"] * 2


def test_redis_is_asked_again_only_after_a_while(outage):
    """In an outage not every turn knocks at Redis: it is used again a second after it last failed."""
    outage.server.kill()
    outage.world.turn(B, "s", "m1")
    outage.server.start()
    assert outage.world.opened(B, "a", "m").degraded
    outage.clock.sleep(RETRY_AFTER_S / 2)
    assert outage.world.opened(B, "b", "m").degraded
    outage.clock.sleep(RETRY_AFTER_S)
    assert not outage.world.opened(B, "c", "m").degraded


def test_without_redis_memory_says_so_once(caplog):
    """Without REDIS_URL everything is in memory, every turn is marked, and one line says so."""
    world = World(FallbackSessions(None, MemorySessions()))
    for number in range(3):
        world.turn(B, "s", f"m{number}")
    assert world.opened(B, "s", "m").degraded
    assert caplog.messages == ["redis_not_configured"]


def test_memory_is_bounded():
    """An instance remembers a bounded number of conversations: the oldest is forgotten, the newest are kept."""
    world = World(FallbackSessions(None, MemorySessions()))
    for number in range(2001):
        world.turn(B, f"s{number}", "m")
    assert world.history(B, "s0") == []
    assert all(world.history(B, f"s{number}") == ["m"] for number in (1, 2000))


def test_turns_alternate_through_many_outages(outage):
    """Whatever the order of losses and returns, the history is whole and in order."""
    for number in range(8):
        outage.world.turn(B, "s", f"m{number}")
        if number % 2:
            outage.return_of_redis()
        else:
            outage.server.kill()
    kept = outage.world.history(B, "s")
    assert len(kept) == 8
    assert all(one < other for one, other in pairwise(kept))
