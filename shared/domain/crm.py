"""A business's connection to its CRM: which one, what goes where, and the records that are sent.

What is secret is not here: credentials are sealed in a table of their own and only ever written over the API.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.domain.cta import CtaId
from shared.domain.fields import MAX_FIELDS, FieldId
from shared.domain.text import Line, Text

MAX_OBJECTS = 10
MAX_SETTINGS = 40
# What a title or a custom object may quote beside the fields' ids.
CONTEXT = ("business", "goal", "page")

Value = str | float | bool | dt.date
"""What a CRM's property is set to, before the connector gives it the CRM's own form."""

ConnectorName = Literal["hubspot", "salesforce", "pipedrive", "zoho", "http"]
RemoteType = Literal["text", "number", "date", "datetime", "yes_no", "choice", "other"]
Property = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,119}$|^[0-9a-f]{40}$")]
"""A property's name in the CRM (a forty-digit key at Pipedrive)."""


def _quotes_well(value: str) -> str:
    if not Template(value).is_valid():
        raise ValueError("write ${name} for a field's value, and $$ for a dollar sign")
    return value


Quoting = Annotated[Text, StringConstraints(min_length=1, max_length=2000), AfterValidator(_quotes_well)]
"""A text that quotes what is known: `${name} asks for ${goal}`. What is not known becomes nothing."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DealConfig(_Section):
    """The deal a goal ends in. `pipeline` and `stage` are ids of the CRM; null means its first.

    `amount_field` names a number the visitor gives; `goals` are those that make a deal, none named means all.
    """

    title: Annotated[Quoting, StringConstraints(max_length=200)] = "${name} (${business})"
    pipeline: Annotated[Line, StringConstraints(max_length=100)] | None = None
    stage: Annotated[Line, StringConstraints(max_length=100)] | None = None
    amount_field: FieldId | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    properties: Annotated[dict[FieldId, Property], Field(max_length=MAX_FIELDS)] = {}
    goals: Annotated[tuple[CtaId, ...], Field(max_length=20)] = ()


class ObjectConfig(_Section):
    """A record of another kind made when a goal is reached: `object` is its name in the CRM, `values` quote."""

    id: CtaId
    object: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
    values: Annotated[dict[Property, Quoting], Field(min_length=1, max_length=40)]
    goals: Annotated[tuple[CtaId, ...], Field(max_length=20)] = ()


class CrmConfig(_Section):
    """Where leads go.

    Args:
        settings: what the connector needs that is not secret; each connector has its own (`GET .../crm/connectors`).
        contact: from a field's id to the property it is kept in; name, email and phone have their place already.
        existing: what becomes of a contact the CRM has already: `fill` writes only what is empty there, unless the
            visitor's identity is verified; `overwrite` writes everything.
        identity_property: where the CRM keeps the id under which the business's own site knows its users. Only a
            visitor whose verified id stands there is told what the CRM knows, and of that only the fields `readable`.
        tools: whether the model may look for and write contacts, deals and notes by itself.
    """

    connector: ConnectorName
    enabled: bool = True
    settings: Annotated[dict[str, Any], Field(max_length=MAX_SETTINGS)] = {}
    contact: Annotated[dict[FieldId, Property], Field(max_length=MAX_FIELDS)] = {}
    existing: Literal["fill", "overwrite"] = "fill"
    deal: DealConfig | None = None
    objects: Annotated[tuple[ObjectConfig, ...], Field(max_length=MAX_OBJECTS)] = ()
    notes: bool = True
    tools: bool = True
    identity_property: Property | None = None
    readable: Annotated[tuple[FieldId, ...], Field(max_length=MAX_FIELDS)] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if len({item.id for item in self.objects}) != len(self.objects):
            raise ValueError("two objects have the same id")
        taken = [name for name in self.contact.values() if list(self.contact.values()).count(name) > 1]
        if taken:
            raise ValueError(f"two fields are kept in the same property '{taken[0]}'")
        if self.readable and not self.identity_property:
            raise ValueError("'readable' needs 'identity_property': nobody else's identity can be verified")
        return self

    def quoted(self) -> set[str]:
        """Return every name that a title or an object quotes."""
        texts = [self.deal.title] if self.deal else []
        texts += [text for item in self.objects for text in item.values.values()]
        return {name for text in texts for name in Template(text).get_identifiers()}


@dataclass(frozen=True)
class Identity:
    """By what a person is looked for: an e-mail address in its normal form, a phone number in E.164; "" unknown."""

    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Contact:
    """A person as the CRM is to know them.

    Args:
        ref: our own key of the person, the same for the same address or number: what makes a repeat harmless.
        identity: how to find them.
        name: as they gave it, "" unknown.
        values: further properties by the CRM's names.
        overwrite: whether a value the CRM has already may be replaced.
    """

    ref: str
    identity: Identity
    name: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    overwrite: bool = False


@dataclass(frozen=True)
class Deal:
    """An opportunity of one contact; `ref` is our own key. `amount` None: not known."""

    ref: str
    title: str
    contact_id: str
    amount: float | None = None
    currency: str = ""
    pipeline: str = ""
    stage: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    """A text on a contact, and on a deal when there is one; the connector puts `ref` at its end to know it again."""

    ref: str
    text: str
    contact_id: str
    at: dt.datetime
    deal_id: str = ""


@dataclass(frozen=True)
class CustomRecord:
    """A record of any other kind, linked to a contact where the CRM can."""

    ref: str
    object: str
    values: Mapping[str, Value]
    contact_id: str


@dataclass(frozen=True)
class Saved:
    """A record is in the CRM. `created` False: it was there."""

    id: str
    created: bool = True


@dataclass(frozen=True)
class Record:
    """A contact as the CRM has it; `values` are all its properties that were read, as text, "" where empty."""

    id: str
    email: str = ""
    phone: str = ""
    name: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What a conversation may be told of a person in the CRM.

    Args:
        known: whether there is such a contact.
        values: by our fields' ids, for the person themselves only: empty while their identity is not verified.
    """

    known: bool
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RemoteField:
    """A property the CRM has. `options` are the values a choice may take, as they are written to the API."""

    name: str
    label: str
    type: RemoteType
    options: tuple[str, ...] = ()
    read_only: bool = False
    required: bool = False


@dataclass(frozen=True)
class Check:
    """One thing that was tried with the credentials: `detail` says what to do when it does not work."""

    name: str
    ok: bool
    detail: str = ""
    missing_scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CrmLink:
    """What a session knows of its records in the CRM.

    Args:
        contact_id, deal_id: ids in the CRM, "" until the delivery has told them.
        identity: by which address or number the visitor was handed over: that stays their key while it is theirs.
        sent: a mark of what was handed over last: the same is not handed over again.
        deals: goals for which the model asked for a deal before they were reached.
        quotes: the visitor's words that the model wants noted, by the message that brought them.
    """

    contact_id: str = ""
    deal_id: str = ""
    identity: str = ""
    sent: str = ""
    deals: tuple[str, ...] = ()
    quotes: Mapping[str, str] = field(default_factory=dict)
