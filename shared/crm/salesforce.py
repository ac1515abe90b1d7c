"""Salesforce: contacts or leads, opportunities, tasks and custom objects over its REST API.

What makes a repeat harmless is a field of our own on each object (`ref_field`: unique, external id): a second POST
with the same key is refused and names the first record, a PATCH to the key makes or updates.
"""

import base64
import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from shared.crm import salesforce_answers as answers
from shared.crm import salesforce_bodies as bodies
from shared.crm.connector import Exists, Objects, Pace, Token
from shared.crm.failure import CrmError
from shared.crm.salesforce_settings import Credentials, Settings
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
)  # fmt: skip
from shared.domain.limits import RateLimit

__all__ = ["Connector", "Credentials", "Settings"]

ASSERTION_LIFE = dt.timedelta(minutes=3)
_DUPLICATE_RULES = "Sforce-Duplicate-Rule-Header"


class Connector:
    """One Salesforce account. Implements shared.crm.connector.Connector."""

    pace = Pace(all=RateLimit(20, 1))
    unique_email = False  # duplicate rules are the account's choice
    has_objects = True

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self._settings = settings
        self._credentials = credentials
        self._base = settings.domain_url
        self._data = f"{self._base}/services/data/v{settings.api_version}"

    def account(self) -> str:
        """Return the account's host."""
        parts = urlsplit(self._base)
        return f"{parts.netloc.lower()}{parts.path}"

    def sign_in(self, now: dt.datetime) -> Steps[Token]:
        """Fetch a token; Salesforce does not say how long it is good for, and answers 401 when it no longer is."""
        headers, form = self._grant(now)
        request = Request(
            "sign in at Salesforce", "POST", f"{self._base}/services/oauth2/token",
            headers=headers, form=form, repeatable=True, signed=False,
        )  # fmt: skip
        body = (yield from self._answer(request)).object()
        value = body.get("access_token")
        if not isinstance(value, str) or not value:
            raise answers.malformed()
        return Token(value, base_url=answers.instance_url(body, self._base))

    def authorised(self, request: Request, token: Token) -> Request:
        """Return the request with the token, at the account's instance."""
        url = request.url
        if token.base_url and url.startswith(f"{self._base}/"):
            url = token.base_url.rstrip("/") + url.removeprefix(self._base)
        return replace(request, url=url, headers={**request.headers, "Authorization": f"Bearer {token.value}"})

    def failure(self, request: Request, response: Response) -> CrmError | None:
        """Return what is wrong with an answer, None when nothing is."""
        return answers.call_failure(response) if request.signed else answers.sign_in_failure(response)

    def find(self, identity: Identity) -> Steps[tuple[Record, ...]]:
        """Return the contacts with this address (a consistent query) or number (a search)."""
        if identity.email:
            soql = bodies.by_email(identity.email, self._settings)
            found = yield from self._query("find the contact by e-mail address", soql)
            return tuple(answers.record(item) for item in found)
        if not identity.phone:
            return ()
        search = self._request(
            "find the contact by phone number", "POST", "parameterizedSearch",
            json=bodies.by_phone(identity.phone, self._settings), repeatable=True, reads=True,
        )  # fmt: skip
        response = yield from self._answer(search)
        records = [answers.record(item) for item in answers.rows(response, "searchRecords")]
        return tuple(item for item in records if _has_number(item, identity.phone))

    def read(self, contact_id: str, properties: tuple[str, ...]) -> Steps[Record | None]:
        """Return a contact by its id, None when it is gone."""
        names = dict.fromkeys((*bodies.STANDARD, *properties))
        request = self._request(
            "read the contact", "GET", self._row(self._settings.object, contact_id), query={"fields": ",".join(names)}
        )
        response = yield request
        error = self.failure(request, response)
        if error and error.category == "missing":
            return None
        if error:
            raise error
        return answers.record(response.object())

    def create(self, contact: Contact, since: dt.datetime | None) -> Steps[Saved | Exists]:  # noqa: ARG002
        """Make a contact. A second one with the same key is refused, so an attempt that was lost does no harm."""
        kind = self._settings.object
        request = self._request(
            "make the contact", "POST", f"sobjects/{kind}",
            json=bodies.new_contact(contact, self._settings), repeatable=True,
            headers={_DUPLICATE_RULES: "allowSave=false; includeRecordDetails=true"},
        )  # fmt: skip
        response = yield request
        codes = [fault.code for fault in answers.faults(response)]
        if "DUPLICATE_VALUE" in codes:
            return (yield from self._holder(contact.ref, request, response))
        if "DUPLICATES_DETECTED" in codes:
            return self._duplicate(contact.ref, answers.duplicates(response, kind))
        error = self.failure(request, response)
        if error:
            raise error
        return Saved(answers.made_id(response))

    def update(self, contact_id: str, contact: Contact) -> Steps[bool]:
        """Set what `contact` has of a contact's fields; False when the contact is gone."""
        body = bodies.contact(contact)
        if not body:
            return True
        request = self._request(
            "update the contact", "PATCH", self._row(self._settings.object, contact_id), json=body, repeatable=True,
            # It is there already: a rule that only warns must not keep it as it is.
            headers={_DUPLICATE_RULES: "allowSave=true"},
        )  # fmt: skip
        response = yield request
        error = self.failure(request, response)
        if error and error.category != "missing":
            raise error
        return error is None

    def save_deal(self, deal: Deal, since: dt.datetime | None) -> Steps[Saved]:  # noqa: ARG002
        """Make or update the opportunity of this key, and link its contact.

        Stage and close date are set once: afterwards they are the sales team's.
        """
        known, response = yield from self._by_ref("Opportunity", deal.ref)
        if known:
            body = bodies.deal(deal, self._settings)
        else:
            # Salesforce wants a day of closing, and its answer tells what day it is.
            body = bodies.new_deal(deal, self._settings, answers.answered_on(response))
        saved = yield from self._upsert("save the deal", "Opportunity", deal.ref, body, known)
        if not self._is_lead:
            yield from self._link(saved.id, deal.contact_id)
        return saved

    def save_note(self, note: Note, since: dt.datetime | None) -> Steps[Saved]:
        """Put a completed task on the contact. Its text cannot be filtered by: after `since` we read and compare."""
        if since is not None:
            found = yield from self._query("look for the note", bodies.notes_since(note.contact_id, since))
            for item in found:
                if note.ref in str(item.get("Description")):
                    return Saved(answers.record(item).id, created=False)
        request = self._request("save the note", "POST", "sobjects/Task", json=bodies.note(note, self._settings))
        return Saved(answers.made_id((yield from self._answer(request))))

    def save_record(self, record: CustomRecord, since: dt.datetime | None) -> Steps[Saved]:  # noqa: ARG002
        """Make or update a record of another kind; it points at the contact when it has a field for that."""
        fields = yield from self._described(record.object)
        body = bodies.fields_of(record.values)
        link = answers.lookup(fields, self._settings.object)
        if link:
            body.setdefault(link, record.contact_id)
        return (yield from self._upsert("save the record", record.object, record.ref, body, ""))

    def fields(self, kind: Objects) -> Steps[tuple[RemoteField, ...]]:
        """Return the fields of contacts or opportunities."""
        described = yield from self._described(self._settings.object if kind == "contact" else "Opportunity")
        found = (answers.remote_field(item) for item in described)
        return tuple(item for item in found if item)

    def standard(self) -> Mapping[str, str]:
        """Return where name, email and phone go; the name is written in two parts and read as one."""
        return {"name": "Name", "email": "Email", "phone": "Phone"}

    def prepare(self) -> Steps[Mapping[str, str]]:
        """Make sure that our key has its field: a person has to make it, the REST API cannot."""
        name = self._settings.ref_field
        for kind in (self._settings.object, "Opportunity"):
            fields = yield from self._described(kind)
            if not answers.is_key(fields, name):
                raise CrmError("refused", f"{self._make_field()}; {kind} has none the integration's user can see")
        return {}

    def check(self) -> Steps[tuple[Check, ...]]:
        """Look at each object that is written to, as the integration's user sees it."""
        checks: list[Check] = []
        for kind in (self._settings.object, "Opportunity", "Task"):
            response, error = yield from self._tried(kind)
            if error and error.category == "unauthorised":
                return (Check("sign-in", ok=False, detail=error.detail),)
            if not checks:
                checks.append(Check("sign-in", ok=True))
            checks += self._checked(kind, response, error)
        return (*checks, *_usage(response))

    @property
    def _is_lead(self) -> bool:
        return self._settings.object == "Lead"

    def _grant(self, now: dt.datetime) -> tuple[dict[str, str], dict[str, str]]:
        given = self._credentials
        client = _plain(given.client_id)
        if given.client_secret:
            basic = base64.b64encode(f"{client}:{_plain(given.client_secret)}".encode()).decode()
            return {"Authorization": f"Basic {basic}"}, {"grant_type": "client_credentials"}
        import jwt

        claims = {
            "iss": client,
            "sub": _plain(given.username),
            "aud": self._settings.login_audience.rstrip("/"),
            "exp": int((now + ASSERTION_LIFE).timestamp()),
        }
        # Keys that came through a form or a variable often have their line ends written out.
        key = _plain(given.private_key).replace("\\n", "\n")
        try:
            assertion = jwt.encode(claims, key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise CrmError("unauthorised", "the private key cannot be read: give it in PEM form") from None
        return {}, {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}

    def _request(
        self,
        does: str,
        method: Literal["GET", "POST", "PATCH"],
        path: str,
        **more: Any,  # noqa: ANN401
    ) -> Request:
        """Return a call of the REST API; a GET may always be repeated."""
        more.setdefault("repeatable", method == "GET")
        return Request(does, method, f"{self._data}/{path}", **more)

    @staticmethod
    def _row(kind: str, *keys: str) -> str:
        """Return the path of one record, by its id or by a field and its value."""
        return "/".join(("sobjects", kind, *(quote(key, safe="") for key in keys)))

    def _answer(self, request: Request) -> Steps[Response]:
        response = yield request
        error = self.failure(request, response)
        if error:
            raise error
        return response

    def _query(self, does: str, soql: str) -> Steps[list[dict[str, Any]]]:
        request = self._request(does, "GET", "query", query={"q": soql})
        return answers.rows((yield from self._answer(request)), "records")

    def _described(self, kind: str) -> Steps[list[dict[str, Any]]]:
        return answers.described((yield from self._answer(self._describe(kind))))

    def _describe(self, kind: str) -> Request:
        return self._request(f"look at the fields of {kind}", "GET", f"{self._row(kind)}/describe")

    def _by_ref(self, kind: str, ref: str) -> Steps[tuple[str, Response]]:
        """Return the id of the record with our key, "" without one, and the answer that said so."""
        path = self._row(kind, self._settings.ref_field, ref)
        request = self._request(f"look for our {kind}", "GET", path, query={"fields": "Id"})
        response = yield request
        error = self.failure(request, response)
        if error and error.category != "missing":
            raise error
        return "" if error else answers.record(response.object()).id, response

    def _upsert(self, does: str, kind: str, ref: str, body: dict[str, Any], known: str) -> Steps[Saved]:
        """Make or update the record with our key; `known` is its id when we have it."""
        path = self._row(kind, self._settings.ref_field, ref)
        values = {name: value for name, value in body.items() if name != self._settings.ref_field}
        response = yield from self._answer(self._request(does, "PATCH", path, json=values, repeatable=True))
        created = response.status == 201  # noqa: PLR2004 - HTTP's "created"
        if response.body:
            return Saved(answers.made_id(response), created=created)
        if not known:
            known, _ = yield from self._by_ref(kind, ref)
        if not known:
            raise CrmError("unavailable", "Salesforce says that the record is saved, and that it is not there")
        return Saved(known, created=created)

    def _link(self, deal_id: str, contact_id: str) -> Steps[None]:
        found = yield from self._query("look at the deal's contacts", bodies.role(deal_id, contact_id))
        if not found:
            body = {"OpportunityId": deal_id, "ContactId": contact_id, "IsPrimary": True}
            made = self._request("link the deal to the contact", "POST", "sobjects/OpportunityContactRole", json=body)
            answers.made_id((yield from self._answer(made)))

    def _holder(self, ref: str, request: Request, response: Response) -> Steps[Exists]:
        """Return which record has our key already; CrmError when another unique value is the trouble."""
        name, remote = answers.holder(answers.faults(response))
        if name == self._settings.ref_field and remote:
            return Exists(remote)
        found, _ = yield from self._by_ref(self._settings.object, ref)
        if found:
            return Exists(found)
        raise self.failure(request, response) or answers.malformed()

    def _duplicate(self, ref: str, found: list[dict[str, Any]]) -> Exists:
        """Return the record that a duplicate rule names: ours among several, else the only one."""
        ours = [item for item in found if item.get(self._settings.ref_field) == ref] or found
        if len(ours) == 1:
            return Exists(answers.long_id(ours[0]["Id"]))
        several = "several records" if ours else "a record that the integration's user cannot see or that is no contact"
        raise CrmError("ambiguous", f"a duplicate rule of Salesforce takes this person for {several}: merge them there")

    def _make_field(self) -> str:
        kinds = f"{self._settings.object} and Opportunity"
        return f"Make a field '{self._settings.ref_field}' (Text 80, External ID, Unique) on {kinds}"

    def _tried(self, kind: str) -> Steps[tuple[Response, CrmError | None]]:
        request = self._describe(kind)
        response = yield request
        return response, self.failure(request, response)

    def _checked(self, kind: str, response: Response, error: CrmError | None) -> list[Check]:
        if error and error.category == "missing":
            detail = f"the integration's user cannot see {kind}: let it read, create and edit {kind}"
            return [Check(kind, ok=False, detail=detail)]
        if error:
            return [Check(kind, ok=False, detail=error.detail, missing_scopes=error.missing_scopes)]
        try:
            body, fields = response.object(), answers.described(response)
        except CrmError as malformed:
            return [Check(kind, ok=False, detail=malformed.detail)]
        lacking = [flag for flag in ("createable", "updateable", "queryable") if body.get(flag) is not True]
        detail = f"the integration's user may not everything: {kind} is not {', '.join(lacking)}" if lacking else ""
        checks = [Check(kind, not lacking, detail)]
        if kind != "Task":
            has = answers.is_key(fields, self._settings.ref_field)
            checks.append(Check(f"our key on {kind}", has, "" if has else self._make_field()))
        return checks


def _plain(secret: SecretStr | None) -> str:
    """Return a secret; what was pasted often brings blanks and line ends along."""
    return secret.get_secret_value().strip() if secret else ""


def _has_number(record: Record, phone: str) -> bool:
    return any(answers.same_number(phone, record.values.get(name, "")) for name in ("Phone", "MobilePhone"))


def _usage(response: Response) -> tuple[Check, ...]:
    """Return whether calls are left today, when the answer says so."""
    used = answers.calls_left(response)
    if used is None:
        return ()
    return (Check("API calls", used[0] < used[1], f"{used[0]} of {used[1]} calls made in the last 24 hours"),)
