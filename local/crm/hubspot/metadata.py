"""The paths of what objects are made of: properties, their groups, and the deals' pipelines."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.routing import Route

from local.crm.hubspot import errors
from local.crm.hubspot.call import Answer, Call, Paths
from local.crm.hubspot.gate import scope
from local.crm.hubspot.properties import FIELD_TYPES, Property
from local.crm.hubspot.store import PIPELINES
from local.crm.vendor import Json

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_UNIQUE_MOST = 10
_FIELDS = (
    "name", "label", "type", "fieldType", "groupName", "description", "options", "displayOrder", "hasUniqueValue",
    "hidden", "formField", "externalOptions", "dataSensitivity", "textDisplayHint", "numberDisplayHint",
    "calculationFormula", "referencedObjectType", "showCurrencySymbol", "currencyPropertyName",
)  # fmt: skip


def routes(paths: Paths) -> list[Route]:
    """Return the paths, the narrower ones first."""
    return [
        *paths.route("v3", "properties", "{object}/groups", GET=_groups),
        *paths.route("v3", "properties", "{object}", GET=_list, POST=_create),
        *paths.route("v3", "properties", "{object}/{name}", GET=_get, DELETE=_archive),
        *paths.route("v3", "pipelines", "{object}", GET=_pipelines),
    ]


def _readable(call: Call) -> str:
    kind = call.store.kind(call.path["object"])
    call.gate.demand(scope(kind, "read"), scope(kind, "read", "schemas"))
    return kind


def _writable(call: Call) -> str:
    kind = call.store.kind(call.path["object"])
    call.gate.demand(scope(kind, "write", "schemas"))
    return kind


def _list(call: Call) -> Answer:
    known = call.store.schema(_readable(call))
    return 200, {"results": [item.json() for item in known.values()]}


def _get(call: Call) -> Answer:
    found = call.store.schema(_readable(call)).get(call.path["name"])
    if found is None:
        raise errors.HubSpotError(404, f'Property "{call.path["name"]}" does not exist', "OBJECT_NOT_FOUND")
    return 200, found.json()


def _create(call: Call) -> Answer:
    kind = _writable(call)
    call.only(*_FIELDS)
    known = call.store.schema(kind)
    made = _made(kind, call.body, {item.group for item in known.values()})
    if made.name in known:
        message = f"A property named '{made.name}' already exists."
        raise errors.HubSpotError(409, message, "OBJECT_ALREADY_EXISTS", subCategory="Properties.PROPERTY_EXISTS")
    if made.unique and sum(item.unique and item.own for item in known.values()) >= _UNIQUE_MOST:
        raise errors.HubSpotError(400, f"At most {_UNIQUE_MOST} properties can have unique values.")
    known[made.name] = made
    return 201, made.json()


def _made(kind: str, body: Mapping[str, Any], groups: set[str]) -> Property:
    texts = {name: body.get(name) for name in ("name", "label", "type", "fieldType", "groupName")}
    absent = [name for name, value in texts.items() if not isinstance(value, str) or not value]
    if absent:
        raise errors.unreadable(f"Some required fields were not set: {absent}")
    name, kind_of, field_type, group = (str(texts[key]) for key in ("name", "type", "fieldType", "groupName"))
    if not _NAME.fullmatch(name):
        raise errors.HubSpotError(400, f"The property name {name} is not valid: small letters, digits and _ only.")
    if field_type not in FIELD_TYPES.get(kind_of, ()):
        raise errors.HubSpotError(400, f"fieldType {field_type} does not go with type {kind_of}.")
    if group not in groups:
        raise errors.HubSpotError(400, f"Property group {group} does not exist on {kind}.")
    unique = body.get("hasUniqueValue", False)
    if not isinstance(unique, bool) or (unique and kind_of not in ("string", "number")):
        raise errors.HubSpotError(400, f"A property of type {kind_of} cannot have unique values.")
    options = body.get("options") or []
    if kind_of == "enumeration" and not options and not body.get("externalOptions"):
        raise errors.HubSpotError(400, "An enumeration needs options.")
    pairs = tuple((str(option["value"]), str(option["label"])) for option in options)
    description = str(body.get("description") or "")
    return Property(
        name, kind_of, field_type, str(texts["label"]), group, pairs, unique, own=True, description=description
    )


def _archive(call: Call) -> Answer:
    found = call.store.schema(_writable(call))
    if call.path["name"] not in found or not found[call.path["name"]].own:
        raise errors.missing()
    del found[call.path["name"]]
    return 204, None


def _groups(call: Call) -> Answer:
    names = dict.fromkeys(item.group for item in call.store.schema(_readable(call)).values())
    return 200, {
        "results": [{"name": name, "label": name, "displayOrder": -1, "archived": False} for name in names]
    }  # fmt: skip


def _pipelines(call: Call) -> Answer:
    if _readable(call) != "deals":
        return 200, {"results": []}
    return 200, {"results": [_pipeline(*item) for item in PIPELINES]}


def _pipeline(name: str, label: str, place: int, stages: tuple[tuple[str, str, int], ...]) -> Json:
    dates = {"createdAt": "2026-01-05T08:00:00.000Z", "updatedAt": "2026-01-05T08:00:00.000Z", "archived": False}
    shown = [
        {"id": stage, "label": text, "displayOrder": order, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
         "metadata": {"isClosed": str(stage.startswith("closed")).lower(), "probability": "0.2"}, **dates}
        for stage, text, order in stages
    ]  # fmt: skip
    return {"id": name, "label": label, "displayOrder": place, "stages": shown, **dates}
