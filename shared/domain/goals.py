"""What a business wants out of a conversation, and how it calls a person."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.domain.cta import CtaId
from shared.domain.fields import FieldId
from shared.domain.intents import IntentId
from shared.domain.text import Text
from shared.domain.urls import WebUrl

MAX_GOALS = 20


class Goal(BaseModel):
    """One goal: learn these fields in this order, then propose a call to action.

    It begins when one of `intents` is recognised; without intents, once the visitor has had a first answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: CtaId
    intents: Annotated[tuple[IntentId, ...], Field(max_length=20)] = ()
    collect: Annotated[tuple[FieldId, ...], Field(max_length=10)] = ()
    cta: CtaId | None = None
    max_refusals: Annotated[int, Field(ge=1, le=5)] = 2


class Handoff(BaseModel):
    """How a person is called: a signed webhook, an address for e-mail programs, and when to offer it unasked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    webhook_url: WebUrl | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[^\s@<>]{1,64}@[^\s@<>]{1,255}$")] | None = None
    message: Annotated[Text, StringConstraints(min_length=1, max_length=600)] | None = None
    offer_after_frustrated: Annotated[int, Field(ge=1, le=10)] = 2
    offer_after_unanswered: Annotated[int, Field(ge=1, le=10)] = 2
    return_after_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
