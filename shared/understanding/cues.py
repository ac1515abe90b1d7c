"""What a message does, where set words leave no doubt: it greets, thanks, agrees, asks, wants a person. Pure.

These must work when no embedding does; a cue that is missed costs less than one that is invented.
"""

import re
from functools import cache

from shared.domain.folding import fold

_SHORT = 160  # characters: a longer message is more than set phrases
_BEGIN, _END = 1000, 500  # characters of a long message: people ask first, or last
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[👍👌✅🆗👎❌]")
_CLAUSES = re.compile(r"[.,;:!?؟،\n]+| [-–] ")
_LINK = re.compile(r"(?:://|www\.)\S+")
_QUESTION = re.compile(r"[?؟]+(?=$|[\s!.,)\"'»”*_])|¿")
_BUT = re.compile(r"\b(?:but|pero|aber|mais|however|not|don't|nicht|لكن|بس)\b")
# A yes or no without a comma after it, where the next word shows that it answers.
_YES_AND = re.compile(
    r"(?:yes|yeah|yep|sure|ok|okay) (?:please|i|you|that|it|my|call|go|do|send|we|this|the|let)\b"
    r"|si (?:quiero|por|claro|me gustaria|llamame|mi)\b|(?:ja|gerne) (?:bitte|ich|das|gerne?|mein|meine|rufen)\b"
    r"|oui (?:je|merci|s'il|c'est|mon|appelez|volontiers)\b|(?:نعم|ايوه|ايوا|اكيد|طبعا) \w"
)
_NO_AND = re.compile(
    r"(?:no|nope|nah) (?:i|it|it's|that|that's|this|thanks|thank|not|sorry|we|don't)\b|no gracias\b"
    r"|nein (?:ich|das|danke|nicht|wir|es|mochte)\b|non (?:je|j'ai|merci|c'est|pas|ce|ca)\b"
    r"|لا (?:شكرا|داعي|اريد|احتاج)\b|(?:i'd rather not|i would rather not|i prefer not|i don't want|i do not want"
    r"|not interested|no hace falta|prefiero no|kein interesse|pas besoin)\b"
)

_Parts = tuple[frozenset[str], ...]


def wants_person(text: str) -> bool:
    """Say whether the visitor asks for a human being, in the chat or by phone."""
    folded = fold(_ends(text))
    wish, not_wished = _person()
    return bool(wish.search(folded)) and not not_wished.search(folded)


def greets(text: str) -> bool:
    """Say whether the message is a greeting and nothing more."""
    return _made_of(_parts(text), "greeting", ("filler",))


def thanks(text: str) -> bool:
    """Say whether the message is thanks and nothing more ("ok great, thanks for your help")."""
    return _made_of(_parts(text), "thanks", ("thanks for", "praise", "yes", "filler", "greeting"))


def says_goodbye(text: str) -> bool:
    """Say whether the visitor leaves: the message is a goodbye, or ends with one ("I'll think about it, bye")."""
    around = ("thanks", "thanks for", "praise", "yes", "no", "filler")
    if parts := _parts(text):
        return _made_of(parts, "goodbye", around) and not greets(text)
    if len(text) > _SHORT or asks_something(text):
        return False
    *_, last = [part for part in _CLAUSES.split(fold(text)) if part.strip()] or [""]
    return _made_of(_parts(last), "goodbye", around) and not greets(last)


def agrees(text: str) -> bool:
    """Say whether the message says yes to an offer ("yes please", "sure, my number is 123")."""
    parts = _parts(text)
    if parts:
        around = ("please", "praise", "thanks", "thanks for", "filler", "greeting")
        return _made_of(parts, "yes", around) or _made_of(parts, "please", ("filler",))
    return _opens_with("yes", text, _YES_AND) and not _BUT.search(fold(text)) and not asks_something(text)


def declines(text: str) -> bool:
    """Say whether the message says no to an offer ("no thanks", "not now", "no, the other one")."""
    parts = _parts(text)
    if parts:
        return _made_of(parts, "no", ("please", "praise", "yes", "thanks", "thanks for", "filler", "goodbye"))
    return _opens_with("no", text, _NO_AND)


def asks_something(text: str) -> bool:
    """Say whether the message holds a question: its mark, or a sentence that opens like one."""
    if ("?" in text or "؟" in text or "¿" in text) and _QUESTION.search(_LINK.sub(" ", text)):
        return True
    return bool(_asking().search(fold(_ends(text))))


def complains(text: str) -> bool:
    """Say whether the visitor wants to make a complaint, in so many words."""
    return bool(_complaint().search(fold(_ends(text))))


def cue_intent(text: str) -> str | None:
    """Return the built-in intent that the words leave no doubt about: greeting, thanks, goodbye, person; else None."""
    if wants_person(text):
        return "person"
    if greets(text):
        return "greeting"
    if says_goodbye(text):
        return "goodbye"
    return "thanks" if thanks(text) else None


def _ends(text: str) -> str:
    """Return the text, of a long one its beginning and its end."""
    return text if len(text) <= _BEGIN + _END else f"{text[:_BEGIN]} {text[-_END:]}"


def _made_of(parts: _Parts, needed: str, around: tuple[str, ...]) -> bool:
    """Say whether a phrase of the kind `needed` is there, and nothing that is neither it nor `around` it."""
    return any(needed in kinds for kinds in parts) and all(
        needed in kinds or not kinds.isdisjoint(around) for kinds in parts
    )


def _opens_with(kind: str, text: str, continued: re.Pattern[str]) -> bool:
    """Say whether a short message begins with a yes or no that stands alone, or goes on as an answer does."""
    if len(text) > _SHORT:
        return False
    folded = fold(text).lstrip("¡¿\"'«“ ")
    first, *rest = _CLAUSES.split(folded, 1)
    alone = bool(rest) and _made_of(_parts(first), kind, ("please", "filler", "greeting", "thanks"))
    return alone or bool(continued.match(folded))


def _parts(text: str) -> _Parts:
    """Return what the message's set phrases do, one set each, or nothing when it holds any other word."""
    if len(text) > _SHORT:
        return ()
    phrases, words, at = _phrases(), _WORD.findall(fold(text)), 0
    parts: list[frozenset[str]] = []
    while at < len(words):
        for length in range(min(_longest(), len(words) - at), 0, -1):
            if kinds := phrases.get(" ".join(words[at : at + length])):
                parts.append(kinds)
                at += length
                break
        else:
            return ()
    return tuple(parts)


@cache
def _phrases() -> dict[str, frozenset[str]]:
    from shared.understanding.cue_words import PHRASES

    kinds: dict[str, set[str]] = {}
    for kind, lists in PHRASES.items():
        for phrase in ",".join(lists).split(","):
            if words := _WORD.findall(fold(phrase)):
                kinds.setdefault(" ".join(words), set()).add(kind)
    return {phrase: frozenset(found) for phrase, found in kinds.items()}


@cache
def _longest() -> int:
    return max(phrase.count(" ") for phrase in _phrases()) + 1


@cache  # compiling takes tens of milliseconds: paid by the first message, not by the start of the process
def _person() -> tuple[re.Pattern[str], re.Pattern[str]]:
    from shared.understanding.cue_patterns import NOT_PERSON, PERSON

    return re.compile(PERSON), re.compile(NOT_PERSON)


@cache
def _asking() -> re.Pattern[str]:
    from shared.understanding.cue_patterns import ASKING

    return re.compile(ASKING)


@cache
def _complaint() -> re.Pattern[str]:
    from shared.understanding.cue_patterns import COMPLAINTS

    return re.compile(COMPLAINTS)
