"""What HubSpot says: its errors, records, properties and pipelines, read defensively. Pure."""

import datetime as dt
import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from shared.crm.failure import Category, CrmError
from shared.crm.wire import Request, Response
from shared.domain.crm import Contact, Note, Record, RemoteField, RemoteType, Value

# A limit over ten seconds that move along: what HubSpot means when it does not say how long to wait.
WAIT_S = 10.0
_WAITS_S = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": WAIT_S, "DAILY": 3600.0}
_LOCKED_WAIT_S = 2.0
_MAX_WAIT_S = 86400.0
_LOCKED, _MIGRATING = 423, 477
_NOTE_LENGTH = 65_536

_ID = re.compile(r"[0-9]{1,25}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,119}")
_SCOPE = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,99}")
# It stands in "Contact already exists. Existing ID: 7", and in
# "Cannot set PropertyValueCoordinates{..., propertyName=email, value=...} on 5. 7 already has that value".
_HOLDER = re.compile(r"(?:(?<=Existing ID: )|(?=[0-9]+ already has that value))([0-9]{1,25})")
_TAKEN_NAME = re.compile(r"propertyName=([A-Za-z][A-Za-z0-9_]{0,119})[,}]")
_INVALID_LIST = re.compile(r"(?<=were not valid: )\[.*\]", re.DOTALL)
_NO_KEY = "Unable to perform update/upsert by non-unique"

_TYPES: dict[str, RemoteType] = {
    "string": "text", "phone_number": "text", "number": "number", "date": "date", "datetime": "datetime",
    "bool": "yes_no", "enumeration": "choice",
}  # fmt: skip
_BY_STATUS: dict[int, Category] = {401: "unauthorised", 403: "forbidden", 404: "missing", 429: "limited"}
_DETAILS: dict[Category, str] = {
    "unauthorised": "HubSpot says that the token is not valid, or not any more",
    "missing": "HubSpot does not have this record",
}
_BY_CATEGORY = {"CONFLICT": 409, "OBJECT_ALREADY_EXISTS": 409, "OBJECT_NOT_FOUND": 404, "MISSING_SCOPES": 403,
                "RATE_LIMITS": 429, "INTERNAL_ERROR": 500}  # fmt: skip
_REFUSALS = {
    "PROPERTY_DOESNT_EXIST": "HubSpot has no property '{}'",
    "READ_ONLY_VALUE": "the property '{}' of HubSpot cannot be written",
    "INVALID_OPTION": "HubSpot does not have the value of the property '{}' among its options",
    "CONFLICTING_UNIQUE_VALUE": "another record in HubSpot already has this value of the property '{}'",
}
_REFUSED = "HubSpot does not accept the value of the property '{}'"


def failure(request: Request, response: Response) -> CrmError | None:
    """Return what is wrong with an answer, None for success. HubSpot's own sentences stay out: they quote values."""
    if response.ok:
        return None
    body = _body(response)
    if not request.signed:
        return _sign_in_failure(response, body)
    if response.status in (400, 409, 422):
        return _refusal(body)
    category = _BY_STATUS.get(response.status)
    if category == "limited":
        return CrmError("limited", "HubSpot's limit of calls is reached", retry_after_s=_wait(response, body))
    if category == "forbidden":
        return _forbidden(body)
    return CrmError(category, _DETAILS[category]) if category else _fault(response)


def _forbidden(body: Mapping[str, Any]) -> CrmError:
    scopes = _scopes(body)
    lacks = f"lacks {', '.join(scopes)}" if scopes else "may not do this"
    return CrmError("forbidden", f"the app in HubSpot {lacks}", missing_scopes=scopes)


def _fault(response: Response) -> CrmError:
    if response.status in (_LOCKED, _MIGRATING):
        wait_s = _seconds(response) or _LOCKED_WAIT_S
        return CrmError("unavailable", "HubSpot has locked the record for a moment", retry_after_s=wait_s)
    if response.status >= 500 or response.status in (0, 408):  # noqa: PLR2004 - HTTP's class of server errors
        return CrmError("unavailable", "HubSpot is not available", retry_after_s=_seconds(response))
    if 300 <= response.status < 400:  # noqa: PLR2004 - HTTP's class of redirects
        return CrmError("malformed", f"HubSpot's address answers with a redirect ({response.status})")
    return CrmError("refused", f"HubSpot does not accept the call ({response.status})")


def _sign_in_failure(response: Response, body: Mapping[str, Any]) -> CrmError:
    if response.status == 429:  # noqa: PLR2004 - too many requests
        return CrmError("limited", "HubSpot's limit of sign-ins is reached", retry_after_s=_wait(response, body))
    if 400 <= response.status < 500 and response.status != 408:  # noqa: PLR2004 - HTTP's class of client errors
        said = f"{body.get('status')} {body.get('error')} {body.get('message')}".lower()
        what = "app's client id and secret" if "client" in said else "refresh token: connect the account again"
        return CrmError("unauthorised", f"HubSpot does not accept the {what}")
    return _fault(response)


def _refusal(body: Mapping[str, Any]) -> CrmError:
    if "INVALID_OBJECT_IDS" in _mapping(body.get("context")):
        return CrmError("missing", "HubSpot does not have a record that was to be linked")
    for code, name in complaints(body):
        return CrmError("refused", _REFUSALS.get(code, _REFUSED).format(name))
    if body.get("category") in ("CONFLICT", "OBJECT_ALREADY_EXISTS"):
        return CrmError("refused", "HubSpot has such a record already")
    return CrmError("refused", "HubSpot does not accept what was sent")


def complaints(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a refusal complains of: a code and a property's name, never a value."""
    message = _text(body.get("message"))
    if "already has that value" in message and (taken := _TAKEN_NAME.search(message)):
        yield "CONFLICTING_UNIQUE_VALUE", taken[1]
    listed = _INVALID_LIST.search(message)
    for item in (*_dicts(body.get("errors")), *_dicts(_loaded(listed[0]) if listed else None)):
        names = _mapping(item.get("context")).get("propertyName") or item.get("name") or item.get("in")
        name = names[0] if isinstance(names, list) and names else names
        if isinstance(name, str) and _NAME.fullmatch(name):
            yield _text(item.get("code") or item.get("error")), name


def taken_by(response: Response, *properties: str) -> str | None:
    """Return the record that has the value of one of these unique properties already, None when that is not it.

    "" when HubSpot does not say which record. A value of another property is no reason to take one for the other.
    """
    if response.status not in (400, 409):
        return None
    body = _body(response)
    held = [name for code, name in complaints(body) if code == "CONFLICTING_UNIQUE_VALUE"]
    if held and held[0] not in properties:
        return None
    # The last one: what comes before it may be the value, which the visitor wrote.
    messages = [body.get("message"), *(item.get("message") for item in _dicts(body.get("errors")))]
    for message in messages:
        ids: list[str] = _HOLDER.findall(_text(message))
        if ids:
            return ids[-1]
    return "" if held or response.status == 409 else None  # noqa: PLR2004 - conflict


def lacks_key(response: Response, name: str) -> bool:
    """Whether a call was refused because the property that holds our key is not there, or not unique."""
    if response.status != 400:  # noqa: PLR2004 - bad request
        return False
    body = _body(response)
    message = _text(body.get("message"))
    if message.startswith(_NO_KEY) and message.split()[-1].rstrip(".") == name:
        return True
    return ("PROPERTY_DOESNT_EXIST", name) in complaints(body)


def single(response: Response) -> Response:
    """Return a batch of one's error as if it had been the answer to a single call; other answers as they are."""
    if response.status != 207 or not response.ok:  # noqa: PLR2004 - multi-status
        return response
    body = response.object()
    errors = list(_dicts(body.get("errors")))
    if any(_dicts(body.get("results"))) or not errors:
        return response
    status = _BY_CATEGORY.get(_text(errors[0].get("category")), 400)
    return Response(status, response.headers, json.dumps(errors[0]).encode())


def items(response: Response) -> list[dict[str, Any]]:
    """Return an answer's `results`."""
    found = response.object().get("results")
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise _unreadable()
    return found


def cursor(response: Response) -> str:
    """Return where the next page starts, "" on the last."""
    return _text(_mapping(_mapping(response.object().get("paging")).get("next")).get("after"))


def record_id(item: Mapping[str, Any], name: str = "id") -> str:
    """Return a record's id, which HubSpot writes as a text or a number."""
    value = item.get(name)
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise _unreadable()
    return text


def record(item: Mapping[str, Any]) -> Record:
    """Return a contact."""
    values = {name: _text(value) for name, value in properties(item).items()}
    name = " ".join(part for part in (values.get("firstname", ""), values.get("lastname", "")) if part)
    phone = values.get("phone") or values.get("mobilephone", "")
    return Record(record_id(item), values.get("email", ""), phone, name, values)


def properties(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a record's properties."""
    found = item.get("properties")
    if not isinstance(found, dict):
        raise _unreadable()
    return found


def written(contact: Contact) -> dict[str, str]:
    """Return what is known of a contact as HubSpot takes it. The last word of several is the last name."""
    *first, last = contact.name.split() or [""]
    name = {"firstname": " ".join(first), "lastname": last} if first else {"firstname": last}
    standard = {"email": contact.identity.email, "phone": contact.identity.phone, **name}
    return value_texts(contact.values) | {name: value for name, value in standard.items() if value}


def value_texts(values: Mapping[str, Value]) -> dict[str, str]:
    """Return values as HubSpot takes them, without what is empty."""
    texts = {name: value_text(value) for name, value in values.items()}
    return {name: text for name, text in texts.items() if text}


def value_text(value: Value) -> str:
    """Return a value in HubSpot's form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, dt.datetime):
        return instant(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def instant(at: dt.datetime) -> str:
    """Return a moment as HubSpot writes it: UTC, milliseconds. One without a zone is taken for UTC."""
    utc = at.astimezone(dt.UTC) if at.tzinfo else at.replace(tzinfo=dt.UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def mark(ref: str) -> str:
    """Return how our key stands in a note."""
    return f"[{html.escape(ref)}]"


def note_body(note: Note) -> str:
    """Return a note as HubSpot shows it: HTML. Our key stays whole however long the text is."""
    end = f"<br><br>{mark(note.ref)}"
    text = html.escape(note.text, quote=False).replace("\n", "<br>")
    if len(text) + len(end) > _NOTE_LENGTH:
        # Not in the middle of what escaping made.
        text = re.sub(r"(&[a-z#0-9]{0,8}|<[a-z]{0,8})$", "", text[: _NOTE_LENGTH - len(end)])
    return f"{text}{end}"


def remote_field(item: Mapping[str, Any]) -> RemoteField | None:
    """Return a property of HubSpot's metadata, None for one that is not shown to people."""
    name = item.get("name")
    if not isinstance(name, str):
        raise _unreadable()
    if item.get("hidden") is True or item.get("archived") is True or not _NAME.fullmatch(name):
        return None
    options = tuple(_text(option.get("value")) for option in _dicts(item.get("options")))
    kind = _TYPES.get(_text(item.get("type")), "other")
    if kind == "choice" and item.get("fieldType") == "booleancheckbox":
        kind = "yes_no"
    if kind == "choice" and not options:
        kind = "text"  # owners, stages: HubSpot keeps their values elsewhere and checks them itself
    locked = _mapping(item.get("modificationMetadata")).get("readOnlyValue") is True or item.get("calculated") is True
    label = _text(item.get("label")) or name
    return RemoteField(name, label, kind, options if kind == "choice" else (), read_only=locked)


def stage(pipelines: list[dict[str, Any]], pipeline: str, wanted: str) -> tuple[str, str] | None:
    """Return the pipeline and its stage that a deal starts in, the first ones where "" was asked for."""
    for item in _in_order(pipelines):
        stages = [_text(step.get("id")) for step in _in_order(item.get("stages"))]
        name = _text(item.get("id"))
        if stages and pipeline in ("", name) and (not wanted or wanted in stages):
            return name, wanted or stages[0]
    return None


def _in_order(found: object) -> list[dict[str, Any]]:
    def place(item: Mapping[str, Any]) -> tuple[bool, int]:
        order = item.get("displayOrder")
        number = order if isinstance(order, int) else -1
        return number < 0, number

    return sorted((item for item in _dicts(found) if item.get("archived") is not True), key=place)


def _scopes(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the scopes an answer names. Those for sensitive data do as well, but nobody needs them here."""
    contexts = [_mapping(part.get("context")) for part in (body, *_dicts(body.get("errors")))]
    lists = [context.get(name) for context in contexts for name in ("requiredGranularScopes", "missingScopes")]
    named = [scope for found in lists if isinstance(found, list) for scope in found if isinstance(scope, str)]
    fit = tuple(dict.fromkeys(scope for scope in named if _SCOPE.fullmatch(scope)))
    return tuple(scope for scope in fit if "sensitive" not in scope) or fit


def _wait(response: Response, body: Mapping[str, Any]) -> float:
    policy = _text(body.get("policyName"))
    if not policy and "secondly limit" in _text(body.get("message")).lower():
        policy = "SECONDLY"  # how searches are limited
    return _seconds(response) or _WAITS_S.get(policy, WAIT_S)


def _seconds(response: Response) -> float | None:
    """Return what the answer's header says of when to come back; it may be a date, which is as good as nothing."""
    text = response.headers.get("retry-after", "").strip()
    return min(float(text), _MAX_WAIT_S) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", text) else None


def _body(response: Response) -> Mapping[str, Any]:
    return _mapping(_loaded(response.body))


def _loaded(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _unreadable() -> CrmError:
    return CrmError("malformed", "HubSpot's answer cannot be read")
