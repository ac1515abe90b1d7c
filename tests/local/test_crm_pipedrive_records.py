"""Pipedrive's stand-in and the connector over real HTTP: one record of each, whatever gets lost."""

from dataclasses import replace

import pytest

from shared.crm.connector import Exists
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.crm.pipedrive import REF_NAME
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Saved
from tests.crm_stand_ins import now
from tests.crm_vendors import BUDGET, INTEREST, NEWSLETTER, START, PipedriveAccount, key_of
from tests.crm_vendors import PIPEDRIVE_ANA as ANA


@pytest.fixture(scope="module")
def server():
    with PipedriveAccount.opened() as account:
        yield account


@pytest.fixture
def account(server):
    server.reset()
    return server


def test_a_lead_arrives_with_all_that_is_known(account):
    """A person is made once with its values in Pipedrive's own form, and a second delivery adopts it."""
    connector = account.ready()
    made = account.run(connector, save_contact(connector, ANA))
    again = account.run(connector, save_contact(connector, ANA))
    assert made.created
    assert again == Saved(made.id, created=False)
    (stored,) = account.records()["contacts"]
    assert (stored["name"], stored["email"], stored["phone"]) == (ANA.name, "ana@example.com", "+34600111222")
    assert stored["values"][BUDGET] == 1200
    assert stored["values"][START] == "2026-12-01"
    assert isinstance(stored["values"][NEWSLETTER], int)
    assert stored["values"][key_of(REF_NAME)] == "c-4f1d"
    record = account.run(connector, connector.read(made.id, (NEWSLETTER, INTEREST, BUDGET, START)))
    values = {NEWSLETTER: "Yes", INTEREST: "repairs", BUDGET: "1200", START: "2026-12-01"}
    own = {"name": ANA.name, "email": "ana@example.com", "phone": "+34600111222"}
    assert record.values == {**values, **own}


@pytest.mark.parametrize("prepared", [True, False])
@pytest.mark.parametrize("identity", [ANA.identity, Identity(phone="+34600111222")], ids=["e-mail", "phone"])
def test_a_lost_create_is_not_made_twice(account, prepared, identity):
    """An answer that never came, with an index that lags: the next attempt finds in the listing what is there."""
    connector = account.ready() if prepared else account.connector()
    contact = replace(ANA, identity=identity)
    account.behave(lag_s=60, page=1)
    for number in range(3):
        account.control("POST", "contacts", {"email": f"other{number}@example.com"})
        account.call("POST", "/api/v2/persons", json={"name": f"Other {number}"})
    account.lose("/persons$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, save_contact(connector, contact))
    kept = account.run(connector, save_contact(connector, contact, since=begun))
    named = [item["id"] for item in account.records()["contacts"] if item["name"] == ANA.name]
    assert named == [kept.id]
    assert not kept.created


def test_a_drop_before_the_create_makes_one(account):
    """What was never applied is made by the next attempt."""
    connector = account.ready()
    account.fault("drop", "/persons$", "POST")
    with pytest.raises(CrmError):
        account.run(connector, save_contact(connector, ANA))
    assert account.run(connector, save_contact(connector, ANA, since=now())).created
    assert len(account.records()["contacts"]) == 1


def test_one_that_somebody_else_made_meanwhile_is_adopted(account):
    """The listing shows a person typed in since with the same address: it is filled, not doubled."""
    connector = account.ready()
    account.behave(lag_s=60)
    begun = now()
    there = account.call("POST", "/api/v2/persons", json={"name": "A. L.", "emails": [{"value": "ANA@example.com"}]})
    number = str(there.json()["data"]["id"])
    assert account.run(connector, connector.create(ANA, begun)) == Exists(number)
    assert account.run(connector, save_contact(connector, ANA, since=begun)) == Saved(number, created=False)
    (stored,) = account.records()["contacts"]
    assert (stored["name"], stored["phone"]) == ("A. L.", "+34600111222")


def test_a_deleted_person_is_not_adopted_again(account):
    """A person deleted since is passed over in the listing, and reads as gone."""
    connector = account.ready()
    begun = now()
    made = account.run(connector, connector.create(ANA, None))
    account.call("DELETE", f"/api/v2/persons/{made.id}")
    assert account.run(connector, connector.read(made.id, ())) is None
    assert account.run(connector, connector.update(made.id, ANA)) is False
    assert account.run(connector, save_contact(connector, ANA, made.id, begun)).id != made.id
    assert len(account.records()["contacts"]) == 1


def test_other_addresses_are_kept(account):
    """A new address or number becomes the main one; those that were there stay."""
    there = account.control("POST", "contacts", {"email": "old@example.com", "phone": "+1555", "name": "Ana"})["id"]
    connector = account.connector()
    contact = Contact("c-1", Identity("new@example.com", "+34600111222"), overwrite=True)
    assert account.run(connector, connector.update(there, contact))
    assert account.run(connector, connector.update(there, contact))
    (stored,) = account.records()["contacts"]
    assert [entry["value"] for entry in stored["values"]["emails"]] == ["new@example.com", "old@example.com"]
    assert [entry["primary"] for entry in stored["values"]["phones"]] == [True, False]
    assert stored["name"] == "Ana"


def test_a_person_is_found_by_address_or_number(account):
    """The search is exact, whatever the case, and does not see what is too new for its index."""
    first = account.control("POST", "contacts", {"email": "Ana@Example.com", "phone": "+34600111222"})["id"]
    account.control("POST", "contacts", {"email": "ana@example.com.au", "phone": "+346001112223"})
    connector = account.connector()
    for identity in (ANA.identity, Identity(phone="+34600111222")):
        (found,) = account.run(connector, connector.find(identity))
        assert (found.id, found.email) == (first, "Ana@Example.com")
    account.behave(lag_s=60)
    account.run(connector, connector.create(Contact("c-2", Identity("new@example.com")), None))
    assert account.run(connector, connector.find(Identity("new@example.com"))) == ()
    assert account.run(connector, connector.find(Identity())) == ()


@pytest.mark.parametrize("prepared", [True, False])
def test_a_lost_deal_is_not_made_twice(account, prepared):
    """The person's deals are looked through: by our key, or by the title where there is none."""
    connector = account.ready() if prepared else account.connector()
    contact = account.run(connector, connector.create(ANA, None)).id
    account.call("POST", "/api/v2/deals", json={"title": "Another", "person_id": int(contact)})
    deal = Deal("d-1", "Ana (Shop)", contact, amount=950.5, currency="EUR", pipeline="2", stage="5")
    account.lose("/deals$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, connector.save_deal(deal, None))
    kept = account.run(connector, connector.save_deal(deal, begun))
    (stored,) = [item for item in account.records()["deals"] if item["title"] == deal.title]
    assert (stored["id"], stored["contacts"]) == (kept.id, [contact])
    assert stored["values"]["value"] == 950.5
    assert (stored["values"]["pipeline_id"], stored["values"]["stage_id"]) == (2, 5)


def test_a_deal_that_comes_again_is_updated_where_sales_have_put_it(account):
    """The same key updates the deal, and leaves its stage alone."""
    connector = account.ready()
    contact = account.run(connector, connector.create(ANA, None)).id
    deal = Deal("d-1", "Ana (Shop)", contact, amount=100, stage="1")
    made = account.run(connector, connector.save_deal(deal, None))
    account.call("PATCH", f"/api/v2/deals/{made.id}", json={"stage_id": 3})
    again = account.run(connector, connector.save_deal(replace(deal, amount=250), None))
    (stored,) = account.records()["deals"]
    assert again == Saved(made.id, created=False)
    assert (stored["values"]["value"], stored["values"]["stage_id"]) == (250, 3)
    other = account.run(connector, connector.save_deal(replace(deal, ref="d-2"), None))
    assert other.created


def test_a_lost_note_is_not_written_twice(account):
    """A note's text is escaped, carries our key, hangs on both records, and is there once."""
    connector = account.ready()
    contact = account.run(connector, connector.create(ANA, None)).id
    deal = account.run(connector, connector.save_deal(Deal("d-1", "Ana", contact), None)).id
    note = Note("n-77", "Visitor: 1 < 2 & <b>bold</b>\nBot: yes", contact, now(), deal)
    account.behave(page=1)
    account.call("POST", "/api/v1/notes", json={"content": "by hand", "person_id": int(contact)})
    account.lose("/notes$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, connector.save_note(note, None))
    kept = account.run(connector, connector.save_note(note, begun))
    (stored,) = [item for item in account.records()["notes"] if "n-77" in item["text"]]
    assert stored["id"] == kept.id
    assert stored["text"] == "Visitor: 1 < 2 & <b>bold</b>\nBot: yes\n\n[n-77]"
    assert (stored["contacts"], stored["deals"]) == ([contact], [deal])


def test_there_are_no_other_records(account):
    """A custom record is refused before anything is sent."""
    connector = account.connector()
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.save_record(CustomRecord("r-1", "pets", {}, "1"), None))
    assert raised.value.category == "refused"
