"""The associations' paths, version 4: each link is seen from both its ends."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from starlette.routing import Route

from local.crm.hubspot import errors
from local.crm.hubspot.call import Answer, Call, Paths
from local.crm.hubspot.objects import CUSTOM_LINK, LINKS
from local.crm.hubspot.properties import stamp
from local.crm.hubspot.store import Record, label
from local.crm.vendor import Json

_MAX_PAGE = 500


def routes(paths: Paths) -> list[Route]:
    """Return the paths."""
    between = "{object}/{id}/associations"
    return [
        *paths.route("v4", "objects", f"{between}/default/{{target}}/{{to}}", PUT=_put_default),
        *paths.route("v4", "objects", f"{between}/{{target}}/{{to}}", PUT=_put, DELETE=_delete),
        *paths.route("v4", "objects", f"{between}/{{target}}", GET=_list),
        *paths.route("v4", "associations", "{object}/{target}/batch/associate/default", POST=_batch_default),
        *paths.route("v4", "associations", "{object}/{target}/batch/create", POST=_batch_create),
        *paths.route("v4", "associations", "{object}/{target}/batch/read", POST=_batch_read),
    ]


def _put_default(call: Call) -> Answer:
    return 200, _batch(_linked(call, call.path["id"], call.path["to"]))


def _put(call: Call) -> Answer:
    # Only unlabelled links are kept here: of the types it is enough that there is one.
    if not call.body.get("list"):
        raise errors.unreadable("Missing association types")
    _linked(call, call.path["id"], call.path["to"])
    one, other = call.store.kind(call.path["object"]), call.store.kind(call.path["target"])
    return 201, {
        "fromObjectTypeId": one, "fromObjectId": int(call.path["id"]), "toObjectTypeId": other,
        "toObjectId": int(call.path["to"]), "labels": [],
    }  # fmt: skip


def _delete(call: Call) -> Answer:
    one, other = call.kind("write"), call.store.kind(call.path["target"])
    call.store.unlink(call.store.get(one, call.path["id"]), call.store.get(other, call.path["to"]))
    return 204, None


def _list(call: Call) -> Answer:
    one, other = call.kind("read"), call.store.kind(call.path["target"])
    found = _of(call, call.store.get(one, call.path["id"]), other)
    limit, after = call.query.get("limit", str(_MAX_PAGE)), call.query.get("after", "0")
    if not limit.isdigit() or not 1 <= int(limit) <= _MAX_PAGE or not after.isdigit():
        raise errors.HubSpotError(400, f"limit must be between 1 and {_MAX_PAGE}, after a cursor")
    end = int(after) + int(limit)
    paging = {"paging": {"next": {"after": str(end), "link": f"?after={end}"}}} if end < len(found) else {}
    return 200, {"results": found[int(after) : end], **paging}


def _batch_default(call: Call) -> Answer:
    made = [_linked(call, *_ends(item)) for item in call.inputs(1000)]
    return 200, _batch([one for both in made for one in both])


def _batch_create(call: Call) -> Answer:
    found: list[Json] = []
    for item in call.inputs(1000):
        if not isinstance(item.get("types"), list) or not item["types"]:
            raise errors.unreadable("Missing required creator property 'types'")
        start, end = _ends(item)
        _linked(call, start, end)
        found.append({"fromObjectId": start, "toObjectId": end, "labels": []})
    return 201, _batch(found)


def _batch_read(call: Call) -> Answer:
    one, other = call.kind("read"), call.store.kind(call.path["target"])
    found = [call.store.get(one, str(item.get("id", ""))) for item in call.inputs(1000)]
    return 200, _batch([{"from": {"id": item.id}, "to": _of(call, item, other)} for item in found])


def _linked(call: Call, start: str, end: str) -> list[Json]:
    one, other = call.kind("write"), call.store.kind(call.path["target"])
    if other in ("contacts", "deals"):
        call.kind("read", "target")
    first, second = (_end(call, kind, record_id) for kind, record_id in ((one, start), (other, end)))
    call.store.link(first, second)
    return [
        {
            "from": {"id": a.id}, "to": {"id": b.id},
            "associationSpec": {"associationCategory": _category(a, b), "associationTypeId": _number(a, b)},
        }
        for a, b in ((first, second), (second, first))
    ]  # fmt: skip


def _end(call: Call, kind: str, record_id: str) -> Record:
    try:
        return call.store.get(kind, record_id)
    except errors.HubSpotError:
        raise errors.bad_association(label(kind), record_id) from None


def _ends(item: Mapping[str, Any]) -> tuple[str, str]:
    ends = [item.get(name) for name in ("from", "to")]
    ids = [str(end["id"]) for end in ends if isinstance(end, dict) and end.get("id")]
    if len(ids) < len(ends):
        raise errors.unreadable("Missing required creator property 'from' or 'to'")
    return ids[0], ids[1]


def _of(call: Call, item: Record, kind: str) -> list[Json]:
    """Return what a record is linked to. The ids are numbers here, unlike everywhere else."""
    others = [call.store.records[other] for other in call.store.linked(item.id, kind)]
    return [
        {
            "toObjectId": int(other.id),
            "associationTypes": [{"category": _category(item, other), "typeId": _number(item, other), "label": None}],
        }
        for other in others
    ]


def _number(one: Record, other: Record) -> int:
    return LINKS.get((one.kind, other.kind), CUSTOM_LINK)


def _category(one: Record, other: Record) -> str:
    return "HUBSPOT_DEFINED" if (one.kind, other.kind) in LINKS else "USER_DEFINED"


def _batch(found: list[Json]) -> Json:
    now = stamp(dt.datetime.now(dt.UTC))
    return {"status": "COMPLETE", "results": found, "startedAt": now, "completedAt": now}
