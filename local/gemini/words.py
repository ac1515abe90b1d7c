"""Words that carry meaning, reduced so that 'Saturdays' meets 'Sat' and 'repairs' meets 'repair'. Pure."""

import functools
import re
import unicodedata
from collections.abc import Collection

_STOP_TEXT = """
    a an the and or but if of to in on at by for from with about into over as is are was were be been am do does did
    done have has had having can could would should will shall may might must i me my we us our you your yours it its
    they them their he she his her this that these those there here what which who whom whose when where why how so
    than then too very just also any some no not only own same s t re ll d ve m please tell know get got give want
    need like let say says much many long offer offers hi hello hey ok okay thanks thank one ones com
    el la los las un una de y que en es por para con su al del lo
    le les des du et est une dans pour avec sur au aux ce
    der die das und ist ein eine von zu mit auf den dem im fur
    het een van op te dat
"""
_STOP = frozenset(_STOP_TEXT.split())

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_DAYS = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6}
_DAY = r"(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?"
_RANGE = re.compile(rf"\b{_DAY}\.?\s*(?:-|–|—|to|through|thru|until|till)\s*{_DAY}\b")
_GROUPS = {"weekend": (5, 6), "weekends": (5, 6), "weekday": range(5), "weekdays": range(5), "daily": range(7)}

# Different words for one thing that small-business pages and their visitors mix freely.
_SAME = {
    "price": "cost",
    "pricing": "cost",
    "fee": "cost",
    "rate": "cost",
    "charge": "cost",
    "hour": "open",
    "opening": "open",
    "closed": "close",
    "closing": "close",
    "guarantee": "warranty",
    "guaranteed": "warranty",
    "booking": "book",
    "reserve": "book",
    "reservation": "book",
    "appointment": "book",
    "telephone": "phone",
    "call": "phone",
    "located": "address",
    "location": "address",
    "mail": "email",
    "e-mail": "email",
    "cancellation": "cancel",
    "bike": "bicycle",
    "pay": "payment",
    "paying": "payment",
    "deliver": "delivery",
    "delivered": "delivery",
    "kid": "child",
    "children": "child",
}


def fold(text: str) -> str:
    """Lower case without accents."""
    plain = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in plain if unicodedata.category(char) != "Mn")


# The first ending that fits is cut: plurals, then -ing and -ed with their doubled letter.
_ENDINGS = tuple(
    (re.compile(pattern), kept)
    for pattern, kept in (
        (r"(?<=\w{2})ies$", "y"),
        (r"(?<=\w)(ch|sh|ss|x)es$", r"\1"),
        (r"(?<=\w{2})([^sui])s$", r"\1"),
        (r"(?<=\w{2})([^aeiouls])\1(?:ing|ed)$", r"\1"),
        (r"(?<=\w{3})(?:ing|ed)$", ""),
    )
)
_FINAL_E = re.compile(r"(?<=\w{4})e$")
# Two words are relatives when the shorter, of this length at least, begins the longer.
_ROOT_CHARS = 5
_SUFFIX_CHARS = 4


@functools.lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A crude stem of one folded word: days in full, plurals and a few endings cut."""
    if word in _SHORT_DAYS:
        return DAYS[_SHORT_DAYS[word]]
    word = _SAME.get(word, word)
    for pattern, kept in _ENDINGS:
        if pattern.search(word):
            word = pattern.sub(kept, word)
            break
    return _FINAL_E.sub("", _SAME.get(word, word))


def tokens(text: str) -> list[str]:
    """Folded words and numbers, in order."""
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)?", fold(text))


def content_words(text: str) -> frozenset[str]:
    """Stems of the words that are not stop words."""
    plain = (re.sub(r"['’].*", "", token) for token in tokens(text))
    return frozenset(stem(word) for word in plain if word not in _STOP and (len(word) > 1 or word.isdigit()))


def likeness(word: str, others: Collection[str]) -> float:
    """1 for a word among `others`, 0.8 for a relative ('remind', 'reminder'), else 0."""
    if word in others:
        return 1.0
    return 0.8 if len(word) >= _ROOT_CHARS and any(_related(word, other) for other in others) else 0.0


@functools.lru_cache(maxsize=65536)
def _related(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    return len(short) >= _ROOT_CHARS and long.startswith(short) and len(long) - len(short) <= _SUFFIX_CHARS


def days_in(text: str) -> frozenset[str]:
    """Every day of the week the text covers; 'Mon-Fri' covers five."""
    folded = fold(text)
    days = {day for day in DAYS if day in content_words(folded)}
    for first, last in _RANGE.findall(folded):
        start, end = (DAYS.index(next(day for day in DAYS if day.startswith(name[:3]))) for name in (first, last))
        days.update(DAYS[(start + step) % 7] for step in range((end - start) % 7 + 1))
    for token in tokens(folded):
        days.update(DAYS[number] for number in _GROUPS.get(token, ()))
    return frozenset(days)
