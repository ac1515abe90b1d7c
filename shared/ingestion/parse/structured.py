"""What a page says of itself for machines, schema.org as JSON-LD or microdata: products, questions, the business.

Takes only the fields named here: reviews and other words of strangers stay out. What is broken is passed over.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html

from shared.domain.urls import check_web_url
from shared.ingestion.parse import microdata
from shared.ingestion.parse.entries import Entry
from shared.ingestion.parse.fragments import plain
from shared.ingestion.parse.place import place
from shared.ingestion.parse.product import availability, priced

_MAX_ENTRIES = 200
_MAX_NODES = 5000
_MAX_SCRIPT = 1_000_000
_MAX_TEXT = 5000
_MAX_TITLE = 300
_WRAPPED = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$")

Node = dict[str, Any]


def structured(scripts: Iterable[str], tree: lxml.html.HtmlElement, url: str) -> tuple[Entry, ...]:
    """Return the entries that a page's JSON-LD scripts and microdata describe, each once.

    Args:
        scripts: the text of each `application/ld+json` script.
        tree: the page, with what is hidden taken out.
        url: the page's address, for entries that name none.
    """
    found: dict[tuple[str, str], Entry] = {}
    for node in [*_nodes(_values(scripts)), *_nodes(microdata.items(tree))]:
        for entry in _entries(node, url):
            found.setdefault((entry.title.casefold(), entry.text.casefold()), entry)
            if len(found) >= _MAX_ENTRIES:
                return tuple(found.values())
    return tuple(found.values())


def text_of(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a property's value as text: of an object its name, of a list the first few."""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or ""
    if isinstance(value, list):
        return ", ".join(filter(None, (text_of(item) for item in value[:20] if not isinstance(item, list))))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return plain(str(value)[:_MAX_TEXT])


def _values(scripts: Iterable[str]) -> Iterator[Any]:
    for script in scripts:
        try:
            yield json.loads(_WRAPPED.sub("", script[:_MAX_SCRIPT]), strict=False)
        except (ValueError, RecursionError):
            continue


def _nodes(values: Iterable[Any]) -> Iterator[Node]:
    """Yield the objects that may stand for themselves: those on top, in a graph, and what a page is about."""
    waiting = list(values)
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting[:0] = value
        elif isinstance(value, dict):
            yield value
            waiting[:0] = [value[key] for key in ("@graph", "mainEntity", "itemListElement", "item") if key in value]


def _entries(node: Node, url: str) -> Iterator[Entry]:
    types = {kind.rpartition("/")[2] for kind in _listed(node.get("@type")) if isinstance(kind, str)}
    if "Question" in types:
        yield from _question(node, url)
    elif types & {"Product", "ProductGroup", "IndividualProduct", "Service", "Vehicle", "Car", "Book"}:
        yield from _product(node, url)
    else:
        found = place(node, types, text_of)
        if found:
            yield Entry(found[0][:_MAX_TITLE], url, found[1])


def _question(node: Node, url: str) -> Iterator[Entry]:
    question = text_of(node.get("name") or node.get("text"))
    answers = _listed(node.get("acceptedAnswer")) or _listed(node.get("suggestedAnswer"))[:1]
    texts = [text_of(answer.get("text") if isinstance(answer, dict) else answer) for answer in answers[:3]]
    answer = "\n".join(filter(None, texts))
    if question and answer:
        yield Entry(question[:_MAX_TITLE], url, f"{question}\n{answer}")


def _product(node: Node, url: str) -> Iterator[Entry]:
    name = text_of(node.get("name"))
    offers = [line for offer in _listed(node.get("offers"))[:20] if isinstance(offer, dict) for line in _offer(offer)]
    about = (
        ("Brand", text_of(node.get("brand") or node.get("manufacturer"))),
        ("SKU", text_of(node.get("sku"))),
        ("Description", text_of(node.get("description"))),
    )
    lines = [*dict.fromkeys(offers), *(f"{label}: {value}" for label, value in about if value)]
    if name and lines:
        yield Entry(name[:_MAX_TITLE], _address(node.get("url"), url), "\n".join([name, *lines]))


def _offer(offer: Node) -> Iterator[str]:
    """Yield an offer's lines; of a list of offers those of each."""
    currency = text_of(offer.get("priceCurrency"))
    low, high = text_of(offer.get("lowPrice")), text_of(offer.get("highPrice"))
    price = text_of(offer.get("price"))
    for specified in _listed(offer.get("priceSpecification"))[:1]:
        if isinstance(specified, dict):
            price = price or text_of(specified.get("price"))
            currency = currency or text_of(specified.get("priceCurrency"))
    if not price and low:
        price = f"{low} to {high}" if high and high != low else f"from {low}"
    if price:
        label = text_of(offer.get("name"))
        yield f"Price{f' ({label})' if label else ''}: {priced(price, currency)}"
    if stock := text_of(offer.get("availability")):
        yield f"Availability: {availability(stock)}"
    if not price:
        for inner in _listed(offer.get("offers"))[:20]:
            if isinstance(inner, dict) and "offers" not in inner:
                yield from _offer(inner)


def _address(value: Any, url: str) -> str:  # noqa: ANN401 - any JSON value
    """Return the address an object names when it is on the page's own site, else the page's."""
    if not isinstance(value, str) or not value:
        return url
    try:
        named = check_web_url(urljoin(url, value))
        return named if urlsplit(named).netloc == urlsplit(url).netloc else url
    except ValueError:
        return url


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
