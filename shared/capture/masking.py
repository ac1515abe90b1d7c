"""Known values in a text: hidden from somebody who may not see them, or listed so that they stand out."""

import re
from collections.abc import Iterator, Mapping

from shared.capture.said import in_place
from shared.domain.fields import FieldValue

_SHORTEST_WORD = 3
_LAST_DIGITS = 7
_PLACEHOLDERS = {"email": "[e-mail]", "phone": "[phone]", "name": "[name]"}


def mask(text: str, known: Mapping[str, FieldValue]) -> str:
    """Return `text` with the known e-mail, phone and name, however they are written, replaced by what they are."""
    spans: list[tuple[int, int, str]] = []
    folded = in_place(text)
    for field, placeholder in _PLACEHOLDERS.items():
        if value := known.get(field):
            for pattern in _patterns(field, value):
                spans += [(*match.span(), placeholder) for match in re.finditer(pattern, folded)]
    masked, position = [], 0
    for start, end, placeholder in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= position:
            masked += [text[position:start], placeholder]
            position = end
    return "".join(masked) + text[position:]


def _patterns(field: str, value: FieldValue) -> Iterator[str]:
    if field == "phone":
        digits = "".join(filter(str.isdigit, in_place(value.value)))[-_LAST_DIGITS:]
        if digits:
            yield r"(?<![\d])(?:[+(]?\d[\d\s().\-/+]{0,14})?" + r"[\s().\-/]{0,3}".join(digits) + r"(?!\d)"
        return
    for form in dict.fromkeys((in_place(value.value), in_place(value.shown))):
        if form:
            yield rf"(?<![\w]){re.escape(form)}(?![\w])"
    if field == "name":
        for word in in_place(value.shown).split():
            if len(word) >= _SHORTEST_WORD or not word.isascii():
                yield rf"(?<!\w){re.escape(word)}(?!\w)"


def bold_values(known: Mapping[str, FieldValue]) -> tuple[str, ...]:
    """Return what is known in both its forms, each once, the longer first: what a reply repeats back in bold."""
    forms = dict.fromkeys(form for value in known.values() for form in (value.shown, value.value) if form)
    return tuple(sorted(forms, key=len, reverse=True))
