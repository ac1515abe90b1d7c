"""Sessions and visitors are erased from every table, once, with a task for what lies elsewhere."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from shared.adapters.leftovers import Leftovers
from shared.adapters.postgres.calls import CallStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.erase_tasks import EraseTaskStore
from shared.adapters.postgres.handoffs import HandoffStore
from shared.adapters.postgres.interactions import InteractionStore
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.postgres.traces import OF_SESSIONS, TraceStore
from shared.adapters.postgres.visitors import VisitorStore
from shared.adapters.vault import Vault
from shared.domain.errors import DatabaseUnavailable, Unavailable
from shared.domain.events import Exposed, Gap, SessionBegan, Talk
from shared.domain.outbox import OutboxEntry
from shared.domain.voice import CallLimits, PhoneLine
from tests.stores.rows import SEALING, raw
from tests.unit.samples import a_tenant

VAULT = Vault(["k" * 32])
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def shop(pool):
    """A business's id."""
    name = f"traces-{uuid.uuid4().hex[:10]}"
    with pool.platform() as tx:
        tx.run('INSERT INTO businesses (id, config) VALUES (%s, \'{"name": "Shop"}\')', name)
    return name


@pytest.fixture
def traces(pool):
    """The store."""
    return TraceStore(pool, SEALING)


def a_talk(session_id, at=NOW):
    """Return a turn."""
    return Talk(
        session_id=session_id, at=at, message_id="m1", started_at=at.isoformat(), channel="web", number=1,
        state="answering", ending="answered", question="secret", html="secret", answer="secret", gap=Gap("secret?"),
    )  # fmt: skip


def with_everything(pool, business_id, session_id):
    """Put a row of a session into every table."""
    exposed = Exposed(id=f"{session_id}/1", at=NOW, session_id=session_id, experiment="x", arm="a", unit=session_id)
    JournalStore(pool, VAULT).keep(replace(a_tenant(), id=business_id), [exposed], a_talk(session_id))
    interactions = InteractionStore(pool, SEALING)
    interactions.add_event(business_id, event_id=session_id, session_id=session_id, kind="opened")
    interactions.set_feedback(business_id, session_id, "m1", "up", "")
    handoffs = HandoffStore(pool, SEALING)
    handoffs.add(business_id, handoff_id=session_id, session_id=session_id, reason="", payload={})
    OutboxStore(pool, SEALING).add(business_id, [OutboxEntry(session_id, "contact", session_id, ("p",), {})])
    calls, call_id = CallStore(pool, SEALING), f"CA{session_id}"
    calls.begin(business_id, call_id, session_id=session_id, caller="", number="", mode="live", limits=CallLimits())
    calls.set_recording(business_id, call_id, "https://twilio.example/RE1")
    calls.ended(business_id, call_id, "completed", 9)
    with pool.tenant(business_id) as tx:
        tx.run("INSERT INTO experiment_talks VALUES (%s, 'x', 'u', %s, now())", business_id, session_id)


def test_no_table_of_sessions_is_forgotten(servers):
    """Whatever table has a session's id is erased with it: the schema says which there are."""
    owner = raw("postgres", servers.ports.postgres, servers.database)
    found = owner.run(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'session_id'"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    owner.close()
    assert {row[0] for row in found} == set(OF_SESSIONS)


def test_a_session_goes_from_every_table_and_nobody_elses(pool, traces, shop):
    """All that was counted is erased, a second time nothing; the other session and its rows stay."""
    for session_id in ("gone", "kept"):
        with_everything(pool, shop, session_id)
    assert traces.count(shop, ("gone",)) == dict.fromkeys(OF_SESSIONS, 1)
    assert traces.existing(shop, ("gone", "never")) == {"gone"}
    assert traces.erase(shop, ("gone",)) == dict.fromkeys(OF_SESSIONS, 1)
    assert traces.erase(shop, ("gone",)) == traces.count(shop, ("gone",)) == {}
    assert traces.count(shop, ("kept",)) == dict.fromkeys(OF_SESSIONS, 1)


def test_a_visitor_is_erased_by_their_id(pool, traces, shop):
    """The one named, and not the other."""
    for user_id in ("u-1", "u-2"):
        VisitorStore(pool, SEALING).save(shop, user_id, {"email": {"value": "x"}})
    assert traces.erase(shop, (), ("u-1",)) == {"visitors": 1}
    assert traces.count(shop, (), ("u-1", "u-2")) == {"visitors": 1}


def test_a_business_erases_nothing_of_another(pool, traces, shop):
    """The same session's id elsewhere."""
    with_everything(pool, shop, "s")
    assert traces.erase(f"{shop}-other", ()) == {}
    with pool.platform() as tx:
        tx.run('INSERT INTO businesses (id, config) VALUES (%s, \'{"name": "Shop"}\')', f"{shop}-other")
    assert traces.erase(f"{shop}-other", ("s",)) == {}
    assert traces.count(shop, ("s",)) == dict.fromkeys(OF_SESSIONS, 1)


class Twilio:
    """Recordings that can be deleted, or not."""

    def __init__(self):
        self.asked, self.trouble = [], None

    def delete_recordings(self, line, call_id):
        """See `TwilioRest.delete_recordings`."""
        self.asked.append((line.account_sid, call_id))
        if self.trouble:
            raise self.trouble
        return 1


class Lines:
    """One line for everybody."""

    def get(self, business_id):
        """See `LineStore.get`."""
        return PhoneLine(business_id, "+441", "AC1", "token")


def test_a_recording_is_erased_at_twilio_and_tried_again(pool, servers, traces, shop, storage):
    """A failure is kept and comes again; what was spoken during the call goes from the bucket, other sound stays."""
    with_everything(pool, shop, "s")
    storage.put(f"data/{shop}/speech/made.mp3", b"Hello Ana", "audio/mpeg")
    storage.put(f"data/{shop}/manifest.json", b"{}", "application/json")
    traces.erase(shop, ("s",))
    twilio, tasks = Twilio(), EraseTaskStore(pool)
    leftovers = Leftovers(tasks, Lines(), twilio, storage)
    twilio.trouble = Unavailable("Twilio cannot be reached.")
    assert leftovers.clear(shop) == {"erased": 1, "failed": 1}
    assert leftovers.waiting(shop) == {"recording": 1}
    assert storage.list_names(f"data/{shop}/") == [f"data/{shop}/manifest.json"]
    assert leftovers.clear(shop) == {}, "not before its time"
    with pool.tenant(shop) as tx:
        assert tx.one("SELECT last_error, attempts FROM erase_tasks") == {
            "last_error": "Twilio cannot be reached.", "attempts": 1,
        }  # fmt: skip
        tx.run("UPDATE erase_tasks SET next_at = now()")
    twilio.trouble = None
    assert shop in tasks.businesses_due(1000)
    assert leftovers.clear(shop) == {"erased": 1}
    assert twilio.asked == [("AC1", "CAs")] * 2
    assert leftovers.waiting(shop) == {}


def test_what_still_waited_does_not_come_back(pool, traces, shop):
    """A turn that an instance could not write before the session was erased is dropped; a later one is kept."""

    class Moody:
        away = True

        def tenant_once(self, *call):
            if self.away:
                raise DatabaseUnavailable("It is away.")
            pool.tenant_once(*call)

    database, tenant = Moody(), replace(a_tenant(), id=shop)
    journal = JournalStore(database, VAULT)  # type: ignore[arg-type]
    journal.keep(tenant, [SessionBegan(id="s/session", at=NOW, session_id="s")], a_talk("s"))
    traces.erase(shop, ("s",))
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    journal.keep(tenant, [SessionBegan(id="t/session", at=later, session_id="t")], a_talk("t", later))
    database.away = False
    journal.keep(tenant, [SessionBegan(id="u/session", at=NOW, session_id="u")], a_talk("u"))
    assert traces.existing(shop, ("s", "t", "u")) == {"t", "u"}
