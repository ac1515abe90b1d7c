"""The bare answer: "Ana López", "blue", "45" fill the field that was asked for, when they can be nothing else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from shared.capture import dates, numerals
from shared.capture.courtesy import is_courtesy
from shared.capture.found import Found
from shared.capture.said import Said, level, sentences
from shared.capture.talk import is_chat, is_question, is_refusal
from shared.domain.fields import FieldSpec

_COURTESY = 60  # characters at the end that may be "please" and "thanks"
_SHORT = 8  # words of a message that may hold a number or a date without announcing it
_ANNOUNCING = 5  # words: "you can reach me at"
_CHOICE_WORDS = 4
_LEAD = (
    r"(?:(?:ok|okay|sure|yes|yeah|yep|of course|no problem|hi|hello|hey|well|so|um|uh|si|claro|hola|vale|bueno|ja|klar|"
    r"hallo|gerne|oui|bien sur|bonjour|salut|نعم|اكيد|مرحبا|اهلا|طبعا)(?:[,.!:]? |$))+|"
    r"(?:(?:it's|it is|that's|that is|that would be|it would be|this is|my answer is|i think|i guess|i'd say|"
    r"i would say|"
    r"i'd go (?:for|with)|i'll take|i prefer|use|please use|es|seria|son|prefiero|creo que|das ist|es ist|es sind|"
    r"das ware|"
    r"ich denke|we are|we're|i work (?:for|at)|somos|wir sind|nous sommes|c'est|ce serait|ce sera|je dirais|"
    r"je prefere|and my|and|my|y|mi|und|et|هو|هي|و|also)(?: |$))+"
)
_TRAIL = (
    r"(?:[ ,.!]+(?:please|thanks|thank you|thx|here|por favor|gracias|bitte|danke|s'il (?:vous|te) plait|svp|merci|"
    r"من فضلك|لو سمحت|شكرا|and|y|und|et|و|&))+[ ,.!]*$"
)
_ASKING_FOR = (
    r"(?:tell|show|give|send|help) (?:me|us)\b|let me\b|i have a (?:question|problem)|i(?: just|'d like to| want to|"
    r" wanted to)+"
    r" (?:know|ask|talk|speak)|first\b|before (?:that|we|i)\b|digame|dime|quiero (?:saber|hablar)|quisiera saber|"
    r"ich (?:mochte|will|wollte) (?:wissen|fragen)|je (?:veux|voudrais|voulais) (?:savoir|parler|demander)|"
    r"اريد ان اعرف|"
    r"اخبرني|why do you|stop\b|cancel\b"
)
_WISHES = (
    r"i(?:'d| would) like\b|i (?:want|need)\b|quiero\b|quisiera\b|necesito\b|ich (?:mochte|will|brauche)\b|"
    r"je (?:veux|voudrais)\b|j'aimerais\b|اريد|احتاج"
)
_WANTS = (
    r"(?<!\w)(?:want|need|like|looking|buy|quote|offer|price|book|order|cancel|send|forward|help|quiero|"
    r"quisiera|necesito|"
    r"busco|compr|presupuesto para|envi|mand|pedido|brauche|suche|mochte|will|kauf|schick|send|angebot|termin|"
    r"veux|voudrais|"
    r"cherche|besoin|achet|envo|devis|commande|اريد|احتاج|ابحث|ارسل|طلب)"
)
_OPEN = (
    r"need|help|look|want|project|tell|descri|goal|reason|why|message|comment|detail|note|wish|necesi|busca|brauch|"
    r"wunsch|besoin|projet|proyecto|mensaje|nachricht|anliegen|احتاج|تحتاج|رسالة|مشروع"
)
_NEGATION = (
    r"(?<!\w)(?:not|no|nicht|kein\w*|pas|except|busy|"
    r"can't|cannot|don't|won't|unavailable|ocupad[oa]|beschaftigt|occupee?|ليس|لا)(?!\w)"
)
_TRIED_NAME = r"[^\W_]{2,30}\d{1,4}|\d{1,20}|(?:https?://|www\.)\S{1,200}"
_TRIED_DATE = r"\d{1,4}[-/. ]\d{1,2}(?:[-/. ]\d{1,4})?|\d{1,2}\.? [^\W\d]{3,12}(?: \d{4})?"


@dataclass(frozen=True)
class Answer:
    """What is left of a message for the asked field: the candidate, and whether nothing else is said."""

    found: Found | None
    alone: bool


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, (_LEAD, _TRAIL, _ASKING_FOR, _WISHES, _OPEN, _NEGATION, _TRIED_NAME, _TRIED_DATE)))


def remaining(said: Said, taken: Sequence[Found]) -> list[tuple[int, int]]:
    """Return the stretches of a message that no found value, nor its announcement, covers."""
    left, position = [], 0
    for found in sorted(taken, key=lambda one: one.begin):
        left.append((position, found.begin))
        position = max(position, found.end)
    left.append((position, len(said.folded)))
    return [(start, end) for start, end in left if any(char.isalnum() for char in said.folded[start:end])]


def answer(said: Said, spec: FieldSpec, taken: Sequence[Found]) -> Answer:
    """Return the bare answer to the question for `spec` that a message holds beside what was found in it."""
    asking = _asking(said, spec) if spec.type == "name" else []
    taken = [*taken, *asking]
    commas = spec.type == "name" or (spec.type != "text" and any(one.asks for one in said.sentences))
    candidates, asks = [], bool(asking)
    for start, end in remaining(said, taken):
        for part in _parts(said, start, end, commas=commas):
            words = said.folded[part[0] : part[1]]
            if part[2] or is_question(words):
                asks = True
            elif (
                not is_lead(words, spec)
                and not (is_chat(words) and not _chat_may_answer(spec, words))
                and not _declines(spec, words)
            ):
                candidates.append(_stripped(said, part[0], part[1], spec))
    candidates = [place for place in candidates if place[0] < place[1]]
    if spec.type == "text" and len(candidates) > 1 and not asks and not taken:
        candidates = [(candidates[0][0], candidates[-1][1])]
    if len(candidates) != 1:
        return Answer(None, alone=not candidates and not asks)
    place = _value(said, spec, candidates[0])
    if place is None:
        return Answer(None, alone=False)
    return Answer(Found(spec.id, place[0], place[1], place[0]), alone=not asks)


def _asking(said: Said, spec: FieldSpec) -> list[Found]:
    """Return the sentences that ask: no name stands in them, not even before a comma ("First, are you open?")."""
    found = []
    for sentence in said.sentences:
        words = said.folded[sentence.start : sentence.end]
        if sentence.asks or any(is_question(part) for part in words.split(",")):
            found.append(Found(spec.id, sentence.start, sentence.end, sentence.start))
    return found


def is_lead(words: str, spec: FieldSpec) -> bool:
    """Say whether the words only lead up to a value; for a yes-no question or a choice they may be the answer."""
    return spec.type not in ("yes_no", "choice") and not is_chat(words) and is_courtesy(words)


def says_more(said: Said, found: Found) -> bool:
    """Say whether the words that announce a value say more: "I want a bike for my budget of 2000"."""
    before = said.folded[found.begin : found.start]
    if is_courtesy(before):
        return False
    return len(before.split()) > _ANNOUNCING or bool(_wish().search(before) or _patterns()[5].search(before))


@cache
def _wish() -> re.Pattern[str]:
    return re.compile(_WANTS)


def _declines(spec: FieldSpec, words: str) -> bool:
    return spec.type != "yes_no" and is_refusal(words)


def _chat_may_answer(spec: FieldSpec, words: str) -> bool:
    """Say whether "yes" or "fine" is an answer: to a yes-no question, or where it is one of the choices."""
    if spec.type == "choice":
        return words.strip(" .,!") in {choice.casefold() for choice in spec.choices}
    return spec.type == "yes_no"


def _parts(said: Said, start: int, end: int, *, commas: bool) -> list[tuple[int, int, bool]]:
    """Return the sentences between two places, for a name also what commas part."""
    found = []
    for sentence in sentences(said.folded, start, end):
        begin = sentence.start
        for comma in re.finditer(r",", said.folded[sentence.start : sentence.end]) if commas else ():
            found.append((begin, sentence.start + comma.start(), False))
            begin = sentence.start + comma.end()
        found.append((begin, sentence.end, sentence.asks))
    return [part for part in found if any(char.isalnum() for char in said.folded[part[0] : part[1]])]


def _stripped(said: Said, start: int, end: int, spec: FieldSpec) -> tuple[int, int]:
    """Return the stretch without "sure, it's ..." before and "..., please" behind."""
    lead, trail = _patterns()[:2]
    start, end = _trimmed(said.folded, start, end)
    while spec.type != "yes_no" and (match := lead.match(said.folded, start, end)):
        start = match.end()
    if match := trail.search(said.folded, max(start, end - _COURTESY), end):
        end = match.start()
    return _trimmed(said.folded, start, end)


def _trimmed(folded: str, start: int, end: int) -> tuple[int, int]:
    while start < end and folded[start] in " \n,.;:!)-–—\"'":
        start += 1
    while start < end and folded[end - 1] in " \n,.;:!(-–—\"'":
        end -= 1
    return start, end


def _value(said: Said, spec: FieldSpec, place: tuple[int, int]) -> tuple[int, int] | None:
    """Return where in the candidate the value stands; None when it is something else that was said."""
    words = said.folded[place[0] : place[1]]
    if spec.type in ("email", "phone") or _is_something_else(spec, words):
        return None
    if spec.type == "choice" and len(words.split()) > _CHOICE_WORDS and not _names_choice(spec, words):
        return None
    pattern = {"number": numerals.number, "date": dates.expression}.get(spec.type)
    if pattern is None or len(words.split()) > _SHORT or _holds(spec, words):
        return place
    matches = list(pattern().finditer(said.folded, place[0], place[1]))
    return matches[0].span() if len(matches) == 1 and spec.type == "date" else place


def _is_something_else(spec: FieldSpec, words: str) -> bool:
    """Say whether the words ask for something, wish for something nobody asked about, or say what it is not."""
    _, _, asking_for, wishes, open_ended, negation = _patterns()[:6]
    if asking_for.match(words):
        return True
    if spec.type == "text":
        return bool(wishes.match(words)) and not open_ended.search(level(f"{spec.label} {spec.question or ''}"))
    return spec.type in ("number", "date") and bool(negation.search(words))


def _holds(spec: FieldSpec, words: str) -> bool:
    return spec.type == "number" and bool(numerals.whole().fullmatch(words))


def _names_choice(spec: FieldSpec, words: str) -> bool:
    return any(choice.casefold() in words for choice in spec.choices) and len(words.split()) <= _SHORT


def was_tried(said: Said, spec: FieldSpec, found: Found, reason: str) -> bool:
    """Say whether words that are no value were meant as one, so that the reason is worth telling."""
    words = said.folded[found.start : found.end]
    tried_name, tried_date = _patterns()[6:]
    match spec.type:
        case "name":
            return bool(tried_name.fullmatch(words))
        case "number":
            return any(char.isdigit() for char in words) and len(words.split()) <= _SHORT
        case "date":
            return reason == "date_invalid" or bool(tried_date.fullmatch(words))
        case "choice":
            return len(words.split()) < _CHOICE_WORDS
        case _:
            return reason == "text_too_long"


def refuses(said: Said) -> bool:
    """Say whether a sentence of the message declines to answer."""
    for sentence in said.sentences:
        words = said.folded[sentence.start : sentence.end]
        if sentence.asks:  # "no thanks, what does it cost?"
            words = words.rpartition(",")[0]
        if is_refusal(words) and not is_question(words):
            return True
    return False
