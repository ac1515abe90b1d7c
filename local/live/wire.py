"""Reads client frames, camelCase or snake_case, as protobuf does. Pure; a bad frame raises Refused 1007."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson

from local.gemini.casing import normalise
from local.gemini.errors import ApiError
from local.gemini.wire import parse_contents, parse_generate
from local.live.events import (
    Activity,
    Audio,
    Context,
    Event,
    Other,
    Refused,
    Setup,
    StreamEnd,
    Text,
    ToolResult,
    ToolResults,
    Tools,
    Turns,
)

Json = dict[str, Any]
DEFAULT_RATE = 16_000
_RATES = range(4_000, 192_001)
_MIME = re.compile(r"audio/pcm\s*(?:;\s*rate=(?P<rate>\d+))?\s*", re.IGNORECASE)
_SCHEDULING = frozenset({"SILENT", "WHEN_IDLE", "INTERRUPT"})
# parse_generate wants a conversation; only what stands beside it is of interest.
_DUMMY = [{"role": "user", "parts": [{"text": ""}]}]


def read(data: str | bytes) -> tuple[Event, ...]:
    """The events of one frame. Raises Refused."""
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Refused(1007, f"Invalid JSON payload received. {error}") from error
    if not isinstance(body, dict):
        raise Refused(1007, "Invalid JSON payload received. An object is expected.")
    if audio := _only_audio(body):
        return (audio,)
    frame: Json = normalise(body)
    try:
        return tuple(event for name, value in frame.items() for event in _message(name)(value))
    except ApiError as error:
        raise Refused(1007, error.message.strip()) from error
    except (TypeError, AttributeError, KeyError) as error:
        raise Refused(1007, "Request contains an invalid argument.") from error


def _only_audio(body: Json) -> Audio | None:
    """The frame that comes fifty times a second, without a look at anything else."""
    inner = body.get("realtime_input") or body.get("realtimeInput")
    if not isinstance(inner, dict) or len(inner) != 1 or not isinstance(blob := inner.get("audio"), dict):
        return None
    return _audio(blob.get("mimeType") or blob.get("mime_type"), blob.get("data"))


def _audio(mime: object, data: object) -> Audio:
    if not isinstance(data, str):
        raise Refused(1007, "realtime_input.audio.data: a string is expected")
    return Audio(data, _rate(mime if isinstance(mime, str) else ""))


@lru_cache
def _rate(mime: str) -> int:
    match = _MIME.fullmatch(mime)
    rate = int(match["rate"] or DEFAULT_RATE) if match else 0
    if rate not in _RATES:
        raise Refused(1007, f"Unsupported audio MIME type: {mime!r}. Use audio/pcm;rate=N.")
    return rate


def _message(name: str) -> "Callable[[Any], tuple[Event, ...]]":
    if name not in _MESSAGES:
        raise unknown(name, "")
    return _MESSAGES[name]


def unknown(name: str, where: str) -> Refused:
    """What the API says to a field it does not have."""
    place = f" at '{where}'" if where else ""
    return Refused(1007, f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.')


def _setup(value: Any) -> tuple[Event, ...]:  # noqa: ANN401 (any JSON value)
    if not isinstance(value, dict):
        raise Refused(1007, "setup: an object is expected")
    return (Setup(value),)


def _realtime(value: Any) -> tuple[Event, ...]:  # noqa: ANN401
    events: list[Event] = []
    for name, item in value.items():
        if name == "audio":
            events.append(_audio(item.get("mimeType"), item.get("data")))
        elif name == "mediaChunks":
            events += [_chunk(chunk) for chunk in item]
        elif name == "text":
            events.append(Text(str(item)))
        elif name in {"activityStart", "activityEnd"}:
            events.append(Activity(name == "activityStart"))
        elif name == "audioStreamEnd":
            events += [StreamEnd()] if item else []
        elif name == "video":
            events.append(Other())
        else:
            raise unknown(name, "realtime_input")
    return tuple(events)


def _chunk(chunk: Json) -> Event:
    mime = str(chunk.get("mimeType"))
    return _audio(mime, chunk.get("data")) if mime.startswith("audio/") else Other()


def _content(value: Any) -> tuple[Event, ...]:  # noqa: ANN401
    turns = value.get("turns")
    contents = parse_contents({"contents": turns}) if turns else ()
    return (Turns(contents, bool(value.get("turnComplete"))),)


def _results(value: Any) -> tuple[Event, ...]:  # noqa: ANN401
    responses = value.get("functionResponses") or []
    return (ToolResults(tuple(_result(item) for item in (responses if isinstance(responses, list) else [responses]))),)


def _result(item: Json) -> ToolResult:
    scheduling = str(item.get("scheduling") or "WHEN_IDLE").upper()
    if scheduling == "SCHEDULING_UNSPECIFIED":
        scheduling = "WHEN_IDLE"
    if scheduling not in _SCHEDULING:
        raise Refused(1007, f"Invalid value at 'tool_response.function_responses.scheduling', \"{scheduling}\"")
    return ToolResult(
        id=str(item.get("id") or ""),
        name=str(item.get("name") or ""),
        response=dict(item.get("response") or {}),
        scheduling=scheduling,
        will_continue=bool(item.get("willContinue")),
    )


def _context(value: Any) -> tuple[Event, ...]:  # noqa: ANN401
    system = value.get("systemInstruction")
    holder = value.get("tools")
    tools = holder.get("tools") if isinstance(holder, dict) else holder
    return (
        Context(
            parse_system(system) if system is not None else None,
            parse_tools(tools) if tools is not None else None,
        ),
    )


def parse_system(value: object) -> str:
    """The text of a system instruction. Raises ApiError."""
    return parse_generate({"contents": _DUMMY, "systemInstruction": value}).system if value else ""


def parse_tools(tools: Any) -> Tools:  # noqa: ANN401
    """The functions of a list of tools in camelCase. Raises ApiError."""
    declarations = parse_generate({"contents": _DUMMY, "tools": tools}).declarations
    items = [item for tool in tools for item in tool.get("functionDeclarations") or []]
    return Tools(declarations, frozenset(item["name"] for item in items if item.get("behavior") == "BLOCKING"))


_MESSAGES: dict[str, Callable[[Any], tuple[Event, ...]]] = {
    "setup": _setup,
    "realtimeInput": _realtime,
    "clientContent": _content,
    "toolResponse": _results,
    "contextUpdate": _context,
}
