"""Credentials of a CRM in Postgres: written, never shown; one refreshes; what was replaced does not come back."""

from functools import partial

import pytest

from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.crm_credentials import CrmCredentialStore
from shared.adapters.postgres.database import Database
from shared.adapters.vault import Vault, VaultError
from shared.domain.errors import NotFound
from tests.stores.own_database import job
from tests.stores.races import at_once
from tests.stores.rows import ACTOR, config, raw

OLD, NEW = "o" * 32, "n" * 32
VALUES = {"client_id": "id-1", "client_secret": "s3cret-ü", "refresh_token": "refresh-1"}
TOKEN = {"value": "t0ken", "expires_at": "2030-01-01T00:00:00+00:00"}


@pytest.fixture
def credentials(database):
    return CrmCredentialStore(database, Vault([OLD]))


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


def stored(credentials: CrmCredentialStore, business_id: str):
    """Return what is stored, which there must be."""
    found = credentials.get(business_id)
    assert found is not None
    return found


def actions(database: Database, business_id: str) -> list[tuple[str, str, dict[str, object]]]:
    """Return what the audit log says of credentials, oldest first."""
    lines = AuditStore(database).of_business(business_id, 50, None)
    return [(line.action, line.target, line.detail) for line in reversed(lines) if line.action.startswith("crm.")]


def test_credentials_come_back_to_delivery_and_their_names_to_people(credentials, database, shop):
    """Values are for delivery; the owner sees names, when and by whom; the log sees names."""
    assert credentials.status(shop) is None
    assert credentials.get(shop) is None
    told = credentials.put(shop, "hubspot", VALUES, ACTOR)
    assert (told.connector, told.names, told.updated_by, told.readable) == (
        "hubspot", tuple(sorted(VALUES)), ACTOR.name, True,
    )  # fmt: skip
    assert credentials.status(shop) == told
    found = stored(credentials, shop)
    assert (found.connector, found.values, found.token, found.updated_at) == ("hubspot", VALUES, None, told.updated_at)
    assert actions(database, shop) == [("crm.credentials_set", "hubspot", {"names": sorted(VALUES)})]


def test_values_never_show(credentials, owner, shop):
    """Neither what is printed of them nor what the database holds, the log included, has a value in it."""
    credentials.put(shop, "hubspot", VALUES, ACTOR)
    found = stored(credentials, shop)
    credentials.save_token(shop, TOKEN, "refresh-2", read_at=found.updated_at)
    found = stored(credentials, shop)
    row = owner.run("SELECT sealed, token FROM crm_credentials WHERE business_id = %s", shop)
    log = owner.run("SELECT detail::text, target FROM audit_log WHERE business_id = %s", shop)
    for shown in (repr(found), str(found), repr(credentials.status(shop)), repr(row), repr(log)):
        for value in (*VALUES.values(), TOKEN["value"], "refresh-2"):
            assert value not in shown


def test_new_credentials_replace_old_ones_and_their_token(credentials, shop):
    """Nothing of the old ones is left: no value, no token, no claim; the moment is always a later one."""
    first = credentials.put(shop, "hubspot", VALUES, ACTOR)
    credentials.save_token(shop, TOKEN, read_at=first.updated_at)
    assert credentials.claim_refresh(shop, 60)
    second = credentials.put(shop, "zoho", {"key": "2"}, ACTOR)
    found = stored(credentials, shop)
    assert (found.connector, found.values, found.token) == ("zoho", {"key": "2"}, None)
    assert second.updated_at > first.updated_at
    assert credentials.claim_refresh(shop, 60)


def test_deleting_forgets_everything_once(credentials, database, shop):
    """Credentials that were deleted are gone; a second time there is nothing to delete or to log."""
    credentials.put(shop, "hubspot", VALUES, ACTOR)
    assert credentials.delete(shop, ACTOR)
    assert not credentials.delete(shop, ACTOR)
    assert credentials.get(shop) is None
    assert [action for action, _, _ in actions(database, shop)] == ["crm.credentials_set", "crm.credentials_removed"]


def test_a_token_is_kept_with_the_newest_refresh_token(credentials, shop):
    """A token is kept beside the credentials; a new refresh token takes the old one's place and nothing else's."""
    read_at = credentials.put(shop, "zoho", VALUES, ACTOR).updated_at
    assert credentials.save_token(shop, TOKEN, read_at=read_at)
    assert (stored(credentials, shop).token, stored(credentials, shop).values) == (TOKEN, VALUES)
    assert credentials.save_token(shop, TOKEN | {"value": "2"}, "refresh-2", read_at=read_at)
    found = stored(credentials, shop)
    assert (found.token, found.values) == (TOKEN | {"value": "2"}, VALUES | {"refresh_token": "refresh-2"})
    assert found.updated_at == read_at
    assert credentials.save_token(shop, None, read_at=read_at)
    found = stored(credentials, shop)
    assert (found.token, found.values["refresh_token"]) == (None, "refresh-2")


def test_a_late_token_does_not_bring_old_credentials_back(credentials, shop):
    """A token made of credentials that were replaced or deleted meanwhile is dropped, its refresh token too."""
    read_at = credentials.put(shop, "zoho", VALUES, ACTOR).updated_at
    credentials.put(shop, "zoho", VALUES | {"refresh_token": "entered"}, ACTOR)
    credentials.claim_refresh(shop, 60)
    assert not credentials.save_token(shop, TOKEN, "late", read_at=read_at)
    found = stored(credentials, shop)
    assert (found.token, found.values["refresh_token"]) == (None, "entered")
    assert not credentials.claim_refresh(shop, 60)
    credentials.delete(shop, ACTOR)
    assert not credentials.save_token(shop, TOKEN, "late", read_at=found.updated_at)
    assert credentials.get(shop) is None


def test_one_of_many_refreshes(credentials, owner, shop):
    """Of callers at the same moment one makes a new token; after its end, or when its time is over, another may."""
    read_at = credentials.put(shop, "zoho", VALUES, ACTOR).updated_at
    for end in (
        partial(credentials.save_token, shop, TOKEN, read_at=read_at),
        partial(credentials.release_refresh, shop),
        partial(owner.run, "UPDATE crm_credentials SET refreshing_until = now() - interval '1 second'"
                           " WHERE business_id = %s", shop),
    ):  # fmt: skip
        assert sorted(at_once([partial(credentials.claim_refresh, shop, 60)] * 8)) == [False] * 7 + [True]
        end()
    assert credentials.claim_refresh(shop, 60)


def test_without_credentials_there_is_nothing_to_refresh(credentials, shop):
    """Nobody refreshes what is not there."""
    assert not credentials.claim_refresh(shop, 60)


def test_another_business_reaches_nothing(credentials, owner, shop, rival):
    """As another business every method finds nothing of this one's; its row, put there by force, stays shut."""
    read_at = credentials.put(shop, "hubspot", VALUES, ACTOR).updated_at
    kept = stored(credentials, shop)
    assert credentials.get(rival) is None
    assert credentials.status(rival) is None
    assert not credentials.delete(rival, ACTOR)
    assert not credentials.claim_refresh(rival, 60)
    assert not credentials.save_token(rival, TOKEN, "theirs", read_at=read_at)
    credentials.release_refresh(rival)
    assert stored(credentials, shop) == kept
    owner.run(
        "INSERT INTO crm_credentials SELECT %s, connector, sealed, token, NULL, updated_at, updated_by"
        " FROM crm_credentials WHERE business_id = %s", rival, shop,
    )  # fmt: skip
    with pytest.raises(VaultError):
        credentials.get(rival)


def test_credentials_belong_to_a_business_that_is_there(credentials, database, shop):
    """A deleted business's are not shown, set or removed; a purge removes them."""
    credentials.put(shop, "hubspot", VALUES, ACTOR)
    store = BusinessStore(database)
    store.set_deleted(shop, ACTOR, deleted=True, if_version=None)
    for call in (
        lambda: credentials.status(shop),
        lambda: credentials.delete(shop, ACTOR),
        lambda: credentials.put(shop, "hubspot", VALUES, ACTOR),
    ):
        with pytest.raises(NotFound):
            call()
    store.purge(shop, ACTOR)
    assert credentials.get(shop) is None


def test_a_lost_key_is_said(credentials, database, shop):
    """With its key gone the owner is told that credentials cannot be read; new ones can be entered."""
    credentials.put(shop, "hubspot", VALUES, ACTOR)
    later = CrmCredentialStore(database, Vault([NEW]))
    told = later.status(shop)
    assert told is not None
    assert (told.connector, told.names, told.readable) == ("hubspot", (), False)
    with pytest.raises(VaultError):
        later.get(shop)
    assert later.put(shop, "hubspot", VALUES, ACTOR).readable
    assert stored(later, shop).values == VALUES


def test_a_damaged_token_is_no_token(credentials, owner, shop):
    """A token can be made again: one that does not open is as good as none."""
    credentials.put(shop, "hubspot", VALUES, ACTOR)
    owner.run("UPDATE crm_credentials SET token = 'damaged' WHERE business_id = %s", shop)
    found = stored(credentials, shop)
    assert (found.values, found.token) == (VALUES, None)


def test_rotation_reaches_everything(alone):
    """Credentials and tokens of every business come under the newest key, a few at a time; again, nothing is left."""
    store, both = CrmCredentialStore(alone, Vault([OLD])), CrmCredentialStore(alone, Vault([NEW, OLD]))
    names = [f"shop-{number}" for number in range(5)]
    for name in names:
        BusinessStore(alone).create(name, config(), ACTOR)
        read_at = store.put(name, "hubspot", VALUES | {"of": name}, ACTOR).updated_at
        if name != names[0]:
            store.save_token(name, TOKEN, read_at=read_at)
    before = {name: stored(store, name) for name in names}
    lost = CrmCredentialStore(alone, Vault(["l" * 32]))
    BusinessStore(alone).create("lost", config(), ACTOR)
    lost.put("lost", "hubspot", VALUES, ACTOR)
    done = both.rotate(2)
    assert (done.rewrapped, done.unreadable) == (9, ("lost",))
    assert both.rotate(2).rewrapped == 0
    new = CrmCredentialStore(alone, Vault([NEW]))
    assert {name: stored(new, name) for name in names} == before
    with pytest.raises(VaultError):
        store.get(names[0])


def test_the_rotation_job(alone, own_database):
    """The job says how many it re-wrapped and whose it cannot open; it can be repeated and explains itself."""
    module = "shared.jobs.rotate_secrets"
    for name, key in (("shop", OLD), ("lost", "l" * 32)):
        BusinessStore(alone).create(name, config(), ACTOR)
        CrmCredentialStore(alone, Vault([key])).put(name, "hubspot", VALUES, ACTOR)
    env = {"DATABASE_URL": own_database, "SECRETS_KEY": f"{NEW},{OLD}"}
    for expected in ("1 sealed", "0 sealed"):
        done = job(module, **env)
        assert done.returncode == 1
        assert done.stdout.startswith(expected)
        assert "lost" in done.stderr
    CrmCredentialStore(alone, Vault([NEW])).delete("lost", ACTOR)
    done = job(module, **env | {"SECRETS_KEY": NEW})
    assert (done.returncode, done.stdout[:8], done.stderr) == (0, "0 sealed", "")
    assert "SECRETS_KEY" in job(module, "--help").stdout
    assert "SECRETS_KEY" in job(module, DATABASE_URL=own_database).stderr
    refused = job(module, SECRETS_KEY=NEW, DATABASE_URL="postgresql://somebody:hunter2@127.0.0.1:1/x")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "hunter2" not in refused.stderr
