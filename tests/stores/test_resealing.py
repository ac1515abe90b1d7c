"""What is stored comes into one form: sealed under the newest key, or in clear again; nothing of it is lost."""

from functools import partial

import pytest

from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.calls import CallStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.handoffs import HandoffStore
from shared.adapters.postgres.interactions import InteractionStore
from shared.adapters.postgres.people import PeopleStore
from shared.adapters.postgres.personal import FORMS, Sealing
from shared.adapters.postgres.resealing import Resealing
from shared.adapters.postgres.visitors import VisitorStore
from shared.adapters.vault import Vault
from shared.domain.errors import Conflict
from shared.domain.voice import CallLimits, Said
from tests.stores.outbox_entries import claim, entry, keys, only
from tests.stores.own_database import job
from tests.stores.races import at_once
from tests.stores.rows import ACTOR, Raw, config, raw

OLD, NEW, LOST = "o" * 32, "n" * 32, "l" * 32
NAME, EMAIL, PHONE = "Zsofia Quillfeather", "zsofia@quillfeather.example", "+447911982374"
FORM = {"in clear": [], "old": [OLD], "new": [NEW]}
JOB = "shared.jobs.rotate_secrets"


def sealing(form):
    """Return how an instance writes: in clear, or under a key; it reads everything."""
    return Sealing(Vault([*FORM[form], *({OLD, NEW} - set(FORM[form]))]), on=bool(FORM[form]))


@pytest.fixture
def owner(servers, own_database):
    """The database's owner."""
    connection = raw("postgres", servers.ports.postgres, own_database.rpartition("/")[2])
    yield connection
    connection.close()


@pytest.fixture
def tell(alone):
    """Makes a business with a person in every table, as an instance writes."""

    def make(business_id, form):
        BusinessStore(alone).create(business_id, config(), ACTOR)
        kept = sealing(form)
        calls = CallStore(alone, kept)
        calls.begin(
            business_id, "CA1", session_id="s", caller=PHONE, number="+44", mode="live", limits=CallLimits()
        )  # fmt: skip
        calls.add_lines(business_id, "CA1", [Said(1, "caller", f"It is {NAME}")])
        calls.add_lines(business_id, "CA1", [Said(2, "assistant", f"Hello {NAME}")])
        calls.plan_next(business_id, "CA1", {"do": "answer", "said": NAME})
        calls.finish(business_id, "CA1", summary=f"{NAME} called", fields={"email": EMAIL}, reason=f"{NAME} hung up")
        HandoffStore(alone, kept).add(
            business_id, handoff_id="h", session_id="s", reason=f"asked by {PHONE}", payload={"body": EMAIL}
        )  # fmt: skip
        outbox = OutboxStore(alone, kept)
        outbox.add(business_id, [entry("contact:s", (EMAIL,), session_id="s", payload={"fields": {"email": EMAIL}})])
        [one] = claim(outbox, business_id)
        outbox.park(business_id, one, "refused", f"{EMAIL} is there already")
        interactions = InteractionStore(alone, kept)
        interactions.set_feedback(business_id, "s", "m", "down", f"{NAME} is sad")
        interactions.set_feedback(business_id, "s", "m2", "up", "")
        interactions.add_event(business_id, event_id="e", session_id="s", kind="conversion", data={"who": EMAIL})
        VisitorStore(alone, kept).save(business_id, f"tel:{PHONE}", {"name": {"value": NAME}}, "en")

    return make


def dump(owner: Raw) -> str:
    """Return all rows as text."""
    return "\n".join(str(owner.run(f"SELECT t::text FROM {table} t ORDER BY 1")) for table in FORMS)


def told(database, business_id, form):
    """Return all that the stores show of a business."""
    kept = sealing(form)
    traces = [(trace.session_id, trace.user_id, sorted(trace.known), trace.said) for trace in
              PeopleStore(database, kept).traces(business_id)]  # fmt: skip
    call = CallStore(database, kept).get(business_id, "CA1")
    record = only(OutboxStore(database, kept), business_id)
    visitor = VisitorStore(database, kept).load(business_id, f"tel:{PHONE}")
    return traces, call, HandoffStore(database, kept).get(business_id, "h"), record, visitor


def brought(database, form, *, clear_too=True, batch=200):
    """Bring everything into a form; return how that went and what was told of it."""
    said = []
    done = Resealing(database, sealing(form), clear_too=clear_too).rotate(lambda *one: said.append(one), batch)
    return done, said


@pytest.mark.parametrize("batch", [1, 200])
@pytest.mark.parametrize(("before", "after"), [("in clear", "new"), ("old", "new"), ("new", "in clear")])
def test_everything_comes_into_the_form(alone, owner, tell, before, after, batch):
    """In batches of any size: all stores show the same before and after, and a second time nothing is to be done."""
    for name in ("shop", "other"):
        tell(name, before)
    shown = [told(alone, name, before) for name in ("shop", "other")]
    assert all(str(shown).count(value) >= 4 for value in (NAME, EMAIL, PHONE))
    done, said = brought(alone, after, batch=batch)
    assert (done.rewrapped, done.unreadable) == (12, ())
    assert dict(said) == dict.fromkeys(FORMS, 2)
    assert [told(alone, name, after) for name in ("shop", "other")] == shown
    assert brought(alone, after)[0].rewrapped == 0
    text = dump(owner)
    in_clear = {value for value in (NAME, EMAIL, PHONE) if value in text}
    assert in_clear == ({NAME, EMAIL, PHONE} if after == "in clear" else set())


def test_the_newest_key_alone_is_enough_afterwards(alone, tell):
    """What was sealed by the old key is read, found and erased without it."""
    tell("shop", "old")
    shown = told(alone, "shop", "old")
    brought(alone, "new")
    only_new = Sealing(Vault([NEW]), on=True)
    assert CallStore(alone, only_new).get("shop", "CA1") == shown[1]
    assert [call.id for call in CallStore(alone, only_new).list_of("shop", 9, caller=PHONE)] == ["CA1"]
    assert VisitorStore(alone, only_new).load("shop", f"tel:{PHONE}") == shown[-1]
    assert VisitorStore(alone, only_new).erase("shop", f"tel:{PHONE}")


def test_a_rotation_alone_seals_nothing_that_is_in_clear(alone, owner, tell):
    """While the release before may still serve, keys can be changed, and clear stays clear."""
    tell("shop", "in clear")
    tell("other", "old")
    done, _ = brought(alone, "new", clear_too=False)
    assert done.rewrapped == 6
    assert owner.run("SELECT business_id FROM calls WHERE sealed IS NULL") == [("shop",)]
    assert owner.run("SELECT caller FROM calls WHERE business_id = 'shop'") == [(PHONE,)]


def test_what_no_key_opens_is_named_and_left(alone, owner, tell):
    """Its key may be found again: the row stays as it was, and the others are brought."""
    tell("shop", "old")
    BusinessStore(alone).create("lost", config(), ACTOR)
    InteractionStore(alone, Sealing(Vault([LOST]), on=True)).set_feedback("lost", "s", "m", "up", "hidden")
    before = owner.run("SELECT sealed FROM feedback WHERE business_id = 'lost'")
    done, _ = brought(alone, "new")
    assert (done.rewrapped, done.unreadable) == (6, ("lost",))
    assert owner.run("SELECT sealed FROM feedback WHERE business_id = 'lost'") == before


def test_a_visitor_of_two_forms_becomes_one(alone, tell):
    """Saved by instances with different keys, a person is one row again, with the newest of each detail."""
    tell("shop", "old")
    alien = Sealing(Vault([NEW]), on=True)  # it does not know the old key yet, or any more
    VisitorStore(alone, alien).save("shop", f"tel:{PHONE}", {"email": {"value": EMAIL}})
    both = {"name": {"value": NAME}, "email": {"value": EMAIL}}
    assert VisitorStore(alone, sealing("new")).load("shop", f"tel:{PHONE}") == {"fields": both, "language": "en"}
    brought(alone, "new")
    found = VisitorStore(alone, alien).load("shop", f"tel:{PHONE}")
    assert found is not None
    assert found["fields"] == both


@pytest.mark.parametrize(("first", "then"), [("in clear", "new"), ("old", "new"), ("new", "in clear")])
def test_instances_that_write_differently_make_one_entry(alone, business, first, then):
    """While a setting or a key is being changed: one entry a key, what is the same is not sent again, order is kept."""
    BusinessStore(alone).create(business, config(), ACTOR)
    one, other = OutboxStore(alone, sealing(first)), OutboxStore(alone, sealing(then))
    assert one.add(business, [entry("contact:s", ("s", "p")), entry("note:s", ("s", "p"))]) == 2
    assert other.add(business, [entry("contact:s", ("s", "q"))]) == 0
    assert other.add(business, [entry("note:late", ("p",), kind="note")]) == 1
    assert keys(claim(other, business)) == ["contact:s"], "the others wait for the contact of the same person"
    assert other.add(business, [entry("contact:s", ("s",), payload={"v": 2})]) == 1
    assert [record.key for record in one.list_of(business, 9)] == ["note:late", "note:s", "contact:s"]
    assert [record.payload for record in one.list_of(business, 9, kind="contact")] == [{"v": 2}]


def test_instances_that_write_at_once_make_one_entry(alone, business):
    """Of the same key in two forms at the same moment there is one entry afterwards."""
    BusinessStore(alone).create(business, config(), ACTOR)
    stores = [OutboxStore(alone, sealing(form)) for form in ("in clear", "new")]
    at_once([partial(store.add, business, [entry()]) for store in stores])
    assert only(stores[0], business).key == "contact:s"


def test_an_entry_that_no_key_opens_is_not_sent(alone, business):
    """It is parked with the reason, instead of going to the CRM without its values."""
    BusinessStore(alone).create(business, config(), ACTOR)
    OutboxStore(alone, Sealing(Vault([LOST]), on=True)).add(business, [entry()])
    outbox = OutboxStore(alone, sealing("new"))
    assert claim(outbox, business) == []
    [record] = outbox.list_of(business, 9)
    assert (record.status, record.category, record.payload) == ("parked", "unreadable", {})


def test_a_hand_off_that_no_key_opens_is_nobodys_to_read(alone, owner, business):
    """It is in the list, can be claimed and closed, and its webhook is told nothing; a call is refused by its code."""
    BusinessStore(alone).create(business, config(), ACTOR)
    lost = Sealing(Vault([LOST]), on=True)
    HandoffStore(alone, lost).add(business, handoff_id="h", session_id="s", reason=PHONE, payload={"body": EMAIL})
    owner.run("UPDATE handoffs SET requested_at = now() - interval '1 hour'")
    handoffs = HandoffStore(alone, sealing("new"))
    [shown] = handoffs.list_of(business, 9)
    assert (shown.id, shown.reason, shown.payload) == ("h", "", {})
    assert handoffs.due(business) == []
    assert handoffs.claim(business, "h", ACTOR).status == "claimed"
    assert handoffs.close(business, "h", ACTOR).status == "closed"
    limits = CallLimits()
    CallStore(alone, lost).begin(business, "CA1", session_id="s", caller=PHONE, number="", mode="live", limits=limits)
    with pytest.raises(Conflict) as refused:
        CallStore(alone, sealing("new")).get(business, "CA1")
    assert refused.value.code == "unreadable"


def test_the_job_seals_and_opens(own_database, owner, tell):
    """As the operator runs it: with the setting it seals, and says how far it is; `--open` is refused meanwhile."""
    tell("shop", "in clear")
    env = {"DATABASE_URL": own_database, "SECRETS_KEY": f"{NEW},{OLD}"}
    assert job(JOB, **env).stdout.startswith("0 sealed values")
    done = job(JOB, **env, SEAL_AT_REST="true")
    assert (done.returncode, done.stderr) == (0, "")
    assert "calls: 1 rows" in done.stdout
    assert "6 sealed values brought under the newest key" in done.stdout
    assert EMAIL not in dump(owner)
    refused = job(JOB, "--open", **env, SEAL_AT_REST="true")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "SEAL_AT_REST" in refused.stderr
    opened = job(JOB, "--open", **env)
    assert opened.returncode == 0, opened.stderr
    assert EMAIL in dump(owner)
