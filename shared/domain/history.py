"""Conversations as their owner reads them later: what was kept of each, of its turns, and how to choose among them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.folding import fold

_BEFORE, _AFTER = 40, 80  # characters of an excerpt around what was found


@dataclass(frozen=True)
class Wanted:
    """Which conversations. None and "" mean any; `since` is the earliest beginning, `until` the first too late.

    Args:
        reached: something the conversation has come to, such as `lead`.
        experiment, arm: of whose arm; an arm goes with its experiment.
    """

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    channel: str = ""
    language: str = ""
    state: str = ""
    reached: str = ""
    tag: str = ""
    min_turns: int = 0
    experiment: str = ""
    arm: str = ""


@dataclass(frozen=True)
class Conversation:
    """A conversation in a list. Times are aware; `mood` from -1 to 1, `micros` its cost in millionths of a dollar."""

    session_id: str
    started_at: dt.datetime
    last_at: dt.datetime
    channel: str
    language: str
    page: str
    state: str
    ending: str
    turns: int
    mood: float
    tags: tuple[str, ...]
    arms: Mapping[str, str]
    reached: tuple[str, ...]
    micros: int


@dataclass(frozen=True)
class KeptTurn:
    """One exchange. `readable` False: no key of the platform opens it, and its words are empty."""

    message_id: str
    at: dt.datetime
    question: str
    answer: str
    html: str
    ending: str
    decisions: Mapping[str, Any]
    feedback: Mapping[str, Any] | None = None
    readable: bool = True


@dataclass(frozen=True)
class Match:
    """A turn in which something was found, with the words around it."""

    session_id: str
    message_id: str
    at: dt.datetime
    excerpt: str


@dataclass(frozen=True)
class Found:
    """A page of a search, newest first.

    Args:
        matches: what was found, several of a session together as they come.
        searched_until: when the oldest turn was said that was looked at; None when there was none to look at.
        next: where to go on; None when all of the range is searched.
    """

    matches: tuple[Match, ...] = ()
    searched_until: dt.datetime | None = None
    next: tuple[str, str, str] | None = None


def excerpt(text: str, folded_query: str) -> str | None:
    """Return the part of a text around what is looked for, case and accents aside; None when it is not there."""
    folded = fold(text)
    at = folded.find(folded_query)
    if at < 0:
        return None
    shown = " ".join(text.split()) if len(folded) == len(" ".join(text.split())) else folded
    begin, end = max(0, at - _BEFORE), at + len(folded_query) + _AFTER
    return f"{'…' if begin else ''}{shown[begin:end]}{'…' if end < len(shown) else ''}"
