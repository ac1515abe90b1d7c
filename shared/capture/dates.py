"""Dates as people write them in five languages: ISO, figures in the region's order, months by name, "tomorrow"."""

import re
from datetime import date, timedelta
from functools import cache

from shared.capture.said import level

FIRST_YEAR, LAST_YEAR = 1900, 2100
_MONTHS_IN_A_YEAR = 12
_DAYS_IN_A_WEEK = 7
_AHEAD = 20  # two-digit years up to this far ahead are of this century
MONTH_FIRST = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "UM", "PH", "FM", "MH", "PW"})
YEAR_FIRST = frozenset({"CN", "JP", "KR", "TW", "HU", "LT", "SE", "CA", "ZA", "IR", "MN"})
DOTTED = frozenset({"DE", "AT", "CH", "LI", "PL", "CZ", "SK", "FI", "NO", "DK", "RU", "TR", "RO", "BG", "UA", "EE"})
_MONTHS = (
    ("january", "jan", "enero", "ene", "januar", "janner", "janvier", "janv", "يناير", "كانون الثاني"),
    ("february", "feb", "febrero", "februar", "fevrier", "fevr", "fev", "فبراير", "شباط"),
    ("march", "mar", "marzo", "marz", "mrz", "mars", "مارس", "اذار"),
    ("april", "apr", "abril", "abr", "avril", "avr", "ابريل", "نيسان"),
    ("may", "mayo", "mai", "مايو", "ايار"),
    ("june", "jun", "junio", "juni", "juin", "يونيو", "حزيران"),
    ("july", "jul", "julio", "juli", "juillet", "juil", "يوليو", "تموز"),
    ("august", "aug", "agosto", "ago", "aout", "اغسطس", "اب"),
    ("september", "sept", "sep", "septiembre", "setiembre", "septembre", "سبتمبر", "ايلول"),
    ("october", "oct", "octubre", "oktober", "okt", "octobre", "اكتوبر", "تشرين الاول"),
    ("november", "nov", "noviembre", "novembre", "نوفمبر", "تشرين الثاني"),
    ("december", "dec", "diciembre", "dic", "dezember", "dez", "decembre", "ديسمبر", "كانون الاول"),
)
_DAYS = (
    ("monday", "lunes", "montag", "lundi", "الاثنين"), ("tuesday", "martes", "dienstag", "mardi", "الثلاثاء"),
    ("wednesday", "miercoles", "mittwoch", "mercredi", "الاربعاء"),
    ("thursday", "jueves", "donnerstag", "jeudi", "الخميس"), ("friday", "viernes", "freitag", "vendredi", "الجمعة"),
    ("saturday", "sabado", "samstag", "sonnabend", "samedi", "السبت"),
    ("sunday", "domingo", "sonntag", "dimanche", "الاحد"),
)  # fmt: skip
_RELATIVE = (
    ("today", "hoy", "heute", "aujourd'hui", "اليوم"),
    ("tomorrow", "manana", "morgen", "demain", "غدا", "بكرة"),
    ("day after tomorrow", "pasado manana", "ubermorgen", "apres-demain", "apres demain", "بعد غد"),
)
_BEFORE = (
    r"(?:(?:on|the|this|next|coming|it's|it is|for|by|from|starting|el|este|proximo|proxima|para el|para|desde|am|den|"
    r"der|dem|ab|vom|diesen|nachsten|kommenden|fur|le|ce|pour le|pour|des|يوم|في|من|القادم),? )"
)


class NoDate(ValueError):
    """Not a date: `impossible` says that it was meant as one ("31/02")."""

    def __init__(self, *, impossible: bool) -> None:
        super().__init__("no date")
        self.impossible = impossible


@cache
def _numbers(table: tuple[tuple[str, ...], ...]) -> dict[str, int]:
    return {word: number for number, words in enumerate(table) for word in words}


def _one_of(table: tuple[tuple[str, ...], ...]) -> str:
    return "|".join(sorted(_numbers(table), key=len, reverse=True))


@cache
def expression() -> re.Pattern[str]:
    """Match one date in folded text."""
    months, year = _one_of(_MONTHS), r"(?P<{}>\d{{4}})"
    return re.compile(
        r"(?<![\w.,/-])(?:"
        r"(?P<y>\d{4})(?P<s1>[-/.])(?P<m>\d{1,2})(?P=s1)(?P<d>\d{1,2})(?!\d)"
        r"|(?P<a>\d{1,2})(?P<s2>[-/.])(?P<b>\d{1,2})(?:(?P=s2)(?P<y2>\d{4}|\d{2})(?!\d)|\.?(?![\d/-]))"
        rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th|er|\.|º|°)? ?(?:of |de |del )?(?P<m3>{months})\.?"
        rf"(?:,? (?:de |del )?{year.format('y3')})?(?!\w)"
        rf"|(?P<m4>{months})\.? (?P<d4>\d{{1,2}})(?:st|nd|rd|th)?(?!\w)(?:,? {year.format('y4')}(?!\w))?"
        rf"|(?P<relative>{_one_of(_RELATIVE)})(?!\w)"
        rf"|(?P<weekday>{_one_of(_DAYS)})(?: next| que viene| proximo| prochain| القادمة?| المقبلة?)?(?!\w))"
    )


@cache
def _whole() -> re.Pattern[str]:
    days = _one_of(_DAYS)
    return re.compile(rf"{_BEFORE}{{0,3}}(?:(?:{days}|lun|mar|mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)\.?,? )?"
                      rf"{_BEFORE}{{0,2}}{expression().pattern}")  # fmt: skip


def read(raw: str, region: str, today: date) -> date:
    """Return the date that `raw` is; NoDate when it is none."""
    folded = level(raw.strip(" \n!,;:?"))
    match = _whole().fullmatch(folded)
    if not match:
        raise NoDate(impossible=False)
    return meaning(match, region, today)


def meaning(match: re.Match[str], region: str, today: date) -> date:
    """Return the date of a match of `expression`; NoDate when the calendar has none such."""
    try:
        found = _meaning(match, region, today)
    except (ValueError, OverflowError) as error:
        raise NoDate(impossible=True) from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise NoDate(impossible=True)
    return found


def _meaning(match: re.Match[str], region: str, today: date) -> date:
    if match["relative"]:
        return today + timedelta(days=_numbers(_RELATIVE)[match["relative"]])
    if match["weekday"]:
        ahead = (_numbers(_DAYS)[match["weekday"]] - today.weekday()) % _DAYS_IN_A_WEEK
        return today + timedelta(days=ahead or _DAYS_IN_A_WEEK)
    if match["y"]:
        return date(int(match["y"]), int(match["m"]), int(match["d"]))
    if match["a"]:
        month, day = _in_order(int(match["a"]), int(match["b"]), match["s2"], region)
        return _with_year(match["y2"], month, day, today)
    month = _numbers(_MONTHS)[match["m3"] or match["m4"]] + 1
    return _with_year(match["y3"] or match["y4"], month, int(match["d3"] or match["d4"]), today)


def _in_order(first: int, second: int, sign: str, region: str) -> tuple[int, int]:
    """Return month and day: dots are day first everywhere, else the region's order, unless only the other can be."""
    month_first = region in MONTH_FIRST and sign != "."
    month, day = (first, second) if month_first else (second, first)
    return (day, month) if month > _MONTHS_IN_A_YEAR >= day else (month, day)


def _with_year(year: str | None, month: int, day: int, today: date) -> date:
    """Return the date; without a year it is the next such day, with two digits the likelier century."""
    if year and len(year) > len("26"):
        return date(int(year), month, day)
    if year:
        century = today.year // 100 * 100
        near = century + int(year)
        return date(near if near <= today.year + _AHEAD else near - 100, month, day)
    for candidate in range(today.year, today.year + 9):  # the 29th of February may be eight years away
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise NoDate(impossible=True)


def written(day: date, region: str) -> str:
    """Return `day` in figures in the region's order."""
    if region in YEAR_FIRST:
        return day.isoformat()
    if region in MONTH_FIRST:
        return f"{day.month:02}/{day.day:02}/{day.year:04}"
    sign = "." if region in DOTTED else "/"
    return f"{day.day:02}{sign}{day.month:02}{sign}{day.year:04}"
