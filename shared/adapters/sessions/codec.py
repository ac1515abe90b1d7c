"""Sessions as JSON: the one form in which they are stored."""

import json
from typing import Any

from shared.domain.session import PastTurn, Session

FORMAT = 1


def dump(session: Session) -> str:
    """Return the session as compact JSON."""
    # Not dataclasses.asdict: it copies every turn of the history, half a millisecond of a turn.
    fields = {"format": FORMAT, **vars(session), "turns": [vars(turn) for turn in session.turns]}
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False)


def load(text: str) -> Session | None:
    """Return the session, None when it was written by a format this version does not know."""
    data: dict[str, Any] = json.loads(text)
    if data.pop("format", None) != FORMAT:
        return None
    turns = tuple(PastTurn(**turn) for turn in data.pop("turns"))
    return Session(**data, turns=turns)
