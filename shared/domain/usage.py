"""What was used, as counted, and the report of it: by model, by channel, over time, and where it leads. Pure."""

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.analytics import Tally
from shared.domain.prices import PHONE, SPEECH

_MICROS = 1_000_000
# A projection from less than that would be a guess.
_LEAST = dt.timedelta(hours=12)


@dataclass(frozen=True)
class BusinessUsage:
    """One business among all."""

    business_id: str
    name: str
    micros: int
    turns: int
    calls: int
    call_seconds: int


@dataclass
class Sum:
    """What was used together. `models` are amounts by model and unit, `costs` millionths of a dollar by model."""

    turns: int = 0
    calls: int = 0
    call_seconds: int = 0
    embedded_tokens: int = 0
    speech_characters: int = 0
    micros: float = 0.0
    models: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    costs: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, one: Tally) -> None:
        """Count it in."""
        if one.metric == "turns":
            self.turns += one.n
        elif one.metric == "calls":
            self.calls += one.n
            self.call_seconds += int(one.total)
        else:
            self._add_usage(one)

    def _add_usage(self, one: Tally) -> None:
        what, _, unit = one.key.rpartition(" ")
        self.micros += one.total
        if what == SPEECH:
            self.speech_characters += one.n
        elif what != PHONE:  # its seconds are those of the calls
            self.embedded_tokens += one.n if unit == "embedded_tokens" else 0
            self.models[what][unit] += one.n
            self.costs[what] += one.total

    def report(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "turns": self.turns,
            "calls": self.calls,
            "call_minutes": round(self.call_seconds / 60, 1),
            "embedded_tokens": self.embedded_tokens,
            "speech_characters": self.speech_characters,
            "cost_usd": dollars(self.micros),
        }

    def by_model(self) -> list[dict[str, Any]]:
        """Return the models as JSON, the dearest first."""
        units = ("tokens_in", "tokens_out", "audio_tokens_in", "audio_tokens_out", "embedded_tokens")
        dearest = sorted(self.models, key=lambda model: (-self.costs[model], model))
        return [
            {"model": model, **{unit: self.models[model].get(unit, 0) for unit in units},
             "cost_usd": dollars(self.costs[model])}
            for model in dearest
        ]  # fmt: skip


def report(tallies: Iterable[Tally], starts: Sequence[str]) -> dict[str, Any]:
    """Return totals, by model, by channel, and of each interval, whose beginnings `starts` are."""
    whole, series = Sum(), [Sum() for _ in starts]
    channels: dict[str, Sum] = defaultdict(Sum)
    for tally in tallies:
        for one in (whole, channels[tally.channel], series[tally.point]):
            one.add(tally)
    return {
        "totals": whole.report(),
        "models": whole.by_model(),
        "channels": [{"channel": name, **one.report()} for name, one in sorted(channels.items())],
        "series": [{"at": at, **one.report()} for at, one in zip(starts, series, strict=True)],
    }


def projection(micros: int, now: dt.datetime) -> float | None:
    """Return what the month will have cost if it goes on as it did, in dollars; None when it is too young to tell.

    Args:
        micros: spent since the month began.
        now: by the business's own clock.
    """
    begun = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if now - begun < _LEAST:
        return None
    days = calendar.monthrange(now.year, now.month)[1]
    return dollars(micros * (dt.timedelta(days=days) / (now - begun)))


def dollars(micros: float) -> float:
    """Return dollars, to the millionth."""
    return round(micros / _MICROS, 6)
