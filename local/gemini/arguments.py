"""Reads a function's arguments out of what the visitor said. Pure; it must not make values up."""

import re
from collections.abc import Mapping
from typing import Any

from local.gemini.reader import Prompt
from local.gemini.words import content_words, days_in, fold

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<![\w@.])\+?\(?\d[\d\s().-]{5,}\d(?!\w)")
_CODE = re.compile(r"(?<!\w)#?(?=[\w-]*\d)[\w-]{3,}(?!\w)")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?!\w)")
_DATE = re.compile(
    r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?\b|\b(?:today|tomorrow)\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm)\b|\b\d{1,2}:\d\d\b", re.IGNORECASE)
# A name keeps its capitals, unless the visitor writes none at all.
_INTRODUCED = re.compile(
    r"(?:(?i:\bmy name is|\bname's|\bname:|\bthis is|\bi am|\bi'm|\bit's|\bcall me)\s+)"
    r"(?P<name>[^\W\d_a-z][\w'’-]*(?:\s+[^\W\d_a-z][\w'’-]*){0,2})"
)
_LOWER_NAME = re.compile(r"\bmy name is\s+(?P<name>[^\W\d_]+(?:\s+(?!and\b|my\b)[^\W\d_]+)?)", re.IGNORECASE)
_BARE_NAME = re.compile(r"\s*(?P<name>[^\W\d_a-z][\w'’-]*(?:\s+[^\W\d_a-z][\w'’-]*){0,2})[.!]?\s*")


def read_arguments(schema: Mapping[str, Any], prompt: Prompt) -> tuple[dict[str, Any], list[str]]:
    """The arguments found, and the required ones that were not."""
    properties = schema.get("properties") or {}
    required = list(schema.get("required") or [])
    found: dict[str, Any] = {}
    for name, shape in properties.items():
        value = _read(name, shape if isinstance(shape, Mapping) else {}, prompt, needed=name in required)
        if value is not None:
            found[name] = value
    return found, [name for name in required if name not in found]


def holds_contact(schema: Mapping[str, Any], message: str) -> bool:
    """Whether the message gives an email or phone that the function takes."""
    names = " ".join(schema.get("properties") or {}).lower()
    return bool(("mail" in names and EMAIL.search(message)) or (_is_phone(names) and PHONE.search(message)))


def _is_phone(name: str) -> bool:
    return any(word in name for word in ("phone", "mobile", "tel", "whatsapp"))


def _read(name: str, shape: Mapping[str, Any], prompt: Prompt, *, needed: bool) -> object:
    kind = _kind(shape)
    if options := [option for option in shape.get("enum") or [] if isinstance(option, str)]:
        return _option(options, prompt.message)
    if kind in {"integer", "number"}:
        number = _NUMBER.search(EMAIL.sub("", prompt.message))
        if number is None:
            return None
        return int(float(number[0])) if kind == "integer" else float(number[0])
    if kind == "string":
        return _text(name.lower(), prompt, needed=needed)
    return None


def _kind(shape: Mapping[str, Any]) -> str:
    kind = shape.get("type") or "string"
    options = [item for item in kind if item != "null"] if isinstance(kind, list) else [kind]
    return str(options[0]).lower() if options else "string"


def _option(options: list[str], message: str) -> str | None:
    said = content_words(message)
    scored = [(len(content_words(option.replace("_", " ")) & said), option) for option in options]
    count, best = max(scored, key=lambda item: item[0])
    return best if count else None


def _text(name: str, prompt: Prompt, *, needed: bool) -> str | None:
    """A string argument by the meaning of its name; free text is the message itself."""
    said = prompt.said
    if "mail" in name:
        return _latest(EMAIL, said)
    if "name" in name and "business" not in name:
        return _name(name, prompt)
    if "time" in name:
        return _latest(_CLOCK, said) or _date(said)
    if "date" in name or name == "day":
        return _date(said)
    if _is_phone(name) or name.endswith(("id", "number", "code", "reference", "_ref")):
        return _latest(PHONE if _is_phone(name) else _CODE, EMAIL.sub("", said))
    return prompt.message if needed and prompt.message else None


def _date(said: str) -> str | None:
    return _latest(_DATE, said) or next((word for word in re.findall(r"\w+", said) if days_in(word)), None)


def _latest(pattern: re.Pattern[str], said: str) -> str | None:
    match = pattern.search(said)
    return match[0].strip(" .,#") if match else None


def _name(argument: str, prompt: Prompt) -> str | None:
    match = _INTRODUCED.search(prompt.said) or _LOWER_NAME.search(prompt.said)
    if match is None and "name" in fold(prompt.last_reply):
        # The bot has just asked for it, so a message of capitalised words is a name.
        match = _BARE_NAME.match(re.split(r"[,;\n]|\s[-–]\s", prompt.message)[0] + " ")
    if match is None:
        return None
    words = match["name"].split()
    if "first" in argument:
        return words[0]
    if "last" in argument or "surname" in argument:
        return words[-1] if len(words) > 1 else None
    return " ".join(words)
