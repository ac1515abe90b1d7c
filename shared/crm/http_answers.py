"""What a business's own API says, read with the owner's expressions; and what can be wrong with it. Pure."""

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from shared.crm.expressions import searched
from shared.crm.failure import Category, CrmError
from shared.crm.http_settings import ID, Conflict, ContactFields, Operation
from shared.crm.wire import Request, Response
from shared.domain.crm import Identity, Record
from shared.domain.text import clean

MAX_FOUND: Final = 100
_MAX_ID: Final = 200
_MAX_MESSAGE: Final = 200
_MAX_WAIT_S: Final = 86400.0
_MAX_VALUE: Final = 10_000
_MIN_DIGITS: Final = 8
_SCOPES = re.compile(r'\bscope="([\x20-\x7e]{1,500}?)"')
_ANY_ID: Final = r"([A-Za-z0-9_-]{1,100})"


def answer(response: Response) -> Any:  # noqa: ANN401 - whatever the API sends
    """Return the body's JSON, None where there is none; a web page instead of an answer is `malformed`."""
    body = response.body.strip()
    if not body:
        return None
    if body.startswith(b"<") or "html" in response.headers.get("content-type", ""):
        raise CrmError("malformed", "the API's answer is a web page")
    try:
        return response.json()
    except RecursionError:
        raise CrmError("malformed", "the CRM's answer cannot be read") from None
    except CrmError:
        # "OK" is an answer; whoever looks for something in it does not find it.
        return None


def text_of(value: object) -> str:
    """Return a value of an answer as text, "" for nothing."""
    if isinstance(value, str):
        return clean(value)[:_MAX_VALUE]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)[:_MAX_VALUE]
    return json.dumps(value, ensure_ascii=False)[:_MAX_VALUE] if value else ""


def id_in(operation: Operation, data: object) -> str:
    """Return the record's id, "" where the operation does not say where it is; CrmError when it is not there."""
    if operation.id is None:
        return ""
    found = _id(searched(operation.id, data))
    if not found:
        # Of an answer that is whole, the setting is wrong: every repeat would make one more.
        category: Category = "refused" if isinstance(data, dict) and data else "malformed"
        raise CrmError(category, f"the API's answer has no id at '{operation.id}'")
    return found


def _id(value: object) -> str:
    """Return what may be an id as text, "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value) if isinstance(value, int) and abs(value) < 10**_MAX_ID else value
    return text if isinstance(text, str) and text.strip() and text.isprintable() and len(text) <= _MAX_ID else ""


def conflicting_id(conflict: Conflict, data: object) -> str:
    """Return the id of the record that is there already, "" where the answer does not tell."""
    found = _id(searched(conflict.id, data)) if conflict.id and not conflict.pattern else ""
    if conflict.id and conflict.pattern:
        text = searched(conflict.id, data)
        before, after = (re.escape(part) for part in conflict.pattern.split(ID))
        match = re.search(before + _ANY_ID + after, text[:_MAX_VALUE]) if isinstance(text, str) else None
        found = match[1] if match else ""
    return found


def items(operation: Operation, data: object) -> list[dict[str, Any]]:
    """Return the objects of a list; no answer is no object. CrmError when there is no list."""
    if data is None:
        return []
    found = searched(operation.list_, data)
    if not isinstance(found, list):
        raise CrmError("malformed", f"the API's answer has no list at '{operation.list_}'")
    return [item for item in found if isinstance(item, dict)][:MAX_FOUND]


def record(fields: ContactFields, contact_id: str, data: Mapping[str, Any], properties: tuple[str, ...]) -> Record:
    """Return a contact of an answer with these properties, and all that the settings name."""
    values = {name: text_of(searched(path, data)) for name, path in fields.values.items()}
    values |= {name: text_of(data.get(name)) for name in properties if name not in values}
    email, phone, name = (text_of(searched(path, data)) for path in (fields.email, fields.phone, fields.name))
    standard = {"email": email, "phone": phone, "name": " ".join(name.split())}
    return Record(contact_id, **standard, values={**values, **standard})


def matches(found: Record, identity: Identity) -> bool:
    """Whether a contact of a list is the one looked for: what an API returns beside it is somebody else."""
    if identity.email:
        return found.email.casefold() == identity.email.casefold()
    ours, theirs = (re.sub(r"\D", "", phone).lstrip("0") for phone in (identity.phone, found.phone))
    if min(len(ours), len(theirs)) < _MIN_DIGITS:
        return bool(ours) and ours == theirs
    return ours.endswith(theirs) or theirs.endswith(ours)


def holds(item: Mapping[str, Any], ref: str) -> bool:
    """Whether our key stands anywhere in a record."""
    try:
        return bool(ref) and json.dumps(ref, ensure_ascii=False)[1:-1] in json.dumps(item, ensure_ascii=False)
    except RecursionError:
        return False


def failure(
    request: Request, response: Response, message: str | None, secrets: tuple[str, ...] = ()
) -> CrmError | None:
    """Return what is wrong with an answer by its status. `message` says where a refusal explains itself."""
    status = response.status
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's success class
        return None
    if not request.signed and status in (400, 401, 403):
        return _no_token(response)
    category = _category(status)
    if category == "refused":
        return CrmError(category, _refusal(request, response, message, secrets))
    details: Mapping[Category, str] = {
        "limited": "the API takes no more calls for now",
        "unavailable": f"the API answered {status}",
        "unauthorised": "the API does not accept the credentials",
        "forbidden": f"the API does not let us {request.does}",
        "missing": f"the API answered {status}: it does not know what was meant ({request.does})",
    }
    wait = retry_after(response) if category in ("limited", "unavailable") else None
    scopes = _scopes(response) if category == "forbidden" else ()
    return CrmError(category, details[category], retry_after_s=wait, missing_scopes=scopes)


def _category(status: int) -> Category:
    found: Mapping[int, Category] = {
        401: "unauthorised", 403: "forbidden", 404: "missing", 408: "unavailable", 410: "missing", 425: "unavailable",
        429: "limited",
    }  # fmt: skip
    return found.get(status, "unavailable" if status >= 500 else "refused")  # noqa: PLR2004 - HTTP's class of faults


def _refusal(request: Request, response: Response, message: str | None, secrets: tuple[str, ...]) -> str:
    if response.status < 400:  # noqa: PLR2004 - redirects and less
        return f"the API answered {response.status}: 'base_url' is not its final address"
    told = ""
    if message:
        try:
            told = text_of(searched(message, answer(response)))
        except CrmError:
            told = ""
    for secret in secrets:
        told = told.replace(secret, "***")
    told = " ".join(told.split())[:_MAX_MESSAGE]
    what = f"the API answered {response.status} ({request.does})"
    return f"{what}: {told}" if told else what


def _no_token(response: Response) -> CrmError:
    try:
        code = response.object().get("error")
    except (CrmError, RecursionError):
        code = None
    if code == "invalid_scope":
        return CrmError("forbidden", "the client may not ask for the scope in 'auth.scope'")
    return CrmError("unauthorised", "the API does not accept the client's id and secret")


def _scopes(response: Response) -> tuple[str, ...]:
    """Return what RFC 6750 lets an API say about the scopes it wants."""
    found = _SCOPES.search(response.headers.get("www-authenticate", "")[:2000])
    return tuple(found[1].split())[:20] if found else ()


def retry_after(response: Response) -> float | None:
    """Return for how long to wait: a header of seconds, or of a time, which is read against the answer's own."""
    text = response.headers.get("retry-after", "").strip()[:100]
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        return min(float(text), _MAX_WAIT_S)
    try:
        until, now = (parsedate_to_datetime(value) for value in (text, response.headers.get("date", "")[:100]))
        waits = (until - now).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(waits, 0.0), _MAX_WAIT_S)
