"""Every figure of every call of analytics is that of a recount, one by one, of what happened."""

import datetime as dt
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.vault import Vault
from shared.domain.analytics import FIGURES
from shared.domain.hours import WEEKDAYS
from tests.stores.analytics_calls import Calls, new_tenant
from tests.stores.histories import INTENTS, History, Part, share
from tests.stores.places import DAY, HOUR, INTERVALS, PLACES, Place

CHANNELS = (None, "web", "voice")


@pytest.fixture(scope="module", params=PLACES, ids=str)
def place(request, servers):
    """A business with a history that was kept as turns are."""
    zone, day = PLACES[request.param]
    database = Database(connect_by_url(servers.function_env("admin")["DATABASE_URL"], "test"), size=1)
    tenant = new_tenant(database, zone)
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
    history = History(7, noon - 13 * DAY, noon + 13 * DAY, 130)
    history.keep(JournalStore(database, Vault(["k" * 32])), tenant)
    assert len([event for talk in history.conversations for event in talk.events]) > 800
    yield Place(ZoneInfo(zone), day, history, Calls(database, tenant))
    database.close()


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Compare figures. Rates are rounded; a time that most stay under is only known by its bucket."""
    assert list(found) == list(expected)
    for name, value in expected.items():
        if value is None:
            assert found[name] is None, name
        elif name.startswith("wait_p"):
            assert value / 1.251 <= found[name] <= value * 1.251, name
        else:
            assert found[name] == pytest.approx(value, abs=0.051 if name == "wait_mean_ms" else 0.00006), name


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_the_summary(place, channel):
    """All figures, of all channels and of each; of the period before, as many days long."""
    for first, last, hours in place.times():
        found = place.calls.get("summary", first=first, last=last, channel=channel, compare="previous")
        assert found["range"]["from"] == place.local(hours[0]).isoformat()
        assert found["range"]["to"] == place.local(hours[-1] + HOUR).isoformat()
        same(found["figures"], Part.of(place.history, hours, channel).figures())
        for name, figures in found["channels"].items():
            same(figures, Part.of(place.history, hours, name).figures())
        day = dt.date.fromisoformat(first[:10])
        if "T" in first:
            before = [hour - len(hours) * HOUR for hour in hours]
        else:
            before = place.hours(day - (dt.date.fromisoformat(last) - day) - DAY, day - DAY)
        past = Part.of(place.history, before, channel).figures()
        same(found["previous"]["figures"], past)
        assert found["previous"]["changes"]["turns"]["difference"] == found["figures"]["turns"] - past["turns"]


@pytest.mark.parametrize("interval", INTERVALS)
def test_figures_over_time(place, interval):
    """Each figure in each interval: none is left out, each begins where the business's clock says."""
    names = list(FIGURES)
    for first, last, hours in place.times():
        parts = place.parts(hours, interval, None)
        expected = [(at, part.figures()) for at, part in parts]
        for start in range(0, len(names), 5):
            chosen = names[start : start + 5]
            metric = ",".join(chosen)
            found = place.calls.get("timeseries", first=first, last=last, interval=interval, metric=metric)
            assert [point["at"] for point in found["points"]] == [at for at, _ in expected]
            for point, (_, figures) in zip(found["points"], expected, strict=True):
                same(point["values"], {name: figures[name] for name in chosen})


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_intents(place, channel):
    """How many turns, which share, how sure, and how many more than before; what is beyond the limit is summed."""
    first, last, hours = place.times()[0]
    past = place.hours(place.day - 27 * DAY, place.day - 10 * DAY)
    turns, before = (Part.of(place.history, part, channel).of_kind("turn") for part in (hours, past))
    found = place.calls.get("intents", first=first, last=last, channel=channel)
    assert {item["intent"] for item in found["items"]} == set(INTENTS)
    for item in found["items"]:
        of = [turn for turn in turns if turn.intent == item["intent"]]
        assert item["n"] == len(of)
        assert item["share"] == pytest.approx(len(of) / len(turns), abs=0.0001)
        assert item["confidence"] == pytest.approx(share(sum(turn.confidence for turn in of), len(of)), abs=0.0001)
        assert item["change"] == len(of) - sum(turn.intent == item["intent"] for turn in before)
    assert [item["n"] for item in found["items"]] == sorted((item["n"] for item in found["items"]), reverse=True)
    short = place.calls.get("intents", first=first, last=last, channel=channel, limit=1)
    assert (short["items"], short["other_keys"]) == (found["items"][:1], 3)
    assert short["other"]["n"] == sum(item["n"] for item in found["items"][1:])


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_calls_to_action(place, channel):
    """Shown and clicked; one that the configuration does not have any more has no label."""
    for first, last, hours in place.times():
        part = Part.of(place.history, hours, channel)
        shown = Counter(cta for event in part.of_kind("ctas_shown") for cta in event.ctas)
        clicked = Counter(event.cta for event in part.of_kind("cta_clicked"))
        labels = {"book": "Book a service", "call": "Call us", "gone": None}
        expected = {
            cta: (shown[cta], clicked[cta], share(clicked[cta], shown[cta]), labels[cta]) for cta in {*shown, *clicked}
        }
        items = place.calls.get("ctas", first=first, last=last, channel=channel)["items"]
        assert {item["cta"] for item in items} == set(expected)
        for item in items:
            n, clicks, rate, label = expected[item["cta"]]
            assert (item["shown"], item["clicked"], item["label"]) == (n, clicks, label)
            assert item["rate"] == (None if rate is None else pytest.approx(rate, abs=0.0001))


@pytest.mark.parametrize("name", ["pages", "languages"])
def test_pages_and_languages(place, name):
    """Of conversations that began and of turns; what is beyond the limit is one number."""
    kind, field = ("session", "page") if name == "pages" else ("turn", "language")
    for first, last, hours in place.times():
        events = Part.of(place.history, hours).of_kind(kind)
        counted = Counter(value for event in events if (value := getattr(event, field)))
        found = place.calls.get(name, first=first, last=last)
        assert {item["key"]: item["n"] for item in found["items"]} == counted
        for item in found["items"]:
            assert item["share"] == pytest.approx(item["n"] / counted.total(), abs=0.0001)
        short = place.calls.get(name, first=first, last=last, limit=2)
        assert sum(item["n"] for item in short["items"]) + short["other"]["n"] == counted.total()
        assert short["other_keys"] == max(0, len(counted) - 2)


@pytest.mark.parametrize("interval", ["day", "week"])
def test_sentiment(place, interval):
    """Turns by how they sounded, and the mean score; those nobody could tell of are left out."""
    for first, last, hours in place.times():
        found = place.calls.get("sentiment", first=first, last=last, interval=interval)
        parts = [*place.parts(hours, interval, None), ("all", Part.of(place.history, hours))]
        for point, (at, part) in zip([*found["points"], {**found, "at": "all"}], parts, strict=True):
            turns = [turn for turn in part.of_kind("turn") if turn.sentiment != "unknown"]
            score = share(sum(turn.score for turn in turns), len(turns))
            assert point["at"] == at
            assert {label: n for label, n in point["labels"].items() if n} == Counter(turn.sentiment for turn in turns)
            assert point["score"] == (None if score is None else pytest.approx(score, abs=0.0001))


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_the_funnel(place, channel):
    """Of the conversations that began in the time, also what became of them after it."""
    for first, last, hours in place.times():
        part = Part.of(place.history, hours, channel)
        steps = place.calls.get("funnel", first=first, last=last, channel=channel)["steps"]
        names = ["conversations", "answered", "cta_shown", "cta_clicked", "lead", "deal"]
        counts = [len(part.began), *(part.reached(name) for name in names[1:])]
        assert [(step["step"], step["n"]) for step in steps] == list(zip(names, counts, strict=True))
        for number, step in enumerate(steps):
            of_all = share(counts[number], counts[0])
            of_previous = share(counts[number], counts[number - 1]) if number else None
            for found, expected in ((step["of_all"], of_all), (step["of_previous"], of_previous)):
                assert found == (None if expected is None else pytest.approx(expected, abs=0.0001))


def test_channels(place):
    """All figures of each."""
    for first, last, hours in place.times():
        for item in place.calls.get("channels", first=first, last=last)["items"]:
            name = item.pop("channel")
            same(item, Part.of(place.history, hours, name).figures())


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_hours_of_the_week(place, channel):
    """By the local clock: an hour that comes twice has both, one that is left out has none."""
    for first, last, hours in place.times():
        turns = Part.of(place.history, hours, channel).of_kind("turn")
        local = Counter((place.local(turn.at).weekday(), place.local(turn.at).hour) for turn in turns)
        for number, day in enumerate(place.calls.get("hours", first=first, last=last, channel=channel)["days"]):
            assert day["day"] == WEEKDAYS[number]
            assert day["turns"] == [local[number, hour] for hour in range(24)]


def test_gaps(place):
    """By interval, and as a share of turns."""
    for first, last, hours in place.times():
        found = place.calls.get("gaps", first=first, last=last)
        parts = place.parts(hours, "day", None)
        assert [(one["at"], one["gaps"]) for one in found["points"]] == [
            (at, len(part.of_kind("gap"))) for at, part in parts
        ]
        whole = Part.of(place.history, hours)
        assert (found["gaps"], found["turns"]) == (len(whole.of_kind("gap")), len(whole.of_kind("turn")))


def test_waits(place):
    """Each answer is in the bucket of its time."""
    for first, last, hours in place.times():
        turns = Part.of(place.history, hours).of_kind("turn")
        waits = [turn.ms for turn in turns if turn.ending == "answered"]
        found = place.calls.get("waits", first=first, last=last)
        assert found["n"] == len(waits)
        for bucket in found["buckets"]:
            inside = [ms for ms in waits if bucket["above_ms"] - 0.05 < ms <= bucket["up_to_ms"] + 0.05]
            edge = [ms for ms in waits for end in ("above_ms", "up_to_ms") if abs(ms - bucket[end]) <= 0.1]
            assert abs(bucket["n"] - len(inside)) <= len(edge)
        assert sum(bucket["n"] for bucket in found["buckets"]) == len(waits)


def test_a_day_has_as_many_hours_as_the_clock_says(place):
    """23 in spring, 25 in autumn, and each by its own name."""
    expected = {"2026-03-29": 23, "2026-10-25": 25, "2026-04-05": 25}
    hours = 24 if place.zone.key == "Asia/Kolkata" else expected[place.day.isoformat()]
    found = place.calls.get("timeseries", first=place.day, last=place.day, interval="hour")
    labels = [point["at"] for point in found["points"]]
    assert len(labels) == len(set(labels)) == hours
