"""API keys of a business and of the platform: made, listed, revoked. The secret is shown once."""

from typing import Any

from shared.api.admin.models import ApiKeyIn
from shared.api.admin.paging import page, text_cursor
from shared.api.admin.services import AdminServices
from shared.domain.records import ApiKeyRecord
from shared.web.call import Call, Reply
from shared.web.credentials import mint_key


def create(admin: AdminServices, call: Call) -> Reply:
    """Make a key for a business, or for the platform when the path names none."""
    body: ApiKeyIn = call.body
    key_id, key, hashed = mint_key()
    record = admin.api_keys.add(
        call.path.get("business_id"),
        call.actor.actor(call.request_id),
        key_id=key_id,
        name=body.name,
        hashed=hashed,
        scopes=tuple(dict.fromkeys(body.scopes)),
        expires_at=body.expires_at,
    )
    return Reply({**_show(record), "key": key}, 201, {"Cache-Control": "no-store"})


def list_all(admin: AdminServices, call: Call) -> Reply:
    """List keys without their secrets."""
    query = call.query
    records = admin.api_keys.list_of(call.path.get("business_id"), query.limit + 1, text_cursor(query.cursor))
    return Reply(page(records, query.limit, lambda record: record.id, _show))


def revoke(admin: AdminServices, call: Call) -> Reply:
    """Stop a key from working at once."""
    admin.api_keys.revoke(call.path.get("business_id"), call.path["key_id"], call.actor.actor(call.request_id))
    return Reply(status=204)


def _show(record: ApiKeyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "scopes": list(record.scopes),
        "created_at": record.created_at.isoformat(),
        "expires_at": record.expires_at.isoformat() if record.expires_at else None,
        "revoked_at": record.revoked_at.isoformat() if record.revoked_at else None,
    }
