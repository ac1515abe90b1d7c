"""Reads an OpenAPI document that anybody may have written: bounded in size, depth and work. Nothing is fetched.

What has another shape than OpenAPI gives it is as good as absent.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from shared.domain.text import clean

MAX_NODES: Final = 200_000
MAX_DEPTH: Final = 60
MAX_WORK: Final = 50_000
MAX_ENDPOINTS: Final = 2000
MAX_PROPERTIES: Final = 150
_MAX_MERGE: Final = 12
_MAX_REFS: Final = 20
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IRREGULAR: Final = {
    "people": "person",
    "persons": "person",
    "activities": "activity",
    "opportunities": "opportunity",
    "addresses": "address",
}

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """One operation of the document. `words` are those of its last named segment, `parent` those of the one before."""

    method: str
    path: str
    body: Node
    parameters: tuple[Node, ...]
    words: tuple[str, ...]
    parent: tuple[str, ...]
    path_parameters: int
    is_item: bool

    @property
    def name(self) -> str:
        """How a note names it."""
        return f"{self.method} {plain(self.path)}"


class Document:
    """A document that was checked for its size. Its references lead inside it, or nowhere."""

    def __init__(self, raw: object) -> None:
        _check_size(raw)
        if not isinstance(raw, dict):
            raise ValueError("an OpenAPI document is a JSON object")  # noqa: TRY004 - one kind of error for all
        version = raw.get("openapi")
        if not isinstance(version, str) or not re.match(r"3\.[01]\b", version):
            raise ValueError("this is no OpenAPI document of version 3.0 or 3.1")
        self.raw: Node = raw
        self.remote: set[str] = set()
        self._work = MAX_WORK

    def resolve(self, node: object) -> Node:
        """Return what a node is or refers to, {} for nothing."""
        for _ in range(_MAX_REFS):
            self._spend()
            if not isinstance(node, dict):
                return {}
            target = node.get("$ref")
            if not isinstance(target, str):
                return node
            if not target.startswith("#/"):
                self.remote.add(plain(target))
                return {}
            node = self._at(target[2:])
        return {}

    def schema(self, node: object, depth: int = _MAX_MERGE) -> dict[str, Any]:
        """Return a schema with its parts merged, and of several alternatives the first."""
        found = dict(self.resolve(node))
        alternatives = [item for key in ("oneOf", "anyOf") for item in listed(found.pop(key, None))]
        parts = listed(found.pop("allOf", None))
        parts += [item for item in alternatives if mapping(item).get("type") != "null"][:1]
        properties, required = dict(mapping(found.get("properties"))), listed(found.get("required"))
        for part in parts if depth else ():
            merged = self.schema(part, depth - 1)
            properties = {**mapping(merged.get("properties")), **properties}
            required = [*required, *listed(merged.get("required"))]
            found = {**merged, **found}
        kinds = [kind for kind in listed(found.get("type")) if kind != "null"]
        kind = kinds[0] if kinds else found.get("type")
        kind = kind if isinstance(kind, str) else "object" if properties else ""
        names = [name for name in required if isinstance(name, str)]
        return {**found, "type": kind, "properties": dict(list(properties.items())[:MAX_PROPERTIES]), "required": names}

    def properties(self, schema: Node) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return a schema's properties, each merged."""
        for name, item in mapping(schema.get("properties")).items():
            if isinstance(name, str) and name:
                yield name, self.schema(item)

    def content(self, node: object) -> tuple[str, dict[str, Any]]:
        """Return the kind ("json", "form", "") and the schema of a request's or a response's body."""
        content = mapping(self.resolve(node).get("content"))
        for kind, pattern in (("json", r"application/(.+\+)?json\b|\*/\*"), ("form", r".*/x-www-form-urlencoded\b")):
            for name, media in content.items():
                if isinstance(name, str) and re.match(pattern, name[:100]):
                    return kind, self.schema(mapping(media).get("schema"))
        return "", {}

    def response(self, endpoint: Endpoint, *statuses: str) -> dict[str, Any]:
        """Return the schema of the first of these answers that has one."""
        responses = mapping(endpoint.body.get("responses"))
        for status in statuses:
            kind, schema = self.content(responses.get(status))
            if kind == "json":
                return schema
        return {}

    def endpoints(self) -> Iterator[Endpoint]:
        """Return every operation whose path can be written as a template."""
        left = MAX_ENDPOINTS
        for path, item in mapping(self.raw.get("paths")).items():
            found = self.resolve(item)
            for method in _METHODS:
                body = self.resolve(found.get(method))
                if body and left and isinstance(path, str) and _is_plain_path(path):
                    left -= 1
                    yield self._endpoint(method.upper(), path, body, found)

    def _endpoint(self, method: str, path: str, body: Node, item: Node) -> Endpoint:
        segments = [part for part in path.split("/") if part]
        named = [words(part) for part in segments if not part.startswith("{")] or [()]
        shared = [*listed(item.get("parameters")), *listed(body.get("parameters"))][:MAX_PROPERTIES]
        return Endpoint(
            method=method,
            path=path,
            body=body,
            parameters=tuple(self.resolve(parameter) for parameter in shared),
            words=named[-1],
            parent=named[-2] if len(named) > 1 else (),
            path_parameters=len(segments) - sum(not part.startswith("{") for part in segments),
            is_item=bool(segments) and segments[-1].startswith("{"),
        )

    def _at(self, pointer: str) -> object:
        found: object = self.raw
        for part in pointer.split("/")[:_MAX_REFS]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def _spend(self) -> None:
        self._work -= 1
        if self._work < 0:
            raise ValueError("the document is too intricate to be read")


def _is_plain_path(path: str) -> bool:
    """Whether every segment is plain or a parameter: `/contacts/{id}`, not `/contacts/{id}.json`."""
    segments = path.split("/")[1:]
    return path.startswith("/") and all(re.fullmatch(r"[A-Za-z0-9._~-]*|\{[^{}/]{1,80}\}", part) for part in segments)


def _check_size(raw: object) -> None:
    level, count = [raw], 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_NODES:
            raise ValueError("the document is too large")
        level = [item for node in level for item in _children(node)]
        if not level:
            return
    raise ValueError("the document is too deep")


def _children(node: object) -> list[object]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def mapping(node: object) -> dict[Any, Any]:
    """Return a node that is an object, {} for any other."""
    return node if isinstance(node, dict) else {}


def listed(node: object) -> list[Any]:
    """Return a node that is a list, [] for any other."""
    return list(node) if isinstance(node, list) else []


def words(text: str) -> tuple[str, ...]:
    """Return the words of a name in lower case and the singular: `customerOrders` is customer, order."""
    found = [word.lower() for word in _WORD.findall(text[:200])]
    return tuple(_IRREGULAR.get(word) or (word[:-1] if re.search(r"[^s]s$", word) else word) for word in found)


def joined(name: str) -> str:
    """Return a name without what separates its words, in the singular."""
    return "".join(words(name))


def expression(*keys: str) -> str:
    """Return the JMESPath of nested keys, "@" for none."""
    return ".".join(key if _IDENTIFIER.fullmatch(key) else json.dumps(key) for key in keys) or "@"


def plain(text: str) -> str:
    """Return a name of the document as a note may quote it."""
    return " ".join(clean(text).split())[:80]
