"""Product catalogues as CSV, TSV or JSON: one entry a product; rows that are none are reported, not the end."""

import json
from collections.abc import Iterable
from typing import Any

from shared.ingestion.parse import columns
from shared.ingestion.parse.decoding import decoded
from shared.ingestion.parse.entries import Entries, Entry, Skipped
from shared.ingestion.parse.fragments import plain
from shared.ingestion.parse.product import product
from shared.ingestion.parse.readable import readable
from shared.ingestion.parse.tables import with_headings
from shared.ingestion.parse.unreadable import Unreadable

MAX_PRODUCTS = 20_000
_MAX_FIELD = 5000
_LISTS = ("products", "items", "data", "catalog", "results")


def parse_csv(data: bytes, delimiter: str = "") -> Entries:
    """Return the products of a CSV or TSV file with a heading row; comma, semicolon, tab or bar separated."""
    skipped = Skipped("row")
    return products(with_headings(data, skipped, delimiter), skipped)


def parse_json(data: bytes) -> Entries:
    """Return the products of a JSON file: a list of objects, or an object holding one."""
    try:
        return _listed(loaded(data))
    except (RecursionError, ValueError):  # values nested too deep, numbers too long to be written
        raise Unreadable("the JSON cannot be read") from None


def loaded(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a JSON file; Unreadable when it is none."""
    try:
        return json.loads(decoded(data))
    except (ValueError, RecursionError):
        raise Unreadable("the JSON cannot be read") from None


def products(rows: Iterable[tuple[int, dict[str, Any]]], skipped: Skipped) -> Entries:
    """Return the products among numbered rows of fields; a row that is none is added to `skipped`.

    Raises:
        Unreadable: there are none, or more than MAX_PRODUCTS.
    """
    found: list[Entry] = []
    for number, row in rows:
        fields = {readable(str(name)): plain(shown(value)[:_MAX_FIELD]) for name, value in row.items()}
        named = {name: value for name, value in fields.items() if name and value}
        if not named:
            continue
        entry = product(named, frozenset(columns.key_of(name) for name in fields))
        if entry is None:
            skipped.add(number, "has no name")
            continue
        found.append(entry)
        if len(found) > MAX_PRODUCTS:
            raise Unreadable(f"the catalogue has more than {MAX_PRODUCTS} products")
    if not found:
        raise Unreadable(f"the catalogue holds no products{''.join(f' ({note})' for note in skipped.note(0))}")
    return Entries(tuple(found), skipped.note(len(found)))


def shown(value: object) -> str:
    """Return a JSON value as people write it: lists with commas, truth as yes and no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {shown(item)}" for key, item in value.items())
    return str(value)


def _listed(content: Any) -> Entries:  # noqa: ANN401 - any JSON value
    if isinstance(content, dict):
        content = next((content[key] for key in _LISTS if isinstance(content.get(key), list)), [content])
    if not isinstance(content, list) or (content and not any(isinstance(item, dict) for item in content)):
        raise Unreadable("the JSON is not a list of products (objects)")
    skipped = Skipped("item")
    for number, item in enumerate(content, 1):
        if not isinstance(item, dict):
            skipped.add(number, "is not an object")
    return products(((number, item) for number, item in enumerate(content, 1) if isinstance(item, dict)), skipped)
