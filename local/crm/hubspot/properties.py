"""The properties objects have, and the values they take."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from local.crm.hubspot import errors
from local.crm.vendor import Json

_EMAIL = re.compile(r"[^@\s,;<>()\"]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,62})\.)+[a-z]{2,}", re.IGNORECASE)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DAY_MS = 86_400_000
FIELD_TYPES = {
    "string": ("text", "textarea", "html", "file", "phonenumber", "calculation_equation"),
    "number": ("number",), "date": ("date",), "datetime": ("date",), "bool": ("booleancheckbox",),
    "enumeration": ("select", "radio", "checkbox", "booleancheckbox"), "phone_number": ("phonenumber",),
}  # fmt: skip


@dataclass
class Property:
    """One property of an object."""

    name: str
    type: str = "string"
    field_type: str = "text"
    label: str = ""
    group: str = "contactinformation"
    options: tuple[tuple[str, str], ...] = ()
    unique: bool = False
    read_only: bool = False
    calculated: bool = False
    hidden: bool = False
    own: bool = False
    description: str = ""
    options_elsewhere: bool = field(default=False)

    def json(self) -> Json:
        """As the metadata shows it."""
        options = [
            {"label": label, "value": value, "displayOrder": place, "hidden": False}
            for place, (value, label) in enumerate(self.options)
        ]
        return {
            "updatedAt": "2026-05-04T08:00:00.000Z", "createdAt": "2026-05-04T08:00:00.000Z", "name": self.name,
            "label": self.label or self.name.replace("_", " ").capitalize(), "type": self.type,
            "fieldType": self.field_type, "description": self.description, "groupName": self.group,
            "options": options, "displayOrder": -1, "calculated": self.calculated,
            "externalOptions": self.options_elsewhere, "archived": False, "hasUniqueValue": self.unique,
            "hidden": self.hidden, "hubspotDefined": not self.own, "formField": not self.read_only,
            "dataSensitivity": "non_sensitive",
            "modificationMetadata": {
                "archivable": self.own, "readOnlyDefinition": not self.own, "readOnlyValue": self.read_only,
            },
        }  # fmt: skip


def defaults(kind: str) -> dict[str, Property]:
    """Return the properties an object has at first."""
    group = {"contacts": "contactinformation", "deals": "dealinformation", "notes": "engagementinfo"}
    made = {"contacts": _contact, "deals": _deal, "notes": _note}.get(kind, _custom)()
    changed = "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"
    created = "hs_createdate" if kind == "notes" else "createdate"
    made += [
        Property("hs_object_id", "number", "number", "Record ID", read_only=True),
        Property(created, "datetime", "date", "Create Date", read_only=True),
        Property(changed, "datetime", "date", "Last Modified Date", read_only=True),
    ]
    for item in made:
        item.group = group.get(kind, f"{kind}_information")
    return {item.name: item for item in made}


def _contact() -> list[Property]:
    interests = (("bikes", "Bikes"), ("repairs", "Repairs"), ("rental", "Rental"))
    stages = (("subscriber", "Subscriber"), ("lead", "Lead"), ("customer", "Customer"))
    return [
        Property("email", label="Email", unique=True),
        Property("firstname", label="First Name"),
        Property("lastname", label="Last Name"),
        Property("phone", field_type="phonenumber", label="Phone Number"),
        Property("mobilephone", field_type="phonenumber", label="Mobile Phone Number"),
        Property("company", label="Company Name"),
        Property("budget", "number", "number", own=True),
        Property("start_date", "date", "date", own=True),
        Property("newsletter", "bool", "booleancheckbox", options=(("true", "Yes"), ("false", "No")), own=True),
        Property("interest", "enumeration", "select", options=interests, own=True),
        Property("lifecyclestage", "enumeration", "radio", "Lifecycle Stage", options=stages),
        Property("hubspot_owner_id", "enumeration", "select", "Contact owner", options_elsewhere=True),
        Property("num_associated_deals", "number", "number", read_only=True, calculated=True),
        Property("hs_merged_object_ids", "enumeration", "checkbox", read_only=True, hidden=True),
    ]


def _deal() -> list[Property]:
    money = (("EUR", "Euro"), ("GBP", "Pound"), ("USD", "US dollar"))
    return [
        Property("dealname", label="Deal Name"),
        Property("pipeline", "enumeration", "select", "Pipeline", options_elsewhere=True),
        Property("dealstage", "enumeration", "radio", "Deal Stage", options_elsewhere=True),
        Property("amount", "number", "number", "Amount"),
        Property("deal_currency_code", "enumeration", "select", "Currency", options=money),
        Property("closedate", "datetime", "date", "Close Date"),
        Property("description", field_type="textarea", label="Deal Description"),
    ]


def _note() -> list[Property]:
    return [
        Property("hs_note_body", field_type="html", label="Note body"),
        Property("hs_timestamp", "datetime", "date", "Activity date"),
        Property("hubspot_owner_id", "enumeration", "select", "Activity assigned to", options_elsewhere=True),
    ]


def _custom() -> list[Property]:
    return [
        Property("name", label="Name", own=True),
        Property("species", label="Species", own=True),
        Property("weight", "number", "number", own=True),
        Property("born", "date", "date", own=True),
    ]


def accepted(known: Mapping[str, Property], given: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Return values as they are kept, "" for one that is cleared; an error names each that is not accepted."""
    kept: dict[str, str] = {}
    problems: list[tuple[str, str, str]] = []
    for name, value in given:
        if isinstance(value, dict | list):
            raise errors.unreadable("Cannot deserialize value of type `java.lang.String` from Object value")
        text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
        found = known.get(name)
        if found is None:
            problems.append((name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
        elif found.read_only:
            text = f'"{name}" is a read only property; its value cannot be set.'
            problems.append((name, "READ_ONLY_VALUE", text))
        else:
            result = _taken(found, text) if text else ("", "", "")
            kept[name] = result[0]
            if result[1]:
                problems.append((name, result[1], result[2]))
    if problems:
        raise errors.invalid_values(problems)
    return kept


def _taken(known: Property, text: str) -> tuple[str, str, str]:
    """Return the value as it is kept, or "" with a code and a message."""
    if known.name == "email":
        good = _EMAIL.fullmatch(text.strip())
        return (text.strip().lower(), "", "") if good else ("", "INVALID_EMAIL", f"Email address {text} is invalid")
    if known.type == "number":
        return (text, "", "") if _NUMBER.fullmatch(text) else ("", "INVALID_LONG", f"{text} was not a valid number.")
    if known.type in ("date", "datetime"):
        moment = _moment(text, whole_day=known.type == "date")
        return (moment, "", "") if moment else ("", "INVALID_DATE", f"{text} was not a valid {known.type}.")
    if known.type in ("enumeration", "bool") and not known.options_elsewhere:
        values = [value for value, _ in known.options]
        chosen = text.split(";") if known.field_type == "checkbox" else [text]
        if not set(chosen) <= set(values):
            return "", "INVALID_OPTION", f"{text} was not one of the allowed options: [{', '.join(values)}]"
    return text, "", ""


def _moment(text: str, *, whole_day: bool) -> str:
    """Return a date or an instant as HubSpot keeps it, "" for what is neither."""
    try:
        if re.fullmatch(r"-?[0-9]{1,14}", text):
            number = int(text)
            if whole_day and number % _DAY_MS:
                return ""
            at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=number)
        elif whole_day and len(text) == len("2026-11-02"):
            at = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
        elif "T" in text:
            at = dt.datetime.fromisoformat(text)
        else:
            return ""
    except (ValueError, OverflowError):
        return ""
    if at.tzinfo is None or (whole_day and at.astimezone(dt.UTC).time() != dt.time()):
        return ""
    return at.date().isoformat() if whole_day else stamp(at)


def stamp(at: dt.datetime) -> str:
    """Return an instant as HubSpot writes it."""
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
