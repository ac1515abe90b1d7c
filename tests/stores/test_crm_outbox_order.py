"""The order of the CRM outbox: each person's entries one after the other, each entry to one worker, however many."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.database import Database
from shared.domain.outbox import OutboxJob
from tests.stores.outbox_entries import claim, entry, expire, keys
from tests.stores.races import at_once
from tests.stores.rows import ACTOR, config, raw

ABOUT_P2 = ("p2", "z")


@pytest.fixture
def outbox(database, sealing):
    return OutboxStore(database, sealing)


@pytest.fixture
def wide(servers, sealing):
    """The outbox through a pool with a connection for each of eight threads."""
    pool = Database(connect_by_url(servers.function_env("admin")["DATABASE_URL"], "test"), size=8)
    yield OutboxStore(pool, sealing)
    pool.close()


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


def test_a_persons_entries_come_one_after_the_other(outbox, shop):
    """Contact, deal, note of one person come in this order, each after the end of the one before, with its id."""
    outbox.add(shop, [entry("contact:s"), entry("deal:s"), entry("note:s")])
    for expected, known in (("contact:s", ("", "")), ("deal:s", ("c1", "")), ("note:s", ("c1", "d1"))):
        (job,) = claim(outbox, shop)
        assert (job.key, (job.contact_id, job.deal_id)) == (expected, known)
        assert claim(outbox, shop) == []
        outbox.delivered(shop, job, f"{expected[0]}1")
    outbox.add(shop, [entry("note:later", ("s",)), entry("note:another", ("another",))])
    later, another = claim(outbox, shop)
    assert (later.contact_id, later.deal_id) == ("c1", "d1")
    assert (another.contact_id, another.deal_id) == ("", "")


def test_people_are_the_same_by_any_hash(outbox, shop):
    """Two sessions of one address are one person, also through a third; others need not wait for them."""
    outbox.add(shop, [entry("contact:a", ("a", "mail")), entry("contact:b", ("b", "mail", "phone"))])
    outbox.add(shop, [entry("contact:c", ("c", "phone")), entry("contact:d", ("d",)), entry("note:nobody", ())])
    first = claim(outbox, shop)
    assert keys(first) == ["contact:a", "contact:d", "note:nobody"]
    outbox.delivered(shop, first[0], "1")
    second = claim(outbox, shop)
    assert keys(second) == ["contact:b"]
    outbox.delivered(shop, second[0], "2")
    assert keys(claim(outbox, shop)) == ["contact:c"]


def test_whom_an_entry_was_about_it_stays_about(outbox, shop):
    """With a new payload an entry is about the people of both: what was of the first may be in the CRM."""
    outbox.add(shop, [entry("contact:s", ("s", "old"))])
    outbox.add(shop, [entry("contact:s", ("s", "new"), payload={"v": 2})])
    outbox.add(shop, [entry(f"contact:{name}", (name,)) for name in ("old", "new", "s2")])
    assert keys(claim(outbox, shop)) == ["contact:s", "contact:s2"]


def test_the_newest_known_id_is_a_sessions(outbox, shop):
    """Of two contacts of a session the newer counts as soon as the CRM has it; until then the older does."""
    outbox.add(shop, [entry("contact:first", ("s",)), entry("note:s"), entry("contact:second", ("s",))])
    known = []
    while jobs := claim(outbox, shop):
        known.append((jobs[0].key, jobs[0].contact_id))
        outbox.delivered(shop, jobs[0], f"id-{jobs[0].key}")
    assert known == [("contact:first", ""), ("note:s", "id-contact:first"), ("contact:second", "id-contact:first")]
    outbox.add(shop, [entry("note:later", ("s",))])
    assert claim(outbox, shop)[0].contact_id == "id-contact:second"


def test_a_postponed_entry_holds_back_its_person_alone(outbox, owner, shop):
    """While an older one waits for its time, newer ones of the same person do too; others go on."""
    outbox.add(shop, [entry("contact:a", ("a",)), entry("note:a", ("a",)), entry("contact:b", ("b",))])
    jobs = claim(outbox, shop)
    assert keys(jobs) == ["contact:a", "contact:b"]
    assert outbox.postpone(shop, jobs[0], "unavailable", "It does not answer.", 600)
    assert outbox.delivered(shop, jobs[1], "1")
    assert claim(outbox, shop) == []
    record = outbox.get(shop, jobs[0].id)
    assert (record.status, record.category, record.reason) == ("pending", "unavailable", "It does not answer.")
    assert (record.next_at - record.created_at).total_seconds() > 590
    owner.run("UPDATE crm_outbox SET next_at = now() WHERE business_id = %s", shop)
    (again,) = claim(outbox, shop)
    assert (again.key, again.attempts, again.first_attempt_at) == ("contact:a", 2, jobs[0].first_attempt_at)
    assert again.since == jobs[0].first_attempt_at


@pytest.mark.parametrize(("kind", "after"), [("contact", []), ("deal", ["note:s"])])
def test_only_a_parked_contact_holds_back_what_follows(outbox, shop, kind, after):
    """Without its contact nothing of a person can be written; without a deal its note can."""
    outbox.add(shop, [entry(f"{kind}:s"), entry("note:s")])
    (job,) = claim(outbox, shop)
    assert outbox.park(shop, job, "refused", "x" * 1000)
    record = outbox.get(shop, job.id)
    assert (record.status, record.category, len(record.reason)) == ("parked", "refused", 300)
    assert keys(claim(outbox, shop)) == after


def test_a_cancelled_contact_holds_nothing_back(outbox, shop):
    """What the owner gave up is not waited for."""
    outbox.add(shop, [entry("contact:s"), entry("note:s")])
    (job,) = claim(outbox, shop)
    outbox.park(shop, job, "refused", "No.")
    outbox.cancel(shop, job.id, ACTOR)
    assert keys(claim(outbox, shop)) == ["note:s"]


def test_an_older_entry_that_waits_again_waits_for_the_newer_one_at_work(outbox, shop):
    """A contact that changed while its deal is being written is not written at the same time."""
    outbox.add(shop, [entry("contact:s"), entry("deal:s")])
    outbox.delivered(shop, claim(outbox, shop)[0], "c1")
    (deal,) = claim(outbox, shop)
    outbox.add(shop, [entry("contact:s", payload={"v": 2})])
    assert claim(outbox, shop) == []
    outbox.delivered(shop, deal, "d1")
    (contact,) = claim(outbox, shop)
    assert (contact.key, contact.deal_id) == ("contact:s", "d1")


def test_many_who_claim_at_once_get_each_entry_once(wide, shop):
    """Eight threads that claim together share out the entries: none is given to two, none is left."""
    wide.add(shop, [entry(f"contact:{number}", (f"s{number}",)) for number in range(64)])
    taken: list[OutboxJob] = []
    while len(taken) < 64:
        rounds = at_once([partial(wide.claim, shop, "worker", 5, 60)] * 8)
        jobs = [job for jobs in rounds for job in jobs]
        assert jobs, "something was due and nobody got it"
        taken += jobs
    assert len({job.id for job in taken}) == len(taken) == 64


class Crew:
    """Workers that note when two of them are about one person, or one is about an entry before its turn."""

    def __init__(self, outbox: OutboxStore, business_id: str, people: Mapping[str, tuple[str, ...]]) -> None:
        self.outbox = outbox
        self.business_id = business_id
        self.people = people
        self.order: list[OutboxJob] = []
        self.clashes: list[str] = []
        self._at_work: set[str] = set()
        self._guard = threading.Lock()

    def work(self, until: int) -> None:
        """Claim and deliver until so many entries are delivered."""
        for _ in range(400):
            for job in self.outbox.claim(self.business_id, "worker", 2, 60):
                self._deliver(job)
            if self.outbox.counts(self.business_id)["delivered"] == until:
                return
        self.clashes.append("there was no end")

    def _deliver(self, job: OutboxJob) -> None:
        about = set(self.people[job.session_id])
        with self._guard:
            self.clashes.extend(about & self._at_work)
            self._at_work |= about
            self.order.append(job)
        if job.key == "deal:p2" and job.version < 3:
            self.outbox.add(self.business_id, [entry("deal:p2", ABOUT_P2, payload={"v": job.version + 1})])
        with self._guard:
            self._at_work -= about
        if not self.outbox.delivered(self.business_id, job, job.key):
            self.clashes.append(f"{job.key} was taken away")


def test_no_two_work_on_one_person(wide, shop):
    """Eight workers over people with many entries, while one changes: one at a time for each, oldest first."""
    kinds = ("contact", "deal", "note", "record")
    people = {"p0": ("p0", "x"), "p1": ("p1", "x"), "p2": ABOUT_P2, "p3": ("p3", "y"), "p4": ("p4", "y", "z"),
              "p5": ("p5",)}  # fmt: skip
    for name, about in people.items():
        wide.add(shop, [entry(f"{kind}:{name}", about) for kind in kinds])
    crew = Crew(wide, shop, people)
    at_once([partial(crew.work, len(people) * len(kinds))] * 8)
    assert crew.clashes == []
    for name in people:
        mine = [job.id for job in crew.order if job.session_id == name]
        assert mine == sorted(mine)
    assert [job.version for job in crew.order if job.key == "deal:p2"] == [1, 2, 3]
    assert len(crew.order) == len(people) * len(kinds) + 2


def test_a_claim_sees_what_the_one_before_it_took(outbox, owner, shop):
    """While one claim is not yet over the next waits for it, and then leaves the person alone."""
    outbox.add(shop, [entry("contact:s"), entry("deal:s")])
    outbox.delivered(shop, claim(outbox, shop)[0], "c1")
    outbox.add(shop, [entry("contact:s", payload={"v": 2})])
    with ThreadPoolExecutor(1) as pool:
        with owner.transaction(end="COMMIT"):
            owner.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", f"crm_outbox:{shop}")
            owner.run(
                "UPDATE crm_outbox SET lease = 'first', lease_until = now() + interval '1 hour'"
                " WHERE business_id = %s AND kind = 'deal'", shop,
            )  # fmt: skip
            second = pool.submit(claim, outbox, shop)
            waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while not second.done() and not owner.run(waiting):
                pass
        assert second.result() == []


def test_adding_and_claiming_at_once_neither_waits_for_the_other_for_ever(wide, shop):
    """Changes to the same entries in different orders, beside claims, all come to an end and lose nothing."""
    names = [f"contact:{number}" for number in range(12)]
    given = [[entry(name, (name,), payload={"v": version}) for name in names] for version in range(6)]
    calls = [
        partial(wide.add, shop, entries if version % 2 else entries[::-1]) for version, entries in enumerate(given)
    ]
    results = at_once([*calls, *[partial(wide.claim, shop, "worker", 12, 60)] * 2])
    assert not [result for result in results if isinstance(result, Exception)]
    assert sorted(record.key for record in wide.list_of(shop, 50)) == sorted(names)
    jobs = [job for result in results[-2:] for job in result]
    assert all(wide.delivered(shop, job, "1") for job in jobs)
    while claimed := claim(wide, shop):
        assert all(wide.delivered(shop, job, "1") for job in claimed)
    assert wide.counts(shop)["delivered"] == 12


def test_only_businesses_with_something_to_do_are_due(outbox, database, owner, shop, rival):
    """A business is due while a claim would give it something, the longest waiting first, and while it is there."""

    def due() -> list[str]:
        return [business_id for business_id in outbox.businesses_due(1000) if business_id in (shop, rival)]

    assert due() == []
    outbox.add(rival, [entry()])
    outbox.add(shop, [entry(), entry("note:s")])
    assert due() == [rival, shop]
    owner.run("UPDATE crm_outbox SET next_at = now() - interval '1 hour' WHERE business_id = %s", shop)
    assert due() == [shop, rival]
    assert outbox.businesses_due(1) == [shop]
    (job,) = claim(outbox, shop)
    assert due() == [rival]
    expire(owner, shop)
    assert due() == [shop, rival]
    (job,) = claim(outbox, shop)
    outbox.park(shop, job, "refused", "No.")
    assert due() == [rival]
    outbox.cancel(shop, job.id, ACTOR)
    assert due() == [shop, rival]
    BusinessStore(database).set_deleted(rival, ACTOR, deleted=True, if_version=None)
    assert due() == [shop]
    owner.run("DELETE FROM crm_outbox WHERE business_id = %s", shop)  # the same test in the other form
