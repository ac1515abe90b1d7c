"""HTML microdata (itemscope, itemprop) as the objects that JSON-LD would hold. Knows no vocabulary."""

from typing import Any

import lxml.html

_MAX_ITEMS = 300
_MAX_TEXT = 5000
_BY_ATTRIBUTE = {"meta": "content", "a": "href", "link": "href", "time": "datetime", "data": "value", "meter": "value"}


def items(tree: lxml.html.HtmlElement) -> list[dict[str, Any]]:
    """Return the outermost items of a page, each with its `@type` and its properties, items among them."""
    scopes = tree.xpath("//*[@itemscope and @itemtype and not(@itemprop)]")
    return [_item(scope, 0) for scope in scopes[:_MAX_ITEMS]]


def _item(scope: lxml.html.HtmlElement, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"@type": (scope.get("itemtype") or "").split()}
    waiting = list(reversed(scope)) if depth < 5 else []  # noqa: PLR2004 - deeper than any vocabulary goes
    while waiting:
        element = waiting.pop()
        names = (element.get("itemprop") or "").split()
        nested = "itemscope" in element.attrib
        for name in names:
            value = _item(element, depth + 1) if nested else _value(element)
            known = found.setdefault(name, value)
            if known is not value:
                found[name] = [*(known if isinstance(known, list) else [known]), value]
        if not nested:
            waiting.extend(reversed(element))
    return found


def _value(element: lxml.html.HtmlElement) -> str:
    """Return a property's value: what the markup says for machines, else the text."""
    stated = element.get(_BY_ATTRIBUTE.get(element.tag, "content"))
    return str(stated) if stated is not None else " ".join(element.text_content()[:_MAX_TEXT].split())
