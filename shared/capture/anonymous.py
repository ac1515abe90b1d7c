"""A text without what says who wrote it: what is known of them, and what looks like somebody's. For others to read.

By patterns, not by understanding: a name that nobody introduced stays.
"""

import re
from collections.abc import Iterable, Mapping

from shared.capture import addresses, introductions
from shared.capture.masking import mask
from shared.capture.said import in_place, said
from shared.domain.fields import FieldSpec, FieldValue

MOST_CHARS = 500
# Of a phone, a card, an account, an order, a birthday. What is asked about mostly has fewer: prices, sizes, years.
_FEWEST_DIGITS = 6
_FEWEST_MIXED = 10
_SHORTEST_VALUE = 3
# Fields whose values are their giver's own; what was chosen, or a number, is rather what is asked about.
_TELLING = ("name", "email", "phone", "text", "date")
_PLACEHOLDERS = {"name": "[name]", "email": "[e-mail]", "phone": "[phone]"}
_DETAIL = "[detail]"

_EMAIL = re.compile(r"[^\s@<>(),;:\"]{1,64}@[^\s@<>(),;:\"?!]{1,255}")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_PART = r"[^\W\d_]{0,4}\d[^\W_]*"
_NUMBER = re.compile(rf"[+(#]*(?<!\w){_PART}(?:[\s()./+#-]{{1,3}}{_PART})*")
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+")
_NAME = r"(?:[A-ZÀ-Þ][\w'-]*[ ]){1,3}"
_ADDRESS = re.compile(
    rf"\b\d{{1,5}}[a-zA-Z]?,? {_NAME}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Close|Square|Court|Terrace|Crescent|"
    r"Gardens|Hill|Way)\b"
    r"|\b[A-ZÄÖÜ][\w-]*(?:stra(?:ß|ss)e|str\.|weg|platz|gasse|allee) \d{1,4}[a-z]?\b"
    r"|\b(?:[Cc]alle|[Aa]venida|[Pp]laza|[Pp]aseo|[Rr]ue|[Aa]venue|[Bb]oulevard) [^,.?!\d\n]{2,40},? \d{1,4}\b"
    r"|\b\d{1,4},? (?:bis )?(?:[Rr]ue|[Aa]venue|[Bb]oulevard) (?:d[eu]s? |la |l')*[A-ZÀ-Þ][\w'-]*"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"
)


def anonymous(text: str, known: Mapping[str, FieldValue], specs: Mapping[str, FieldSpec]) -> str:
    """Return the first `MOST_CHARS` characters of `text`, on one line, with each such detail replaced by what it is.

    Args:
        text: what a visitor wrote.
        known: what is known of the visitor.
        specs: every field of the business, by id.
    """
    # Cut after masking: half of an address would not be seen as one.
    plain = mask(said(text[: 2 * MOST_CHARS]).text, known)
    plain = _without_values(plain, known, specs)
    for pattern, placeholder in ((_EMAIL, "[e-mail]"), (_LINK, "[link]"), (_ADDRESS, "[address]")):
        plain = pattern.sub(placeholder, plain)
    plain = _replaced(plain, ((*place, "[e-mail]") for place in _spelled(plain)))
    plain = _replaced(plain, ((*place, "[name]") for place in _introduced(plain)))
    plain = _replaced(plain, ((*place, "[number]") for place in _numbers(plain)))
    return " ".join(plain[:MOST_CHARS].split())


def _without_values(text: str, known: Mapping[str, FieldValue], specs: Mapping[str, FieldSpec]) -> str:
    for name, value in known.items():
        kind = specs[name].type if name in specs else "text"
        if kind not in _TELLING:
            continue
        for form in sorted({in_place(value.value), in_place(value.shown)}, key=len, reverse=True):
            if len(form) >= _SHORTEST_VALUE:
                found = re.finditer(rf"(?<!\w){re.escape(form)}(?!\w)", in_place(text))
                text = _replaced(text, [(*match.span(), _PLACEHOLDERS.get(kind, _DETAIL)) for match in found])
    return text


def _spelled(text: str) -> list[tuple[int, int]]:
    """Return where "ana at gmail dot com" stands."""
    return [(found.start, found.end) for found in addresses.emails(said(text), "email", asked=True)]


def _introduced(text: str) -> list[tuple[int, int]]:
    """Return where names stand that somebody gives as their own."""
    return [(found.start, found.end) for found in introductions.names(said(text), "name", asked=False)]


def _numbers(text: str) -> list[tuple[int, int]]:
    """Return where numbers stand that are somebody's, rather than a price or a size."""
    found = []
    for match in _NUMBER.finditer(in_place(text)):
        digits = sum(char.isdigit() for char in match[0])
        mixed = any(char.isalpha() for char in match[0]) and " " in match[0]  # an article and its size, or an IBAN
        fewest = _FEWEST_MIXED if mixed else _FEWEST_DIGITS
        if digits >= fewest and not _GROUPED.fullmatch(match[0].strip()):
            found.append((match.start(), match.start() + len(match[0].rstrip())))
    return found


def _replaced(text: str, places: Iterable[tuple[int, int, str]]) -> str:
    for start, end, placeholder in sorted(places, reverse=True):
        text = text[:start] + placeholder + text[end:]
    return text
