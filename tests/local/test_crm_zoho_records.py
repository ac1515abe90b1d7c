"""Zoho's stand-in and the connector over real HTTP: one record of each, whatever gets lost."""

import datetime as dt
from dataclasses import replace

import pytest

from shared.crm.connector import Exists
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.domain.crm import CustomRecord, Deal, Identity, Note, Saved
from tests.crm_stand_ins import now
from tests.crm_vendors import ZOHO_ANA as ANA
from tests.crm_vendors import ZohoAccount

PHONE = replace(ANA, identity=Identity(phone="+34600111222"))


@pytest.fixture(scope="module")
def server():
    with ZohoAccount.opened() as account:
        yield account


@pytest.fixture
def account(server):
    server.reset()
    return server


@pytest.mark.parametrize("key", [True, False], ids=["key", "no key"])
@pytest.mark.parametrize("contact", [ANA, PHONE], ids=["e-mail", "phone"])
def test_a_lead_arrives_with_all_that_is_known(account, key, contact):
    """A person is made once with its values in Zoho's own form, and a second delivery adopts it."""
    connector = account.connector(key=key)
    made = account.run(connector, save_contact(connector, contact))
    again = account.run(connector, save_contact(connector, contact))
    assert made.created
    assert again == Saved(made.id, created=False)
    (stored,) = account.records()["contacts"]
    assert (stored["name"], stored["email"], stored["phone"]) == (
        ANA.name, contact.identity.email, "+34600111222",
    )  # fmt: skip
    assert stored["values"]["Budget"] == 1200
    assert stored["values"]["Start_Date"] == "2026-12-01"
    assert stored["values"]["Newsletter"] is True
    record = account.run(connector, connector.read(made.id, tuple(ANA.values)))
    assert record.values["Newsletter"] == "true"
    assert (record.values["Budget"], record.values["Interest"], record.name) == ("1200", "repairs", ANA.name)
    assert account.records()["workflows"] == []


@pytest.mark.parametrize("key", [True, False], ids=["key", "no key"])
@pytest.mark.parametrize("contact", [ANA, PHONE], ids=["e-mail", "phone"])
def test_a_lost_create_is_not_made_twice(account, key, contact):
    """An answer that never came, with an index that lags: the next attempt ends with the one that is there."""
    connector = account.connector(key=key)
    account.behave(lag_s=60, page=1)
    account.control("POST", "contacts", {"email": "other@example.com"})
    account.lose("Contacts(/upsert)?$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, save_contact(connector, contact))
    for number in range(3):
        account.call(
            "POST", "Contacts", json={"data": [{"Last_Name": f"Other {number}", "Phone": f"+4420794600{number}0"}]}
        )
    kept = account.run(connector, save_contact(connector, contact, since=begun))
    named = [item["id"] for item in account.records()["contacts"] if item["name"] == ANA.name]
    assert named == [kept.id]
    assert not kept.created


def test_a_call_that_never_came_is_made_again(account):
    """What was never applied is made by the next attempt."""
    connector = account.connector(key=False)
    account.fault("drop", "Contacts$", "POST")
    with pytest.raises(CrmError):
        account.run(connector, save_contact(connector, PHONE))
    assert account.run(connector, save_contact(connector, PHONE, since=now())).created


def test_what_a_person_typed_a_moment_ago_stays(account):
    """The search does not see a new contact yet, the list of the newest does: only what is empty is filled."""
    connector = account.connector()
    account.behave(lag_s=60)
    typed = {"First_Name": "Dr. Ana", "Last_Name": "López", "Email": "Ana@example.com", "Budget": 5}
    account.call("POST", "Contacts", json={"data": [typed]})
    kept = account.run(connector, save_contact(connector, ANA))
    (stored,) = account.records()["contacts"]
    assert stored["id"] == kept.id
    assert (stored["name"], stored["values"]["Budget"], stored["phone"]) == ("Dr. Ana López", 5, "+34600111222")


def test_an_unknown_name_is_filled_later(account):
    """Zoho demands a last name: the address stands in for it, and gives way to the first name we hear."""
    connector = account.connector()
    made = account.run(connector, save_contact(connector, replace(ANA, name="", values={})))
    assert account.records()["contacts"][0]["name"] == "ana@example.com"
    assert account.run(connector, connector.read(made.id, ())).name == ""
    account.run(connector, save_contact(connector, ANA, known_id=made.id))
    assert account.records()["contacts"][0]["name"] == ANA.name


def test_a_contact_that_is_gone_is_made_anew(account):
    """The id of a deleted contact, of none and of another CRM lead to a new one."""
    connector = account.connector()
    made = account.run(connector, save_contact(connector, ANA))
    account.call("DELETE", f"Contacts/{made.id}")
    assert account.run(connector, connector.read(made.id, ())) is None
    assert account.run(connector, connector.update(made.id, ANA)) is False
    assert account.run(connector, connector.update("77", ANA)) is False
    for known in (made.id, "77", "00Q-salesforce"):
        assert account.run(connector, save_contact(connector, ANA, known_id=known)).id != made.id
    assert len(account.records()["contacts"]) == 1


def test_two_contacts_with_one_address_are_not_merged(account):
    """The older of two is used, always the same one."""
    ids = [account.control("POST", "contacts", {"email": "ana@example.com", "name": n})["id"] for n in ("A B", "C D")]
    connector = account.connector()
    assert account.run(connector, save_contact(connector, ANA)).id == ids[0]
    assert len(account.records()["contacts"]) == 2


def test_a_unique_number_is_adopted_and_never_taken_away(account):
    """Where the business lets a number stand only once, its owner is whoever has it."""
    account.behave(unique_phone=True)
    bob = account.control("POST", "contacts", {"email": "bob@example.com", "phone": "+34600111222", "name": "Bob B"})
    eve = account.control("POST", "contacts", {"email": "eve@example.com", "name": "Eve E"})
    connector = account.connector()
    assert account.run(connector, connector.update(eve["id"], replace(ANA, identity=PHONE.identity))) is True
    stored = {item["id"]: item for item in account.records()["contacts"]}
    assert (stored[eve["id"]]["phone"], stored[eve["id"]]["name"]) == ("", ANA.name)
    assert stored[bob["id"]]["phone"] == "+34600111222"


def test_a_duplicate_is_adopted(account):
    """A unique value that stands elsewhere already names whom it belongs to."""
    connector = account.connector(key=False)
    account.behave(unique_phone=True, lag_s=60)
    held = account.control("POST", "contacts", {"phone": "+34600111222", "name": "Bob B"})
    for number in range(3):
        account.call("POST", "Contacts", json={"data": [{"Last_Name": f"Other {number}"}]})
    account.behave(unique_phone=True, lag_s=60, page=1)
    assert account.run(connector, connector.create(PHONE, None)) == Exists(held["id"])


@pytest.mark.parametrize("key", [True, False], ids=["key", "no key"])
def test_a_deal_is_made_once_and_stays_where_sales_put_it(account, key):
    """Linked to its contact, found again by our key, its stage and description people's own from then on."""
    connector = account.connector(key=key)
    contact = account.run(connector, save_contact(connector, ANA))
    deal = Deal("d-1", "Ana (Harbour Cycles)", contact.id, 250.0, values={"Number_of_Bikes": 2.0})
    stranger = {"Deal_Name": deal.title, "Stage": "Closed Won"}
    account.call("POST", "Deals", json={"data": [stranger]})
    account.behave(lag_s=60)
    account.lose("Deals(/upsert)?$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, connector.save_deal(deal, None))
    again = account.run(connector, connector.save_deal(deal, begun))
    account.call("PUT", f"Deals/{again.id}", json={"data": [{"Stage": "Needs Analysis"}]})
    account.run(connector, connector.save_deal(replace(deal, amount=300.0), None))
    mine = [item for item in account.records()["deals"] if item["contacts"] == [contact.id]]
    (stored,) = mine
    assert stored["id"] == again.id
    assert not again.created
    assert (stored["values"]["Stage"], stored["values"]["Amount"]) == ("Needs Analysis", 300)
    assert stored["values"]["Number_of_Bikes"] == 2
    assert len(account.records()["deals"]) == 2


def test_a_deal_begins_where_it_is_told_to(account):
    """Stage and pipeline are the configured ones, else Zoho's first stage; another stage is refused plainly."""
    connector = account.connector()
    contact = account.run(connector, save_contact(connector, ANA))
    account.run(connector, connector.save_deal(Deal("d-1", "One", contact.id), None))
    two = Deal("d-2", "Two", contact.id, pipeline="Wholesale", stage="Proposal/Price Quote")
    account.run(connector, connector.save_deal(two, None))
    stages = {item["title"]: item["values"]["Stage"] for item in account.records()["deals"]}
    assert stages == {"One": "Qualification", "Two": "Proposal/Price Quote"}
    with pytest.raises(CrmError, match="field 'Stage': it takes one of its options") as raised:
        account.run(connector, connector.save_deal(replace(two, ref="d-3", stage="Nowhere"), None))
    assert raised.value.category == "refused"


def test_a_required_closing_date_is_named(account):
    """What Zoho demands and nobody gave is said with the field's name."""
    connector = account.connector()
    contact = account.run(connector, save_contact(connector, ANA))
    account.behave(closing_date=True)
    deal = Deal("d-1", "One", contact.id)
    with pytest.raises(CrmError, match="demands a value of the field 'Closing_Date'"):
        account.run(connector, connector.save_deal(deal, None))
    dated = replace(deal, values={"Closing_Date": dt.date(2026, 12, 24)})
    assert account.run(connector, connector.save_deal(dated, None)).created


def test_deals_of_a_contact_that_is_gone_are_missing(account):
    """The caller learns that it is the contact that has to be made again."""
    connector = account.connector()
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.save_deal(Deal("d-1", "One", "4711"), None))
    assert raised.value.category == "missing"


def test_leads_have_no_deals(account):
    """People may become leads; a deal then is refused with the reason."""
    connector = account.connector(module="Leads")
    made = account.run(connector, save_contact(connector, ANA))
    account.run(connector, connector.save_note(Note("n-1", "Hello", made.id, now()), None))
    (stored,) = account.records()["contacts"]
    assert stored["module"] == "Leads"
    with pytest.raises(CrmError, match="set 'module' to Contacts"):
        account.run(connector, connector.save_deal(Deal("d-1", "One", made.id), None))


def test_a_note_is_written_once(account):
    """A lost answer is made up for by looking at the contact's own list, page by page."""
    connector = account.connector()
    made = account.run(connector, save_contact(connector, ANA))
    account.behave(lag_s=60, page=1)
    note = Note("n-1", "Wants a bike\nfor Sunday", made.id, now(), deal_id="5")
    account.lose("Notes$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, connector.save_note(note, None))
    account.run(connector, connector.save_note(replace(note, ref="n-10"), None))
    again = account.run(connector, connector.save_note(note, begun))
    assert not again.created
    notes = account.records()["notes"]
    assert [item["contacts"] for item in notes] == [[made.id], [made.id]]
    assert "Wants a bike\nfor Sunday" in notes[0]["text"]


def test_a_custom_record_is_made_once_linked_and_typed(account):
    """Texts become what their fields take, the module's field for people is filled, our key keeps it single."""
    connector = account.connector()
    made = account.run(connector, save_contact(connector, ANA))
    rex = CustomRecord("r-1", "Pets", {"Name": "Rex", "Age": "3", "Vaccinated": "yes", "Species": "dog"}, made.id)
    account.lose("Pets/upsert$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, connector.save_record(rex, None))
    assert not account.run(connector, connector.save_record(rex, begun)).created
    (stored,) = account.records()["objects"]
    assert (stored["object"], stored["contacts"]) == ("Pets", [made.id])
    assert (stored["values"]["Age"], stored["values"]["Vaccinated"]) == (3, True)
    with pytest.raises(CrmError, match="'ref_field'"):
        account.run(connector, account.connector(key=False).save_record(rex, None))
    with pytest.raises(CrmError, match="no module of this name"):
        account.run(connector, connector.save_record(replace(rex, object="Ghosts"), None))
