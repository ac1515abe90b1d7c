"""Numbers as people write them: "1.500,50 €", "$1,500.50", "2k", "about 45 people"."""

import re
from decimal import Decimal
from functools import cache

from shared.capture.said import level

MAX_DIGITS = 15
_GROUP = 3
_CURRENCY = (
    r"(?:[$€£¥₹]|usd|eur|gbp|chf|mxn|aed|sar|euros?|dollars?|pounds?|dolares|pesos|pfund|livres?|يورو|دولار|ريال|درهم)"
)
_TIMES = {
    "k": 1000, "thousand": 1000, "mil": 1000, "tausend": 1000, "mille": 1000, "الف": 1000, "million": 10**6,
    "millions": 10**6, "millionen": 10**6, "millon": 10**6, "millones": 10**6, "m": 10**6, "مليون": 10**6,
}  # fmt: skip
_LEAD = (
    r"(?:about|around|approximately|approx\.?|roughly|maybe|probably|circa|ca\.?|up to|max(?:imum)?\.?|at least|just|"
    r"only|we are|we're|we'll be|there are|for|it's|it is|that's|i'd say|say|under|unos|unas|alrededor de|como|"
    r"aproximadamente|mas o menos|hasta|somos|son|solo|etwa|ungefahr|rund|bis|wir sind|es sind|nur|environ|a peu pres|"
    r"jusqu'a|nous sommes|on est|seulement|حوالي|تقريبا|نحو|حتى|نحن|~|≈)"
)
_SMALL = (
    ("zero", "cero", "null", "صفر"), ("one", "uno", "eins", "واحد"), ("two", "dos", "zwei", "deux", "اثنان", "اثنين"),
    ("three", "tres", "drei", "trois", "ثلاثة"), ("four", "cuatro", "vier", "quatre", "اربعة"),
    ("five", "cinco", "funf", "cinq", "خمسة"), ("six", "seis", "sechs", "ستة"),
    ("seven", "siete", "sieben", "sept", "سبعة"), ("eight", "ocho", "acht", "huit", "ثمانية"),
    ("nine", "nueve", "neun", "neuf", "تسعة"), ("ten", "diez", "zehn", "dix", "عشرة"),
)  # fmt: skip


@cache
def _small() -> dict[str, int]:
    return {word: number for number, words in enumerate(_SMALL) for word in words}


@cache
def number() -> re.Pattern[str]:
    """Match one number with its currency in folded text."""
    times = "|".join(sorted(_TIMES, key=len, reverse=True))
    words = "|".join(_small())
    return re.compile(
        rf"(?<![\w.,])(?:(?P<before>{_CURRENCY} ?)?(?P<digits>-?\d{{1,3}}(?:[ '.,]\d{{3}})+(?:[.,]\d{{1,6}})?(?!\d)"
        rf"|-?\d{{1,{MAX_DIGITS}}}(?:[.,]\d{{1,6}})?(?!\d))(?: ?(?P<times>{times})(?!\w))?"
        rf"(?P<after> ?{_CURRENCY}(?!\w))?|(?P<word>{words})(?!\w)(?! (?:{times}|hundred|cientos|hundert|cents?|مئة)))"
    )


@cache
def whole() -> re.Pattern[str]:
    """Match folded text that is one number, with "about" before and a unit of at most two words behind."""
    return re.compile(rf"(?:{_LEAD} ){{0,3}}({number().pattern})(?: ?%)?(?: [^\W\d]{{1,20}}){{0,2}}")


def readings(digits: str) -> tuple[Decimal, ...]:
    """Return the numbers that `digits` may mean, the likelier first: "1.500" is 1500, else 1.5."""
    digits = digits.replace(" ", "").replace("'", "")
    signs = [char for char in digits if char in ".,"]
    if not signs:
        return (Decimal(digits),)
    last = signs[-1]
    as_decimal = digits.replace("," if last == "." else ".", "").replace(last, ".")
    grouped = digits.replace(".", "").replace(",", "")
    head, _, tail = digits.rpartition(last)
    if len(set(signs)) > 1:  # "1.500,50": the last sign is the decimal one, and stands once
        return (Decimal(as_decimal),) if signs.count(last) == 1 else (Decimal(grouped),)
    if len(signs) > 1:
        return (Decimal(grouped),)
    if len(tail) == _GROUP and 0 < len(head.lstrip("-0")) <= _GROUP:
        return Decimal(grouped), Decimal(as_decimal)
    return (Decimal(as_decimal),)


def meanings(match: re.Match[str]) -> tuple[Decimal, ...]:
    """Return what a match of `number` may mean, the likelier first."""
    if match["word"]:
        return (Decimal(_small()[match["word"]]),)
    return tuple(value * _TIMES.get(match["times"] or "", 1) for value in readings(match["digits"]))


def written(value: Decimal) -> str:
    """Return the normal form: a point for decimals and no groups; never three decimals, which would read as a group."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    head, _, tail = text.rpartition(".")
    if head.lstrip("-0") and len(tail) == _GROUP:
        text += "0"
    return "0" if text in ("-0", "") else text


def read(raw: str) -> tuple[tuple[Decimal, ...], str] | None:
    """Return what `raw` may mean and the number as it was written; None when it is not one number."""
    raw = raw.strip(" \n.!,;:")
    match = whole().fullmatch(level(raw))
    if not match:
        return None
    shown = raw[match.start(1) : match.end(1)].strip()
    values = meanings(match)
    return values, written(values[0]) if match["word"] else shown
