"""What an assistant may learn about a visitor: the fields a business defines, and the values it heard.

name, email and phone exist for every business; a business adds its own, or words these three differently.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.domain.text import Line, Text

MAX_FIELDS = 30

FieldId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FieldType = Literal["name", "email", "phone", "text", "number", "date", "choice", "yes_no"]
FieldState = Literal["heard", "confirmed", "corrected"]


class FieldSpec(BaseModel):
    """One field. `question` is how to ask for it, `cues` are the words that announce its value ("my budget is")."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: FieldId
    label: Annotated[Line, StringConstraints(min_length=1, max_length=60)]
    type: FieldType = "text"
    question: Annotated[Text, StringConstraints(min_length=1, max_length=300)] | None = None
    cues: Annotated[
        tuple[Annotated[Line, StringConstraints(min_length=2, max_length=60)], ...], Field(max_length=20)
    ] = ()
    choices: Annotated[
        tuple[Annotated[Line, StringConstraints(min_length=1, max_length=60)], ...], Field(max_length=30)
    ] = ()
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("a field of type 'choice' needs 'choices', no other has them")
        if len({choice.casefold() for choice in self.choices}) != len(self.choices):
            raise ValueError("two choices are the same")
        if self.type != "number" and (self.minimum is not None or self.maximum is not None):
            raise ValueError("only a field of type 'number' has 'minimum' and 'maximum'")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("'minimum' is above 'maximum'")
        return self


BUILT_IN = (
    FieldSpec(id="name", label="Name", type="name"),
    FieldSpec(id="email", label="E-mail", type="email"),
    FieldSpec(id="phone", label="Phone", type="phone"),
)


@dataclass(frozen=True)
class FieldValue:
    """What is known of one field.

    `value` is the normal form (E.164, lower-case domain, ISO date), `shown` how people write it, `message_id` the turn
    it came from. A locked value is never asked for again and changes only by an explicit correction.
    """

    value: str
    shown: str
    message_id: str
    at: str
    state: FieldState = "heard"
    locked: bool = True


def check_fields(specs: tuple[FieldSpec, ...]) -> tuple[FieldSpec, ...]:
    """Return `specs` when each id is used once and the built-in ones keep their type; ValueError with the id."""
    seen: set[str] = set()
    types = {spec.id: spec.type for spec in BUILT_IN}
    for spec in specs:
        if spec.id in seen:
            raise ValueError(f"field '{spec.id}' is defined twice")
        if types.get(spec.id, spec.type) != spec.type:
            raise ValueError(f"field '{spec.id}' is always of type '{types[spec.id]}'")
        seen.add(spec.id)
    return specs


def with_built_in(own: tuple[FieldSpec, ...]) -> Mapping[str, FieldSpec]:
    """Return every field by id, the built-in ones first, each in the business's own wording where it has one."""
    return {spec.id: spec for spec in (*BUILT_IN, *own)}
