"""Names that visitors state: "my name is Ana", "me llamo Ana"; "I'm Ana" only where it cannot be anything else."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice

from shared.capture import proper_names
from shared.capture.found import Found
from shared.capture.said import Said, level
from shared.capture.words import nationalities, not_a_name, soft, surnames

MOST_WORDS = 4
MOST = 6  # introductions in one message that are looked at
_CLOSING = ",:()–—”" + '"'
_STATED = (
    r"(?:\bmy|(?:^|(?<=[.!,\n])|(?<=[.!,\n] ))the) (?:(?:full|first|real|given|own|correct|right) )?name(?: is|'s|"
    r" would be)(?: actually| really| spell?ed| spelt)?",
    r"\bmy name should be|(?:change|correct|update|set|fix) my (?:(?:full|first) )?name (?:to|as)",
    r"(?:^|(?<=\n))(?:(?:full|first) )?name is|\b(?:you can |please |just |everyone |people )?calls? me",
    r"(?:^|(?<=\n)|(?<=,)|(?<=, ))(?:(?:full |first |my )?name|nombre(?: completo)?|nom(?: complet)?|prenom|"
    r"(?:vor)?name|الاسم) ?[:=]",
    r"\bi(?: am|'m) (?:called|named)|\bi go by",
    r"\bme llamo|\bmi nombre(?: completo)? (?:es|seria)|\b(?:puedes|puede) llamarme|\bme puedes llamar|\bllamame",
    r"(?:cambia|cambie|corrige|corrija|actualiza) mi nombre (?:a|por)",
    r"\bich hei(?:ss|ß)e|\bmein (?:voller |richtiger )?name (?:ist|lautet)|\bmich nennt man|\bnenn(?:en sie)? mich",
    r"\b(?:andern|andere|korrigieren) sie meinen namen (?:in|auf|zu)",
    r"\bje m'appell?e|\bmon (?:nom|prenom)(?: complet)? (?:est|c'est)|\b(?:appelez|appelle)-moi|\bmoi,? c'est",
    r"(?:changez|corrigez|change|corrige) mon nom (?:en|pour|par)",
    r"(?<!\w)(?:انا )?(?:اسمي|إسمي)(?: الكامل)?(?: هو)?|(?<!\w)ادعى|(?<!\w)معك|(?<!\w)معكم",
)
# "I'm ..." may go on with anything: what follows must look like a name and nothing else.
_MAYBE = (
    r"\bi(?: am|'m)(?: actually| really)?|\b(?:hi|hello|hey),? (?:there,? )?im|^im|\bthis is|\bit's|\bit is",
    r"\bsoy|\bhabla",
    r"\bich bin(?: der| die)?|\bhier ist|\bhier spricht",
    r"\bje suis|\bc'est|\bici",
    r"(?<!\w)انا",
)
_INVITES = re.compile(r"calls? me|llamarme|me puedes llamar|llamame|nenn|appelez-moi|appelle-moi")
_NEVER = r"(?: not\b| nicht\b| pas\b| no\b| ليس)"
_GREETED = (
    r"(?:^|\n)(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening)|hola|buen[oa]s(?: \w+)?|hallo|guten \w+|moin|"
    r"servus|bonjour|bonsoir|salut|مرحبا|اهلا|السلام عليكم)(?: there| everyone)?[ ,.!-]{1,3}(?:and )?$"
)
_FOLLOWS = (
    r"(?=[ ]?(?:speaking\b|again\b|$|[.,!?;:\n()–—]|- |(?:and|from|here|with|at|y|de la empresa|del?|und|von|aus|et|"
    r"du|d'|"
    r"chez|و|"
    r"من)(?!\w)|"
    r"my |mi |meine? |mon |ma |not |nicht |pas ))"
)
_AT_END = (
    r"(?P<before>[^\W\d_][\w.'-]{1,30}(?: [^\W\d_][\w.'-]{1,30})?) "
    r"(?:here|speaking|am apparat|a l'appareil)(?: again)?$"
)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    return (
        re.compile(rf"(?<!\w)(?=\w)(?P<stated>{'|'.join(_STATED)})(?!\w)(?!{_NEVER}) ?[:,=]? ?"),
        re.compile(rf"(?<!\w)(?=\w)(?P<maybe>{'|'.join(_MAYBE)})(?!\w)(?!{_NEVER}) "),
        re.compile(_GREETED),
        re.compile(_FOLLOWS),
        re.compile(rf"^(?:hi|hello|hey)?[ ,!]{{0,2}}{_AT_END}"),
    )


def names(said: Said, field: str, *, asked: bool) -> Iterator[Found]:
    """Yield the names that the visitor states as their own."""
    stated, maybe, _, _, here = _patterns()
    any_stated = False
    for match in islice(stated.finditer(said.folded), MOST):
        invited = _INVITES.search(match["stated"]) is not None  # "call me tomorrow" names nobody
        end = _stretch(said, match.end(), capitals=invited and not asked)
        if end and (not invited or _is_only_a_name(said, match.end(), end)):
            any_stated = True
            yield Found(field, match.end(), end, match.start(), explicit=True)
    if any_stated:
        return
    for match in islice(maybe.finditer(said.folded), MOST):
        if end := _certain(said, match, asked=asked):
            yield Found(field, match.end(), end, match.start(), explicit=True)
            return
    opening = here.match(said.folded, 0, said.sentences[0].end) if said.sentences else None
    if opening:
        start, end = opening.span("before")
        if said.text[start].isupper() and _is_only_a_name(said, start, end):
            yield Found(field, start, end, start, explicit=True)


def _certain(said: Said, match: re.Match[str], *, asked: bool) -> int:
    """Return where the name behind "I'm" ends; 0 when it may be something else."""
    _, _, greeted, follows, _ = _patterns()
    words, start = match["maybe"], match.end()
    capitals = not asked or said.text.isupper()
    end = _stretch(said, start, capitals=capitals)
    if not end or not follows.match(said.folded, end) or said.text.isupper() or not _is_only_a_name(said, start, end):
        return 0
    if words.startswith(("soy", "je suis", "habla")):
        end = _before_origin(said, start, end)
    if words == "im" and not asked:  # in German "in the"
        return 0
    if words.strip(" ,.!\n") in ("it's", "it is", "c'est", "habla", "ici", "this is") and not asked:
        return end if greeted.search(said.folded, 0, match.start()) else 0
    caseless = not said.text[start].isupper() and not said.text[start].islower()
    two = " " in said.text[start:end] and not caseless
    if (words.startswith("ich bin") or caseless) and not (
        asked or two
    ):  # nouns are capitalised in German, Arabic has no case
        return end if greeted.search(said.folded, 0, match.start()) else 0
    return end


def _before_origin(said: Said, start: int, end: int) -> int:
    """Return where "Pedro" ends in "soy Pedro de Madrid"; "Ana de la Cruz" is a name."""
    place = re.search(r" (?:de|del|du|d') ?(?!la |los |las )", said.folded[start:end])
    return start + place.start() if place else end


def _is_only_a_name(said: Said, start: int, end: int) -> bool:
    words = said.folded[start:end].split()
    return bool(words) and not any(word.strip(".") in nationalities() for word in words)


def _stretch(said: Said, start: int, *, capitals: bool) -> int:
    """Return where the name that begins at `start` ends: at a sign, a common word or, on demand, a small letter."""
    stop = said.sentence_at(start).end
    end, position, count = 0, start, 0
    for word in said.text[start:stop].split(" "):
        bare = word.rstrip(_CLOSING)
        if not _goes_on(bare, first=not count, capitals=capitals):
            break
        position += len(bare)
        end, count = position, count + 1
        if bare != word or count == MOST_WORDS or not word:
            break
        position += 1
    while end and proper_names.read(said.text[start:end]) is None:
        end = start + said.text[start:end].rfind(" ") if " " in said.text[start:end] else 0
    return end


def _goes_on(word: str, *, first: bool, capitals: bool) -> bool:
    if not word or not word[0].isalpha() or "@" in word:
        return False
    folded = level(word)
    if folded in _CONNECTING:
        return not first and folded not in _ENDING
    if (capitals and word[0].islower()) or (folded.startswith("و") and folded[1:] in not_a_name()):
        return False  # "and" is written together with its word in Arabic
    if folded not in not_a_name():
        return True
    if not word[0].isupper() or word.isupper():
        return False
    return folded in ("will", "may", "love", "day", "an", "my") or (not first and folded in soft() | surnames())


_CONNECTING = frozenset(
    (
        "de", "del", "la", "da", "do", "dos", "van", "von", "der", "den", "di", "du", "bin", "ibn", "al", "y", "und",
        "et", "and", "from", "aus", "zu", "le",
    )
)  # fmt: skip
_ENDING = frozenset({"y", "und", "et", "and", "from", "aus"})
