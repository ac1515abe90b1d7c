"""The CRM outbox in Postgres: kept once, given to one worker, tried again, and nobody else's business."""

from dataclasses import replace
from functools import partial

import pytest

from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.traces import TraceStore
from shared.domain.errors import Conflict, NotFound
from tests.stores.outbox_entries import actions, claim, entry, expire, keys, only
from tests.stores.rows import ACTOR, SEALING, config, raw

EVERYTHING = {"name": "Jürgen \"hi\" 'x' %s \\", "amount": 1.5, "list": [1, None, {"日本": "\n"}]}


@pytest.fixture
def outbox(database, sealing):
    return OutboxStore(database, sealing)


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


def test_an_entry_goes_to_a_worker_and_is_delivered(outbox, shop):
    """What was added is claimed as it was, once; delivered, it is kept with its id in the CRM."""
    assert outbox.add(shop, [entry(payload=EVERYTHING, people=("s", "mail"))]) == 1
    (job,) = claim(outbox, shop)
    assert (job.business_id, job.key, job.kind, job.session_id) == (shop, "contact:s", "contact", "s")
    assert (job.payload, job.version, job.attempts, job.remote_id) == (EVERYTHING, 1, 1, "")
    assert (job.contact_id, job.deal_id, job.tried, job.since) == ("", "", False, None)
    assert claim(outbox, shop) == []
    assert outbox.delivered(shop, job, "crm-1")
    record = only(outbox, shop)
    assert (record.status, record.remote_id, record.attempts, record.payload) == ("delivered", "crm-1", 1, EVERYTHING)
    assert record.delivered_at is not None
    assert claim(outbox, shop) == []
    assert "Jürgen" not in repr(job) + repr(record)


def test_the_same_again_is_nothing(outbox, shop):
    """The same key with the same payload changes no entry, whatever its state; with another it waits again."""
    outbox.add(shop, [entry()])
    waiting = only(outbox, shop)
    assert outbox.add(shop, [entry()]) == 0
    assert only(outbox, shop) == waiting
    outbox.delivered(shop, claim(outbox, shop)[0], "crm-1")
    delivered = only(outbox, shop)
    assert outbox.add(shop, [entry()]) == 0
    assert only(outbox, shop) == delivered
    assert outbox.add(shop, [entry(payload={"v": 2})]) == 1
    again = only(outbox, shop)
    assert (again.id, again.status, again.attempts, again.remote_id) == (waiting.id, "pending", 0, "crm-1")
    (job,) = claim(outbox, shop)
    assert (job.payload, job.version, job.attempts, job.remote_id, job.tried) == ({"v": 2}, 2, 1, "crm-1", True)


@pytest.mark.parametrize("end", ["parked", "cancelled"])
def test_what_was_given_up_waits_again_with_a_new_payload_only(outbox, shop, end):
    """An entry that was parked or cancelled stays so for the same payload; a new one is a new chance."""
    outbox.add(shop, [entry()])
    if end == "parked":
        outbox.park(shop, claim(outbox, shop)[0], "refused", "No.")
    else:
        outbox.cancel(shop, only(outbox, shop).id, ACTOR)
    assert outbox.add(shop, [entry()]) == 0
    assert only(outbox, shop).status == end
    outbox.add(shop, [entry(payload={"v": 2})])
    record = only(outbox, shop)
    assert (record.status, record.reason, record.category, record.attempts) == ("pending", "", "", 0)


def test_an_id_in_the_crm_is_not_forgotten(outbox, shop):
    """A later delivery that is told no id leaves the one that is known."""
    outbox.add(shop, [entry()])
    outbox.delivered(shop, claim(outbox, shop)[0], "crm-1")
    outbox.add(shop, [entry(payload={"v": 2})])
    outbox.delivered(shop, claim(outbox, shop)[0], "")
    assert only(outbox, shop).remote_id == "crm-1"


def test_entries_added_together_keep_their_order(outbox, shop):
    """Ids ascend in the order given, though made in one moment; a key given twice is one entry, its last payload."""
    names = [f"note:{number}" for number in range(20)]
    given = [entry(name, ("s",)) for name in names]
    assert outbox.add(shop, [*given, entry(names[0], ("other",), payload={"v": 2})]) == 20
    assert [record.key for record in reversed(outbox.list_of(shop, 50))] == names
    assert keys(claim(outbox, shop)) == [names[0]]
    assert outbox.list_of(shop, 50)[-1].payload == {"v": 2}
    outbox.add(shop, [entry("note:of-other", ("other",))])
    assert claim(outbox, shop) == []
    assert outbox.add(shop, []) == 0


def test_all_or_none_is_kept(outbox, shop, business):
    """One entry that the database refuses leaves none of the others behind; nothing is kept for nobody."""
    with pytest.raises(Exception, match="crm_outbox_kind_check"):
        outbox.add(shop, [entry(), entry("other:s", kind="other")])
    assert outbox.list_of(shop, 10) == []
    with pytest.raises(NotFound):
        outbox.add(f"{business}-nobody", [entry()])


def test_a_crash_gives_the_entry_to_another(outbox, owner, shop):
    """When its lease is over an entry is given out again, with what is known of the first attempt; not before."""
    outbox.add(shop, [entry()])
    (first,) = claim(outbox, shop)
    assert claim(outbox, shop) == []
    expire(owner, shop)
    (second,) = claim(outbox, shop)
    assert (second.id, second.attempts, second.first_attempt_at) == (first.id, 2, first.first_attempt_at)
    assert (first.since, second.since) == (None, first.first_attempt_at)
    assert second.lease != first.lease


def test_a_worker_that_was_given_up_changes_nothing(outbox, owner, shop):
    """Who comes back after another took over is refused, under the same name too; the other is not."""
    outbox.add(shop, [entry()])
    (zombie,) = claim(outbox, shop)
    expire(owner, shop)
    (second,) = claim(outbox, shop)
    before = owner.run("SELECT t::text FROM crm_outbox t WHERE business_id = %s", shop)
    for end in (
        partial(outbox.delivered, shop, zombie, "wrong"),
        partial(outbox.postpone, shop, zombie, "unavailable", "Late.", 600),
        partial(outbox.park, shop, zombie, "refused", "Late."),
        partial(outbox.release, shop, zombie),
        partial(outbox.delivered, shop, replace(zombie, lease=""), "wrong"),
    ):
        assert not end()
        assert owner.run("SELECT t::text FROM crm_outbox t WHERE business_id = %s", shop) == before
    assert outbox.delivered(shop, second, "right")
    assert not outbox.delivered(shop, second, "twice")
    assert not outbox.park(shop, replace(second, lease=""), "refused", "Nobody's.")
    assert only(outbox, shop).remote_id == "right"


def test_a_late_end_counts_while_nobody_took_over(outbox, owner, shop):
    """A delivery that took longer than its lease is still a delivery: it must not be made again."""
    outbox.add(shop, [entry()])
    (job,) = claim(outbox, shop)
    expire(owner, shop)
    assert outbox.delivered(shop, job, "1")
    assert claim(outbox, shop) == []


@pytest.mark.parametrize("end", ["delivered", "park", "postpone"])
def test_a_newer_payload_meanwhile_is_not_lost(outbox, owner, shop, end):
    """What changed while a worker had it is delivered too, counted from the start; it keeps what became known."""
    outbox.add(shop, [entry()])
    (job,) = claim(outbox, shop)
    outbox.add(shop, [entry(payload={"v": 2})])
    assert claim(outbox, shop) == []
    if end == "delivered":
        assert outbox.delivered(shop, job, "c1")
    elif end == "park":
        assert outbox.park(shop, job, "refused", "The old one.")
    else:
        assert outbox.postpone(shop, job, "unavailable", "Down.", 600)
        assert claim(outbox, shop) == []
        owner.run("UPDATE crm_outbox SET next_at = now() WHERE business_id = %s", shop)
    (newer,) = claim(outbox, shop)
    assert (newer.payload, newer.version, newer.attempts, newer.since) == ({"v": 2}, 2, 1, job.first_attempt_at)
    assert newer.remote_id == ("c1" if end == "delivered" else "")


def test_a_job_given_back_was_never_tried(outbox, shop):
    """At a shutdown a job goes back as if nobody had taken it, to be had at once."""
    outbox.add(shop, [entry()])
    before = only(outbox, shop)
    assert outbox.release(shop, claim(outbox, shop)[0])
    assert only(outbox, shop) == before
    (job,) = claim(outbox, shop)
    assert (job.attempts, job.tried) == (1, False)
    outbox.postpone(shop, job, "unavailable", "Down.", 0)
    (second,) = claim(outbox, shop)
    outbox.release(shop, second)
    (third,) = claim(outbox, shop)
    assert (third.attempts, third.tried, third.first_attempt_at) == (2, True, job.first_attempt_at)


@pytest.mark.parametrize("asked", [-1.0, 1e300, float("inf"), float("nan")])
def test_an_absurd_wait_is_a_bounded_one(outbox, shop, asked):
    """Whatever a CRM asks for, an entry is tried again within a week."""
    outbox.add(shop, [entry()])
    (job,) = claim(outbox, shop)
    assert outbox.postpone(shop, job, "limited", "Too many.", asked)
    record = only(outbox, shop)
    assert (record.next_at - record.created_at).days <= 7


def test_parked_entries_are_tried_again(outbox, database, shop):
    """Everything parked waits again at once, from the start; the log says how many, and nothing when none was."""
    outbox.add(shop, [entry(f"contact:{name}", (name,)) for name in "abc"])
    jobs = claim(outbox, shop)
    outbox.delivered(shop, jobs[0], "1")
    for job in jobs[1:]:
        outbox.park(shop, job, "refused", "No.")
    assert outbox.requeue(shop, None, ACTOR) == 2
    assert outbox.requeue(shop, None, ACTOR) == 0
    again = claim(outbox, shop)
    assert [(job.key, job.attempts, job.tried) for job in again] == [("contact:b", 1, True), ("contact:c", 1, True)]
    assert actions(database, shop) == [("crm.requeued", "", {"entries": 2})]


def test_one_entry_is_tried_again(outbox, database, shop):
    """One that waits for its time, is parked or cancelled is tried now; one that was delivered is not."""
    outbox.add(shop, [entry()])
    (job,) = claim(outbox, shop)
    outbox.postpone(shop, job, "unavailable", "Down.", 600)
    for _ in range(2):
        assert outbox.requeue(shop, job.id, ACTOR) == 1
        (job,) = claim(outbox, shop)
        assert job.attempts == 1
        outbox.park(shop, job, "refused", "No.")
    outbox.cancel(shop, job.id, ACTOR)
    assert outbox.requeue(shop, job.id, ACTOR) == 1
    outbox.delivered(shop, claim(outbox, shop)[0], "1")
    for call in (outbox.requeue, outbox.cancel):
        with pytest.raises(Conflict) as refused:
            call(shop, job.id, ACTOR)
        assert refused.value.code == "already_delivered"
        with pytest.raises(NotFound):
            call(shop, "lead_nothing", ACTOR)
    assert [action for action, _, _ in actions(database, shop)] == ["crm.requeued"] * 2 + [
        "crm.cancelled",
        "crm.requeued",
    ]


def test_cancelling_gives_up_but_does_not_lie(outbox, shop):
    """A cancelled entry is not given out; what was being sent just then and arrived is told as delivered."""
    outbox.add(shop, [entry("contact:a", ("a",)), entry("contact:b", ("b",)), entry("contact:c", ("c",))])
    (a, b, c) = claim(outbox, shop)
    for job in (a, b, c):
        assert outbox.cancel(shop, job.id, ACTOR).status == "cancelled"
    assert outbox.cancel(shop, a.id, ACTOR).status == "cancelled"
    assert outbox.delivered(shop, a, "1")
    assert outbox.park(shop, b, "refused", "No.")
    assert outbox.postpone(shop, c, "unavailable", "Down.", 0)
    assert claim(outbox, shop) == []
    statuses = [outbox.get(shop, job.id).status for job in (a, b, c)]
    assert statuses == ["delivered", "cancelled", "cancelled"]


def test_lists_are_newest_first_in_pages_by_status_and_kind(outbox, shop):
    """A page begins below the last one seen; a status and a kind leave the others out."""
    outbox.add(shop, [entry("contact:a", ("a",)), entry("contact:b", ("b",)), entry("note:b", ("b",))])
    outbox.delivered(shop, claim(outbox, shop)[0], "1")
    everything = outbox.list_of(shop, 10)
    assert [record.key for record in everything] == ["note:b", "contact:b", "contact:a"]
    assert [record.key for record in outbox.list_of(shop, 1, everything[0].id)] == ["contact:b"]
    assert [record.key for record in outbox.list_of(shop, 10, status="pending", kind="contact")] == ["contact:b"]
    assert [record.key for record in outbox.list_of(shop, 10, status="delivered")] == ["contact:a"]
    assert outbox.get(shop, everything[0].id) == everything[0]
    for hostile in ("' OR 1=1 --", "%", "%s", "", "x" * 5000):
        with pytest.raises(NotFound):
            outbox.get(shop, hostile)


def test_counts_tell_how_long_the_oldest_waits(outbox, owner, shop):
    """Every status is counted; what waits is as old as its payload, however often it was tried."""
    assert set(outbox.counts(shop).values()) == {0}
    outbox.add(shop, [entry("contact:a", ("a",)), entry("contact:b", ("b",)), entry("note:b", ("b",))])
    (a, b) = claim(outbox, shop)
    outbox.delivered(shop, a, "1")
    owner.run("UPDATE crm_outbox SET updated_at = now() - interval '1 hour' WHERE business_id = %s", shop)
    outbox.postpone(shop, b, "unavailable", "Down.", 600)
    counts = outbox.counts(shop)
    assert 3600 <= counts.pop("oldest_waiting_s") < 3700
    assert counts == {"pending": 2, "delivered": 1, "parked": 0, "cancelled": 0}


def test_entries_go_with_their_session_and_their_business(outbox, database, owner, shop, rival):
    """Erasing a session removes its entries, a worker's included; a purge removes all of a business's."""
    outbox.add(shop, [entry("contact:s", ("s",)), entry("contact:t", ("t",))])
    outbox.add(rival, [entry()])
    job = claim(outbox, shop)[0]
    TraceStore(database, SEALING).erase(shop, ("s",))
    assert not outbox.delivered(shop, job, "1")
    assert [record.key for record in outbox.list_of(shop, 10)] == ["contact:t"]
    store = BusinessStore(database)
    store.set_deleted(shop, ACTOR, deleted=True, if_version=None)
    for call in (
        lambda: outbox.list_of(shop, 10),
        lambda: outbox.get(shop, job.id),
        lambda: outbox.counts(shop),
        lambda: outbox.requeue(shop, None, ACTOR),
        lambda: outbox.cancel(shop, job.id, ACTOR),
    ):
        with pytest.raises(NotFound):
            call()
    store.purge(shop, ACTOR)
    left = owner.run("SELECT business_id FROM crm_outbox WHERE business_id IN (%s, %s)", shop, rival)
    assert left == [(rival,)]


def test_another_business_reaches_nothing(outbox, database, owner, shop, rival):
    """With everything known of another's entry every method finds nothing, and changes nothing."""
    outbox.add(shop, [entry("contact:a", ("a",)), entry("contact:b", ("b",))])
    (job,) = claim(outbox, shop, 1)
    before = owner.run("SELECT t::text, xmin::text FROM crm_outbox t WHERE business_id = %s ORDER BY id", shop)
    assert claim(outbox, rival) == outbox.list_of(rival, 10) == []
    assert outbox.requeue(rival, None, ACTOR) == 0
    assert set(outbox.counts(rival).values()) == {0}
    for end in (
        partial(outbox.delivered, rival, job, "theirs"),
        partial(outbox.postpone, rival, job, "unavailable", "", 0),
        partial(outbox.park, rival, job, "refused", ""),
        partial(outbox.release, rival, job),
    ):
        assert not end()
    for call in (outbox.requeue, outbox.cancel):
        with pytest.raises(NotFound):
            call(rival, job.id, ACTOR)
    with pytest.raises(NotFound):
        outbox.get(rival, job.id)
    TraceStore(database, SEALING).erase(rival, ("a",))
    outbox.add(rival, [entry("contact:a", ("a",), payload={"mine": True})])
    (mine,) = claim(outbox, rival)
    assert mine.payload == {"mine": True}
    assert owner.run("SELECT t::text, xmin::text FROM crm_outbox t WHERE business_id = %s ORDER BY id", shop) == before
    assert actions(database, rival) == []
