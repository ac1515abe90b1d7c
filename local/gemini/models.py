"""Which model ids exist, and what each can do. Data only; retired ids are simply absent."""

from dataclasses import dataclass
from typing import Any

_TEXT_METHODS = ("generateContent", "streamGenerateContent", "countTokens", "createCachedContent")
_EMBED_METHODS = ("embedContent", "batchEmbedContents", "countTokens")
_LIVE_METHODS = ("bidiGenerateContent", "countTokens")


@dataclass(frozen=True)
class Model:
    """One model: id, what it serves, and the token limits it reports."""

    id: str
    methods: tuple[str, ...]
    input_tokens: int
    output_tokens: int
    beta_only: bool = False

    def body(self) -> dict[str, Any]:
        """As `GET models/{id}` shows it."""
        return {
            "name": f"models/{self.id}",
            "version": "001",
            "displayName": self.id.replace("-", " ").title(),
            "description": "Local stand-in: extractive answers and small embeddings.",
            "inputTokenLimit": self.input_tokens,
            "outputTokenLimit": self.output_tokens,
            "supportedGenerationMethods": list(self.methods),
        }


_TEXT = (
    "gemini-4-argon",
    "gemini-3.8-flash",
    "gemini-3.7-flash",
    "gemini-3.6-flash",
    "gemini-3.5-flash",
    "gemini-3.5-flash-lite",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
)
_ALIASES = ("gemini-flash-latest", "gemini-flash-lite-latest", "gemini-pro-latest")
_LIVE = ("gemini-3.8-live", "gemini-3.8-live-extended-thinking")

CATALOGUE: dict[str, Model] = {
    model.id: model
    for model in (
        *(Model(name, _TEXT_METHODS, 1_048_576, 65_536) for name in _TEXT),
        # The moving aliases are served by v1beta alone.
        *(Model(name, _TEXT_METHODS, 1_048_576, 65_536, beta_only=True) for name in _ALIASES),
        *(Model(name, _LIVE_METHODS, 131_072, 65_536) for name in _LIVE),
        Model("gemini-embedding-2", _EMBED_METHODS, 8192, 1),
        Model("gemini-embedding-001", _EMBED_METHODS, 2048, 1),
    )
}


def visible(version: str) -> list[Model]:
    """The models an API version lists."""
    return [model for model in CATALOGUE.values() if version != "v1" or not model.beta_only]


def find(model_id: str, version: str, method: str | None = None) -> Model | None:
    """The model, when this version has it and it can do `method`."""
    model = CATALOGUE.get(model_id)
    if model is None or model not in visible(version):
        return None
    return model if method is None or method in model.methods else None
