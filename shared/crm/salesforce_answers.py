"""What Salesforce says: its errors, ids, records and fields, read defensively. Pure."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from shared.crm.failure import Category, CrmError
from shared.crm.salesforce_bodies import NO_NAME
from shared.crm.wire import Response
from shared.domain.crm import Record, RemoteField, RemoteType
from shared.domain.urls import check_web_url

# Calls are counted over twenty-four hours that move along; an hour later some are free again.
DAILY_WAIT_S = 3600.0
CONCURRENT_WAIT_S = 60.0

_SHORT_ID = 15
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_FIELD = re.compile(r"[A-Za-z]\w{0,79}")
_NAMES_FIELD = re.compile(r"No such column '(\w+)'|duplicate value found: (\w+) duplicates|are missing: \[([\w, ]+)\]")
_HOLDS = re.compile(r"duplicate value found: (\w+) duplicates value on record with id: (\w+)")
_LIMIT = re.compile(r"(?:^|[^-\w])api-usage=(\d{1,12})/(\d{1,12})")
_TYPES: dict[str, RemoteType] = {
    **dict.fromkeys(("string", "textarea", "email", "phone", "url", "combobox", "encryptedstring"), "text"),
    **dict.fromkeys(("double", "currency", "int", "long", "percent"), "number"),
    "date": "date",
    "datetime": "datetime",
    "boolean": "yes_no",
    "picklist": "choice",
}
_MISSING = ("NOT_FOUND", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID")
_FORBIDDEN = ("API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "FUNCTIONALITY_NOT_ENABLED")
_BUSY = ("UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "QUERY_TIMEOUT")
_BY_STATUS: dict[int, Category] = {
    300: "ambiguous", 401: "unauthorised", 403: "forbidden", 404: "missing", 408: "unavailable", 429: "limited",
}  # fmt: skip
_REFUSALS = {
    "REQUIRED_FIELD_MISSING": "Salesforce requires a value in {fields}",
    "INVALID_EMAIL_ADDRESS": "Salesforce does not accept the e-mail address in {fields}",
    "STRING_TOO_LONG": "a value is too long for {fields} of Salesforce",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "{fields} of Salesforce does not take this choice",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "a validation rule of Salesforce refuses the value of {fields}",
    "INVALID_FIELD": "Salesforce has not got {fields}, or the integration's user may not see it",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "the integration's user may not write {fields} of Salesforce",
    "INVALID_TYPE": "Salesforce has not got this object, or the integration's user may not see it",
    "JSON_PARSER_ERROR": "a value has not the form that its field of Salesforce takes",
    "DUPLICATE_VALUE": "another record of Salesforce has the same value in {fields}",
    "CANNOT_UPDATE_CONVERTED_LEAD": "this lead was converted in Salesforce and can no longer be changed",
}
_SAYS: dict[Category, str] = {
    "ambiguous": "Salesforce takes this for a duplicate of records it has, and does not say of which one",
    "unauthorised": "Salesforce no longer accepts the sign-in",
    "missing": "Salesforce has not got this record (any more)",
    "unavailable": "Salesforce does not answer right now",
}
_SIGN_IN = {
    "invalid_client_id": "Salesforce does not know this client id",
    "invalid_client": "Salesforce does not accept this client id and secret",
    "unsupported_grant_type": "this way of signing in is not switched on for the app in Salesforce",
    "inactive_user": "the integration's user is not active in Salesforce",
    "inactive_org": "this Salesforce account is not active",
}
# Moved, or not there: a host that is no account's.
_ELSEWHERE = (301, 302, 303, 307, 308, 404)
_PASSING_SIGN_IN = ("server_error", "temporarily_unavailable", "unknown_error")


@dataclass(frozen=True)
class Fault:
    """One error of an answer. `message` may quote what was sent: it is looked into, never shown."""

    code: str
    message: str = ""
    fields: tuple[str, ...] = ()


def malformed() -> CrmError:
    """Return what an answer of an unknown form is."""
    return CrmError("malformed", "Salesforce's answer cannot be read")


def faults(response: Response) -> tuple[Fault, ...]:
    """Return the errors that an answer lists; none when it is not such a list."""
    return tuple(_fault(item) for item in _items(_json(response)) if isinstance(item, dict))


def call_failure(response: Response) -> CrmError | None:
    """Return what is wrong with an answer to a call, None when nothing is."""
    if response.ok:
        return None
    listed = faults(response)
    category = _category(listed, response.status)
    if category == "limited":
        return _limited(listed, response)
    return CrmError(category, _detail(category, listed, response.status))


def sign_in_failure(response: Response) -> CrmError | None:
    """Return why no token was given, None when one was."""
    if response.ok:
        return None
    body = _json(response)
    said = body if isinstance(body, dict) else {}
    error, why = str(said.get("error") or ""), str(said.get("error_description") or "").lower()
    if response.status in (408, 429) or response.status >= 500:  # noqa: PLR2004 - HTTP's class of server errors
        return call_failure(response)
    if error in _PASSING_SIGN_IN:
        return CrmError("unavailable", "Salesforce cannot sign the app in right now")
    if "rate exceeded" in why:
        return CrmError("limited", "Salesforce saw too many sign-ins", retry_after_s=CONCURRENT_WAIT_S)
    if response.status in _ELSEWHERE:
        return CrmError("refused", "there is no Salesforce account at this My Domain URL")
    return CrmError("unauthorised", _not_signed_in(error, why))


def instance_url(body: Mapping[str, Any], domain_url: str) -> str:
    """Return where the account lives; CrmError when that is no place to send a token to."""
    url = body.get("instance_url")
    if not isinstance(url, str):
        raise malformed()
    try:
        check_web_url(url)
    except ValueError:
        raise malformed() from None
    if domain_url.startswith("https:") and not url.startswith("https:"):
        raise malformed()
    return url.rstrip("/")


def holder(listed: tuple[Fault, ...]) -> tuple[str, str]:
    """Return which unique field is taken and by which record, of a DUPLICATE_VALUE; "" for what is not said."""
    for fault in listed:
        if fault.code == "DUPLICATE_VALUE" and (match := _HOLDS.search(fault.message)):
            return match[1], long_id(match[2]) if _ID.fullmatch(match[2]) else ""
    return "", ""


def duplicates(response: Response, kind: str) -> list[dict[str, Any]]:
    """Return the records of this kind that a duplicate rule found, each once."""
    found: dict[str, dict[str, Any]] = {}
    for fault in _items(_json(response)):
        if not isinstance(fault, dict):
            continue
        # Older versions of the API really spell it so.
        result = fault.get("duplicateResult") or fault.get("duplicateResut")
        for record in _matches(result):
            attributes = record.get("attributes")
            other = attributes.get("type", kind) if isinstance(attributes, dict) else kind
            if isinstance(record.get("Id"), str) and _ID.fullmatch(record["Id"]) and other == kind:
                found[long_id(record["Id"])] = record
    return list(found.values())


def made_id(response: Response) -> str:
    """Return the id of what a call made or changed."""
    made = response.object().get("id")
    if not isinstance(made, str) or not _ID.fullmatch(made):
        raise malformed()
    return long_id(made)


def long_id(short: str) -> str:
    """Return an id in its long form: three more characters tell which letters of the short one are capitals."""
    if len(short) != _SHORT_ID or not short.isascii():
        return short
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    parts = (short[start : start + 5] for start in (0, 5, 10))
    return short + "".join(
        alphabet[sum(1 << bit for bit, letter in enumerate(part) if letter.isupper())] for part in parts
    )


def rows(response: Response, key: str) -> list[dict[str, Any]]:
    """Return the records of a query ("records") or a search ("searchRecords")."""
    found = response.object().get(key)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise malformed()
    return found


def record(item: Mapping[str, Any]) -> Record:
    """Return a contact or lead as it is in an answer."""
    remote = item.get("Id")
    if not isinstance(remote, str) or not _ID.fullmatch(remote):
        raise malformed()
    values = {name: _text(value) for name, value in item.items() if not isinstance(value, dict | list)}
    last = values.get("LastName", "")
    first = values.get("FirstName", "")
    values["Name"] = first if last == NO_NAME else values.get("Name") or f"{first} {last}".strip()
    phone = values.get("Phone") or values.get("MobilePhone") or ""
    return Record(long_id(remote), values.get("Email", ""), phone, values["Name"], values)


def same_number(wanted: str, found: str) -> bool:
    """Say whether two numbers are the same: one may lack the country's code, or be written with blanks."""
    a, b = (re.sub(r"\D", "", text).lstrip("0") for text in (wanted, found))
    shortest = 7  # fewer digits are an extension, not a number
    return min(len(a), len(b)) >= shortest and (a.endswith(b) or b.endswith(a))


def described(response: Response) -> list[dict[str, Any]]:
    """Return the fields of a described object."""
    return rows(response, "fields")


def remote_field(item: Mapping[str, Any]) -> RemoteField | None:
    """Return one field of a described object; None when it has no name."""
    name = item.get("name")
    if not isinstance(name, str) or not name:
        return None
    label = item.get("label")
    may = item.get("createable") is True and item.get("updateable") is True
    optional = item.get("nillable") is True or item.get("defaultedOnCreate") is True
    return RemoteField(
        name,
        label if isinstance(label, str) else name,
        _TYPES.get(str(item.get("type")), "other"),
        options=tuple(_options(item.get("picklistValues"))),
        read_only=not may,
        required=item.get("createable") is True and not optional,
    )


def is_key(fields: list[dict[str, Any]], name: str) -> bool:
    """Say whether a described object has this field, as a unique external id."""
    found = next((item for item in fields if item.get("name") == name), {})
    return found.get("externalId") is True and found.get("unique") is True


def lookup(fields: list[dict[str, Any]], kind: str) -> str:
    """Return the first field of a described object that points at a record of this kind, "" without one."""
    for item in fields:
        name, to = item.get("name"), item.get("referenceTo")
        if isinstance(name, str) and isinstance(to, list) and kind in to and item.get("createable") is True:
            return name
    return ""


def answered_on(response: Response) -> dt.date:
    """Return the day on which an answer was sent, as its header says."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).date()
    except (TypeError, ValueError, IndexError, OverflowError):
        raise malformed() from None


def calls_left(response: Response) -> tuple[int, int] | None:
    """Return how many calls were made and how many may be, of the last day; None when it is not said."""
    match = _LIMIT.search(response.headers.get("sforce-limit-info", ""))
    return (int(match[1]), int(match[2])) if match else None


def _not_signed_in(error: str, why: str) -> str:
    if "domain" in why:
        return "Salesforce signs this app in only at the account's own My Domain URL"
    if "approved" in why:
        return "allow the app for the integration's user in Salesforce (pre-authorised users)"
    return _SIGN_IN.get(error, "Salesforce does not accept these credentials")


def _json(response: Response) -> Any:  # noqa: ANN401 - whatever the CRM sends
    try:
        return response.json()
    except (CrmError, RecursionError):
        return None


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _fault(item: dict[str, Any]) -> Fault:
    code, message = item.get("errorCode"), item.get("message")
    fields = (name for name in _items(item.get("fields")) if isinstance(name, str) and _FIELD.fullmatch(name))
    return Fault(code if isinstance(code, str) else "", message if isinstance(message, str) else "", tuple(fields))


def _category(listed: tuple[Fault, ...], status: int) -> Category:
    codes = [fault.code for fault in listed]
    category = _BY_STATUS.get(status, "refused")
    if "REQUEST_LIMIT_EXCEEDED" in codes:
        category = "limited"
    elif status >= 500 or any(code in _BUSY for code in codes):  # noqa: PLR2004 - HTTP's class of server errors
        category = "unavailable"
    elif any(code.startswith("INSUFFICIENT_ACCESS") or code in _FORBIDDEN for code in codes):
        category = "forbidden"
    elif "DUPLICATES_DETECTED" in codes:
        category = "ambiguous"
    elif any("external ID field" in fault.message for fault in listed):
        # A 404 too: an object without our field would otherwise look like a record that is gone.
        category = "refused"
    elif any(code in _MISSING for code in codes):
        category = "missing"
    return category


def _limited(listed: tuple[Fault, ...], response: Response) -> CrmError:
    if any("oncurrent" in fault.message for fault in listed):
        return CrmError("limited", "Salesforce works on too many calls at once", retry_after_s=CONCURRENT_WAIT_S)
    after = response.headers.get("retry-after", "")
    wait = float(after) if after.isascii() and after.isdigit() and len(after) < 6 else DAILY_WAIT_S  # noqa: PLR2004
    return CrmError("limited", "the Salesforce account has used up its API calls", retry_after_s=wait)


def _detail(category: Category, listed: tuple[Fault, ...], status: int) -> str:
    if category == "forbidden":
        return "the integration's user in Salesforce lacks a permission" + _of_fields(listed, " ({fields})")
    return _SAYS.get(category) or _refusal(listed, status)


def _refusal(listed: tuple[Fault, ...], status: int) -> str:
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP's class of redirects
        return "Salesforce answers at another address: check the My Domain URL"
    for fault in listed:
        if "external ID field" in fault.message:
            return "the object has no field for our key: make one in Salesforce (Text 80, External ID, Unique)"
        if fault.code in _REFUSALS:
            return _REFUSALS[fault.code].format(fields=_of_fields((fault,), "{fields}") or "a field")
    return "Salesforce does not accept the call" + _of_fields(listed, " because of {fields}")


def _of_fields(listed: tuple[Fault, ...], form: str) -> str:
    names = {name for fault in listed for name in (*fault.fields, *_quoted_fields(fault.message))}
    if not names:
        return ""
    several = "s" if len(names) > 1 else ""
    return form.format(fields=f"the field{several} " + ", ".join(f"'{name}'" for name in sorted(names)))


def _quoted_fields(message: str) -> list[str]:
    match = _NAMES_FIELD.search(message)
    found = next((group for group in match.groups() if group), "") if match else ""
    return [name for name in re.split(r"[, ]+", found) if _FIELD.fullmatch(name)]


def _matches(result: object) -> Iterator[dict[str, Any]]:
    for match in _items(result.get("matchResults")) if isinstance(result, dict) else ():
        for item in _items(match.get("matchRecords")) if isinstance(match, dict) else ():
            if isinstance(item, dict) and isinstance(item.get("record"), dict):
                yield item["record"]


def _options(values: object) -> Iterator[str]:
    for item in _items(values):
        if isinstance(item, dict) and item.get("active") is True and isinstance(item.get("value"), str):
            yield item["value"]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
