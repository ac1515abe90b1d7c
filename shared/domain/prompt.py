"""What goes to the model and what comes back, free of any vendor."""

from dataclasses import dataclass, field
from typing import Literal

from shared.domain.session import Content
from shared.domain.turn import Usage


@dataclass(frozen=True)
class Prompt:
    """One model call: the system instruction (stable per tenant), then the conversation, newest last."""

    model: str
    system: str
    contents: tuple[Content, ...]
    max_output_tokens: int = 2048


Finish = Literal["", "stop", "length", "blocked"]


@dataclass(frozen=True)
class ModelChunk:
    """A piece of a streamed answer. `finish` is set on the last one; `usage` replaces earlier ones."""

    text: str = ""
    finish: Finish = ""
    usage: Usage | None = field(default=None)
