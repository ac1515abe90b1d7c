"""A business's own fields, announced by their cues or their label: "my budget is 2000", "City: Madrid"."""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice

from shared.capture import dates, numerals
from shared.capture.found import Found
from shared.capture.ownership import clause_start
from shared.capture.said import Said, level
from shared.capture.talk import is_question
from shared.domain.fields import BUILT_IN, FieldSpec

_BUILT_IN = frozenset(spec.id for spec in BUILT_IN)
_IS = (
    r"(?: (?:is|are|was|would be|will be|should be|es|son|es de|seria|sera|ist|sind|ware|betragt|liegt bei|est|sont|"
    r"serait|est de|هو|هي|to|a|auf|en)(?!\w)|'s(?!\w))"
)
_ABOUT = (
    r"(?: (?:about|around|approximately|roughly|now|actually|really|only|just|maybe|up to|at least|on|in|of|unos|unas|"
    r"de|etwa|rund|circa|ca\.?|environ|maximum|max\.?|the|el|la|am|der|die|das|le|حوالي|تقريبا|يوم)(?!\w))"
)
_OWN = r"(?:my|our|mi|nuestr[oa]|meine?n?|unser[en]?|mon|ma|notre)"
_OTHERS = r"(?:your|his|her|their|its|tu|su|dein\w*|ihr\w*|sein\w*|votre|ton|ta|son|sa|leur|\w+'s)(?: \w+)? $"
_STOP = (
    r",(?!\d)| - | – |\n| (?:and|but|y|pero|und|aber|et|mais|و|لكن) (?=(?:my|i|i'm|we|our|it|the|need|want|would|mi|me|"
    r"soy|quiero|necesito|ich|mein\w*|wir|brauche|je|j'|mon|ma|nous|انا|اسمي|بريدي|رقمي|اريد)(?!\w))"
)
_FILLERS = 3
_NEAR = 60  # characters before a cue that say whose value it is
MOST = 20  # announcements in one message that are looked at


@cache
def _after() -> re.Pattern[str]:
    return re.compile(rf"(?P<is>{_IS}| ?[:=])?{_ABOUT}{{0,{_FILLERS}}} ?")


@cache
def _stop() -> re.Pattern[str]:
    return re.compile(_STOP)


@cache
def _denied() -> re.Pattern[str]:
    return re.compile(r"(?:not|nicht|pas|no|ليس)(?!\w)")


@cache
def _article() -> re.Pattern[str]:
    return re.compile(r" (?:an?|the|this|my|your|un|una|eine?[rmn]?|une)(?!\w)")


@cache
def _others() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){_OTHERS}")


@cache
def _owned() -> re.Pattern[str]:
    return re.compile(rf"(?:^|(?<!\w)){_OWN} (?:\w+ )?$|(?:^|\n|[,.] ?)$")


@lru_cache(maxsize=256)
def _announcements(specs: tuple[FieldSpec, ...]) -> tuple[re.Pattern[str], Mapping[str, str]] | None:
    """Return the pattern of every cue and label of these fields, and whose each is."""
    whose: dict[str, str] = {}
    for spec in specs:
        if spec.id not in _BUILT_IN or spec.cues:
            for cue in spec.cues if spec.id in _BUILT_IN else (*spec.cues, spec.label):
                whose.setdefault(level(cue).strip(" :="), spec.id)
    whose.pop("", None)
    if not whose:
        return None
    cues = "|".join(re.escape(cue) for cue in sorted(whose, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{cues})(?!\w)"), whose


def announced(said: Said, specs: Mapping[str, FieldSpec]) -> Iterator[Found]:
    """Yield the values of fields whose cue or label stands before them."""
    table = _announcements(tuple(specs.values()))
    if table is None:
        return
    pattern, whose = table
    for match in islice(pattern.finditer(said.folded), MOST):
        spec = specs[whose[match.group()]]
        sentence = said.sentence_at(match.start())
        before = said.folded[max(sentence.start, match.start() - _NEAR) : match.start()]
        if sentence.asks or _others().search(before) or is_question(said.folded[sentence.start : sentence.end]):
            continue
        if found := _value(said, spec, match, sentence.end):
            yield found


def _value(said: Said, spec: FieldSpec, match: re.Match[str], stop: int) -> Found | None:
    after = _after().match(said.folded, match.end(), stop)
    start = after.end() if after else match.end()
    copula = bool(after and after["is"])
    if spec.type in ("text", "name", "yes_no", "choice") and not _announces(said, spec, match, copula=copula):
        return None
    if _denied().match(said.folded, start, stop) and spec.type != "yes_no":
        return None
    if spec.type == "text" and _article().match(said.folded, match.end(), stop):
        return None  # "I live in a small flat" names no city
    end = _end(said, spec, start, stop)
    if end <= start:
        return None
    begin = clause_start(said, match.start(), 0)
    return Found(spec.id, start, end, begin, explicit=True)


def _announces(said: Said, spec: FieldSpec, match: re.Match[str], *, copula: bool) -> bool:
    """Say whether these words announce a value: a label needs an owner and "is", a cue of one word "is" alone."""
    cue = match.group()
    if cue != level(spec.label) or spec.label in spec.cues:
        return copula or " " in cue
    begin = said.sentence_at(match.start()).start
    before = said.folded[max(begin, match.start() - _NEAR) : match.start()]
    return copula and bool(_owned().search(before))


def _end(said: Said, spec: FieldSpec, start: int, stop: int) -> int:
    """Return where the value ends: behind the number or the date, else before the next clause."""
    if spec.type == "number":
        number = numerals.number().match(said.folded, start, stop)
        return number.end() if number else start
    if spec.type == "date":
        day = dates.expression().match(said.folded, start, stop)
        return day.end() if day else start
    if spec.type in ("email", "phone"):
        return start  # found by their form, wherever they stand
    brake = _stop().search(said.folded, start, stop)
    return brake.start() if brake else stop
