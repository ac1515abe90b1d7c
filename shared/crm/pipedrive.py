"""Pipedrive: persons, deals and notes over its REST API (version 2; notes and fields are still version 1).

Pipedrive refuses no duplicate and has no upsert. What makes a repeat harmless is a custom field of our own on persons
and deals (`prepare` makes it) and listings that, unlike the search, do not lag: an attempt that may have been applied
is looked for there by our key before another is made.

A value for a field with options is given as the option's label; the fields' metadata is fetched to write its id.
"""

import base64
import datetime as dt
import hashlib
import html
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from shared.crm import pipedrive_answers as answers
from shared.crm.connector import Exists, Objects, Pace, Token
from shared.crm.failure import CrmError
from shared.crm.pipedrive_fields import CUSTOM, IDENTITY, FieldSpec, spec, written
from shared.crm.pipedrive_settings import Credentials, Settings, secret
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
)  # fmt: skip
from shared.domain.limits import RateLimit

__all__ = ["REF_NAME", "Connector", "Credentials", "Settings"]

REF_NAME = "Chatbot ref"
# Their clock and ours may differ by this much when we look for what we wrote.
SKEW = dt.timedelta(seconds=60)
MAX_PAGES = 40
_PAGE = {"limit": "500"}
# The API takes this many custom fields to be named; with more it is asked for all.
_MAX_NAMED = 15
_NOTE_LENGTH = 30_000
_TITLE_LENGTH = 255
_FIELD_PATHS = {"contact": "v1/personFields", "deal": "v1/dealFields"}
_REF_SETTINGS = {"contact": "person_ref_field", "deal": "deal_ref_field"}
_ADMIN = (
    f"only an administrator may make it in Pipedrive: let one add the custom field '{REF_NAME}' (type Text) to persons "
    "and to deals, or connect with an administrator's credentials"
)


class Connector:
    """One Pipedrive account. Implements shared.crm.connector.Connector."""

    pace = Pace(all=RateLimit(20, 2), by={"search": RateLimit(10, 2)})
    unique_email = False
    has_objects = False

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self._settings = settings
        self._credentials = credentials
        self._refs = {"contact": settings.person_ref_field, "deal": settings.deal_ref_field}

    def account(self) -> str:
        """Return a digest of what limits are counted by: the token, or the app's installation."""
        given = self._credentials
        parts = (self._settings.base_url, *map(secret, (given.api_token, given.client_id, given.refresh_token)))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def sign_in(self, now: dt.datetime) -> Steps[Token]:
        """Return the API token at once, or fetch an access token; Pipedrive may replace the refresh token with it."""
        if self._api_token:
            return Token(self._api_token)
        request = Request(
            "sign in at Pipedrive", "POST", f"{self._settings.accounts_url}/oauth/token",
            headers={"Authorization": f"Basic {self._basic()}"}, signed=False,
            form={"grant_type": "refresh_token", "refresh_token": secret(self._credentials.refresh_token)},
            # When an answer that held a new refresh token is lost, asking again makes nothing worse.
            repeatable=True,
        )  # fmt: skip
        body = (yield from self._answer(request)).object()
        value, lasts_s, refresh = body.get("access_token"), body.get("expires_in"), body.get("refresh_token", "")
        if not (isinstance(value, str) and value and isinstance(refresh, str)):
            raise answers.malformed()
        if not isinstance(lasts_s, int) or not 0 < lasts_s < 10**9:
            raise answers.malformed()
        domain = answers.api_domain(body, self._settings.base_url)
        return Token(value, now + dt.timedelta(seconds=lasts_s), domain, refresh)

    def authorised(self, request: Request, token: Token) -> Request:
        """Return the request with the token, at the company's own domain where there is one."""
        base, url = self._settings.base_url, request.url
        if token.base_url and url.startswith(f"{base}/"):
            url = token.base_url.rstrip("/") + url.removeprefix(base)
        key = {"x-api-token": token.value} if self._api_token else {"Authorization": f"Bearer {token.value}"}
        return replace(request, url=url, headers={**request.headers, **key})

    def failure(self, request: Request, response: Response) -> CrmError | None:
        """Return what is wrong with an answer, None when nothing is."""
        return answers.call_failure(request, response) if request.signed else answers.sign_in_failure(response)

    def find(self, identity: Identity) -> Steps[tuple[Record, ...]]:
        """Return the persons with this address or number, by the search: it may lag."""
        part, term = _sought(identity)
        if not term:
            return ()
        query = {"term": term, "fields": part.removesuffix("s"), "exact_match": "true"}
        request = self._get("find the contact", "v2/persons/search", query, pace="search")
        found = answers.matches((yield from self._answer(request)))
        return tuple(answers.person(item, (), {}) for item in found if answers.holds(item, part, term))

    def read(self, contact_id: str, properties: tuple[str, ...]) -> Steps[Record | None]:
        """Return a person by its id, None when it is gone. Options are read as their labels."""
        item = yield from self._person(contact_id, [key for key in properties if CUSTOM.fullmatch(key)])
        if item is None:
            return None
        custom = answers.custom_fields(item)
        # A number may be an option's id.
        coded = any(isinstance(custom.get(key), int | list) for key in properties)
        specs = (yield from self._specs("contact")) if coded else {}
        return answers.person(item, properties, specs)

    def create(self, contact: Contact, since: dt.datetime | None) -> Steps[Saved | Exists]:
        """Make a person; after `since` only when the listing has neither our key nor the same address or number."""
        body = yield from self._contact(contact)
        email, phone = contact.identity.email, contact.identity.phone
        body.setdefault("name", email or phone)
        if not body["name"]:
            raise CrmError("refused", "Pipedrive needs a name, an e-mail address or a phone number")
        if since is not None:
            there = yield from self._earlier(contact, since)
            if there:
                return there
        for part, value in (("emails", email), ("phones", phone)):
            if value:
                body[part] = [answers.entry(value)]
        body = self._marked("contact", body, contact.ref)
        made = yield from self._answer(self._write("make the contact", "POST", "v2/persons", body))
        return Saved(answers.record_id(answers.one(made)))

    def update(self, contact_id: str, contact: Contact) -> Steps[bool]:
        """Set what `contact` has; False when the person is gone. Other addresses and numbers are kept."""
        body = yield from self._contact(contact)
        if contact.identity.email or contact.identity.phone:
            item = yield from self._person(contact_id, [])
            if item is None:
                return False
            body |= answers.added(item, contact.identity)
        if not body:
            return True
        if not answers.is_id(contact_id):
            return False
        path = f"v2/persons/{contact_id}"
        response = yield from self._present(self._write("update the contact", "PATCH", path, body))
        return response is not None

    def save_deal(self, deal: Deal, since: dt.datetime | None) -> Steps[Saved]:
        """Make the deal, or update the one of the same key. Pipeline and stage are set once: then they are sales'."""
        body = yield from self._deal(deal)
        known = yield from self._known_deal(deal, since)
        if known:
            yield from self._answer(self._write("update the deal", "PATCH", f"v2/deals/{known}", body))
            return Saved(known, created=False)
        first = {"person_id": answers.number(deal.contact_id, "the contact")}
        for name, value in (("pipeline_id", deal.pipeline), ("stage_id", deal.stage)):
            if value:
                first[name] = answers.number(value, f"the deal's {name.removesuffix('_id')}")
        made = yield from self._answer(self._write("make the deal", "POST", "v2/deals", {**body, **first}))
        return Saved(answers.record_id(answers.one(made)))

    def save_note(self, note: Note, since: dt.datetime | None) -> Steps[Saved]:
        """Put a note on a person and its deal; after `since` only when none with our key is there."""
        person, mark = answers.number(note.contact_id, "the contact"), html.escape(note.ref)
        if since is not None:
            query = {"person_id": str(person), "updated_since": answers.moment(since - SKEW)}
            found = yield from self._all(
                "look for the note", "v1/notes", query, lambda item: mark in str(item.get("content"))
            )
            if found:
                return Saved(answers.oldest(found), created=False)
        text = html.escape(note.text[:_NOTE_LENGTH], quote=False).replace("\n", "<br>")
        body: dict[str, Any] = {"content": f"{text}<br><br>[{mark}]", "person_id": person}
        if note.deal_id:
            body["deal_id"] = answers.number(note.deal_id, "the deal")
        made = yield from self._answer(self._write("save the note", "POST", "v1/notes", body))
        return Saved(answers.record_id(answers.one(made)))

    def save_record(self, record: CustomRecord, since: dt.datetime | None) -> Steps[Saved]:  # noqa: ARG002
        """Refuse: there is nothing in Pipedrive that could be made."""
        yield from ()
        raise CrmError("refused", "Pipedrive has no records of other kinds")

    def fields(self, kind: Objects) -> Steps[tuple[RemoteField, ...]]:
        """Return the fields of persons or deals."""
        specs = yield from self._specs(kind)
        return tuple(item.remote(kind) for item in specs.values())

    def standard(self) -> Mapping[str, str]:
        """Return where name, email and phone go; persons have lists of the last two, the main one is meant."""
        return {name: name for name in IDENTITY}

    def prepare(self) -> Steps[Mapping[str, str]]:
        """Find or make the custom fields for our own key."""
        kept: dict[str, str] = {}
        for kind, setting in _REF_SETTINGS.items():
            specs = yield from self._specs(kind)
            there = self._ref_field(kind, specs)
            kept[setting] = there or (yield from self._make_field(kind))
        return kept

    def check(self) -> Steps[tuple[Check, ...]]:
        """Read and write beside every record: nothing has the id 0, so only a permission can be missing."""
        me = self._get("see who we are", "v1/users/me")
        response, error = yield from self._tried(me)
        checks = [Check("sign-in", error is None, error.detail if error else "")]
        if error:
            return tuple(checks)
        for name, path, method, probe in (
            ("contacts", "v2/persons", "PATCH", {"name": "?"}),
            ("deals", "v2/deals", "PATCH", {"title": "?"}),
            ("notes", "v1/notes", "PUT", {"content": "?"}),
        ):
            _, error = yield from self._tried(self._get(f"read {name}", path, {"limit": "1"}))
            checks.append(answers.checked(f"read {name}", error))
            request = self._write(f"write {name}", method, f"{path}/0", probe)
            _, error = yield from self._tried(replace(request, reads=True))
            checks.append(answers.checked(f"write {name}", error, absent=("missing", "refused")))
        is_admin = bool(response and answers.one(response).get("is_admin"))
        for kind, name in (("contact", "our key on contacts"), ("deal", "our key on deals")):
            checks.append((yield from self._key_check(kind, name, is_admin=is_admin)))
        return tuple(checks)

    @property
    def _api_token(self) -> str:
        return secret(self._credentials.api_token)

    def _basic(self) -> str:
        given = self._credentials
        return base64.b64encode(f"{secret(given.client_id)}:{secret(given.client_secret)}".encode()).decode()

    def _get(self, does: str, path: str, query: Mapping[str, str] | None = None, pace: str = "") -> Request:
        url = f"{self._settings.base_url}/api/{path}"
        return Request(does, "GET", url, query=query or {}, repeatable=True, pace=pace)

    def _write(self, does: str, method: Any, path: str, body: Mapping[str, Any]) -> Request:  # noqa: ANN401 - a literal
        url = f"{self._settings.base_url}/api/{path}"
        return Request(does, method, url, json=dict(body), repeatable=method != "POST")

    def _answer(self, request: Request) -> Steps[Response]:
        response, error = yield from self._tried(request)
        if error:
            raise error
        assert response is not None  # noqa: S101 - there is one when nothing is wrong
        return response

    def _tried(self, request: Request) -> Steps[tuple[Response | None, CrmError | None]]:
        response = yield request
        error = self.failure(request, response)
        return (None, error) if error else (response, None)

    def _present(self, request: Request) -> Steps[Response | None]:
        response, error = yield from self._tried(request)
        if error and error.category != "missing":
            raise error
        return response

    def _all(
        self, does: str, path: str, query: Mapping[str, str], wanted: Callable[[dict[str, Any]], bool]
    ) -> Steps[list[dict[str, Any]]]:
        """Return what is wanted of all pages of a listing."""
        found: list[dict[str, Any]] = []
        page: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            response = yield from self._answer(self._get(does, path, {**_PAGE, **query, **page}))
            found += [item for item in answers.several(response) if wanted(item)]
            page = answers.next_page(response)
            if not page:
                return found
        # Nobody knows whether it is on one of the others: making it now might make it twice.
        raise CrmError("unavailable", f"could not {does}: Pipedrive has too much to look through right now")

    def _specs(self, kind: str) -> Steps[dict[str, FieldSpec]]:
        listed = yield from self._all("read the fields", _FIELD_PATHS[kind], {}, lambda _: True)
        found = (spec(item) for item in listed)
        return {item.key: item for item in found if item}

    def _person(self, contact_id: str, custom: list[str]) -> Steps[dict[str, Any] | None]:
        if not answers.is_id(contact_id):  # of another CRM, before the business changed
            return None
        query = {"custom_fields": ",".join(custom)} if 0 < len(custom) <= _MAX_NAMED else {}
        response = yield from self._present(self._get("read the contact", f"v2/persons/{contact_id}", query))
        item = answers.one(response) if response else None
        return item if item and not item.get("is_deleted") else None

    def _earlier(self, contact: Contact, since: dt.datetime) -> Steps[Saved | Exists | None]:
        """Return the person an attempt begun at `since` has made, or one that somebody else made meanwhile."""
        key, (part, term) = self._refs["contact"], _sought(contact.identity)

        def ours(item: Mapping[str, Any]) -> bool:
            return bool(key) and answers.custom_fields(item).get(key) == contact.ref

        def wanted(item: Mapping[str, Any]) -> bool:
            return not item.get("is_deleted") and (ours(item) or (bool(term) and answers.holds(item, part, term)))

        query = {"updated_since": answers.moment(since - SKEW), "sort_by": "update_time", **_named(key)}
        found = yield from self._all("look for the contact", "v2/persons", query, wanted)
        made = [item for item in found if ours(item)]
        if made:
            return Saved(answers.oldest(made), created=False)
        return Exists(answers.oldest(found)) if found else None

    def _known_deal(self, deal: Deal, since: dt.datetime | None) -> Steps[str]:
        """Return the deal of this key; without a field for keys, one of the same title that was made since."""
        key, person = self._refs["deal"], answers.number(deal.contact_id, "the contact")
        if not key and since is None:
            return ""
        begun = answers.moment(since - SKEW) if since else ""

        def wanted(item: Mapping[str, Any]) -> bool:
            if key:
                return bool(answers.custom_fields(item).get(key) == deal.ref)
            return item.get("title") == deal.title[:_TITLE_LENGTH] and str(item.get("add_time", "")) >= begun

        query = {"person_id": str(person), **_named(key)}
        found = yield from self._all("look for the deal", "v2/deals", query, wanted)
        return answers.oldest(found) if found else ""

    def _contact(self, contact: Contact) -> Steps[dict[str, Any]]:
        values = {key: value for key, value in contact.values.items() if key not in IDENTITY}
        body = yield from self._values("contact", values)
        return {"name": contact.name[:_TITLE_LENGTH], **body} if contact.name else body

    def _deal(self, deal: Deal) -> Steps[dict[str, Any]]:
        body = yield from self._values("deal", deal.values, deal.currency)
        body["title"] = deal.title[:_TITLE_LENGTH]
        if deal.amount is not None:
            body["value"] = deal.amount
        if deal.currency:
            body["currency"] = deal.currency
        return self._marked("deal", body, deal.ref)

    def _values(self, kind: str, values: Mapping[str, Value], currency: str = "") -> Steps[dict[str, Any]]:
        specs: dict[str, FieldSpec] = {}
        if any(CUSTOM.fullmatch(key) for key in values):
            specs = yield from self._specs(kind)
        return written(kind, values, specs, currency)

    def _marked(self, kind: str, body: Mapping[str, Any], ref: str) -> dict[str, Any]:
        key = self._refs[kind]
        return {**body, "custom_fields": {**body.get("custom_fields", {}), key: ref}} if key else dict(body)

    def _ref_field(self, kind: str, specs: Mapping[str, FieldSpec]) -> str:
        if self._refs[kind] in specs:
            return self._refs[kind]
        texts = [item for item in specs.values() if item.type in ("varchar", "text") and CUSTOM.fullmatch(item.key)]
        return next((item.key for item in texts if item.label == REF_NAME), "")

    def _make_field(self, kind: str) -> Steps[str]:
        body = {"name": REF_NAME, "field_type": "varchar"}
        response, error = yield from self._tried(self._write("make our field", "POST", _FIELD_PATHS[kind], body))
        if error and error.category == "forbidden":
            raise CrmError(
                "forbidden", f"our key needs a custom field, and {_ADMIN}", missing_scopes=error.missing_scopes
            )
        if error or response is None:
            raise error or answers.malformed()
        made = spec(answers.one(response))
        if made is None:
            raise answers.malformed()
        return made.key

    def _key_check(self, kind: str, name: str, *, is_admin: bool) -> Steps[Check]:
        try:
            specs = yield from self._specs(kind)
        except CrmError as error:
            return answers.checked(name, error)
        if self._refs[kind] in specs:
            return Check(name, ok=True)
        if is_admin or self._ref_field(kind, specs):
            return Check(name, ok=False, detail="the field for it is not set up yet: prepare the connection")
        return Check(name, ok=False, detail=f"there is no field for it, and {_ADMIN}")


def _sought(identity: Identity) -> tuple[str, str]:
    """Return by which list of a person, and by what in it, somebody is looked for."""
    return ("emails", identity.email) if identity.email else ("phones", identity.phone)


def _named(key: str) -> dict[str, str]:
    """Ask for the one custom field that matters: the others make answers long."""
    return {"custom_fields": key} if key else {}
