"""HubSpot's official client, unchanged, against the stand-in: what it sends is taken, what it is sent it can read."""

import urllib.request

import pytest
from hubspot import HubSpot  # type: ignore[import-untyped]
from hubspot.crm.associations.v4 import BatchInputPublicDefaultAssociationMultiPost  # type: ignore[import-untyped]
from hubspot.crm.contacts import (  # type: ignore[import-untyped]
    ApiException,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchReadInputSimplePublicObjectId,
    PublicMergeInput,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.deals import SimplePublicObjectInputForCreate as DealInput  # type: ignore[import-untyped]
from hubspot.crm.objects.notes import SimplePublicObjectInputForCreate as NoteInput  # type: ignore[import-untyped]
from hubspot.crm.properties import ApiException as PropertiesError  # type: ignore[import-untyped]
from hubspot.crm.properties import PropertyCreate

from tests.crm_stand_ins import served


@pytest.fixture(scope="module")
def base():
    with served("hubspot", at_root=True) as url:
        yield url


@pytest.fixture
def client(base):
    urllib.request.urlopen(urllib.request.Request(f"{base}/_reset", method="POST"), timeout=5).close()
    return HubSpot(access_token="pat-local", host=base)


def contact(client, **properties):
    """Make a contact and return its id."""
    body = SimplePublicObjectInputForCreate(properties=properties, associations=[])
    return client.crm.contacts.basic_api.create(body).id


def key_property(client, kind):
    """Make a property with unique values."""
    body = PropertyCreate(
        name="our_key", label="Our key", type="string", field_type="text", has_unique_value=True,
        group_name={"contacts": "contactinformation", "deals": "dealinformation"}[kind],
    )  # fmt: skip
    return client.crm.properties.core_api.create(kind, body)


def test_it_makes_and_reads_a_contact(client):
    """By id, and by the address in another case."""
    made = contact(client, email="Ana@Example.com", firstname="Ana", newsletter="true")
    read = client.crm.contacts.basic_api.get_by_id(made, properties=["email", "newsletter", "phone"])
    assert (read.id, read.archived) == (made, False)
    assert (read.properties["email"], read.properties["newsletter"]) == ("ana@example.com", "true")
    assert read.properties["phone"] is None
    assert read.created_at.tzinfo
    assert client.crm.contacts.basic_api.get_by_id("ana@example.com", id_property="email").id == made


def test_it_searches(client):
    """Filters, groups, sorts and pages as the client builds them."""
    ids = [contact(client, email=f"p{n}@example.com", budget=str(n)) for n in range(3)]
    request = PublicObjectSearchRequest(
        filter_groups=[
            {"filters": [{"propertyName": "email", "operator": "EQ", "value": "p0@example.com"}]},
            {"filters": [{"propertyName": "budget", "operator": "GT", "value": "1"}]},
        ],
        properties=["email"], sorts=["createdate"], limit=10,
    )  # fmt: skip
    found = client.crm.contacts.search_api.do_search(request)
    assert found.total == 2
    assert {item.id for item in found.results} == {ids[0], ids[2]}


def test_it_meets_a_conflict(client):
    """The second contact with an address is refused with the first one's id in the text."""
    made = contact(client, email="ana@example.com")
    with pytest.raises(ApiException) as caught:
        contact(client, email="ana@example.com")
    assert caught.value.status == 409
    assert f"Contact already exists. Existing ID: {made}" in caught.value.body


def test_it_updates_archives_and_misses(client):
    """A contact that is archived is gone for reads and updates."""
    made = contact(client, email="ana@example.com")
    change = SimplePublicObjectInput(properties={"company": "Flores"})
    assert client.crm.contacts.basic_api.update(made, change).properties["company"] == "Flores"
    client.crm.contacts.basic_api.archive(made)
    for call in (lambda: client.crm.contacts.basic_api.get_by_id(made),
                 lambda: client.crm.contacts.basic_api.update(made, change)):  # fmt: skip
        with pytest.raises(ApiException) as caught:
            call()
        assert caught.value.status == 404
    assert client.crm.contacts.basic_api.get_by_id(made, archived=True).archived


def test_it_upserts_a_batch(client):
    """By a unique property: new, and then not."""
    key_property(client, "contacts")
    inputs = [{"id": "k-1", "idProperty": "our_key", "properties": {"phone": "+1", "our_key": "k-1"}}]
    batch = BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs)
    first, second = (client.crm.contacts.batch_api.upsert(batch) for _ in range(2))
    assert first.status == "COMPLETE"
    assert [item.results[0].new for item in (first, second)] == [True, False]
    assert first.results[0].id == second.results[0].id


def test_it_reads_what_went_wrong_in_a_batch(client):
    """207: the good ones as results, the others as errors."""
    inputs: list[dict[str, object]] = [
        {"id": address, "idProperty": "email", "properties": {}, "objectWriteTraceId": address}
        for address in ("a@example.com", "nobody")
    ]
    done = client.crm.contacts.batch_api.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs))
    assert (len(done.results), done.num_errors) == (1, 1)
    assert done.errors[0].category == "VALIDATION_ERROR"
    wanted = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": "a@example.com"}, {"id": "b@example.com"}], properties=["email"], properties_with_history=[],
        id_property="email",
    )  # fmt: skip
    read = client.crm.contacts.batch_api.read(wanted)
    assert (len(read.results), read.errors[0].context) == (1, {"ids": ["b@example.com"]})


def test_it_links_a_deal_and_a_note(client):
    """With the default type, singly and in a batch; a note brings its links along."""
    person = contact(client, email="ana@example.com")
    deal = client.crm.deals.basic_api.create(DealInput(properties={"dealname": "Bike"}, associations=[])).id
    links = client.crm.associations.v4.basic_api.create_default("deals", deal, "contacts", person)
    assert {item.association_spec.association_type_id for item in links.results} == {3, 4}
    pairs = BatchInputPublicDefaultAssociationMultiPost(inputs=[{"from": {"id": deal}, "to": {"id": person}}])
    client.crm.associations.v4.batch_api.create_default("deals", "contacts", pairs)
    note = NoteInput(
        properties={"hs_note_body": "hello", "hs_timestamp": "2026-11-02T09:30:00Z"},
        associations=[
            {"to": {"id": person}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]}
        ],
    )
    made = client.crm.objects.notes.basic_api.create(note).id
    for kind, expected in (("deals", deal), ("notes", made)):
        (link,) = client.crm.associations.v4.basic_api.get_page("contacts", person, kind).results
        assert str(link.to_object_id) == expected


def test_it_merges(client):
    """Both old ids lead to the one that is left."""
    one, two = contact(client, email="a@example.com"), contact(client, email="b@example.com", phone="+1")
    left = client.crm.contacts.basic_api.merge(PublicMergeInput(object_id_to_merge=two, primary_object_id=one))
    assert {client.crm.contacts.basic_api.get_by_id(item).id for item in (one, two)} == {left.id}


def test_it_reads_properties_and_pipelines(client):
    """The metadata fits the client's models; a property is made once."""
    names = {item.name for item in client.crm.properties.core_api.get_all("contacts").results}
    assert {"email", "budget", "interest"} <= names
    assert key_property(client, "deals").has_unique_value
    with pytest.raises(PropertiesError) as caught:
        key_property(client, "deals")
    assert caught.value.status == 409
    pipelines = client.crm.pipelines.pipelines_api.get_all("deals").results
    assert "appointmentscheduled" in {stage.id for item in pipelines for stage in item.stages}


def test_it_refreshes_a_token(client, base):
    """Through the older path, which the client still uses."""
    given = client.oauth.tokens_api.create(
        grant_type="refresh_token", refresh_token="hs-refresh", client_id="hs-client", client_secret="hs-secret"
    )
    other = HubSpot(access_token=given.access_token, host=base)
    assert other.crm.contacts.basic_api.get_page(limit=1).results == []
