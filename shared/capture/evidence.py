"""Values that the model extracted: taken only when the visitor's own words hold them, and only for a free field."""

import re
from collections.abc import Mapping
from datetime import date

from shared.capture import dates, numerals
from shared.capture.ownership import whose
from shared.capture.said import Said, level, said
from shared.capture.validate import InvalidValue, Valid, validate
from shared.capture.words import NO, YES
from shared.domain.fields import FieldSpec, FieldValue
from shared.domain.understanding import Given, Rejected

_NATIONAL_DIGITS = 7
_MAX_CHARS = 4000


def accept_call(
    spec: FieldSpec, arguments_value: str, text: str, known: Mapping[str, FieldValue], region: str, today: date
) -> Given | Rejected | None:
    """Return the value a function call may set; None when the field is locked or the visitor never said so.

    Args:
        spec: the field of the call.
        arguments_value: what the model wants to set.
        text: the visitor's message.
        known: what is known already.
        region: the business's country, two letters.
        today: the business's date.
    """
    old = known.get(spec.id)
    stated = arguments_value.strip()
    if not stated or (old and old.locked):
        return None
    message = said(text[:_MAX_CHARS])
    try:
        valid = validate(spec, stated, region, today)
    except InvalidValue as error:
        return Rejected(spec.id, stated, error.reason) if _has_words(message, stated) else None
    if not _is_said(spec, valid, stated, message, region, today):
        return None
    return Given(spec.id, valid.value, valid.shown, stated)


def is_same(spec: FieldSpec, stated: str, value: str, region: str, today: date) -> bool:
    """Say whether `stated` is another way to write `value`, a normal form of the field."""
    try:
        return validate(spec, stated.strip(), region, today).value == value
    except InvalidValue:
        return False


def says(text: str, quote: str) -> bool:
    """Say whether every word of `quote` stands in `text`."""
    return _has_words(said(text), quote)


def _is_said(spec: FieldSpec, valid: Valid, stated: str, message: Said, region: str, today: date) -> bool:
    match spec.type:
        case "email":
            return _has_address(message, stated)
        case "phone":
            digits = "".join(filter(str.isdigit, valid.value))
            return digits[-_NATIONAL_DIGITS:] in "".join(filter(str.isdigit, message.folded))
        case "number":
            return any(valid.value in map(numerals.written, numerals.meanings(match))
                       for match in numerals.number().finditer(message.folded))  # fmt: skip
        case "date":
            return valid.value in _dates(message, region, today)
        case "yes_no":
            return _agrees(message, valid.value)
        case _:
            return _has_words(message, valid.value)


def _has_words(message: Said, value: str) -> bool:
    """Say whether every word of `value` is one of the message's."""
    wanted, spoken = _words(level(value)), set(_words(message.folded))
    return bool(wanted) and all(word in spoken for word in wanted)


def _words(folded: str) -> list[str]:
    return re.findall(r"\w+", folded)


def _has_address(message: Said, stated: str) -> bool:
    """Say whether the address stands in the message, spelled out or not, and not as somebody else's."""
    place = message.folded.find(level(stated))
    if place >= 0:
        return whose(message, place, place + len(stated), 0) in ("own", "unsaid")
    words = [word for word in _words(level(stated)) if word]
    position = 0
    for word in words:
        position = message.folded.find(word, position)
        if position < 0:
            return False
        position += len(word)
    return bool(words)


def _dates(message: Said, region: str, today: date) -> set[str]:
    found = set()
    for match in dates.expression().finditer(message.folded):
        try:
            found.add(dates.meaning(match, region, today).isoformat())
        except dates.NoDate:
            continue
    return found


def _agrees(message: Said, answer: str) -> bool:
    table = YES if answer == "yes" else NO
    padded = f" {' '.join(_words(message.folded))} "
    return any(f" {word} " in padded for word in table)
