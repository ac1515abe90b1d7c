"""The worker's delivery while Postgres comes and goes, and while delivering goes wrong in ways nobody thought of."""

from typing import Any

import pytest

from shared.adapters.crm.delivery import Delivery
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.database import Database
from shared.domain.errors import DatabaseUnavailable
from shared.domain.outbox import OutboxJob
from shared.domain.records import BusinessRecord
from tests.stores.outbox_entries import entry, only
from tests.stores.rows import ACTOR, SEALING, config


class Outbox(OutboxStore):
    """The outbox of a few businesses: `away` says how often a method finds the database gone before it is there."""

    def __init__(self, database: Database, mine: tuple[str, ...], **away: int) -> None:
        super().__init__(database, SEALING)
        self._mine = mine
        self._away = away

    def businesses_due(self, limit: int) -> list[str]:
        """See `OutboxStore`; businesses of other tests are left alone."""
        self._ask("businesses_due")
        return [business_id for business_id in super().businesses_due(1000) if business_id in self._mine][:limit]

    def claim(self, *given: Any) -> list[OutboxJob]:
        """See `OutboxStore`."""
        self._ask("claim")
        return super().claim(*given)

    def postpone(self, *given: Any) -> bool:
        """See `OutboxStore`."""
        self._ask("postpone")
        return super().postpone(*given)

    def _ask(self, method: str) -> None:
        if self._away.get(method, 0) > 0:
            self._away[method] -= 1
            raise DatabaseUnavailable("The database cannot be reached.")


class Faulty(BusinessStore):
    """The businesses, of which reading one goes wrong."""

    def __init__(self, database: Database, broken: str) -> None:
        super().__init__(database)
        self._broken = broken

    def get(self, business_id: str, *, deleted: bool = False) -> BusinessRecord:
        """See `BusinessStore`."""
        if business_id == self._broken:
            raise RuntimeError("nobody thought of this")
        return super().get(business_id, deleted=deleted)


@pytest.fixture
def shop(database, business):
    BusinessStore(database).create(business, config(), ACTOR)
    return business


@pytest.fixture
def rival(database, business):
    BusinessStore(database).create(f"{business}-2", config(), ACTOR)
    return f"{business}-2"


def delivery(businesses: BusinessStore, outbox: OutboxStore) -> Delivery:
    """Return the delivery of businesses without a CRM: what they have is parked."""
    return Delivery(businesses, outbox, None, None, lambda *_: None)  # type: ignore[arg-type]


def test_a_database_that_is_away_for_a_moment_ends_no_run(database, shop):
    """Whether it was gone when asked whose turn it is or when an entry was claimed: the same run goes on."""
    outbox = Outbox(database, (shop,), businesses_due=2, claim=1)
    outbox.add(shop, [entry()])
    assert delivery(BusinessStore(database), outbox).work(4) == {"parked": 1}
    assert only(outbox, shop).status == "parked"


@pytest.mark.parametrize("method", ["businesses_due", "claim"])
@pytest.mark.parametrize("until_idle", [False, True])
def test_a_database_that_stays_away_is_told_at_the_end(database, shop, method, until_idle):
    """Nobody is to believe that nothing was due; the entry waits unharmed."""
    outbox = Outbox(database, (shop,), **{method: 1000})
    outbox.add(shop, [entry()])
    with pytest.raises(DatabaseUnavailable):
        delivery(BusinessStore(database), outbox).work(0.5, until_idle=until_idle)
    assert (only(outbox, shop).status, only(outbox, shop).attempts) == ("pending", 0)


def test_an_entry_that_can_not_even_be_put_off_stops_nobody(database, shop, rival):
    """A fault of ours, and no database to note it in: the others are delivered, it comes again after its lease."""
    outbox = Outbox(database, (shop, rival), postpone=1)
    for business_id in (shop, rival):
        outbox.add(business_id, [entry()])
    done = delivery(Faulty(database, shop), outbox).work(5, until_idle=True)
    assert done == {"unknown": 1, "parked": 1}
    assert (only(outbox, shop).status, only(outbox, rival).status) == ("pending", "parked")


def test_a_fault_of_ours_puts_an_entry_off(database, shop):
    """With the database there it is noted, and tried again later."""
    outbox = Outbox(database, (shop,))
    outbox.add(shop, [entry()])
    assert delivery(Faulty(database, shop), outbox).work(5, until_idle=True) == {"postponed": 1}
    record = only(outbox, shop)
    assert (record.status, record.category) == ("pending", "malformed")
    assert "nobody thought" not in record.reason
