"""Business rules as data: a condition in CEL over the turn's facts, and actions of a closed list.

The language itself (compiling, evaluating, tracing) is shared/rules; this is only what is stored.
"""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.domain.cta import CtaId
from shared.domain.fields import FieldId
from shared.domain.states import StateName
from shared.domain.text import Line, Text

MAX_RULES = 100
MAX_CONDITION_CHARS = 1000

Words = Annotated[Text, StringConstraints(min_length=1, max_length=1000)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReplyAction(_Action):
    """Answer with these words instead of asking the model; ends the turn."""

    do: Literal["reply"]
    text: Words


class InstructAction(_Action):
    """Tell the model something for this turn."""

    do: Literal["instruct"]
    text: Words


class CtaAction(_Action):
    """Show these calls to action first."""

    do: Literal["cta"]
    ids: Annotated[tuple[CtaId, ...], Field(min_length=1, max_length=5)]


class StateAction(_Action):
    """Move the session to a state, where the transition table allows it."""

    do: Literal["state"]
    state: StateName


class MetadataAction(_Action):
    """Keep a custom attribute on the session."""

    do: Literal["metadata"]
    key: Key
    value: Annotated[Line, StringConstraints(max_length=200)]


class RequireAction(_Action):
    """Ask for a field before anything else, unless it is known."""

    do: Literal["require"]
    field: FieldId


class HandoffAction(_Action):
    """Call a person of the business."""

    do: Literal["handoff"]
    reason: Annotated[Line, StringConstraints(max_length=200)] = ""


class TagAction(_Action):
    """Mark the session, for lists and later rules."""

    do: Literal["tag"]
    tag: Key


class StopAction(_Action):
    """Look at no further rule."""

    do: Literal["stop"]


Action = Annotated[
    ReplyAction
    | InstructAction
    | CtaAction
    | StateAction
    | MetadataAction
    | RequireAction
    | HandoffAction
    | TagAction
    | StopAction,
    Field(discriminator="do"),
]


class BusinessRule(BaseModel):
    """One rule. Without `when` it always holds; `text` is short for an `instruct` action.

    `once` lets it fire once a session; `starts_on` and `ends_on` are dates in the business's time zone, both included.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: CtaId
    text: Annotated[Text, StringConstraints(max_length=1000)] = ""
    when: Annotated[Text, StringConstraints(max_length=MAX_CONDITION_CHARS)] = ""
    then: Annotated[tuple[Action, ...], Field(max_length=10)] = ()
    enabled: bool = True
    once: bool = False
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not self.text and not self.then:
            raise ValueError("a rule needs 'text' or 'then': it does nothing yet")
        if self.starts_on and self.ends_on and self.starts_on > self.ends_on:
            raise ValueError("'starts_on' is after 'ends_on'")
        return self

    @property
    def actions(self) -> tuple[Action, ...]:
        """`then`, with the text's instruction before it."""
        return (InstructAction(do="instruct", text=self.text), *self.then) if self.text else self.then

    @property
    def standing(self) -> bool:
        """Whether it is an instruction for every turn: such ones live in the prompt's unchanging part."""
        timed = self.starts_on or self.ends_on or self.once
        return self.enabled and bool(self.text) and not (self.when or self.then or timed)
