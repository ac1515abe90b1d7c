"""The OpenAPI documents: valid, complete, and in agreement with the route tables they are made from."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from shared.api.admin import app as admin
from shared.api.chat import app as chat
from shared.web.openapi import describe
from shared.web.router import Route

DOCUMENTS: dict[str, tuple[dict[str, Any], tuple[Route[Any], ...]]] = {
    "chat": (describe("Chat", "x", chat.ROUTES), chat.ROUTES),
    "admin": (describe("Admin", "x", admin.ROUTES), admin.ROUTES),
}
both = pytest.mark.parametrize("name", DOCUMENTS)


def nodes(value: Any, at: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of a document with its place."""
    if isinstance(value, dict):
        yield at, value
        for key, item in value.items():
            yield from nodes(item, f"{at}/{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from nodes(item, f"{at}/{number}")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def schemas(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every schema: named ones, of parameters and of bodies."""
    yield from document["components"]["schemas"].values()
    for _, node in nodes(document["paths"]):
        if isinstance(node.get("schema"), dict):
            yield node["schema"]


@both
def test_the_document_has_the_frame_of_openapi_3_1(name):
    """Version, info, paths and ways to sign in."""
    document = DOCUMENTS[name][0]
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"]
    assert document["info"]["version"]
    assert all(path.startswith("/") for path in document["paths"])


@both
def test_every_schema_is_a_json_schema(name):
    """Of the draft that OpenAPI 3.1 speaks."""
    for schema in schemas(DOCUMENTS[name][0]):
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


@both
def test_every_reference_leads_somewhere(name):
    """And component names are ones that OpenAPI allows."""
    document = DOCUMENTS[name][0]
    for place, node in nodes(document):
        reference = node.get("$ref")
        if isinstance(reference, str):
            target: Any = document
            for part in reference.removeprefix("#/").split("/"):
                assert part in target, f"{place}: {reference}"
                target = target[part]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", schema) for schema in document["components"]["schemas"])


@both
def test_every_route_is_documented_once(name):
    """With a summary and an id of its own."""
    document, routes = DOCUMENTS[name]
    documented = {(path, method) for path, method, _ in operations(document)}
    assert documented == {(re.sub(r"<(\w+)>", r"{\1}", route.path), route.method.lower()) for route in routes}
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert all(operation["summary"] for _, _, operation in operations(document))


@both
def test_parameters_of_the_path_are_declared(name):
    """All of them, required, and no others; none is declared twice."""
    for path, method, operation in operations(DOCUMENTS[name][0]):
        declared = operation.get("parameters", [])
        in_path = [parameter["name"] for parameter in declared if parameter["in"] == "path"]
        assert sorted(in_path) == sorted(re.findall(r"\{(\w+)\}", path)), (method, path)
        assert all(parameter["required"] for parameter in declared if parameter["in"] == "path")
        assert len({(parameter["in"], parameter["name"]) for parameter in declared}) == len(declared)


@both
def test_every_operation_says_what_it_answers(name):
    """Each response has a description; errors are problems; what has a body promises 400, 413, 415 and 422."""
    document, routes = DOCUMENTS[name]
    by_operation = {(re.sub(r"<(\w+)>", r"{\1}", route.path), route.method.lower()): route for route in routes}
    for path, method, operation in operations(document):
        route = by_operation[path, method]
        responses = operation["responses"]
        assert str(route.status) in responses
        assert all(answer["description"] for answer in responses.values())
        for status, answer in responses.items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (path, method, status)
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= responses.keys(), (path, method)
            assert operation["requestBody"]["content"]
        if any(parameter["in"] == "query" for parameter in operation.get("parameters", ())):
            assert "422" in responses


@both
def test_what_needs_a_key_says_so(name):
    """And promises 401 and 403; what does not, does not."""
    document, routes = DOCUMENTS[name]
    scopes = {
        (re.sub(r"<(\w+)>", r"{\1}", route.path), route.method.lower()): (route.scope, *route.also)
        if route.scope
        else ()
        for route in routes
    }
    for path, method, operation in operations(document):
        assert bool(operation.get("security")) is bool(scopes[path, method])
        if scopes[path, method]:
            assert {"401", "403", "404", "429"} <= operation["responses"].keys()
            assert ", ".join(f"`{scope}`" for scope in scopes[path, method]) in operation["description"]


@both
def test_requests_and_answers_are_told_apart(name):
    """What must be sent is required in requests; every field of an answer is there."""
    document = DOCUMENTS[name][0]
    named = document["components"]["schemas"]
    if name == "chat":
        assert set(named["ChatRequest"]["required"]) == {"business_id", "message"}
        assert "degraded" in named["ChatAnswer"]["required"]


def test_every_response_without_a_body_has_none():
    """204 has no content."""
    for document, _ in DOCUMENTS.values():
        for _, _, operation in operations(document):
            assert "content" not in operation["responses"].get("204", {})
