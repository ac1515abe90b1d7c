"""A business's phone line: set it up, check it at Twilio, and read its calls. Calls themselves are not made here."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from shared.adapters.postgres.voice_lines import number_taken
from shared.adapters.vault import VaultError
from shared.api.admin.businesses import expected_version, save
from shared.api.admin.paging import page, text_cursor
from shared.api.admin.services import AdminServices
from shared.api.admin.voice_models import VoiceIn
from shared.domain.business import BusinessConfig
from shared.domain.errors import Conflict, FieldError, Invalid, NotFound
from shared.domain.voice import CallRecord, LineCheck, PhoneLine, VoiceConfig
from shared.web.bodies import validated
from shared.web.call import Call, Reply

_NO_STORE = {"Cache-Control": "no-store"}


def get_voice(admin: AdminServices, call: Call) -> Reply:
    """Return the line, whether its credentials are stored, and what to set at Twilio."""
    return _reply(admin, call)


def put_voice(admin: AdminServices, call: Call) -> Reply:
    """Set the line up, or change it."""
    body: VoiceIn = call.body
    current = admin.businesses.get(call.business_id)
    version = expected_version(call, current)
    account_sid = _account(admin, call, body)
    if admin.lines.business_of(body.number) not in (None, call.business_id):
        raise number_taken(body.number)
    token = body.auth_token.get_secret_value() if body.auth_token else None
    # First: when somebody was faster, the credentials are still those of theirs.
    save(admin, call, _with(current.config, body.config()), version)
    admin.lines.put(call.business_id, body.number, account_sid, token, call.actor.actor(call.request_id))
    return _reply(admin, call)


def delete_voice(admin: AdminServices, call: Call) -> Reply:
    """Give the line up: calls to the number are not answered any more. Calls that were made stay."""
    current = admin.businesses.get(call.business_id)
    version = expected_version(call, current)
    if current.config.voice:
        save(admin, call, _with(current.config, None), version)
    admin.lines.delete(call.business_id, call.actor.actor(call.request_id))
    return Reply()


def test_voice(admin: AdminServices, call: Call) -> Reply:
    """Say what works at Twilio with the stored credentials."""
    config = admin.businesses.get(call.business_id).config.voice
    line = _line(admin, call)
    checks = admin.twilio.check(line, admin.webhooks)
    if config is None or config.number != line.number:
        detail = f"the configuration does not name {line.number}, which rings: PUT the line again"
        checks = [LineCheck("configuration", ok=False, detail=detail), *checks]
    return Reply({"ok": all(one.ok for one in checks), "checks": [asdict(one) for one in checks]}, headers=_NO_STORE)


def configure_voice(admin: AdminServices, call: Call) -> Reply:
    """Tell Twilio which of our addresses the number calls, or show what that would change."""
    admin.businesses.get(call.business_id)
    line = _line(admin, call)
    if admin.webhooks is None:
        raise Conflict("The operator has not set PUBLIC_VOICE_URL.", code="no_public_url")
    dry_run = call.query.dry_run
    changes = admin.twilio.configure(line, admin.webhooks, dry_run=dry_run)
    if changes and not dry_run:
        admin.audit.note(call.business_id, call.actor.actor(call.request_id), "voice.configured", line.number)
    body = {**asdict(admin.webhooks), "applied": not dry_run, "changes": [asdict(change) for change in changes]}
    return Reply(body, headers=_NO_STORE)


def list_calls(admin: AdminServices, call: Call) -> Reply:
    """List the calls, newest first."""
    query = call.query
    found = admin.calls.list_of(
        call.business_id, query.limit + 1, _before(query.cursor),
        status=query.status, outcome=query.outcome, caller=query.caller,
    )  # fmt: skip
    return Reply(
        page(found, query.limit, lambda one: f"{one.started_at.isoformat()} {one.id}", _show), headers=_NO_STORE
    )


def get_call(admin: AdminServices, call: Call) -> Reply:
    """Return one call and what was said."""
    call_id = call.path["call_id"]
    if not call_id.isprintable():  # Postgres takes no NUL
        raise NotFound("There is no such call.")
    found = admin.calls.get(call.business_id, call_id)
    body = {**_show(found), "transcript": [asdict(said) for said in found.transcript]}
    return Reply(body, headers=_NO_STORE)


def _with(config: BusinessConfig, voice: VoiceConfig | None) -> BusinessConfig:
    changed = {**config.model_dump(), "voice": voice.model_dump() if voice else None}
    return validated(lambda: BusinessConfig.model_validate(changed))


def _account(admin: AdminServices, call: Call, body: VoiceIn) -> str:
    """Return the account to use; Invalid when it or its token is neither given nor stored."""
    stored = admin.lines.status(call.business_id)
    account_sid = body.account_sid or (stored.account_sid if stored else None)
    if account_sid is None:
        raise Invalid([FieldError(("account_sid",), "account_sid: none is stored yet")])
    if body.auth_token is None and (stored is None or stored.account_sid != account_sid or not stored.readable):
        raise Invalid([FieldError(("auth_token",), "auth_token: none that is good for this account is stored")])
    return account_sid


def _line(admin: AdminServices, call: Call) -> PhoneLine:
    try:
        line = admin.lines.get(call.business_id)
    except VaultError:
        raise Conflict("The stored auth token cannot be read. Enter it again.", code="unreadable") from None
    if line is None:
        raise Conflict("Set a phone line up first: PUT it to this business's /voice.", code="no_line")
    return line


def _before(cursor: str) -> tuple[dt.datetime, str] | None:
    text = text_cursor(cursor)
    if not text:
        return None
    moment, _, call_id = text.partition(" ")
    try:
        started_at = dt.datetime.fromisoformat(moment).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise Invalid([FieldError(("cursor",), "cursor: is not one that this API returned")]) from None
    return started_at, call_id


def _reply(admin: AdminServices, call: Call) -> Reply:
    record = admin.businesses.get(call.business_id)
    status = admin.lines.status(call.business_id)
    body: dict[str, Any] = {
        "voice": record.config.voice.model_dump(mode="json") if record.config.voice else None,
        "line": {**asdict(status), "updated_at": status.updated_at.isoformat()} if status else None,
        "webhooks": asdict(admin.webhooks) if admin.webhooks else None,
    }
    return Reply(body, headers={"ETag": f'"{record.version}"', **_NO_STORE})


def _show(found: CallRecord) -> dict[str, Any]:
    times = ("started_at", "answered_at", "ended_at")
    shown = {name: value for name, value in vars(found).items() if name not in (*times, "transcript")}
    moments = {name: getattr(found, name) for name in times}
    return {**shown, **{name: moment.isoformat() if moment else None for name, moment in moments.items()}}
