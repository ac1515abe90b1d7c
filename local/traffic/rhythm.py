"""When visitors come: a day's peaks, a week's days, better and worse days, and a slow rise over the whole stretch."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from local.traffic.businesses import Profile

HOUR = dt.timedelta(hours=1)
_NIGHT, _RISE, _MOODINESS, _OPEN = 0.04, 0.35, 0.18, 1.4


def hourly_weights(profile: Profile, rng: np.random.Generator, begin: dt.datetime, hours: int) -> NDArray[np.float64]:
    """Return how likely a visit begins in each hour from `begin` (aware); they sum to 1."""
    zone = ZoneInfo(profile.zone)
    local = [(begin + number * HOUR).astimezone(zone) for number in range(hours)]
    luck = rng.lognormal(0.0, _MOODINESS, hours // 24 + 2)
    days = {day: luck[number] for number, day in enumerate(sorted({moment.date() for moment in local}))}
    weights = np.array([_of_hour(profile, moment) * days[moment.date()] for moment in local])
    weights *= np.linspace(1.0, 1.0 + _RISE, hours)
    return np.asarray(weights / weights.sum())


def _of_hour(profile: Profile, moment: dt.datetime) -> float:
    hour = moment.hour + 0.5
    near = sum(np.exp(-(_apart(hour, peak) ** 2) / (2 * width**2)) for peak, width in profile.peaks)
    open_now = _OPEN if profile.config.opening_hours.is_open(moment) else 1.0
    return float((_NIGHT + near) * profile.days[moment.weekday()] * open_now)


def _apart(hour: float, peak: float) -> float:
    distance = abs(hour - peak)
    return min(distance, 24 - distance)
