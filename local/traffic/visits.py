"""What chats and calls of the simulation share: a visitor asks, the assistant answers, the journal is told."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.traffic.businesses import Profile
from local.traffic.dice import Dice
from local.traffic.words import answer, question
from shared.domain.events import (
    CostArose,
    Event,
    Exposed,
    Failed,
    GapFound,
    HandoffAsked,
    SessionBegan,
    Talk,
    TurnEnded,
)
from shared.domain.prices import token_items
from shared.domain.turn import Usage
from shared.understanding.sentiment import ANGRY, NEGATIVE, POSITIVE

EXPERIMENT = "greeting-tone"
MODEL = "gemini-3.5-flash-lite"
MOST_TURNS = 14
_MOODS = 5
_FAILS, _SETTLED, _SLOW, _WITHOUT_KNOWLEDGE = 0.004, 0.06, 0.03, 0.3


@dataclass(frozen=True)
class Told:
    """What the journal is told at once: some events, and the conversation when a turn was among them."""

    events: tuple[Event, ...]
    talk: Talk | None = None


class Visit:
    """One visitor, and the clock as their visit goes on. Knows questions and answers, not who asks them why."""

    channel = "web"

    def __init__(self, profile: Profile, dice: Dice, session_id: str, begin: dt.datetime) -> None:
        self.profile, self.dice = profile, dice
        self.session_id, self.begin, self.now = session_id, begin, begin
        self.language, self.page = dice.pick(profile.languages), dice.pick(profile.pages)
        self.host = profile.config.name.lower().replace(" ", "") + ".example"
        self.temper = dice.normal(profile.mood, 0.22)
        self.moods: list[float] = []
        self.number = 0
        self.state = "new"
        self.arm = dice.pick(profile.arms) if profile.arms else ""
        self.handed = False

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(milliseconds=int(seconds * 1000))

    def of(self, name: str, *, whole: bool = False) -> dict[str, Any]:
        """Return what every event has."""
        owner = self.session_id if whole else f"{self.session_id}/m-{self.number}"
        return {"id": f"{owner}/{name}", "at": self.now, "session_id": self.session_id, "channel": self.channel}

    def turn(self, *, greeting: bool = False) -> tuple[list[Event], Talk]:
        """Return the next turn's events and the conversation after it."""
        self.number += 1
        first = self.number == 1
        asked = TurnEnded(**self.of("turn"), **self._asked(greeting=greeting))
        events: list[Event] = []
        if first:
            events += self._beginning()
        events.append(asked)
        known = True
        if asked.ending == "failed":
            events.append(Failed(**self.of("error"), what="turn"))
        elif asked.ending == "answered":
            known = not self.dice.chance(self.profile.gap)
            if not known:
                events.append(GapFound(**self.of("gap"), message_id=asked.message_id))
            events.append(self._cost())
        return events, self._talk(asked, known=known)

    def hand_over(self) -> Event:
        """Return that a person is called."""
        self.handed, self.state = True, "handoff_requested"
        return HandoffAsked(**self.of(f"handoff/{self.session_id}", whole=True))

    def _beginning(self) -> Iterator[Event]:
        page = "" if self.channel == "voice" else f"{self.host}{self.page}"
        yield SessionBegan(**self.of("session", whole=True), page=page)
        if self.arm:
            unit = hashlib.sha256(f"{EXPERIMENT}/{self.session_id}".encode()).hexdigest()[:16]
            event = self.of(f"exposure/{EXPERIMENT}", whole=True)
            yield Exposed(**event, experiment=EXPERIMENT, arm=self.arm, unit=unit)

    def _asked(self, *, greeting: bool) -> dict[str, Any]:
        if greeting:
            self.state = "greeting"
            said = {"ending": "settled", "intent": "none", "confidence": 0.0, "sentiment": "unknown", "score": 0.0}
            ms = self.dice.around(8, 0.4)
            waits = {"ms": round(ms, 1), "first_ms": round(ms, 1)}
        else:
            said, waits = self._question(), self._waits()
        return {
            "message_id": f"m-{self.number}", "greeting": greeting, "state": self.state, "language": self.language,
            **said, **waits,
        }  # fmt: skip

    def _question(self) -> dict[str, Any]:
        dice = self.dice
        score = round(max(-1.0, min(1.0, dice.normal(self.temper, 0.28))), 3)
        self.moods = [*self.moods, score][-_MOODS:]
        intent = dice.pick(self.profile.intents)
        ending = "answered"
        if dice.chance(_FAILS):
            ending = "failed"
        elif intent == "appointment" or dice.chance(_SETTLED):
            ending = "settled"
        if self.state in ("new", "greeting"):
            self.state = "answering"
        confidence = 0.0 if intent == "none" else round(dice.between(0.55, 0.99), 3)
        return {"ending": ending, "intent": intent, "confidence": confidence, "sentiment": label(score), "score": score}

    def _waits(self) -> dict[str, Any]:
        slow = self.dice.chance(_SLOW)
        ms = self.dice.around(self.profile.ms * (4 if slow else 1), 0.45)
        return {
            "ms": round(ms, 1), "first_ms": round(ms * self.dice.between(0.25, 0.6), 1),
            "degraded": ("knowledge",) if slow and self.dice.chance(_WITHOUT_KNOWLEDGE) else (),
        }  # fmt: skip

    def _cost(self) -> Event:
        usage = Usage(int(self.dice.around(2400, 0.3)), int(self.dice.around(140, 0.5)))
        return CostArose(**self.of("cost"), items=token_items(MODEL, usage))

    def _talk(self, asked: TurnEnded, *, known: bool) -> Talk:
        said = "" if asked.greeting else question(self.language, asked.intent, self.page)
        text = answer(self.language, asked.intent, self.page, known=known and asked.ending != "failed")
        return Talk(
            session_id=self.session_id, message_id=asked.message_id, started_at=self.begin.isoformat(), at=self.now,
            channel=self.channel, number=self.number, state=self.state, ending=asked.ending, language=self.language,
            page="" if self.channel == "voice" else f"{self.host}{self.page}",
            mood=sum(self.moods) / len(self.moods) if self.moods else 0.0,
            tags=("upset",) if asked.sentiment == "angry" else (), arms={EXPERIMENT: self.arm} if self.arm else {},
            question=said, html=f"<p>{text}</p>", answer=text,
            decisions={
                "intent": {"name": asked.intent, "confidence": asked.confidence},
                "sentiment": {"label": asked.sentiment, "score": asked.score}, "state": asked.state, "rules": [],
                "citations": [], "ctas": [], "handoff": None, "degraded": list(asked.degraded),
                "timings_ms": {"total": asked.ms, "first_token": asked.first_ms},
            },
        )  # fmt: skip


def label(score: float) -> str:
    """Return a score's word."""
    if score <= ANGRY:
        return "angry"
    if score <= NEGATIVE:
        return "negative"
    return "positive" if score >= POSITIVE else "neutral"
