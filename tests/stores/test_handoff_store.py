"""Hand-offs in Postgres: kept once, claimed by one, retried with patience, and nobody else's business."""

from functools import partial
from typing import Any

import pytest

from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.handoffs import FIRST_RETRY_S, GIVE_UP_AFTER_S, LONGEST_RETRY_S, HandoffStore
from shared.adapters.postgres.traces import TraceStore
from shared.domain.errors import Conflict, NotFound
from shared.domain.ids import new_id
from shared.domain.records import Actor, HandoffRecord
from tests.stores.races import at_once
from tests.stores.rows import ACTOR, SEALING, config, raw

OTHER = Actor("business:key_2", "req_2")
PAYLOAD: dict[str, Any] = {"subject": "Jürgen says \"hi\" 'x' %s", "transcript": [{"role": "user", "text": "日本\n"}]}


@pytest.fixture
def handoffs(database, sealing):
    return HandoffStore(database, sealing)


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


def add(handoffs: HandoffStore, business_id: str, handoff_id: str = "hnd_1", **fields: Any) -> HandoffRecord:
    """Keep a hand-off."""
    return handoffs.add(
        business_id, handoff_id=handoff_id, **{"session_id": "s", "reason": "asked", "payload": PAYLOAD, **fields}
    )


def actions(database: Any, business_id: str) -> list[tuple[str, str]]:
    """Return what the audit log says of hand-offs, oldest first."""
    lines = AuditStore(database).of_business(business_id, 50, None)
    return [(line.action, line.actor) for line in reversed(lines) if line.action.startswith("handoff.")]


def test_a_call_is_kept_once(handoffs, shop):
    """The same id again is the same call: its payload is the newer one until somebody has claimed it."""
    first = add(handoffs, shop)
    assert (first.status, first.delivery, first.attempts) == ("requested", "pending", 0)
    assert handoffs.get(shop, "hnd_1") == first
    assert first.payload == PAYLOAD
    again = add(handoffs, shop, payload={"newer": True})
    assert (again.payload, again.requested_at) == ({"newer": True}, first.requested_at)
    claimed = handoffs.claim(shop, "hnd_1", ACTOR)
    assert add(handoffs, shop, payload={"too": "late"}) == claimed
    assert len(handoffs.list_of(shop, 10)) == 1


def test_the_same_id_does_not_move_a_call_to_another_session(handoffs, shop):
    """An id that is taken keeps its session and that session's words."""
    first = add(handoffs, shop)
    assert add(handoffs, shop, session_id="another", payload={"other": "words"}) == first


def test_lists_are_newest_first_in_pages_and_by_status(handoffs, shop):
    """Ids ascend in time; a page begins below the last one seen; a status leaves the others out."""
    ids = [new_id("hnd") for _ in range(5)]
    for handoff_id in ids:
        add(handoffs, shop, handoff_id)
    ids.sort(reverse=True)
    assert [record.id for record in handoffs.list_of(shop, 2)] == ids[:2]
    assert [record.id for record in handoffs.list_of(shop, 9, ids[1])] == ids[2:]
    handoffs.claim(shop, ids[3], ACTOR)
    handoffs.close(shop, ids[4], ACTOR)
    for status, expected in (("requested", ids[:3]), ("claimed", [ids[3]]), ("closed", [ids[4]])):
        assert [record.id for record in handoffs.list_of(shop, 9, status=status)] == expected


def test_one_of_many_claims_it(handoffs, shop):
    """Of people who claim the same call at the same moment one gets it; the others are told who."""
    add(handoffs, shop)
    people = [Actor(f"business:key_{number}") for number in range(3)]
    results = at_once([partial(handoffs.claim, shop, "hnd_1", person) for person in people])
    winners = [result for result in results if isinstance(result, HandoffRecord)]
    losers = [result for result in results if isinstance(result, Conflict)]
    assert (len(winners), len(losers)) == (1, 2)
    assert all(loser.code == "already_claimed" and winners[0].claimed_by in loser.detail for loser in losers)


def test_claiming_and_closing_again_changes_nothing(handoffs, database, shop):
    """Both can be repeated after a lost answer; only the first is a change. What is closed is not claimed any more."""
    add(handoffs, shop)
    claimed = handoffs.claim(shop, "hnd_1", ACTOR)
    assert handoffs.claim(shop, "hnd_1", ACTOR) == claimed
    closed = handoffs.close(shop, "hnd_1", OTHER)
    assert closed.claimed_by == ACTOR.name
    assert handoffs.close(shop, "hnd_1", ACTOR) == closed
    for actor in (ACTOR, OTHER):
        with pytest.raises(Conflict) as refused:
            handoffs.claim(shop, "hnd_1", actor)
        assert refused.value.code == "handoff_closed"
    assert actions(database, shop) == [("handoff.claimed", ACTOR.name), ("handoff.closed", OTHER.name)]


def test_a_call_nobody_claimed_can_be_closed(handoffs, shop):
    """A call may be answered by telephone."""
    add(handoffs, shop)
    closed = handoffs.close(shop, "hnd_1", ACTOR)
    assert (closed.status, closed.claimed_by, closed.claimed_at) == ("closed", "", None)


def test_attempts_are_counted_and_delivery_stays(handoffs, database, shop):
    """What was delivered once is not undone by a later failure; only a person's attempt is in the audit log."""
    add(handoffs, shop)
    failed = handoffs.set_delivery(shop, "hnd_1", "failed", "x" * 1000)
    assert (failed.delivery, failed.attempts, len(failed.last_error)) == ("failed", 1, 300)
    delivered = handoffs.set_delivery(shop, "hnd_1", "delivered", actor=ACTOR)
    assert (delivered.delivery, delivered.attempts, delivered.last_error) == ("delivered", 2, "")
    later = handoffs.set_delivery(shop, "hnd_1", "failed", "gone")
    assert (later.delivery, later.last_error) == ("delivered", "gone")
    assert actions(database, shop) == [("handoff.delivery", ACTOR.name)]
    add(handoffs, shop, "hnd_2")
    assert handoffs.set_delivery(shop, "hnd_2", "none").attempts == 0


def age(owner: Any, business_id: str, requested_s: float, attempted_s: float | None = None) -> None:
    """Let hand-offs have been asked for, and tried last, so many seconds ago."""
    owner.run(
        "UPDATE handoffs SET requested_at = now() - make_interval(secs => %s),"
        " attempted_at = now() - make_interval(secs => %s) WHERE business_id = %s",
        requested_s, attempted_s, business_id,
    )  # fmt: skip


def test_retries_wait_longer_each_time_up_to_an_hour(handoffs, owner, shop):
    """A failed one is due after half a minute, then after twice as long, then every hour, however often it failed."""
    add(handoffs, shop)
    age(owner, shop, FIRST_RETRY_S - 5)
    assert handoffs.due(shop) == []
    age(owner, shop, FIRST_RETRY_S + 5)
    for attempts in range(1, 40):
        assert [record.id for record in handoffs.due(shop)] == ["hnd_1"]
        handoffs.set_delivery(shop, "hnd_1", "failed", "down")
        wait = min(FIRST_RETRY_S * 2**attempts, LONGEST_RETRY_S)
        age(owner, shop, 40_000, wait - 5)
        assert handoffs.due(shop) == []
        age(owner, shop, 40_000, wait + 5)


def test_after_a_day_nobody_is_told_any_more(handoffs, owner, shop):
    """Whoever was asked for yesterday has been missed: neither a failed one nor one never tried is due."""
    for number in range(2):
        add(handoffs, shop, f"hnd_{number}")
    handoffs.set_delivery(shop, "hnd_1", "failed", "down")
    age(owner, shop, GIVE_UP_AFTER_S - 60, 7200)
    assert shop in handoffs.businesses_due(1000)
    assert len(handoffs.due(shop)) == 2
    age(owner, shop, GIVE_UP_AFTER_S + 60, 7200)
    assert shop not in handoffs.businesses_due(1000)
    assert handoffs.due(shop) == []


def test_only_businesses_with_an_overdue_call_are_due(handoffs, database, owner, shop, rival):
    """A business is due while a call of it is, the longest waiting first, and while it is there."""

    def due() -> list[str]:
        return [business_id for business_id in handoffs.businesses_due(1000) if business_id in (shop, rival)]

    for business_id in (shop, rival):
        add(handoffs, business_id, "hnd_1")
        add(handoffs, business_id, "hnd_2")
    assert due() == []
    age(owner, shop, 80_000)
    age(owner, rival, 70_000)
    assert due() == [shop, rival]
    assert handoffs.businesses_due(1) == [shop]
    assert len(handoffs.due(shop, 1)) == 1
    assert due() == [shop, rival]
    assert len(handoffs.due(shop, 1)) == 1
    assert due() == [rival]
    age(owner, shop, 80_000)
    BusinessStore(database).set_deleted(rival, ACTOR, deleted=True, if_version=None)
    assert due() == [shop]
    owner.run("UPDATE handoffs SET delivery = 'none' WHERE business_id = %s", shop)  # the same test in the other form


@pytest.mark.parametrize("end", ["delivered", "none", "claimed", "closed"])
def test_what_needs_no_webhook_any_more_is_not_due(handoffs, owner, shop, end):
    """Neither what arrived, nor what somebody has claimed or closed meanwhile, is sent again."""
    add(handoffs, shop)
    if end == "claimed":
        handoffs.claim(shop, "hnd_1", ACTOR)
    elif end == "closed":
        handoffs.close(shop, "hnd_1", ACTOR)
    else:
        handoffs.set_delivery(shop, "hnd_1", end)
    age(owner, shop, 7200)
    assert handoffs.due(shop) == []
    assert shop not in handoffs.businesses_due(1000)


def test_each_due_one_goes_to_one_caller(handoffs, owner, shop):
    """Two instances that look at the same moment do not both send it."""
    for number in range(4):
        add(handoffs, shop, f"hnd_{number}")
    age(owner, shop, 3600)
    taken = at_once([partial(handoffs.due, shop)] * 3)
    assert sorted(record.id for records in taken for record in records) == [f"hnd_{number}" for number in range(4)]


def test_another_business_reaches_nothing(handoffs, database, owner, shop, rival):
    """With the id of another's call every method finds nothing, and changes nothing."""
    kept = add(handoffs, shop)
    age(owner, shop, 7200)
    kept = handoffs.get(shop, kept.id)
    for attempt in (
        lambda: handoffs.get(rival, kept.id),
        lambda: handoffs.claim(rival, kept.id, OTHER),
        lambda: handoffs.close(rival, kept.id, OTHER),
        lambda: handoffs.set_delivery(rival, kept.id, "delivered", actor=OTHER),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert handoffs.list_of(rival, 10) == handoffs.due(rival) == []
    TraceStore(database, SEALING).erase(rival, (kept.session_id,))
    mine = add(handoffs, rival, kept.id, session_id="mine", payload={"mine": True})
    assert mine.session_id == "mine"
    assert handoffs.get(shop, kept.id) == kept
    assert actions(database, rival) == []


def test_hostile_ids_are_only_ids(handoffs, shop):
    """An id is a bound value whatever stands in it."""
    for hostile in ("' OR 1=1 --", "%", "%s", "", "x" * 5000, "\u202e"):
        with pytest.raises(NotFound):
            handoffs.get(shop, hostile)


def test_calls_go_with_their_session_and_their_business(handoffs, database, owner, shop, rival):
    """Erasing a session removes its calls alone; a purge removes all of a business's, and nobody else's."""
    add(handoffs, shop, "hnd_1")
    add(handoffs, shop, "hnd_2", session_id="other")
    add(handoffs, rival, "hnd_1")
    TraceStore(database, SEALING).erase(shop, ("s",))
    assert [record.id for record in handoffs.list_of(shop, 10)] == ["hnd_2"]
    store = BusinessStore(database)
    store.set_deleted(shop, ACTOR, deleted=True, if_version=None)
    for call in (lambda: handoffs.get(shop, "hnd_2"), lambda: handoffs.claim(shop, "hnd_2", ACTOR)):
        with pytest.raises(NotFound):
            call()
    store.purge(shop, ACTOR)
    left = owner.run("SELECT business_id FROM handoffs WHERE business_id IN (%s, %s)", shop, rival)
    assert left == [(rival,)]


def test_a_call_to_a_business_that_is_gone_is_refused(handoffs, business):
    """Nothing is kept for nobody."""
    with pytest.raises(NotFound):
        add(handoffs, business)
