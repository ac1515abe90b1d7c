"""A business's configuration: one document, validated when it is written, immutable when it is read."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.domain.branding import Branding
from shared.domain.budget import Budget
from shared.domain.crm import CONTEXT, CrmConfig
from shared.domain.cta import CtaId, CtaNode, check_tree
from shared.domain.fields import MAX_FIELDS, FieldSpec, check_fields, with_built_in
from shared.domain.goals import MAX_GOALS, Goal, Handoff
from shared.domain.hours import OpeningHours
from shared.domain.intents import BUILT_IN as BUILT_IN_INTENTS
from shared.domain.intents import MAX_INTENTS, IntentSpec, check_intents
from shared.domain.limits import RateLimit
from shared.domain.models import is_model_id
from shared.domain.refresh import DEFAULT_HOUR
from shared.domain.rules import MAX_RULES, BusinessRule, CtaAction, RequireAction
from shared.domain.text import Line, Text
from shared.domain.urls import Origin, WebUrl
from shared.domain.voice import VoiceConfig

MAX_REGRESSION = 0.05
"""How much worse a build may answer the golden questions, of 1, before it is held back."""
BUSINESS_ID = r"^[a-z0-9][a-z0-9-]{1,62}$"
DEFAULT_INTRO_TOKEN = "__intro__"  # noqa: S105 - a marker that the widget sends, not a secret

BusinessId = Annotated[str, StringConstraints(pattern=BUSINESS_ID)]
Sentence = Annotated[Text, StringConstraints(min_length=1, max_length=600)]


def _language(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", value):
        raise ValueError("is not a language tag such as en or en-GB")
    return value


def _rate(value: str) -> str:
    RateLimit.parse(value)
    return value


def _model(value: str) -> str:
    if not is_model_id(value):
        raise ValueError("is not a model name such as gemini-3.5-flash-lite")
    return value


Language = Annotated[str, AfterValidator(_language)]
Rate = Annotated[str, AfterValidator(_rate)]
ModelId = Annotated[str, AfterValidator(_model)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Contact(_Section):
    """How people reach the business itself."""

    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9().\- ]{5,30}$")] | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[^\s@<>]{1,64}@[^\s@<>]{1,255}$")] | None = None
    address: Annotated[Line, StringConstraints(max_length=300)] | None = None


class Appointment(_Section):
    """What happens when somebody wants an appointment: a booking call to action, or the contact flow."""

    enabled: bool = True
    booking_cta: CtaId | None = None
    message: Sentence | None = None


class Limits(_Section):
    """Overrides of the platform's limits; null means the platform's."""

    rate_limit: Rate | None = None
    address_rate_limit: Rate | None = None
    session_ttl_seconds: Annotated[int, Field(ge=60, le=31_536_000)] | None = None
    max_history_turns: Annotated[int, Field(ge=1, le=100)] | None = None


class Models(_Section):
    """The model that answers, and the one that does when the budget runs out; null means the platform's."""

    chat: ModelId | None = None
    fallback: ModelId | None = None


class Knowledge(_Section):
    """How the knowledge base is used, and when it is built by itself: at `refresh_hour` of the opening hours' zone."""

    use_default_index: bool = True
    top_k: Annotated[int, Field(ge=1, le=20)] = 6
    # Stored only when said: the release before does not know them.
    refresh: Annotated[Literal["never", "daily", "weekly"], Field(exclude_if=lambda every: every == "never")] = "never"
    refresh_hour: Annotated[int, Field(ge=0, le=23, exclude_if=lambda hour: hour == DEFAULT_HOUR)] = DEFAULT_HOUR
    max_regression: Annotated[float, Field(ge=0, le=1, exclude_if=lambda margin: margin == MAX_REGRESSION)] = (
        MAX_REGRESSION
    )


class Texts(_Section):
    """Sentences the assistant says without a model; null means the platform's wording."""

    apology: Sentence | None = None
    declined: Sentence | None = None


class Retention(_Section):
    """For how many days what is kept: conversations with their calls, events of analytics, hand-offs after their end.

    Recordings have days of their own in `voice`. Counts stay: nobody is in them.
    """

    conversations_days: Annotated[int, Field(ge=1, le=3650)] = 365
    events_days: Annotated[int, Field(ge=1, le=3650)] = 730
    handoffs_days: Annotated[int, Field(ge=1, le=3650)] = 365


class Digest(_Section):
    """Where the weekly digest is posted, Mondays at seven, signed as hand-offs are; null: it waits to be asked for."""

    webhook_url: WebUrl | None = None


class BusinessConfig(_Section):
    """The whole configuration of one business. Only `name` is required."""

    name: Annotated[Line, StringConstraints(min_length=1, max_length=120)]
    website: WebUrl | None = None
    contact: Contact = Contact()
    system_prompt: Annotated[Text, StringConstraints(max_length=20_000)] = ""
    personality_traits: Annotated[
        tuple[Annotated[Line, StringConstraints(min_length=1, max_length=60)], ...], Field(max_length=20)
    ] = ()
    tone: Annotated[Line, StringConstraints(max_length=200)] = "friendly and professional"
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=30)] = ("en",)
    branding: Branding = Branding()
    cta_tree: Annotated[tuple[CtaNode, ...], Field(max_length=20), AfterValidator(check_tree)] = ()
    rules: Annotated[tuple[BusinessRule, ...], Field(max_length=MAX_RULES)] = ()
    rules_match: Literal["all", "first"] = "all"
    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "US"
    fields: Annotated[tuple[FieldSpec, ...], Field(max_length=MAX_FIELDS), AfterValidator(check_fields)] = ()
    intents: Annotated[tuple[IntentSpec, ...], Field(max_length=MAX_INTENTS), AfterValidator(check_intents)] = ()
    goals: Annotated[tuple[Goal, ...], Field(max_length=MAX_GOALS)] = ()
    handoff: Handoff = Handoff()
    digest: Digest = Digest()
    crm: CrmConfig | None = None
    voice: VoiceConfig | None = None
    intro_token: Annotated[Line, StringConstraints(pattern=r"^\S{1,64}$")] = DEFAULT_INTRO_TOKEN
    appointment: Appointment = Appointment()
    opening_hours: OpeningHours = OpeningHours()
    limits: Limits = Limits()
    allowed_origins: Annotated[tuple[Origin, ...], Field(max_length=50)] = ()
    models: Models = Models()
    budget: Budget = Budget()
    retention: Retention = Retention()
    knowledge: Knowledge = Knowledge()
    texts: Texts = Texts()

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        for what, ids in (("rules", self.rules), ("goals", self.goals)):
            if len({item.id for item in ids}) != len(ids):
                raise ValueError(f"two {what} have the same id")
        ctas, fields = {node.id for node in self.ctas()}, self.all_fields()
        intents = {*BUILT_IN_INTENTS, *(spec.id for spec in self.intents)}
        goals = {goal.id for goal in self.goals}
        for where, what, known in self._references():
            if what not in {"cta": ctas, "field": fields, "intent": intents, "goal": goals}[known]:
                place = {"cta": "cta_tree", "field": "fields", "intent": "intents", "goal": "goals"}[known]
                raise ValueError(f"{where} '{what}' is not in {place}")
        if self.crm and self.crm.deal and self.crm.deal.amount_field:
            amount = fields[self.crm.deal.amount_field]
            if amount.type != "number":
                raise ValueError(f"crm.deal.amount_field '{amount.id}' is not a number")
        return self

    def _references(self) -> Iterator[tuple[str, str, str]]:
        """Yield where the configuration names something, its name, and what kind of thing it is."""
        if self.appointment.booking_cta:
            yield "appointment.booking_cta", self.appointment.booking_cta, "cta"
        for node in self.ctas():
            yield from ((f"cta_tree.{node.id}.intents", name, "intent") for name in node.intents)
            yield from ((f"cta_tree.{node.id}.hide_when_known", name, "field") for name in node.hide_when_known)
        for goal in self.goals:
            yield from ((f"goals.{goal.id}.collect", name, "field") for name in goal.collect)
            yield from ((f"goals.{goal.id}.intents", name, "intent") for name in goal.intents)
            if goal.cta:
                yield f"goals.{goal.id}.cta", goal.cta, "cta"
        for rule in self.rules:
            for action in rule.then:
                if isinstance(action, CtaAction):
                    yield from ((f"rules.{rule.id}.cta", name, "cta") for name in action.ids)
                if isinstance(action, RequireAction):
                    yield f"rules.{rule.id}.require", action.field, "field"
        if self.crm:
            yield from _crm_references(self.crm)

    def all_fields(self) -> Mapping[str, FieldSpec]:
        """Return every field by id, the built-in ones included."""
        return with_built_in(self.fields)

    def ctas(self) -> Iterator[CtaNode]:
        """Yield every call to action of the tree, parents first."""
        for root in self.cta_tree:
            yield from root.walk()

    def urls(self) -> frozenset[str]:
        """Return the URLs the owner configured: the assistant may link to these."""
        found = {node.url for node in self.ctas() if node.url}
        if self.website:
            found.add(self.website)
        if self.contact.email:
            found.add(f"mailto:{self.contact.email}")
        if self.contact.phone:
            found.add(f"tel:{''.join(c for c in self.contact.phone if c in '+0123456789')}")
        return frozenset(found)


def _crm_references(crm: CrmConfig) -> Iterator[tuple[str, str, str]]:
    yield from (("crm.contact", name, "field") for name in crm.contact)
    yield from (("crm.readable", name, "field") for name in crm.readable)
    yield from (("a text of crm quotes", name, "field") for name in sorted(crm.quoted() - set(CONTEXT)))
    for item in crm.objects:
        yield from ((f"crm.objects.{item.id}.goals", name, "goal") for name in item.goals)
    if crm.deal:
        yield from (("crm.deal.goals", name, "goal") for name in crm.deal.goals)
        yield from (("crm.deal.properties", name, "field") for name in crm.deal.properties)
        if crm.deal.amount_field:
            yield "crm.deal.amount_field", crm.deal.amount_field, "field"
