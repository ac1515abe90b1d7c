"""HubSpot. A contact is known by its e-mail address, which HubSpot keeps unique; everything else by our own key.

Our key stands in a property with unique values (`ref_property`, made by `prepare`): what is written by it, or by the
address, can be written again without harm. Notes have no such property: they are looked for among the contact's.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote

from shared.crm import hubspot_answers as answers
from shared.crm.connector import Exists, Objects, Pace, Token
from shared.crm.failure import CrmError
from shared.crm.hubspot_settings import Credentials, Settings
from shared.crm.wire import Request, Response, Steps
from shared.domain.crm import Check, Contact, CustomRecord, Deal, Identity, Note, Record, RemoteField, Saved
from shared.domain.limits import RateLimit

__all__ = ["Connector", "Credentials", "Settings"]

STANDARD = ("email", "firstname", "lastname", "phone", "mobilephone")
SEARCHES = RateLimit(4, 1)

_KINDS = {"contact": "contacts", "deal": "deals"}
_GROUPS = {"contacts": "contactinformation", "deals": "dealinformation"}
_NOTE_TO_CONTACT, _NOTE_TO_DEAL = 202, 214
_BATCH = 100
_PAGE = 500
_PAGES = 20
_BAD_REQUEST, _FORBIDDEN, _MISSING, _CONFLICT = 400, 403, 404, 409
# No record has it: a write to it changes nothing, and tells whether one would be permitted.
_NOBODY = "0"


class Connector:
    """One HubSpot account."""

    unique_email = True
    has_objects = True

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self._settings = settings
        self._credentials = credentials
        self._key = settings.ref_property
        self.pace = Pace(all=RateLimit(settings.requests_per_10s, 10), by={"search": SEARCHES})

    def account(self) -> str:
        """Return a fingerprint of the credentials: HubSpot counts calls by app and account, as they do."""
        given = [self._credentials.secret(name) for name in ("access_token", "client_id", "refresh_token")]
        return hashlib.sha256("\n".join(given).encode()).hexdigest()[:16]

    def sign_in(self, now: dt.datetime) -> Steps[Token]:
        """Return the private app's token, or fetch one for the refresh token."""
        if self._credentials.auth == "private_app":
            return Token(self._credentials.secret("access_token"))
        version = self._settings.api_prefix.rsplit("/", 1)[1]
        form = {name: self._credentials.secret(name) for name in ("client_id", "client_secret", "refresh_token")}
        response = yield from self._ask(
            Request(
                "fetch an access token", "POST", f"{self._base}/oauth/{version}/token",
                form={"grant_type": "refresh_token"} | form, repeatable=True, signed=False,
            )
        )  # fmt: skip
        body = response.object()
        value, lasts_s, refresh = body.get("access_token"), body.get("expires_in"), body.get("refresh_token")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
            raise CrmError("malformed", "HubSpot's answer holds no access token")
        lasts = dt.timedelta(seconds=min(float(lasts_s), 86400)) if isinstance(lasts_s, int) else dt.timedelta(0)
        renewed = refresh if isinstance(refresh, str) and refresh != form["refresh_token"] else ""
        return Token(value, now + max(lasts, dt.timedelta(0)), refresh=renewed)

    def authorised(self, request: Request, token: Token) -> Request:
        """Return the request with the token."""
        return replace(request, headers={**request.headers, "Authorization": f"Bearer {token.value}"})

    def failure(self, request: Request, response: Response) -> CrmError | None:
        """Return what is wrong with an answer, None for success."""
        return answers.failure(request, response)

    def find(self, identity: Identity) -> Steps[tuple[Record, ...]]:
        """Search for the address, or for the number in each form and place it may stand in."""
        number = identity.phone.removeprefix("+")
        wanted = [("email", identity.email)] if identity.email else []
        if number and not wanted:
            wanted = [(name, form) for name in ("phone", "mobilephone") for form in (f"+{number}", number)]
        if not wanted:
            return ()
        groups = [{"filters": [{"propertyName": n, "operator": "EQ", "value": value}]} for n, value in wanted]
        body = {
            "filterGroups": groups, "properties": list(STANDARD), "limit": 20,
            "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
        }  # fmt: skip
        response = yield from self._ask(
            self._call("find the contact", "POST", "objects/contacts/search", json=body, reads=True, pace="search")
        )
        return tuple(answers.record(item) for item in answers.items(response) if item.get("archived") is not True)

    def read(self, contact_id: str, properties: tuple[str, ...]) -> Steps[Record | None]:
        """Return a contact, None when it is gone."""
        names = ",".join(dict.fromkeys((*STANDARD, *properties)))
        path = f"objects/contacts/{quote(contact_id, safe='')}"
        request = self._call("read the contact", "GET", path, query={"properties": names})
        response = yield from self._ask(request, _MISSING)
        if response.status == _MISSING:
            return None
        item = response.object()
        return None if item.get("archived") is True else answers.record(item)

    def create(self, contact: Contact, since: dt.datetime | None) -> Steps[Saved | Exists]:  # noqa: ARG002 - HubSpot itself refuses a second one
        """Make a contact. One without an address is made by our key, unless that stands somewhere already."""
        email = contact.identity.email
        if not email:
            there = yield from self._by_key("contacts", contact.ref)
            if there:
                return Exists(there)
            return (yield from self._upsert("create the contact", "contacts", contact.ref, answers.written(contact)))
        request = self._call(
            "create the contact", "POST", "objects/contacts",
            json={"properties": answers.written(contact)}, repeatable=True,
        )  # fmt: skip
        response = yield request
        taken = answers.taken_by(response, "email", "hs_additional_emails")
        if taken is None:
            return Saved(answers.record_id(self._sound(request, response).object()))
        return Exists(taken or (yield from self._by_email(email)))

    def update(self, contact_id: str, contact: Contact) -> Steps[bool]:
        """Set what `contact` has. An address that another contact has stays with that one: a bot never merges."""
        properties = answers.written(contact)
        while properties:
            request = self._patch("contacts", contact_id, properties, "update the contact")
            response = yield request
            if response.status == _MISSING:
                return False
            if "email" in properties and answers.taken_by(response, "email", "hs_additional_emails") is not None:
                del properties["email"]
                continue
            answers.record_id(self._sound(request, response).object())
            break
        return True

    def save_deal(self, deal: Deal, since: dt.datetime | None) -> Steps[Saved]:  # noqa: ARG002 - the key is unique
        """Make the deal of this key, or update it and leave it in the stage people have moved it to."""
        properties = answers.value_texts({**deal.values, "dealname": deal.title})
        if deal.amount is not None:
            properties |= answers.value_texts({"amount": deal.amount, "deal_currency_code": deal.currency})
        there = yield from self._by_key("deals", deal.ref)
        if not there:
            pipeline, stage = yield from self._stage(deal)
            properties |= {"pipeline": pipeline, "dealstage": stage}
        saved = yield from self._upsert("save the deal", "deals", deal.ref, properties)
        yield from self._link("deals", saved.id, deal.contact_id)
        return saved

    def save_note(self, note: Note, since: dt.datetime | None) -> Steps[Saved]:
        """Put a note on a contact and its deal. With `since` it may be there: its key is looked for first."""
        there = (yield from self._noted(note)) if since else ""
        if there:
            return Saved(there, created=False)
        targets = [(note.contact_id, _NOTE_TO_CONTACT), *([(note.deal_id, _NOTE_TO_DEAL)] if note.deal_id else [])]
        links = [
            {"to": {"id": to}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}]}
            for to, kind in targets
        ]
        properties = {"hs_note_body": answers.note_body(note), "hs_timestamp": answers.instant(note.at)}
        response = yield from self._ask(
            self._call(
                "write the note", "POST", "objects/notes", json={"properties": properties, "associations": links}
            )
        )
        return Saved(answers.record_id(response.object()))

    def save_record(self, record: CustomRecord, since: dt.datetime | None) -> Steps[Saved]:  # noqa: ARG002 - the key is unique
        """Make or update a record of a custom object, linked to its contact."""
        texts = answers.value_texts(record.values)
        saved = yield from self._upsert(f"save the record of {record.object}", record.object, record.ref, texts)
        yield from self._link(record.object, saved.id, record.contact_id)
        return saved

    def fields(self, kind: Objects) -> Steps[tuple[RemoteField, ...]]:
        """Return the properties people see of contacts or deals."""
        response = yield from self._ask(self._call(f"list the properties of {kind}s", "GET", f"properties/{kind}s"))
        found = (answers.remote_field(item) for item in answers.items(response))
        return tuple(item for item in found if item)

    def standard(self) -> Mapping[str, str]:
        """Return where name, email and phone go; of a name all but the last word stands in `firstname`."""
        return {"name": "firstname", "email": "email", "phone": "phone"}

    def prepare(self) -> Steps[Mapping[str, str]]:
        """Make the property for our key."""
        for kind in _GROUPS:
            yield from self._make_key(kind)
        return {}

    def check(self) -> Steps[tuple[Check, ...]]:
        """Try reads, writes to a record that is not there, and whether the property for our key is."""
        found: list[Check] = []
        for kind in ("contacts", "deals", "notes"):
            reading = self._call(f"read {kind}", "GET", f"objects/{kind}", query={"limit": "1"})
            found.append((yield from self._tried(f"{kind}: read", reading)))
            name = {"contacts": "firstname", "deals": "dealname"}.get(kind, "hs_note_body")
            writing = self._patch(kind, _NOBODY, {name: "-"}, f"try whether {kind} may be written")
            found.append((yield from self._tried(f"{kind}: write", writing, _MISSING, _BAD_REQUEST)))
        contact_key = yield from self._tried_key("contacts")
        deal_key = yield from self._tried_key("deals")
        return (*found, contact_key, deal_key)

    def _tried(self, name: str, request: Request, *harmless: int) -> Steps[Check]:
        try:
            yield from self._ask(request, *harmless)
        except CrmError as error:
            return _failed(name, error)
        return Check(name, ok=True)

    def _tried_key(self, kind: str) -> Steps[Check]:
        name = f"{kind}: property '{self._key}'"
        try:
            there = yield from self._has_key(kind)
        except CrmError as error:
            return _failed(name, error)
        return Check(name, there, "" if there else f"it is not there yet: connect again, or {self._by_hand(kind)}")

    def _by_key(self, kind: str, ref: str) -> Steps[str]:
        """Return the record that has our key, "" for none. A read, not a search: it sees what was just written."""
        path = f"objects/{kind}/{quote(ref, safe='')}"
        request = self._call("look for our key", "GET", path, query={"idProperty": self._key})
        response = yield request
        if response.status == _MISSING or answers.lacks_key(response, self._key):
            return ""
        return answers.record_id(self._sound(request, response).object())

    def _by_email(self, email: str) -> Steps[str]:
        path = f"objects/contacts/{quote(email, safe='')}"
        response = yield from self._ask(
            self._call("read the contact by its address", "GET", path, query={"idProperty": "email"})
        )
        return answers.record_id(response.object())

    def _upsert(self, does: str, kind: str, ref: str, properties: Mapping[str, str]) -> Steps[Saved]:
        """Make or update the record of our key, and the property for the key where that is what is missing."""
        one = {"id": ref, "idProperty": self._key, "properties": {**properties, self._key: ref}}
        request = self._call(
            does, "POST", f"objects/{quote(kind, safe='')}/batch/upsert", json={"inputs": [one]}, repeatable=True
        )
        response = answers.single((yield request))
        if answers.lacks_key(response, self._key):
            yield from self._make_key(kind)
            response = answers.single((yield request))
        taken = answers.taken_by(response, self._key)
        if taken:  # somebody wrote the same in the same moment
            return Saved(taken, created=False)
        found = answers.items(self._sound(request, response))
        if not found:
            raise CrmError("malformed", "HubSpot's answer holds no record")
        return Saved(answers.record_id(found[0]), created=found[0].get("new") is not False)

    def _stage(self, deal: Deal) -> Steps[tuple[str, str]]:
        if deal.pipeline and deal.stage:
            return deal.pipeline, deal.stage
        response = yield from self._ask(self._call("list the pipelines of deals", "GET", "pipelines/deals"))
        found = answers.stage(answers.items(response), deal.pipeline, deal.stage)
        if found is None:
            raise CrmError("refused", "HubSpot does not have this pipeline or stage of deals")
        return found

    def _link(self, kind: str, record_id: str, contact_id: str) -> Steps[None]:
        path = f"{quote(kind, safe='')}/{record_id}/associations/default/contacts/{quote(contact_id, safe='')}"
        request = self._associations(f"link the contact to the record of {kind}", "PUT", path)
        (yield from self._ask(request)).object()

    def _noted(self, note: Note) -> Steps[str]:
        """Return the contact's note that has our key, "" for none: newest first, through lists that do not lag."""
        ids: list[str] = []
        after = ""
        for _ in range(_PAGES):
            query = {"limit": str(_PAGE)} | ({"after": after} if after else {})
            path = f"contacts/{quote(note.contact_id, safe='')}/associations/notes"
            response = yield from self._ask(self._associations("list the contact's notes", "GET", path, query))
            ids += [answers.record_id(item, "toObjectId") for item in answers.items(response)]
            after = answers.cursor(response)
            if not after:
                break
        ids = sorted(dict.fromkeys(ids), key=int, reverse=True)
        for start in range(0, len(ids), _BATCH):
            body = {
                "inputs": [{"id": item} for item in ids[start : start + _BATCH]],
                "properties": ["hs_note_body"], "propertiesWithHistory": [],
            }  # fmt: skip
            response = yield from self._ask(
                self._call("read the contact's notes", "POST", "objects/notes/batch/read", json=body, reads=True)
            )
            for item in answers.items(response):
                if answers.mark(note.ref) in str(answers.properties(item).get("hs_note_body")):
                    return answers.record_id(item)
        return ""

    def _has_key(self, kind: str) -> Steps[bool]:
        path = f"properties/{quote(kind, safe='')}/{self._key}"
        response = yield from self._ask(self._call(f"read the property of {kind}", "GET", path), _MISSING)
        if response.status == _MISSING:
            return False
        found = response.object()
        if found.get("hasUniqueValue") is not True or found.get("type") != "string":
            detail = f"the property '{self._key}' of {kind} does not hold unique texts: delete it, or use another name"
            raise CrmError("refused", f"{detail} in the setting 'ref_property'")
        return True

    def _make_key(self, kind: str) -> Steps[None]:
        try:
            if (yield from self._has_key(kind)):
                return
            group = _GROUPS.get(kind) or (yield from self._group(kind))
            body = {
                "name": self._key, "label": "Chatbot reference", "type": "string", "fieldType": "text",
                "groupName": group, "hasUniqueValue": True, "formField": False,
                "description": "Filled in by the chatbot, so that it knows its records again.",
            }  # fmt: skip
            path = f"properties/{quote(kind, safe='')}"
            does = f"make the property '{self._key}' of {kind}"
            yield from self._ask(self._call(does, "POST", path, json=body, repeatable=True), _CONFLICT)
        except CrmError as error:
            if error.category != "forbidden":
                raise
            scope = f"crm.schemas.{kind if kind in _GROUPS else 'custom'}.write"
            detail = f"the app in HubSpot may not make the property '{self._key}' of {kind}: give it the scope {scope}"
            scopes = error.missing_scopes or (scope,)
            raise CrmError("forbidden", f"{detail}, or {self._by_hand(kind)}", missing_scopes=scopes) from None

    def _group(self, kind: str) -> Steps[str]:
        path = f"properties/{quote(kind, safe='')}/groups"
        response = yield from self._ask(self._call(f"list the property groups of {kind}", "GET", path))
        for item in answers.items(response):
            if isinstance(item.get("name"), str):
                return str(item["name"])
        raise CrmError("malformed", "HubSpot's answer holds no property group")

    def _by_hand(self, kind: str) -> str:
        return f"make it by hand in HubSpot (property of {kind}, single-line text, require unique values)"

    def _ask(self, request: Request, *expected: int) -> Steps[Response]:
        """Return an answer of success or of an expected status; CrmError for others."""
        response = yield request
        return response if response.status in expected else self._sound(request, response)

    def _sound(self, request: Request, response: Response) -> Response:
        error = self.failure(request, response)
        if error:
            raise error
        return response

    def _patch(self, kind: str, record_id: str, properties: Mapping[str, str], does: str) -> Request:
        path = f"objects/{kind}/{quote(record_id, safe='')}"
        return self._call(does, "PATCH", path, json={"properties": dict(properties)}, repeatable=True)

    def _call(self, does: str, method: Literal["GET", "POST", "PATCH"], path: str, **extra: Any) -> Request:  # noqa: ANN401 - fields of Request
        """Return a call. Dated versions have theirs after the area: /crm/objects/2026-03/contacts."""
        prefix, version = self._settings.api_prefix.rsplit("/", 1)
        area, rest = path.split("/", 1)
        middle = f"{version}/{area}" if version == "v3" else f"{area}/{version}"
        harmless = method == "GET" or bool(extra.get("reads"))
        return replace(Request(does, method, f"{self._base}{prefix}/{middle}/{rest}", repeatable=harmless), **extra)

    def _associations(
        self, does: str, method: Literal["GET", "PUT"], path: str, query: Mapping[str, str] | None = None
    ) -> Request:
        """Return a call of the associations' API, whose own version goes with /crm/v3 is v4."""
        version = self._settings.api_prefix.rsplit("/", 1)[1]
        area = "/crm/v4/objects" if version == "v3" else f"/crm/objects/{version}"
        return Request(does, method, f"{self._base}{area}/{path}", query=query or {}, repeatable=True)

    @property
    def _base(self) -> str:
        return self._settings.base_url.rstrip("/")


def _failed(name: str, error: CrmError) -> Check:
    return Check(name, ok=False, detail=error.detail, missing_scopes=error.missing_scopes)
