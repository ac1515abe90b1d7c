"""E-mail addresses and phone numbers in a message, and attempts at them."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice

from shared.capture.found import Found
from shared.capture.ownership import NOUN, clause_start, whose
from shared.capture.said import Said

MOST_DIGITS = 15
MOST = 6  # addresses of one kind that a message is searched for
_ALTERNATIVE = re.compile(r"[ ,]*(?:/|or|o|oder|ou|او)[ ,]*")
_FEWEST_DIGITS = 7
_FEWEST_ASKED = 3
_NO_PLUS_DIGITS = 9
_ID_WORDS = (
    r"(?:order|invoice|reference|ref|ticket|booking|tracking|serial|part|model|account|customer|case|article|item|isbn|"
    r"sku|iban|vat|tax|zip|postcode|code|pin|card|pedido|factura|referencia|cuenta|codigo|bestell\w*|rechnung\w*|"
    r"kunden\w*|auftrag\w*|konto\w*|artikel\w*|plz|commande|facture|dossier|compte|suivi|رقم الطلب|الطلب|الفاتورة|"
    r"حساب|budget|price|cost|year|since)"
)


@cache
def _email() -> re.Pattern[str]:
    return re.compile(r"(?<![\w.%+'-])\w[\w.!#$%&*+/=?^{|}~'-]{0,63}@(?:[\w-]{1,63}(?:\.[\w-]{1,63}){0,6})?")


@cache
def _spelled() -> re.Pattern[str]:
    """Match "ana at gmail" and "ana (arroba) gmail punto com": meant as an address, but none."""
    hosts = r"(?:gmail|googlemail|hotmail|outlook|yahoo|icloud|gmx|web|live|proton|protonmail|aol|orange|free|wanadoo)"
    at = r" ?[(\[]?(?:at|arroba|arobase|chez|klammeraffe|ät|ات|@)[)\]]? ?"
    dot = r"(?: ?[(\[]?(?:dot|punto|punkt|point|نقطة)[)\]]? ?|\.)"
    return re.compile(
        rf"(?<![\w.+-])[\w.+-]{{2,40}}{at}(?:{hosts}(?:{dot}\w{{2,6}})?|[\w-]{{1,40}}{dot}\w{{2,6}})(?!\w)"
        rf"|(?<![\w.+-])[\w.+-]{{2,40}}\.?{hosts}\.\w{{2,4}}(?!\w)"
    )


@cache
def _digits() -> re.Pattern[str]:
    return re.compile(r"(?<![\w@.,+/-])(?:\+|\(\+?)?\d(?:[\d ()./-]{1,28})\d(?![\w@])")


@cache
def _no_phone() -> re.Pattern[str]:
    dates = r"\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{2,4}"
    years = r"(?:(?:19|20)\d\d[ /-]{0,3}){2,5}"
    return re.compile(
        rf"(?:{years}|[\d.,]+[.,]\d{{2}}|\d{{1,3}}(?:\.\d{{3}})+|\d{{4}} ?- ?\d{{4}})$|(?:{dates})(?![\d.])"
    )


@cache
def _id_before() -> re.Pattern[str]:
    name = r"(?: ?(?:number|no|nr|num|numero|id|is|#|es|ist|est|هو)\.?){0,3}"
    return re.compile(rf"(?<!\w){_ID_WORDS}{name} ?[:#]? ?$|#$"
                      r"|[$€£¥] ?$")  # fmt: skip


@cache
def _money_after() -> re.Pattern[str]:
    return re.compile(r" ?(?:[$€£¥%]|(?:eur|usd|euros?|dollars?|pounds?|kg|km|cm|mm|m2|people|personas|personen)\b)")


@cache
def _phone_word() -> re.Pattern[str]:
    return re.compile(r"(?:phone|mobile|cell|whatsapp|number|tel\b|telefon|movil|celular|numero|handy|nummer|portable|"
                      r"\bcall|\btext me|llama|anruf|appel|rappel|هاتف|جوال|رقم|اتصل|موبايل)")  # fmt: skip


def emails(said: Said, field: str, *, asked: bool) -> Iterator[Found]:
    """Yield the e-mail addresses of a message that may be the visitor's, and those said not to be."""
    floor, any_found = 0, False
    for match in islice(_email().finditer(said.text), MOST) if "@" in said.text else ():
        any_found = True
        end = match.end()
        yield from _judged(said, field, match.start(), end, floor)
        floor = end
    if not any_found and (asked or "@" in said.text):
        for match in islice(_spelled().finditer(said.folded), MOST):
            if asked or whose(said, match.start(), match.end(), 0) == "own":
                yield Found(field, match.start(), match.end(), match.start(), attempt=True)


def phones(said: Said, field: str, *, asked: bool) -> Iterator[Found]:
    """Yield the phone numbers of a message that may be the visitor's, and those said not to be."""
    floor = 0
    for match in islice(_digits().finditer(said.folded), MOST):
        for start, end in _apart(said, *match.span()):
            if _is_phone(said, start, end, asked=asked):
                yield from _judged(said, field, start, end, floor)
                floor = end


def _apart(said: Said, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the numbers of "600123456 / 611222333"."""
    for part in said.folded[start:end].split(" / "):
        yield start, start + len(part)
        start += len(part) + len(" / ")


def _judged(said: Said, field: str, start: int, end: int, floor: int) -> Iterator[Found]:
    if floor and _ALTERNATIVE.fullmatch(said.folded, floor, start):
        return  # "a@x.com or b@x.com": the first is meant
    owner = whose(said, start, end, floor)
    if owner != "other":
        own = owner == "own" or bool(_announced().search(said.folded[floor:start]))
        begin = clause_start(said, start, floor) if own else start
        yield Found(field, start, end, begin, explicit=own, denied=owner == "denied")


@cache
def _announced() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){NOUN}(?: (?:is|es|ist|est|هو))? ?[:=]? ?$")


def _is_phone(said: Said, start: int, end: int, *, asked: bool) -> bool:
    """Say whether these digits are meant as a phone number rather than as an order, a date or a price."""
    digits = sum(char.isdigit() for char in said.folded[start:end])
    before = said.folded[max(said.sentence_at(start).start, start - 40) : start]
    if _no_phone().match(said.folded, start, end) or _money_after().match(said.folded, end):
        return False
    if digits > MOST_DIGITS + len("00") or _id_before().search(before):
        return False
    if asked:
        return digits >= _FEWEST_ASKED
    if _phone_word().search(before):
        return digits >= _FEWEST_DIGITS - 1
    grouped = any(char in " -.()/" for char in said.folded[start:end])
    return digits >= (_FEWEST_DIGITS if said.folded[start] in "+(" or grouped else _NO_PLUS_DIGITS)
