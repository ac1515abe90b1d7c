"""A month of one business, or of several: pure, and the same for the same seed."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from local.traffic.businesses import Profile
from local.traffic.call import Call
from local.traffic.chat import Chat
from local.traffic.dice import Dice
from local.traffic.rhythm import HOUR, hourly_weights
from local.traffic.visits import Told


@dataclass(frozen=True)
class Month:
    """What to make: `events` (at least; the last session is whole) in `days` that end with the day before `until`."""

    profile: Profile
    events: int
    days: int
    seed: int
    until: dt.date

    @property
    def label(self) -> str:
        """How its sessions' ids begin: two that differ in anything have no id in common."""
        return f"sim-{self.seed}-{self.days}-{self.events}-{self.until:%Y%m%d}"

    @property
    def begin(self) -> dt.datetime:
        """Midnight of the first day on the business's own clock."""
        return self.end - dt.timedelta(days=self.days)

    @property
    def end(self) -> dt.datetime:
        """Midnight after the last day on the business's own clock."""
        return dt.datetime.combine(self.until, dt.time(), ZoneInfo(self.profile.zone))


def months(profiles: Sequence[Profile], events: int, days: int, seed: int, until: dt.date) -> list[Month]:
    """Divide `events` among businesses by their size."""
    whole = sum(profile.size for profile in profiles)
    return [Month(profile, max(1, round(events * profile.size / whole)), days, seed, until) for profile in profiles]


def told(month: Month) -> Iterator[Told]:
    """Yield the sessions of a month, one after the other, each whole and in its order; sessions in no order."""
    name = np.frombuffer(month.profile.id.encode(), np.uint8).tolist()
    rng = np.random.default_rng([month.seed, month.days, *name])
    begin = month.begin.astimezone(dt.UTC)
    # The last hour stays empty, so that few visits outlast the month.
    hours = int((month.end.astimezone(dt.UTC) - begin) / HOUR) - 1
    weights = hourly_weights(month.profile, rng, begin, hours)
    dice = Dice(rng)
    left, number = month.events, 0
    while left > 0:
        for hour in rng.choice(hours, 1024, p=weights).tolist():
            at = begin + hour * HOUR + dt.timedelta(milliseconds=int(dice.even() * 3_600_000))
            kind = Call if dice.chance(month.profile.calls) else Chat
            for one in kind(month.profile, dice, f"{month.label}-{number:06}", at).told():
                left -= len(one.events)
                yield one
            number += 1
            if left <= 0:
                return
