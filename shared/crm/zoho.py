"""Zoho CRM: contacts or leads, deals, notes and custom modules over its REST API (version 8).

Zoho refuses a duplicate only in fields that allow none, and its search lags behind. So whoever has an e-mail address
is upserted by it, everything else by a field of our own (`ref_field`); without that field, what a lost answer may have
made is looked for in listings, which do not lag. Deals are never upserted by name, as Zoho would by itself: strangers'
deals have the same one.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote

from shared.crm import zoho_answers as answers
from shared.crm import zoho_fields as forms
from shared.crm.connector import Exists, Objects, Pace, Token
from shared.crm.failure import CrmError
from shared.crm.wire import Request, Response, Steps
from shared.crm.zoho_settings import Credentials, Settings
from shared.domain.crm import Check, Contact, CustomRecord, Deal, Identity, Note, Record, RemoteField, Saved
from shared.domain.limits import RateLimit

__all__ = ["Connector", "Credentials", "Settings"]

VERSION = "crm/v8"
# Their clock and ours may differ by this much when we look for what we wrote.
SKEW = dt.timedelta(seconds=60)
# As far as Zoho lists without a cursor: 2000 records.
MAX_PAGES = 10
_PAGE = 200
_MAX_FIELDS = 50
_PERSON = ("First_Name", "Last_Name", *answers.EMAILS, "Phone", "Mobile")


class Connector:
    """One Zoho CRM account. Implements shared.crm.connector.Connector."""

    # Zoho limits calls at the same time and credits a day, not calls a second; 5 at once is the narrowest plan.
    pace = Pace(all=RateLimit(10, 1), by={"search": RateLimit(5, 1)})
    unique_email = False
    has_objects = True

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self._settings = settings
        self._credentials = credentials
        self._module = settings.module
        self._key = settings.ref_field

    def account(self) -> str:
        """Return a digest of what limits are counted by: the client's grant."""
        given = self._credentials
        parts = (self._settings.api, given.client_id.get_secret_value(), given.refresh_token.get_secret_value())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def sign_in(self, now: dt.datetime) -> Steps[Token]:
        """Fetch an access token; Zoho tells with it where the account lives."""
        given = self._credentials
        form = {
            "grant_type": "refresh_token", "client_id": given.client_id.get_secret_value(),
            "client_secret": given.client_secret.get_secret_value(),
            "refresh_token": given.refresh_token.get_secret_value(),
        }  # fmt: skip
        url = f"{self._settings.accounts}/oauth/v2/token"
        request = Request("sign in at Zoho", "POST", url, form=form, repeatable=True, signed=False)
        body = (yield from self._answer(request)).object()
        value, lasts_s = body.get("access_token"), body.get("expires_in")
        if not isinstance(value, str) or not (value and value.isascii() and value.isprintable()):
            raise answers.malformed()
        if isinstance(lasts_s, bool) or not isinstance(lasts_s, int) or not 0 < lasts_s <= 10**6:
            raise answers.malformed()
        domain = answers.api_domain(body, self._settings.accounts)
        return Token(value, now + dt.timedelta(seconds=lasts_s), "" if self._settings.api_url else domain)

    def authorised(self, request: Request, token: Token) -> Request:
        """Return the request with the token, where the account lives."""
        base, url = self._settings.api, request.url
        if token.base_url and url.startswith(f"{base}/"):
            url = token.base_url.rstrip("/") + url.removeprefix(base)
        return replace(request, url=url, headers={**request.headers, "Authorization": f"Zoho-oauthtoken {token.value}"})

    def failure(self, request: Request, response: Response) -> CrmError | None:
        """Return what is wrong with an answer, None when nothing is."""
        if not request.signed:
            return answers.sign_in_failure(response, self._settings.data_centre)
        return answers.failure(request, response)

    def find(self, identity: Identity) -> Steps[tuple[Record, ...]]:
        """Return the people with this address or number, by the search: it may lag."""
        email, phone = identity.email, "" if identity.email else identity.phone
        if not (email or phone):
            return ()
        query = {"email": email} if email else {"phone": phone}
        request = self._get("find the contact", f"{self._module}/search", query | _fields(_PERSON), pace="search")
        response, error = yield from self._tried(request)
        if error and error.category == "refused":
            return ()  # no characters for a search; what is there is found when it is made again
        if error or response is None:
            raise error or answers.malformed()
        return tuple(answers.record(item, ()) for item in answers.items(response) if answers.has(item, email, phone))

    def read(self, contact_id: str, properties: tuple[str, ...]) -> Steps[Record | None]:
        """Return a person by the id, None when it is gone."""
        if not answers.is_id(contact_id):  # of another CRM, before the business changed
            return None
        names = tuple(dict.fromkeys((*_PERSON, *properties)))
        query = _fields(names) if len(names) <= _MAX_FIELDS else {}
        request = self._get("read the contact", f"{self._module}/{contact_id}", query)
        response, error = yield from self._tried(request)
        if error and error.category == "missing":
            return None
        if error or response is None:
            raise error or answers.malformed()
        found = answers.items(response)
        return answers.record(found[0], properties) if found else None

    def create(self, contact: Contact, since: dt.datetime | None) -> Steps[Saved | Exists]:
        """Make a person, unless one of the newest is it. The upsert then updates only what a listing cannot show."""
        email, phone = contact.identity.email, contact.identity.phone
        there = yield from self._earlier(contact.identity, since)
        if there:
            return Exists(there)
        body = {name: value for name, value in forms.contact_body(contact).items() if value is not None}
        body.setdefault("Last_Name", (email or phone)[: forms.LAST_NAME])
        if email:
            request = self._upsert("make the contact", self._module, body, "Email")
        elif self._key:
            body[self._key] = contact.ref
            body["Last_Name"] = body["Last_Name"] or "-"
            request = self._upsert("make the contact", self._module, body, self._key)
        elif phone:
            request = self._write("make the contact", "POST", self._module, body)
        else:
            raise CrmError("refused", "Zoho needs an e-mail address or a phone number, or the setting 'ref_field'")
        response = yield request
        holders = set(answers.taken(response).values())
        if len(holders) == 1 and "" not in holders:
            return Exists(holders.pop())
        return answers.written(request, response)

    def update(self, contact_id: str, contact: Contact) -> Steps[bool]:
        """Set what `contact` has; an address or number that must be unique and is another's stays with that one."""
        body = forms.contact_body(contact)
        if not answers.is_id(contact_id):
            return False
        while body:
            request = self._write("update the contact", "PUT", f"{self._module}/{contact_id}", body)
            response = yield request
            others = body.keys() & answers.taken(response).keys() & {"Email", "Phone"}
            if others:
                body = {name: value for name, value in body.items() if name not in others}
                continue
            try:
                answers.written(request, response)
            except CrmError as error:
                if error.category == "missing":
                    return False
                raise
            break
        return True

    def save_deal(self, deal: Deal, since: dt.datetime | None) -> Steps[Saved]:  # noqa: ARG002 - it is looked for anyway
        """Make the deal, or update the one of the same key. Pipeline and stage are set once: then they are sales'."""
        self._demand_contact(deal)
        body: dict[str, Any] = {name: forms.native(value) for name, value in deal.values.items()}
        body["Deal_Name"] = deal.title[: forms.DEAL_NAME]
        if deal.amount is not None:
            body["Amount"] = forms.native(deal.amount)
        forms.sign(body, deal.ref, self._key, anew=False)
        known = yield from self._known_deal(deal)
        if known:
            request = self._write("update the deal", "PUT", f"Deals/{known}", body)
            return replace(answers.written(request, (yield request)), created=False)
        forms.sign(body, deal.ref, self._key, anew=True)
        body |= {"Contact_Name": {"id": deal.contact_id}, "Stage": deal.stage or (yield from self._first_stage())}
        if deal.pipeline:
            body["Pipeline"] = deal.pipeline
        if self._key:
            return (yield from self._save_by_key("make the deal", "Deals", body))
        request = self._write("make the deal", "POST", "Deals", body)
        return answers.written(request, (yield request))

    def save_note(self, note: Note, since: dt.datetime | None) -> Steps[Saved]:
        """Put a note on the person: a note of Zoho's belongs to one record. After `since` only when it is not there."""
        self._demand_id(note.contact_id)
        path = f"{self._module}/{note.contact_id}/Notes"
        if since is not None:
            found = yield from self._first(
                "look for the note", path, ("Note_Title",),
                lambda item: forms.mark(note.ref) in answers.shown(item.get("Note_Title")),
            )  # fmt: skip
            if found:
                return Saved(found, created=False)
        # Our key is in the title: listings cut long contents short.
        title, text = f"Chat {forms.mark(note.ref)}"[: forms.NOTE_TITLE], note.text[: forms.TEXT_AREA]
        body = {"data": [{"Note_Title": title, "Note_Content": text}]}
        request = Request("save the note", "POST", self._url(path), json=body)
        return answers.written(request, (yield request))

    def save_record(self, record: CustomRecord, since: dt.datetime | None) -> Steps[Saved]:  # noqa: ARG002 - the key is unique
        """Make or update a record of a custom module, linked where it has a field for people."""
        if not self._key:
            raise CrmError("refused", "records of other modules need the setting 'ref_field': see its description")
        specs = yield from self._specs(record.object)
        self._demand_key(record.object, specs)
        body: dict[str, Any] = {
            name: forms.typed(value, specs.get(name, {})) for name, value in record.values.items()
        }  # fmt: skip
        link = forms.link(specs, self._module)
        if link and link not in body and answers.is_id(record.contact_id):
            body[link] = {"id": record.contact_id}
        body[self._key] = record.ref
        return (yield from self._save_by_key(f"save the record of {record.object}", record.object, body))

    def fields(self, kind: Objects) -> Steps[tuple[RemoteField, ...]]:
        """Return the fields of people or deals."""
        specs = yield from self._specs(self._module if kind == "contact" else "Deals")
        return tuple(forms.remote_field(name, spec) for name, spec in specs.items())

    def standard(self) -> Mapping[str, str]:
        """Return where name, email and phone go; the name is written in its two parts."""
        return {"name": "Full_Name", "email": "Email", "phone": "Phone"}

    def prepare(self) -> Steps[Mapping[str, str]]:
        """See that the field for our key is there: making one unique takes a person in Zoho."""
        for module in self._keyed():
            self._demand_key(module, (yield from self._specs(module)))
        return {}

    def check(self) -> Steps[tuple[Check, ...]]:
        """Read one record of each kind, and write one that lacks all it needs: only a permission makes a difference."""
        response, error = yield from self._tried(self._get("read contacts", self._module, _fields(("Last_Name",), 1)))
        checks = [answers.checked("sign-in", error if error and error.category == "unauthorised" else None)]
        if not checks[0].ok:
            return tuple(checks)
        checks += [answers.checked("read contacts", error), (yield from self._check_write("contacts", self._module))]
        query = {"email": "nobody@example.com", **_fields(("Last_Name",))}
        reads = [("search for contacts", f"{self._module}/search", query)]
        if self._module == "Contacts":
            reads.append(("read deals", "Deals", _fields(("Deal_Name",), 1)))
            checks.append((yield from self._check_write("deals", "Deals")))
        # All notes are listed for administrators only, those of a record for everybody.
        for item in answers.items(response) if response else []:
            path = f"{self._module}/{answers.record_id(item)}/Notes"
            reads.append(("read notes", path, _fields(("Note_Title",), 1)))
        checks.append((yield from self._check_write("notes", "Notes")))
        for name, path, wanted in reads:
            pace = "search" if path.endswith("/search") else ""
            _, error = yield from self._tried(self._get(name, path, wanted, pace=pace))
            checks.append(answers.checked(name, error))
        checks.append((yield from self._check_fields()))
        return tuple(checks)

    def _check_write(self, name: str, module: str) -> Steps[Check]:
        url = self._url(module if module == "Notes" else f"{module}/upsert")
        request = Request(f"write {name}", "POST", url, json={"data": [{}]}, repeatable=True, reads=True)
        response = yield request
        try:
            answers.written(request, response)
        except CrmError as error:
            return answers.checked(f"write {name}", None if error.category == "refused" else error)
        return Check(f"write {name}", ok=True)

    def _check_fields(self) -> Steps[Check]:
        try:
            for module in self._keyed() or (self._module,):
                specs = yield from self._specs(module)
                if self._key:
                    self._demand_key(module, specs)
        except CrmError as error:
            return answers.checked("fields", error)
        return Check("fields", ok=True)

    def _known_deal(self, deal: Deal) -> Steps[str]:
        """Return the contact's deal that has our key, "" for none. Lists of a record do not lag."""
        field = self._key or "Description"

        def ours(item: Mapping[str, Any]) -> bool:
            text = answers.shown(item.get(field))
            return text == deal.ref if self._key else forms.mark(deal.ref) in text

        path = f"Contacts/{deal.contact_id}/Deals"
        return (yield from self._first("look for the deal", path, ("Deal_Name", field), ours))

    def _first_stage(self) -> Steps[str]:
        found = forms.options((yield from self._specs("Deals")).get("Stage", {}))
        if not found:
            raise CrmError("refused", "Zoho tells no stage of deals: name one in the deal's settings")
        return found[0]

    def _save_by_key(self, does: str, module: str, body: Mapping[str, Any]) -> Steps[Saved]:
        """Make or update the one record of our key."""
        request = self._upsert(does, module, body, self._key)
        response = yield request
        there = answers.taken(response).get(self._key)
        if there:  # made in the same moment, by a call that seemed lost
            return Saved(there, created=False)
        return answers.written(request, response)

    def _earlier(self, identity: Identity, since: dt.datetime | None) -> Steps[str]:
        """Return whom the search does not see yet, "" for nobody: the newest people are listed without a lag.

        Without a key of any kind all that was made after `since` is looked at.
        """
        email, phone = identity.email, "" if identity.email else identity.phone
        if not (email or phone):
            return ""
        until = since - SKEW if since and phone and not self._key else None
        return (
            yield from self._first(
                "look for the contact", self._module, (*answers.EMAILS, *answers.PHONES[:2], "Created_Time"),
                lambda item: answers.has(item, email, phone), until=until, pages=MAX_PAGES if until else 1,
            )
        )  # fmt: skip

    def _first(
        self, does: str, path: str, names: tuple[str, ...], wanted: Callable[[Mapping[str, Any]], bool],
        *, until: dt.datetime | None = None, pages: int = MAX_PAGES,
    ) -> Steps[str]:  # fmt: skip
        """Return the newest record of a listing that is wanted, "" for none; none older than `until` is looked at."""
        for page in range(1, pages + 1):
            query = {**_fields(names, _PAGE), "page": str(page), "sort_by": "Created_Time", "sort_order": "desc"}
            response = yield from self._answer(self._get(does, path, query))
            found = answers.items(response)
            for item in found:
                if wanted(item):
                    return answers.record_id(item)
            if not answers.more(response) or (until and found and answers.is_older(found[-1], until)):
                return ""
        if pages == 1:
            return ""
        # Nobody knows whether it is further down: making it now might make it twice.
        raise CrmError("unavailable", f"could not {does}: Zoho has too much to look through right now")

    def _specs(self, module: str) -> Steps[dict[str, dict[str, Any]]]:
        request = self._get(f"read the fields of {module}", "settings/fields", {"module": module})
        return forms.by_name(answers.specs((yield from self._answer(request))))

    def _keyed(self) -> tuple[str, ...]:
        """Return the modules that need the field for our key."""
        if not self._key:
            return ()
        return (self._module, "Deals") if self._module == "Contacts" else (self._module,)

    def _demand_key(self, module: str, specs: Mapping[str, Mapping[str, Any]]) -> None:
        if not forms.is_unique(specs.get(self._key, {})):
            raise CrmError(
                "refused",
                f"make a single-line field with the API name '{self._key}' in {module} (Zoho: Setup > Modules and "
                "Fields) and let it allow no duplicate values",
            )

    def _demand_contact(self, deal: Deal) -> None:
        if self._module != "Contacts":
            raise CrmError("refused", "deals in Zoho cannot be linked to Leads: set 'module' to Contacts for deals")
        self._demand_id(deal.contact_id)

    def _demand_id(self, contact_id: str) -> None:
        if not answers.is_id(contact_id):
            raise CrmError("refused", "the contact's id is no number, as all ids in Zoho are")

    def _get(self, does: str, path: str, query: Mapping[str, str], pace: str = "") -> Request:
        return Request(does, "GET", self._url(path), query=query, repeatable=True, pace=pace)

    def _write(self, does: str, method: Literal["POST", "PUT"], path: str, values: Mapping[str, Any]) -> Request:
        # Left out, Zoho would run whatever it has.
        body = {"data": [dict(values)], "trigger": ["workflow"] if self._settings.run_workflows else []}
        return Request(does, method, self._url(path), json=body, repeatable=method == "PUT")

    def _upsert(self, does: str, module: str, values: Mapping[str, Any], unique: str) -> Request:
        request = self._write(does, "POST", f"{module}/upsert", values)
        return replace(request, json={**request.json, "duplicate_check_fields": [unique]}, repeatable=True)

    def _url(self, path: str) -> str:
        return f"{self._settings.api}/{VERSION}/{quote(path)}"

    def _answer(self, request: Request) -> Steps[Response]:
        response, error = yield from self._tried(request)
        if error or response is None:
            raise error or answers.malformed()
        return response

    def _tried(self, request: Request) -> Steps[tuple[Response | None, CrmError | None]]:
        response = yield request
        error = self.failure(request, response)
        return (None, error) if error else (response, None)


def _fields(names: tuple[str, ...], most: int = 0) -> dict[str, str]:
    return {"fields": ",".join(names)} | ({"per_page": str(most)} if most else {})
