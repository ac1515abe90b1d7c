"""Mapping: types as they are meant, texts that quote, and what does not fit the CRM's own metadata."""

import datetime as dt

import pytest

from shared.crm.mapping import complaints, contact_of, deal_of, quoted, ref_of, typed
from shared.domain.crm import CrmConfig, RemoteField
from shared.domain.fields import FieldSpec, with_built_in

SPECS = with_built_in((
    FieldSpec(id="budget", label="Budget", type="number"),
    FieldSpec(id="start", label="Start", type="date"),
    FieldSpec(id="news", label="News", type="yes_no"),
    FieldSpec(id="bike", label="Bike", type="choice", choices=("road", "city")),
))  # fmt: skip
REMOTE = (
    RemoteField("amount", "Amount", "number"),
    RemoteField("day", "Day", "date"),
    RemoteField("kind", "Kind", "choice", ("road",)),
    RemoteField("made", "Made", "text", read_only=True),
    RemoteField("text", "Text", "text"),
)
PAYLOAD = {
    "identity": "email:ana@acme-mail.com",
    "goal": "quote",
    "fields": {
        "name": "Ana Lopez",
        "email": "ana@acme-mail.com",
        "budget": "500",
        "start": "2026-12-01",
        "news": "yes",
    },
}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [("budget", "500", 500.0), ("start", "2026-12-01", dt.date(2026, 12, 1)), ("news", "yes", True),
     ("news", "no", False),     ("bike", "road", "road"), ("budget", "much", "much")],
)  # fmt: skip
def test_values_have_the_type_they_mean(field, value, expected):
    """A number is a number, a date a date; what cannot be read so stays text."""
    assert typed(SPECS[field], value) == expected


@pytest.mark.parametrize(
    ("field", "kept", "reason"),
    [("budget", "amount", ""), ("budget", "text", ""), ("start", "day", ""), ("name", "amount", "is a name"),
     ("budget", "nothing", "no property"), ("budget", "made", "cannot be written"),
     ("bike", "kind", "no option 'city'"),
     ("budget", "day", "is a number")],
)  # fmt: skip
def test_a_mapping_is_held_against_the_crms_own_metadata(field, kept, reason):
    """What does not fit is said with the path to it; what fits is not."""
    found = complaints(SPECS, {field: kept}, REMOTE, ("contact",))
    assert [error.loc for error in found] == ([("contact", field)] if reason else [])
    assert all(reason in error.msg for error in found)


def test_a_crm_that_tells_nothing_is_not_second_guessed():
    """Without metadata nothing is checked."""
    assert complaints(SPECS, {"budget": "anything"}, (), ("contact",)) == []


def test_a_contact_is_made_of_what_the_visitor_told():
    """Values stand under the CRM's names; only a verified person, or the owner's wish, may overwrite."""
    crm = CrmConfig(connector="hubspot", contact={"budget": "amount", "start": "day"})
    contact = contact_of("acme", PAYLOAD, crm, SPECS)
    assert (contact.name, contact.identity.email) == ("Ana Lopez", "ana@acme-mail.com")
    assert contact.values == {"amount": 500.0, "day": dt.date(2026, 12, 1)}
    assert not contact.overwrite
    assert contact_of("acme", {**PAYLOAD, "verified": True}, crm, SPECS).overwrite
    assert contact.ref != contact_of("other", PAYLOAD, crm, SPECS).ref


def test_titles_quote_what_is_known_and_nothing_else():
    """What is not known leaves no hole; a dollar sign of the visitor's quotes nothing."""
    assert quoted("${name}: ${goal} ${phone}", PAYLOAD, "Acme") == "Ana Lopez: quote"
    sly = {"fields": {"name": "${email}", "email": "ana@acme-mail.com"}}
    assert quoted("${name}", sly, "Acme") == "${email}"
    crm = CrmConfig(connector="hubspot", deal={"title": "${name}", "amount_field": "budget"})  # type: ignore[arg-type]
    deal = deal_of(PAYLOAD, crm, SPECS, ref="r", contact_id="1", business="Acme")
    assert (deal.title, deal.amount) == ("Ana Lopez", 500.0)


def test_a_key_of_ours_tells_nothing():
    """The same for the same parts, another for others; parts do not run into each other."""
    assert ref_of("a", "bc") == ref_of("a", "bc")
    assert ref_of("a", "bc") != ref_of("ab", "c")
    assert "ana" not in ref_of("ana@acme-mail.com")
