"""The paths of records: one by one, in batches, searched, merged."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from starlette.routing import Route

from local.crm.hubspot import errors, search
from local.crm.hubspot.call import Answer, Call, Paths
from local.crm.hubspot.properties import stamp
from local.crm.hubspot.store import Record, label, type_id
from local.crm.vendor import Json

# From a note: to a contact, to a deal. From a deal, from a contact.
LINKS = {
    ("notes", "contacts"): 202, ("contacts", "notes"): 201, ("notes", "deals"): 214, ("deals", "notes"): 213,
    ("deals", "contacts"): 3, ("contacts", "deals"): 4,
}  # fmt: skip
CUSTOM_LINK = 1001
_SHOWN = {
    "contacts": ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    "deals": ("amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate", "hs_object_id",
              "pipeline"),
    "notes": ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
}  # fmt: skip
_ALWAYS = ("hs_object_id", "createdate", "hs_createdate", "lastmodifieddate", "hs_lastmodifieddate")
_TRACE = "objectWriteTraceId"
_MAX_PAGE = 100
Write = Callable[[Json], tuple[Record, Json]]


def routes(paths: Paths) -> list[Route]:
    """Return the paths, the narrower ones first."""
    return [
        *paths.route("v3", "objects", "{object}/search", POST=_search),
        *paths.route("v3", "objects", "{object}/merge", POST=_merge),
        *paths.route("v3", "objects", "{object}/batch/read", POST=_batch_read),
        *paths.route("v3", "objects", "{object}/batch/create", POST=_batch_create),
        *paths.route("v3", "objects", "{object}/batch/update", POST=_batch_update),
        *paths.route("v3", "objects", "{object}/batch/upsert", POST=_batch_upsert),
        *paths.route("v3", "objects", "{object}/batch/archive", POST=_batch_archive),
        *paths.route("v3", "objects", "{object}", GET=_list, POST=_create),
        *paths.route("v3", "objects", "{object}/{id}", GET=_get, PATCH=_update, DELETE=_archive),
    ]


def _create(call: Call) -> Answer:
    kind = call.kind("write")
    call.only("properties", "associations", _TRACE)
    made = _made(call, kind, call.body)
    return 201, _json(made, tuple(made.values))


def _made(call: Call, kind: str, body: Mapping[str, Any]) -> Record:
    given = _properties(body)
    if kind == "notes" and not given.get("hs_timestamp"):
        detail = [{"message": "hs_timestamp is required", "code": "REQUIRED_FIELD",
                   "context": {"properties": ["hs_timestamp"]}}]  # fmt: skip
        message = "Error creating NOTE. Some required properties were not set."
        raise errors.HubSpotError(400, message, errors=detail, context={"properties": ["hs_timestamp"]})
    if kind == "contacts" and not given:
        raise errors.HubSpotError(400, "Error creating CONTACT. No properties were set.")
    targets = [_target(call, kind, item) for item in _list_of(body.get("associations"), "associations")]
    made = call.store.create(kind, given)
    for target in targets:
        call.store.link(made, target)
    return made


def _target(call: Call, kind: str, item: Mapping[str, Any]) -> Record:
    to, types = item.get("to"), _list_of(item.get("types"), "types")
    if not isinstance(to, dict) or not isinstance(to.get("id"), str | int) or not types:
        raise errors.unreadable("Missing required creator property 'to' or 'types'")
    numbers = {number: end for (start, end), number in LINKS.items() if start == kind}
    target = numbers.get(types[0].get("associationTypeId", 0))
    if types[0].get("associationCategory") != "HUBSPOT_DEFINED" or target is None:
        raise errors.HubSpotError(400, f"No association type with id {types[0].get('associationTypeId')}")
    try:
        return call.store.get(target, str(to["id"]))
    except errors.HubSpotError:
        raise errors.bad_association(label(target), str(to["id"])) from None


def _get(call: Call) -> Answer:
    kind = call.kind("read")
    archived = _archived(call)
    found = call.store.get(kind, call.path["id"], call.query.get("idProperty", ""), archived=archived)
    return 200, _json(found, _asked(call, kind))


def _list(call: Call) -> Answer:
    kind = call.kind("read")
    limit, after = call.query.get("limit", "10"), call.query.get("after", "0")
    if not limit.isdigit() or not 1 <= int(limit) <= _MAX_PAGE or not after.isdigit():
        raise errors.HubSpotError(400, f"limit must be between 1 and {_MAX_PAGE}, after a cursor")
    found = sorted(
        (item for item in call.store.of(kind, archived=_archived(call))
         if int(item.id) > int(after)),
        key=lambda item: int(item.id),
    )  # fmt: skip
    page = found[: int(limit)]
    paging = {"paging": {"next": {"after": page[-1].id, "link": f"?after={page[-1].id}"}}} if found[len(page) :] else {}
    return 200, {"results": [_json(item, _asked(call, kind)) for item in page], **paging}


def _update(call: Call) -> Answer:
    kind = call.kind("write")
    call.only("properties", _TRACE)
    found = call.store.get(kind, call.path["id"], call.query.get("idProperty", ""))
    given = _properties(call.body)
    call.store.update(found, given)
    return 200, _json(found, (*given, *_ALWAYS))


def _archive(call: Call) -> Answer:
    kind = call.kind("write")
    call.store.get(kind, call.path["id"]).archived = True
    return 204, None


def _merge(call: Call) -> Answer:
    kind = call.kind("write")
    ids = [call.body.get(name) for name in ("primaryObjectId", "objectIdToMerge")]
    if not all(isinstance(item, str) for item in ids) or ids[0] == ids[1]:
        raise errors.unreadable("Missing required creator property 'primaryObjectId' or 'objectIdToMerge'")
    first, second = (call.store.get(kind, str(item)) for item in ids)
    return 200, _json(call.store.merge(first, second), _SHOWN.get(kind, _ALWAYS))


def _search(call: Call) -> Answer:
    kind = call.kind("read")
    call.only("filterGroups", "sorts", "query", "properties", "limit", "after")
    total, page, following = search.find(call.store, kind, call.body)
    shown = _names(call.body.get("properties")) or _SHOWN.get(kind, _ALWAYS)
    results = [_json(item, (*shown, *_ALWAYS), values) for item, values in page]
    paging = {} if following is None else {"paging": {"next": {"after": str(following)}}}
    return 200, {"total": total, "results": results, **paging}


def _batch_read(call: Call) -> Answer:
    kind = call.kind("read")
    call.only("inputs", "properties", "propertiesWithHistory", "idProperty")
    key = call.body.get("idProperty") or ""
    shown = _names(call.body.get("properties")) or _SHOWN.get(kind, _ALWAYS)
    if key and key != "hs_object_id":
        call.store.unique(kind, key)
    found: list[Json] = []
    gone: list[str] = []
    for item in call.inputs():
        record_id = str(item.get("id", ""))
        try:
            found.append(_json(call.store.get(kind, record_id, key), (*shown, *_ALWAYS)))
        except errors.HubSpotError:
            gone.append(record_id)
    if not gone:
        return 200, _batch(found)
    return 207, _batch(found, [errors.no_objects(label(kind), gone).item({"ids": gone})])


def _batch_create(call: Call) -> Answer:
    kind = call.kind("write")

    def write(item: Json) -> tuple[Record, Json]:
        made = _made(call, kind, item)
        return made, _json(made, tuple(made.values))

    return _written(call, write, 201)


def _batch_update(call: Call) -> Answer:
    kind = call.kind("write")

    def write(item: Json) -> tuple[Record, Json]:
        found = call.store.get(kind, str(item.get("id", "")), item.get("idProperty") or "")
        given = _properties(item)
        return call.store.update(found, given), _json(found, (*given, *_ALWAYS))

    return _written(call, write, 200)


def _batch_upsert(call: Call) -> Answer:
    kind = call.kind("write")
    inputs = call.inputs()
    ids = [str(item.get("id", "")) for item in inputs]
    if len(set(ids)) < len(ids):
        raise errors.HubSpotError(400, f"Duplicate IDs found in batch input: {sorted(ids)}")

    def write(item: Json) -> tuple[Record, Json]:
        key, value = item.get("idProperty"), str(item.get("id", ""))
        if not isinstance(key, str) or not value:
            raise errors.not_unique(type_id(kind), str(key))
        found = call.store.holder(kind, call.store.unique(kind, key), value)
        given = _properties(item)
        if found:
            call.store.update(found, given or {key: value})
        else:
            found = call.store.create(kind, {**given, key: value})
            return found, {**_json(found, (*found.values,)), "new": True}
        return found, {**_json(found, (*given, *_ALWAYS)), "new": False}

    return _written(call, write, 200)


def _batch_archive(call: Call) -> Answer:
    kind = call.kind("write")
    for item in call.inputs():
        try:
            call.store.get(kind, str(item.get("id", ""))).archived = True
        except errors.HubSpotError:
            continue
    return 204, None


def _written(call: Call, write: Write, status: int) -> Answer:
    """Write a batch. HubSpot takes all or nothing, unless every input carries a trace id: then each for itself."""
    inputs = call.inputs()
    alone = all(item.get(_TRACE) for item in inputs) or call.store.settings().extra.get("multi_status")
    kept = call.store.snapshot()
    found: list[Json] = []
    wrong: list[Json] = []
    for item in inputs:
        trace = {_TRACE: item[_TRACE]} if item.get(_TRACE) else {}
        try:
            found.append({**write(item)[1], **trace})
        except errors.HubSpotError as error:
            if not alone:
                call.store.restore(kept)
                raise
            wrong.append(error.item({name: [str(value)] for name, value in trace.items()}))
    return (207, _batch(found, wrong)) if wrong else (status, _batch(found))


def _batch(found: list[Json], wrong: list[Json] | None = None) -> Json:
    now = stamp(dt.datetime.now(dt.UTC))
    failed = {"numErrors": len(wrong), "errors": wrong} if wrong else {}
    return {"status": "COMPLETE", "results": found, **failed, "startedAt": now, "completedAt": now}


def _json(item: Record, names: tuple[str, ...], values: Mapping[str, str] | None = None) -> Json:
    has = item.values if values is None else values
    shown = {name: has.get(name) for name in dict.fromkeys(names) if name in has or name not in _ALWAYS}
    archived = {"archivedAt": stamp(item.updated)} if item.archived else {}
    return {
        "id": item.id, "properties": shown, "createdAt": stamp(item.created), "updatedAt": stamp(item.updated),
        "archived": item.archived, **archived,
    }  # fmt: skip


def _archived(call: Call) -> bool:
    return call.query.get("archived", "").lower() == "true"


def _asked(call: Call, kind: str) -> tuple[str, ...]:
    """Return the properties a query asks for; HubSpot leaves out what it does not know."""
    names = [name.strip() for name in call.query.get("properties", "").split(",") if name.strip()]
    known = tuple(name for name in names if name in call.store.schema(kind))
    return (*known, *_ALWAYS) if names else _SHOWN.get(kind, _ALWAYS)


def _names(found: object) -> tuple[str, ...]:
    return tuple(str(name) for name in found) if isinstance(found, list) else ()


def _properties(body: Mapping[str, Any]) -> dict[str, object]:
    found = body.get("properties")
    if not isinstance(found, dict):
        raise errors.unreadable("Missing required creator property 'properties'")
    return found


def _list_of(found: object, name: str) -> list[Json]:
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise errors.unreadable(f"Cannot deserialize value of '{name}'")
    return found
