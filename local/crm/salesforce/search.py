"""Searches over the index, which lags behind: SOSL, and the parameterised search."""

import fnmatch
import re
from dataclasses import dataclass

from local.crm.salesforce.errors import ApiError
from local.crm.salesforce.schema import Kind
from local.crm.salesforce.soql import Parser, Test, tokens
from local.crm.salesforce.store import Store, digits
from local.crm.vendor import Json

SCOPES = {"EMAIL": ("email",), "PHONE": ("phone",), "NAME": (), "SIDEBAR": (), "ALL": ()}
MAX_FOUND = 2000

_FIND = re.compile(r"\s*FIND\s*\{((?:[^}\\]|\\.)*)\}(.*)", re.IGNORECASE | re.DOTALL)
_INDEXED = ("string", "email", "phone", "textarea", "combobox")


@dataclass(frozen=True)
class Wanted:
    """What one object contributes."""

    kind: Kind
    fields: tuple[str, ...] = ("Id",)
    where: Test = lambda _: True
    limit: int = 200


def sosl(store: Store, text: str) -> list[tuple[Kind, Json]]:
    """Run a SOSL search."""
    match = _FIND.fullmatch(text)
    if not match:
        raise ApiError(
            400, "MALFORMED_SEARCH", f"No search term found. The search term must be enclosed in braces: {text}"
        )
    parser = Parser(tokens(match[2]), store.kind)
    scope = "ALL"
    if parser.skip("IN"):
        scope = parser.name().upper()
        parser.take("FIELDS")
    wanted = [Wanted(kind) for kind in store.visible()]
    if parser.skip("RETURNING"):
        wanted = [_returning(store, parser)]
        while parser.skip(","):
            wanted.append(_returning(store, parser))
    limit = parser.whole() if parser.skip("LIMIT") else MAX_FOUND
    return _found(store, re.sub(r"\\(.)", r"\1", match[1]), scope, wanted)[:limit]


def parameterised(store: Store, body: Json) -> list[tuple[Kind, Json]]:
    """Run a search given as parameters."""
    term = body.get("q")
    if not isinstance(term, str) or len(digits(term) or term.strip()) < 2:  # noqa: PLR2004
        raise ApiError(400, "MALFORMED_SEARCH", "search term must be longer than one character")
    unknown = set(body) - {"q", "in", "fields", "sobjects", "overallLimit", "defaultLimit", "spellCorrection"}
    if unknown:
        raise ApiError(400, "JSON_PARSER_ERROR", f'Unrecognized field "{min(unknown)}"')
    common = body.get("fields") or ["Id"]
    limit = int(body.get("defaultLimit") or 200)
    wanted = [_parameters(store, item, common, limit) for item in body.get("sobjects") or []]
    wanted = wanted or [Wanted(kind) for kind in store.visible()]
    found = _found(store, term, str(body.get("in") or "ALL").upper(), wanted)
    return found[: int(body.get("overallLimit") or MAX_FOUND)]


def _parameters(store: Store, item: Json, common: list[str], limit: int) -> Wanted:
    kind = store.kind(str(item.get("name")))
    where: Test = lambda _: True  # noqa: E731
    parser = Parser(tokens(str(item.get("where") or "")), store.kind)
    if item.get("where"):
        where = parser.conditions(kind)
    names = tuple(parser.field(kind, name).name for name in item.get("fields") or common)
    return Wanted(kind, names, where, int(item.get("limit") or limit))


def _returning(store: Store, parser: Parser) -> Wanted:
    name = parser.name()
    try:
        kind = store.kind(name)
    except ApiError:
        raise ApiError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.") from None
    if not parser.skip("("):
        return Wanted(kind)
    names = tuple(parser.field(kind, item).name for item in parser.names())
    where, _, limit, _ = parser.tail(kind)
    parser.take(")")
    return Wanted(kind, names, where, limit)


def _found(store: Store, term: str, scope: str, wanted: list[Wanted]) -> list[tuple[Kind, Json]]:
    if scope not in SCOPES:
        raise ApiError(400, "MALFORMED_SEARCH", f"unexpected scope: {scope}")
    found = []
    for item in wanted:
        rows = [row for row in store.found_by_search(item.kind.name) if _matches(item.kind, row, term, scope)]
        chosen = [row for row in rows if item.where(row)][: item.limit]
        found += [(item.kind, {name: row.get(name) for name in item.fields}) for row in chosen]
    return found


def _matches(kind: Kind, row: Json, term: str, scope: str) -> bool:
    for item in kind.fields.values():
        text = row.get(item.name)
        if not isinstance(text, str) or not _in_scope(item.type, item.name, scope):
            continue
        if item.type == "phone" and digits(term) and digits(text) == digits(term):
            return True
        words = [text.lower(), *re.split(r"[^\w@.+-]+", text.lower())]
        if all(any(fnmatch.fnmatch(word, part) for word in words) for part in term.lower().split()):
            return True
    return False


def _in_scope(kind: str, name: str, scope: str) -> bool:
    if scope in ("NAME", "SIDEBAR"):
        return "Name" in name
    return kind in (SCOPES[scope] or _INDEXED)
