"""What Pipedrive answers, read with care: it sends one shape from version 1 of its API and another from version 2."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from shared.crm.failure import Category, CrmError
from shared.crm.pipedrive_fields import CUSTOM, FieldSpec, shown
from shared.crm.wire import Request, Response
from shared.domain.crm import Check, Identity, Record
from shared.domain.urls import check_web_url

# The budget of a day is full again at the server's midnight, which nobody says: ask once an hour.
DAILY_WAIT_S = 3600.0
# The window of the burst limit.
BURST_WAIT_S = 2.0
_TOO_MANY = re.compile(r"request limit|rate.?limit|too many requests|over limit|token budget", re.IGNORECASE)
_DAILY = re.compile(r"daily|budget", re.IGNORECASE)
_NAMES = re.compile(
    r"\b([0-9a-f]{40}|name|emails?|phones?|title|value|currency|stage_id|pipeline_id|person_id|deal_id|org_id|owner_id"
    r"|content|field_type|expected_close_date|probability)\b"
)
_PLAIN: dict[int, tuple[Category, str]] = {
    401: ("unauthorised", "Pipedrive no longer accepts the API token or the app"),
    402: ("forbidden", "the Pipedrive account's trial is over, or it is not paid for"),
    404: ("missing", "Pipedrive has not got this record (any more)"),
    410: ("missing", "Pipedrive has not got this record (any more)"),
}
# What an app needs for a path: to read it, and to change it.
_SCOPES = (
    ("Fields", "contacts:read", "contact-fields:full"),
    ("/deals", "deals:read", "deals:full"),
    ("/notes", "contacts:read", "contacts:full"),
    ("/persons", "contacts:read", "contacts:full"),
)


def malformed() -> CrmError:
    """Return the error for an answer of another shape."""
    return CrmError("malformed", "Pipedrive's answer cannot be read")


def data(response: Response) -> Any:  # noqa: ANN401 - an object or a list
    """Return an answer's data."""
    body = response.object()
    if body.get("success") is not True or "data" not in body:
        raise malformed()
    return body["data"]


def one(response: Response) -> dict[str, Any]:
    """Return the record of an answer."""
    found = data(response)
    if not isinstance(found, dict):
        raise malformed()
    return found


def several(response: Response) -> list[dict[str, Any]]:
    """Return the records of an answer; version 1 writes null for an empty list."""
    return _records(data(response))


def matches(response: Response) -> list[dict[str, Any]]:
    """Return the records a search found."""
    return [_record(item.get("item")) for item in _records(one(response).get("items"))]


def next_page(response: Response) -> dict[str, str]:
    """Return the query of the next page, by cursor or by position; empty after the last."""
    more = response.object().get("additional_data")
    if more is None:
        return {}
    if not isinstance(more, dict):
        raise malformed()
    cursor, pages = more.get("next_cursor"), more.get("pagination")
    if isinstance(cursor, str) and cursor:
        return {"cursor": cursor}
    if not isinstance(pages, dict) or not pages.get("more_items_in_collection"):
        return {}
    start = pages.get("next_start")
    if not isinstance(start, int):
        raise malformed()
    return {"start": str(start)}


def record_id(item: Mapping[str, Any]) -> str:
    """Return a record's id."""
    number = item.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise malformed()
    return str(number)


def person(item: Mapping[str, Any], properties: tuple[str, ...], fields: Mapping[str, FieldSpec]) -> Record:
    """Return a person; `fields` say how numbers of options are to be read."""
    name = item.get("name")
    email, phone = (_first(item.get(part)) for part in ("emails", "phones"))
    own = {"name": name if isinstance(name, str) else "", "email": email, "phone": phone}
    custom = custom_fields(item)
    values = {
        key: _read(key, custom.get(key) if CUSTOM.fullmatch(key) else item.get(key), fields) for key in properties
    }
    return Record(record_id(item), email, phone, own["name"], {**values, **own})


def custom_fields(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's custom fields by key."""
    found = item.get("custom_fields")
    return found if isinstance(found, dict) else {}


def oldest(found: list[dict[str, Any]]) -> str:
    """Return the id of the record that was made first."""
    return min((record_id(item) for item in found), key=int)


def entry(value: str) -> dict[str, Any]:
    """Return an address or a number as a person's main one."""
    return {"value": value, "primary": True, "label": "work"}


def added(item: Mapping[str, Any], identity: Identity) -> dict[str, Any]:
    """Return the lists of a person's addresses and numbers with those of `identity` put first.

    A list that is written replaces the one that is there, so all of it is written again.
    """
    body: dict[str, Any] = {}
    for part, value in (("emails", identity.email), ("phones", identity.phone)):
        if value and not holds(item, part, value):
            there = [kept for kept in _records(item.get(part)) if shown(kept.get("value"))]
            body[part] = [entry(value), *({**kept, "primary": False} for kept in there)]
    return body


def same(part: str, left: str, right: str) -> bool:
    """Whether two addresses, or two numbers, are the same however they are written."""
    if part == "emails":
        return left.strip().casefold() == right.strip().casefold()
    digits = [re.sub(r"\D", "", text) for text in (left, right)]
    return digits[0] == digits[1] and bool(digits[0])


def holds(item: Mapping[str, Any], part: str, wanted: str) -> bool:
    """Whether a person has this address or number; a search lists texts, the rest objects."""
    listed = item.get(part)
    texts = (
        [entry.get("value") if isinstance(entry, dict) else entry for entry in listed]
        if isinstance(listed, list)
        else []
    )
    return any(isinstance(text, str) and same(part, text, wanted) for text in texts)


def api_domain(body: Mapping[str, Any], base_url: str) -> str:
    """Return where the account lives, "" when Pipedrive does not say; CrmError when that is no place for a token."""
    url = body.get("api_domain")
    if url is None:
        return ""
    if not isinstance(url, str):
        raise malformed()
    try:
        check_web_url(url)
    except ValueError:
        raise malformed() from None
    if base_url.startswith("https:") and not url.startswith("https:"):
        raise malformed()
    return url.rstrip("/")


def sign_in_failure(response: Response) -> CrmError | None:
    """Return why no token was given, None when one was."""
    if response.ok:
        return None
    if response.status in (408, 429) or response.status >= 500:  # noqa: PLR2004 - HTTP's class of faults
        return _passing(response, _text(response))
    if response.status == 404:  # noqa: PLR2004 - not found
        return CrmError("refused", "there is no sign-in of Pipedrive at this address: check 'accounts_url'")
    return CrmError("unauthorised", "Pipedrive does not accept the app's id, secret or refresh token: connect it again")


def call_failure(request: Request, response: Response) -> CrmError | None:
    """Return what is wrong with an answer, None when nothing is."""
    status, text = response.status, _text(response)
    if response.ok:
        return None
    if status in (408, 429) or status >= 500:  # noqa: PLR2004 - HTTP's class of faults
        return _passing(response, text)
    if status == 403:  # noqa: PLR2004 - forbidden
        return _forbidden(request, response, text)
    category, detail = _PLAIN.get(status, ("refused", ""))
    if status < 400:  # noqa: PLR2004 - HTTP's class of redirects
        detail = "Pipedrive answers at another address: check 'base_url'"
    return CrmError(category, detail or _refusal(text))


def _passing(response: Response, text: str) -> CrmError:
    if response.status != 429:  # noqa: PLR2004 - too many requests
        return CrmError(
            "unavailable", "Pipedrive does not answer right now", retry_after_s=_seconds(response, "retry-after")
        )
    return _limited(response, text)


def _limited(response: Response, text: str) -> CrmError:
    if _DAILY.search(text):
        return CrmError(
            "limited", "the Pipedrive account has used up its API calls of the day", retry_after_s=DAILY_WAIT_S
        )
    asked = _seconds(response, "retry-after")
    asked = _seconds(response, "x-ratelimit-reset") if asked is None else asked
    return CrmError("limited", "too many calls to Pipedrive", retry_after_s=BURST_WAIT_S if asked is None else asked)


def _forbidden(request: Request, response: Response, text: str) -> CrmError:
    if _TOO_MANY.search(text):
        return _limited(response, text)
    if "scope" in text.lower():
        scopes = scope(request)
        named = f" '{scopes[0]}'" if scopes else ""
        return CrmError("forbidden", f"the app lacks the permission (scope){named} in Pipedrive", missing_scopes=scopes)
    if "feature_capping" in text:
        return CrmError("forbidden", "the Pipedrive account's plan has no room for more records of this kind")
    return CrmError("forbidden", "the Pipedrive user behind the credentials may not do this")


def scope(request: Request) -> tuple[str, ...]:
    """Return the scope an app needs for a call: Pipedrive does not name it."""
    path = urlsplit(request.url).path
    for part, reading, writing in _SCOPES:
        if part in path:
            found = reading if request.method == "GET" else writing
            return (found.replace("contact", "deal") if "dealFields" in path else found,)
    return ()


def _refusal(text: str) -> str:
    names = sorted(set(_NAMES.findall(text)))
    if not names:
        return "Pipedrive does not accept the call"
    listed = ", ".join(f"'{name}'" for name in names)
    return f"Pipedrive does not accept the value of the field{'s' if len(names) > 1 else ''} {listed}"


def _text(response: Response) -> str:
    """Return what an error says and its code; what is not JSON (a firewall's page) as it is."""
    try:
        body = response.json()
    except (CrmError, RecursionError):
        return response.body[:2000].decode(errors="replace")
    said = body if isinstance(body, dict) else {}
    return " ".join(str(said[name]) for name in ("error", "code") if isinstance(said.get(name), str))


def _seconds(response: Response, name: str) -> float | None:
    text = response.headers.get(name, "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None  # noqa: PLR2004


def _records(listed: object) -> list[dict[str, Any]]:
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise malformed()
    return [_record(item) for item in listed]


def _record(item: object) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise malformed()
    return item


def _first(listed: object) -> str:
    """Return the main address or number: the one marked, else the first."""
    found = listed if isinstance(listed, list) else []
    marked = [entry for entry in found if isinstance(entry, dict) and entry.get("primary") is True]
    return next(filter(None, (shown(entry) for entry in (*marked, *found))), "")


def _read(key: str, value: object, fields: Mapping[str, FieldSpec]) -> str:
    return fields[key].read(value) if key in fields else shown(value)


def moment(at: dt.datetime) -> str:
    """Return a moment as Pipedrive writes it."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_id(text: str) -> bool:
    """Whether a text can be an id: ids are numbers."""
    return text.isascii() and text.isdigit() and len(text) < 16  # noqa: PLR2004 - theirs are shorter


def number(text: str, what: str) -> int:
    """Return an id as the number that is written; CrmError naming `what` when it is none."""
    if not is_id(text):
        raise CrmError("refused", f"the id of {what} is no number, as all ids in Pipedrive are")
    return int(text)


def checked(name: str, error: CrmError | None, absent: tuple[str, ...] = ()) -> Check:
    """Return what became of a trial; `absent` are the refusals that prove the permission."""
    if error is None or error.category in absent:
        return Check(name, ok=True)
    return Check(name, ok=False, detail=error.detail, missing_scopes=error.missing_scopes)
