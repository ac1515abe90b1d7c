"""Opening hours: open or closed in the business's own time zone, whatever the clocks do."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.domain.hours import WEEKDAYS, Interval, OpeningHours
from tests.unit.properties import NORMAL

OFFICE = {day: [{"open": "09:00", "close": "17:30"}] for day in WEEKDAYS[:5]}


def hours(zone: str = "Europe/London", **fields: Any) -> OpeningHours:
    """Return opening hours, Monday to Friday 9:00-17:30 unless told otherwise."""
    return OpeningHours.model_validate({"time_zone": zone, "weekly": OFFICE, **fields})


def at(zone: str, *moment: int) -> dt.datetime:
    """Return a local time as UTC, as the engine passes it."""
    year, month, day, hour, minute = (*moment, 0)[:5]
    return dt.datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"),
    [(8, 59, False), (9, 0, True), (17, 29, True), (17, 30, False), (0, 0, False), (23, 59, False)],
)
@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC"])
def test_a_day_opens_at_its_first_minute_and_closes_before_its_last(zone, hour, minute, is_open):
    """The opening minute counts, the closing minute does not, in every time zone."""
    assert hours(zone).is_open(at(zone, 2026, 11, 23, hour, minute)) is is_open


def test_the_day_is_the_businesss_own():
    """Sunday evening in London is Monday morning in Auckland."""
    now = dt.datetime(2026, 11, 22, 21, 0, tzinfo=dt.UTC)
    assert hours("Pacific/Auckland").is_open(now) is True
    assert hours("Europe/London").is_open(now) is False


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (dt.datetime(2026, 3, 30, 7, 59, tzinfo=dt.UTC), False),  # Monday after the change: 8:59 summer time
        (dt.datetime(2026, 3, 30, 8, 0, tzinfo=dt.UTC), True),
        (dt.datetime(2026, 3, 27, 8, 0, tzinfo=dt.UTC), False),  # Friday before it: 8:00
        (dt.datetime(2026, 3, 27, 9, 0, tzinfo=dt.UTC), True),
    ],
)
def test_hours_follow_the_clocks_of_the_zone(moment, is_open):
    """Nine o'clock stays nine o'clock on the wall when summer time begins."""
    assert hours().is_open(moment) is is_open


def test_both_passes_of_a_repeated_hour_count():
    """When the clocks go back, 1:30 comes twice, and an interval around it covers both."""
    night = hours(weekly={"sunday": [{"open": "01:00", "close": "02:00"}]})
    for utc_hour, is_open in ((0, True), (1, True), (2, False)):
        assert night.is_open(dt.datetime(2026, 10, 25, utc_hour, 30, tzinfo=dt.UTC)) is is_open


def test_midnight_closes_the_day_it_ends():
    """`close` 00:00 is the end of the day, and the next day begins closed."""
    late = hours(weekly={"friday": [{"open": "18:00", "close": "00:00"}]})
    assert late.is_open(at("Europe/London", 2026, 11, 27, 23, 59)) is True
    assert late.is_open(at("Europe/London", 2026, 11, 28, 0, 0)) is False


def test_a_day_may_be_open_round_the_clock():
    """00:00-00:00 is the whole day."""
    always = hours(weekly={day: [{"open": "00:00", "close": "00:00"}] for day in WEEKDAYS})
    assert all(always.is_open(at("Europe/London", 2026, 11, 23, hour)) for hour in range(24))


def test_special_days_win_over_closed_days_and_closed_days_over_the_week():
    """A date may have its own hours, or none."""
    special = hours(
        closed_dates=["2026-12-25", "2026-12-24"],
        special_dates={"2026-12-24": [{"open": "09:00", "close": "12:00"}], "2026-12-31": []},
    )
    assert special.is_open(at("Europe/London", 2026, 12, 25, 10)) is False
    assert special.is_open(at("Europe/London", 2026, 12, 24, 10)) is True
    assert special.is_open(at("Europe/London", 2026, 12, 24, 13)) is False
    assert special.is_open(at("Europe/London", 2026, 12, 31, 10)) is False
    assert special.is_open(at("Europe/London", 2026, 12, 30, 10)) is True


def test_without_hours_nobody_knows():
    """A business that configured none is neither open nor closed, and nothing is described."""
    nothing = OpeningHours()
    assert nothing.is_open(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)) is None
    assert nothing.describe() == ""


def test_the_week_is_described_line_by_line():
    """Every weekday has its line, closed ones too."""
    described = hours().describe().split("\n")
    assert described[0] == "Monday: 09:00-17:30"
    assert described[-1] == "Sunday: closed"
    assert len(described) == 7


@pytest.mark.parametrize(
    ("opens", "closes"), [("10:00", "09:00"), ("09:00", "09:00"), ("9", "10"), ("25:00", "26:00"), ("", "10:00")]
)
def test_an_interval_opens_before_it_closes(opens, closes):
    """Backward, empty and unreadable intervals are refused."""
    with pytest.raises(ValidationError):
        Interval(open=opens, close=closes)


@pytest.mark.parametrize(
    ("opens", "closes"),
    [("09:00Z", "17:00Z"), ("09:00+02:00", "17:00+02:00"), ("09:00", "17:00Z"), ("09:00Z", "17:00"), (32400, 61200)],
)
def test_times_with_a_zone_of_their_own_break_nothing(opens, closes):
    """Times are local: one with an offset is refused or taken as local, but never breaks `is_open` later."""
    try:
        week = hours(weekly={"monday": [{"open": opens, "close": closes}]})
    except ValidationError:
        return
    assert week.is_open(at("Europe/London", 2026, 11, 23, 12)) is True


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe", "a\x00b", "x" * 5000, "\ud800"]
)
def test_an_unknown_time_zone_is_refused(zone):
    """Names that are none, folders and paths are validation errors, nothing worse."""
    with pytest.raises(ValidationError):
        OpeningHours(time_zone=zone)


@pytest.mark.parametrize(
    "fields",
    [
        {"weekly": {"Monday": []}},
        {"weekly": {"monday": [{"open": "09:00", "close": "10:00"}] * 7}},
        {"closed_dates": ["2026-02-30"]},
        {"closed_dates": ["2026-01-01"] * 101},
        {"holidays": []},
        {"weekly": {"monday": [{"open": "09:00", "close": "10:00", "note": "x"}]}},
    ],
)
def test_what_is_no_schedule_is_refused(fields):
    """Unknown days, dates that do not exist, too many entries and unknown fields."""
    with pytest.raises(ValidationError):
        hours(**fields)


@NORMAL
@given(
    st.integers(1_577_836_800, 2_051_222_400).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC)),
    st.sampled_from(["Europe/London", "America/St_Johns", "Australia/Lord_Howe", "Asia/Tehran", "Pacific/Apia"]),
)
def test_open_is_what_the_wall_clock_says(now, zone):
    """At any moment, in any zone, `is_open` agrees with the local weekday and time."""
    local = now.astimezone(ZoneInfo(zone))
    expected = local.weekday() < 5 and dt.time(9) <= local.time() < dt.time(17, 30)
    assert hours(zone).is_open(now) is expected
