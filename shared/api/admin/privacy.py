"""What a person may ask for: all that is kept of them, or that it is erased; and all that is kept of a business."""

import json
import logging
from collections.abc import Iterator
from typing import Any

from flask import Response

from shared import logs
from shared.adapters.sessions import codec
from shared.api.admin.person_search import Progress, begin, dump, load, told
from shared.api.admin.privacy_models import CrmOut, ErasedOut, EraseIn, ExportedOut, PersonIn
from shared.api.admin.services import AdminServices
from shared.domain.business import BusinessConfig
from shared.domain.errors import PlatformError
from shared.web.call import Call, Reply

_log = logging.getLogger(__name__)

_NO_STORE = {"Cache-Control": "no-store"}
_CRM_NOTE = (
    "Contacts, deals and notes in the business's own CRM are the business's to erase; an entry that was just being"
    " sent may still arrive there."
)


def erase_person(admin: AdminServices, call: Call) -> Reply:
    """Erase all that is kept of a person, or show how much that is."""
    body: EraseIn = call.body
    config = admin.businesses.get(call.business_id).config
    progress = _looked(admin, call, config)
    search = progress.search
    sessions, users = sorted(search.sessions), sorted(search.users)
    contacts = admin.past.traces.crm_contacts(call.business_id, sessions)
    progress.contacts = sorted({*progress.contacts, *contacts})
    live = {name for name in sessions if admin.sessions.read(call.business_id, name)}
    found = sorted(live | admin.past.traces.existing(call.business_id, sessions))
    redis = {"redis": len(live)} if live else {}
    if body.dry_run:
        progress.counts = {**admin.past.traces.count(call.business_id, sessions, users), **redis}
        progress.erased = len(found)
        return Reply(_proof(admin, call, config, progress, found), headers=_NO_STORE)
    counts = admin.past.erasure.erase(call.business_id, sessions, users)
    for name in {*users, *sessions, *search.subject.emails, *search.subject.phones}:  # a site may use any as user id
        admin.sessions.erase_visitor(call.business_id, name)
    admin.past.leftovers.clear(call.business_id)
    progress.add({**counts, **redis})
    progress.erased += len(found)
    search.sessions.clear()
    return Reply(_proof(admin, call, config, progress, []), headers=_NO_STORE)


def export_person(admin: AdminServices, call: Call) -> Reply:
    """Return all that is kept of a person."""
    body: PersonIn = call.body
    config = admin.businesses.get(call.business_id).config
    progress = _looked(admin, call, config)
    search = progress.search
    sessions = sorted(search.sessions)
    found = [admin.sessions.read(call.business_id, name) for name in sessions]
    subject = told(admin.secrets, call.business_id, body, config.region)
    admin.audit.note(call.business_id, call.actor.actor(call.request_id), "person.exported", subject.hash)
    exported = ExportedOut(
        subject=subject, at=admin.clock.now().isoformat(), complete=search.position is None,
        next=_next(admin, call, progress), live=[json.loads(codec.dump(one)) for one in found if one],
        data=admin.past.dossier.of_sessions(call.business_id, sessions, sorted(search.users)),
        unreadable_turns=search.unreadable,
    )  # fmt: skip
    return Reply(exported, headers=_NO_STORE)


def export_business(admin: AdminServices, call: Call) -> Response:
    """Stream everything of a business, a line of JSON a row; the last line says that it is whole."""
    admin.businesses.get(call.business_id)
    admin.audit.note(call.business_id, call.actor.actor(call.request_id), "business.exported")
    response = Response(_lines(admin, call), content_type="application/x-ndjson")
    response.headers["Content-Disposition"] = f'attachment; filename="{call.business_id}.ndjson"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(admin: AdminServices, call: Call) -> Iterator[bytes]:
    rows = 0
    yield _line({"table": "_about", "business_id": call.business_id, "at": admin.clock.now().isoformat(), "format": 1})
    with logs.bound(request_id=call.request_id, business_id=call.business_id):
        try:
            for table, row in admin.past.dossier.of_business(call.business_id):
                rows += 1
                yield _line({"table": table, "row": row})
            yield _line({"table": "_end", "rows": rows})
        except PlatformError:
            logs.event(_log, "export_cut", logging.ERROR, rows=rows)  # its reader misses the last line


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _looked(admin: AdminServices, call: Call, config: BusinessConfig) -> Progress:
    body: PersonIn = call.body
    progress = load(admin.past.vault, call.business_id, body, config) if body.next else begin(body, config)
    admin.past.persons.go_on(call.business_id, progress.search)
    return progress


def _next(admin: AdminServices, call: Call, progress: Progress) -> str | None:
    if progress.search.position is None:
        return None
    return dump(admin.past.vault, call.business_id, call.body, progress)


def _proof(admin: AdminServices, call: Call, config: BusinessConfig, progress: Progress, found: list[str]) -> ErasedOut:
    """Return what was done, and write it down: the counts, and of the person nothing but the hash."""
    body: EraseIn = call.body
    complete = progress.search.position is None
    subject = told(admin.secrets, call.business_id, body, config.region)
    if not body.dry_run:
        detail = {"kind": subject.kind, "counts": progress.counts, "complete": complete}
        actor = call.actor.actor(call.request_id)
        admin.audit.note(call.business_id, actor, "person.erased", subject.hash, detail)
    connector = config.crm.connector if config.crm else None
    return ErasedOut(
        subject=subject, dry_run=body.dry_run, at=admin.clock.now().isoformat(), complete=complete,
        next=_next(admin, call, progress), sessions=progress.erased, session_ids=found, counts=progress.counts,
        waiting=admin.past.leftovers.waiting(call.business_id), unreadable_turns=progress.search.unreadable,
        crm=CrmOut(connector=connector, contact_ids=progress.contacts, note=_CRM_NOTE),
    )  # fmt: skip
