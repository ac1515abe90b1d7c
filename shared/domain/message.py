"""What a visitor sends: one message, already cleaned and validated."""

from dataclasses import dataclass, field
from typing import Any

MAX_MESSAGE_CHARS = 4000


@dataclass(frozen=True)
class Page:
    """The page the visitor is on. Comes from the visitor's browser: untrusted."""

    url: str
    title: str = ""


@dataclass(frozen=True)
class Message:
    """One message of a visitor to one business.

    `user` names who is limited (a session is somebody's too when no user is given), `address` the caller's
    network address, `message_id` the visitor's own id of the message: a repeat gets the first answer again.
    `person` is the identity the business's own site vouches for (a signed user id), empty for a browser like any other.
    `holder` says that the caller sent the session's token.
    """

    business_id: str
    session_id: str
    message_id: str
    text: str
    user: str
    address: str = ""
    channel: str = "web"
    locale: str = ""
    page: Page | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    person: str = ""
    holder: bool = False

    @property
    def trusted(self) -> bool:
        """Whether stored details may be said: to the session's holder, or to the person it belongs to."""
        return self.holder or bool(self.person)
