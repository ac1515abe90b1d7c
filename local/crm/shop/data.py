"""What a shop knows: its kinds of record, what each may hold, and the records themselves."""

import datetime as dt
import math
import re
import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,30}")


@dataclass(frozen=True)
class Property:
    """One property: `type` is email, phone, string, number, boolean, datetime or one of `options`."""

    type: str
    required: bool = False
    options: tuple[str, ...] = ()
    title: str = ""


CUSTOMER = {
    "email": Property("email"),
    "phone": Property("phone"),
    "first_name": Property("string"),
    "last_name": Property("string"),
    "company": Property("string", title="Company"),
    "budget": Property("number", title="Budget"),
    "newsletter": Property("boolean", title="Wants the newsletter"),
    "source": Property("choice", options=("web", "phone", "fair"), title="Where from"),
    "interest": Property("string", title="Interested in"),
    "visit_at": Property("datetime", title="Visit"),
    "member_id": Property("string", title="Member"),
}
ORDER = {
    "customer_id": Property("string", required=True),
    "title": Property("string", required=True),
    "reference": Property("string"),
    "amount": Property("number"),
    "currency": Property("string"),
    "pipeline": Property("string"),
    "stage": Property("choice", options=("open", "quoted", "won", "lost")),
    "wishes": Property("string", title="Wishes"),
}
NOTE = {
    "text": Property("string", required=True),
    "order_id": Property("string"),
    "written_at": Property("datetime"),
}
PET = {
    "name": Property("string", required=True),
    "species": Property("choice", options=("dog", "cat", "bird", "other")),
    "age": Property("number"),
    "customer_id": Property("string"),
    "reference": Property("string"),
}


def wrong(body: Json, known: dict[str, Property], *, whole: bool) -> dict[str, list[str]]:
    """Return what is wrong with a body, by property; `whole`: what is required must be there."""
    errors = {name: ["is not a property"] for name in body if name not in known}
    for name, item in known.items():
        if name in body and (problem := _problem(body[name], item)):
            errors[name] = [problem]
        elif whole and item.required and body.get(name) in (None, ""):
            errors[name] = ["is required"]
    return errors


def _problem(value: object, known: Property) -> str:
    if value is None:
        return "must not be null" if known.required else ""
    if known.type == "number":
        fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return "" if fine else "must be a number"
    if known.type == "boolean":
        return "" if isinstance(value, bool) else "must be true or false"
    if not isinstance(value, str) or len(value) > 70_000:  # noqa: PLR2004 - more than a note ever is
        return "must be a text"
    return _text_problem(value, known)


def _text_problem(value: str, known: Property) -> str:
    if known.required and not value:
        return "is required"
    if known.type == "email" and not _EMAIL.fullmatch(value):
        return "must be an e-mail address"
    if known.type == "phone" and not _PHONE.fullmatch(value):
        return "must be a phone number"
    if known.type == "choice" and value not in known.options:
        return f"must be one of {', '.join(known.options)}"
    if known.type == "datetime":
        try:
            dt.datetime.fromisoformat(value)
        except ValueError:
            return "must be a time"
    return ""


@dataclass
class Customer:
    """A customer, and what was known at each time: a search shows what was known a while ago."""

    id: str
    values: Json
    past: list[tuple[float, Json]] = field(default_factory=list)

    def write(self, values: Json, at: float) -> None:
        """Change properties; a null empties one."""
        self.values = {key: value for key, value in {**self.values, **values}.items() if value is not None}
        self.past.append((at, self.values))

    def known(self, before: float) -> Json | None:
        """Return the properties as they were, None where there was no customer yet."""
        return next((values for at, values in reversed(self.past) if at <= before), None)

    def shown(self, values: Json | None = None) -> Json:
        """Return the customer as the API writes one."""
        return {"id": self.id, **(self.values if values is None else values)}


class Store:
    """Everything the shop has, in memory."""

    def __init__(self) -> None:
        self.customers: dict[str, Customer] = {}
        self.orders: dict[str, Json] = {}
        self.notes: dict[str, Json] = {}
        self.pets: dict[str, Json] = {}
        # From a path and a key to what was answered.
        self.answered: dict[tuple[str, str], tuple[int, Json]] = {}
        self._last = 1000

    def new_id(self, kind: str) -> str:
        """Return an id nobody has."""
        self._last += 1
        return f"{kind}-{self._last}"

    def add_customer(self, values: Json, *, long_ago: bool = False) -> Customer:
        """Add a customer, now or so long ago that every search sees it."""
        made = Customer(self.new_id("C"), {})
        made.write(values, -math.inf if long_ago else time.monotonic())
        self.customers[made.id] = made
        return made

    def with_email(self, email: object) -> Customer | None:
        """Return the customer with this address, whatever its case."""
        wanted = str(email).casefold()
        return next((item for item in self.customers.values() if _folded(item) == wanted), None) if email else None

    def search(self, wanted: Json, lag_s: float) -> list[Json]:
        """Return the customers that had these properties `lag_s` ago."""
        before = time.monotonic() - lag_s
        found = [(item, item.known(before)) for item in self.customers.values()]
        return [item.shown(values) for item, values in found if values is not None and _has(values, wanted)]


def _folded(customer: Customer) -> str:
    return str(customer.values.get("email", "")).casefold()


def _has(values: Json, wanted: Json) -> bool:
    if "phone" in wanted and _digits(values.get("phone")) != _digits(wanted["phone"]):
        return False
    return "email" not in wanted or str(values.get("email", "")).casefold() == wanted["email"].casefold()


def _digits(phone: object) -> str:
    return re.sub(r"\D", "", str(phone or "")).lstrip("0")
