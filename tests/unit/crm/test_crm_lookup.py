"""What a conversation is told of somebody in the CRM: that they are there, and more only to themselves."""

import pytest

from shared.crm.lookup import look_up
from shared.domain.crm import CrmConfig, Found, Identity, Record

ANA = Identity(email="ana@acme-mail.com")


class People:
    """A connector that knows these records; `read` are the properties it was asked for."""

    def __init__(self, *records):
        self.records = {record.id: record for record in records}
        self.read_properties: list[tuple[str, ...]] = []

    def find(self, identity):
        """See `Connector.find`."""
        return tuple(record for record in self.records.values() if record.email == identity.email)
        yield

    def read(self, contact_id, properties):
        """See `Connector.read`."""
        self.read_properties.append(properties)
        return self.records[contact_id]
        yield


def found(people, person="", **crm):
    """Return what a look-up comes to."""
    steps = look_up(people, CrmConfig(connector="hubspot", **crm), ANA, person)
    with pytest.raises(StopIteration) as ended:
        next(steps)
    return ended.value.value


def record(remote_id, user, **values):
    """Return a contact at Ana's address."""
    return Record(remote_id, ANA.email, "+44", "Ana Lopez", {"site_user": user, **values})


OPEN = {"identity_property": "site_user", "readable": ("name", "budget"), "contact": {"budget": "p_budget"}}


def test_nobody_is_told_more_than_that_there_is_a_contact():
    """Without a verified id, or without the property that could confirm it, nothing is even read."""
    people = People(record("1", "user-7"))
    assert found(people, "", **OPEN) == found(people, "user-7") == Found(known=True)
    assert found(People(), "user-7", **OPEN) == Found(known=False)
    assert people.read_properties == []


def test_a_verified_person_hears_of_their_own_record_what_is_readable():
    """The one whose property holds their id, trimmed to the fields the business opened, empty ones left out."""
    people = People(record("1", "user-6", p_budget="1"), record("2", "user-7", p_budget="500", secret="x"))
    assert found(people, "user-7", **OPEN) == Found(known=True, values={"name": "Ana Lopez", "budget": "500"})
    assert found(people, "user-8", **OPEN) == Found(known=True)
    assert people.read_properties[0] == ("site_user", "p_budget")
