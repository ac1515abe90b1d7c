"""What a call was: everything that a test may want to know of it afterwards."""

import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from local.twilio.hearing import Gap, Heard, Turn
from local.twilio.mulaw import RATE, Pcm, decode
from local.twilio.playout import MarkRecord
from local.twilio.track import Track
from local.twilio.web import Exchange


@dataclass
class StreamReport:
    """One media stream. `ended_by` is server, call or failure.

    late_ms: how late each frame left. ahead_s: the most that the server had sent ahead of what was played.
    """

    sid: str
    url: str
    parameters: dict[str, str] = field(default_factory=dict)
    started: float = -1.0
    ended: float = -1.0
    ended_by: str = ""
    close: tuple[int, str] = (0, "")
    frames_sent: int = 0
    late_ms: list[float] = field(default_factory=list, repr=False)
    media_received: int = 0
    samples_received: int = 0
    ahead_s: float = 0.0
    marks: list[MarkRecord] = field(default_factory=list)
    clears: list[tuple[float, float]] = field(default_factory=list)  # when, and how many seconds were dropped
    violations: list[tuple[int, str]] = field(default_factory=list)

    def count(self, code: int) -> int:
        """Return how many violations have this number."""
        return sum(1 for found, _ in self.violations if found == code)


@dataclass(frozen=True)
class Dialled:
    """One party that <Dial> called."""

    number: str
    sid: str
    status: str
    bridged: bool
    seconds: int
    report: "CallReport | None" = field(default=None, repr=False)


@dataclass
class CallReport:
    """One call; times are seconds since it rang.

    ended_by: caller, done (the TwiML came to its end), hangup (the verb), reject, rest, error, unanswered.
    """

    sid: str
    account_sid: str
    caller: str
    called: str
    status: str = "ringing"
    ended_by: str = ""
    duration_s: float = 0.0
    requests: list[Exchange] = field(default_factory=list, repr=False)
    streams: list[StreamReport] = field(default_factory=list)
    warnings: list[tuple[int, str]] = field(default_factory=list)
    dialled: list[Dialled] = field(default_factory=list)
    recordings: list[Mapping[str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # what <Say> spoke
    played: list[str] = field(default_factory=list)  # addresses that <Play> played
    missed: list[str] = field(default_factory=list)  # steps of the script that waited in vain
    heard: list[Heard] = field(default_factory=list)
    underruns: list[Gap] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    ear: Track = field(default_factory=Track, repr=False)
    mouth: Track = field(default_factory=Track, repr=False)

    @property
    def codes(self) -> list[int]:
        """The numbers of Twilio's errors and warnings about this call, those of its streams too."""
        return [code for code, _ in self.warnings]

    def webhooks(self, path: str = "") -> list[Exchange]:
        """Return the requests whose address has this in it."""
        return [item for item in self.requests if path in item.url]

    def sound(self) -> Pcm:
        """Return the whole call at 8000 Hz, one row a sample: caller left, what the caller heard right."""
        length = int(self.duration_s * RATE)
        return np.stack([decode(track.read(0, length)) for track in (self.mouth, self.ear)], axis=1)

    def save(self, path: Path) -> None:
        """Write the call as a stereo WAV."""
        path.write_bytes(b"")
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(self.sound().astype("<i2").tobytes())

    def told(self) -> str:
        """Return the call in a few lines for a person."""
        latencies = [f"{turn.latency_s * 1000:.0f}" for turn in self.turns if turn.latency_s is not None]
        lines = [
            f"{self.sid} {self.caller} -> {self.called}: {self.status}, {self.duration_s:.1f} s, "
            f"ended by {self.ended_by}",
            f"  heard {len(self.heard)} segments, {sum(item.end - item.start for item in self.heard):.1f} s; "
            f"{len(self.underruns)} underruns; latency ms: {' '.join(latencies) or '-'}",
        ]
        lines += [f"  {item.method} {item.url} -> {item.status or item.error}" for item in self.requests]
        lines += [
            f"  stream {item.sid[:6]}: {item.frames_sent} frames out, {item.media_received} in, "
            f"ended by {item.ended_by} {item.close[0]}" for item in self.streams
        ]  # fmt: skip
        lines += [f"  warning {code}: {text}" for code, text in self.warnings]
        lines += [f"  script: {text}" for text in self.missed]
        return "\n".join(lines)
