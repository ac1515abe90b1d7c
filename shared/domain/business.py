"""A business's configuration: one document, validated when it is written, immutable when it is read."""

import re
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.domain.branding import Branding
from shared.domain.cta import CtaId, CtaNode, check_tree
from shared.domain.hours import OpeningHours
from shared.domain.limits import RateLimit
from shared.domain.models import is_model_id
from shared.domain.text import Line, Text
from shared.domain.urls import Origin, WebUrl

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


class BusinessRule(_Section):
    """A rule in the owner's own words, given to the assistant in the order of the list."""

    id: CtaId
    text: Annotated[Text, StringConstraints(min_length=1, max_length=1000)]


class Limits(_Section):
    """Overrides of the platform's limits; null means the platform's."""

    rate_limit: Rate | None = None
    address_rate_limit: Rate | None = None
    session_ttl_seconds: Annotated[int, Field(ge=60, le=31_536_000)] | None = None
    max_history_turns: Annotated[int, Field(ge=1, le=100)] | None = None


class Models(_Section):
    """The model that answers; null means the platform's."""

    chat: ModelId | None = None


class Knowledge(_Section):
    """How the knowledge base is used."""

    use_default_index: bool = True
    top_k: Annotated[int, Field(ge=1, le=20)] = 6


class Texts(_Section):
    """Sentences the assistant says without a model; null means the platform's wording."""

    apology: Sentence | None = None
    declined: Sentence | None = None


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
    rules: Annotated[tuple[BusinessRule, ...], Field(max_length=100)] = ()
    intro_token: Annotated[Line, StringConstraints(pattern=r"^\S{1,64}$")] = DEFAULT_INTRO_TOKEN
    appointment: Appointment = Appointment()
    opening_hours: OpeningHours = OpeningHours()
    limits: Limits = Limits()
    allowed_origins: Annotated[tuple[Origin, ...], Field(max_length=50)] = ()
    models: Models = Models()
    knowledge: Knowledge = Knowledge()
    texts: Texts = Texts()

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        booking = self.appointment.booking_cta
        if booking and booking not in {node.id for node in self.ctas()}:
            raise ValueError(f"appointment.booking_cta '{booking}' is not in cta_tree")
        rule_ids = [rule.id for rule in self.rules]
        if len(set(rule_ids)) != len(rule_ids):
            raise ValueError("two rules have the same id")
        return self

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
