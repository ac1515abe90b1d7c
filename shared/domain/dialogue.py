"""What a session knows beside its words: state, owner, fields, plan, mood, what was shown. Survives trimming."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.crm import CrmLink
from shared.domain.fields import FieldValue
from shared.domain.states import Owner, StateName

MOODS_KEPT = 10


@dataclass(frozen=True)
class Plan:
    """How far the business's goals are in this session.

    `goal` is the one pursued, `asking` the field the last reply asked for ("" none); `asked` and `refused` count by
    field; what was given up is never asked again; `done` are goals reached, `offered` calls to action goals proposed.
    """

    goal: str = ""
    asking: str = ""
    asked: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    given_up: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()


_NO_PLAN = Plan()
_NO_LINK = CrmLink()


@dataclass(frozen=True)
class Dialogue:
    """A session's memory that no trimming touches.

    Args:
        state: where the conversation stands; `since` is when it came there (ISO, UTC).
        owner: who answers the visitor.
        fields: what is known of the visitor, by field id.
        plan: the goals' progress.
        moods: the last turns' sentiment scores, -1 to 1, oldest first.
        language: the visitor's, as a two-letter code; "" while unknown.
        shown: how often each call to action was shown, `last_shown` those of the last reply. `clicked`: those the
            visitor followed.
        fired: rules that may fire once and did.
        tags: marks that rules set.
        unanswered: replies in a row that had no answer.
        person: the verified identity that owns the session; "" for a visitor who is only a browser.
        handoff: the hand-off that was asked for; "" none.
        crm: the visitor's records in the CRM.
    """

    state: StateName = "new"
    since: str = ""
    owner: Owner = "bot"
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    plan: Plan = _NO_PLAN
    moods: tuple[float, ...] = ()
    language: str = ""
    shown: Mapping[str, int] = field(default_factory=dict)
    last_shown: tuple[str, ...] = ()
    clicked: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    unanswered: int = 0
    person: str = ""
    handoff: str = ""
    crm: CrmLink = _NO_LINK


NEW = Dialogue()
