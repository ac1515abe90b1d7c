"""HubSpot's stand-in and the connector over real HTTP: nothing is made twice, whatever gets lost."""

import datetime as dt

import pytest

from shared.crm.connector import Exists
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Saved
from tests.crm_vendors import HUBSPOT_ANA as ANA
from tests.crm_vendors import HUBSPOT_OAUTH, HUBSPOT_PRIVATE, HubSpotAccount

NOW = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
BY_PHONE = Contact("c-phone", Identity(phone="+34600333444"), "Bea")


@pytest.fixture(scope="module")
def server():
    with HubSpotAccount.opened() as account:
        yield account


@pytest.fixture
def account(server):
    server.reset()
    return server


@pytest.fixture
def hub(account):
    """An account that was prepared."""
    account.do(account.connector().prepare())
    return account


@pytest.fixture(params=[HUBSPOT_PRIVATE, HUBSPOT_OAUTH], ids=["private", "oauth"])
def either(hub, request):
    """A connector by either kind of credentials."""
    return hub.connector(request.param)


def given_up(hub, steps):
    """Run steps that fail because of the fault; nothing is wrong any more afterwards."""
    assert hub.refused(hub.connector(), steps).passing
    hub.control("DELETE", "faults")


def test_a_contact_is_made_once(hub, either):
    """With all its values; the second time HubSpot says which one it is."""
    made = hub.run(either, either.create(ANA, None))
    assert hub.run(either, either.create(ANA, None)) == Exists(made.id)
    (contact,) = hub.records()["contacts"]
    assert (contact["id"], contact["email"], contact["name"]) == (made.id, "ana@example.com", "Ana María López")
    values = {name: contact["values"][name] for name in ANA.values}
    assert values == {"budget": "1200", "start_date": "2026-12-01", "newsletter": "true", "interest": "bikes"}


def test_a_conflict_that_names_nobody_is_resolved(hub):
    """By the address, also while the search is behind."""
    made = hub.do(hub.connector().create(ANA, None))
    hub.behave(lag_s=60, anonymous_conflict=True)
    assert hub.do(hub.connector().create(ANA, NOW)) == Exists(made.id)


@pytest.mark.parametrize("contact", [ANA, BY_PHONE], ids=["email", "phone"])
def test_a_lost_create_is_found_again(hub, contact):
    """The answer never came, the search lags: one contact, with everything in it."""
    hub.behave(lag_s=60)
    hub.lose(r"objects/contacts(/batch/upsert)?$")
    given_up(hub, save_contact(hub.connector(), contact))
    saved = hub.do(save_contact(hub.connector(), contact, since=NOW))
    (there,) = hub.records()["contacts"]
    assert saved == Saved(there["id"], created=False)
    assert there["phone"] == contact.identity.phone


def test_a_contact_that_was_typed_in_is_filled_and_not_overwritten(hub):
    """The address in another case is the same one; what stands there stays, what is empty is filled."""
    old = hub.control(
        "POST", "contacts", {"email": "Ana@Example.com", "name": "A. Lopez", "properties": {"budget": "5"}}
    )
    assert hub.do(save_contact(hub.connector(), ANA)) == Saved(old["id"], created=False)
    (contact,) = hub.records()["contacts"]
    assert (contact["name"], contact["phone"]) == ("A. Lopez", "+34600111222")
    assert (contact["values"]["budget"], contact["values"]["interest"]) == ("5", "bikes")


@pytest.mark.parametrize(
    "stored", [{"phone": "+34600333444"}, {"phone": "34600333444"}, {"mobilephone": "+34600333444"}]
)
def test_a_number_is_found_in_each_form(hub, stored):
    """And the contact is used instead of a second one."""
    old = hub.control("POST", "contacts", {"name": "Beatriz", **stored})
    assert hub.do(save_contact(hub.connector(), BY_PHONE)) == Saved(old["id"], created=False)
    assert [item["name"] for item in hub.records()["contacts"]] == ["Beatriz"]


def test_our_key_does_not_write_over_what_people_changed(hub):
    """Someone corrected the number, so that the search no longer finds it: the contact is still the same."""
    made = hub.do(save_contact(hub.connector(), BY_PHONE))
    assert (
        hub.api("PATCH", f"/crm/v3/objects/contacts/{made.id}", {"properties": {"phone": "+1999"}}).status_code == 200
    )
    assert hub.do(save_contact(hub.connector(), BY_PHONE)) == Saved(made.id, created=False)
    assert [item["phone"] for item in hub.records()["contacts"]] == ["+1999"]


def test_find_sees_what_the_index_has(hub):
    """What was just written is not there for the search, and is for a read."""
    hub.behave(lag_s=60)
    made = hub.do(hub.connector().create(ANA, None))
    assert hub.do(hub.connector().find(ANA.identity)) == ()
    assert hub.do(hub.connector().read(made.id, ("budget",))).values["budget"] == "1200"
    hub.behave()
    (found,) = hub.do(hub.connector().find(ANA.identity))
    assert (found.id, found.email, found.name) == (made.id, "ana@example.com", "Ana María López")


def test_update_and_its_limits(hub):
    """Values change; a contact that is gone is told; the address of another stays with that one."""
    made = hub.do(hub.connector().create(ANA, None))
    other = hub.control("POST", "contacts", {"email": "bob@example.com"})["id"]
    change = Contact("c", Identity("bob@example.com", "+1"), "", {"company": "Flores", "newsletter": False})
    for extra in ({}, {"patch_conflict": 409}):
        hub.behave(**extra)
        assert hub.do(hub.connector().update(made.id, change)) is True
    by_id = {item["id"]: item for item in hub.records()["contacts"]}
    assert (by_id[made.id]["email"], by_id[other]["email"]) == ("ana@example.com", "bob@example.com")
    assert (by_id[made.id]["values"]["company"], by_id[made.id]["values"]["newsletter"]) == ("Flores", "false")
    assert hub.api("DELETE", f"/crm/v3/objects/contacts/{made.id}").status_code == 204
    assert hub.do(hub.connector().update(made.id, change)) is False
    assert hub.do(hub.connector().read(made.id, ())) is None


def test_a_contact_that_is_gone_is_made_anew(hub):
    """Its id is remembered, and means nothing any more."""
    made = hub.do(hub.connector().create(ANA, None))
    hub.api("DELETE", f"/crm/v3/objects/contacts/{made.id}")
    again = hub.do(save_contact(hub.connector(), ANA, known_id=made.id))
    assert again.created
    assert again.id != made.id


def test_a_merged_contact_is_reached_by_its_old_id(hub):
    """The survivor answers."""
    one = hub.control("POST", "contacts", {"email": "a@example.com"})["id"]
    two = hub.control("POST", "contacts", {"email": "b@example.com", "phone": "+1"})["id"]
    body = {"primaryObjectId": one, "objectIdToMerge": two}
    survivor = hub.api("POST", "/crm/v3/objects/contacts/merge", body).json()["id"]
    record = hub.do(hub.connector().read(two, ()))
    assert (record.id, record.email, record.phone) == (survivor, "a@example.com", "+1")
    assert hub.do(hub.connector().update(one, Contact("c", Identity(), "Ana"))) is True


def test_a_deal_is_made_once_and_linked(hub, either):
    """In the first stage; the second time it stays where people moved it."""
    contact = hub.run(either, either.create(ANA, None))
    deal = Deal("d-1", "Bike", contact.id, 99.5, "EUR")
    made = hub.run(either, either.save_deal(deal, None))
    assert made.created
    hub.api("PATCH", f"/crm/v3/objects/deals/{made.id}", {"properties": {"dealstage": "closedwon"}})
    again = hub.run(either, either.save_deal(Deal("d-1", "Bike and helmet", contact.id, 120), None))
    assert again == Saved(made.id, created=False)
    (there,) = hub.records()["deals"]
    assert (there["title"], there["contacts"]) == ("Bike and helmet", [contact.id])
    assert (there["values"]["amount"], there["values"]["dealstage"]) == ("120", "closedwon")


@pytest.mark.parametrize("call", [("deals/batch/upsert", "POST"), ("associations/default", "PUT")])
def test_a_lost_deal_is_found_again(hub, call):
    """Lost after the deal, or after the link: one deal, linked once, in the first stage."""
    hub.behave(lag_s=60)
    contact = hub.do(hub.connector().create(ANA, None))
    deal = Deal("d-1", "Bike", contact.id)
    hub.lose(*call)
    given_up(hub, hub.connector().save_deal(deal, None))
    saved = hub.do(hub.connector().save_deal(deal, NOW))
    (there,) = hub.records()["deals"]
    assert (saved.id, there["contacts"]) == (there["id"], [contact.id])
    assert (there["values"]["pipeline"], there["values"]["dealstage"]) == ("default", "appointmentscheduled")


def test_a_note_is_written_once(hub):
    """Lost and tried again: one note, on the contact and the deal, with the visitor's text as it was."""
    contact = hub.do(hub.connector().create(ANA, None))
    deal = hub.do(hub.connector().save_deal(Deal("d-1", "Bike", contact.id), None))
    note = Note("n-1", "Likes <b>bikes</b> & tea\nCall!", contact.id, NOW, deal.id)
    hub.do(hub.connector().save_note(Note("n-11", "another", contact.id, NOW), None))
    hub.behave(lag_s=60)
    hub.lose("objects/notes$")
    given_up(hub, hub.connector().save_note(note, None))
    saved = hub.do(hub.connector().save_note(note, NOW))
    assert not saved.created
    found = {item["id"]: item for item in hub.records()["notes"]}
    assert len(found) == 2
    assert found[saved.id]["text"] == "Likes <b>bikes</b> & tea\nCall!\n\n[n-1]"
    assert (found[saved.id]["contacts"], found[saved.id]["deals"]) == ([contact.id], [deal.id])


def test_a_note_for_nobody_is_missing(hub):
    """The contact is gone: told as that, and no note is left behind."""
    with pytest.raises(CrmError) as caught:
        hub.do(hub.connector().save_note(Note("n-1", "x", "999", NOW), None))
    assert caught.value.category == "missing"
    assert not hub.records()["notes"]


@pytest.mark.parametrize("extra", [{"objects": ["2-123"]}, {}], ids=["2-123", "p_pets"])
def test_a_custom_record_is_made_once(account, extra):
    """The property for its key is made on the way, for nobody prepared that object."""
    account.behave(**extra)
    name = extra.get("objects", ["p_pets"])[0]
    contact = account.do(account.connector().create(ANA, None))
    record = CustomRecord("r-1", name, {"name": "Rex", "weight": 4.25, "born": dt.date(2024, 2, 29)}, contact.id)
    made = account.do(account.connector().save_record(record, None))
    assert account.do(account.connector().save_record(record, NOW)) == Saved(made.id, created=False)
    (there,) = account.records()["objects"]
    assert (there["object"], there["contacts"], there["values"]["born"]) == (name, [contact.id], "2024-02-29")


def test_an_account_that_was_not_prepared_works_too(account):
    """Contacts and deals make the property when they first need it."""
    contact = account.do(save_contact(account.connector(), BY_PHONE))
    deal = account.do(account.connector().save_deal(Deal("d-1", "Bike", contact.id), None))
    assert contact.created
    assert deal.created
