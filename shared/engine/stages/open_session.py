"""Opens the turn: limits, repeat, lock and history in one round trip; waits while another message is answered."""

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import Any

from shared.domain.errors import Conflict, RateLimited
from shared.domain.message import Message
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.guards.intro import is_intro
from shared.ports import Busy, Clock, Embedded, Limited, Opened, OpenRequest, Replayed, Sessions

# Just under the time-out of a function behind a load balancer; the visitor's second message waits for the first.
PATIENCE_S = 45.0
MAX_METADATA_BYTES = 4096


@dataclass(frozen=True)
class OpenSession:
    """A session this turn holds. `session` already carries what the message brought along.

    `fresh`: the message, when its embedding is to be remembered with the session.
    """

    session: Session
    opened: Opened
    fresh: Embedded | None = None


def open_session(tenant: Tenant, message: Message, sessions: Sessions, clock: Clock) -> OpenSession | Replayed:
    """Return the locked session, or the stored answer of a repeated message.

    Raises:
        RateLimited: this visitor or this address has used up its messages.
        Conflict: another message of the session is still being answered after 45 seconds.
    """
    request = OpenRequest(message.session_id, message.message_id, _limits(tenant, message), message.text)
    deadline, pause = clock.monotonic() + PATIENCE_S, 0.02
    while True:
        opening = sessions.open(tenant.id, request)
        match opening:
            case Replayed():
                return opening
            case Limited(limit, reset_s):
                raise RateLimited(_friendly(tenant, reset_s), limit=limit.count, reset_s=reset_s)
            case Opened():
                return OpenSession(prepared(tenant, message, opening.session, clock.now()), opening)
            case Busy() if clock.monotonic() >= deadline:
                raise Conflict("Your previous message is still being answered.", code="session_busy")
        clock.sleep(pause)
        pause = min(pause * 1.5, 0.25)


def _limits(tenant: Tenant, message: Message) -> tuple[tuple[str, Any], ...]:
    """Opening the widget costs no message; everything counts against the address. Calls have limits of their own."""
    if message.channel == "voice":
        return ()
    by_address = (f"address:{message.address}", tenant.address_rate_limit)
    if is_intro(message, tenant):
        return (by_address,)
    return ((f"user:{message.user}", tenant.rate_limit), by_address)


def _friendly(tenant: Tenant, reset_s: float) -> str:
    wait = f"{max(1, round(reset_s))} seconds" if reset_s < 120 else f"{round(reset_s / 60)} minutes"  # noqa: PLR2004
    phone = tenant.config.contact.phone
    return f"That was a lot of messages in a short time. Please wait {wait}" + (
        f", or call {tenant.config.name} on {phone}." if phone else " and try again."
    )


def prepared(tenant: Tenant, message: Message, session: Session | None, now: dt.datetime) -> Session:
    """Return the session, new if need be, with the message's page, locale and metadata."""
    if session is None:
        session = Session(tenant.id, message.session_id, created_at=now.isoformat(), channel=message.channel)
    metadata = {**session.metadata, **message.metadata}
    if len(json.dumps(metadata).encode()) > MAX_METADATA_BYTES:
        metadata = dict(message.metadata) or session.metadata
    page = {"url": message.page.url, "title": message.page.title} if message.page else session.page
    return replace(session, metadata=metadata, page=page, locale=message.locale or session.locale)
