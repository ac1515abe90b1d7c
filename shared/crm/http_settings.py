"""How a business describes its own API: where it is, how calls are authorised, and each call as a template. Pure.

Templates are Liquid (`{{ contact.email }}`); answers are read with JMESPath (`customer.id`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from shared.crm.expressions import JmesPath
from shared.crm.templates import MAX_TEMPLATE, Scope, TemplateError, check_json, check_path, check_template
from shared.domain.crm import Property, RemoteType
from shared.domain.limits import RateLimit
from shared.domain.text import Line
from shared.domain.urls import WebUrl

MAX_PARTS: Final = 30
MAX_OPTIONS: Final = 200
ID: Final = "{id}"
# HTTP itself is about these; a call that set them could be read as two.
_RESERVED_HEADERS = frozenset(
    ("connection", "content-length", "content-type", "host", "te", "trailer", "transfer-encoding", "upgrade")
)
# The driver deals with these itself: no operation may take them for success, absence or a conflict.
_DRIVERS_OWN = frozenset((401, 403, 408, 425, 429))


def _header(name: str) -> str:
    if name.lower() in _RESERVED_HEADERS:
        raise ValueError(f"the header '{name}' is not yours to set")
    return name


def _base(url: str) -> str:
    parts = urlsplit(url)
    if "?" in url or "#" in url:
        raise ValueError("a base URL has no query: put it into each operation's 'query'")
    if any(part in (".", "..") for part in unquote(parts.path).split("/")):
        raise ValueError("a base URL holds no '..'")
    if not url.isascii():
        raise ValueError("write the base URL with ASCII characters only, others percent-encoded")
    return url.rstrip("/")


def _rate(text: str) -> str:
    RateLimit.parse(text)
    return text


def _one_id(text: str) -> str:
    if text.count(ID) != 1:
        raise ValueError(f"write {ID} once, where the id stands: 'Existing ID: {ID}'")
    return text


Template = Annotated[str, StringConstraints(max_length=MAX_TEMPLATE)]
Header = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}$"), AfterValidator(_header)]
Printable = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]*$", max_length=200)]
Key = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,100}$")]
Status = Annotated[int, Field(ge=200, le=499)]
ExtraName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Scalar = Annotated[str, StringConstraints(max_length=1000)] | int | float | bool


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NoAuth(_Section):
    """The API asks for nothing."""

    type: Literal["none"]


class HeaderAuth(_Section):
    """A key in a header of the API's own: credential `api_key`."""

    type: Literal["header"]
    name: Header = Field("X-Api-Key", description="The header's name")
    prefix: Printable = Field("", description="What stands before the key in the header, such as 'Token '")


class BearerAuth(_Section):
    """`Authorization: Bearer`: credential `api_key`."""

    type: Literal["bearer"]


class BasicAuth(_Section):
    """`Authorization: Basic`: credentials `username` and `password`."""

    type: Literal["basic"]


class OauthAuth(_Section):
    """OAuth 2.0 client credentials: `client_id` and `client_secret` are exchanged for tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    type: Literal["oauth_client_credentials"]
    token_url: WebUrl = Field(description="Where tokens are given out")
    scope: Printable = Field("", description="The scopes to ask for, separated by spaces")
    sent_in: Literal["basic", "body"] = Field(
        "basic", alias="in", description="Whether the client's id and secret go into a header or into the body"
    )


class HmacAuth(_Section):
    """Every call is signed: credential `signing_secret`."""

    type: Literal["hmac"]
    header: Header = Field("X-Signature", description="The header of the signature")
    prefix: Printable = Field("", description="What stands before the signature, such as 'sha256='")
    algorithm: Literal["sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    signs: Template = Field(
        "{{ timestamp }}.{{ method }}.{{ path }}.{{ body }}",
        description="What is signed: of method, path, query (as they are sent), body and timestamp",
    )
    timestamp_header: Header | None = Field("X-Timestamp", description="The header of the time, in Unix seconds")

    @model_validator(mode="after")
    def _signs_what_there_is(self) -> Self:
        _located("signs", check_template, self.signs, SIGNED, "signed")
        return self


Auth = Annotated[
    NoAuth | HeaderAuth | BearerAuth | BasicAuth | OauthAuth | HmacAuth, Field(discriminator="type")
]  # fmt: skip


class ContactFields(_Section):
    """Where in a contact of the answer its parts are."""

    email: JmesPath = "email"
    phone: JmesPath = "phone"
    name: JmesPath = "name"
    values: Annotated[dict[Property, JmesPath], Field(max_length=MAX_OPTIONS)] = Field(
        default={}, description="Where each further property is; one not named is looked for under its own name"
    )


class Conflict(_Section):
    """How the API says that a record is there already."""

    status: Annotated[tuple[Status, ...], Field(min_length=1, max_length=10)] = (409,)
    id: JmesPath | None = Field(
        default=None, description="Where the id of the record that is there stands in the answer"
    )
    pattern: Annotated[str, StringConstraints(max_length=200), AfterValidator(_one_id)] | None = Field(
        default=None, description=f"Where `id` finds a sentence: its words around the id, as in 'Existing ID: {ID}'"
    )

    @model_validator(mode="after")
    def _is_a_refusal(self) -> Self:
        if any(status in _DRIVERS_OWN or status < 400 for status in self.status):  # noqa: PLR2004 - refusals start there
            raise ValueError("a conflict is a status such as 409, not 401, 403, 408, 425, 429 or a success")
        return self


class Operation(_Section):
    """One call of the API."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    method: Literal["GET", "POST", "PUT", "PATCH"]
    path: Template = Field(description="Below base_url; values are encoded: '/customers/{{ id }}'")
    query: Annotated[dict[Key, Template], Field(max_length=MAX_PARTS)] = {}
    headers: Annotated[dict[Header, Template], Field(max_length=MAX_PARTS)] = {}
    body: JsonValue = Field(
        None, description="JSON whose texts are templates; one that is a single {{ output }} keeps the value's type"
    )
    encoding: Literal["json", "form"] = Field("json", description="In what form the body is sent")
    omit_empty: bool = Field(True, description="Leave out what comes out empty")
    success: Annotated[tuple[Status, ...], Field(max_length=20)] = Field((), description="None named: 200 to 299")
    missing: Annotated[tuple[Status, ...], Field(max_length=10)] = Field(
        (404, 410), description="What says that the record is not there"
    )
    id: JmesPath | None = Field(None, description="Where the record's id is in the answer, or in an item of `list`")
    record: JmesPath = Field("@", description="Where the contact is in the answer of `read_contact`")
    list_: JmesPath = Field("@", alias="list", description="Where the list is in the answer")
    fields: ContactFields = ContactFields()
    conflict: Conflict | None = None
    idempotent: bool = Field(
        False, description="The API makes no second record when the call is repeated (it knows the Idempotency-Key)"
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if any(status in _DRIVERS_OWN for status in (*self.success, *self.missing)):
            raise ValueError("401, 403, 408, 425 and 429 are neither success nor absence")
        if self.method == "GET" and self.body is not None:
            raise ValueError("a GET has no body")
        if self.encoding == "form" and not _is_flat(self.body):
            raise ValueError("the body of a form is one object of plain values")
        return self


def _is_flat(body: JsonValue) -> bool:
    return isinstance(body, dict) and not any(isinstance(item, dict | list) for item in body.values())


class Operations(_Section):
    """What the API can do. `create_contact` is what leads need; each of the others makes it safer or does more."""

    find_contact: Operation | None = Field(
        None,
        description="Look for contacts by e-mail address or phone number. Only those of the answer count that show the "
        "same address or number ('fields'): an API that ignores a filter it does not know returns strangers",
    )
    read_contact: Operation | None = Field(None, description="Read one contact by its id")
    create_contact: Operation | None = None
    update_contact: Operation | None = Field(None, description="Set properties of a contact; what is not sent stays")
    list_contacts: Operation | None = Field(
        None, description="The newest contacts, complete at once: to see whether a call that got no answer was applied"
    )
    save_deal: Operation | None = None
    update_deal: Operation | None = Field(None, description="What is done when `save_deal` says the deal is there")
    list_deals: Operation | None = Field(None, description="A contact's newest deals, complete at once")
    save_note: Operation | None = None
    list_notes: Operation | None = Field(None, description="A contact's newest notes, complete at once")
    save_record: Operation | None = Field(None, description="Make a record of another kind")
    list_records: Operation | None = Field(None, description="A contact's newest records, complete at once")
    ping: Operation | None = Field(None, description="A harmless read, to try the credentials")

    def described(self) -> dict[str, Operation]:
        """Return the operations there are, by name."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}


class RemoteFieldConfig(_Section):
    """A property of the API's contacts or deals."""

    name: Property
    label: Annotated[Line, StringConstraints(max_length=200)] = ""
    type: RemoteType = "text"
    options: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=200)], ...], Field(max_length=MAX_OPTIONS)
    ] = ()


_PERSON = frozenset(("ref", "email", "phone", "name", "first_name", "last_name", "values"))
_IDENTITY: Scope = {"contact": frozenset(("email", "phone"))}
_CONTACT: Scope = {"contact": _PERSON, "ref": frozenset()}
_DEAL: Scope = {
    "deal": frozenset(("ref", "title", "contact_id", "amount", "currency", "pipeline", "stage", "values")),
    "ref": frozenset(),
    "contact_id": frozenset(),
}
_LINKED: Scope = {"ref": frozenset(), "contact_id": frozenset(), "since": frozenset()}
SIGNED: Final[Scope] = dict.fromkeys(("method", "path", "query", "body", "timestamp"), frozenset())
SCOPES: Final[Mapping[str, Scope]] = MappingProxyType(
    {
        "find_contact": _IDENTITY,
        "read_contact": {"id": frozenset()},
        "create_contact": _CONTACT,
        "update_contact": {**_CONTACT, "id": frozenset()},
        "list_contacts": {"contact": _PERSON, "ref": frozenset(), "since": frozenset()},
        "save_deal": _DEAL,
        "update_deal": {**_DEAL, "id": frozenset()},
        "list_deals": _LINKED,
        "save_note": {
            "note": frozenset(("ref", "text", "contact_id", "deal_id", "at")),
            "ref": frozenset(),
            "contact_id": frozenset(),
            "deal_id": frozenset(),
        },
        "list_notes": _LINKED,
        "save_record": {
            "record": frozenset(("ref", "object", "contact_id", "values")),
            "ref": frozenset(),
            "contact_id": frozenset(),
        },
        "list_records": {**_LINKED, "object": frozenset()},
        "ping": {},
    }
)
"""What the templates of each operation may name, beside `extra`."""
# A POST may be a search; nothing else changes nothing.
_READS: Final[Mapping[str, tuple[str, ...]]] = {
    "read_contact": ("GET",),
    "ping": ("GET",),
    **dict.fromkeys(("find_contact", "list_contacts", "list_deals", "list_notes", "list_records"), ("GET", "POST")),
}
_WRITES: Final = ("POST", "PUT", "PATCH")
_NEEDS_ID: Final = ("find_contact", "create_contact", "list_contacts", "list_deals")


class Settings(_Section):
    """A business's own API."""

    base_url: WebUrl = Field(description="Where the API is; every path is below it")
    auth: Auth = Field(description="How calls are authorised")
    operations: Operations = Field(description="What the API can do, each a call")
    extra: Annotated[dict[ExtraName, Scalar], Field(max_length=MAX_PARTS)] = Field(
        {}, description="Values of your own that every template may name: {{ extra.shop }}"
    )
    headers: Annotated[dict[Header, Template], Field(max_length=MAX_PARTS)] = Field(
        {}, description="Headers of every call"
    )
    idempotency_header: Header | None = Field(
        "Idempotency-Key", description="The header in which a call that makes a record sends our key of it; null: none"
    )
    refuses_duplicates: bool = Field(
        False, description="The API itself refuses a second contact with the same e-mail address (see `conflict`)"
    )
    rate: Annotated[str, StringConstraints(max_length=20), AfterValidator(_rate)] = Field(
        "5/second", description="How many calls the API takes: '10/second', '100/minute'"
    )
    error_message: JmesPath | None = Field(
        None, description="Where a refusal says why; without it only the status is shown. It may quote what was sent"
    )
    contact_fields: Annotated[tuple[RemoteFieldConfig, ...], Field(max_length=MAX_OPTIONS)] = ()
    deal_fields: Annotated[tuple[RemoteFieldConfig, ...], Field(max_length=MAX_OPTIONS)] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        _located("base_url", _base, self.base_url)
        extra: Scope = {"extra": frozenset(self.extra)} if self.extra else {}
        _check_headers("headers", self.headers, extra)
        for name, operation in self.operations.described().items():
            _check_operation(name, operation, {**SCOPES[name], **extra})
        update = self.operations.update_contact
        if update and not update.omit_empty:
            raise ValueError("operations.update_contact: what is empty is never written, leave 'omit_empty' true")
        return self


def _check_operation(name: str, operation: Operation, scope: Scope) -> None:
    where = f"operations.{name}"
    methods = _READS.get(name, _WRITES)
    if operation.method not in methods:
        raise ValueError(f"{where}: the method is {' or '.join(methods)}")
    if name in _NEEDS_ID and operation.id is None:
        raise ValueError(f"{where}: say where the record's 'id' is in the answer")
    _located(f"{where}.path", check_path, operation.path, scope)
    for key, template in operation.query.items():
        _located(f"{where}.query.{key}", check_template, template, scope)
    _check_headers(f"{where}.headers", operation.headers, scope)
    _located(f"{where}.body", check_json, operation.body, scope)


def _check_headers(where: str, headers: Mapping[str, str], scope: Scope) -> None:
    for name, template in headers.items():
        if name.lower() == "authorization":
            raise ValueError(f"{where}: say under 'auth' how calls are authorised; settings hold no secrets")
        _located(f"{where}.{name}", check_template, template, scope)


def _located(where: str, check: Any, *arguments: object) -> None:  # noqa: ANN401 - any check
    try:
        check(*arguments)
    except (TemplateError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from None
    except RecursionError:
        raise ValueError(f"{where}: too deep") from None
