"""Reading what Zoho CRM answers, and what its errors mean. Pure."""

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from shared.crm.failure import Category, CrmError
from shared.crm.wire import Request, Response
from shared.crm.zoho_settings import DataCentre
from shared.domain.crm import Check, Record, Saved
from shared.domain.urls import check_web_url

EMAILS = ("Email", "Secondary_Email")
PHONES = ("Phone", "Mobile", "Home_Phone", "Other_Phone")
# For used-up credits, when Zoho does not say how long: they come back over the day.
CREDITS_WAIT_S = 300.0
_NO_CONTENT = 204
_SAME_DIGITS = 8
_MODULES, _FIELDS, _SEARCH = "ZohoCRM.modules.ALL", "ZohoCRM.settings.fields.ALL", "ZohoSearch.securesearch.READ"
_DUPLICATES = ("DUPLICATE_DATA", "MULTIPLE_OR_MULTI_ERRORS")
_TOO_MANY = ("LIMIT_EXCEEDED", "TOO_MANY_REQUESTS")
_PASSING = ("INTERNAL_ERROR", "INTERNAL_SERVER_ERROR", "RECORD_LOCKED")
_DENIED = ("NO_PERMISSION", "AUTHORIZATION_FAILED")
_TOKEN = ("INVALID_TOKEN", "AUTHENTICATION_FAILURE")
_PLAIN: dict[str, str] = {
    "unauthorised": "Zoho does not accept the access token: check 'data_centre' or connect again",
    "limited": "too many calls to Zoho",
    "unavailable": "Zoho does not answer right now",
    "missing": "the record is not in Zoho any more",
}
_REFUSALS = {
    "RECORD_LOCKED": "the record is locked in Zoho right now",
    "INVALID_MODULE": "Zoho has no module of this name, or hides it from the user behind the credentials",
    "RECORD_IN_BLUEPRINT": "the record is in a blueprint in Zoho, which does not let the bot change it",
    "NOT_APPROVED": "the record waits for an approval in Zoho",
}
_TYPES = {
    "double": "a number", "integer": "a whole number", "bigint": "a whole number", "jsonobject": "another record",
    "boolean": "yes or no", "date": "a date", "datetime": "a date with time", "picklist": "one of its options",
}  # fmt: skip


def malformed() -> CrmError:
    """Return the error for an answer of another shape."""
    return CrmError("malformed", "Zoho's answer cannot be read")


def sign_in_failure(response: Response, data_centre: DataCentre) -> CrmError | None:
    """Return why no token was given, None when one was. Zoho says so with a status of success."""
    status, said = response.status, _said(response)
    error, text = str(said.get("error") or ""), str(said.get("error_description") or "")
    if status == 429 or "too many requests" in text.lower():  # noqa: PLR2004 - too many requests
        wait_s = _wait(response)
        return CrmError("limited", "Zoho gives no more tokens right now", retry_after_s=wait_s or CREDITS_WAIT_S)
    if status == 408 or status >= 500 or error in ("general_error", "internal_error"):  # noqa: PLR2004 - faults
        return CrmError("unavailable", "Zoho's sign-in does not answer right now")
    if response.ok and not error:
        return None
    hint = f"the account may live in another data centre than '{data_centre}': check 'data_centre'"
    if error == "invalid_client_secret":
        return CrmError("unauthorised", "Zoho does not accept the client's secret")
    if error == "invalid_client":
        return CrmError("unauthorised", f"Zoho does not know the client id; or {hint}")
    return CrmError("unauthorised", f"Zoho does not accept the refresh token: it was withdrawn, or {hint}")


def failure(request: Request, response: Response) -> CrmError | None:
    """Return what is wrong with an answer, None when nothing is. Records in it are looked at by `written`."""
    if response.ok:
        return None
    wait_s = _wait(response)
    return _judged(request, response.status, _entry(response) or {}, wait_s)


def written(request: Request, response: Response) -> Saved:
    """Return what became of the one record that was written; CrmError when Zoho did not take it."""
    error = failure(request, response)
    if error:
        raise error
    entry = _entry(response)
    if entry is None:
        raise malformed()
    if entry.get("code") != "SUCCESS":
        # A refused record comes with a status of success, in a batch of one as well.
        raise _judged(request, 400, entry, None)
    return Saved(record_id(_details(entry)), created=entry.get("action") != "update")


def taken(response: Response) -> dict[str, str]:
    """Return by the field's name the ids of the records that have a unique value already; "" where Zoho hides it."""
    entry = _entry(response)
    if entry is None or entry.get("code") not in _DUPLICATES:
        return {}
    details = _details(entry)
    listed = details.get("errors", entry.get("errors"))
    found = [_details(item) for item in listed if isinstance(item, dict)] if isinstance(listed, list) else [details]
    ids: dict[str, str] = {}
    for item in found:
        there = item.get("duplicate_record")
        holder = there.get("id") if isinstance(there, dict) else item.get("id")
        ids[_name(item)] = holder if isinstance(holder, str) and is_id(holder) else ""
    return ids


def items(response: Response) -> list[dict[str, Any]]:
    """Return the records of an answer; no content means none."""
    return [] if response.status == _NO_CONTENT else _listed(response, "data")


def specs(response: Response) -> list[dict[str, Any]]:
    """Return the fields of a module's metadata."""
    return [] if response.status == _NO_CONTENT else _listed(response, "fields")


def more(response: Response) -> bool:
    """Whether a listing goes on."""
    if response.status == _NO_CONTENT:
        return False
    info = response.object().get("info")
    return isinstance(info, dict) and info.get("more_records") is True


def record_id(item: Mapping[str, Any]) -> str:
    """Return a record's id."""
    found = item.get("id")
    if not isinstance(found, str) or not is_id(found):
        raise malformed()
    return found


def is_id(text: str) -> bool:
    """Whether a text can be an id: Zoho's are long numbers."""
    return text.isascii() and text.isdigit() and len(text) < 30  # noqa: PLR2004 - theirs are shorter


def record(item: Mapping[str, Any], properties: tuple[str, ...]) -> Record:
    """Return a person."""
    email, phone = _text(item, "Email"), _text(item, "Phone") or _text(item, "Mobile")
    first, last = _text(item, "First_Name"), _text(item, "Last_Name")
    name = " ".join(filter(None, (first, last)))
    if not first and last in ("-", *_texts(item, EMAILS), *_texts(item, PHONES)):
        name = ""  # what we write when nobody knows the name, for Zoho does not do without
    standard = {"Full_Name": name, "Email": email, "Phone": phone}
    return Record(
        record_id(item), email, phone, name, {**{key: shown(item.get(key)) for key in properties}, **standard}
    )


def has(item: Mapping[str, Any], email: str, phone: str) -> bool:
    """Whether a record has this address or, without one, this number: a search may find what only resembles it."""
    if email:
        return email.casefold() in (text.strip().casefold() for text in _texts(item, EMAILS))
    return any(same_number(text, phone) for text in _texts(item, PHONES))


def same_number(left: str, right: str) -> bool:
    """Whether two numbers are the same, one of them perhaps without the country."""
    short, long = sorted((re.sub(r"\D", "", text).lstrip("0") for text in (left, right)), key=len)
    return len(short) >= _SAME_DIGITS and long.endswith(short)


def is_older(item: Mapping[str, Any], than: dt.datetime) -> bool:
    """Whether a record was certainly made before a moment."""
    try:
        made = dt.datetime.fromisoformat(_text(item, "Created_Time"))
    except ValueError:
        return False
    return made.tzinfo is not None and made < than


def shown(value: object) -> str:
    """Return a value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, dict):  # another record
        return shown(value.get("name") or value.get("id"))
    return "; ".join(shown(part) for part in value) if isinstance(value, list) else ""


def api_domain(body: Mapping[str, Any], accounts_url: str) -> str:
    """Return where Zoho says the account lives, "" when it does not; CrmError when that is no place for a token."""
    url = body.get("api_domain")
    if url is None:
        return ""
    try:
        found = check_web_url(url) if isinstance(url, str) else ""
    except ValueError:
        found = ""
    if not found or (accounts_url.startswith("https:") and not found.startswith("https:")):
        raise malformed()
    return found.rstrip("/")


def checked(name: str, error: CrmError | None) -> Check:
    """Return what became of a trial."""
    if error is None:
        return Check(name, ok=True)
    return Check(name, ok=False, detail=error.detail, missing_scopes=error.missing_scopes)


def _judged(request: Request, status: int, entry: Mapping[str, Any], wait_s: float | None) -> CrmError:
    code, details = str(entry.get("code") or ""), _details(entry)
    if code == "OAUTH_SCOPE_MISMATCH":  # comes as 401, and no other token would help
        scopes = _scopes(request)
        return CrmError("forbidden", f"the refresh token lacks the scope {' or '.join(scopes)}", missing_scopes=scopes)
    category = _category(status, code, entry)
    if category == "limited" and code == "LIMIT_EXCEEDED" and wait_s is None:
        wait_s = CREDITS_WAIT_S
    texts = _PLAIN | {"forbidden": f"the Zoho user behind the credentials may not {request.does}"}
    detail = _REFUSALS.get(code) or texts.get(category)
    if status < 400:  # noqa: PLR2004 - redirects
        detail = "Zoho answers at another address: check 'data_centre' and 'api_url'"
    passing = category in ("limited", "unavailable")
    return CrmError(category, detail or _refusal(code, details), retry_after_s=wait_s if passing else None)


def _category(status: int, code: str, entry: Mapping[str, Any]) -> Category:
    rules: tuple[tuple[Category, bool], ...] = (
        ("unauthorised", status == 401 or code in _TOKEN),  # noqa: PLR2004 - unauthorised
        ("limited", status == 429 or code in _TOO_MANY),  # noqa: PLR2004 - too many requests
        ("unavailable", status == 408 or status >= 500 or code in _PASSING),  # noqa: PLR2004 - faults
        ("forbidden", status == 403 or code in _DENIED),  # noqa: PLR2004 - forbidden
        ("missing", status == 404 or _is_gone(code, entry)),  # noqa: PLR2004 - not found
        ("ambiguous", code in _DUPLICATES),
    )
    return next((category for category, holds in rules if holds), "refused")


def _is_gone(code: str, entry: Mapping[str, Any]) -> bool:
    """Whether it is the record's own id that is not valid, not a value."""
    details = _details(entry)
    if code != "INVALID_DATA":
        return False
    said = "id given" in str(entry.get("message")) and "api_name" not in details
    return said or details.get("resource_path_index") == 1 or details.get("api_name") == "id"


def _refusal(code: str, details: Mapping[str, Any]) -> str:
    name = _name(details)
    if code in _DUPLICATES:
        field = f"the field '{name}'" if name else "a field"
        return f"other records in Zoho have the same value of {field}, which allows no duplicates: merge them"
    if not name:
        return f"Zoho does not accept the call ({code})" if re.fullmatch(r"[A-Z_]{3,60}", code) else "Zoho refuses it"
    if code in ("MANDATORY_NOT_FOUND", "REQUIRED_PARAM_MISSING", "EXPECTED_FIELD_MISSING", "DEPENDENT_FIELD_MISSING"):
        return f"Zoho demands a value of the field '{name}'"
    expected = _TYPES.get(str(details.get("expected_data_type")), "")
    return f"Zoho does not accept the value of the field '{name}'" + (f": it takes {expected}" if expected else "")


def _scopes(request: Request) -> tuple[str, ...]:
    """Return the scopes a call needs: Zoho does not name them."""
    path = urlsplit(request.url).path
    if "/settings/" in path:
        return (_FIELDS,)
    return (_MODULES, _SEARCH) if path.endswith("/search") else (_MODULES,)


def _wait(response: Response) -> float | None:
    """Return the seconds until calls are taken again: a header, or the moment of the reset by Zoho's own clock."""
    after, reset = _number(response, "retry-after"), _number(response, "x-ratelimit-reset")
    if after is not None or reset is None:
        return after
    try:
        now = parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    seconds = reset / 1000 if reset > 10**11 else reset
    return min(max(seconds - now, 0.0), 3600.0)


def _number(response: Response, name: str) -> int | None:
    text = response.headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None  # noqa: PLR2004 - a moment in milliseconds has 13


def _said(response: Response) -> dict[str, Any]:
    """Return an answer's object; what is none says nothing."""
    try:
        body = response.json()
    except (CrmError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _entry(response: Response) -> dict[str, Any] | None:
    """Return what is said of the one record, or of the call; None for another shape."""
    body = _said(response)
    listed = body.get("data")
    found = listed[0] if isinstance(listed, list) and listed else body
    return found if isinstance(found, dict) and isinstance(found.get("code"), str) else None


def _details(entry: Mapping[str, Any]) -> dict[str, Any]:
    details = entry.get("details")
    return details if isinstance(details, dict) else {}


def _name(details: Mapping[str, Any]) -> str:
    """Return the field an error is about."""
    name = details.get("api_name")
    return name if isinstance(name, str) and re.fullmatch(r"[A-Za-z]\w{0,119}", name, re.ASCII) else ""


def _listed(response: Response, name: str) -> list[dict[str, Any]]:
    found = response.object().get(name)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise malformed()
    return found


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _texts(item: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    return [text for text in (_text(item, name) for name in names) if text]
