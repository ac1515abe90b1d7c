"""Product catalogues as CSV or JSON: one document a product, so that each is found and cited on its own."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.domain.text import clean
from shared.domain.urls import check_web_url
from shared.ingestion.parse.decoding import decoded
from shared.ingestion.parse.unreadable import Unreadable

MAX_PRODUCTS = 20_000
_MAX_FIELD = 5000
_TITLE = ("title", "name", "product", "product_name", "item", "model")
_URL = ("url", "link", "product_url", "href")
_DELIMITERS = (",", ";", "\t", "|")
_LISTS = ("products", "items", "data", "catalog", "results")


@dataclass(frozen=True)
class Product:
    """One product: its name, its page when the catalogue names one, and its fields as lines."""

    title: str
    url: str
    text: str


def parse_csv(data: bytes) -> list[Product]:
    """Return the products of a CSV file with a heading row; comma, semicolon or tab separated."""
    text = decoded(data).lstrip("\n")
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        if not reader.fieldnames or len(reader.fieldnames) < 2:  # noqa: PLR2004 - a name and something about it
            raise Unreadable("the CSV needs a heading row with at least two columns")
        return _products({str(key): value for key, value in row.items() if key} for row in reader)
    except csv.Error as error:
        raise Unreadable(f"the CSV cannot be read: {error}") from None


def parse_json(data: bytes) -> list[Product]:
    """Return the products of a JSON file: a list of objects, or an object holding one."""
    try:
        content = json.loads(decoded(data))
        return _listed(content)
    except (ValueError, RecursionError):
        raise Unreadable("the JSON cannot be read") from None


def _listed(content: Any) -> list[Product]:  # noqa: ANN401 - any JSON value
    if isinstance(content, dict):
        content = next((content[key] for key in _LISTS if isinstance(content.get(key), list)), [content])
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise Unreadable("the JSON is not a list of products (objects)")
    return _products(content)


def _products(rows: Iterable[dict[str, Any]]) -> list[Product]:
    products: list[Product] = []
    for row in rows:
        fields = {clean(str(key)): clean(_shown(value))[:_MAX_FIELD] for key, value in row.items()}
        fields = {key: value for key, value in fields.items() if key and value}
        if not fields:
            continue
        lowered = {key.lower().replace(" ", "_"): value for key, value in fields.items()}
        title = next((lowered[key] for key in _TITLE if key in lowered), next(iter(fields.values())))
        url = next((lowered[key] for key in _URL if key in lowered), "")
        text = "\n".join(f"{key}: {value}" for key, value in fields.items() if value != url)
        products.append(Product(title[:200], _web(url), text))
        if len(products) > MAX_PRODUCTS:
            raise Unreadable(f"the catalogue has more than {MAX_PRODUCTS} products")
    if not products:
        raise Unreadable("the catalogue holds no products")
    return products


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(item)}" for key, item in value.items())
    return str(value)


def _web(url: str) -> str:
    try:
        return check_web_url(url)
    except ValueError:
        return ""
