"""Cleaning of text that people type: one definition for messages, configuration and metadata."""

import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

# Invisible characters that reorder or hide text: how injected instructions are usually smuggled.
_INVISIBLE = (
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A), 0xFEFF,
    *range(0xE0000, 0xE0080),
)  # fmt: skip
_JOINERS = (0x200C, 0x200D)  # needed by Persian, Indic scripts and emoji
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000))
_LINE_ENDS = (0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029)
_TABLE: dict[int, str | None] = {
    **dict.fromkeys(code for code in (*_CONTROLS, *_INVISIBLE) if code not in (*_JOINERS, 0x09, 0x0A)),
    **dict.fromkeys(_LINE_ENDS, "\n"),
}


def clean(text: str) -> str:
    """Return `text` in NFC without control, bidirectional-override and zero-width characters, trimmed."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return unicodedata.normalize("NFC", visible(text)).strip()


def visible(text: str) -> str:
    """Return `text` with every kind of line end as a newline and without the characters nobody can see."""
    return text.replace("\r\n", "\n").translate(_TABLE)


def clean_json(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, the same shape out
    """Return a JSON value with every string in it cleaned (Postgres refuses NUL, people cannot see the rest)."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): clean_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    return value


def _clean_if_text(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


def _one_line(text: str) -> str:
    return " ".join(text.split())


Text = Annotated[str, BeforeValidator(_clean_if_text)]
Line = Annotated[Text, AfterValidator(_one_line)]
