"""A business's CRM: connect it, check it, see what would be sent, and what waits in the outbox."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NoReturn

from shared.adapters.crm.accounts import NAMES, schemas
from shared.adapters.crm.trials import Trial
from shared.adapters.postgres.crm_credentials import REFRESH_TOKEN, StoredCredentials
from shared.adapters.vault import VaultError
from shared.api.admin.businesses import expected_version, save
from shared.api.admin.crm_models import CrmIn, OpenApiIn, PreviewIn
from shared.api.admin.paging import page, text_cursor
from shared.api.admin.services import AdminServices
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.crm.mapping import complaints, contact_of, unknown
from shared.domain.business import BusinessConfig
from shared.domain.crm import CrmConfig
from shared.domain.errors import Conflict, FieldError, Invalid, Unavailable
from shared.domain.outbox import OutboxRecord
from shared.web.bodies import validated
from shared.web.call import Call, Reply

_NO_STORE = {"Cache-Control": "no-store"}


def connectors(admin: AdminServices, call: Call) -> Reply:
    """List the connectors there are."""
    admin.businesses.get(call.business_id)
    return Reply({"items": [schemas(name) for name in NAMES]})


def get_crm(admin: AdminServices, call: Call) -> Reply:
    """Return the connection, whether credentials are stored, and how the outbox stands."""
    return _reply(admin, call)


def put_crm(admin: AdminServices, call: Call) -> Reply:
    """Connect a CRM, or change the connection: checked against the CRM itself before anything is kept."""
    body: CrmIn = call.body
    current = admin.businesses.get(call.business_id)
    version = expected_version(call, current)
    crm = validated(body.config)
    config = _with(current.config, crm)
    stored = None if body.credentials is not None else _stored(admin, call, body.connector)
    trial = admin.crm.open(call.business_id, crm, stored.values if stored else _given(body))
    if call.query.check:
        try:
            settings = _checked(trial, config)
        finally:
            if stored:
                _keep_replaced(admin, call, stored, trial)
        config = _with(config, crm.model_copy(update={"settings": {**crm.settings, **settings}}))
    save(admin, call, config, version)  # first: when somebody was faster, the credentials are still those of theirs
    if stored is None:
        admin.crm_credentials.put(call.business_id, crm.connector, trial.credentials, call.actor.actor(call.request_id))
    return _reply(admin, call)


def delete_crm(admin: AdminServices, call: Call) -> Reply:
    """Disconnect: the credentials are removed. What waits is parked, for a retry when a CRM is connected again."""
    current = admin.businesses.get(call.business_id)
    version = expected_version(call, current)
    if current.config.crm:
        save(admin, call, _with(current.config, None), version)
    admin.crm_credentials.delete(call.business_id, call.actor.actor(call.request_id))
    return Reply()


def test_crm(admin: AdminServices, call: Call) -> Reply:
    """Say exactly what works with the stored credentials, and what permission is missing."""
    crm = _connected(admin, call)
    try:
        checks = [asdict(check) for check in admin.crm.kept(call.business_id, crm, lambda one: one.check())]
    except CrmError as error:
        checks = [{"name": "sign in", "ok": False, "detail": error.detail, "missing_scopes": error.missing_scopes}]
    return Reply({"ok": all(check["ok"] for check in checks), "checks": checks}, headers=_NO_STORE)


def get_fields(admin: AdminServices, call: Call) -> Reply:
    """List the properties that the CRM has."""
    crm, kind = _connected(admin, call), call.query.object
    try:
        fields = admin.crm.kept(call.business_id, crm, lambda one: one.fields(kind))
    except CrmError as error:
        _raise(error)
    return Reply({"items": [asdict(field) for field in fields]})


def preview(admin: AdminServices, call: Call) -> Reply:
    """Show what a visitor's contact would be delivered with; nothing in the CRM changes."""
    body: PreviewIn = call.body
    crm = _connected(admin, call)
    specs = admin.businesses.get(call.business_id).config.all_fields()
    unknown = [FieldError(("fields", name), "there is no such field") for name in body.fields if name not in specs]
    if unknown:
        raise Invalid(unknown)
    identity = next((f"{name}:{body.fields[name]}" for name in ("email", "phone") if body.fields.get(name)), "")
    if not identity:
        raise Invalid([FieldError(("fields",), "an e-mail address or a phone number is needed")])
    payload = {"identity": identity, "verified": body.verified, "fields": body.fields}
    contact = contact_of(call.business_id, payload, crm, specs)
    try:
        requests = admin.crm.rehearse(call.business_id, crm, lambda one: save_contact(one, contact))
    except CrmError as error:
        _raise(error)
    calls = [
        {
            "does": request.does, "method": request.method, "url": request.target,
            "body": request.json if request.json is not None else request.form, "sent": not request.writes,
        }
        for request in requests
    ]  # fmt: skip
    return Reply({"calls": calls}, headers=_NO_STORE)


def import_openapi(admin: AdminServices, call: Call) -> Reply:
    """Draft the settings of the connector `http` from an API's own description. Nothing is kept."""
    from shared.crm.openapi_import import suggest

    admin.businesses.get(call.business_id)
    body: OpenApiIn = call.body
    try:
        found = suggest(body.document)
    except ValueError as error:
        raise Invalid([FieldError(("document",), str(error))]) from None
    return Reply({"settings": found.settings, "notes": list(found.notes)})


def list_outbox(admin: AdminServices, call: Call) -> Reply:
    """List what was handed over, newest first."""
    query = call.query
    found = admin.outbox.list_of(call.business_id, query.limit + 1, text_cursor(query.cursor), query.status, query.kind)
    return Reply(page(found, query.limit, lambda entry: entry.id, _show), headers=_NO_STORE)


def get_entry(admin: AdminServices, call: Call) -> Reply:
    """Return one entry."""
    return Reply(_show(admin.outbox.get(call.business_id, call.path["entry_id"])), headers=_NO_STORE)


def retry_entry(admin: AdminServices, call: Call) -> Reply:
    """Try one entry again now."""
    entries = admin.outbox.requeue(call.business_id, call.path["entry_id"], call.actor.actor(call.request_id))
    return Reply({"entries": entries})


def retry_all(admin: AdminServices, call: Call) -> Reply:
    """Try everything that is parked again now."""
    return Reply({"entries": admin.outbox.requeue(call.business_id, None, call.actor.actor(call.request_id))})


def cancel_entry(admin: AdminServices, call: Call) -> Reply:
    """Give an entry up; a retry takes that back."""
    entry = admin.outbox.cancel(call.business_id, call.path["entry_id"], call.actor.actor(call.request_id))
    return Reply(_show(entry))


def _with(config: BusinessConfig, crm: CrmConfig | None) -> BusinessConfig:
    changed = {**config.model_dump(), "crm": crm.model_dump() if crm else None}
    return validated(lambda: BusinessConfig.model_validate(changed))


def _given(body: CrmIn) -> Mapping[str, str]:
    return {name: secret.get_secret_value() for name, secret in (body.credentials or {}).items()}


def _stored(admin: AdminServices, call: Call, connector: str) -> StoredCredentials:
    try:
        stored = admin.crm_credentials.get(call.business_id)
    except VaultError:
        stored = None
    if stored is None or stored.connector != connector:
        raise Invalid([FieldError(("credentials",), f"none are stored for {connector} yet")])
    return stored


def _keep_replaced(admin: AdminServices, call: Call, stored: StoredCredentials, trial: Trial) -> None:
    """Keep a refresh token the CRM gave while it was asked, however that ended: the stored one is good no more."""
    newer = trial.credentials.get(REFRESH_TOKEN, "")
    if newer != stored.values.get(REFRESH_TOKEN, ""):
        admin.crm_credentials.save_token(call.business_id, None, newer, read_at=stored.updated_at)


def _checked(trial: Trial, config: BusinessConfig) -> Mapping[str, str]:
    """Return settings to add, after the CRM was made ready and the mapping compared with its own metadata."""
    crm, specs = config.crm, config.all_fields()
    assert crm is not None  # noqa: S101 - the caller's case
    problems: list[FieldError] = []
    try:
        settings = trial.run(lambda one: one.prepare())
        if crm.contact or crm.identity_property:
            remote = trial.run(lambda one: one.fields("contact"))
            problems += complaints(specs, crm.contact, remote, ("contact",))
            problems += unknown(crm.identity_property, remote, ("identity_property",))
        if crm.deal and crm.deal.properties:
            remote = trial.run(lambda one: one.fields("deal"))
            problems += complaints(specs, crm.deal.properties, remote, ("deal", "properties"))
    except CrmError as error:
        _raise(error)
    if problems:
        raise Invalid(problems)
    return settings


def _connected(admin: AdminServices, call: Call) -> CrmConfig:
    crm = admin.businesses.get(call.business_id).config.crm
    if crm is None:
        raise Conflict("Connect a CRM first: PUT it to this address.", code="no_crm")
    return crm


def _raise(error: CrmError) -> NoReturn:
    if error.passing:
        raise Unavailable(f"The CRM cannot be asked now: {error.detail}.", retry_after_s=error.retry_after_s or 5)
    missing = f" Missing: {', '.join(error.missing_scopes)}." if error.missing_scopes else ""
    raise Conflict(f"The CRM says no: {error.detail}.{missing}", code=f"crm_{error.category}")


def _reply(admin: AdminServices, call: Call) -> Reply:
    record = admin.businesses.get(call.business_id)
    status = admin.crm_credentials.status(call.business_id)
    body: dict[str, Any] = {
        "crm": record.config.crm.model_dump(mode="json") if record.config.crm else None,
        "credentials": {**asdict(status), "updated_at": status.updated_at.isoformat()} if status else None,
        "outbox": admin.outbox.counts(call.business_id),
    }
    return Reply(body, headers={"ETag": f'"{record.version}"', **_NO_STORE})


def _show(entry: OutboxRecord) -> dict[str, Any]:
    times = ("created_at", "updated_at", "next_at", "delivered_at")
    shown = {name: value for name, value in asdict(entry).items() if name not in (*times, "key")}
    moments = {name: getattr(entry, name) for name in times}
    return {**shown, **{name: moment.isoformat() if moment else None for name, moment in moments.items()}}
