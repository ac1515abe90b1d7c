"""Finds the sessions of a person wherever something names them: running ones, rows, sealed turns. Erases nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.adapters.live_sessions import LiveSessions
from shared.adapters.postgres.people import FIRST, PeopleStore, Position, Trace
from shared.domain.session import Session
from shared.domain.subject import Subject, number_of

MOST_TURNS = 50_000
"""Opened by one call: some seconds."""


@dataclass
class Search:
    """How far it is. `position` None: every turn was looked at.

    Args:
        subject: all by which the person is known by now.
        follow: whether details that their sessions hold name them too.
        ignored: addresses and numbers that are nobody's: the business's own.
        region: of numbers without a country code.
        unreadable: turns that no key opens.
    """

    subject: Subject
    follow: bool = True
    ignored: frozenset[str] = frozenset()
    region: str = "US"
    sessions: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    position: Position | None = FIRST
    unreadable: int = 0


class PersonFinder:
    """Looks through all stores of one business."""

    def __init__(self, people: PeopleStore, live: LiveSessions) -> None:
        self._people = people
        self._live = live

    def go_on(self, business_id: str, search: Search, most: int = MOST_TURNS) -> None:
        """Look on, opening up to `most` turns; `search` then says what was found and where to go on.

        Raises:
            Unavailable: Redis or the database cannot be asked.
        """
        self._by_rows(business_id, search)
        while search.position is not None and most > 0:
            known, opened = search.subject, 0
            for turn in self._people.turns(business_id, search.position, most):
                opened += 1
                search.position = turn.position
                if turn.said is None:
                    search.unreadable += 1
                elif search.subject.names_in([turn.said.get("question"), turn.said.get("answer")]):
                    search.sessions.add(turn.session_id)
            whole, most = opened < most, most - opened
            self._by_rows(business_id, search)
            if search.subject != known:
                search.position, search.unreadable = FIRST, 0  # who has one more name is looked for again
            elif whole:
                search.position = None

    def _by_rows(self, business_id: str, search: Search) -> None:
        """Look through what is not sealed until nothing more comes of it."""
        search.sessions |= search.subject.session_ids | search.subject.user_ids
        search.users |= search.subject.user_ids
        while True:
            before = (search.subject, len(search.sessions), len(search.users))
            for trace in self._rows(business_id):
                if _is_of(search, trace):
                    _learn(search, trace)
            if before == (search.subject, len(search.sessions), len(search.users)):
                return

    def _rows(self, business_id: str) -> Iterator[Trace]:
        yield from self._people.traces(business_id)
        yield from map(_of_session, self._live.every(business_id))


def _is_of(search: Search, trace: Trace) -> bool:
    if trace.session_id in search.sessions or (trace.user_id and trace.user_id in search.users):
        return True
    emails, phones = _reached_by(search, trace)
    return bool(emails & search.subject.emails or phones & search.subject.phones) or search.subject.names_in(trace.said)


def _learn(search: Search, trace: Trace) -> None:
    if trace.session_id:
        search.sessions.add(trace.session_id)
    if trace.user_id:
        search.users.add(trace.user_id)
    if search.follow:
        emails, phones = _reached_by(search, trace)
        users = {trace.user_id} - {""}
        search.subject = search.subject.also(emails - search.ignored, phones - search.ignored, users)
        search.users |= search.subject.user_ids


def _reached_by(search: Search, trace: Trace) -> tuple[set[str], set[str]]:
    emails = {value.casefold() for name, value in trace.known if name == "email"}
    phones = {number_of(value, search.region) for name, value in trace.known if name == "phone"}
    return emails, phones - {""}


def _of_session(session: Session) -> Trace:
    dialogue = session.dialogue
    said = [*(text for turn in session.turns for text in (turn.question, turn.answer)), session.metadata]
    known = tuple((name, value.value) for name, value in dialogue.fields.items())
    return Trace(session.session_id, dialogue.person, known, [said, [value for _, value in known]])
