"""Businesses: create, list, get, put, patch, delete, restore, purge; their versions and the way back."""

import json
from typing import Any

from pydantic import TypeAdapter

from shared.adapters.knowledge.layout import prefix
from shared.api.admin.models import BusinessIn, RollbackIn
from shared.api.admin.paging import number_cursor, page, text_cursor
from shared.api.admin.services import AdminServices
from shared.domain.business import BusinessConfig
from shared.domain.errors import FieldError, Invalid, PreconditionFailed
from shared.domain.intents import BUILT_IN, NONE
from shared.domain.records import BusinessRecord, VersionRecord
from shared.domain.rules import BusinessRule
from shared.rules.check import check_rules
from shared.web.bodies import validated
from shared.web.call import Call, Reply

_CONFIG = TypeAdapter(BusinessConfig)


def create(admin: AdminServices, call: Call) -> Reply:
    """Add a business."""
    body: BusinessIn = call.body
    config = BusinessConfig.model_validate(body.model_dump(exclude={"id"}))
    check_conditions(config, config.rules)
    record = admin.businesses.create(body.id, config, call.actor.actor(call.request_id))
    admin.announcer.announce(record.id, config=record.version)
    reply = _reply(record, 201)
    reply.headers["Location"] = f"/v1/businesses/{record.id}"
    return reply


def list_all(admin: AdminServices, call: Call) -> Reply:
    """List the businesses the key may see: all, or its own."""
    query = call.query
    if call.actor.business_id is not None:
        records = [admin.businesses.get(call.actor.business_id)]
    else:
        after = text_cursor(query.cursor)
        records = admin.businesses.list_all(query.limit + 1, after, deleted=query.deleted)
    return Reply(page(records, query.limit, lambda record: record.id, _summary))


def get(admin: AdminServices, call: Call) -> Reply:
    """Return one business."""
    return _reply(admin.businesses.get(call.business_id, deleted=call.query.deleted))


def put(admin: AdminServices, call: Call) -> Reply:
    """Replace the configuration."""
    return _reply(save(admin, call, call.body, if_match(call)))


def patch(admin: AdminServices, call: Call) -> Reply:
    """Change parts of the configuration: a JSON merge patch (RFC 7396). What is null goes back to its default."""
    current = admin.businesses.get(call.business_id)
    expected = if_match(call)
    merged = merge_patch(current.config.model_dump(mode="json"), call.body.root)
    config = validated(lambda: _CONFIG.validate_json(json.dumps(merged)))
    # Without If-Match the patch still applies to what it was merged with, or not at all.
    return _reply(save(admin, call, config, current.version if expected is None else expected))


def delete(admin: AdminServices, call: Call) -> Reply:
    """Delete softly; with `purge`, remove a deleted business and everything it owns."""
    actor = call.actor.actor(call.request_id)
    if not call.query.purge:
        record = admin.businesses.set_deleted(call.business_id, actor, deleted=True, if_version=if_match(call))
        admin.announcer.announce(record.id, config=record.version)
        return Reply(status=204)
    call.actor.authorise("platform", None)
    admin.businesses.purge(call.business_id, actor)
    for folder in (prefix(call.business_id), f"uploads/{call.business_id}/"):
        admin.storage.delete_prefix(folder)
    admin.announcer.forget(call.business_id)
    return Reply(status=204)


def restore(admin: AdminServices, call: Call) -> Reply:
    """Bring a deleted business back as it was."""
    actor = call.actor.actor(call.request_id)
    record = admin.businesses.set_deleted(call.business_id, actor, deleted=False, if_version=None)
    admin.announcer.announce(record.id, config=record.version)
    return _reply(record)


def versions(admin: AdminServices, call: Call) -> Reply:
    """List the saved configurations, newest first."""
    query = call.query
    records = admin.businesses.versions(call.business_id, query.limit + 1, number_cursor(query.cursor))
    return Reply(page(records, query.limit, lambda record: record.version, _version))


def rollback(admin: AdminServices, call: Call) -> Reply:
    """Save an earlier configuration as the newest version."""
    body: RollbackIn = call.body
    config = admin.businesses.version_config(call.business_id, body.version)
    note = body.note or f"rolled back to version {body.version}"
    return _reply(save(admin, call, config, if_match(call), note))


def save(
    admin: AdminServices, call: Call, config: BusinessConfig, if_version: int | None, note: str = ""
) -> BusinessRecord:
    """Keep a configuration as the newest version, unless one of its rules cannot be understood."""
    check_conditions(config, config.rules)
    actor = call.actor.actor(call.request_id)
    record = admin.businesses.replace(call.business_id, config, actor, if_version=if_version, note=note)
    admin.announcer.announce(record.id, config=record.version)
    return record


def check_conditions(config: BusinessConfig, rules: tuple[BusinessRule, ...]) -> None:
    """Pass, or raise Invalid with the place of every mistake in the rules' conditions."""
    fields = tuple(config.all_fields())
    intents = (NONE, *BUILT_IN, *(intent.id for intent in config.intents))
    values = {"fields": fields, "known": fields, "intent.name": intents}
    problems = [
        FieldError(("rules", index, "when"), f"rules.{index}.when, line {at.line}, column {at.column}: {message}")
        for index, message, at in check_rules(rules, values)
    ]
    if problems:
        raise Invalid(problems)


def if_match(call: Call) -> int | None:
    """Return the version `If-Match` asks for, None when it does not matter."""
    given = call.request.headers.get("If-Match", "").strip()
    if not given or given == "*":
        return None
    tag = given.removeprefix("W/").strip('"')
    if not tag.isascii() or not tag.isdigit() or len(tag) > 9:  # noqa: PLR2004 - the versions' column is an integer
        raise PreconditionFailed("If-Match is not an ETag of this resource.")
    return int(tag)


def expected_version(call: Call, current: BusinessRecord) -> int:
    """Return the version to change; PreconditionFailed, before anything else is done, when it is not the one meant."""
    meant = if_match(call)
    if meant not in (None, current.version):
        raise PreconditionFailed(f"You changed version {meant}, but version {current.version} is current.")
    return current.version


def merge_patch(current: Any, changes: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with changes as RFC 7396 has them: null removes."""
    if not isinstance(changes, dict):
        return changes
    merged = dict(current) if isinstance(current, dict) else {}
    for name, change in changes.items():
        if change is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), change)
    return merged


def _reply(record: BusinessRecord, status: int = 200) -> Reply:
    body = {
        "id": record.id,
        "status": record.status,
        "version": record.version,
        "created_at": record.created_at.isoformat(),
        "updated_at": record.updated_at.isoformat(),
        "deleted_at": record.deleted_at.isoformat() if record.deleted_at else None,
        **record.config.model_dump(mode="json"),
    }
    return Reply(body, status, {"ETag": f'"{record.version}"'})


def _summary(record: BusinessRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.config.name,
        "status": record.status,
        "version": record.version,
        "created_at": record.created_at.isoformat(),
        "updated_at": record.updated_at.isoformat(),
    }


def _version(record: VersionRecord) -> dict[str, Any]:
    return {**vars(record), "created_at": record.created_at.isoformat()}
