"""Product feeds as XML: Google Merchant (RSS or Atom, `g:` names) and plain lists of products. Expands no entities."""

from collections.abc import Iterator
from dataclasses import replace

import lxml.etree

from shared.ingestion.parse.catalog import products
from shared.ingestion.parse.entries import Entries, Skipped
from shared.ingestion.parse.unreadable import Unreadable

_ITEMS = frozenset(("item", "entry", "product", "offer"))
_MAX_TAGS = 3_000_000
_MAX_FIELDS = 100
_OF_THE_FEED = frozenset(("", "updated", "published", "pubdate", "guid"))
_MARKED_UP = frozenset(("title", "description", "summary", "content"))  # HTML may stand in them unescaped
_ONCE = frozenset((*_MARKED_UP, "id", "link", "price", "sale_price", "availability", "brand"))  # both plain and as g:


def parse_feed(data: bytes) -> Entries:
    """Return the products of a feed.

    Raises:
        Unreadable: not XML, XML that defines entities, or no products in it.
    """
    if data.count(b"<") > _MAX_TAGS:
        raise Unreadable("the XML has too many elements")
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = lxml.etree.fromstring(data, parser)
    except (lxml.etree.LxmlError, ValueError):
        raise Unreadable("the XML cannot be read") from None
    if root is None:
        raise Unreadable("the XML cannot be read")
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(iter(declared.iterentities()), None) is not None:
        raise Unreadable("the XML defines entities; such files are not read")
    skipped = Skipped("item")
    found = products(enumerate((_fields(item) for item in _items(root)), 1), skipped)
    broken = next((error.line for error in parser.error_log if error.level_name == "FATAL"), None)
    if broken is None:
        return found
    return replace(found, notes=(*found.notes, f"the XML is broken in line {broken}: what follows may be missing"))


def _items(root: lxml.etree._Element) -> Iterator[lxml.etree._Element]:
    """Yield the outermost elements that are products."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if _name(element) in _ITEMS and element is not root:
            yield element
        else:
            waiting.extend(reversed(element))


def _fields(item: lxml.etree._Element) -> dict[str, str]:
    """Return the fields of an item; those of one name with commas, those with fields of their own left out."""
    fields: dict[str, str] = {}
    for element in item[:_MAX_FIELDS]:
        name = _name(element)
        if name in _OF_THE_FEED or (len(element) and name not in _MARKED_UP):
            continue
        value = "".join(element.itertext()).strip() or (element.get("href", "") if name == "link" else "")
        known = fields.setdefault(name, value)
        if value and known != value:
            fields[name] = f"{known}, {value}" if known and name not in _ONCE else known or value
    return fields


def _name(element: lxml.etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""
