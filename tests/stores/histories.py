"""A made-up history of a business: what happened, kept as the product keeps it, and counted here one by one."""

import datetime as dt
import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from shared.adapters.postgres.journal import JournalStore
from shared.domain.events import (
    CallEnded,
    Converted,
    CostArose,
    CtaClicked,
    CtasShown,
    DealMade,
    Event,
    Failed,
    FeedbackGiven,
    GapFound,
    HandoffAsked,
    LeadFound,
    SessionBegan,
    Talk,
    TurnEnded,
)
from shared.domain.tenant import Tenant

INTENTS = ("pricing", "opening_hours", "complaint", "none")
LANGUAGES = ("en", "de", "hi", "")
CTAS = ("book", "call", "gone")
PAGES = tuple(f"shop.example/page-{number}" for number in range(8))
SCORES = {"positive": 0.625, "neutral": 0.0, "negative": -0.5, "unknown": 0.0}
ENDINGS = ("answered", "answered", "answered", "settled", "failed", "abandoned")


@dataclass
class Conversation:
    """One, with all that came of it later."""

    session_id: str
    began: dt.datetime
    channel: str
    steps: list[tuple[list[Event], Talk | None]] = field(default_factory=list)

    @property
    def events(self) -> Iterator[Event]:
        """What happened in it."""
        return (event for events, _ in self.steps for event in events)

    @property
    def reached(self) -> set[str]:
        """What it came to, as docs/analytics.md defines it."""
        found = {key for event in self.events for key in reaches(event)}
        if "answered" in found and ending_of(self.events) in ("answered", "settled"):
            found |= set() if found & {"handoff", "gap", "rated_down"} else {"resolved"}
        return found


def ending_of(events: Iterable[Event]) -> str:
    """Return how the last turn ended in which the visitor wanted something; of none, the last one."""
    turns = [one for one in events if isinstance(one, TurnEnded)]
    return ([one for one in turns if not one.noted] or turns)[-1].ending


def reaches(event: Event) -> set[str]:
    """Return what a conversation comes to with an event."""
    kinds = {"ctas_shown": "cta_shown", "cta_clicked": "cta_clicked", "lead": "lead", "deal": "deal",
             "handoff": "handoff", "gap": "gap", "conversion": "conversion"}  # fmt: skip
    if isinstance(event, FeedbackGiven):
        return {f"rated_{event.rating}"}
    if isinstance(event, TurnEnded):
        answers = event.ending in ("answered", "settled") and not (event.greeting or event.noted)
        return {"answered"} if answers else set()
    return {kinds[event.kind]} if event.kind in kinds else set()


class History:
    """Conversations between two moments, the same for the same seed."""

    def __init__(self, seed: int, since: dt.datetime, until: dt.datetime, conversations: int) -> None:
        self._random = random.Random(seed)
        self._seconds = int((until - since).total_seconds())
        self._since = since
        self.conversations = [self._conversation(number) for number in range(conversations)]

    def keep(self, journal: JournalStore, tenant: Tenant) -> None:
        """Keep it as turns and later calls would have been; some of it comes twice."""
        for conversation in self.conversations:
            for events, talk in conversation.steps:
                for _ in range(1 + self._chance(0.05)):
                    journal.keep(tenant, events, talk)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _conversation(self, number: int) -> Conversation:
        # Often within minutes of a full hour: that is where a mistake would show.
        at = self._since + dt.timedelta(seconds=self._random.randrange(self._seconds))
        if self._chance(0.3):
            at = at.replace(minute=self._random.choice((0, 29, 30, 59)), second=self._random.choice((0, 59)))
        made = Conversation(f"s-{number}", at, self._random.choice(("web", "web", "voice")))
        for turn in range(1, self._random.randint(2, 5)):
            made.steps.append(self._turn(made, turn, at))
            at += dt.timedelta(seconds=self._random.choice((40, 900, 5000)))
        for event in self._later(made, at):
            made.steps.append(([event], None))
        return made

    def _turn(self, of: Conversation, number: int, at: dt.datetime) -> tuple[list[Event], Talk]:
        message, pick = f"m-{number}", self._random.choice
        common = {"session_id": of.session_id, "channel": of.channel, "at": at}

        def named(name: str) -> dict[str, Any]:
            return {**common, "id": f"{of.session_id}/{message}/{name}"}

        mood = pick(tuple(SCORES))
        turn = TurnEnded(
            **named("turn"), message_id=message, ending=pick(ENDINGS), greeting=number == 1 and self._chance(0.3),
            intent=pick(INTENTS), confidence=pick((0.25, 0.5, 0.875)), sentiment=mood, score=SCORES[mood],
            state="answering", language=pick(LANGUAGES), ms=round(self._random.lognormvariate(6.8, 0.7), 1),
            first_ms=90.0, degraded=("crm", "redis") if self._chance(0.05) else (),
        )  # fmt: skip
        turn = replace(turn, noted=turn.ending == "settled" and self._chance(0.5))
        events: list[Event] = [turn]
        if number == 1:
            events.insert(0, SessionBegan(**named("session"), page=pick(("", *PAGES, *PAGES[:3]))))
        if self._chance(0.6):
            events.append(CtasShown(**named("ctas"), ctas=tuple(self._random.sample(CTAS, 2))))
        if self._chance(0.2):
            events.append(CtaClicked(**named("click"), cta=pick(CTAS)))
        if self._chance(0.1):
            events.append(GapFound(**named("gap"), message_id=message))
        if turn.ending == "failed":
            events.append(Failed(**named("error"), what="turn"))
        items = ({"what": "m", "unit": "tokens_in", "amount": 900, "micros": self._random.randrange(5000)},)
        events.append(CostArose(**named("cost"), items=items))
        talk = Talk(
            session_id=of.session_id, message_id=message, started_at=of.began.isoformat(), at=at, channel=of.channel,
            number=number, state="answering", ending=ending_of([*of.events, turn]), question="?", html="<p>!</p>",
            answer="!",
        )  # fmt: skip
        return events, talk

    def _later(self, of: Conversation, at: dt.datetime) -> Iterator[Event]:
        """Yield what becomes known after the last turn, some of it days later."""
        made: tuple[tuple[float, type[Event], dict[str, Any]], ...] = (
            (0.2, LeadFound, {}), (0.1, DealMade, {"amount": self._random.randrange(400) / 4}), (0.1, HandoffAsked, {}),
            (0.2, FeedbackGiven, {"message_id": "m-1", "rating": self._random.choice(("up", "down"))}),
            (0.1, Converted, {"name": "order", "value": self._random.randrange(400) / 4}),
        )  # fmt: skip
        for chance, kind, values in made:
            if self._chance(chance):
                later = at + dt.timedelta(hours=self._random.choice((0, 1, 30, 100)))
                yield kind(id=f"{of.session_id}/{kind.kind}", at=later, session_id=of.session_id, channel=of.channel,
                           **values)  # fmt: skip
        if of.channel == "voice":
            yield CallEnded(id=f"{of.session_id}/call", at=at, session_id=of.session_id, channel="voice",
                            outcome="completed", seconds=self._random.randrange(600))  # fmt: skip


@dataclass(frozen=True)
class Part:
    """What of a history belongs to a time, counted without the product's code."""

    events: list[Event]
    began: list[Conversation]

    @classmethod
    def of(cls, history: History, hours: Iterable[dt.datetime], channel: str | None = None) -> "Part":
        """Return what happened, and what began, in these hours (each by its beginning, UTC)."""
        wanted = set(hours)
        talks = [one for one in history.conversations if channel in (None, one.channel)]
        events = [event for talk in talks for event in talk.events if _within(event.at, wanted)]
        return cls(events, [talk for talk in talks if _within(talk.began, wanted)])

    def of_kind(self, kind: str) -> list[Any]:
        """Return the events of a kind."""
        return [event for event in self.events if event.kind == kind]

    def reached(self, key: str) -> int:
        """Return how many of the conversations that began came to it."""
        return sum(key in talk.reached for talk in self.began)

    def figures(self) -> dict[str, Any]:
        """Return all figures, in the order of the summary, times as (lowest, highest) that they may be."""
        turns, deals, bought = self.of_kind("turn"), self.of_kind("deal"), self.of_kind("conversion")
        rated = Counter(one.rating for one in self.of_kind("feedback"))
        scores = [one.score for one in turns if one.sentiment != "unknown"]
        waits = sorted(one.ms for one in turns if one.ending == "answered")
        conversations, handed = len(self.began), self.reached("handoff")
        micros = sum(item["micros"] for one in self.of_kind("cost") for item in one.items)
        return {
            "conversations": conversations,
            "turns": len(turns),
            "answered": self.reached("answered"),
            "resolved": self.reached("resolved"),
            "resolution_rate": share(self.reached("resolved"), conversations),
            "contained": conversations - handed,
            "containment_rate": share(conversations - handed, conversations),
            "leads": len(self.of_kind("lead")),
            "deals": len(deals),
            "deal_amount": sum(one.amount for one in deals),
            "handoffs": len(self.of_kind("handoff")),
            "gaps": len(self.of_kind("gap")),
            "ctas_shown": sum(len(one.ctas) for one in self.of_kind("ctas_shown")),
            "cta_clicks": len(self.of_kind("cta_clicked")),
            "conversions": len(bought),
            "conversion_value": sum(one.value for one in bought),
            "feedback_up": rated["up"],
            "feedback_down": rated["down"],
            "satisfaction": share(rated["up"], rated.total()),
            "sentiment": share(sum(scores), len(scores)),
            "wait_mean_ms": share(sum(waits), len(waits)),
            **{f"wait_p{at}_ms": nearest(waits, at / 100) for at in (50, 90, 95)},
            "degraded": sum(len(one.degraded) for one in turns),
            "errors": len(self.of_kind("error")),
            "calls": len(self.of_kind("call")),
            "call_minutes": sum(one.seconds for one in self.of_kind("call")) / 60,
            "cost_usd": micros / 1_000_000,
        }


def _within(at: dt.datetime, hours: set[dt.datetime]) -> bool:
    """Say whether a moment is in one of the hours, which begin at full hours, or at half past in India."""
    half = dt.timedelta(minutes=30)
    return _hour(at) in hours or _hour(at - half) + half in hours


def _hour(at: dt.datetime) -> dt.datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def share(part: float, whole: float) -> float | None:
    """Return part / whole, None of nothing."""
    return part / whole if whole else None


def nearest(values: list[float], at: float) -> float | None:
    """Return the value that `at` of all are not above; None of nothing."""
    return values[max(0, math.ceil(at * len(values)) - 1)] if values else None
