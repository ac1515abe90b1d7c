"""The search: filters over what the index has, which is older than what was written."""

import re
from collections.abc import Mapping
from typing import Any

from local.crm.hubspot import errors
from local.crm.hubspot.store import Record, Store
from local.crm.vendor import Json

_MAX_GROUPS, _MAX_FILTERS, _MAX_ALL, _MAX_LIMIT, _MAX_QUERY, _MAX_HITS = 6, 6, 18, 200, 3000, 10_000
_TEXT = ("email", "firstname", "lastname", "phone", "mobilephone", "company", "dealname", "hs_note_body", "name")
_ONE = ("EQ", "NEQ", "LT", "LTE", "GT", "GTE", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN")
_MANY = ("IN", "NOT_IN")
_NONE = ("HAS_PROPERTY", "NOT_HAS_PROPERTY")
_WANTS: dict[str, frozenset[str]] = {
    **dict.fromkeys(_ONE, frozenset({"value"})), **dict.fromkeys(_MANY, frozenset({"values"})),
    **dict.fromkeys(_NONE, frozenset()), "BETWEEN": frozenset({"value", "highValue"}),
}  # fmt: skip
Hits = list[tuple[Record, dict[str, str]]]


def find(store: Store, kind: str, body: Mapping[str, Any]) -> tuple[int, Hits, int | None]:
    """Return how many match, those of the page with what the index has of them, and where the next page starts."""
    groups = _groups(store, kind, body.get("filterGroups", []))
    limit, after = _page(body)
    query = body.get("query") or ""
    if not isinstance(query, str) or len(query) > _MAX_QUERY:
        raise _bad("query must be a string of at most 3000 characters")
    when = store.clock() - store.settings().search_lag_s
    seen = ((item, item.seen_at(when)) for item in store.of(kind))
    hits = [(item, values) for item, values in seen if values is not None and _matches(values, groups, query)]
    hits = _sorted(store, kind, hits, body.get("sorts", []))
    following = after + limit if after + limit < len(hits) else None
    return len(hits), hits[after : after + limit], following


def _groups(store: Store, kind: str, groups: object) -> list[list[Json]]:
    if not isinstance(groups, list) or len(groups) > _MAX_GROUPS:
        raise _bad(f"at most {_MAX_GROUPS} filterGroups are allowed")
    found = [group.get("filters") if isinstance(group, dict) else None for group in groups]
    read: list[list[Json]] = []
    for filters in found:
        if not isinstance(filters, list) or not 1 <= len(filters) <= _MAX_FILTERS:
            raise _bad(f"a filterGroup has 1 to {_MAX_FILTERS} filters")
        read.append([_checked(store, kind, item) for item in filters])
    if sum(len(filters) for filters in read) > _MAX_ALL:
        raise _bad(f"at most {_MAX_ALL} filters are allowed")
    return read


def _checked(store: Store, kind: str, item: object) -> Json:
    if not isinstance(item, dict) or set(item) - {"propertyName", "operator", "value", "values", "highValue"}:
        raise errors.unreadable("Unrecognized field of Filter")
    name, operator = item.get("propertyName"), item.get("operator")
    if name not in store.schema(kind):
        raise _bad(f"property {name} does not exist")
    wants = _WANTS.get(str(operator))
    given = {key for key in ("value", "values", "highValue") if item.get(key) is not None}
    if wants is None or given != wants:
        raise _bad(f"operator {operator} takes {sorted(wants or ())}")
    values = item.get("values")
    if "values" in given and not (isinstance(values, list) and all(isinstance(one, str) for one in values)):
        raise _bad("values must be a list of strings")
    return {**item, "type": store.schema(kind)[str(name)].type}


def _page(body: Mapping[str, Any]) -> tuple[int, int]:
    limit, after = body.get("limit", 10), body.get("after") or 0
    if not isinstance(limit, int) or not 0 <= limit <= _MAX_LIMIT:
        raise _bad(f"limit must be at most {_MAX_LIMIT}")
    if not str(after).isdigit() or int(after) + limit > _MAX_HITS:
        raise _bad("after must be a number below 10000")
    return limit, int(after)


def _matches(values: Mapping[str, str], groups: list[list[Json]], query: str) -> bool:
    if query and not any(query.lower() in values.get(name, "").lower() for name in _TEXT):
        return False
    return not groups or any(all(_fits(values, item) for item in filters) for filters in groups)


def _fits(values: Mapping[str, str], wanted: Json) -> bool:
    has, operator = values.get(wanted["propertyName"], "").lower(), str(wanted["operator"])
    if operator in _NONE:
        return bool(has) == (operator == "HAS_PROPERTY")
    if operator in _MANY:
        # HubSpot compares with the text in small letters, and does not make the given ones small.
        return bool(has) and (has in wanted["values"]) == (operator == "IN")
    value = str(wanted["value"]).lower()
    if operator.endswith("CONTAINS_TOKEN"):
        pattern = re.escape(value).replace(r"\*", r"\S*")
        found = any(re.fullmatch(pattern, token) for token in (has, *re.split(r"[\s@.]+", has)) if token)
        return found == (operator == "CONTAINS_TOKEN")
    if operator in ("EQ", "NEQ"):
        return (has == value) == (operator == "EQ")
    if not has:
        return False
    return _compared(operator, _sortable(has, wanted["type"]), value, wanted)


def _compared(operator: str, has: tuple[float, str], value: str, wanted: Json) -> bool:
    low = _sortable(value, wanted["type"])
    if operator == "BETWEEN":
        return low <= has <= _sortable(str(wanted["highValue"]).lower(), wanted["type"])
    return {"LT": has < low, "LTE": has <= low, "GT": has > low, "GTE": has >= low}[operator]


def _sortable(text: str, kind: str) -> tuple[float, str]:
    try:
        return (float(text), "") if kind == "number" else (0.0, text)
    except ValueError:
        return 0.0, text


def _sorted(store: Store, kind: str, hits: Hits, sorts: object) -> Hits:
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise _bad("only one sort is allowed")
    for sort in sorts:
        name = sort.get("propertyName") if isinstance(sort, dict) else sort
        direction = sort.get("direction", "ASCENDING") if isinstance(sort, dict) else "ASCENDING"
        if name not in store.schema(kind) or direction not in ("ASCENDING", "DESCENDING"):
            raise _bad("sorts name a property and a direction")
        key, kind_of = str(name), store.schema(kind)[str(name)].type
        hits = sorted(hits, key=lambda hit: _sortable(hit[1].get(key, ""), kind_of), reverse=direction == "DESCENDING")
    return hits


def _bad(why: str) -> errors.HubSpotError:
    detail = [{"message": why, "code": "INVALID_SEARCH"}]
    return errors.HubSpotError(400, f"There was a problem with the request: {why}", errors=detail)
