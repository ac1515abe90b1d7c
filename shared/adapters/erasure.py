"""Erases a session everywhere: the one place that knows all stores, for the visitor's own wish and for the owner's."""

from collections.abc import Sequence
from typing import Protocol

from shared.adapters.postgres.traces import Counts, TraceStore


class LiveStore(Protocol):
    """Running conversations, with the answers kept for repeated messages."""

    def erase(self, business_id: str, session_id: str) -> object:
        """Forget one; Unavailable when it cannot be told whether it is gone."""
        ...


class Erasure:
    """Running conversations first: a turn that ends meanwhile must find nothing to write back to."""

    def __init__(self, sessions: LiveStore, traces: TraceStore) -> None:
        self._sessions = sessions
        self._traces = traces

    def erase(self, business_id: str, session_ids: Sequence[str], user_ids: Sequence[str] = ()) -> Counts:
        """Erase sessions, and what is remembered of visitors; return how many rows of each table went.

        Raises:
            Unavailable: not everything is gone; ask again.
        """
        for session_id in session_ids:
            self._sessions.erase(business_id, session_id)
        return self._traces.erase(business_id, session_ids, user_ids)
