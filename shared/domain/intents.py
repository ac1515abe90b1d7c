"""What a visitor may want: the intents every business has, and a business's own, each known by example sentences."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.domain.text import Line

MAX_INTENTS = 200
NONE = "none"
# The examples of these stand in understanding/examples.py, in five languages.
BUILT_IN = (
    "greeting", "thanks", "goodbye", "pricing", "opening_hours", "location", "appointment", "contact", "person",
    "complaint", "question", "off_topic",
)  # fmt: skip

IntentId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Example = Annotated[Line, StringConstraints(min_length=2, max_length=300)]


class IntentSpec(BaseModel):
    """One intent of a business. `examples` are sentences visitors say; with the id of a built-in one they add to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: IntentId
    examples: Annotated[tuple[Example, ...], Field(min_length=2, max_length=100)]


def check_intents(specs: tuple[IntentSpec, ...]) -> tuple[IntentSpec, ...]:
    """Return `specs` when each id is used once and none is `none`; ValueError with the id."""
    seen: set[str] = set()
    for spec in specs:
        if spec.id in seen or spec.id == NONE:
            raise ValueError(f"intent '{spec.id}' {'is defined twice' if spec.id in seen else 'is reserved'}")
        seen.add(spec.id)
    return specs
