"""The OpenAPI 3.1 document of a route table: generated, so that it cannot disagree with what is answered."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from shared.domain.business import BUSINESS_ID
from shared.domain.errors import PlatformError
from shared.web.problems import MEDIA_TYPE
from shared.web.router import Route

VERSION = "1.0.0"
# Ours, not the standard library's phrases: those change from one Python to the next.
_ERROR_TITLES = {error.status: error.title for error in PlatformError.__subclasses__()}
_PARAMETER = re.compile(r"<(\w+)>")
_PATH_SCHEMAS = {
    "business_id": {"type": "string", "pattern": BUSINESS_ID},
    "version": {"type": "string", "pattern": r"^\d{1,9}$"},
}


class FieldProblem(BaseModel):
    """One invalid field."""

    loc: list[str | int]
    msg: str


class Problem(BaseModel):
    """Any error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None
    existing: str | None = Field(None, description="What is in the way: its id")


def describe(title: str, description: str, routes: Sequence[Route[Any]]) -> dict[str, Any]:
    """Return the document."""
    refs, components = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for number, route in enumerate(routes):
        path = _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, number, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Chatbot Platform: {title} API", "version": VERSION, "description": description},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _schemas(routes: Sequence[Route[Any]]) -> tuple[dict[tuple[Any, str], Any], dict[str, Any]]:
    """Return each route's schemas by (route number and part), and the named ones they refer to."""
    inputs: list[tuple[Any, Any, Any]] = [("problem", "serialization", TypeAdapter(Problem))]
    for number, route in enumerate(routes):
        body = route.body_adapter or (TypeAdapter(route.json_form) if route.json_form else None)
        if body:
            inputs.append(((number, "body"), "validation", body))
        if route.result:
            inputs.append(((number, "result"), "serialization", TypeAdapter(route.result)))
    schemas, extra = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    return {key: value for (key, _), value in schemas.items()}, extra.get("$defs", {})


def _operation(route: Route[Any], number: int, schemas: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": _operation_id(route),
        "responses": _responses(route, number, schemas),
    }
    parameters = [_path_parameter(name) for name in _PARAMETER.findall(route.path)] + _query_parameters(route)
    if parameters:
        operation["parameters"] = parameters
    if route.body_adapter or route.form or route.json_form:
        content: dict[str, Any] = {}
        if (number, "body") in schemas:
            content["application/json"] = {"schema": schemas[number, "body"]}
        if route.form:
            content["multipart/form-data"] = {"schema": route.form}
        operation["requestBody"] = {"required": True, "content": content}
    if route.scope:
        operation["security"] = [{"bearer": []}, {"apiKey": []}]
        whose = "a platform key" if route.platform else "a key"
        scopes = ", ".join(f"`{scope}`" for scope in (route.scope, *route.also))
        operation["description"] = f"Needs {whose} with the scope{'s' if route.also else ''} {scopes}."
    return operation


def _responses(route: Route[Any], number: int, schemas: dict[Any, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
    if route.result:
        json_content = {"application/json": {"schema": schemas[number, "result"]}}
        others = {media: {"schema": {"type": "string"}} for media in route.media_types if media != "application/json"}
        success["content"] = {**json_content, **others}
    errors = {*route.errors}
    if route.body_adapter or route.form or route.json_form:
        errors |= {400, 413, 415, 422}
    if route.query_adapter:
        errors |= {422}
    if route.scope:
        errors |= {401, 403, 404, 429, 503}
    failed = {"content": {MEDIA_TYPE: {"schema": schemas["problem"]}}}
    return {
        str(route.status): success,
        **{str(status): {"description": _ERROR_TITLES[status], **failed} for status in sorted(errors)},
    }


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _PATH_SCHEMAS.get(name, {"type": "string"})}


def _query_parameters(route: Route[Any]) -> list[dict[str, Any]]:
    if not route.query_adapter:
        return []
    schema = route.query_adapter.json_schema()
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": shape}
        for name, shape in schema.get("properties", {}).items()
    ]


def _operation_id(route: Route[Any]) -> str:
    words = [word for word in re.split(r"[/<>_.-]+", route.path) if word]
    return "_".join([route.method.lower(), *words])
