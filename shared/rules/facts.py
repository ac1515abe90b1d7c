"""What a condition may ask about: the closed list of facts, each with its type, meaning and largest size.

The table of docs/rules.md is this list (a test compares them). Values are cut to their sizes here, so that what an
evaluation costs is known when a rule is saved. None is "not known": it leaves the fact out.
"""

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, get_args

from shared.domain.folding import fold
from shared.domain.hours import WEEKDAYS
from shared.domain.message import MAX_MESSAGE_CHARS
from shared.domain.states import STATES, Owner

FactType = Literal[
    "text", "whole number", "number", "true or false", "list of texts", "texts by name", "values by name"
]  # fmt: skip
_LARGEST = 2**63 - 1
LIST_IN_A_MAP = 20


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known in one turn. `now` is the time at the business; what is None is not known."""

    message: str
    now: dt.datetime
    intent: str = "none"
    confidence: float = 0.0
    sentiment: str = "neutral"
    score: float = 0.0
    trend: str = ""
    state: str = "new"
    owner: str = "bot"
    fields: Mapping[str, str] = field(default_factory=dict)
    page_url: str = ""
    page_title: str = ""
    locale: str = ""
    language: str = ""
    channel: str = "web"
    open: bool | None = None
    turn: int = 1
    metadata: Mapping[str, object] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    clicked: tuple[str, ...] = ()
    experiment: Mapping[str, object] | None = None
    crm: Mapping[str, object] | None = None

    def value(self, name: str) -> object:
        """Return a fact in the form conditions see: plain, cut to its size; None when it is not known."""
        fact = fact_by_name()[name]
        value = fact.read(self)
        return None if value is None else _FORMS[fact.type](value, fact)


@dataclass(frozen=True)
class Fact:
    """One fact: at most `count` items of at most `chars` characters; `values` are the only texts it can be."""

    name: str
    type: FactType
    meaning: str
    read: Callable[[Facts], object]
    count: int = 1
    chars: int = 100
    values: tuple[str, ...] = ()


FACTS: tuple[Fact, ...] = (
    Fact("message.text", "text", "what the visitor wrote", lambda f: f.message, chars=MAX_MESSAGE_CHARS),
    Fact("message.plain", "text", "the same in small letters, without accents", lambda f: _plainly(f.message),
         chars=MAX_MESSAGE_CHARS),
    Fact("message.length", "whole number", "how many characters that is", lambda f: len(f.message)),
    Fact("intent.name", "text", 'what the visitor wants, such as "pricing"; "none" when not recognised',
         lambda f: f.intent),
    Fact("intent.confidence", "number", "how sure that is, from 0 to 1", lambda f: f.confidence),
    Fact("sentiment.label", "text", 'how the visitor sounds, such as "negative"', lambda f: f.sentiment),
    Fact("sentiment.score", "number", "the same from -1 (furious) to 1 (delighted)", lambda f: f.score),
    Fact("sentiment.trend", "text", "where the mood of the last messages goes", lambda f: f.trend),
    Fact("state", "text", "where the conversation stands", lambda f: f.state, values=STATES),
    Fact("owner", "text", "who answers the visitor", lambda f: f.owner, values=get_args(Owner)),
    Fact("fields", "texts by name", 'what is known of the visitor: fields.email, fields["email"]', lambda f: f.fields,
         count=40, chars=300),
    Fact("known", "list of texts", "the ids of the fields that are known", lambda f: tuple(f.fields), count=40),
    Fact("page.url", "text", 'the address of the page the visitor is on, "" when there is none', lambda f: f.page_url,
         chars=2048),
    Fact("page.title", "text", "that page's title", lambda f: f.page_title, chars=300),
    Fact("locale", "text", 'the browser\'s language tag, such as "en-GB"', lambda f: f.locale),
    Fact("language", "text", 'the language the visitor writes, such as "en"; "" while unknown', lambda f: f.language),
    Fact("channel", "text", 'where the visitor writes, such as "web"', lambda f: f.channel),
    Fact("open", "true or false", "whether the business is open now; not known without hours", lambda f: f.open),
    Fact("turn", "whole number", "the number of this message, 1 for the first", lambda f: f.turn),
    Fact("time.hour", "whole number", "the hour at the business, 0 to 23", lambda f: f.now.hour),
    Fact("time.minute", "whole number", "the minute, 0 to 59", lambda f: f.now.minute),
    Fact("time.weekday", "text", "the day at the business", lambda f: WEEKDAYS[f.now.weekday()], values=WEEKDAYS),
    Fact("time.date", "text", 'the date at the business, such as "2026-11-23"', lambda f: f.now.date().isoformat()),
    Fact("metadata", "values by name", "what the page or a rule noted on the session", lambda f: f.metadata,
         count=60, chars=300),
    Fact("tags", "list of texts", "the marks that rules have set", lambda f: f.tags, count=60),
    Fact("ctas.shown", "list of texts", "the calls to action shown so far", lambda f: f.shown, count=200),
    Fact("ctas.clicked", "list of texts", "the calls to action the visitor followed", lambda f: f.clicked, count=200),
    Fact("experiment", "values by name", "the visitor's variant by experiment; not known without experiments",
         lambda f: f.experiment, count=20),
    Fact("crm", "values by name",
         "whether the visitor is in the CRM: `crm.contact`, `crm.deal`; not known without one", lambda f: f.crm,
         count=60, chars=300),
)  # fmt: skip


@cache
def fact_by_name() -> Mapping[str, Fact]:
    """Return every fact by its name."""
    return {fact.name: fact for fact in FACTS}


def _plainly(message: str) -> str:
    """Fold a message whose length is bounded first: there are characters that decompose into eighteen."""
    if not message.isascii():
        message = unicodedata.normalize("NFKD", message[:MAX_MESSAGE_CHARS])[: 2 * MAX_MESSAGE_CHARS]
    return fold(message)


def _text(value: object, chars: int) -> str:
    text = str(value)[:chars]
    return text if text.isascii() else text.encode(errors="replace").decode()


def _items(value: object, fact: Fact) -> list[str]:
    items: tuple[object, ...] = tuple(value) if isinstance(value, tuple | list) else ()
    return [_text(item, fact.chars) for item in items[: fact.count]]


def _texts(value: object, fact: Fact) -> dict[str, str]:
    return {_text(key, 100): _text(item, fact.chars) for key, item in _entries(value, fact)}


def _values(value: object, fact: Fact) -> dict[str, object]:
    """Keep what a condition can compare: texts, numbers, true and false, short lists of them; not objects."""
    kept = {_text(key, 100): _plain(item, fact.chars) for key, item in _entries(value, fact)}
    return {key: item for key, item in kept.items() if item is not None}


def _plain(value: object, chars: int) -> object:
    match value:
        case bool() | float():
            return value
        case int():
            return max(-_LARGEST, min(value, _LARGEST))
        case str():
            return _text(value, chars)
        case list() | tuple():
            each = max(chars // LIST_IN_A_MAP, 1)
            found = (_plain(item, each) for item in value[:LIST_IN_A_MAP] if not isinstance(item, list | tuple))
            return [item for item in found if item is not None]
    return None


def _entries(value: object, fact: Fact) -> list[tuple[object, object]]:
    return list(value.items())[: fact.count] if isinstance(value, Mapping) else []


_FORMS: dict[FactType, Callable[[object, Fact], object]] = {
    "text": lambda value, fact: _text(value, fact.chars),
    "whole number": lambda value, fact: value,  # noqa: ARG005 - one shape for all
    "number": lambda value, fact: value,  # noqa: ARG005
    "true or false": lambda value, fact: value,  # noqa: ARG005
    "list of texts": _items,
    "texts by name": _texts,
    "values by name": _values,
}
