"""The chat API's requests and answers as types: validation on the way in, documentation on the way out."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from shared.api.conversations import Identifier, Metadata, PageIn, SessionMessage
from shared.domain.business import BusinessId, Language
from shared.domain.message import MAX_MESSAGE_CHARS
from shared.domain.text import Text

_Sentiment = Literal["unknown", "angry", "negative", "neutral", "positive"]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ChatRequest(_In):
    """One message. `user_id` or `session_id` is required; with only `user_id`, it is the session's id."""

    business_id: BusinessId
    user_id: Identifier | None = None
    user_hash: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="Proves user_id: hex HMAC-SHA256 of it with the business's identity secret, made on its own server",
    )
    session_id: Identifier | None = None
    message: Annotated[Text, StringConstraints(min_length=1, max_length=MAX_MESSAGE_CHARS)]
    message_id: Identifier | None = Field(None, description="A repeat of the same id returns the first answer")
    metadata: Metadata = {}
    page: PageIn | None = None
    locale: Language | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.user_id or self.session_id):
            raise ValueError("user_id or session_id is required")
        if self.user_hash and not self.user_id:
            raise ValueError("user_hash proves a user_id: send both")
        return self


class ReplyOut(BaseModel):
    """The assistant's words."""

    html: str = Field(description="Paragraphs of <p> <b> <i> <br> <a href rel target> only")
    text: str


class CtaOut(BaseModel):
    """A call to action."""

    id: str
    label: str
    kind: Literal["link", "message", "menu", "phone", "email"]
    url: str | None = None
    message: str | None = None
    children: list["CtaOut"] = []


class CitationOut(BaseModel):
    """A source of the answer; `n` is its number in the text."""

    n: int
    title: str
    url: str
    fetched_at: str


class IntentOut(BaseModel):
    """What the visitor wants; `none` when it was not recognised."""

    name: str
    confidence: float


class SentimentOut(BaseModel):
    """How the visitor feels; `unknown` when it was not measured."""

    label: _Sentiment
    score: float


class UsageOut(BaseModel):
    """Tokens of the turn."""

    input_tokens: int
    output_tokens: int


class ChatAnswer(BaseModel):
    """The whole answer."""

    business_id: str
    session_id: str
    message_id: str
    session_token: str
    reply: ReplyOut
    ctas: list[CtaOut]
    citations: list[CitationOut]
    state: str
    intent: IntentOut
    sentiment: SentimentOut
    experiments: dict[str, str]
    handoff: dict[str, JsonValue] | None
    degraded: list[Literal["redis", "knowledge", "model", "crm", "budget"]] = Field(
        description="What had to be done without"
    )
    usage: UsageOut
    timings_ms: dict[str, float]


class ConfigQuery(_In):
    """Whose widget."""

    business_id: BusinessId


class BrandingOut(BaseModel):
    """How the widget looks."""

    primary_color: str
    text_color: str
    title: str
    logo_url: str | None
    position: Literal["bottom-right", "bottom-left"]


class ContactOut(BaseModel):
    """How to reach the business itself."""

    phone: str | None
    email: str | None


class WidgetConfig(BaseModel):
    """What the widget may know before anybody speaks."""

    business_id: str
    name: str
    version: int
    branding: BrandingOut
    greeting: ReplyOut
    ctas: list[CtaOut]
    locale: str
    languages: list[str]
    intro_token: str
    contact: ContactOut


class EventRequest(_In):
    """Something a visitor did beside talking."""

    business_id: BusinessId
    session_id: Identifier
    type: Literal["widget_opened", "widget_closed", "cta_clicked", "conversion"]
    event_id: Identifier | None = Field(None, description="The same id twice is counted once")
    message_id: Identifier | None = None
    cta_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")] | None = None
    data: Metadata = {}

    @model_validator(mode="after")
    def _names_what_was_clicked(self) -> Self:
        if self.type == "cta_clicked" and not self.cta_id:
            raise ValueError("cta_id is required for cta_clicked")
        return self


class EventAccepted(BaseModel):
    """The event is kept."""

    event_id: str


class FeedbackRequest(_In):
    """A visitor's verdict on one answer; a later one replaces it."""

    business_id: BusinessId
    session_id: Identifier
    message_id: Identifier
    rating: Literal["up", "down"]
    comment: Annotated[Text, StringConstraints(max_length=2000)] = ""


class SessionQuery(_In):
    """Which conversation."""

    business_id: BusinessId
    session_id: Identifier


class SessionOut(BaseModel):
    """The visible history, oldest first."""

    business_id: str
    session_id: str
    created_at: str
    messages: list[SessionMessage]
