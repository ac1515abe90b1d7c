"""Hand-offs and known visitors as types: validation on the way in, documentation on the way out."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.api.admin.models import PageQuery
from shared.api.conversations import Identifier
from shared.domain.message import MAX_MESSAGE_CHARS
from shared.domain.text import Text

Status = Literal["requested", "claimed", "closed"]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IdentityOut(BaseModel):
    """What a business's own servers need to vouch for visitors and to check our webhooks. Keep it off web pages."""

    identity_secret: str
    user_hash: str = Field(description="How to compute `user_hash`, which vouches for a `user_id`")
    webhook_secret: str
    webhook_signature: str = Field(description="How to check `X-Chatbot-Signature`")


class HandoffsQuery(PageQuery):
    """Which hand-offs."""

    status: Status | None = None


class HandoffOut(BaseModel):
    """A call for a person."""

    id: str
    session_id: str
    reason: str
    status: Status
    delivery: Literal["pending", "delivered", "failed", "none"] = Field(description="Whether the webhook was told")
    attempts: int
    last_error: str
    requested_at: dt.datetime
    claimed_at: dt.datetime | None
    claimed_by: str
    closed_at: dt.datetime | None
    payload: dict[str, Any] = Field(description="What the webhook gets: subject, body, fields, transcript")


class PersonMessageIn(_In):
    """What a person says to the visitor."""

    text: Annotated[Text, StringConstraints(min_length=1, max_length=MAX_MESSAGE_CHARS)]


class VisitorQuery(_In):
    """Which visitor: the business's own id."""

    user_id: Identifier


class VisitorOut(BaseModel):
    """What is remembered of a verified visitor."""

    user_id: str
    fields: dict[str, Any]
    language: str
    updated_at: dt.datetime
