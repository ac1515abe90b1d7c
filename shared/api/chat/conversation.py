"""POST /chat: one message in, the answer out, whole or as a stream of events."""

import logging
from collections.abc import Iterator
from typing import Any

from flask import Response

from shared import logs
from shared.api.chat.models import ChatRequest
from shared.api.chat.services import ChatServices
from shared.domain.errors import PlatformError, Unauthenticated
from shared.domain.ids import new_id
from shared.domain.message import Message, Page
from shared.domain.turn import Delta, Finished, Started, TurnEvent, Waiting
from shared.engine.answer import answer
from shared.web.call import Call, Reply
from shared.web.credentials import bearer
from shared.web.problems import problem, rate_headers
from shared.web.sse import KEEP_ALIVE, encode, stream_response, wants_stream

_log = logging.getLogger(__name__)


def post_chat(services: ChatServices, call: Call) -> Reply | Response:
    """Answer one message. Errors before the turn starts are HTTP errors, also for a stream."""
    message = _message(services, call.body, call)
    events = answer(message, services.ports)
    with _log_context(message, call):
        started = next(events)
        assert isinstance(started, Started)  # noqa: S101 - the engine's promise
        token = services.tokens.issue(message.business_id, message.session_id, guest=not started.holder)
        headers = rate_headers(*vars(started.rate).values()) if started.rate else {}
        if wants_stream(call.request):
            return stream_response(_streamed(events, started, token, message, call), headers)
        [whole] = [event.answer for event in events if isinstance(event, Finished)]
    return Reply({**whole, "session_token": token}, headers={**headers, "Cache-Control": "no-store"})


def _message(services: ChatServices, body: ChatRequest, call: Call) -> Message:
    session_id = body.session_id or body.user_id or ""
    person = _person(services, body)
    return Message(
        business_id=body.business_id,
        session_id=session_id,
        message_id=body.message_id or new_id("msg"),
        text=body.message,
        user=body.user_id or session_id,
        address=call.address,
        locale=body.locale or "",
        page=Page(body.page.url, body.page.title) if body.page else None,
        metadata=dict(body.metadata),
        person=person,
        holder=services.tokens.holds(bearer(call.request), body.business_id, session_id),
    )


def _person(services: ChatServices, body: ChatRequest) -> str:
    """Return the user id that the business's own site vouches for, "" when none does."""
    if not body.user_hash or not body.user_id:
        return ""
    if not services.secrets.verify_identity(body.business_id, body.user_id, body.user_hash):
        raise Unauthenticated("user_hash does not belong to this user_id.", code="wrong_identity")
    return body.user_id


def _streamed(
    events: Iterator[TurnEvent], started: Started, token: str, message: Message, call: Call
) -> Iterator[bytes]:
    """Yield the stream's events. When the client has gone, closing this closes the turn, which stops the model."""
    with _log_context(message, call):
        yield encode("start", {
            "session_id": started.session_id, "message_id": started.message_id, "session_token": token,
        })  # fmt: skip
        try:
            for event in events:
                yield _encoded(event, token)
        except PlatformError as error:
            yield encode("error", problem(error, call.request_id))
        except Exception:  # noqa: BLE001 - the edge of a stream whose status is long sent
            logs.event(_log, "stream_failed", logging.ERROR)
            yield encode("error", problem(PlatformError("The answer was interrupted."), call.request_id))
        finally:
            close: Any = getattr(events, "close", None)
            if close:
                close()


def _encoded(event: TurnEvent, token: str) -> bytes:
    match event:
        case Delta(html):
            return encode("delta", {"html": html})
        case Finished(whole):
            return encode("done", {**whole, "session_token": token})
        case Waiting() | Started():
            return KEEP_ALIVE


def _log_context(message: Message, call: Call) -> Any:  # noqa: ANN401 - a context manager
    return logs.bound(
        request_id=call.request_id, business_id=message.business_id, session=logs.pseudonym(message.session_id),
        message_id=message.message_id,
    )  # fmt: skip
