"""Text as it is spoken: lower-case English words only; numbers, prices, times and addresses in words.

The synthesiser and the recogniser both read a phrase through it, so that they mean the same words.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from pocketsphinx import get_model_path  # type: ignore[import-untyped]

from local.speech.numerals import cardinal, digits, ordinal, said

_NUMBER = r"\d{1,3}(?:,\d{3})+|\d+"
_COINS = {"£": ("pound", "pounds"), "$": ("dollar", "dollars"), "€": ("euro", "euros")}
_SIGNS = {".": "dot", "-": "dash", "_": "underscore", "+": "plus", "/": "slash"}
_LETTERS = re.compile(r"[a-z]+(?:'[a-z]+)*")
_SHORTEST = 3
_PHONE_DIGITS = 7


def spoken(text: str) -> str:
    """Return the words of `text` as one says them, lower case, single spaces: '£95' is 'ninety five pounds'."""
    plain = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").lower()
    for pattern, said_as in _RULES:
        plain = pattern.sub(said_as, plain)
    letters = unicodedata.normalize("NFKD", plain)
    return " ".join(_LETTERS.findall("".join(mark for mark in letters if not unicodedata.combining(mark))))


@lru_cache(maxsize=1)
def dictionary() -> frozenset[str]:
    """Return the words that the recogniser can already say."""
    lines = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8").splitlines()
    return frozenset(line.split(maxsplit=1)[0] for line in lines)


def _address(match: re.Match[str]) -> str:
    local = " ".join(digits(mark) if mark.isdigit() else _SIGNS.get(mark, mark) for mark in match["local"])
    return f" {local} at {_host(match['host'])} "


def _host(host: str) -> str:
    parts = re.findall(r"[a-z]+|\d+|[.-]", host.removeprefix("www."))
    return " ".join(_label(part) if part.isalpha() else _SIGNS.get(part) or digits(part) for part in parts)


def _label(label: str) -> str:
    """'acmemail' is heard as two words; what is none at all is spelled."""
    if label in dictionary():
        return label
    cuts = sorted(range(_SHORTEST, len(label) - _SHORTEST + 1), key=lambda cut: abs(2 * cut - len(label)))
    for cut in cuts:
        if label[:cut] in dictionary() and label[cut:] in dictionary():
            return f"{label[:cut]} {label[cut:]}"
    return label if re.search("[aeiouy]", label) else " ".join(label)


def _price(match: re.Match[str]) -> str:
    whole = int(match["whole"].replace(",", ""))
    coin = _COINS[match["coin"]][whole != 1]
    cents = int(match["cents"] or 0)
    return f" {cardinal(whole)} {coin} {cardinal(cents) if cents else ''} "


def _time(match: re.Match[str]) -> str:
    minutes = match["minutes"]
    past = "" if minutes == "00" else f"oh {said(minutes[1])}" if minutes[0] == "0" else said(minutes)
    return f" {said(str(int(match['hour'])))} {past} "


def _phone(match: re.Match[str]) -> str:
    plus = "plus " if match[0].startswith("+") else ""
    return f" {plus}{digits(re.sub('[^0-9]', '', match[0]))} "


# Written one way, said another.
_WRITTEN = {"mr": "mister", "mrs": "missus", "dr": "doctor", "e-mail": "email", "e-mails": "emails"}

_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), said_as)
    for pattern, said_as in (
        (r"\b(?:mrs?|dr|e-mails?)\b(?![@-])", lambda found: _WRITTEN[found[0]]),
        (r"(?P<local>[a-z0-9._+-]+)@(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)", _address),
        (r"(?:https?://)?(?P<host>[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{2,})\b", lambda found: _host(found["host"])),
        (rf"(?P<coin>[£$€]) ?(?P<whole>{_NUMBER})(?:\.(?P<cents>\d\d))?", _price),
        (r"\b(?P<hour>[01]?\d|2[0-3]):(?P<minutes>[0-5]\d)\b", _time),
        (rf"\+?\d(?:[ ()-]{{0,2}}\d){{{_PHONE_DIGITS - 1},}}", _phone),
        (r"\b(\d{1,9})(?:st|nd|rd|th)\b", lambda found: f" {ordinal(int(found[1]))} "),
        (r"\b(\d+)\.(\d+)", lambda found: f" {said(found[1])} point {digits(found[2])} "),
        (_NUMBER, lambda found: f" {said(found[0].replace(',', ''))} "),
        ("%", lambda _: " percent "),
        ("&", lambda _: " and "),
        ("@", lambda _: " at "),
    )
)
