"""A business as schema.org describes it: opening hours, address, telephone, as lines of text."""

from collections.abc import Callable, Iterator
from typing import Any

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT = {day[:2]: day for day in _DAYS}
_ORGANISATIONS = frozenset(
    ("Organization", "Corporation", "LocalBusiness", "Store", "Restaurant", "Hotel", "ProfessionalService", "NGO")
)
_STREET = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")
_TOLD = (
    ("Telephone", "telephone"), ("E-mail", "email"), ("Price range", "priceRange"),
    ("Payment", "paymentAccepted"), ("Area served", "areaServed"), ("Description", "description"),
)  # fmt: skip

TextOf = Callable[[Any], str]
Node = dict[str, Any]


def place(node: Node, types: set[str], text_of: TextOf) -> tuple[str, str] | None:
    """Return name and text of a business; None when the node is none, or says nothing worth knowing.

    Whatever has opening hours is one: schema.org has a hundred kinds of shops.
    """
    hours = [*_simple_hours(node.get("openingHours"), text_of), *_hours(node, text_of)]
    if not hours and not types & _ORGANISATIONS and not (node.get("telephone") and node.get("address")):
        return None
    name = text_of(node.get("name") or node.get("legalName"))
    address = "; ".join(filter(None, (_address(item, text_of) for item in _listed(node.get("address"))[:5])))
    told = [f"{label}: {value}" for label, key in _TOLD if (value := text_of(node.get(key)))]
    lines = [*([f"Address: {address}"] if address else []), *told]
    if hours:
        lines.append(f"Opening hours: {'; '.join(dict.fromkeys(hours))}")
    if not name or not (hours or address or node.get("telephone") or node.get("email")):
        return None
    return name, "\n".join([name, *lines])


def _address(value: Any, text_of: TextOf) -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, dict):
        return text_of(value)
    return ", ".join(filter(None, (text_of(value.get(part)) for part in _STREET)))


def _simple_hours(value: Any, text_of: TextOf) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield `Mo-Fr 09:00-17:30` with the days' names written out."""
    for item in _listed(value)[:20]:
        text = text_of(item)
        for short, day in _SHORT.items():
            text = " ".join(_written(word, short, day) for word in text.split())
        if text:
            yield text


def _written(word: str, short: str, day: str) -> str:
    parts = word.replace(",", "-,-").split("-")
    if not any(part == short for part in parts):
        return word
    return "-".join(day if part == short else part for part in parts).replace("-,-", ", ")


def _hours(node: Node, text_of: TextOf) -> Iterator[str]:
    """Yield the days and times of each opening hours specification, special days too."""
    for key in ("openingHoursSpecification", "specialOpeningHoursSpecification"):
        for item in _listed(node.get(key))[:40]:
            if not isinstance(item, dict):
                continue
            days = [text_of(day).rpartition("/")[2] for day in _listed(item.get("dayOfWeek"))[:8]]
            since, until = text_of(item.get("validFrom")), text_of(item.get("validThrough"))
            when = _days([day for day in days if day])
            if since or until:
                when = f"{when} ({since} to {until})".strip() if since != until else f"{when} {since}".strip()
            opens, closes = text_of(item.get("opens"))[:5], text_of(item.get("closes"))[:5]
            times = "closed" if opens == closes else f"{opens}-{closes}"
            if when or opens:
                yield f"{when} {times}".strip()


def _days(days: list[str]) -> str:
    """Return days in a row as from-to: `Monday-Friday`."""
    places = [_DAYS.index(day) if day in _DAYS else -1 for day in days]
    in_a_row = len(days) > 2 and -1 not in places and places == list(range(places[0], places[0] + len(places)))  # noqa: PLR2004
    return f"{days[0]}-{days[-1]}" if in_a_row else ", ".join(days)


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
