"""One contract for every store of sessions: in memory, in Redis, and Redis with memory behind it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from shared.domain.knowledge import Space
from shared.ports import Busy, Embedded, Opened, OpenRequest, Replayed
from tests.stores.conversations import TTL, answer_to, appended, fresh, message_ids, past

THREADS = 50


def test_new_session_is_none_then_kept(world, business):
    """The first turn finds no session; what it writes is what the next turn and a reader find."""
    held = world.opened(business, "s", "m1")
    assert held.session is None
    assert world.sessions.read(business, "s") is None
    written = appended(None, business, "s", "m1")
    assert world.sessions.close(business, written, lock=held.lock, ttl_s=TTL, answer=answer_to("m1"))
    assert world.sessions.read(business, "s") == written
    assert world.opened(business, "s", "m2").session == written


def test_a_session_without_a_turn_is_kept_too(world, business):
    """What is learned before the first turn ends, as in a phone call, is not lost."""
    held = world.opened(business, "s", "m1")
    assert world.sessions.close(business, fresh(business, "s"), lock=held.lock, ttl_s=TTL, answer=None)
    assert world.opened(business, "s", "m2").session == fresh(business, "s")


@pytest.mark.parametrize(
    "text",
    [
        "Grüße, 你好, مرحبا, नमस्ते",
        "👩‍👩‍👧‍👦 \U0001f1ec\U0001f1e7 \u2028\u2029\x85",
        'quotes " and \\ and </script>\n\ttabs',
        "answer:m1 session EVAL 0 \r\n$3\r\nfoo",
        "x" * 100_000,
    ],
    ids=["scripts", "emoji", "quotes", "protocol", "long"],
)
def test_session_comes_back_equal(world, business, text):
    """Whatever text a visitor or the model wrote, and whatever JSON is on the session, comes back equal."""
    session = fresh(
        business,
        "s:@-._1",
        past("m1", text, text),
        replace(past("m2"), ending="settled", html=text),
        metadata={text[:50]: [1, 2.5, True, None, {"deep": [text[:50]]}], "": {}},
        page={"url": "https://shop.example/ü?q=ä&x=%20", "title": text},
        locale="zh-Hant-TW",
        channel="voice",
    )
    held = world.opened(business, session.session_id, "m2")
    assert world.sessions.close(business, session, lock=held.lock, ttl_s=TTL, answer={"reply": {"html": text}})
    assert world.sessions.read(business, session.session_id) == session
    assert world.open(business, session.session_id, "m2") == Replayed({"reply": {"html": text}})


def test_second_open_is_busy_until_close(world, business):
    """One message of a session at a time; other sessions of the business go on."""
    held = world.opened(business, "s", "m1")
    assert world.open(business, "s", "m2") == Busy()
    assert world.open(business, "s", "m1") == Busy()
    assert isinstance(world.open(business, "other", "m2"), Opened)
    assert world.sessions.close(
        business, appended(None, business, "s", "m1"), lock=held.lock, ttl_s=TTL, answer=answer_to("m1")
    )
    assert isinstance(world.open(business, "s", "m2"), Opened)


def test_unlock_gives_the_session_back_unchanged(world, business):
    """Unlocking frees the session and writes nothing; only the holder's token unlocks."""
    before = world.turn(business, "s", "m1")
    held = world.opened(business, "s", "m2")
    world.sessions.unlock(business, "s", "not-the-token")
    assert world.open(business, "s", "m3") == Busy()
    world.sessions.unlock(business, "s", held.lock)
    assert world.sessions.read(business, "s") == before
    assert world.opened(business, "s", "m3").session == before


def test_stale_lock_closes_nothing(world, business):
    """Closing with a lock that is lost returns False and changes neither session, nor answers, nor the new lock."""
    before = world.turn(business, "s", "m1")
    lost = world.opened(business, "s", "m2")
    world.sessions.unlock(business, "s", lost.lock)
    holder = world.opened(business, "s", "m3")
    late = appended(before, business, "s", "m2")
    assert world.sessions.close(business, late, lock=lost.lock, ttl_s=TTL, answer=answer_to("m2")) is False
    assert world.sessions.read(business, "s") == before
    assert world.open(business, "s", "m2") == Busy()
    written = appended(before, business, "s", "m3")
    assert world.sessions.close(business, written, lock=holder.lock, ttl_s=TTL, answer=answer_to("m3"))
    assert world.history(business, "s") == ["m1", "m3"]


def test_lock_closes_once(world, business):
    """A lock that has closed a turn closes no other one."""
    held = world.opened(business, "s", "m1")
    first = appended(None, business, "s", "m1")
    assert world.sessions.close(business, first, lock=held.lock, ttl_s=TTL, answer=None)
    again = appended(first, business, "s", "m2")
    assert world.sessions.close(business, again, lock=held.lock, ttl_s=TTL, answer=None) is False
    assert world.history(business, "s") == ["m1"]


def test_repeat_gets_the_first_answer(world, business):
    """A repeated message gets what was said, also while another message of the session is being answered."""
    world.turn(business, "s", "m1")
    world.turn(business, "s", "m2")
    assert world.open(business, "s", "m1") == Replayed(answer_to("m1"))
    world.opened(business, "s", "m3")
    assert world.open(business, "s", "m2") == Replayed(answer_to("m2"))
    assert isinstance(world.open(business, "elsewhere", "m1"), Opened)


def test_answer_is_as_it_was_said(world, business):
    """What a caller does to an answer after it was stored, or replayed, changes nothing that is stored."""
    held = world.opened(business, "s", "m1")
    said = answer_to("m1")
    session = appended(None, business, "s", "m1")
    assert world.sessions.close(business, session, lock=held.lock, ttl_s=TTL, answer=said)
    said["reply"]["html"] = "changed"
    replayed = world.open(business, "s", "m1")
    assert replayed == Replayed(answer_to("m1"))
    replayed.answer["ctas"].clear()
    assert world.open(business, "s", "m1") == Replayed(answer_to("m1"))


def test_answers_of_trimmed_turns_are_forgotten(world, business):
    """An answer lives as long as its turn is in the history."""
    for number in range(1, 5):
        world.turn(business, "s", f"m{number}", keep=2)
    assert world.history(business, "s") == ["m3", "m4"]
    assert world.open(business, "s", "m3") == Replayed(answer_to("m3"))
    assert isinstance(world.open(business, "s", "m2"), Opened)


def test_abandoned_turn_is_kept_and_answered_anew(world, business):
    """A turn without an answer stays in the history; a repeat of its message runs, and then is answered for good."""
    world.turn(business, "s", "m1")
    world.turn(business, "s", "m2", answered=False)
    assert world.history(business, "s") == ["m1", "m2"]
    world.turn(business, "s", "m2")
    assert world.history(business, "s") == ["m1", "m2"]
    assert world.open(business, "s", "m2") == Replayed(answer_to("m2"))


def test_session_ends_after_its_time_to_live(world, business):
    """A session and its answers are forgotten `ttl_s` after the last turn, not after the first."""
    world.turn(business, "s", "m1", ttl=1)
    world.sleep(0.55)
    world.turn(business, "s", "m2", ttl=1)
    world.sleep(0.55)
    assert world.history(business, "s") == ["m1", "m2"]
    world.sleep(0.55)
    assert world.sessions.read(business, "s") is None
    opening = world.open(business, "s", "m1")
    assert isinstance(opening, Opened)
    assert opening.session is None


def test_erase_forgets_session_and_answers(world, business):
    """Erasing leaves nothing of the session, twice is fine, and other sessions stay."""
    world.turn(business, "s", "m1")
    world.turn(business, "other", "m1")
    world.sessions.erase(business, "s")
    world.sessions.erase(business, "s")
    assert world.sessions.read(business, "s") is None
    assert world.opened(business, "s", "m1").session is None
    assert world.history(business, "other") == ["m1"]


def test_erased_history_does_not_come_back_with_a_running_turn(world, business):
    """Erased means erased: a turn that was running meanwhile does not write the old history again."""
    world.turn(business, "s", "secret")
    held = world.opened(business, "s", "m2")
    running = appended(held.session, business, "s", "m2")
    world.sessions.erase(business, "s")
    world.sessions.close(business, running, lock=held.lock, ttl_s=TTL, answer=answer_to("m2"))
    assert "secret" not in world.history(business, "s")
    assert not isinstance(world.open(business, "s", "secret"), Replayed)


def asking(world, business, session_id, message_id, text):
    """Open a turn with its message's words."""
    opening = world.sessions.open(business, OpenRequest(session_id, message_id, (), text))
    assert isinstance(opening, Opened)
    return opening


def test_the_embedding_of_a_question_comes_with_the_next_opening(world, business):
    """Another session that asks the same finds the vector, near enough, with its space; other words find none."""
    space, vector = Space("embedding-1", 4), [0.6, 0.0, -0.8, 0.0]
    held = asking(world, business, "a", "m1", "What does it cost?")
    assert held.embedded is None
    written = appended(None, business, "a", "m1")
    world.sessions.close(
        business,
        written,
        lock=held.lock,
        ttl_s=TTL,
        answer=None,
        embedded=Embedded("What does it cost?", space, vector),
    )
    found = asking(world, business, "b", "m1", "What does it cost?").embedded
    assert found is not None
    assert (found.text, found.space) == ("What does it cost?", space)
    assert found.vector == pytest.approx(vector, abs=1e-3)
    assert asking(world, business, "c", "m1", "what does it cost?").embedded is None
    assert asking(world, f"{business}-2", "b", "m1", "What does it cost?").embedded is None
    assert world.opened(business, "d", "m1").embedded is None


def test_a_lost_lock_remembers_no_embedding(world, business):
    """Who lost the session writes nothing at all."""
    lost = asking(world, business, "a", "m1", "q").lock
    world.sessions.unlock(business, "a", lost)
    embedded = Embedded("q", Space("embedding-1", 2), [1.0, 0.0])
    written = appended(None, business, "a", "m1")
    assert not world.sessions.close(business, written, lock=lost, ttl_s=TTL, answer=None, embedded=embedded)
    assert asking(world, business, "b", "m1", "q").embedded is None


def test_tenants_share_nothing(world, business):
    """Equal session ids and message ids of two businesses are two sessions, two locks and two answers."""
    other = f"{business}-2"
    mine = world.turn(business, "visitor:1", "m1")
    assert world.sessions.read(other, "visitor:1") is None
    held = world.opened(other, "visitor:1", "m1")
    assert held.session is None
    assert isinstance(world.open(business, "visitor:1", "m2"), Opened)
    theirs = fresh(other, "visitor:1", past("m1", "theirs"))
    assert world.sessions.close(other, theirs, lock=held.lock, ttl_s=TTL, answer={"theirs": True})
    assert world.sessions.read(business, "visitor:1") == mine
    assert world.open(business, "visitor:1", "m1") == Replayed(answer_to("m1"))
    assert world.open(other, "visitor:1", "m1") == Replayed({"theirs": True})
    world.sessions.erase(business, "visitor:1")
    assert world.sessions.read(other, "visitor:1") == theirs


def test_lock_of_one_tenant_opens_nothing_of_another(world, business):
    """A lock closes and unlocks in its own business alone."""
    other = f"{business}-2"
    mine = world.opened(business, "s", "m1")
    theirs = world.opened(other, "s", "m1")
    intruder = fresh(other, "s", past("m1", "intruder"))
    assert world.sessions.close(other, intruder, lock=mine.lock, ttl_s=TTL, answer=None) is False
    world.sessions.unlock(other, "s", mine.lock)
    assert world.open(other, "s", "m2") == Busy()
    assert world.sessions.close(other, fresh(other, "s", past("m1")), lock=theirs.lock, ttl_s=TTL, answer=None)


def test_many_messages_at_once_lose_no_turn(world, business):
    """Fifty messages of one session at once, each tried again while it is busy: all fifty are in the history."""

    def send(number):
        while True:
            opening = world.open(business, "s", f"m{number}")
            if isinstance(opening, Opened):
                session = appended(opening.session, business, "s", f"m{number}")
                return world.sessions.close(
                    business, session, lock=opening.lock, ttl_s=TTL, answer=answer_to(f"m{number}")
                )
            assert opening == Busy()

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(send, range(THREADS)))
    kept = message_ids(world.sessions.read(business, "s"))
    assert sorted(kept) == sorted(f"m{number}" for number in range(THREADS))
    assert world.open(business, "s", kept[0]) == Replayed(answer_to(kept[0]))
