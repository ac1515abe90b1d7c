"""Reads JSON keys as protobuf does: snake_case and camelCase mean the same field.

Pure. It must not touch keys that belong to the caller: arguments, responses, property names.
"""

import re
from typing import Any

# Fields whose value is the caller's own object, and the map whose keys are the caller's names.
_OPAQUE = frozenset({"args", "response", "parametersJsonSchema", "responseJsonSchema", "labels", "enum"})
_NAMED = frozenset({"properties"})


def camel(key: str) -> str:
    """`mime_type` -> `mimeType`; a camelCase key stays as it is."""
    return re.sub(r"(?<=[A-Za-z0-9])_+([a-z0-9])", lambda match: match[1].upper(), key)


def normalise(value: Any) -> Any:  # noqa: ANN401 (any JSON value in, the same kind out)
    """The JSON value with every field name in camelCase."""
    if isinstance(value, list):
        return [normalise(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {camel(key): _field(camel(key), item) for key, item in value.items()}


def _field(name: str, value: Any) -> Any:  # noqa: ANN401
    if name in _OPAQUE:
        return value
    if name in _NAMED and isinstance(value, dict):
        return {key: normalise(item) for key, item in value.items()}
    return normalise(value)
