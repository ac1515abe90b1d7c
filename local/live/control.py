"""What a test asked of the Live stand-in: manner of speaking, faults, literal replies. No I/O."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from local.gemini.control import ControlError, ScriptedCall
from local.live.speech import KINDS
from local.live.vad import DEFAULT_LEVEL

# What happens before a session, what can be done to a running one, and what spoils an answer.
OF_START = frozenset({"refuse_handshake", "refuse_setup", "no_setup_complete"})
OF_SESSIONS = frozenset({"kill", "go_away", "phantom_interrupted", "unknown_frame", "cancel_calls", "freeze"})
OF_ANSWERS = frozenset({"stall", "no_audio", "late_audio"})
# These can also wait until so many frames of an answer are out.
MID_ANSWER = frozenset({"kill", "phantom_interrupted"})
FAULTS = OF_START | OF_SESSIONS | OF_ANSWERS
PACES = ("burst", "realtime")
SHORTEST_FRAME_MS, LONGEST_FRAME_MS = 20, 100
_ENUMS = {"speech": KINDS, "pace": PACES, "frames": ("binary", "text")}

Scripted = str | tuple[ScriptedCall, ...]


@dataclass(frozen=True)
class Fault:
    """`times` times something goes wrong as `kind` says. The meaning of the rest depends on the kind.

    Args:
        delay_ms: how long a freeze lasts, in which the socket is neither read nor written; how late an answer is.
        after_audio_frames: strikes when a session has got so many audio frames.
        after_frames_out: strikes when so many audio frames of one answer are out.
    """

    kind: str
    times: int = 1
    code: int = 1006
    reason: str = ""
    status: int = 503
    delay_ms: float = 1000.0
    time_left_s: float = 10.0
    after_audio_frames: int | None = None
    after_frames_out: int | None = None


@dataclass(frozen=True)
class Settings:
    """How sessions behave. A session takes the manner when it connects; script and faults are looked up as it goes.

    Args:
        speech: tones, real or canned.
        pace: a whole answer at once, or as fast as it is spoken.
        await_playback: turnComplete comes when the audio would have been played, as the real service does it.
        joined_transcripts: the output transcript rides on audio frames.
        late_transcripts: the input transcript comes after the first audio.
        filler: what is said while a non-blocking function runs; '' for nothing.
        unheard: what is said to speech that was not understood; '' for nothing.
        go_away_after_s: sessions get a goAway after so long; None for never.
        canned_listen_ms: canned speech: audio to get before an answer of `canned_speak_ms`.
        canned_echo: canned speech: send what comes in back instead.
    """

    speech: str = "tones"
    pace: str = "burst"
    await_playback: bool = True
    frame_ms: int = 40
    frames: str = "binary"
    first_audio_delay_ms: float = 0.0
    joined_transcripts: bool = False
    late_transcripts: bool = False
    filler: str = ""
    unheard: str = "I'm sorry, I did not catch that."
    speech_level: float = DEFAULT_LEVEL
    go_away_after_s: float | None = None
    go_away_time_left_s: float = 10.0
    canned_listen_ms: float = 1000.0
    canned_speak_ms: float = 1000.0
    canned_echo: bool = False
    phrases: tuple[str, ...] = ()
    script: tuple[Scripted, ...] = ()
    faults: tuple[Fault, ...] = ()

    def body(self) -> dict[str, object]:
        """As `GET /control/live` shows it: the faults and replies still to come."""
        shown = {item.name: getattr(self, item.name) for item in fields(self)}
        return shown | {
            "script": [_shown(item) for item in self.script],
            "faults": [asdict(fault) for fault in self.faults],
        }


@dataclass
class Control:
    """The settings in force; faults and scripted replies are used up in order."""

    default: Settings = field(default_factory=Settings)
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = self.default

    def put(self, body: object) -> None:
        """Replaces all settings; fields left out get their defaults. Raises ControlError."""
        self.settings = parse_settings(body, self.default)

    def reset(self) -> None:
        """Back to the defaults."""
        self.settings = self.default

    def take(self, strikes: Callable[[Fault], bool]) -> Fault | None:
        """The first fault for which `strikes` holds; it is used up once."""
        for number, fault in enumerate(self.settings.faults):
            if strikes(fault):
                before, after = self.settings.faults[:number], self.settings.faults[number + 1 :]
                kept = (replace(fault, times=fault.times - 1),) if fault.times > 1 else ()
                self.settings = replace(self.settings, faults=(*before, *kept, *after))
                return fault
        return None

    def take_script(self) -> Scripted | None:
        """The next literal reply or calls, if one is waiting."""
        if not self.settings.script:
            return None
        first, *rest = self.settings.script
        self.settings = replace(self.settings, script=tuple(rest))
        return first


def parse_settings(body: object, default: Settings) -> Settings:
    """Settings from a PUT body. Raises ControlError."""
    given = dict(_object(body, "body", {item.name for item in fields(Settings)}))
    script = tuple(_script(item) for item in _list(given.pop("script", []), "script"))
    faults = tuple(parse_fault(item, "faults[]") for item in _list(given.pop("faults", []), "faults"))
    phrases = tuple(str(item) for item in _list(given.pop("phrases", list(default.phrases)), "phrases"))
    plain: dict[str, Any] = {name: _like(value, getattr(default, name), name) for name, value in given.items()}
    settings = replace(default, **plain, script=script, faults=faults, phrases=phrases)
    if not SHORTEST_FRAME_MS <= settings.frame_ms <= LONGEST_FRAME_MS:
        raise ControlError(f"frame_ms: from {SHORTEST_FRAME_MS} to {LONGEST_FRAME_MS}")
    return settings


def parse_fault(body: object, where: str, kinds: Collection[str] = FAULTS) -> Fault:
    """A fault, or a command of the same shape. Raises ControlError."""
    given = _object(body, where, {item.name for item in fields(Fault)})
    pattern = Fault("")
    plain: dict[str, Any] = {name: _like(value, getattr(pattern, name), name) for name, value in given.items()}
    fault = Fault(**({"kind": ""} | plain))
    if fault.kind not in kinds:
        raise ControlError(f"kind: {fault.kind!r} is not one of {', '.join(sorted(kinds))}")
    if fault.after_frames_out is not None and fault.kind not in MID_ANSWER:
        raise ControlError(f"after_frames_out: only {' and '.join(sorted(MID_ANSWER))} can wait for an answer")
    return fault


def _like(value: object, pattern: object, name: str) -> object:
    """The value when it is of the pattern's type, a number where a number is wanted. Raises ControlError."""
    if name in _ENUMS and value not in _ENUMS[name]:
        raise ControlError(f"{name}: one of {', '.join(_ENUMS[name])} is required")
    if pattern is None or (isinstance(pattern, int | float) and not isinstance(pattern, bool)):
        return _number(value, name, whole=isinstance(pattern, int) or name.startswith("after_"), maybe=pattern is None)
    if not isinstance(value, type(pattern)):
        raise ControlError(f"{name}: a {'flag' if isinstance(pattern, bool) else 'string'} is required")
    return value


def _number(value: object, name: str, *, whole: bool, maybe: bool) -> object:
    if value is None and maybe:
        return None
    fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not fits or not isinstance(value, int | float) or value < 0:
        raise ControlError(f"{name}: a {'whole ' if whole else ''}number of at least 0 is required")
    return value


def _script(body: object) -> Scripted:
    given = _object(body, "script[]", {"text", "call", "calls"})
    if "call" in given:
        return (_call(given["call"]),)
    if "calls" in given:
        return tuple(_call(item) for item in _list(given["calls"], "script[].calls"))
    if not isinstance(text := given.get("text"), str):
        raise ControlError("script[].text: a string is required")
    return text


def _call(body: object) -> ScriptedCall:
    given = _object(body, "script[].call", {"name", "args"})
    args = given.get("args") or {}
    if not isinstance(args, Mapping):
        raise ControlError("script[].call.args: an object is required")
    return ScriptedCall(str(given.get("name")), args)


def _shown(item: Scripted) -> dict[str, object]:
    return {"text": item} if isinstance(item, str) else {"calls": [asdict(call) for call in item]}


def _object(body: object, where: str, known: Collection[str]) -> Mapping[str, object]:
    if not isinstance(body, dict):
        raise ControlError(f"{where}: an object is required")
    if strange := sorted(set(body) - set(known)):
        raise ControlError(f"{where}: unknown field {strange[0]!r}")
    return body


def _list(value: object, where: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise ControlError(f"{where}: a list is required")
    return value
