"""What is written to Salesforce and asked of it: records as its fields, and queries. Pure."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from shared.crm.salesforce_settings import Settings
from shared.domain.crm import Contact, Deal, Note, Value

# What Salesforce's own web forms write where a last name is required and none was given.
NO_NAME = "[not provided]"
STANDARD = ("Id", "Name", "FirstName", "LastName", "Email", "Phone", "MobilePhone")
NOTE_SUBJECT = "Chat conversation"
# Their clock and ours may differ by this much when we look for what we wrote.
SKEW = dt.timedelta(minutes=5)

_LIMITS = {"FirstName": 40, "LastName": 80, "Name": 120, "Description": 31_000}
_SOQL = str.maketrans(
    {"\\": r"\\", "'": r"\'", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\f": r"\f"}
)


def literal(text: str) -> str:
    """Return a text as a SOQL string, quotes included."""
    return f"'{text.translate(_SOQL)}'"


def moment(at: dt.datetime) -> str:
    """Return a moment as SOQL and JSON write it, in UTC."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written(value: Value) -> str | float | bool:
    """Return a value in the form Salesforce reads."""
    if isinstance(value, dt.datetime):
        return moment(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    # A whole number may be meant for a field that takes no others.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def fields_of(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return values in the form Salesforce reads."""
    return {name: written(value) for name, value in values.items()}


def contact(known: Contact) -> dict[str, Any]:
    """Return what of a contact is known, as fields."""
    body: dict[str, Any] = {}
    if known.name.strip():
        first, _, last = " ".join(known.name.split()).rpartition(" ")
        # Empty, not absent: a first name that stood there would be read together with the new last name.
        body["FirstName"] = first[: _LIMITS["FirstName"]] or None
        body["LastName"] = last[: _LIMITS["LastName"]]
    if known.identity.email:
        body["Email"] = known.identity.email
    if known.identity.phone:
        body["Phone"] = known.identity.phone
    return {**body, **fields_of(known.values)}


def new_contact(known: Contact, settings: Settings) -> dict[str, Any]:
    """Return a contact to be made: with our key, and with what Salesforce requires."""
    values = {name: value for name, value in contact(known).items() if value is not None}
    first = {"Company": settings.lead_company} if settings.object == "Lead" else {}
    return {**first, "LastName": NO_NAME, **values, settings.ref_field: known.ref}


def deal(known: Deal, settings: Settings) -> dict[str, Any]:
    """Return what of a deal is known, as an opportunity's fields."""
    body: dict[str, Any] = {"Name": known.title[: _LIMITS["Name"]]}
    if known.amount is not None:
        body["Amount"] = written(known.amount)
    if known.currency and settings.multi_currency:
        body["CurrencyIsoCode"] = known.currency
    if known.pipeline:
        # A sales process belongs to a record type.
        body["RecordTypeId"] = known.pipeline
    return {**body, **fields_of(known.values)}


def new_deal(known: Deal, settings: Settings, today: dt.date) -> dict[str, Any]:
    """Return a deal to be made: with stage and close date, and with the lead, who can have no role in it."""
    close = today + dt.timedelta(days=settings.close_in_days)
    first = {"StageName": known.stage or settings.default_stage, "CloseDate": close.isoformat()}
    body = {**first, **deal(known, settings)}
    if settings.object == "Lead":
        body["Description"] = f"{body.get('Description', '')}\nLead: {known.contact_id}".strip()
    return body


def note(known: Note, settings: Settings) -> dict[str, Any]:
    """Return a note as a completed task's fields; our key stands at the end of its text."""
    body = {
        "Subject": NOTE_SUBJECT,
        "Status": "Completed",
        "ActivityDate": known.at.astimezone(dt.UTC).date().isoformat(),
        "Description": f"{known.text[: _LIMITS['Description']]}\n\n[{known.ref}]",
        "WhoId": known.contact_id,
    }
    # A task of a lead cannot be of a deal as well.
    return {**body, "WhatId": known.deal_id} if known.deal_id and settings.object != "Lead" else body


def by_email(email: str, settings: Settings) -> str:
    """Return the query for contacts with this address; a converted lead can no longer be written to."""
    converted = " AND IsConverted = false" if settings.object == "Lead" else ""
    return (
        f"SELECT {', '.join(STANDARD)} FROM {settings.object} "  # noqa: S608 - SOQL; values are quoted
        f"WHERE Email = {literal(email)}{converted} ORDER BY CreatedDate LIMIT 5"
    )


def by_phone(phone: str, settings: Settings) -> dict[str, Any]:
    """Return the search for contacts with this number."""
    is_lead = settings.object == "Lead"
    return {
        # In an index numbers stand without their signs.
        "q": "".join(filter(str.isdigit, phone)),
        "in": "PHONE",
        "fields": list(STANDARD),
        "sobjects": [{"name": settings.object, **({"where": "IsConverted = false"} if is_lead else {})}],
        "overallLimit": 5,
    }


def notes_since(contact_id: str, since: dt.datetime) -> str:
    """Return the query for a contact's tasks made since then; their text cannot be filtered by."""
    return (
        f"SELECT Id, Description FROM Task WHERE WhoId = {literal(contact_id)} "  # noqa: S608 - as above
        f"AND CreatedDate >= {moment(since - SKEW)} ORDER BY CreatedDate DESC LIMIT 200"
    )


def role(deal_id: str, contact_id: str) -> str:
    """Return the query for a contact's role in a deal."""
    return (
        f"SELECT Id FROM OpportunityContactRole WHERE OpportunityId = {literal(deal_id)} "  # noqa: S608 - as above
        f"AND ContactId = {literal(contact_id)} LIMIT 1"
    )
