"""Parses generateContent bodies into `request` values, as strictly as the real API.

Pure; a body it cannot accept raises ApiError 400.
"""

import base64
import binascii
import re

from local.gemini.errors import invalid, unknown_field
from local.gemini.fields import Json, array_at, integer_at, object_at, string_at
from local.gemini.request import (
    Content,
    Declaration,
    FunctionCall,
    FunctionResponse,
    GenerateRequest,
    Part,
)

_TEXT_FIELDS = frozenset({"text", "functionCall", "functionResponse"})
_MEDIA_FIELDS = frozenset({"inlineData", "fileData", "executableCode", "codeExecutionResult"})
_DATA_FIELDS = _TEXT_FIELDS | _MEDIA_FIELDS
_OPTION_FIELDS = frozenset({"safetySettings", "generationConfig", "cachedContent", "labels", "serviceTier"})
_PROMPT_FIELDS = frozenset({"model", "contents", "systemInstruction", "tools", "toolConfig", "store"})
_GENERATE_FIELDS = _OPTION_FIELDS | _PROMPT_FIELDS
_MODES = frozenset({"MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"})
_FUNCTION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")


def decode_bytes(text: str) -> bytes:
    """Standard or URL-safe base64, padded or not. Raises ApiError 400."""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("Base64 decoding failed.") from error


def parse_generate(body: Json) -> GenerateRequest:
    """A generateContent or streamGenerateContent body with camelCase names. Raises ApiError 400."""
    for name in body:
        if name not in _GENERATE_FIELDS:
            raise unknown_field(name)
    config = object_at(body.get("generationConfig") or {}, "generation_config")
    calling = _calling_config(body)
    limit = config.get("maxOutputTokens")
    json_output = config.get("responseMimeType") == "application/json"
    return GenerateRequest(
        contents=parse_contents(body),
        system=_system(body.get("systemInstruction")),
        declarations=_declarations(body.get("tools") or []),
        mode=_mode(calling),
        allowed=tuple(array_at(calling.get("allowedFunctionNames") or [], "allowed_function_names")),
        json_output=json_output,
        schema=_schema(config, json_output=json_output),
        max_tokens=None if limit is None else integer_at(limit, "max_output_tokens", 1, 2**31 - 1),
        cached_content=body.get("cachedContent"),
    )


def parse_contents(body: Json) -> tuple[Content, ...]:
    """The `contents` of a body, at least one. Raises ApiError 400."""
    raw = body.get("contents")
    items = raw if isinstance(raw, list) else [raw] if raw else []
    if not items:
        raise invalid("* GenerateContentRequest.contents: contents is not specified\n")
    return tuple(_content(item, index) for index, item in enumerate(items))


def _content(value: object, index: int) -> Content:
    where = f"GenerateContentRequest.contents[{index}]"
    item = object_at(value, where)
    role = string_at(item.get("role") or "user", f"{where}.role")
    if role not in {"user", "model", "function", "tool"}:
        raise invalid("Please use a valid role: user, model.")
    parts = parse_parts(item.get("parts"), where)
    if not parts:
        raise invalid(f"* {where}.parts: contents.parts must not be empty.\n")
    return Content("model" if role == "model" else "user", parts)


def parse_parts(value: object, where: str) -> tuple[Part, ...]:
    """A content's parts: one object or a list of them. Raises ApiError 400."""
    raw = value if isinstance(value, list) else [value] if value else []
    return tuple(_part(object_at(item, where), f"{where}.parts[{n}]") for n, item in enumerate(raw))


def _part(item: Json, where: str) -> Part:
    if not _DATA_FIELDS & item.keys():
        raise invalid(f"* {where}.data: required oneof field 'data' must have one initialized field\n")
    signature = item.get("thoughtSignature")
    call, response = item.get("functionCall"), item.get("functionResponse")
    return Part(
        text=string_at(item["text"], f"{where}.text") if "text" in item else None,
        call=_call(object_at(call, where), where) if call is not None else None,
        response=_response(object_at(response, where), where) if response is not None else None,
        signature=decode_bytes(string_at(signature, where)) if signature else None,
        thought=bool(item.get("thought")),
    )


def _call(item: Json, where: str) -> FunctionCall:
    name = string_at(item.get("name"), f"{where}.function_call.name")
    return FunctionCall(name, object_at(item.get("args") or {}, f"{where}.function_call.args"), item.get("id"))


def _response(item: Json, where: str) -> FunctionResponse:
    name = string_at(item.get("name"), f"{where}.function_response.name")
    if not name:
        raise invalid(f"* {where}.function_response.name: Name cannot be empty.\n")
    response = object_at(item.get("response") or {}, f"{where}.function_response.response")
    return FunctionResponse(name, response, item.get("id"))


def _system(value: object) -> str:
    if not value:
        return ""
    if isinstance(value, str):
        return value
    parts = parse_parts(object_at(value, "system_instruction").get("parts"), "system_instruction")
    return "\n".join(part.text for part in parts if part.text)


def _declarations(tools: object) -> tuple[Declaration, ...]:
    lists = (object_at(tool, "tools").get("functionDeclarations") or [] for tool in array_at(tools, "tools"))
    return tuple(
        _declaration(object_at(item, "function_declarations"))
        for items in lists
        for item in array_at(items, "function_declarations")
    )


def _declaration(item: Json) -> Declaration:
    name = string_at(item.get("name"), "function_declarations.name")
    if not _FUNCTION_NAME.fullmatch(name):
        raise invalid(f"Invalid function name. Must start with a letter or an underscore: {name}")
    schema = item.get("parametersJsonSchema") or item.get("parameters") or {}
    return Declaration(name, str(item.get("description") or ""), object_at(schema, "parameters"))


def _calling_config(body: Json) -> Json:
    config = object_at(body.get("toolConfig") or {}, "tool_config")
    return object_at(config.get("functionCallingConfig") or {}, "function_calling_config")


def _mode(calling: Json) -> str:
    mode = string_at(calling.get("mode") or "AUTO", "mode").upper()
    if mode not in _MODES:
        raise invalid(f"Invalid value at 'tool_config.function_calling_config.mode', \"{mode}\"")
    return "AUTO" if mode == "MODE_UNSPECIFIED" else mode


def _schema(config: Json, *, json_output: bool) -> Json | None:
    schema = config.get("responseJsonSchema") or config.get("responseSchema")
    if not schema:
        return None
    if not json_output:
        raise invalid("A response schema is only supported with response_mime_type application/json.")
    return object_at(schema, "response_schema")
