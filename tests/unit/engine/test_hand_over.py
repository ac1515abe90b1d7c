"""Leads: kept before the visitor reads the reply, once, and never in the way of an answer."""

from shared.domain.errors import DatabaseUnavailable
from shared.domain.turn import Delta
from tests.unit.fakes import World
from tests.unit.samples import a_message, a_tenant

MAIL = "My name is Ana Lopez and my email is ana@acme-mail.com"


def world(**crm):
    """Return a business with a CRM and a goal."""
    goals = [{"id": "quote", "collect": ["name", "email"]}]
    return World(a_tenant(crm={"connector": "hubspot", **crm}, goals=goals))


def kinds(somewhere):
    """Return what was handed over."""
    return [entry.kind for entry in somewhere.outbox.entries.values()]


def test_a_lead_is_kept_before_the_first_word_of_the_reply():
    """When the visitor reads anything, the database has their details."""
    somewhere = world()
    for event in somewhere.start(a_message(MAIL)):
        if isinstance(event, Delta):
            assert kinds(somewhere) == ["contact"]
            break
    [entry] = somewhere.outbox.entries.values()
    assert entry.payload["fields"] == {"name": "Ana Lopez", "email": "ana@acme-mail.com"}
    assert entry.payload["identity"] == "email:ana@acme-mail.com"
    assert entry.session_id == "s-1"


def test_nobody_is_handed_over_without_an_address_or_without_a_crm():
    """A name alone is no lead; a business without a CRM, or with it switched off, hands over nothing."""
    somewhere = world()
    somewhere.ask("My name is Ana Lopez")
    assert kinds(somewhere) == []
    for elsewhere in (World(), world(enabled=False)):
        elsewhere.ask(MAIL)
        assert kinds(elsewhere) == []


def test_the_same_is_handed_over_once():
    """A further message without news adds nothing, not even a call to the database."""
    somewhere = world()
    somewhere.ask(MAIL)
    somewhere.outbox.trouble = DatabaseUnavailable("away")
    assert "crm" not in somewhere.ask("And what does a tyre cost?", "m-2").answer["degraded"]


def test_what_the_database_did_not_take_is_handed_over_with_the_next_message():
    """The visitor is answered, the turn says what it did without, and the lead is not forgotten."""
    somewhere = world()
    somewhere.outbox.trouble = DatabaseUnavailable("away")
    assert "crm" in somewhere.ask(MAIL).answer["degraded"]
    somewhere.outbox.trouble = None
    somewhere.ask("And what does a tyre cost?", "m-2")
    assert "contact" in kinds(somewhere)


def test_a_goal_that_is_reached_makes_a_deal_and_a_note():
    """Deals only where the business wants them; each has a key of its own, and shares the person with the contact."""
    somewhere = world(deal={"title": "${name}"})
    somewhere.ask()
    somewhere.ask(MAIL, "m-2")
    contact, deal, note = somewhere.outbox.entries.values()
    assert (contact.kind, deal.kind, note.kind) == ("contact", "deal", "note")
    assert set(contact.people) & set(deal.people) & set(note.people)
    assert deal.payload["goal"] == "quote"
    assert "Ana Lopez" in note.payload["text"]
    quiet = world(notes=False)
    quiet.ask()
    quiet.ask(MAIL, "m-2")
    assert kinds(quiet) == ["contact"]


def test_a_number_first_and_an_address_later_are_one_person():
    """The key of a person stays while what they were first known by is still theirs; a corrected one is another."""
    somewhere = world()
    somewhere.ask("My phone number is +1 202 555 0143")
    somewhere.ask("My email is ana@acme-mail.com", "m-2")
    [entry] = [entry for entry in somewhere.outbox.entries.values() if entry.kind == "contact"]
    assert entry.payload["identity"] == "phone:+12025550143"
    assert entry.payload["fields"]["email"] == "ana@acme-mail.com"
