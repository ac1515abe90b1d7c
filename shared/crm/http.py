"""A business's own API as a CRM: every call is what the owner described (http_settings.py).

What such an API lacks is done without: without `find_contact` nobody is looked for, without `read_contact` a contact
that is adopted is written to in full, without `update_contact` it stays as it is. There is no metadata: the fields are
those the settings list, and where they list none a mapping is not checked.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from shared.crm import http_answers as answers
from shared.crm import http_auth
from shared.crm.connector import Exists, Objects, Pace, Token
from shared.crm.expressions import searched
from shared.crm.failure import CrmError
from shared.crm.http_auth import Credentials, check
from shared.crm.http_settings import Conflict, Operation, Settings
from shared.crm.templates import (
    MAX_BODY,
    TemplateError,
    is_empty,
    mentions,
    render_header,
    render_json,
    render_path,
    render_text,
    texts,
)
from shared.crm.wire import Request, Response, Steps
from shared.domain.crm import (
    Check,
    Contact,
    CustomRecord,
    Deal,
    Identity,
    Note,
    Record,
    RemoteField,
    Saved,
    Value,
)
from shared.domain.limits import RateLimit

__all__ = ["Connector", "Credentials", "Settings", "check"]

Context = dict[str, Any]
STANDARD: Final = {"name": "name", "email": "email", "phone": "phone"}
_NOBODY: Final = Identity(email="nobody@example.invalid")
_WHOLE: Final = 10**15
_DOES: Final = {
    "find_contact": "find the contact",
    "read_contact": "read the contact",
    "create_contact": "make the contact",
    "update_contact": "update the contact",
    "list_contacts": "list the newest contacts",
    "save_deal": "make the deal",
    "update_deal": "update the deal",
    "list_deals": "list the contact's deals",
    "save_note": "write the note",
    "list_notes": "list the contact's notes",
    "save_record": "make the record",
    "list_records": "list the contact's records",
    "ping": "try the credentials",
}
_NAMES: Final = {does: name for name, does in _DOES.items()}
# What makes a record carries our key. A change does not: the same key with other values would be taken for a repeat.
_KEYED: Final = ("create_contact", "save_deal", "save_note", "save_record")


@dataclass(frozen=True)
class _Told:
    """What an operation came to; both flags False: it was done."""

    data: Any = None
    missing: bool = False
    conflict: bool = False


class Connector:
    """One account of a business's own API."""

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self._settings = settings
        self._credentials = credentials
        self._operations = settings.operations.described()
        self.pace = Pace(RateLimit.parse(settings.rate))
        self.unique_email = settings.refuses_duplicates
        self.has_objects = "save_record" in self._operations

    def account(self) -> str:
        """Return the API's address."""
        parts = urlsplit(self._settings.base_url)
        return f"{parts.netloc}{parts.path.rstrip('/')}"

    def sign_in(self, now: dt.datetime) -> Steps[Token]:
        """Return a token: of OAuth, the time for a signature, or nothing where a key is sent as it is."""
        return http_auth.sign_in(self._settings.auth, self._credentials, now)

    def authorised(self, request: Request, token: Token) -> Request:
        """Return the request with the key, token or signature."""
        return http_auth.authorised(self._settings.auth, self._credentials, request, token)

    def failure(self, request: Request, response: Response) -> CrmError | None:
        """Return what is wrong with an answer by its status; a conflict that is described is an answer like others."""
        name = _NAMES.get(request.does, "")
        conflict = self._conflict(name) if name in self._operations else None
        if conflict and response.status in conflict.status:
            return None
        return answers.failure(request, response, self._settings.error_message, self._credentials.values())

    def find(self, identity: Identity) -> Steps[tuple[Record, ...]]:
        """Return the contacts of the answer that show this address or number; none where the API cannot search."""
        operation = self._operations.get("find_contact")
        if operation is None or not (identity.email or identity.phone):
            return ()
        told = yield from self._call("find_contact", _looked_for(identity))
        found = [] if told.missing else answers.items(operation, told.data)
        records = [answers.record(operation.fields, answers.id_in(operation, item), item, ()) for item in found]
        return tuple(item for item in records if answers.matches(item, _one_way(identity)))

    def read(self, contact_id: str, properties: tuple[str, ...]) -> Steps[Record | None]:
        """Return the contact. Without the operation it is returned as one of which nothing is known."""
        operation = self._operations.get("read_contact")
        if operation is None:
            return Record(contact_id)
        told = yield from self._call("read_contact", {"id": contact_id})
        if told.missing:
            return None
        data = searched(operation.record, told.data)
        if not isinstance(data, dict):
            raise CrmError("malformed", f"the API's answer has no contact at '{operation.record}'")
        return answers.record(operation.fields, contact_id, data, properties)

    def create(self, contact: Contact, since: dt.datetime | None) -> Steps[Saved | Exists]:
        """Make a contact; what an unanswered call may have made is looked for before it is made again."""
        operation = self._described("create_contact")
        if since and not operation.idempotent:
            there = yield from self._made_before(contact, since)
            if there:
                return Exists(there)
        refused_twice = self.unique_email and bool(contact.identity.email)
        context = {"contact": _contact(contact), "ref": contact.ref}
        told = yield from self._call("create_contact", context, repeatable=refused_twice)
        if not told.conflict:
            return Saved(answers.id_in(operation, told.data))
        there = answers.conflicting_id(self._conflict("create_contact") or Conflict(), told.data)
        if not there:
            there = _oldest((yield from self.find(contact.identity)))
        if there:
            return Exists(there)
        if "find_contact" in self._operations:
            raise CrmError("unavailable", "the API says that the contact exists, and does not find it yet")
        raise CrmError("refused", "the API says that the contact exists, and not under which id (see 'conflict')")

    def update(self, contact_id: str, contact: Contact) -> Steps[bool]:
        """Set what `contact` has; nothing where the API cannot, or where there is nothing to set."""
        operation = self._operations.get("update_contact")
        context = {"contact": _contact(contact), "ref": contact.ref, "id": contact_id}
        if operation is None:
            return True
        if operation.body is not None and is_empty(self._rendered("update_contact", context).json):
            return True
        told = yield from self._call("update_contact", context, repeatable=True)
        return not told.missing

    def save_deal(self, deal: Deal, since: dt.datetime | None) -> Steps[Saved]:
        """Make the deal, or update the one that the API says is there."""
        made = {"deal": _deal(deal), "ref": deal.ref, "contact_id": deal.contact_id}
        saved = yield from self._save("save_deal", "list_deals", made, since)
        if not saved.created and saved.id and "update_deal" in self._operations:
            yield from self._call("update_deal", {**made, "id": saved.id}, repeatable=True)
        return saved

    def save_note(self, note: Note, since: dt.datetime | None) -> Steps[Saved]:
        """Put the note on its contact, with our key at its end where only the text can tell it later."""
        context = {
            "note": {**asdict(note), "text": self._marked(note), "at": note.at.isoformat()},
            "ref": note.ref,
            "contact_id": note.contact_id,
            "deal_id": note.deal_id,
        }
        return (yield from self._save("save_note", "list_notes", context, since))

    def save_record(self, record: CustomRecord, since: dt.datetime | None) -> Steps[Saved]:
        """Make the record."""
        context = {
            "record": {**asdict(record), "values": _values(record.values)},
            "ref": record.ref,
            "contact_id": record.contact_id,
        }
        return (yield from self._save("save_record", "list_records", context, since))

    def fields(self, kind: Objects) -> Steps[tuple[RemoteField, ...]]:
        """Return the properties that the settings list; none listed: mappings cannot be checked."""
        listed = self._settings.contact_fields if kind == "contact" else self._settings.deal_fields
        yield from ()
        return tuple(RemoteField(item.name, item.label or item.name, item.type, item.options) for item in listed)

    def standard(self) -> Mapping[str, str]:
        """Return the names that templates know them by."""
        return STANDARD

    def prepare(self) -> Steps[Mapping[str, str]]:
        """Return nothing: such an API is as it is."""
        yield from ()
        return {}

    def check(self) -> Steps[tuple[Check, ...]]:
        """Call `ping`, or look for an address nobody has; and say what is described and what is not."""
        connected = yield from self._connected()
        missing = [name for name in _DOES if name not in self._operations]
        told = (
            f"described: {', '.join(self._operations) or 'nothing'}; not described: {', '.join(missing) or 'nothing'}"
        )
        return (connected, Check("operations", ok="create_contact" in self._operations, detail=told))

    def _connected(self) -> Steps[Check]:
        try:
            if "ping" in self._operations:
                yield from self._call("ping", {})
            elif "find_contact" in self._operations:
                yield from self.find(_NOBODY)
            else:
                return Check(
                    "connection", ok=False, detail="describe 'ping' or 'find_contact': nothing else is safe to try"
                )
        except CrmError as error:
            return Check("connection", ok=False, detail=error.detail, missing_scopes=error.missing_scopes)
        return Check("connection", ok=True)

    def _save(self, name: str, listing: str, context: Context, since: dt.datetime | None) -> Steps[Saved]:
        """Make a record once: what an unanswered call may have made is looked for in a listing."""
        operation = self._described(name)
        if since and not operation.idempotent:
            there, known = yield from self._listed(listing, context, since)
            if there:
                return Saved(known, created=False)
        told = yield from self._call(name, context, repeatable=operation.conflict is not None)
        if told.conflict:
            known = answers.conflicting_id(operation.conflict or Conflict(), told.data)
            if not known:
                _, known = yield from self._listed(listing, context, since)
            return Saved(known, created=False)
        return Saved(answers.id_in(operation, told.data))

    def _made_before(self, contact: Contact, since: dt.datetime) -> Steps[str]:
        """Return the id of the contact that an earlier call may have made, "" when none is to be seen."""
        found = yield from self.find(contact.identity)
        if found:
            return _oldest(found)
        _, there = yield from self._listed(
            "list_contacts", {"contact": _contact(contact), "ref": contact.ref}, since, _one_way(contact.identity)
        )
        return there

    def _listed(
        self, name: str, context: Context, since: dt.datetime | None, identity: Identity | None = None
    ) -> Steps[tuple[bool, str]]:
        """Say whether a listing has a record with our key (or of this person), and under which id."""
        operation = self._operations.get(name)
        if operation is None:
            return False, ""
        told = yield from self._call(name, {**_links(context), "since": since.isoformat() if since else ""})
        for item in [] if told.missing else answers.items(operation, told.data):
            person = identity and answers.matches(answers.record(operation.fields, "", item, ()), identity)
            if person or answers.holds(item, context["ref"]):
                return True, answers.id_in(operation, item)
        return False, ""

    def _marked(self, note: Note) -> str:
        operation = self._operations.get("save_note")
        if operation is None or operation.idempotent or "list_notes" not in self._operations:
            return note.text
        own = any(mentions(text, "ref", "note.ref") for text in texts(operation.body))
        return note.text if own else f"{note.text}\n\n{note.ref}"

    def _described(self, name: str) -> Operation:
        operation = self._operations.get(name)
        if operation is None:
            raise CrmError("refused", f"no operation '{name}' is described")
        return operation

    def _conflict(self, name: str) -> Conflict | None:
        """Return how a conflict is told: an API that refuses duplicates answers 409 where nothing else is said."""
        found = self._operations[name].conflict
        return found or (Conflict() if name == "create_contact" and self.unique_email else None)

    def _call(self, name: str, context: Context, *, repeatable: bool = False) -> Steps[_Told]:
        """Make one call; CrmError unless it was done, its record is not there, or it is there already."""
        operation = self._operations[name]
        response = yield self._rendered(name, context, repeatable=repeatable)
        conflict = self._conflict(name)
        if conflict and response.status in conflict.status:
            return _Told(answers.answer(response), conflict=True)
        # What is made cannot be missing: there it is the contact, or a wrong path.
        if name not in _KEYED and response.status in operation.missing:
            return _Told(missing=True)
        if response.status in operation.success or (response.ok and not operation.success):
            return _Told(answers.answer(response))
        failed = self.failure(Request(_DOES[name], operation.method, ""), response)
        raise failed or CrmError("refused", f"the API answered {response.status}, which is not in 'success'")

    def _rendered(self, name: str, context: Context, *, repeatable: bool = False) -> Request:
        operation = self._operations[name]
        known = {**context, "extra": dict(self._settings.extra)}
        reads = name.startswith(("find_", "read_", "list_", "ping"))
        try:
            query = {key: render_text(text, known).strip() for key, text in operation.query.items()}
            body = render_json(operation.body, known, omit_empty=operation.omit_empty)
            request = Request(
                does=_DOES[name],
                method=operation.method,
                url=self._settings.base_url.rstrip("/") + render_path(operation.path, known),
                headers=self._headers(name, operation, known),
                query={key: text for key, text in query.items() if text or not operation.omit_empty},
                json=None if operation.encoding == "form" else body,
                form=_form(body) if operation.encoding == "form" else None,
                repeatable=repeatable or reads or operation.idempotent or operation.method == "PUT",
                reads=reads,
            )
            if len(request.body()[0]) > MAX_BODY:
                raise TemplateError("the body is too long")
        except ValueError as error:
            reason = error if isinstance(error, TemplateError) else "it cannot be encoded"
            raise CrmError("refused", f"the operation '{name}' cannot be filled in: {reason}") from None
        return request

    def _headers(self, name: str, operation: Operation, known: Context) -> dict[str, str]:
        """Return the headers: the operation's own over those of all calls, whatever their case."""
        found = {"accept": ("Accept", "application/json")}
        if name in _KEYED and self._settings.idempotency_header:
            header = self._settings.idempotency_header
            found[header.lower()] = (header, quote(str(known["ref"]), safe="-._~:"))
        for key, text in {**self._settings.headers, **operation.headers}.items():
            found[key.lower()] = (key, render_header(text, known))
        return {key: value for key, value in found.values() if value}


def _looked_for(identity: Identity) -> Context:
    """Return what a search may name: the address, or only without one the number."""
    return {"contact": asdict(_one_way(identity))}


def _one_way(identity: Identity) -> Identity:
    return Identity(email=identity.email) if identity.email else identity


def _links(context: Context) -> Context:
    """Return what a listing may name of a record's context."""
    listed = {name: value for name, value in context.items() if name in ("contact", "contact_id", "ref")}
    return {**listed, "object": context["record"]["object"]} if "record" in context else listed


def _contact(contact: Contact) -> Context:
    first, last = split_name(contact.name)
    identity = asdict(contact.identity)
    values = _values(contact.values)
    return {
        "ref": contact.ref, **identity, "name": contact.name, "first_name": first, "last_name": last, "values": values
    }  # fmt: skip


def split_name(name: str) -> tuple[str, str]:
    """Return the first name and the last: the last word, where there are two."""
    *first, last = name.split() or [""]
    return (" ".join(first), last) if first else (last, "")


def _deal(deal: Deal) -> Context:
    amount = None if deal.amount is None else _plain(deal.amount)
    return {**asdict(deal), "amount": amount, "values": _values(deal.values)}


def _values(values: Mapping[str, Value]) -> Context:
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Value) -> str | float | bool:
    """Return a value as JSON has it: a whole number without a point, since an API may refuse 3.0 for a count."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        return int(value)
    return value


def _form(body: Mapping[str, Any]) -> dict[str, str]:
    return {key: value if isinstance(value, str) else answers.text_of(value) for key, value in body.items()}


def _oldest(found: tuple[Record, ...]) -> str:
    return min((item.id for item in found), key=lambda remote: (len(remote), remote), default="")
