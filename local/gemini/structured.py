"""A small JSON value that fits a response schema. Pure; text in it comes from the answer alone."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Pick = Callable[[Sequence[str]], str]
Schema = Mapping[str, Any]

MAX_DEPTH = 12
_FORMATS = {"date-time": "2026-01-01T00:00:00Z", "date": "2026-01-01", "time": "00:00:00Z"}


@dataclass(frozen=True)
class Filler:
    """Fills a schema: `text` for strings, `pick` chooses among an enum's values."""

    text: str
    pick: Pick
    root: Schema

    def fill(self, schema: Schema, depth: int = 0) -> object:
        """A value valid for `schema`, as small as it may be."""
        schema = self._resolve(schema)
        if "const" in schema:
            return schema["const"]
        if options := schema.get("enum"):
            texts = [option for option in options if isinstance(option, str)]
            return self.pick(texts) if texts else options[0]
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            count = max(int(schema.get("minItems") or 0), 1 if depth < MAX_DEPTH else 0)
            return [self.fill(schema.get("items") or {}, depth + 1) for _ in range(count)]
        if kind in {"integer", "number"}:
            return self._number(schema, kind)
        return {"boolean": False, "null": None}.get(kind, self._string(schema))

    def _resolve(self, schema: Schema) -> Schema:
        for _ in range(MAX_DEPTH):
            if reference := schema.get("$ref"):
                schema = _look_up(self.root, str(reference))
            elif branches := schema.get("anyOf") or schema.get("oneOf"):
                schema = next((item for item in branches if _kind(item) != "null"), branches[0])
            elif merged := schema.get("allOf"):
                rest = {name: value for name, value in schema.items() if name != "allOf"}
                schema = {**merged[0], **rest}
            else:
                break
        return schema

    def _object(self, schema: Schema, depth: int) -> dict[str, object]:
        properties = schema.get("properties") or {}
        names = schema.get("required") or list(properties)
        if depth >= MAX_DEPTH:
            return {}
        return {name: self.fill(properties.get(name) or {}, depth + 1) for name in names}

    def _number(self, schema: Schema, kind: str) -> float:
        found = re.search(r"\d+(?:\.\d+)?", self.text)
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum")
        value = float(found[0]) if found else 0.0
        value = max(value, float(low)) if low is not None else value
        value = min(value, float(high)) if high is not None else value
        return int(value) if kind == "integer" else value

    def _string(self, schema: Schema) -> str:
        if sample := _FORMATS.get(str(schema.get("format"))):
            return sample
        limit = schema.get("maxLength")
        return self.text[: int(limit)] if limit is not None else self.text


def _kind(schema: Schema) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((item for item in kind if item != "null"), "null")
    if kind:
        return str(kind).lower()
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _look_up(root: Schema, reference: str) -> Schema:
    node: object = root
    for name in reference.removeprefix("#").strip("/").split("/"):
        node = node.get(name, {}) if isinstance(node, Mapping) and name else node
    return node if isinstance(node, Mapping) else {}
