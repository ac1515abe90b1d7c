"""Numbers, shares and money as a language writes them. Digits are Latin in all of them. Pure."""

_SEPARATORS = {"en": (",", "."), "es": (".", ","), "de": (".", ","), "fr": ("\u202f", ","), "ar": (",", ".")}


def number(value: float, language: str, places: int = 0) -> str:
    """Return a number with the language's separators."""
    thousands, point = _SEPARATORS[language]
    text = f"{value:,.{places}f}"
    return text.translate(str.maketrans(",.", thousands + point))


def percent(value: float, language: str, *, signed: bool = False) -> str:
    """Return a share in per cent; `signed` with its plus or minus."""
    sign = ("+" if value > 0 else "\u2212" if value < 0 else "") if signed else ""
    space = "" if language == "en" else "\u00a0"
    return together(f"{sign}{number(abs(value), language)}{space}%", language)


def dollars(value: float, language: str) -> str:
    """Return an amount in US dollars; small ones to a tenth of a cent."""
    places = 2 if value >= 1 or value == 0 else 3
    text = number(value, language, places)
    return f"${text}" if language == "en" else together(f"{text}\u00a0US$", language)


def together(text: str, language: str) -> str:
    """Return a text that is read from left to right as it would stand alone, also among Arabic ones."""
    return f"\u2066{text}\u2069" if language == "ar" else text
