"""From what somebody typed to a field's normal form, or the reason why it is none."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from shared.capture import dates, numerals, proper_names
from shared.capture.said import level
from shared.capture.words import NO, YES
from shared.domain.fields import FieldSpec

MAX_TEXT = 500
_MAX_EMAIL = 254
_TOO_BIG = 10**numerals.MAX_DIGITS
_SHORTEST_PREFIX = 2
_MISTYPED_ENDINGS = ("con", "cmo", "ocm", "vom", "coom", "comm", "nte")
_NEGATIONS = frozenset(
    (
        "not",
        "no",
        "nicht",
        "kein",
        "keine",
        "pas",
        "sin",
        "without",
        "ohne",
        "sans",
        "hate",
        "dislike",
        "don't",
        "except",
        "odio",
        "hasse",
        "deteste",
        "ليس",
        "بدون",
    )
)


@dataclass(frozen=True)
class Valid:
    """A value that holds: `value` is its normal form, `shown` how people write it."""

    value: str
    shown: str


class InvalidValue(ValueError):
    """Not a value of the field; `reason` is a stable code such as `email_domain`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def validate(spec: FieldSpec, raw: str, region: str, today: date) -> Valid:
    """Return `raw` in the field's normal form; validating that form again gives it back unchanged.

    Args:
        spec: the field.
        raw: only the value, as it was typed.
        region: two-letter country, for phone numbers without a country code and the order of day and month.
        today: the business's date, for "tomorrow" and dates without a year.

    Raises:
        InvalidValue: with one of name_invalid, email_syntax, email_domain, phone_syntax, phone_too_short,
            phone_too_long, phone_invalid, number_invalid, number_range, date_syntax, date_invalid, choice_unknown,
            choice_ambiguous, yes_no_unknown, text_empty, text_too_long.
    """
    return _KINDS[spec.type](spec, raw, region, today)


def _name(_spec: FieldSpec, raw: str, _region: str, _today: date) -> Valid:
    name = proper_names.read(raw)
    if name is None:
        raise InvalidValue("name_invalid")
    return Valid(name, name)


def _email(_spec: FieldSpec, raw: str, _region: str, _today: date) -> Valid:
    typed = raw.strip().removeprefix("mailto:").strip(" \n<>\"'“”()[],;:!?.")
    local, at, domain = typed.rpartition("@")
    if not (local and at and domain) or len(typed) > _MAX_EMAIL:
        raise InvalidValue("email_syntax")
    address = _normal_email(typed)
    if address is None:
        raise InvalidValue("email_syntax" if _normal_email(f"a@{domain}") else "email_domain")
    if address.rpartition(".")[2] in _MISTYPED_ENDINGS:
        raise InvalidValue("email_domain")
    return Valid(address, address)


def _normal_email(typed: str) -> str | None:
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(typed, check_deliverability=False).normalized
    except (EmailNotValidError, UnicodeError):
        return None


def _phone(_spec: FieldSpec, raw: str, region: str, _today: date) -> Valid:
    if not any(char.isdecimal() for char in raw) or len(raw) > MAX_TEXT:
        raise InvalidValue("phone_syntax")
    import phonenumbers as numbers

    try:
        parsed = numbers.parse(level(raw), region)
    except numbers.NumberParseException as error:
        code = error.error_type
        if code in (error.TOO_SHORT_NSN, error.TOO_SHORT_AFTER_IDD):
            raise InvalidValue("phone_too_short") from error
        raise InvalidValue("phone_too_long" if code == error.TOO_LONG else "phone_syntax") from error
    reason = numbers.is_possible_number_with_reason(parsed)
    if reason in (numbers.ValidationResult.TOO_SHORT, numbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        raise InvalidValue("phone_too_short")
    if reason == numbers.ValidationResult.TOO_LONG:
        raise InvalidValue("phone_too_long")
    if not numbers.is_valid_number(parsed):
        raise InvalidValue("phone_invalid")
    parsed.extension = None
    shown = numbers.format_number(parsed, numbers.PhoneNumberFormat.INTERNATIONAL)
    return Valid(numbers.format_number(parsed, numbers.PhoneNumberFormat.E164), shown)


def _number(spec: FieldSpec, raw: str, _region: str, _today: date) -> Valid:
    found = numerals.read(raw)
    if found is None:
        raise InvalidValue("number_invalid")
    values, shown = found
    low = float("-inf") if spec.minimum is None else spec.minimum
    high = float("inf") if spec.maximum is None else spec.maximum
    for value in values:
        if low <= value <= high and abs(value) < _TOO_BIG:
            return Valid(numerals.written(value), shown)
    raise InvalidValue("number_range")


def _date(_spec: FieldSpec, raw: str, region: str, today: date) -> Valid:
    try:
        day = dates.read(raw, region, today)
    except dates.NoDate as error:
        raise InvalidValue("date_invalid" if error.impossible else "date_syntax") from error
    return Valid(day.isoformat(), dates.written(day, region))


def _choice(spec: FieldSpec, raw: str, _region: str, _today: date) -> Valid:
    said = _spelled(raw)
    choices = {_spelled(choice): choice for choice in spec.choices}
    if said in choices:
        return Valid(choices[said], choices[said])
    found = _contained(said, choices) or [
        choice for choice in choices if len(said) >= _SHORTEST_PREFIX and choice.startswith(said)
    ]
    if not found or _NEGATIONS & set(said.split()):
        raise InvalidValue("choice_unknown")
    if len(found) > 1:
        raise InvalidValue("choice_ambiguous")
    return Valid(choices[found[0]], choices[found[0]])


def _contained(said: str, choices: Mapping[str, str]) -> list[str]:
    """Return the choices that stand in `said` as whole words, without those that stand inside a longer one."""
    found = [choice for choice in choices if choice and f" {choice} " in f" {said} "]
    return [one for one in found if not any(one != other and f" {one} " in f" {other} " for other in found)]


def _spelled(text: str) -> str:
    """Return folded words only, so that "Blue!" is "blue"; what has no letters ("C++" beside "C") keeps its signs."""
    folded = level(unicodedata.normalize("NFC", text))
    return " ".join("".join(char if char.isalnum() or char in "+#&%'" else " " for char in folded).split())


def _yes_no(_spec: FieldSpec, raw: str, _region: str, _today: date) -> Valid:
    said = _spelled(raw)
    if said in YES or said in NO:
        answer = "yes" if said in YES else "no"
    else:  # "yes, please", "no gracias", "not yet, sorry"
        first, two = said.split(" ")[0], " ".join(said.split(" ")[:2])
        said_yes, said_no = bool({first, two} & YES), bool({first, two} & NO)
        if said_yes == said_no:
            raise InvalidValue("yes_no_unknown")
        answer = "yes" if said_yes else "no"
    return Valid(answer, answer)


def _text(_spec: FieldSpec, raw: str, _region: str, _today: date) -> Valid:
    text = unicodedata.normalize("NFC", " ".join(raw.split()))
    if not any(char.isalnum() for char in text):
        raise InvalidValue("text_empty")
    if len(text) > MAX_TEXT:
        raise InvalidValue("text_too_long")
    return Valid(text, text)


_KINDS: Mapping[str, Callable[[FieldSpec, str, str, date], Valid]] = {
    "name": _name,
    "email": _email,
    "phone": _phone,
    "number": _number,
    "date": _date,
    "choice": _choice,
    "yes_no": _yes_no,
    "text": _text,
}
