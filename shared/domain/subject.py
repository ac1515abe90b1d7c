"""Whom a request for their data is about: what names them, and where a text or a value does. Pure, keeps nothing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

SubjectKind = Literal["email", "phone", "session_id", "user_id"]

TELEPHONE_USER = "tel:"
"""How the id of a caller begins whose number the network vouches for."""

_SEPARATOR = r"[\s().\-/\u00a0]{0,3}"
_DIGITS = re.compile(rf"\d(?:{_SEPARATOR}\d){{4}}")
"""What every number has: the rest is looked for only where this is."""
_SHORTEST = 6  # digits of a national number: what is shorter is found in anything


@dataclass(frozen=True)
class Subject:
    """A person. Addresses are folded, numbers E.164; the parts are alternatives: one is enough."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    session_ids: frozenset[str] = frozenset()
    user_ids: frozenset[str] = frozenset()

    def also(
        self, emails: Iterable[str] = (), phones: Iterable[str] = (), users: Iterable[str] = (),
        sessions: Iterable[str] = (),
    ) -> "Subject":  # fmt: skip
        """Return the same person with more names. A number is also the id of its caller, and the other way round."""
        users = {*self.user_ids, *users}
        numbers = {*self.phones, *phones, *(one.removeprefix(TELEPHONE_USER) for one in users if _is_tel(one))}
        users |= {f"{TELEPHONE_USER}{number}" for number in numbers}
        return replace(
            self,
            emails=self.emails | {address.casefold() for address in emails},
            phones=frozenset(numbers), user_ids=frozenset(users), session_ids=self.session_ids | set(sessions),
        )  # fmt: skip

    def names(self, text: str) -> bool:
        """Say whether a text holds one of the addresses or numbers, however a number is written."""
        if not text:
            return False
        folded = text.casefold()
        if any(address in folded and pattern.search(folded) for address, pattern in self._addresses):
            return True
        return bool(_DIGITS.search(text)) and any(pattern.search(text) for pattern in self._numbers)

    def names_in(self, value: Any) -> bool:  # noqa: ANN401 - any JSON value
        """Say whether some text of a JSON value names the person."""
        return any(self.names(text) or text in self.user_ids for text in texts_of(value))

    @cached_property
    def _addresses(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return tuple((email, _address(email)) for email in sorted(self.emails))

    @cached_property
    def _numbers(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(_number, sorted(self.phones)))


def number_of(text: str, region: str) -> str:
    """Return a number in E.164, "" when it is none; `region` is where it is without a country code."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    possible = phonenumbers.is_possible_number(parsed)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if possible else ""


def texts_of(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield every text of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts_of(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_of(one)


def _is_tel(user_id: str) -> bool:
    return user_id.startswith(f"{TELEPHONE_USER}+")


def _address(email: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.+%-]){re.escape(email)}(?![\w-]|\.\w)")


def _number(phone: str) -> re.Pattern[str]:
    """Return what finds a number as people write it: `+44 (0)1632 960-001`, `01632 960001`, `1632960001`."""
    import phonenumbers

    parsed = phonenumbers.parse(phone)
    code, national = str(parsed.country_code), phonenumbers.national_significant_number(parsed)
    if len(national) < _SHORTEST:
        return re.compile(re.escape(phone))
    abroad = rf"(?:\+|00|011)?{_SEPARATOR}{_SEPARATOR.join(code)}{_SEPARATOR}0?{_SEPARATOR}"
    return re.compile(rf"(?<!\d)(?:{abroad}|0{_SEPARATOR})?{_SEPARATOR.join(national)}(?!\d)")
