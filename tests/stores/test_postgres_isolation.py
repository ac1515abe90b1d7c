"""Row-level security against an attacker with a function's own login: every table, every command, both logins."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from shared.adapters.postgres.budget_alerts import BudgetAlert, BudgetAlertStore
from shared.adapters.postgres.calls import CallStore
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.crm_credentials import CrmCredentialStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.digests import DigestStore
from shared.adapters.postgres.golden import GoldenStore
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.postgres.traces import TraceStore
from shared.adapters.postgres.voice_lines import LineStore
from shared.adapters.vault import Vault
from shared.domain.digest import Week
from shared.domain.events import Exposed, Gap, SessionBegan, Talk
from shared.domain.golden import GoldenQuestion
from shared.domain.outbox import OutboxEntry
from shared.domain.voice import CallLimits
from tests.stores.rows import ACTOR, SEALING, business_with_everything, fingerprint, raw
from tests.unit.samples import a_tenant

OF_NOBODY = {"alembic_version"}  # holds the schema's revision and nothing of a tenant
LOGINS = ("chatbot_chat", "chatbot_admin", "chatbot_voice")


@pytest.fixture(scope="module")
def tables(owner):
    """Every table of the schema with the column that names its tenant."""
    found = owner.run(
        "SELECT c.oid::regclass::text, (SELECT attname FROM pg_attribute a WHERE a.attrelid = c.oid"
        " AND attname = 'business_id' AND NOT attisdropped) FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f')"
        " AND NOT c.relispartition"
        " AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%%'"
    )
    return {name: column or ("id" if name == "businesses" else None) for name, column in found if name not in OF_NOBODY}


@pytest.fixture(scope="module")
def owner(servers):
    connection = raw("postgres", servers.ports.postgres, servers.database)
    yield connection
    connection.close()


def with_crm(pool: Database, business_id: str) -> None:
    """Give a business credentials of a CRM and something that waits for it."""
    CrmCredentialStore(pool, Vault(["k" * 32])).put(business_id, "hubspot", {"token": "secret"}, ACTOR)
    OutboxStore(pool, SEALING).add(business_id, [OutboxEntry("contact:s", "contact", "s", ("p",), {"name": "secret"})])


def number_of(business_id: str) -> str:
    """Return a phone number that no other business of these tests has."""
    return f"+44{int(business_id.removeprefix('rls-'), 16) % 10**10:010}"


def with_history(pool: Database, business_id: str) -> None:
    """Give a business a turn that was kept, with its counts, and an experiment."""
    tenant = replace(a_tenant(), id=business_id)
    now = dt.datetime.now(dt.UTC)
    JournalStore(pool, Vault(["k" * 32])).keep(
        tenant,
        [
            Exposed(id="s/1", at=now, session_id="s", experiment="x", arm="a", unit="u"),
            SessionBegan(id="s/2", at=now, session_id="s"),
        ],
        Talk(
            session_id="s", at=now, message_id="m1", started_at=now.isoformat(), channel="web", number=1,
            state="answering", ending="answered", question="secret", html="secret", answer="secret",
            gap=Gap("secret?", "model/1", b"\0\0"),
        ),
    )  # fmt: skip
    assert DigestStore(pool).claim(business_id, Week.parse("2026-W47"), now)
    with pool.tenant(business_id) as tx:
        tx.run("INSERT INTO experiments (business_id, id, plan) VALUES (%s, 'x', '{}')", business_id)
        tx.run("INSERT INTO experiment_talks VALUES (%s, 'x', 'u', 's', now())", business_id)
        tx.run("SELECT count_more('x', '', 10)")
        tx.run("INSERT INTO gap_groups (business_id, id, status) VALUES (%s, 'x', 'dismissed')", business_id)
    GoldenStore(pool).add(business_id, GoldenQuestion(id="q1", question="secret", facts=("secret",)), ACTOR)
    BudgetAlertStore(pool).raise_(business_id, [BudgetAlert("month/2026-11/050", {"name": "secret"})])


def with_voice(pool: Database, business_id: str) -> None:
    """Give a business a phone line and a call."""
    LineStore(pool, Vault(["k" * 32])).put(business_id, number_of(business_id), "AC1", "secret-token", ACTOR)
    CallStore(pool, SEALING).begin(
        business_id, "CA1", session_id="s", caller="+441", number="+442", mode="live", limits=CallLimits()
    )


def with_erasures(pool: Database, business_id: str) -> None:
    """Give a business a session that was erased, with what is left to erase of its call, and a turn of retention."""
    CallStore(pool, SEALING).begin(
        business_id, "CA2", session_id="gone", caller="+441", number="+442", mode="live", limits=CallLimits()
    )
    TraceStore(pool, SEALING).erase(business_id, ("gone",))
    with pool.tenant(business_id) as tx:
        tx.run("INSERT INTO retention_runs (business_id) VALUES (%s) ON CONFLICT DO NOTHING", business_id)


@pytest.fixture(scope="module")
def victims(servers):
    """Two businesses with rows in every table: the attacker's own and the one attacked."""
    pool = Database(connect_by_url(servers.function_env("admin")["DATABASE_URL"], "test"), size=1)
    mine, theirs = (f"rls-{uuid.uuid4().hex[:10]}" for _ in range(2))
    for business_id in (mine, theirs):
        business_with_everything(pool, business_id)
        with_crm(pool, business_id)
        with_voice(pool, business_id)
        with_history(pool, business_id)
        with_erasures(pool, business_id)
    pool.close()
    return mine, theirs


@pytest.fixture(params=LOGINS)
def attacker(request, servers):
    connection = raw(request.param, servers.ports.postgres, servers.database)
    yield connection
    connection.close()


def test_every_table_belongs_to_tenants(tables):
    """There is no table that row-level security could not guard for lack of a business_id."""
    assert len(tables) >= 13
    assert [name for name, column in tables.items() if column is None] == []


def test_security_is_on_and_forced_everywhere(owner, tables):
    """Every table has row-level security, its owner included, and a tenant policy for reading and for writing."""
    for table, column in tables.items():
        flags = owner.run("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", table)
        assert flags == [(True, True)], table
        policies = {
            role: (permissive, command, using, check)
            for role, permissive, command, using, check in owner.run(
                "SELECT roles::text, permissive, cmd, qual, with_check FROM pg_policies WHERE tablename = %s", table
            )
        }
        assert set(policies) == {"{chatbot_tenant}", "{chatbot_platform}"}, table
        own_rows = f"({column} = current_setting('app.business_id'::text, true))"
        assert policies["{chatbot_tenant}"] == ("PERMISSIVE", "ALL", own_rows, own_rows), table


def test_a_month_of_events_is_reached_through_events_alone(owner):
    """Its own table lets nobody in: no grant, no policy, and security on and forced."""
    months = owner.run(
        "SELECT oid::regclass::text, relrowsecurity, relforcerowsecurity, relacl FROM pg_class"
        " WHERE relispartition AND relkind = 'r'"
    )
    assert len(months) >= 5
    assert {tuple(month[1:]) for month in months} == {(True, True, None)}
    assert owner.run("SELECT tablename FROM pg_policies WHERE tablename LIKE 'events_%%'") == []


def test_nothing_runs_with_more_rights(owner):
    """Four functions run as their owners, in a fixed search path; no view does: they go round policies."""
    path = ["search_path=pg_catalog, pg_temp"]
    assert owner.run(
        "SELECT proname, pg_get_userbyid(proowner), proconfig FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace"
        " WHERE prosecdef AND nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
    ) == [("drop_event_months", "postgres", path), ("line_business", "chatbot_platform", path),
          ("make_event_months", "postgres", path), ("take_builds", "chatbot_platform", path)]  # fmt: skip
    for function, tenant in (
        ("line_business(text)", True), ("make_event_months(date, date)", False), ("drop_event_months(date)", False),
        ("take_builds(integer, integer, text)", True),
    ):  # fmt: skip
        for role, may in (("chatbot_tenant", tenant), ("public", False), ("chatbot_platform", True)):
            [(found,)] = owner.run("SELECT has_function_privilege(%s, %s, 'EXECUTE')", role, function)
            assert found is may, (role, function)
    assert owner.run("SELECT has_schema_privilege('chatbot_platform', 'public', 'CREATE')") == [(False,)]
    assert owner.run("SELECT viewname FROM pg_views WHERE schemaname = 'public'") == []


def test_roles_are_nobody(owner):
    """No role of the platform, login or not, owns anything, is above the policies, or makes roles."""
    roles = [name for (name,) in owner.run("SELECT rolname FROM pg_roles WHERE rolname LIKE 'chatbot%%'")]
    assert {*LOGINS, "chatbot_tenant", "chatbot_platform"} <= set(roles)
    for role in roles:
        flags = owner.run(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles"
            " WHERE rolname = %s", role,
        )  # fmt: skip
        assert flags == [(False,) * 5], role
        assert owner.run("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = %s", role) == [], role


def test_a_number_tells_its_business_and_no_more(attacker, victims):
    """Who names a number learns whose it is; there is no naming many, and the rows stay out of reach."""
    mine, theirs = victims
    with attacker.transaction(mine):
        assert attacker.run("SELECT line_business(%s)", number_of(theirs)) == [(theirs,)]
        for guess in ("", "%", "+44%", number_of(theirs)[:-1], "' OR true --"):
            assert attacker.run("SELECT line_business(%s)", guess) == [(None,)], guess
        assert attacker.run("SELECT business_id FROM voice_lines") == [(mine,)]
        attacker.run("CREATE TEMPORARY TABLE voice_lines (business_id text, number text)")
        attacker.run("INSERT INTO pg_temp.voice_lines VALUES ('mine', %s)", number_of(theirs))
        assert attacker.run("SELECT line_business(%s)", number_of(theirs)) == [(theirs,)]
        for change in ("ALTER FUNCTION line_business(text) SECURITY INVOKER", "DROP FUNCTION line_business(text)"):
            assert attacker.refused(change), change


@pytest.mark.parametrize("tenant", [None, ""], ids=["unset", "empty"])
def test_without_a_tenant_there_is_nothing(attacker, tables, victims, tenant):
    """A query that forgot to name its tenant reads no row of any table and changes none."""
    assert victims
    with attacker.transaction(tenant):
        for table, column in tables.items():
            assert attacker.attempt(f"SELECT count(*) FROM {table}") in ([(0,)], None), table
            assert attacker.refused(f"TRUNCATE {table}"), table
            for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
                assert not attacker.attempt(f"{change} RETURNING {column}"), change


def test_a_tenant_sees_only_its_own_rows(attacker, tables, victims):
    """With a tenant set, a query without any filter returns this tenant's rows, and no other's."""
    mine, _ = victims
    with attacker.transaction(mine):
        for table, column in tables.items():
            assert attacker.attempt(f"SELECT DISTINCT {column} FROM {table}") in ([(mine,)], None), table
            locked = attacker.attempt(f"SELECT {column} FROM {table} FOR UPDATE")
            assert locked is None or set(locked) == {(mine,)}, table


def test_a_tenant_changes_only_its_own_rows(attacker, tables, victims):
    """An update or delete that forgot its filter reaches this tenant's rows at most."""
    mine, _ = victims
    for table, column in tables.items():
        for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with attacker.transaction(mine):
                changed = attacker.attempt(f"{change} RETURNING {column}")
                assert changed is None or set(changed) == {(mine,)}, change


def test_a_tenant_changes_nothing_of_another(attacker, owner, tables, victims):
    """Aimed at another tenant's rows and committed, updates and deletes change nothing in any table."""
    mine, theirs = victims
    before = {table: fingerprint(owner, table, column, theirs) for table, column in tables.items()}
    for table, column in tables.items():
        for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with attacker.transaction(mine, end="COMMIT"):
                assert not attacker.attempt(f"{change} WHERE {column} = '{theirs}' RETURNING {column}"), change
    assert {table: fingerprint(owner, table, column, theirs) for table, column in tables.items()} == before


def test_a_tenant_puts_nothing_into_another(attacker, owner, tables, victims):
    """Rows cannot be given to another tenant: neither new ones, in any table, nor one's own moved over."""
    mine, theirs = victims
    for table, column in tables.items():
        row = owner.run(f"SELECT row_to_json(t)::text FROM {table} t WHERE {column} = %s LIMIT 1", theirs)[0][0]
        copy = f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_record(NULL::{table}, %s)"
        with attacker.transaction(mine):
            assert attacker.refused(copy, row), table
            move = f"UPDATE {table} SET {column} = '{theirs}'"
            assert attacker.refused(move), table


@pytest.mark.parametrize(
    "escape",
    [
        "SET ROLE chatbot_admin",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER TABLE businesses DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE businesses NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON businesses",
        "CREATE POLICY open ON businesses USING (true)",
        "GRANT chatbot_platform TO chatbot_chat",
        "ALTER TABLE businesses OWNER TO chatbot_chat",
        "CREATE TABLE public.mine (id int)",
        "CREATE ROLE mine SUPERUSER",
        "ALTER ROLE chatbot_chat BYPASSRLS",
        "COPY businesses TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM pg_authid",
        "SELECT * FROM alembic_version",
    ],
)
def test_there_is_no_way_out(servers, escape):
    """The chat function's login cannot become more than a tenant, nor take the guard away."""
    attacker = raw("chatbot_chat", servers.ports.postgres, servers.database)
    try:
        with attacker.transaction():
            assert attacker.refused(escape)
    finally:
        attacker.close()


def test_only_admin_becomes_the_platform_and_only_on_purpose(servers, victims):
    """Chat's and voice's logins cannot become the platform; admin's can, but has no such rights unasked."""
    chat = raw("chatbot_chat", servers.ports.postgres, servers.database)
    voice = raw("chatbot_voice", servers.ports.postgres, servers.database)
    admin = raw("chatbot_admin", servers.ports.postgres, servers.database)
    try:
        for tenant in (chat, voice):
            with tenant.transaction():
                assert tenant.refused("SET ROLE chatbot_platform")
                assert tenant.refused("SET LOCAL ROLE chatbot_platform")
        with admin.transaction():
            assert admin.run("SELECT count(*) FROM businesses") == [(0,)]
            admin.run("SET LOCAL ROLE chatbot_platform")
            assert set(victims) <= {row[0] for row in admin.run("SELECT id FROM businesses")}
        with admin.transaction():
            assert admin.run("SELECT count(*) FROM businesses") == [(0,)]
    finally:
        chat.close()
        voice.close()
        admin.close()


def test_switching_the_check_off_refuses(attacker, victims):
    """`row_security = off` makes the server refuse the query; it does not show everything."""
    with attacker.transaction(victims[0]):
        attacker.run("SET LOCAL row_security = off")
        assert attacker.refused("SELECT * FROM businesses")


def test_history_cannot_be_rewritten(attacker, victims):
    """What is in the audit log and in saved versions stays: neither login, nor the platform, changes or removes it."""
    with attacker.transaction(victims[0]):
        for table in ("audit_log", "business_versions"):
            assert attacker.refused(f"UPDATE {table} SET actor = 'nobody'"), table
            assert attacker.refused(f"DELETE FROM {table}"), table
        if not attacker.refused("SET LOCAL ROLE chatbot_platform"):
            for table in ("audit_log", "business_versions"):
                assert attacker.refused(f"UPDATE {table} SET actor = 'nobody'"), table
                assert attacker.refused(f"DELETE FROM {table}"), table


def test_chat_makes_no_api_keys(servers, victims):
    """Chat, which faces visitors, cannot mint or read credentials of the admin API, not even of its own tenant."""
    chat = raw("chatbot_chat", servers.ports.postgres, servers.database)
    try:
        with chat.transaction(victims[0]):
            assert chat.refused(
                "INSERT INTO api_keys (id, business_id, name, hash, scopes) VALUES ('k', %s, 'k', '\\x00', '{write}')",
                victims[0],
            )
            assert chat.refused("SELECT hash FROM api_keys")
    finally:
        chat.close()


def test_the_platform_only_reseals_credentials(servers, victims):
    """As the platform nobody adds, removes or reads more than rotation needs; of the outbox it changes nothing."""
    admin = raw("chatbot_admin", servers.ports.postgres, servers.database)
    try:
        with admin.transaction():
            admin.run("SET LOCAL ROLE chatbot_platform")
            assert admin.attempt("UPDATE crm_credentials SET sealed = sealed RETURNING business_id")
            assert admin.refused("DELETE FROM crm_credentials")
            assert admin.refused("INSERT INTO crm_credentials VALUES (%s, 'x', '', '', now(), now(), '')", victims[0])
            assert admin.attempt("UPDATE voice_lines SET sealed = sealed RETURNING business_id")
            for change in (
                "UPDATE crm_outbox SET lease = ''", "DELETE FROM crm_outbox", "DELETE FROM voice_lines",
                "UPDATE calls SET summary = ''", "DELETE FROM calls",
            ):  # fmt: skip
                assert admin.refused(change), change
    finally:
        admin.close()
