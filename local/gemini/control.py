"""What a test asked of the stand-in: speed, faults, literal replies. No I/O."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace

STREAM, UNARY = "streamGenerateContent", "generateContent"
BATCH, SINGLE, COUNT = "batchEmbedContents", "embedContent", "countTokens"
METHODS = (STREAM, UNARY, BATCH, SINGLE, COUNT)

# Faults of the transport fit every method; the others are things a model does.
ANYWHERE = frozenset({"status", "hang", "drop", "garbage", "empty"})
OF_ANSWERS = frozenset(
    {"mid_stream_error", "truncate", "blocked_prompt", "safety", "no_parts_last_chunk", "max_tokens"}
)


class ControlError(ValueError):
    """A control body that cannot be accepted; the text says why."""


@dataclass(frozen=True)
class Fault:
    """`times` calls of `method` ('*' for all) go wrong as `kind` says, after `after_chunks` chunks."""

    kind: str
    method: str = "*"
    status: int = 503
    times: int = 1
    after_chunks: int | None = None
    retry_delay: str | None = None

    def hits(self, method: str) -> bool:
        """Whether this fault applies to a call of `method`."""
        return self.method in {"*", method} and (self.kind in ANYWHERE or method in {STREAM, UNARY})


@dataclass(frozen=True)
class ScriptedCall:
    """A function the model is to call, on offer or not."""

    name: str
    args: Mapping[str, object]


Scripted = str | ScriptedCall


@dataclass(frozen=True)
class Settings:
    """Speed in tokens per second (None: as fast as may be), delay in milliseconds, queues."""

    tokens_per_second: float | None = 200.0
    first_token_delay_ms: float = 0.0
    faults: tuple[Fault, ...] = ()
    script: tuple[Scripted, ...] = ()

    def body(self) -> dict[str, object]:
        """As `GET /control` shows it: the faults and replies still to come."""
        return {
            "tokens_per_second": self.tokens_per_second,
            "first_token_delay_ms": self.first_token_delay_ms,
            "faults": [asdict(fault) for fault in self.faults],
            "script": [_shown(item) for item in self.script],
        }


class Control:
    """The settings in force; faults and scripted replies are used up in order."""

    def __init__(self, default: Settings) -> None:
        self._default = default
        self.settings = default

    def put(self, body: object) -> None:
        """Replaces all settings; fields left out get their defaults. Raises ControlError."""
        self.settings = parse_settings(body, self._default)

    def reset(self) -> None:
        """Back to the defaults."""
        self.settings = self._default

    def take_fault(self, method: str) -> Fault | None:
        """The first fault that hits this call; it is used up once."""
        fault = next((item for item in self.settings.faults if item.hits(method)), None)
        if fault is None:
            return None
        rest = [
            replace(item, times=item.times - 1) if item is fault else item
            for item in self.settings.faults
            if item is not fault or item.times > 1
        ]
        self.settings = replace(self.settings, faults=tuple(rest))
        return fault

    def take_script(self) -> Scripted | None:
        """The next literal reply or call, if one is waiting."""
        if not self.settings.script:
            return None
        first, *rest = self.settings.script
        self.settings = replace(self.settings, script=tuple(rest))
        return first


def parse_settings(body: object, default: Settings) -> Settings:
    """Settings from a PUT body. Raises ControlError."""
    fields = _fields(body, "body", {"tokens_per_second", "first_token_delay_ms", "faults", "script"})
    speed = fields.get("tokens_per_second", default.tokens_per_second)
    delay = fields.get("first_token_delay_ms", default.first_token_delay_ms)
    return Settings(
        tokens_per_second=None if speed is None else _number(speed, "tokens_per_second", above=0),
        first_token_delay_ms=_number(delay, "first_token_delay_ms", above=-1),
        faults=tuple(_fault(item) for item in _list(fields.get("faults", []), "faults")),
        script=tuple(_script(item) for item in _list(fields.get("script", []), "script")),
    )


def _fault(body: object) -> Fault:
    names = {"method", "kind", "status", "times", "after_chunks", "retry_delay"}
    fields = _fields(body, "faults[]", names)
    fault = Fault(
        kind=str(fields.get("kind")),
        method=str(fields.get("method", "*")),
        status=_whole(fields.get("status", 503), "status", least=400, most=599),
        times=_whole(fields.get("times", 1), "times", least=1),
        after_chunks=None
        if fields.get("after_chunks") is None
        else _whole(fields["after_chunks"], "after_chunks", least=0),
        retry_delay=None if fields.get("retry_delay") is None else str(fields["retry_delay"]),
    )
    if fault.kind not in ANYWHERE | OF_ANSWERS:
        raise ControlError(f"kind: {fault.kind!r} is not one of {', '.join(sorted(ANYWHERE | OF_ANSWERS))}")
    if fault.method not in {"*", *METHODS}:
        raise ControlError(f"method: {fault.method!r} is not one of *, {', '.join(METHODS)}")
    if fault.method != "*" and not fault.hits(fault.method):
        raise ControlError(f"kind {fault.kind!r} cannot happen to {fault.method}")
    return fault


def _script(body: object) -> Scripted:
    fields = _fields(body, "script[]", {"text", "call"})
    if "call" in fields:
        call = _fields(fields["call"], "script[].call", {"name", "args"})
        args = call.get("args") or {}
        if not isinstance(args, Mapping):
            raise ControlError("script[].call.args: an object is required")
        return ScriptedCall(str(call.get("name")), args)
    text = fields.get("text")
    if not isinstance(text, str):
        raise ControlError("script[].text: a string is required")
    return text


def _shown(item: Scripted) -> dict[str, object]:
    return {"text": item} if isinstance(item, str) else {"call": asdict(item)}


def _fields(body: object, where: str, known: Collection[str]) -> Mapping[str, object]:
    if not isinstance(body, dict):
        raise ControlError(f"{where}: an object is required")
    if unknown := sorted(set(body) - set(known)):
        raise ControlError(f"{where}: unknown field {unknown[0]!r}")
    return body


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise ControlError(f"{where}: a list is required")
    return value


def _number(value: object, where: str, *, above: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= above:
        raise ControlError(f"{where}: a number above {above} is required")
    return float(value)


def _whole(value: object, where: str, *, least: int, most: int = 10**6) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ControlError(f"{where}: a whole number from {least} to {most} is required")
    return value
