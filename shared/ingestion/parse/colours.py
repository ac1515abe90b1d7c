"""Colours of inline styles, as far as telling text from what is behind it needs them."""

import re

Colour = tuple[int, int, int]

_NAMED: dict[str, Colour] = {
    "white": (255, 255, 255), "snow": (255, 250, 250), "ivory": (255, 255, 240), "ghostwhite": (248, 248, 255),
    "whitesmoke": (245, 245, 245), "floralwhite": (255, 250, 240), "azure": (240, 255, 255),
    "black": (0, 0, 0), "red": (255, 0, 0), "lime": (0, 255, 0), "green": (0, 128, 0), "blue": (0, 0, 255),
    "yellow": (255, 255, 0), "gray": (128, 128, 128), "grey": (128, 128, 128), "silver": (192, 192, 192),
    "navy": (0, 0, 128), "maroon": (128, 0, 0), "teal": (0, 128, 128), "purple": (128, 0, 128), "orange": (255, 165, 0),
    "lightgray": (211, 211, 211), "lightgrey": (211, 211, 211), "darkgray": (169, 169, 169), "pink": (255, 192, 203),
}  # fmt: skip
_HEX = re.compile(r"#([0-9a-f]{3,8})\b")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+)(%?))?\s*\)")
_CLOSE = 60  # of 765: #eee on white; nobody reads that


def colour(value: str) -> Colour | None:
    """Return the colour a value names, `background` shorthand too; None when it names none that is known here."""
    text = value.strip().lower()
    if "url(" in text or "gradient" in text:
        return None
    if found := _HEX.search(text):
        return _of_hex(found[1])
    if found := _RGB.search(text):
        return int(found[1]), int(found[2]), int(found[3])
    return next((_NAMED[word] for word in text.split() if word in _NAMED), None)


def near(one: Colour, other: Colour) -> bool:
    """Say whether text of one colour cannot be read on the other."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) <= _CLOSE


def is_clear(style: dict[str, str]) -> bool:
    """Say whether a style draws text with no colour at all, and does not fill its letters with a picture."""
    text = style.get("color", "")
    if "background-clip" in style or "-webkit-background-clip" in style:
        return False
    found = _RGB.search(text)
    return text == "transparent" or bool(found and found[4] and float(found[4]) == 0)


def _of_hex(digits: str) -> Colour | None:
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) not in (6, 8):
        return None
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
