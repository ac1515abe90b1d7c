"""What a test asked of the stand-in: calls that go wrong, and a clock that is ahead. No I/O."""

from dataclasses import asdict, dataclass, replace
from typing import Any

# How a call can go wrong, in the order in which it happens.
KINDS = {
    "refuse": "the handshake (or the list) is answered with `status`",
    "hang": "the turn starts and nothing follows",
    "deaf": "as hang, and nothing is read any more, not even a close frame",
    "slow": "`seconds` pass before the first audio",
    "trickle": "`seconds` pass before every piece of audio",
    "no_audio": "the turn ends without any",
    "garbage": "after `after` pieces comes a message that is none of the protocol",
    "noise": "the audio is no MP3",
    "cut": "after `after` pieces the connection is lost",
    "close": "after `after` pieces it is closed in an orderly way (1011)",
    "endless": "the audio is repeated for ever",
}
REFUSALS = range(400, 600)


class ControlError(ValueError):
    """A control body that cannot be accepted; the text says why."""


@dataclass(frozen=True)
class Fault:
    """`times` calls go wrong as `kind` says."""

    kind: str
    status: int = 503
    times: int = 1
    after: int = 2
    seconds: float = 0.0

    @classmethod
    def parse(cls, body: Any) -> "Fault":  # noqa: ANN401 - JSON
        """Read one from JSON. Raises ControlError."""
        try:
            fault = cls(**body)
        except TypeError as error:
            raise ControlError(f"faults[]: {error}") from None
        if fault.kind not in KINDS:
            raise ControlError(f"kind: {fault.kind!r} is not one of {', '.join(KINDS)}")
        if fault.status not in REFUSALS or fault.times < 1 or fault.after < 0 or fault.seconds < 0:
            raise ControlError("status is 400 to 599, times at least 1, after and seconds not negative")
        return fault


class Control:
    """The settings in force; faults are used up in order."""

    def __init__(self) -> None:
        self.faults: tuple[Fault, ...] = ()
        self.clock_ahead_s = 0.0

    def put(self, body: Any) -> None:  # noqa: ANN401 - JSON
        """Replace all settings; fields left out get their defaults. Raises ControlError."""
        if not isinstance(body, dict) or set(body) - {"faults", "clock_ahead_s"}:
            raise ControlError("an object of faults and clock_ahead_s is required")
        ahead, faults = body.get("clock_ahead_s", 0.0), body.get("faults", [])
        if not isinstance(ahead, int | float) or not isinstance(faults, list):
            raise ControlError("clock_ahead_s is a number, faults a list")
        self.faults = tuple(Fault.parse(item) for item in faults)
        self.clock_ahead_s = float(ahead)

    def body(self) -> dict[str, object]:
        """As `GET /control` shows it: the faults still to come."""
        return {"faults": [asdict(fault) for fault in self.faults], "clock_ahead_s": self.clock_ahead_s}

    def take(self, *, refusal: bool) -> Fault | None:
        """Return the first fault when it is (or is not) a refusal; it is used up once."""
        if not self.faults or (self.faults[0].kind == "refuse") != refusal:
            return None
        first, *rest = self.faults
        left = replace(first, times=first.times - 1)
        self.faults = (left, *rest) if left.times else tuple(rest)
        return first
