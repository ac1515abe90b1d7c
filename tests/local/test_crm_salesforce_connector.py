"""The connector against Salesforce's stand-in over real HTTP: one record of each, whatever goes wrong."""

import datetime as dt
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.crm.connector import Exists
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Saved
from tests.crm_stand_ins import now
from tests.crm_vendors import SALESFORCE_ANA as ANA
from tests.crm_vendors import SALESFORCE_REF, SalesforceAccount

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def server():
    with SalesforceAccount.opened() as account:
        yield account


@pytest.fixture
def account(server):
    server.reset()
    return server


def test_signing_in_with_a_key(account):
    """An assertion for this user, signed with this key, and no other."""
    key, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    account.behave(jwt_public_key=public.decode(), wrong_domain=True)

    def connector(private, username="bot@example.com", **settings):
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        given = {"client_id": "sf-client", "username": username, "private_key": pem.decode()}
        return account.connector(given, **settings)

    good = connector(key)
    assert account.run(good, good.find(Identity("a@b.example"))) == ()
    for bad in (
        connector(other),
        connector(key, "eve@example.com"),
        connector(key, login_audience="https://x.example"),
    ):
        assert account.refused(bad, bad.check()).category == "unauthorised"
    with pytest.raises(CrmError) as late:
        account.token_of(good, LONG_AGO)
    assert late.value.category == "unauthorised"


def test_a_wrong_domain_is_said(account):
    """Client credentials at a login host: the owner is told which URL to give."""
    account.behave(wrong_domain=True)
    connector = account.connector()
    assert "My Domain" in account.refused(connector, connector.check()).detail


def test_a_contact_is_made_once(account):
    """Made, made again, found, read."""
    connector = account.connector()
    saved = account.run(connector, connector.create(ANA, None))
    assert saved == Saved(saved.id)
    assert account.run(connector, connector.create(ANA, None)) == Exists(saved.id)
    (found,) = account.run(connector, connector.find(Identity("ANA@example.com")))
    assert (found.id, found.name, found.phone) == (saved.id, "Ana María López", "+34600111222")
    read = account.run(connector, connector.read(saved.id, tuple(ANA.values)))
    assert {name: read.values[name] for name in ANA.values} == {
        "Budget__c": "1200",
        "Start_Date__c": "2026-12-01",
        "Newsletter__c": "true",
        "Interest__c": "Repairs",
    }
    assert account.run(connector, connector.find(Identity(phone="+34600111222")))[0].id == saved.id


@pytest.mark.parametrize("rule", [False, True])
@pytest.mark.parametrize("kind", ["Contact", "Lead"])
def test_a_lost_contact_is_not_made_twice(account, kind, rule):
    """The answer is lost, the search lags, a duplicate rule may meddle: one record."""
    connector = account.connector(object=kind)
    account.behave(lag_s=60, duplicate_rule=rule)
    account.lose(f"sobjects/{kind}$")
    begun = now()
    assert account.refused(connector, save_contact(connector, ANA)).category == "unavailable"
    saved = account.run(connector, save_contact(connector, replace(ANA, overwrite=True), since=begun))
    assert not saved.created
    (known,) = account.records()["contacts"]
    assert (known["id"], known["values"][SALESFORCE_REF]) == (saved.id, "c-4f1d")
    by_phone = Contact("c-2", Identity(phone="+34600999888"), "Cher")
    account.lose(f"sobjects/{kind}$")
    assert account.refused(connector, connector.create(by_phone, None)).category == "unavailable"
    assert isinstance(account.run(connector, connector.create(by_phone, begun)), Exists)
    assert len(account.records()["contacts"]) == 2


def test_somebody_known_is_adopted(account):
    """By address; by what a duplicate rule found; two matches are for the owner to merge."""
    connector = account.connector()
    key = account.put(name="Ana López", email="ana@example.com")
    saved = account.run(connector, save_contact(connector, ANA))
    assert saved == Saved(key, created=False)
    (known,) = account.records()["contacts"]
    assert (known["name"], known["phone"], known["values"]["Budget__c"]) == ("Ana López", "+34600111222", 1200)
    account.behave(duplicate_rule=True)
    assert account.run(connector, connector.create(ANA, None)) == Exists(key)
    account.put(name="Ana L", email="ana@example.com")
    assert account.refused(connector, connector.create(ANA, None)).category == "ambiguous"


def test_a_placeholder_is_no_name(account):
    """A contact made without a name gets the name that is told later."""
    connector = account.connector()
    nobody = Contact("c-9", Identity("a@b.example"))
    saved = account.run(connector, save_contact(connector, nobody))
    account.run(connector, save_contact(connector, replace(nobody, name="Zoe Ruiz"), known_id=saved.id))
    (known,) = account.records()["contacts"]
    assert known["name"] == "Zoe Ruiz"


def test_a_contact_that_is_gone(account):
    """Reading it is None, updating it False, saving it makes a new one."""
    connector = account.connector()
    saved = account.run(connector, connector.create(ANA, None))
    account.call("DELETE", f"/sobjects/Contact/{saved.id}")
    assert account.run(connector, connector.read(saved.id, ())) is None
    assert account.run(connector, connector.update(saved.id, ANA)) is False
    again = account.run(connector, save_contact(connector, ANA, known_id=saved.id))
    assert again.created
    assert again.id != saved.id


def test_an_update_changes_what_it_names(account):
    """The rest stays as it is."""
    connector = account.connector()
    key = account.put(name="Ana López", email="ana@example.com", Title="Doctor")
    change = Contact("c-1", Identity(), "Ana Ruiz", {"Budget__c": 7.5})
    assert account.run(connector, connector.update(key, change)) is True
    (known,) = account.records()["contacts"]
    assert (known["name"], known["values"]["Title"], known["values"]["Budget__c"]) == ("Ana Ruiz", "Doctor", 7.5)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"Interest__c": "Skis"}, "Interest__c"),
        ({"Foo__c": 1.0}, "Foo__c"),
        ({"Budget__c": -1.0}, "Budget__c"),
        ({"Title": "x" * 200}, "Title"),
    ],
)
def test_refusals_name_the_field(account, values, field):
    """The owner reads which field is the trouble."""
    connector = account.connector()
    why = account.refused(connector, connector.create(replace(ANA, values=values), None))
    assert why.category == "refused"
    assert f"'{field}'" in why.detail


DEAL = Deal("d-1", "Full service", "", 95.0, "EUR", values={"Source_Page__c": "/prices"})


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("lost", ["", "Opportunity/", "OpportunityContactRole$"])
def test_a_deal_is_made_once_and_linked(account, old, lost):
    """Whichever answer is lost: one opportunity, one role; later changes leave the stage alone."""
    connector = account.connector()
    account.behave(lag_s=60, upsert_without_body=old)
    key = account.run(connector, connector.create(ANA, None)).id
    deal = replace(DEAL, contact_id=key)
    begun = now()
    if lost:
        account.lose(lost, "PATCH" if lost.endswith("/") else "POST")
        assert account.refused(connector, connector.save_deal(deal, None)).category == "unavailable"
    saved = account.run(connector, connector.save_deal(deal, begun if lost else None))
    assert saved.created is not bool(lost)
    account.call("PATCH", f"/sobjects/Opportunity/{saved.id}", json={"StageName": "Qualification"})
    changed = replace(deal, amount=120.0, stage="Prospecting")
    assert account.run(connector, connector.save_deal(changed, None)) == Saved(saved.id, created=False)
    (known,) = account.records()["deals"]
    assert (known["id"], known["title"], known["contacts"]) == (saved.id, "Full service", [key])
    assert (known["values"]["Amount"], known["values"]["StageName"]) == (120, "Qualification")
    today = now().date()
    days = (dt.date.fromisoformat(known["values"]["CloseDate"]) - today).days
    assert days in (29, 30)  # midnight may pass between


def test_a_leads_deal(account):
    """No role, but the lead's id in the description; a note is on the lead alone."""
    connector = account.connector(object="Lead", lead_company="Website visitor")
    key = account.run(connector, connector.create(ANA, None)).id
    saved = account.run(connector, connector.save_deal(replace(DEAL, contact_id=key), None))
    account.run(connector, connector.save_note(Note("n-1", "hello", key, now(), saved.id), None))
    records = account.records()
    assert records["contacts"][0]["values"]["Company"] == "Website visitor"
    assert records["deals"][0]["values"]["Description"] == f"Lead: {key}"
    assert (records["notes"][0]["contacts"], records["notes"][0]["deals"]) == ([key], [])


def test_a_note_is_written_once(account):
    """Lost and asked for again: found by its key; another note of the same text is another note."""
    connector = account.connector()
    key = account.run(connector, connector.create(ANA, None)).id
    deal = account.run(connector, connector.save_deal(replace(DEAL, contact_id=key), None)).id
    begun = now()
    note = Note("n-1", "Visitor: 'hello' \\ <b>", key, begun, deal)
    account.lose("sobjects/Task")
    assert account.refused(connector, connector.save_note(note, None)).category == "unavailable"
    assert not account.run(connector, connector.save_note(note, begun)).created
    (known,) = account.records()["notes"]
    assert known["text"].startswith(note.text)
    assert (known["contacts"], known["deals"]) == ([key], [deal])
    assert account.run(connector, connector.save_note(replace(note, ref="n-2"), begun)).created


def test_a_record_of_another_kind_is_made_once(account):
    """By our key, linked to its contact."""
    connector = account.connector()
    key = account.run(connector, connector.create(ANA, None)).id
    record = CustomRecord("r-1", "Pet__c", {"Name": "Rex", "Species__c": "Dog", "Weight__c": "12.5"}, key)
    account.lose("Pet__c", "PATCH")
    assert account.refused(connector, connector.save_record(record, None)).category == "unavailable"
    saved = account.run(connector, connector.save_record(record, now()))
    (known,) = account.records()["objects"]
    assert (known["id"], known["object"], known["contacts"]) == (saved.id, "Pet__c", [key])
    assert known["values"]["Weight__c"] == 12.5
    unknown = replace(record, object="Unicorn__c")
    assert account.refused(connector, connector.save_record(unknown, None)).category == "missing"


def test_the_accounts_fields(account):
    """From its own description."""
    connector = account.connector()
    by_name = {item.name: item for item in account.run(connector, connector.fields("contact"))}
    assert by_name["Interest__c"].options == ("Bikes", "Repairs", "Rental")
    assert by_name["LastName"].required
    assert by_name["CreatedDate"].read_only
    assert by_name["Newsletter__c"].type == "yes_no"
    deal = {item.name for item in account.run(connector, connector.fields("deal")) if item.required}
    assert deal == {"Name", "StageName", "CloseDate"}


def test_preparing_and_checking(account):
    """All is well; without our field, without a right, with no calls left, it is said what to do."""
    connector = account.connector()
    assert account.run(connector, connector.prepare()) == {}
    assert all(check.ok for check in account.run(connector, connector.check()))
    account.behave(without_ref_field=["Opportunity"], read_only_objects=["Task"])
    assert "Make a field" in account.refused(connector, connector.prepare()).detail
    deal = account.refused(connector, connector.save_deal(replace(DEAL, contact_id="x"), None))
    assert deal.category == "refused"
    wrong = [check.name for check in account.run(connector, connector.check()) if not check.ok]
    assert wrong == ["our key on Opportunity", "Task"]
    account.behave(hidden_objects=["Opportunity"])
    wrong = [check.name for check in account.run(connector, connector.check()) if not check.ok]
    assert wrong == ["Opportunity"]


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("error", "unavailable"),
        ("unavailable", "unavailable"),
        ("limited", "limited"),
        ("expired", "unauthorised"),
        ("forbidden", "forbidden"),
        ("refused", "refused"),
        ("malformed", "malformed"),
        ("drop", "unavailable"),
    ],
)
def test_every_fault_has_its_category(account, kind, category):
    """What the stand-in can do wrong, the connector tells apart; nothing is made."""
    connector = account.connector()
    account.fault(kind, "sobjects/Contact")
    assert account.refused(connector, connector.create(ANA, None)).category == category
    assert account.records()["contacts"] == []
