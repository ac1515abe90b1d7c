"""Hand-offs: who called for a person, taking a conversation over, speaking in it, giving it back; verified visitors."""

from typing import Any

from shared.api.admin.handoff_models import IdentityOut, PersonMessageIn
from shared.api.admin.ownership import give_back, say, take_over, words
from shared.api.admin.paging import page, text_cursor
from shared.api.admin.services import AdminServices
from shared.api.conversations import SessionMessage
from shared.domain.errors import Conflict
from shared.domain.ids import new_id
from shared.domain.records import HandoffRecord
from shared.domain.tenant import Tenant
from shared.engine.hold_session import conversation
from shared.web.call import Call, Reply

_NO_STORE = {"Cache-Control": "no-store"}


def get_identity(admin: AdminServices, call: Call) -> Reply:
    """Return the secrets by which a business vouches for its visitors and checks our webhooks."""
    admin.businesses.get(call.business_id)
    body = IdentityOut(
        identity_secret=admin.secrets.identity(call.business_id),
        user_hash="hex(HMAC-SHA256(key = identity_secret, message = user_id)), both as UTF-8 text, on your own server",
        webhook_secret=admin.secrets.handoff(call.business_id),
        webhook_signature="X-Chatbot-Signature: t=<unix time>,v1=hex(HMAC-SHA256(key = webhook_secret, "
        "message = '<t>.' + the raw body))",
    )
    return Reply(body, headers=_NO_STORE)


def list_all(admin: AdminServices, call: Call) -> Reply:
    """List the hand-offs, newest first."""
    query = call.query
    records = admin.handoffs.list_of(call.business_id, query.limit + 1, text_cursor(query.cursor), query.status)
    return Reply(page(records, query.limit, lambda record: record.id, _show), headers=_NO_STORE)


def get(admin: AdminServices, call: Call) -> Reply:
    """Return one hand-off."""
    return _reply(_found(admin, call))


def claim(admin: AdminServices, call: Call) -> Reply:
    """Take the conversation over: from now on the assistant is quiet. A conversation that has ended is claimed too."""
    found, now = _found(admin, call), admin.clock.now()
    with conversation(admin.sessions, admin.clock, _tenant(admin, call), found.session_id) as held:
        changed = take_over(held.session, found.id, now) if held.session else None
        record = admin.handoffs.claim(call.business_id, found.id, call.actor.actor(call.request_id))
        held.changed = changed
    return _reply(record)


def close(admin: AdminServices, call: Call) -> Reply:
    """End the hand-off and give the conversation back to the assistant."""
    found, now = _found(admin, call), admin.clock.now()
    with conversation(admin.sessions, admin.clock, _tenant(admin, call), found.session_id) as held:
        changed = give_back(held.session, found.id, now) if held.session else None
        record = admin.handoffs.close(call.business_id, found.id, call.actor.actor(call.request_id))
        held.changed = changed
    return _reply(record)


def deliver(admin: AdminServices, call: Call) -> Reply:
    """Post the hand-off to the webhook once more, now, and return the outcome."""
    found = _found(admin, call)
    url = _tenant(admin, call).config.handoff.webhook_url
    if not url:
        raise Conflict("Configure 'handoff.webhook_url' first.", code="no_webhook")
    if not found.payload:
        raise Conflict("What was said cannot be opened with the platform's keys.", code="unreadable")
    return _reply(admin.desk.redeliver(call.business_id, url, found, call.actor.actor(call.request_id)))


def post_message(admin: AdminServices, call: Call) -> Reply:
    """Say something to the visitor as the person who has claimed the hand-off."""
    body: PersonMessageIn = call.body
    found, tenant, now = _found(admin, call), _tenant(admin, call), admin.clock.now()
    _require_claimed(found)
    with conversation(admin.sessions, admin.clock, tenant, found.session_id) as held:
        if held.session is None:
            raise Conflict("The conversation has ended.", code="session_ended")
        turn = words(body.text, new_id("msg"), now)
        changed = say(held.session, found.id, turn, tenant.max_history_turns, now)
        admin.audit.note(call.business_id, call.actor.actor(call.request_id), "handoff.message", found.id)
        held.changed = changed
    said = SessionMessage(role="assistant", html=turn.html, text=turn.answer, at=turn.at, message_id=turn.message_id)
    return Reply(said, 201, _NO_STORE)


def get_visitor(admin: AdminServices, call: Call) -> Reply:
    """Return what is remembered of a verified visitor."""
    record = admin.visitors.get(call.business_id, call.query.user_id)
    return Reply({**vars(record), "updated_at": record.updated_at.isoformat()}, headers=_NO_STORE)


def erase_visitor(admin: AdminServices, call: Call) -> Reply:
    """Forget a verified visitor; a second time is fine. Conversations and hand-offs go with their own session."""
    admin.businesses.get(call.business_id)
    admin.visitors.erase(call.business_id, call.query.user_id, call.actor.actor(call.request_id))
    return Reply(status=204)


def _found(admin: AdminServices, call: Call) -> HandoffRecord:
    return admin.handoffs.get(call.business_id, call.path["handoff_id"])


def _tenant(admin: AdminServices, call: Call) -> Tenant:
    record = admin.businesses.get(call.business_id)
    return Tenant.of(record.id, record.version, record.config, admin.defaults)


def _require_claimed(record: HandoffRecord) -> None:
    if record.status != "claimed":
        raise Conflict(f"This hand-off is {record.status}: only a claimed one can be answered.", code="not_claimed")


def _reply(record: HandoffRecord) -> Reply:
    return Reply(_show(record), headers=_NO_STORE)


def _show(record: HandoffRecord) -> dict[str, Any]:
    return {
        **vars(record),
        "requested_at": record.requested_at.isoformat(),
        "claimed_at": record.claimed_at.isoformat() if record.claimed_at else None,
        "closed_at": record.closed_at.isoformat() if record.closed_at else None,
    }
