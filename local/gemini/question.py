"""What the visitor asks: greeting, follow-up, and the kind of answer wanted (price, time, phone...).

Pure. It must not look at the passages.
"""

import re
from dataclasses import dataclass

from local.gemini.reader import Prompt
from local.gemini.words import DAYS, content_words, days_in, fold, tokens

_GREETING = re.compile(
    r"(?:(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|hola|buenos dias|bonjour|salut"
    r"|hallo|guten tag|moin|ciao|buongiorno|ola|there|how are you)[\s,!.?]*)+",
)
_THANKS = re.compile(
    r"(?:(?:ok|okay|great|perfect|cool|super|lovely|brilliant|thanks?|thank you|thx|cheers|ta|gracias|merci|danke"
    r"|grazie|obrigad[oa]|bedankt|dank je|so much|very much|a lot|bye|goodbye|for your help|that s all)[\s,!.?']*)+",
)
_PRYING = re.compile(
    r"\b(?:system|initial|hidden|original|above|previous|prior|your|these|all)\s+(?:system\s+)?"
    r"(?:prompts?|instructions?|rules)\b|\brepeat (?:everything|all|the (?:text|words)) above\b"
    r"|\b(?:developer|dan|jailbreak) mode\b|\bignore (?:all|any|the|your|previous)\b",
)

# How each kind of question is worded, and what an answer to it must show.
_KINDS: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "money": (
        re.compile(
            r"\bhow much\b(?! (?:time|longer))|\bprices?\b|\bcosts?\b|\bfees?\b|\bcharges?\b|\brates?\b|\bcheap"
        ),
        re.compile(r"[$£€¥]\s?\d|\d\s?(?:[$£€¥]|usd|eur|gbp|dollars?|euros?|pounds?|chf)\b|\bfree\b|\bno charge\b"),
    ),
    "duration": (
        re.compile(r"\bhow (?:long|fast|quick(?:ly)?|soon)\b|\bhow much time\b|\bturnaround\b"),
        re.compile(
            r"\b(?:\d+|one|two|three|four|five|six|seven|ten|same|next|a|an|few|half)[\s-]"
            r"(?:(?:full|working|business|half)\s)?(?:minute|min|hour|day|week|month|year)s?\b"
        ),
    ),
    "hours": (
        re.compile(r"\b(?:what time|when|hours?|open(?:ing)?|closed?|closing)\b"),
        re.compile(r"\b\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm|a\.m|p\.m|-|–|to)|\b\d{1,2}:\d\d\b|\bclosed\b|\bnoon\b"),
    ),
    "phone": (
        re.compile(r"\bphone|\btelephone|\bcall you\b|\bring you\b|\bnumber\b|\bcontact\b|\breach\b"),
        re.compile(r"(?:\+|\b0|\(0?)[\d\s().-]{7,}\d|\b\d{3}[-.\s]\d{3,4}[-.\s]?\d{3,4}\b|\bphone:"),
    ),
    "email": (re.compile(r"\be-?mail\b|\bcontact\b|\bwrite to you\b"), re.compile(r"[\w.+-]+@[\w-]+\.\w")),
    "place": (
        re.compile(r"\bwhere (?:are|is|can i find|do you)\b|\baddress\b|\blocated\b|\blocation\b|\bdirections?\b"),
        re.compile(
            r"\b\d+[a-z]? (?:[\w'.]+ ){1,3}(?:street|st|road|rd|avenue|ave|lane|square|way|drive)\b"
            r"|\baddress:|\blocated\b"
        ),
    ),
    "person": (
        re.compile(r"\bwho\b|\bwhose\b"),
        re.compile(
            r"\b(?:owner|founder|founded|manager|mechanic|dentist|teacher|instructor|runs|leads?|led|head|dr)\b"
        ),
    ),
}

SHORT_WORDS = 8
_FOLLOWS = re.compile(r"^(?:and|what about|how about|or|but|also|same for|even|then)\b")
_POINTS_BACK = re.compile(r"\b(?:it|its|that|this|they|them|those|these|one|ones|there|he|she|him|her)\b")


@dataclass(frozen=True)
class Question:
    """A question ready for scoring. `fresh` are the words a follow-up adds; empty otherwise."""

    text: str
    words: frozenset[str]
    days: frozenset[str]
    kinds: frozenset[str]
    fresh: frozenset[str] = frozenset()


def is_greeting(message: str) -> bool:
    """A message that is only a greeting."""
    return _whole(_GREETING, message)


def is_thanks(message: str) -> bool:
    """A message that is only thanks or goodbye."""
    return _whole(_THANKS, message)


def is_prying(message: str) -> bool:
    """A message after the model's instructions rather than the business."""
    return bool(_PRYING.search(fold(message)))


def _whole(pattern: re.Pattern[str], message: str) -> bool:
    return bool(message.strip()) and bool(pattern.fullmatch(" ".join(tokens(message))))


def kinds_wanted(text: str) -> frozenset[str]:
    """Which kinds of answer the wording asks for."""
    return frozenset(kind for kind, (asked, _) in _KINDS.items() if asked.search(fold(text)))


def shows(text: str, kind: str) -> bool:
    """Whether a sentence holds an answer of this kind."""
    return bool(_KINDS[kind][1].search(fold(text)))


def leans_back(message: str) -> bool:
    """Whether a message needs the one before it to make sense."""
    folded = " ".join(tokens(message))
    words = content_words(message) | kinds_wanted(message)
    if _FOLLOWS.match(folded) or not words:
        return True
    return len(folded.split()) <= SHORT_WORDS and (len(words) == 1 or bool(_POINTS_BACK.search(folded)))


def understand(prompt: Prompt) -> Question:
    """The current question, together with the one it leans on."""
    message = _with_day(prompt.message, prompt.today)
    before = _subject(prompt.earlier) if leans_back(prompt.message) else ""
    text = f"{before} {message}".strip()
    own_kinds = kinds_wanted(message)
    own_days = days_in(message)
    return Question(
        text=text,
        words=content_words(text) | own_days,
        # A follow-up about Saturday replaces the day the first question asked about.
        days=own_days or days_in(before),
        kinds=own_kinds or kinds_wanted(before),
        fresh=(content_words(message) | own_days) if before else frozenset(),
    )


def _subject(earlier: tuple[str, ...]) -> str:
    """The latest earlier message that stands on its own."""
    spoken = [said for said in reversed(earlier) if not (is_greeting(said) or is_thanks(said))]
    return next((said for said in spoken if not leans_back(said)), spoken[-1] if spoken else "")


def _with_day(message: str, today: str | None) -> str:
    if today is None:
        return message
    folded = fold(message)
    if re.search(r"\btomorrow\b", folded):
        return f"{message} {DAYS[(DAYS.index(today) + 1) % 7].title()}"
    if re.search(r"\b(?:today|tonight|now)\b", folded):
        return f"{message} {today.title()}"
    return message
