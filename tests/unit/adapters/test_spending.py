"""The ledger: how old what it says may be, what it counts on itself, and what it does without a database."""

import threading
from dataclasses import replace

from shared.adapters.spending import SpendingJournal, SpendingLedger
from shared.domain.budget import Spent
from shared.domain.errors import DatabaseUnavailable
from shared.domain.events import CostArose
from tests.unit.fakes import ManualClock, MemoryJournal
from tests.unit.samples import a_tenant

TENANT = a_tenant(budget={"monthly_usd": 1})


class Sums:
    """The truth, by business; how often it was asked for."""

    def __init__(self) -> None:
        self.truth: dict[str, int] = {}
        self.asked = 0
        self.away = False
        self.answers = threading.Event()
        self.answers.set()

    def spent(self, business_id, zone, now):  # noqa: ARG002
        """See `UsageStore.spent`."""
        self.asked += 1
        assert self.answers.wait(5)
        if self.away:
            raise DatabaseUnavailable("It is away.")
        micros = self.truth.get(business_id, 0)
        return Spent(micros, micros)


def ledger():
    """Return a ledger, what it reads, and its clock."""
    sums, clock = Sums(), ManualClock()
    return SpendingLedger(sums, clock), sums, clock


def settled(book):
    """Wait until what is read in the background has been read."""
    book._background.submit(lambda: None).result()


def test_a_business_without_a_budget_is_never_read():
    """Most businesses: not a query, not an entry."""
    book, sums, _ = ledger()
    assert (book.spent(a_tenant()), sums.asked) == (Spent(), 0)


def test_many_turns_are_one_reading():
    """The first one waits for it, and those beside it for the same one."""
    book, sums, _ = ledger()
    sums.truth["acme"] = 500
    together = [threading.Thread(target=book.spent, args=(TENANT,)) for _ in range(16)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    assert (book.spent(TENANT), sums.asked) == (Spent(500, 500), 1)


def test_after_half_a_minute_it_is_read_while_turns_go_on():
    """The turn that notices does not wait; the next ones know."""
    book, sums, clock = ledger()
    book.spent(TENANT)
    sums.truth["acme"] = 900
    clock.elapsed += 29
    assert book.spent(TENANT) == Spent()
    clock.elapsed += 2
    sums.answers.clear()
    assert book.spent(TENANT) == Spent()
    sums.answers.set()
    settled(book)
    assert book.spent(TENANT) == Spent(900, 900)


def test_nothing_is_older_than_a_minute():
    """An instance that slept waits for the database once."""
    book, sums, clock = ledger()
    book.spent(TENANT)
    sums.truth["acme"] = 900
    clock.elapsed += 60
    assert book.spent(TENANT) == Spent(900, 900)


def test_what_is_spent_here_is_known_at_once():
    """A journal tells it; other businesses are not charged."""
    book, _, clock = ledger()
    journal = SpendingJournal(MemoryJournal(), book)
    book.spent(TENANT)
    other = replace(TENANT, id="other")
    cost = CostArose(
        id="c", at=clock.now(), session_id="s", items=({"what": "m", "unit": "t", "amount": 1, "micros": 70},)
    )
    journal.keep(TENANT, [cost, cost])
    assert (book.spent(TENANT), book.spent(other)) == (Spent(140, 140), Spent())


def test_what_the_database_has_by_now_is_not_counted_twice():
    """Read anew, one's own spending is in it."""
    book, sums, clock = ledger()
    book.spent(TENANT)
    book.add("acme", 70)
    sums.truth["acme"] = 100
    clock.elapsed += 60
    assert book.spent(TENANT) == Spent(100, 100)
    book.add("acme", 5)
    assert book.spent(TENANT) == Spent(105, 105)


def test_without_a_database_what_is_known_holds():
    """And grows by what is spent here; it is asked for again after half a minute, not by every turn."""
    book, sums, clock = ledger()
    sums.truth["acme"] = 100
    book.spent(TENANT)
    sums.away = True
    clock.elapsed += 61
    book.add("acme", 7)
    assert book.spent(TENANT) == Spent(107, 107)
    asked = sums.asked
    assert (book.spent(TENANT), sums.asked) == (Spent(107, 107), asked)
