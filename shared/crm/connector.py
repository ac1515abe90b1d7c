"""What every connector can do.

A connector is one file beside this one, named as in `CrmConfig.connector`, that defines:
    Settings      a pydantic model: what it needs that is not secret
    Credentials   a pydantic model of SecretStr: what is
    Connector     a class (settings, credentials) with the methods below

Nothing here does I/O: methods are generators of requests, the driver sends them. A connector never sleeps, never
retries and never looks at a clock; `now` and `since` are handed in.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from shared.crm.failure import CrmError
from shared.crm.wire import Request, Response, Steps
from shared.domain.crm import Check, Contact, CustomRecord, Deal, Identity, Note, Record, RemoteField, Saved
from shared.domain.limits import RateLimit

Objects = Literal["contact", "deal"]


@dataclass(frozen=True)
class Token:
    """What the driver signs calls with until `expires_at` (aware; None: it does not expire).

    `base_url` is where the CRM said the account lives ("" when it does not say); `refresh` replaces the stored refresh
    token when the CRM gave a new one.
    """

    value: str
    expires_at: dt.datetime | None = None
    base_url: str = ""
    refresh: str = ""


@dataclass(frozen=True)
class Pace:
    """How many calls an account may make: `all` of any kind, further limits by the name in `Request.pace`."""

    all: RateLimit
    by: Mapping[str, RateLimit] = field(default_factory=dict)


@dataclass(frozen=True)
class Exists:
    """A contact could not be made because the CRM has this one already."""

    id: str


class Connector(Protocol):
    """One account of one CRM. Every generator may raise CrmError.

    The driver itself deals with `unauthorised` (a new token, once), `limited` and `unavailable` answers, as `failure`
    tells them apart; every other response reaches the generator.
    """

    pace: Pace
    # Whether the CRM itself refuses a second contact with the same e-mail address: no search before a create then.
    unique_email: bool
    # Kinds of property that custom records have; False: the CRM has no custom objects.
    has_objects: bool

    def account(self) -> str:
        """Return what limits are counted by: the account's name at the CRM, nothing secret."""
        ...

    def sign_in(self, now: dt.datetime) -> Steps[Token]:
        """Return a token; at once, without a request, where the credentials are one."""
        ...

    def authorised(self, request: Request, token: Token) -> Request:
        """Return the request with the token, and with its URL at the token's `base_url` where there is one."""
        ...

    def failure(self, request: Request, response: Response) -> CrmError | None:
        """Return what is wrong with an answer, None when nothing is. Never raises, whatever the body is."""
        ...

    def find(self, identity: Identity) -> Steps[tuple[Record, ...]]:
        """Return the contacts with this e-mail address or, only without one, this phone number; none is fine.

        A search index may lag behind: finding nothing does not prove that there is nothing.
        """
        ...

    def read(self, contact_id: str, properties: tuple[str, ...]) -> Steps[Record | None]:
        """Return a contact by its id with these properties (beside the standard ones), None when it is gone."""
        ...

    def create(self, contact: Contact, since: dt.datetime | None) -> Steps[Saved | Exists]:
        """Make a contact, or say which one is there already.

        `since` is set when an earlier attempt, begun then, may have been applied: it must not be made twice.
        """
        ...

    def update(self, contact_id: str, contact: Contact) -> Steps[bool]:
        """Set a contact's properties to what `contact` has of them; False when the contact is gone."""
        ...

    def save_deal(self, deal: Deal, since: dt.datetime | None) -> Steps[Saved]:
        """Make or update the deal of this `ref`, linked to its contact. `since` as in `create`."""
        ...

    def save_note(self, note: Note, since: dt.datetime | None) -> Steps[Saved]:
        """Put a note on a contact (and its deal). `since` as in `create`."""
        ...

    def save_record(self, record: CustomRecord, since: dt.datetime | None) -> Steps[Saved]:
        """Make or update a record of another kind. `since` as in `create`."""
        ...

    def fields(self, kind: Objects) -> Steps[tuple[RemoteField, ...]]:
        """Return the properties that contacts or deals have, from the CRM's own metadata."""
        ...

    def standard(self) -> Mapping[str, str]:
        """Return where name, email and phone go: from the field's id to the property's name, as in `Record.values`."""
        ...

    def prepare(self) -> Steps[Mapping[str, str]]:
        """Make what the CRM needs to know our records again (a property for our key), where the API can.

        Returns:
            Settings to keep, by name; usually none.
        """
        ...

    def check(self) -> Steps[tuple[Check, ...]]:
        """Try what delivery needs, harmlessly, and say exactly what works; a refusal is a Check, not an error."""
        ...
