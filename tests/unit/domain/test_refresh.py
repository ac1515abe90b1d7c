"""Schedules of knowledge builds: on the business's own clock, spread over the hour, across changes of the clock."""

import datetime as dt
import itertools
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from shared.domain.refresh import DEFAULT_HOUR, Refresh

BERLIN, AUCKLAND = "Europe/Berlin", "Pacific/Auckland"


def utc(text):
    """Return a moment of UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def local(moment, zone):
    """Return what a clock on the wall shows."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H")


def test_words():
    """Daily and weekly are schedules, with an hour of their own or the usual one; anything else is none."""
    assert Refresh.of("daily", None, BERLIN) == Refresh(weekly=False, hour=DEFAULT_HOUR, zone=BERLIN)
    assert Refresh.of("weekly", 0, BERLIN) == Refresh(weekly=True, hour=0, zone=BERLIN)
    assert Refresh.of("never", 3, BERLIN) is Refresh.of("hourly", 3, BERLIN) is None


@pytest.mark.parametrize("zone", [BERLIN, AUCKLAND, "America/New_York", "Asia/Kathmandu", "UTC"])
def test_daily_is_in_the_hour_of_the_business(zone):
    """Whatever the time zone, a build is due in the hour that was asked for, once a day."""
    refresh = Refresh(weekly=False, hour=4, zone=zone)
    now = utc("2026-06-10T12:00")
    last, following = refresh.last("shop", now), refresh.next("shop", now)
    assert last <= now < following
    assert following - last == dt.timedelta(days=1)
    assert local(last, zone)[-2:] == local(following, zone)[-2:] == "04"


def test_due_and_not_due():
    """Due when nothing was asked for since the last moment; a build by hand since then is as good."""
    refresh = Refresh(weekly=False, hour=3, zone=BERLIN)
    at = refresh.last("shop", utc("2026-06-10T12:00"))
    assert refresh.due_since("shop", None, at) == at
    assert refresh.due_since("shop", at - dt.timedelta(seconds=1), at) == at
    assert refresh.due_since("shop", at, at) is None
    assert refresh.due_since("shop", at + dt.timedelta(hours=2), at + dt.timedelta(hours=3)) is None
    before = at - dt.timedelta(seconds=1)
    assert refresh.due_since("shop", at - dt.timedelta(hours=23), before) is None
    assert refresh.due_since("shop", at - dt.timedelta(days=9), before) == at - dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2026-03-29", [24, 23, 24]),  # the clock skips an hour, at two
        ("2026-10-25", [24, 25, 24]),  # it strikes two twice
    ],
)
@pytest.mark.parametrize("hour", [1, 4])
def test_around_a_change_of_the_clock(day, hours, hour):
    """The hour on the wall stays; the days around are an hour longer or shorter where the change lies between."""
    refresh = Refresh(weekly=False, hour=hour, zone=BERLIN)
    at = refresh.last("shop", utc(f"{day}T12:00") - dt.timedelta(days=2))
    found = [at]
    for _ in range(4):
        found.append(refresh.next("shop", found[-1]))
    assert {local(moment, BERLIN)[-2:] for moment in found} == {f"{hour:02}"}
    lengths = [(later - earlier) // dt.timedelta(hours=1) for earlier, later in itertools.pairwise(found)]
    at_change = 2 if hour == 1 else 1
    assert lengths[at_change - 1 : at_change + 2] == hours


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_an_hour_that_is_not_or_is_twice(day):
    """Once a day all the same: an hour later where the clock skips it, the first time where it strikes twice."""
    refresh = Refresh(weekly=False, hour=2, zone=BERLIN)
    moment, found = utc(f"{day}T12:00") - dt.timedelta(days=2), []
    for _ in range(4):
        moment = refresh.next("shop", moment)
        found.append(local(moment, BERLIN))
    assert [text[:10] for text in found] == sorted({text[:10] for text in found})
    on_the_day = next(text for text in found if text.startswith(day))
    assert on_the_day[-2:] == ("03" if "-03-" in day else "02")
    if "-10-" in day:
        at = next(one for one in (refresh.last("shop", utc(f"{day}T12:00")),))
        assert at.astimezone(ZoneInfo(BERLIN)).utcoffset() == dt.timedelta(hours=2)


def test_weekly_is_one_day_of_seven():
    """A week lies between two builds, and the day is the business's own."""
    refresh = Refresh(weekly=True, hour=3, zone=AUCKLAND)
    now = utc("2026-06-10T12:00")
    assert refresh.next("shop", now) - refresh.last("shop", now) == dt.timedelta(days=7)


def test_thousands_are_spread():
    """Of seven thousand businesses no minute has many, and no day of the week many more than its share."""
    now = utc("2026-06-10T12:00")
    shops = [f"shop-{number}" for number in range(7000)]
    daily, weekly = (Refresh(weekly=weekly, hour=3, zone="UTC") for weekly in (False, True))
    minutes = Counter(daily.last(shop, now).minute for shop in shops)
    assert len(minutes) == 60
    assert max(minutes.values()) < 2 * 7000 / 60
    days = Counter(weekly.last(shop, now).date() for shop in shops)
    assert len(days) == 7
    assert max(days.values()) < 1200
