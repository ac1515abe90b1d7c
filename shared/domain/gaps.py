"""Questions that had no answer, as their owner sees them: in groups that mean the same, with what was decided. Pure."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from shared.domain.folding import fold

GapStatus = Literal["open", "answered", "dismissed"]

# Instances learn of a new build within half a minute: what they were asked before that says nothing about it.
_SETTLED_IN = dt.timedelta(minutes=1)
_ID_DIGITS = 20
_WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class KeptGap:
    """One question. `vector` is of 16-bit floats in `space`, b"" none; `group_id` "": nothing was decided on it."""

    session_id: str
    message_id: str
    at: dt.datetime
    channel: str
    language: str
    question: str
    space: str = ""
    vector: bytes = b""
    group_id: str = ""

    @cached_property
    def id(self) -> str:
        """A name for it that says nothing about its session."""
        told = f"{self.session_id}\x1f{self.message_id}".encode("utf-8", "surrogatepass")
        return f"gap_{hashlib.sha256(told).hexdigest()[:_ID_DIGITS]}"

    @cached_property
    def words(self) -> str:
        """The question as it is compared word by word."""
        return fold(self.question).rstrip("?.!؟ ")


@dataclass(frozen=True)
class Decision:
    """What the owner decided on a group: `answered` by a pair of a source, or `dismissed`.

    Args:
        id: of the group.
        status: which of the two.
        source_id: where the answer is, "" for none; `question` is the pair's.
        question: as the owner worded it.
        decided_at: when.
        live_since: when the first build was in use that has read the answer; None: none yet.
    """

    id: str
    status: Literal["answered", "dismissed"]
    decided_at: dt.datetime
    source_id: str = ""
    question: str = ""
    live_since: dt.datetime | None = None

    def covers(self, gap: KeptGap) -> bool:
        """Say whether a question of its group needs nothing more.

        Asked again after the answer was there it does, even in the group: the answer did not help.
        """
        if self.status == "dismissed" or gap.group_id == self.id or self.live_since is None:
            return True
        return gap.at < self.live_since + _SETTLED_IN


@dataclass(frozen=True)
class GapGroup:
    """Questions that mean the same.

    Args:
        gaps: oldest first, at least one.
        wordings: one question for each wording, the one that says best what all are about first.
        decision: None: nothing was decided yet.
    """

    gaps: tuple[KeptGap, ...]
    wordings: tuple[KeptGap, ...]
    decision: Decision | None = None

    @property
    def id(self) -> str:
        """That of the decision, else of the oldest question: more questions do not change it."""
        return self.decision.id if self.decision else self.gaps[0].id

    @property
    def status(self) -> GapStatus:
        """`open` while a question in it needs something."""
        return "open" if self.decision is None or self.again else self.decision.status

    @property
    def again(self) -> int:
        """How many questions came in spite of the answer."""
        return sum(not self.decision.covers(gap) for gap in self.gaps) if self.decision else 0


def by_week(gaps: Sequence[KeptGap], until: dt.datetime) -> tuple[int, int]:
    """Return how many were asked in the week up to a moment, and in the week before that."""
    ages = [until - gap.at for gap in gaps]
    return sum(age < _WEEK for age in ages), sum(_WEEK <= age < 2 * _WEEK for age in ages)
