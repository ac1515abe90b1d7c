"""What a request says, once parsed. Data only; it must not know the wire format."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FunctionCall:
    """A call the model made earlier, as the client echoes it."""

    name: str
    args: Mapping[str, Any]
    id: str | None = None


@dataclass(frozen=True)
class FunctionResponse:
    """What a tool answered."""

    name: str
    response: Mapping[str, Any]
    id: str | None = None


@dataclass(frozen=True)
class Part:
    """One part of a content; media is accepted and left out."""

    text: str | None = None
    call: FunctionCall | None = None
    response: FunctionResponse | None = None
    signature: bytes | None = None
    thought: bool = False


@dataclass(frozen=True)
class Content:
    """One turn; role is 'user' or 'model'."""

    role: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """All text parts but thoughts, one per line."""
        return "\n".join(part.text for part in self.parts if part.text and not part.thought)

    @property
    def calls(self) -> tuple[FunctionCall, ...]:
        """The function calls, in order."""
        return tuple(part.call for part in self.parts if part.call)

    @property
    def responses(self) -> tuple[FunctionResponse, ...]:
        """The function responses, in order."""
        return tuple(part.response for part in self.parts if part.response)


@dataclass(frozen=True)
class Declaration:
    """A function the model may call; `schema` is a JSON Schema of its arguments."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class GenerateRequest:
    """A generateContent call. `mode` is AUTO, ANY, NONE or VALIDATED; `schema` None means plain text."""

    contents: tuple[Content, ...]
    system: str = ""
    declarations: tuple[Declaration, ...] = ()
    mode: str = "AUTO"
    allowed: tuple[str, ...] = ()
    json_output: bool = False
    schema: Mapping[str, Any] | None = None
    max_tokens: int | None = None
    cached_content: str | None = None


@dataclass(frozen=True)
class EmbedItem:
    """One text to embed and the length of vector wanted."""

    text: str
    dimensions: int
    model: str | None = None
