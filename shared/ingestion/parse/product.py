"""One product's fields, whatever they are called, as an entry: name, price, availability, brand, description, rest."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.domain.urls import check_web_url
from shared.ingestion.parse import columns
from shared.ingestion.parse.entries import Entry

_MAX_TITLE = 200
_STATES = {
    "instock": "in stock", "outofstock": "out of stock", "preorder": "pre-order", "presale": "pre-order",
    "backorder": "on backorder", "onbackorder": "on backorder", "soldout": "sold out", "discontinued": "discontinued",
    "limitedavailability": "few left", "instoreonly": "in the store only", "onlineonly": "online only",
    "madetoorder": "made to order",
    "true": "in stock", "yes": "in stock", "1": "in stock", "false": "out of stock", "no": "out of stock",
    "0": "out of stock",
}  # fmt: skip


@dataclass
class _Fields:
    """The fields of a row that nobody has taken yet, by the one spelling of their names."""

    values: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.values:
            self.names.setdefault(columns.key_of(name), name)

    def take(self, spellings: tuple[str, ...]) -> str:
        """Return the value under the first of the spellings, and "" from then on."""
        return self.values.pop(self.names.pop(columns.chosen(spellings, self.names), ""), "")

    def take_first(self) -> str:
        """Return the value of the first field."""
        return self.values.pop(self.names.pop(next(iter(self.names))))

    def take_price(self, spellings: tuple[str, ...], prefix: str) -> tuple[str, str]:
        """Return a price, and the currency when the column's name says it: `Price (EUR)`."""
        if price := self.take(spellings):
            return price, ""
        key = next((key for key in self.names if key.startswith(prefix) and columns.currency_in(key)), "")
        return self.take((key,)), columns.currency_in(key)


def product(fields: dict[str, str], known: frozenset[str] = frozenset()) -> Entry | None:
    """Return the product of a row.

    Args:
        fields: name -> value, none of them empty, at least one.
        known: keys of all columns of the row, also of empty ones.

    Returns:
        None when there is a column for the product's name and nothing in it. Without such a column the first field is
        the name.
    """
    row = _Fields(dict(fields))
    title = row.take(columns.TITLE)
    if not title and columns.chosen(columns.TITLE, known):
        return None
    title = _line(title or row.take_first())
    link = _web(row.take(columns.LINK))
    lines = [title, *_lines(row)]
    for picture in columns.PICTURES:
        row.take((picture,))
    lines += [f"{name}: {value}" for name, value in row.values.items() if value != link]
    return Entry(title[:_MAX_TITLE], link, "\n".join(lines))


def availability(value: str) -> str:
    """Return what a feed or schema.org says of the stock as people say it: `in stock`."""
    word = value.rpartition("/")[2] if value.startswith("http") else value
    return _STATES.get("".join(char for char in word.casefold() if char.isalnum()), value)


def priced(price: str, currency: str) -> str:
    """Return a price with its currency, once."""
    return f"{price} {currency}" if price and currency and currency.casefold() not in price.casefold() else price


def _lines(row: _Fields) -> Iterator[str]:
    currency = row.take(columns.CURRENCY)
    sale, sale_in = row.take_price(columns.SALE_PRICE, "sale")
    price, price_in = row.take_price(columns.PRICE, "")
    found = (
        ("Price", priced(price, currency or price_in)),
        ("Sale price", priced(sale, currency or sale_in)),
        ("Availability", availability(row.take(columns.AVAILABILITY))),
        ("Brand", row.take(columns.BRAND)),
        ("Description", row.take(columns.DESCRIPTION)),
    )
    yield from (f"{label}: {value}" for label, value in found if value)


def _line(text: str) -> str:
    return " ".join(text.split())


def _web(url: str) -> str:
    try:
        return check_web_url(url)
    except ValueError:
        return ""
