"""Stretches of time on a business's own clock."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.spans import INTERVALS, MAX_POINTS, Span, SpanError

NOW = dt.datetime(2026, 11, 23, 17, 40, tzinfo=dt.UTC)
ZONES = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "Africa/Cairo",
    "Asia/Kathmandu",
)


def day(text):
    """Return a date."""
    return dt.date.fromisoformat(text)


def moment(text):
    """Return a moment."""
    return dt.datetime.fromisoformat(text)


def shown(span):
    """Return its ends on the business's clock."""
    return [span.label(span.since), span.label(span.until)]


ASKED = {
    "days, the last one whole": (day("2026-03-28"), day("2026-03-29"), ["2026-03-28T00:00:00+00:00",
                                                                        "2026-03-30T00:00:00+01:00"]),
    "one day": (day("2026-11-01"), day("2026-11-01"), ["2026-11-01T00:00:00+00:00", "2026-11-02T00:00:00+00:00"]),
    "moments, without the last": (moment("2026-11-01T09:00Z"), moment("2026-11-01T11:00Z"),
                                  ["2026-11-01T09:00:00+00:00", "2026-11-01T11:00:00+00:00"]),
    "bits of hours are whole ones": (moment("2026-11-01T09:20Z"), moment("2026-11-01T11:01Z"),
                                     ["2026-11-01T09:00:00+00:00", "2026-11-01T12:00:00+00:00"]),
    "another offset": (moment("2026-07-01T09:00-04:00"), moment("2026-07-01T10:00-04:00"),
                       ["2026-07-01T14:00:00+01:00", "2026-07-01T15:00:00+01:00"]),
    "without an offset it is the business's": (moment("2026-07-01T09:00"), moment("2026-07-01T10:00"),
                                               ["2026-07-01T09:00:00+01:00", "2026-07-01T10:00:00+01:00"]),
    "nothing: 30 days up to today": (None, None, ["2026-10-25T00:00:00+01:00", "2026-11-24T00:00:00+00:00"]),
    "only the first: up to today": (day("2026-11-20"), None, ["2026-11-20T00:00:00+00:00",
                                                              "2026-11-24T00:00:00+00:00"]),
    "only the last: 30 days": (None, day("2026-01-30"), ["2026-01-01T00:00:00+00:00", "2026-01-31T00:00:00+00:00"]),
}  # fmt: skip


@pytest.mark.parametrize(("first", "last", "expected"), ASKED.values(), ids=ASKED)
def test_what_was_asked_is_read_by_the_businesss_clock(first, last, expected):
    """In London."""
    assert shown(Span.asked(first, last, "Europe/London", NOW)) == expected


REFUSED = {
    "nothing in it": (moment("2026-11-01T09:00Z"), moment("2026-11-01T09:00Z"), "from"),
    "backwards": (day("2026-11-02"), day("2026-11-01"), "from"),
    "in the future without an end": (day("2026-12-02"), None, "from"),
    "more than three years": (day("2023-01-01"), day("2026-11-01"), "from"),
    "before there was anything": (day("1999-12-31"), day("2000-01-01"), "from"),
    "the end of time": (day("2026-01-01"), day("9999-12-31"), "to"),
}


@pytest.mark.parametrize(("first", "last", "field"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_shown_is_refused(first, last, field):
    """With the name of the parameter that is wrong."""
    with pytest.raises(SpanError) as refused:
        Span.asked(first, last, "Europe/London", NOW)
    assert refused.value.field == field


def test_the_time_before_is_as_many_days_long():
    """Also when one of them has 23 hours; otherwise as many hours."""
    days = Span.asked(day("2026-03-29"), day("2026-03-29"), "Europe/London", NOW)
    assert shown(days.before()) == ["2026-03-28T00:00:00+00:00", "2026-03-29T00:00:00+00:00"]
    hours = Span.asked(moment("2026-11-01T09:00Z"), moment("2026-11-01T12:00Z"), "Europe/London", NOW)
    assert shown(hours.before()) == ["2026-11-01T06:00:00+00:00", "2026-11-01T09:00:00+00:00"]


def test_too_many_points_are_refused():
    """2000 are shown, one more is not: whoever wants them asks for longer intervals."""
    start = moment("2026-01-01T00:00Z")
    span = Span.asked(start, start + dt.timedelta(hours=MAX_POINTS), "UTC", NOW)
    assert len(span.starts("hour")) == MAX_POINTS
    longer = Span.asked(start, start + dt.timedelta(hours=MAX_POINTS + 1), "UTC", NOW)
    with pytest.raises(SpanError, match="2000 points") as refused:
        longer.starts("hour")
    assert refused.value.field == "interval"


def test_weeks_begin_on_monday_and_months_on_the_first():
    """The first interval begins where the stretch does."""
    span = Span.asked(day("2026-09-30"), day("2026-10-12"), "Europe/London", NOW)
    assert [span.label(at)[:10] for at in span.starts("week")] == ["2026-09-30", "2026-10-05", "2026-10-12"]
    assert [span.label(at)[:10] for at in span.starts("month")] == ["2026-09-30", "2026-10-01"]


def test_a_day_begins_when_midnight_is_left_out():
    """In Cairo the clocks go from midnight to one."""
    span = Span.asked(day("2026-04-24"), day("2026-04-24"), "Africa/Cairo", NOW)
    assert shown(span) == ["2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"]
    assert len(span.starts("hour")) == 23


@given(
    st.sampled_from(ZONES), st.integers(0, 1_500_000), st.integers(1, 1900), st.sampled_from(INTERVALS),
)  # fmt: skip
def test_pieces_are_the_stretch(zone, minutes, hours, interval):
    """Each hour is in its interval once, and in no other; days are whole days of UTC, with half a day beside them."""
    first = moment("2024-01-01T00:00") + dt.timedelta(minutes=minutes)
    span = Span.asked(first, first + dt.timedelta(hours=hours), zone, NOW)
    starts, found = span.starts(interval), dict[tuple[int, dt.datetime], int]()
    for piece in span.pieces(interval):
        assert piece.since < piece.until
        if piece.days:
            assert piece.since.time() == piece.until.time() == dt.time(0)
        else:
            assert piece.until - piece.since <= dt.timedelta(hours=36 if piece.sign > 0 else 12)
        for hour in hours_in(piece.since, piece.until, span.since.minute):
            found[piece.point, hour] = found.get((piece.point, hour), 0) + piece.sign
    ends = (*starts[1:], span.until)
    wanted = {
        (point, hour): 1
        for point, (since, until) in enumerate(zip(starts, ends, strict=True))
        for hour in hours_in(since, until, since.minute)
    }
    assert {place: n for place, n in found.items() if n} == wanted


def hours_in(since, until, minute):
    """Return the hours that begin in a time, by a clock whose hours begin at this minute of UTC's."""
    hour = since.replace(minute=minute)
    while hour < until:
        if hour >= since:
            yield hour
        hour += dt.timedelta(hours=1)
