"""The modules' fields, their metadata, and which values they take."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local.crm.vendor import Json
from local.crm.zoho.errors import ZohoError, invalid

# The field in which a module looks for duplicates by itself, and only in an upsert.
SYSTEM_CHECK = {"Contacts": "Email", "Leads": "Email", "Deals": "Deal_Name", "Pets": "Name"}
STAGES = ("Qualification", "Needs Analysis", "Proposal/Price Quote", "Closed Won", "Closed Lost")
PIPELINES = ("Standard (Standard)", "Wholesale")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)")


@dataclass(frozen=True)
class Field:
    """One field of a module. `lookup` is the module it links to."""

    name: str
    type: str = "text"
    length: int = 255
    mandatory: bool = False
    read_only: bool = False
    unique: bool = False
    options: tuple[str, ...] = ()
    lookup: str = ""
    custom: bool = False

    def meta(self) -> Json:
        """The field as /settings/fields lists it."""
        label = self.name.replace("_", " ")
        lookup = {"module": {"api_name": self.lookup, "id": "5501"}, "display_label": label} if self.lookup else {}
        shown = [
            {
                "display_value": text,
                "actual_value": text,
                "sequence_number": number,
                "type": "used",
                "id": f"88{number}",
            }
            for number, text in enumerate(self.options)
        ]
        return {
            "api_name": self.name, "field_label": label, "display_label": label, "data_type": self.type,
            "length": self.length, "system_mandatory": self.mandatory, "read_only": self.read_only,
            "field_read_only": self.read_only, "virtual_field": False, "custom_field": self.custom, "visible": True,
            "unique": {"case_sensitive": False} if self.unique else {}, "pick_list_values": shown,
            "lookup": lookup,
            "operation_type": {"api_create": not self.read_only, "api_update": not self.read_only},
        }  # fmt: skip


def schema(module: str, extra: Mapping[str, object]) -> dict[str, Field]:
    """Return a module's fields, as the switches have them."""
    found = {item.name: item for item in _MODULES[module]}
    if extra.get("no_ref"):
        found.pop("Chatbot_Ref", None)
    if extra.get("unique_phone") and "Phone" in found:
        found["Phone"] = Field("Phone", "phone", 30, unique=True)
    if extra.get("closing_date") and module == "Deals":
        found["Closing_Date"] = Field("Closing_Date", "date", mandatory=True)
    return found


def modules() -> tuple[str, ...]:
    """Return the modules there are."""
    return tuple(_MODULES)


def accepted(field: Field, value: object, path: str, exists: Callable[[str, str], bool]) -> object:
    """Return a value as it is kept; ZohoError when the field does not take it. None empties it."""
    if field.read_only:
        raise invalid(field.name, path)
    if value is None:
        return None
    if field.lookup:
        target = value.get("id") if isinstance(value, dict) else None
        if not isinstance(target, str):
            raise invalid(field.name, path, expected_data_type="jsonobject")
        if not exists(field.lookup, target):
            message = "the id given seems to be invalid"
            raise ZohoError(400, "INVALID_DATA", message, api_name="id", json_path=f"{path}.id")
        return {"id": target}
    if not _FITS[field.type](value):
        raise invalid(field.name, path, expected_data_type=field.type)
    if field.type == "picklist" and value not in field.options:
        raise invalid(field.name, path, expected_data_type="picklist")
    if isinstance(value, str) and len(value) > field.length:
        raise invalid(field.name, path, maximum_length=field.length)
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_email(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value))


def _is_phone(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[0-9+().\-/ #x]{1,30}", value))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(dt.date.fromisoformat(value))  # noqa: PLR2004
    except ValueError:
        return False


_FITS: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(("text", "textarea", "picklist", "website"), _is_text),
    "email": _is_email, "phone": _is_phone, "integer": _is_whole, "double": _is_number, "currency": _is_number,
    "boolean": lambda value: isinstance(value, bool), "date": _is_date,
    "datetime": lambda value: isinstance(value, str) and bool(_DATETIME.fullmatch(value)),
}  # fmt: skip

_SYSTEM = (
    Field("id", "bigint", read_only=True),
    Field("Created_Time", "datetime", read_only=True),
    Field("Modified_Time", "datetime", read_only=True),
)
_REF = Field("Chatbot_Ref", unique=True, custom=True)
_PERSON = (
    *_SYSTEM,
    Field("First_Name", length=40), Field("Last_Name", length=80, mandatory=True), Field("Full_Name", read_only=True),
    Field("Email", "email", 100), Field("Secondary_Email", "email", 100),
    Field("Phone", "phone", 30), Field("Mobile", "phone", 30),
    Field("Description", "textarea", 32_000), Field("Email_Opt_Out", "boolean"),
    _REF, Field("Budget", "double", 16, custom=True), Field("Start_Date", "date", custom=True),
    Field("Newsletter", "boolean", custom=True),
    Field("Interest", "picklist", options=("-None-", "bikes", "repairs", "rental"), custom=True),
    Field("Site_User_Id", custom=True), Field("Last_Visit", "datetime", custom=True),
)  # fmt: skip
_MODULES: dict[str, tuple[Field, ...]] = {
    "Contacts": (*_PERSON, Field("Home_Phone", "phone", 30), Field("Other_Phone", "phone", 30)),
    "Leads": (*_PERSON, Field("Company"), Field("Lead_Source", "picklist", options=("-None-", "Chat"))),
    "Deals": (
        *_SYSTEM,
        Field("Deal_Name", length=120, mandatory=True), Field("Stage", "picklist", options=STAGES, mandatory=True),
        Field("Pipeline", "picklist", options=PIPELINES), Field("Amount", "currency", 16),
        Field("Closing_Date", "date"), Field("Contact_Name", "lookup", lookup="Contacts"),
        Field("Description", "textarea", 32_000), _REF, Field("Number_of_Bikes", "integer", 9, custom=True),
    ),
    "Notes": (
        *_SYSTEM,
        Field("Note_Title", length=120), Field("Note_Content", "textarea", 32_000, mandatory=True),
        Field("Parent_Id", "lookup", lookup="Contacts", mandatory=True),
    ),
    "Pets": (
        *_SYSTEM,
        Field("Name", length=120, mandatory=True), _REF, Field("Age", "integer", 9, custom=True),
        Field("Species", "picklist", options=("dog", "cat"), custom=True),
        Field("Vaccinated", "boolean", custom=True), Field("Person", "lookup", lookup="Contacts", custom=True),
    ),
}  # fmt: skip
