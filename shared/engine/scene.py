"""Who says what to whom, and when: what every stage of a turn reads and none changes."""

import datetime as dt
from dataclasses import dataclass

from shared.domain.message import Message
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.ports import Embedded


@dataclass(frozen=True)
class Scene:
    """One message in its session, as the session was before it. `now` is aware, in UTC.

    `embedded`: the message, when its embedding came with the session.
    """

    tenant: Tenant
    session: Session
    message: Message
    now: dt.datetime
    embedded: Embedded | None = None

    @property
    def turn_number(self) -> int:
        """How-manieth turn of what the session remembers this is, from 1."""
        return len(self.session.turns) + 1

    def may_say(self, source: str) -> bool:
        """Say whether a detail told in the message `source` may be said now.

        To its giver in the same message, in a session's first turn, and to whoever proves to hold the session.
        """
        return self.message.trusted or source == self.message.message_id or not self.session.turns
