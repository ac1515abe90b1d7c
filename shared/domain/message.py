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
