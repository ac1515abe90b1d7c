"""Phone lines in Postgres: the token goes in and comes out for calls alone; a number is one business's."""

from functools import partial

import pytest

from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.voice_lines import LineStore
from shared.adapters.vault import Vault, VaultError
from shared.domain.errors import Conflict, Invalid, NotFound
from shared.domain.voice import PhoneLine
from tests.stores.races import at_once
from tests.stores.rows import ACTOR, config, raw

OLD, NEW = "o" * 32, "n" * 32
TOKEN, ACCOUNT = "0123456789abcdef" * 2, "AC" + "1" * 32


@pytest.fixture
def lines(database):
    return LineStore(database, Vault([OLD]))


@pytest.fixture
def shop(database, business):
    BusinessStore(database).create(business, config(), ACTOR)
    return business


@pytest.fixture
def rival(database, business):
    BusinessStore(database).create(f"{business}-2", config(), ACTOR)
    return f"{business}-2"


@pytest.fixture
def number(business):
    """A number that no other test has."""
    return f"+49{int(business.removeprefix('store-'), 16) % 10**11:011}"


@pytest.fixture
def owner(servers):
    connection = raw("postgres", servers.ports.postgres, servers.database)
    yield connection
    connection.close()


def actions(database, business_id):
    """Return what the audit log says of lines, oldest first."""
    found = AuditStore(database).of_business(business_id, 50, None)
    return [(line.action, line.target, line.detail) for line in reversed(found) if line.action.startswith("voice.")]


def test_a_line_comes_back_to_calls_and_without_its_token_to_people(lines, database, shop, number):
    """The owner sees number, account, when and by whom; neither the database nor the log has the token."""
    assert (lines.get(shop), lines.status(shop), lines.business_of(number)) == (None, None, None)
    told = lines.put(shop, number, ACCOUNT, TOKEN, ACTOR)
    assert (told.number, told.account_sid, told.updated_by, told.readable) == (number, ACCOUNT, ACTOR.name, True)
    assert lines.status(shop) == told
    assert lines.get(shop) == PhoneLine(shop, number, ACCOUNT, TOKEN)
    assert lines.business_of(number) == shop
    assert actions(database, shop) == [("voice.line_set", number, {"account_sid": ACCOUNT, "token": True})]


def test_the_token_never_shows(lines, owner, shop, number):
    """Neither what is printed of a line nor what the database holds, the log included, has the token in it."""
    lines.put(shop, number, ACCOUNT, TOKEN, ACTOR)
    row = owner.run("SELECT * FROM voice_lines WHERE business_id = %s", shop)
    log = owner.run("SELECT detail::text, target FROM audit_log WHERE business_id = %s", shop)
    for shown in (repr(lines.get(shop)), repr(lines.status(shop)), repr(row), repr(log)):
        assert TOKEN not in shown


def test_without_a_token_the_one_of_the_same_account_stays(lines, shop, number):
    """A line changes its number without its token being entered again; another account needs its own."""
    with pytest.raises(Invalid):
        lines.put(shop, number, ACCOUNT, None, ACTOR)
    lines.put(shop, number, ACCOUNT, TOKEN, ACTOR)
    lines.put(shop, number + "1", ACCOUNT, None, ACTOR)
    assert lines.get(shop) == PhoneLine(shop, number + "1", ACCOUNT, TOKEN)
    assert lines.business_of(number) is None
    other = "AC" + "2" * 32
    with pytest.raises(Invalid):
        lines.put(shop, number, other, None, ACTOR)
    assert lines.get(shop) == PhoneLine(shop, number + "1", ACCOUNT, TOKEN)
    lines.put(shop, number, other, "f" * 32, ACTOR)
    assert lines.get(shop) == PhoneLine(shop, number, other, "f" * 32)


def test_a_number_is_one_businesss(lines, database, shop, rival, number):
    """Taken, it is refused with a clear text, and nothing changes; given up, it can be had."""
    lines.put(shop, number, ACCOUNT, TOKEN, ACTOR)
    lines.put(rival, number + "2", ACCOUNT, "f" * 32, ACTOR)
    with pytest.raises(Conflict, match="another business") as refused:
        lines.put(rival, number, ACCOUNT, TOKEN, ACTOR)
    assert (refused.value.code, shop in refused.value.detail) == ("number_taken", False)
    assert lines.get(rival) == PhoneLine(rival, number + "2", ACCOUNT, "f" * 32)
    assert len(actions(database, rival)) == 1
    assert lines.delete(shop, ACTOR)
    assert not lines.delete(shop, ACTOR)
    assert [action for action, *_ in actions(database, shop)] == ["voice.line_set", "voice.line_removed"]
    lines.put(rival, number, ACCOUNT, TOKEN, ACTOR)
    assert lines.business_of(number) == rival


def test_one_of_two_at_once_gets_a_number(lines, shop, rival, number):
    """Two businesses that take a number at the same moment: one has it, the other is told."""
    found = at_once([partial(lines.put, who, number, ACCOUNT, TOKEN, ACTOR) for who in (shop, rival)])
    assert sorted(isinstance(one, Conflict) for one in found) == [False, True]
    assert lines.business_of(number) == (rival if isinstance(found[0], Conflict) else shop)


def test_the_voice_functions_login_finds_its_way_and_no_further(lines, servers, shop, number):
    """It learns whose a number is and then reads that line, by a login that cannot become the platform."""
    lines.put(shop, number, ACCOUNT, TOKEN, ACTOR)
    pool = Database(connect_by_url(servers.function_env("voice")["DATABASE_URL"], "test"), size=1)
    try:
        store = LineStore(pool, Vault([OLD]))
        for guess in ("", "%", number[:-1], f"{number} ", "' OR true --"):
            assert store.business_of(guess) is None
        found = store.get(store.business_of(number) or "")
        assert found == PhoneLine(shop, number, ACCOUNT, TOKEN)
        with pool.tenant("") as tx:
            assert tx.run("SELECT * FROM voice_lines") == []
    finally:
        pool.close()


def test_a_row_moved_to_another_business_stays_shut(lines, owner, shop, rival, number):
    """A token is bound to its business: copied by force into another's row it does not open."""
    lines.put(shop, number, ACCOUNT, TOKEN, ACTOR)
    owner.run(
        "INSERT INTO voice_lines SELECT %s, number || '3', account_sid, sealed, updated_at, updated_by"
        " FROM voice_lines WHERE business_id = %s", rival, shop,
    )  # fmt: skip
    with pytest.raises(VaultError):
        lines.get(rival)
    told = lines.status(rival)
    assert told is not None
    assert not told.readable


def test_a_line_belongs_to_a_business_that_is_there(lines, database, shop, number):
    """A deleted business's is not shown, set or removed, and keeps its number; a purge sets it free."""
    lines.put(shop, number, ACCOUNT, TOKEN, ACTOR)
    store = BusinessStore(database)
    store.set_deleted(shop, ACTOR, deleted=True, if_version=None)
    for call in (
        lambda: lines.status(shop),
        lambda: lines.delete(shop, ACTOR),
        lambda: lines.put(shop, number, ACCOUNT, TOKEN, ACTOR),
    ):
        with pytest.raises(NotFound):
            call()
    assert lines.business_of(number) == shop
    store.purge(shop, ACTOR)
    assert lines.business_of(number) is None


def test_rotation_reaches_every_line(lines, database, shop, rival, number):
    """Every token comes under the newest key, one business a transaction; whose key is lost is named."""
    lines.put(shop, number, ACCOUNT, TOKEN, ACTOR)
    LineStore(database, Vault(["l" * 32])).put(rival, number + "4", ACCOUNT, TOKEN, ACTOR)
    both = LineStore(database, Vault([NEW, OLD]))
    done = both.rotate(1)
    assert done.rewrapped >= 1
    assert rival in done.unreadable
    assert both.rotate(1).rewrapped == 0
    assert LineStore(database, Vault([NEW])).get(shop) == PhoneLine(shop, number, ACCOUNT, TOKEN)
    with pytest.raises(VaultError):
        lines.get(shop)
