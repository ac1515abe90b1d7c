"""The shop and the connector for a business's own API over real HTTP: described by hand and by import."""

import pytest

from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.crm.http import Settings
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Saved
from tests.crm_vendors import SHOP_ANA as ANA
from tests.crm_vendors import SHOP_AT, ShopAccount

LAX = [
    ("operations.create_contact.idempotent", None),
    ("operations.create_contact.conflict", None),
    ("refuses_duplicates", None),
    ("idempotency_header", "X-Nobody-Reads-This"),
]


@pytest.fixture(scope="module")
def server():
    with ShopAccount.opened() as shop:
        yield shop


@pytest.fixture
def shop(server):
    server.reset()
    return server


def test_an_imported_description_needs_no_hand(shop):
    """The shop's own document gives settings that are valid as they are, with nothing left to say."""
    draft = shop.draft()
    assert draft.notes == ()
    assert draft.settings["base_url"] == shop.base
    assert Settings.model_validate(draft.settings).refuses_duplicates


def test_a_lead_arrives_with_all_that_is_known(shop):
    """A contact is made once with its values in their own types, and a second delivery adopts it."""
    connector = shop.connector()
    made = shop.run(connector, save_contact(connector, ANA))
    again = shop.run(connector, save_contact(connector, ANA))
    assert made.created
    assert again.id == made.id
    (stored,) = shop.records()["contacts"]
    assert stored["name"] == ANA.name
    assert stored["values"] == {
        "company": "Flores",
        "budget": 1200,
        "newsletter": True,
        "visit_at": SHOP_AT.isoformat(),
    }


def test_a_contact_that_was_there_is_filled_and_not_changed(shop):
    """The 409 names who is there; only what is empty is written."""
    there = shop.control("POST", "contacts", {"email": "Ana@Example.com", "name": "Ana L", "company": "Old"})["id"]
    connector = shop.connector()
    assert shop.run(connector, save_contact(connector, ANA)) == Saved(there, created=False)
    (stored,) = shop.records()["contacts"]
    assert (stored["name"], stored["phone"], stored["values"]["company"]) == ("Ana L", "+34600111222", "Old")
    assert stored["values"]["budget"] == 1200


@pytest.mark.parametrize("changes", [(), LAX[:1], LAX[1:3]], ids=["all", "conflict alone", "key alone"])
def test_a_lost_create_is_not_made_twice(shop, changes):
    """An answer that never came, with an index that lags: the next attempt finds what the first has made."""
    connector = shop.connector(*changes)
    shop.behave(lag_s=60)
    shop.lose("^/customers$")
    with pytest.raises(CrmError):
        shop.run(connector, save_contact(connector, ANA))
    kept = shop.run(connector, save_contact(connector, ANA, since=SHOP_AT))
    assert [item["id"] for item in shop.records()["contacts"]] == [kept.id]


def test_a_careless_api_is_looked_through_before_a_contact_is_made_again(shop):
    """Without keys and conflicts, `since` makes the connector look through a listing that does not lag."""
    listing = {"method": "GET", "path": "/customers", "list": "customers", "id": "id"}
    connector = shop.connector(*LAX, ("operations.list_contacts", listing))
    shop.behave(lag_s=60, duplicates=True, keys=False)
    shop.lose("^/customers$")
    shop.control("POST", "contacts", {"email": "other@example.com"})
    with pytest.raises(CrmError):
        shop.run(connector, connector.create(ANA, None))
    kept = shop.run(connector, save_contact(connector, ANA, since=SHOP_AT))
    assert [item["id"] for item in shop.records()["contacts"] if item["email"] == ANA.identity.email] == [kept.id]


def test_a_conflict_that_names_nobody_is_found_or_waited_for(shop):
    """When a 409 does not say which record is there, a search does, once the index has it."""
    connector = shop.connector(("operations.create_contact.idempotent", None), ("idempotency_header", "X-Other"))
    shop.behave(lag_s=60, silent=True)
    made = shop.run(connector, connector.create(ANA, None))
    with pytest.raises(CrmError) as raised:
        shop.run(connector, connector.create(ANA, None))
    assert raised.value.category == "unavailable"
    shop.behave(silent=True)
    assert shop.run(connector, connector.create(ANA, None)).id == made.id


def test_contacts_are_found_read_and_updated(shop):
    """By address whatever its case, by number however it is written; an update leaves the rest alone."""
    there = shop.control("POST", "contacts", {"email": "bo@example.com", "phone": "0600 111 222", "name": "Bo"})["id"]
    connector = shop.connector()
    assert [item.id for item in shop.run(connector, connector.find(Identity("BO@example.com")))] == [there]
    assert shop.run(connector, connector.find(Identity("no@example.com"))) == ()
    assert shop.run(connector, connector.update(there, Contact("r", Identity(), values={"budget": 5.5})))
    found = shop.run(connector, connector.read(there, ("budget",)))
    assert (found.name, found.email, found.values["budget"]) == ("Bo", "bo@example.com", "5.5")
    assert shop.run(connector, connector.read("C-none", ())) is None
    assert not shop.run(connector, connector.update("C-none", ANA))


def test_an_id_cannot_reach_another_path(shop):
    """An id with a slash, a query or dots is one segment, or nothing that is sent."""
    connector = shop.connector()
    assert shop.run(connector, connector.read("a/notes?x=1", ())) is None
    with pytest.raises(CrmError) as raised:
        shop.run(connector, connector.read("..", ()))
    assert raised.value.category == "refused"


@pytest.mark.parametrize("idempotent", [True, False])
def test_deals_and_notes_are_made_once(shop, idempotent):
    """A deal has its contact, a note both; repeated after a lost answer there is still one of each."""
    changes = () if idempotent else [(f"operations.{name}.idempotent", None) for name in ("save_deal", "save_note")]
    connector = shop.connector(*changes, *(() if idempotent else [LAX[-1]]))
    contact = shop.run(connector, connector.create(ANA, None)).id
    deal = Deal("d-77aa", "Ana wants a garden", contact, 990.0, "EUR", stage="open")
    lost = [{"kind": "lost", "method": "POST", "path": path} for path in ("/orders$", "/notes$")]
    shop.control("PUT", "faults", lost)
    with pytest.raises(CrmError):
        shop.run(connector, connector.save_deal(deal, None))
    saved = shop.run(connector, connector.save_deal(deal, SHOP_AT))
    note = Note("n-12bb", "She called.", contact, SHOP_AT, saved.id)
    with pytest.raises(CrmError):
        shop.run(connector, connector.save_note(note, None))
    shop.run(connector, connector.save_note(note, SHOP_AT))
    records = shop.records()
    assert [(item["id"], item["contacts"]) for item in records["deals"]] == [(saved.id, [contact])]
    assert records["deals"][0]["values"]["amount"] == 990
    assert [item["contacts"] for item in records["notes"]] == [[contact]]
    assert records["notes"][0]["text"].startswith("She called.")


def test_a_deal_that_is_there_is_updated(shop):
    """The same key again changes the deal it knows."""
    connector = shop.connector(("operations.save_deal.idempotent", None), LAX[-1])
    contact = shop.run(connector, connector.create(ANA, None)).id
    shop.run(connector, connector.save_deal(Deal("d-1", "A", contact, 1.0), None))
    again = shop.run(connector, connector.save_deal(Deal("d-1", "B", contact, 2.0), None))
    assert not again.created
    assert [item["title"] for item in shop.records()["deals"]] == ["B"]


def test_records_of_other_kinds(shop):
    """A pet is made by a template that an owner wrote, and belongs to its owner."""
    pets = {
        "method": "POST", "path": "/{{ record.object }}", "id": "pet.id",
        "body": {"name": "{{ record.values.name }}", "customer_id": "{{ contact_id }}", "reference": "{{ ref }}"},
    }  # fmt: skip
    listing = {
        "method": "GET",
        "path": "/pets",
        "query": {"customer_id": "{{ contact_id }}"},
        "list": "pets",
        "id": "id",
    }
    connector = shop.connector(("operations.save_record", pets), ("operations.list_records", listing), LAX[-1])
    assert connector.has_objects
    contact = shop.run(connector, connector.create(ANA, None)).id
    pet = CustomRecord("p-9", "pets", {"name": "Rex"}, contact)
    first = shop.run(connector, connector.save_record(pet, None))
    assert shop.run(connector, connector.save_record(pet, SHOP_AT)).id == first.id
    assert [(item["object"], item["contacts"]) for item in shop.records()["objects"]] == [("pets", [contact])]


def test_fields_prepare_and_check(shop):
    """What the document lists is offered, nothing is prepared, and a check says what is described."""
    connector = shop.connector()
    fields = {item.name: item for item in shop.run(connector, connector.fields("contact"))}
    assert fields["source"].options == ("web", "phone", "fair")
    assert fields["visit_at"].type == "datetime"
    assert shop.run(connector, connector.prepare()) == {}
    connected, described = shop.run(connector, connector.check())
    assert connected.ok
    assert described.ok
    assert "save_note" in described.detail
    wrong = shop.connector(api_key="wrong")
    assert not shop.run(wrong, wrong.check())[0].ok
