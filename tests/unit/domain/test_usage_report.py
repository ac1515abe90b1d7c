"""The report of what was used: sums by model, channel and time, and what the month comes to."""

import datetime as dt

import pytest

from shared.domain.analytics import Tally
from shared.domain.usage import projection, report

TALLIES = [
    Tally(0, "turns", "web", "answered", 3, 0),
    Tally(1, "turns", "voice", "settled", 2, 0),
    Tally(1, "calls", "voice", "answered", 1, 90.0),
    Tally(0, "usage", "web", "gemini-a tokens_in", 900, 270.0),
    Tally(0, "usage", "web", "gemini-a tokens_out", 40, 100.0),
    Tally(1, "usage", "voice", "gemini-live audio_tokens_out", 500, 6000.0),
    Tally(1, "usage", "voice", "phone seconds", 90, 0.0),
    Tally(1, "usage", "voice", "speech characters", 120, 0.0),
    Tally(1, "usage", "build", "gemini-embedding-2 embedded_tokens", 5000, 1000.0),
]
STARTS = ["2026-11-22T00:00:00+01:00", "2026-11-23T00:00:00+01:00"]


def test_everything_is_in_the_totals_once():
    """Seconds are told twice, by the call and by its cost, and counted once."""
    found = report(TALLIES, STARTS)
    assert found["totals"] == {
        "turns": 5, "calls": 1, "call_minutes": 1.5, "embedded_tokens": 5000, "speech_characters": 120,
        "cost_usd": 0.00737,
    }  # fmt: skip
    assert [(one["channel"], one["cost_usd"]) for one in found["channels"]] == [
        ("build", 0.001), ("voice", 0.006), ("web", 0.00037),
    ]  # fmt: skip
    assert [(one["at"], one["turns"], one["cost_usd"]) for one in found["series"]] == [
        (STARTS[0], 3, 0.00037), (STARTS[1], 2, 0.007),
    ]  # fmt: skip


def test_models_are_named_the_dearest_first():
    """With what they took, in each direction; the phone and the speech are no models."""
    models = report(TALLIES, STARTS)["models"]
    assert [one["model"] for one in models] == ["gemini-live", "gemini-embedding-2", "gemini-a"]
    assert (models[2]["tokens_in"], models[2]["tokens_out"], models[2]["audio_tokens_in"]) == (900, 40, 0)
    assert models[0]["audio_tokens_out"] == 500


def test_a_time_without_anything_is_shown_as_such():
    """An interval without use is a row of zeros, and no gap."""
    found = report([], STARTS)
    assert (found["models"], found["channels"], len(found["series"])) == ([], [], 2)
    assert found["series"][1]["turns"] == 0


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC), None),
        (dt.datetime(2026, 11, 16, tzinfo=dt.UTC), 20.0),
        (dt.datetime(2026, 11, 30, 23, 59, 59, tzinfo=dt.UTC), 10.000004),
        (dt.datetime(2026, 2, 15, tzinfo=dt.UTC), 20.0),
    ],
)
def test_a_month_is_taken_to_go_on_as_it_began(now, expected):
    """Ten dollars so far: twice that at half time, nothing told of the first hours."""
    assert projection(10_000_000, now) == expected
