"""Values of fields: what may be written, and how it is kept."""

import datetime as dt
import re

from local.crm.salesforce.errors import ApiError, unreadable
from local.crm.salesforce.schema import Field

ID_LENGTHS = (15, 18)
_EMAIL = re.compile(r"[^\s@<>()\",;:\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_TEXTS = ("string", "textarea", "email", "phone", "picklist", "combobox", "url", "id", "reference")


def kept(field: Field, value: object) -> object:
    """Return a value as it is kept; ApiError when the field does not take it."""
    if value is None or value == "":
        if field.required:
            message = f"Required fields are missing: [{field.name}]"
            raise ApiError(400, "REQUIRED_FIELD_MISSING", message, [field.name])
        return False if field.type == "boolean" else None
    if field.type in _TEXTS:
        return _text(field, value)
    if field.type in ("double", "currency"):
        return _number(field, value)
    if field.type == "boolean":
        return _boolean(value)
    return _date(value) if field.type == "date" else _datetime(value)


def stamp(at: dt.datetime) -> str:
    """Return a moment as Salesforce writes it."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def moment(text: str) -> dt.datetime:
    """Return the moment that a text with a time zone names; ValueError for others."""
    found = dt.datetime.fromisoformat(re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", text))
    if found.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return found


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise unreadable("string", value)
    if len(value) > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        raise ApiError(400, "STRING_TOO_LONG", message, [field.name])
    if field.type == "email" and not _EMAIL.fullmatch(value):
        message = f"{field.label}: invalid email address: {value}"
        raise ApiError(400, "INVALID_EMAIL_ADDRESS", message, [field.name])
    if field.restricted and value not in field.options:
        message = f"{field.label}: bad value for restricted picklist field: {value}"
        raise ApiError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [field.name])
    return value


def _number(field: Field, value: object) -> float:
    wanted = "currency" if field.type == "currency" else "double"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise unreadable(wanted, value)
    try:
        return float(value)
    except ValueError:
        raise unreadable(wanted, value) from None


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise unreadable("boolean", value)


def _date(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise unreadable("date", value)
    try:
        return dt.date.fromisoformat(value).isoformat()
    except ValueError:
        raise unreadable("date", value) from None


def _datetime(value: object) -> str:
    if not isinstance(value, str):
        raise unreadable("datetime", value)
    try:
        return stamp(moment(value))
    except ValueError:
        raise unreadable("datetime", value) from None
