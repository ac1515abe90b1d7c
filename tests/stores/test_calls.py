"""Phone calls in Postgres: limits hold in a race, a stream is claimed once, what is told twice or late does no harm."""

import itertools
from functools import partial

import pytest

from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.calls import CallStore
from shared.adapters.postgres.traces import TraceStore
from shared.domain.errors import NotFound
from shared.domain.voice import CallLimits, Said
from tests.stores.races import at_once
from tests.stores.rows import ACTOR, SEALING, config, raw

MANY = CallLimits(calls=1000, minutes_per_day=100_000, calls_per_caller=1000)
_numbers = itertools.count(1)


@pytest.fixture
def calls(database, sealing):
    return CallStore(database, sealing)


@pytest.fixture
def shop(database, business):
    BusinessStore(database).create(business, config(), ACTOR)
    return business


@pytest.fixture
def rival(database, business):
    BusinessStore(database).create(f"{business}-2", config(), ACTOR)
    return f"{business}-2"


@pytest.fixture
def owner(servers):
    connection = raw("postgres", servers.ports.postgres, servers.database)
    yield connection
    connection.close()


def ring(calls, business_id, call_id="", *, caller="+447700900001", limits=MANY, session_id="s"):
    """Let a call come in; return its id and why it is refused."""
    call_id = call_id or f"CA{next(_numbers):032x}"
    refused = calls.begin(
        business_id, call_id, session_id=session_id, caller=caller, number="+441632960001", mode="live", limits=limits
    )
    return call_id, refused


def age(owner, business_id, interval, call_id=None):
    """Let calls have begun earlier."""
    owner.run(
        f"UPDATE calls SET started_at = started_at - interval '{interval}' WHERE business_id = %s"
        " AND (%s::text IS NULL OR id = %s)", business_id, call_id, call_id,
    )  # fmt: skip


def test_a_call_is_kept_as_it_goes(calls, shop):
    """It rings, is live with its stream, ends with its length; what was learnt is merged, what was said is in order."""
    call_id, refused = ring(calls, shop)
    found = calls.get(shop, call_id)
    assert (refused, found.status, found.outcome, found.answered_at) == ("", "ringing", "", None)
    assert calls.claim_stream(shop, call_id, "n1")
    said = [Said(0, "assistant", "Hello!"), Said(900, "caller", "Grüß' %s \\ 日本")]
    calls.add_lines(shop, call_id, said[:1])
    calls.add_lines(shop, call_id, [])
    calls.add_lines(shop, call_id, said[1:])
    calls.finish(shop, call_id, fields={"name": "Ana"}, latency={"first": 300, "turns": [1, 2]})
    calls.finish(shop, call_id, outcome="answered", summary="She asked.", fields={"email": "a@b.example"})
    calls.finish(shop, call_id, reason="goodbye", latency={"first": 250})
    calls.set_recording(shop, call_id, "RE1")
    assert calls.ended(shop, call_id, "completed", 61)
    found = calls.get(shop, call_id)
    assert calls.transcript(shop, call_id) == found.transcript == tuple(said)
    assert (found.status, found.seconds, found.outcome, found.reason) == ("completed", 61, "answered", "goodbye")
    assert (found.summary, found.fields) == ("She asked.", {"name": "Ana", "email": "a@b.example"})
    assert (found.latency, found.recording) == ({"first": 250, "turns": [1, 2]}, "RE1")
    assert found.answered_at is not None
    assert found.ended_at is not None
    assert found.started_at <= found.answered_at <= found.ended_at


def test_what_nobody_can_see_is_left_out(calls, shop):
    """A character that Postgres does not take, from a recogniser, a model or a caller's name, loses no line."""
    call_id, refused = ring(calls, shop, caller="sip:\x00bob")
    calls.add_lines(shop, call_id, [Said(1, "caller", "a\x00b\ud800c")])
    calls.plan_next(shop, call_id, {"say": "\x00hi"})
    calls.finish(shop, call_id, summary="\x00s", reason="\ud800r", fields={"name": "\x00n"}, latency={"x\x00": 1})
    found = calls.get(shop, call_id)
    assert (refused, found.caller, found.transcript[0].text, found.summary) == ("", "sip:bob", "abc", "s")
    assert (found.reason, found.fields, found.latency) == ("r", {"name": "n"}, {"x": 1})
    assert calls.take_next(shop, call_id) == {"say": "hi"}


def test_lines_are_busy_also_in_a_race(calls, shop, rival):
    """Of many calls at the same moment as many are taken as may be; an end makes room; others' calls do not count."""
    limits = CallLimits(calls=3)
    ring(calls, rival, limits=limits)
    rang = at_once([partial(ring, calls, shop, limits=limits, caller=f"+44{n}") for n in range(10)])
    taken = [call_id for call_id, refused in rang if not refused]
    assert sorted(refused for _, refused in rang) == [""] * 3 + ["busy"] * 7
    assert {call.outcome for call in calls.list_of(shop, 50)} == {"", "refused"}
    calls.claim_stream(shop, taken[0], "n")
    assert ring(calls, shop, limits=limits)[1] == "busy"
    calls.ended(shop, taken[0], "completed", 5)
    assert ring(calls, shop, limits=limits)[1] == ""


def test_a_call_whose_end_was_never_told_blocks_nobody_for_ever(calls, owner, shop):
    """After an hour it does not count as going on any more."""
    ring(calls, shop)
    assert ring(calls, shop, limits=CallLimits(calls=1))[1] == "busy"
    age(owner, shop, "61 minutes")
    assert ring(calls, shop, limits=CallLimits(calls=1))[1] == ""


def test_minutes_of_a_day_are_spent(calls, owner, shop):
    """Finished calls count with their length, running ones as far as they are, for 24 hours; a call is not endless."""
    limits = CallLimits(minutes_per_day=10, minutes_per_call=5)
    first, _ = ring(calls, shop, limits=limits)
    calls.ended(shop, first, "completed", 599)
    second, refused = ring(calls, shop, limits=limits)
    assert refused == ""
    age(owner, shop, "30 seconds", second)
    assert ring(calls, shop, limits=limits)[1] == "spent"
    age(owner, shop, "24 hours", first)
    assert ring(calls, shop, limits=limits)[1] == ""
    age(owner, shop, "3 hours", second)
    assert ring(calls, shop, limits=limits)[1] == ""  # one without an end costs what a call may at most
    assert ring(calls, shop, limits=CallLimits(minutes_per_day=5, minutes_per_call=5))[1] == "spent"


def test_a_caller_calls_so_often_an_hour(calls, owner, shop):
    """Each number is counted by itself, refused tries are not, and after an hour it may call again."""
    limits = CallLimits(calls_per_caller=2, calls=1000)
    rang = at_once([partial(ring, calls, shop, limits=limits) for _ in range(5)])
    assert sorted(refused for _, refused in rang) == ["", "", "caller", "caller", "caller"]
    assert ring(calls, shop, limits=limits, caller="+447700900002")[1] == ""
    assert [ring(calls, shop, limits=limits, caller="")[1] for _ in range(4)] == [""] * 4
    age(owner, shop, "61 minutes")
    assert ring(calls, shop, limits=limits)[1] == ""


def test_the_same_call_again_is_the_same_call(calls, shop):
    """A webhook that is repeated, even at the same moment, takes no second place and gets the same answer."""
    limits = CallLimits(calls=1)
    rang = at_once([partial(ring, calls, shop, "CAsame", limits=limits) for _ in range(6)])
    assert {refused for _, refused in rang} == {""}
    calls.claim_stream(shop, "CAsame", "n")
    before = calls.get(shop, "CAsame")
    assert ring(calls, shop, "CAsame", limits=limits, session_id="other", caller="+1")[1] == ""
    assert calls.get(shop, "CAsame") == before
    for _ in range(2):
        assert ring(calls, shop, "CAother", limits=limits)[1] == "busy"
        calls.ended(shop, "CAsame", "completed", 1)
    assert len(calls.list_of(shop, 50)) == 2


def test_a_stream_is_claimed_once(calls, shop, rival):
    """Of many with the same token one gets in; a new token of the same call does; another business's never."""
    call_id, _ = ring(calls, shop)
    assert sorted(at_once([partial(calls.claim_stream, shop, call_id, "one")] * 8)) == [False] * 7 + [True]
    assert calls.claim_stream(shop, call_id, "two")
    assert not calls.claim_stream(shop, call_id, "one")
    assert not calls.claim_stream(rival, call_id, "three")
    assert not calls.claim_stream(shop, "CAunknown", "three")
    for number in range(48):
        assert calls.claim_stream(shop, call_id, f"more{number}")
    assert not calls.claim_stream(shop, call_id, "one")


@pytest.mark.parametrize("end", ["refused", "ended"])
def test_a_call_that_is_over_has_no_stream(calls, shop, end):
    """Neither a call that was not taken nor one that has ended can be claimed or answered."""
    ring(calls, shop, limits=CallLimits(calls=1))
    call_id, _ = ring(calls, shop, limits=CallLimits(calls=1) if end == "refused" else MANY)
    calls.ended(shop, call_id, "completed", 1)
    assert not calls.claim_stream(shop, call_id, "n")
    calls.answered(shop, call_id)
    assert calls.get(shop, call_id).status == "completed"


def test_a_call_without_a_stream_is_answered_once(calls, shop):
    """The moment stays the first one."""
    call_id, _ = ring(calls, shop)
    calls.answered(shop, call_id)
    first = calls.get(shop, call_id)
    calls.answered(shop, call_id)
    assert first.status == "live"
    assert calls.get(shop, call_id) == first


def test_what_comes_next_is_taken_once(calls, shop, rival):
    """The last plan counts; of many who ask one gets it; then there is none."""
    call_id, _ = ring(calls, shop)
    assert calls.take_next(shop, call_id) is None
    calls.plan_next(shop, call_id, {"do": "hang_up"})
    calls.plan_next(shop, call_id, {"do": "transfer", "to": "+44"})
    assert calls.take_next(rival, call_id) is None
    taken = at_once([partial(calls.take_next, shop, call_id)] * 6)
    assert [plan for plan in taken if plan] == [{"do": "transfer", "to": "+44"}]
    assert calls.take_next(shop, call_id) is None


def test_an_end_is_told_in_any_order_and_stays(calls, shop):
    """Not final: nothing. The first final one ends it, once; a later one changes no state, its length only grows."""
    call_id, _ = ring(calls, shop)
    for early in ("queued", "ringing", "in-progress", "nonsense", ""):
        assert not calls.ended(shop, call_id, early, 3)
    assert calls.get(shop, call_id).ended_at is None
    told = at_once([partial(calls.ended, shop, call_id, "completed", 12)] * 6)
    assert sorted(told) == [False] * 5 + [True]
    before = calls.get(shop, call_id)
    for status, seconds in (("failed", 0), ("in-progress", 99), ("busy", 3)):
        assert not calls.ended(shop, call_id, status, seconds)
    assert calls.get(shop, call_id) == before
    assert not calls.ended(shop, call_id, "completed", 40)
    assert (calls.get(shop, call_id).seconds, calls.get(shop, call_id).ended_at) == (40, before.ended_at)
    assert not calls.ended(shop, "CAunknown", "completed", 1)


def test_words_added_at_once_are_all_kept(calls, shop):
    """Two that write into the same transcript do not lose each other's lines."""
    call_id, _ = ring(calls, shop)
    at_once([partial(calls.add_lines, shop, call_id, [Said(n, "caller", str(n))]) for n in range(8)])
    assert sorted(one.at_ms for one in calls.transcript(shop, call_id)) == list(range(8))


def test_calls_are_listed_newest_first_in_pages_and_by_choice(calls, shop):
    """Pages follow each other without a gap; status, outcome and caller choose; what was said is not in a list."""
    made = [ring(calls, shop, caller=f"+4477{n % 2}")[0] for n in range(5)]
    calls.add_lines(shop, made[0], [Said(0, "caller", "hi")])
    calls.ended(shop, made[0], "no-answer", 0)
    calls.finish(shop, made[1], outcome="transferred")
    first = calls.list_of(shop, 2)
    rest = calls.list_of(shop, 9, (first[-1].started_at, first[-1].id))
    assert [call.id for call in (*first, *rest)] == made[::-1]
    assert {call.transcript for call in rest} == {()}
    assert [call.id for call in calls.list_of(shop, 9, status="no-answer")] == [made[0]]
    assert [call.id for call in calls.list_of(shop, 9, outcome="transferred")] == [made[1]]
    assert [call.id for call in calls.list_of(shop, 9, outcome="", caller="+44771")] == [made[3]]


def test_another_business_reaches_nothing(calls, database, shop, rival):
    """As another business every method finds nothing of this one's and changes nothing; the same id is its own call."""
    call_id, _ = ring(calls, shop)
    calls.plan_next(shop, call_id, {"do": "stay"})
    before = calls.get(shop, call_id)
    with pytest.raises(NotFound):
        calls.get(rival, call_id)
    assert calls.transcript(rival, call_id) == ()
    assert not calls.ended(rival, call_id, "completed", 9)
    calls.answered(rival, call_id)
    calls.add_lines(rival, call_id, [Said(0, "caller", "x")])
    calls.finish(rival, call_id, outcome="failed")
    calls.set_recording(rival, call_id, "RE1")
    TraceStore(database, SEALING).erase(rival, ("s",))
    assert calls.list_of(rival, 9) == []
    assert calls.get(shop, call_id) == before
    assert ring(calls, rival, call_id)[1] == ""
    TraceStore(database, SEALING).erase(rival, ("s",))
    assert calls.take_next(shop, call_id) == {"do": "stay"}


def test_erasing_a_session_erases_its_calls(calls, database, shop):
    """All of it goes and nothing of another session; what is still told of an erased call brings nothing back."""
    gone, _ = ring(calls, shop, session_id="gone")
    kept, _ = ring(calls, shop, session_id="kept")
    TraceStore(database, SEALING).erase(shop, ("gone",))
    calls.add_lines(shop, gone, [Said(0, "caller", "hi")])
    calls.finish(shop, gone, outcome="answered", summary="x")
    assert not calls.ended(shop, gone, "completed", 9)
    assert [call.id for call in calls.list_of(shop, 9)] == [kept]


def test_calls_belong_to_a_business_that_is_there(calls, database, shop):
    """An unknown business has no calls; a deleted one's are not shown, and a purge removes them."""
    with pytest.raises(NotFound):
        ring(calls, "nobody-there")
    call_id, _ = ring(calls, shop)
    store = BusinessStore(database)
    store.set_deleted(shop, ACTOR, deleted=True, if_version=None)
    for call in (lambda: calls.get(shop, call_id), lambda: calls.list_of(shop, 9)):
        with pytest.raises(NotFound):
            call()
    store.purge(shop, ACTOR)
    assert calls.transcript(shop, call_id) == ()
