"""What goes to the model and what comes back, free of any vendor."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from shared.domain.session import Content
from shared.domain.turn import Usage


@dataclass(frozen=True)
class Tool:
    """A function the model may call. `parameters` is a JSON Schema object."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class ToolCall:
    """The model calls a function. `id` is empty when the service gave none."""

    name: str
    arguments: dict[str, Any]
    id: str = ""


@dataclass(frozen=True)
class Prompt:
    """One model call: the system instruction (stable per tenant), then the conversation, newest last."""

    model: str
    system: str
    contents: tuple[Content, ...]
    max_output_tokens: int = 2048
    tools: tuple[Tool, ...] = ()

    def answered(self, said: list[dict[str, Any]], results: list[tuple[ToolCall, dict[str, Any]]]) -> "Prompt":
        """Return the prompt after the model's calls: its own parts unchanged, then one result for each call."""
        responses = [
            {"functionResponse": {"name": call.name, "response": result} | ({"id": call.id} if call.id else {})}
            for call, result in results
        ]
        model: Content = {"role": "model", "parts": said}
        return replace(self, contents=(*self.contents, model, {"role": "user", "parts": responses}))


Finish = Literal["", "stop", "length", "blocked"]


@dataclass(frozen=True)
class ModelChunk:
    """A piece of a streamed answer. `finish` is set on the last one; `usage` replaces earlier ones.

    `parts` are the parts as the service sent them, kept only in chunks with `calls`: they go back unchanged, because
    they may carry signatures.
    """

    text: str = ""
    finish: Finish = ""
    usage: Usage | None = field(default=None)
    calls: tuple[ToolCall, ...] = ()
    parts: tuple[dict[str, Any], ...] = ()
