"""What a turn is to analytics: its events, and the conversation as the owner may read it. Pure."""

import datetime as dt
import struct
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from shared.capture.anonymous import anonymous
from shared.dialogue.leads import identity_of
from shared.domain.dialogue import Dialogue
from shared.domain.events import (
    CostArose,
    CtasShown,
    DealMade,
    Event,
    Failed,
    FieldCaptured,
    Gap,
    GapFound,
    HandoffAsked,
    LeadFound,
    SessionBegan,
    Talk,
    TurnEnded,
)
from shared.domain.message import Message
from shared.domain.prices import token_items
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.domain.turn import Turn
from shared.engine.stages.take_part import arms_of, exposures, known_before
from shared.guards.intro import is_intro

NUMBER = "number"
"""The fact of a past turn that counts a session's turns: trimming forgets turns, and not how many there were."""

NOTED = "noted"
"""The fact of a past turn in which the visitor only told details: it says nothing of how the conversation stands."""


def number_of(session: Session) -> int:
    """Return how many turns a session has had."""
    return max((int(turn.facts.get(NUMBER, 0)) for turn in session.turns), default=0) or len(session.turns)


def observed(
    tenant: Tenant, message: Message, turn: Turn, before: Session, after: Session, now: dt.datetime
) -> tuple[tuple[Event, ...], Talk]:
    """Return what happened in a turn that ended `now` and found the session as `before`, and left it as `after`."""
    found = _Found(tenant, message, turn, before, after, now)
    return tuple(found.events()), found.talk()


class _Found:
    """One turn, looked at."""

    def __init__(
        self, tenant: Tenant, message: Message, turn: Turn, before: Session, after: Session, now: dt.datetime
    ) -> None:
        self._tenant, self._message, self._turn = tenant, message, turn
        self._before, self._after, self._now = before, after, now
        self._greeting = is_intro(message, tenant)

    def events(self) -> Iterator[Event]:
        """Yield them."""
        turn, known, dialogue = self._turn, self._before.dialogue, self._after.dialogue
        if not self._before.turns:
            began = dt.datetime.fromisoformat(self._after.created_at)
            yield SessionBegan(**{**self._of("session", whole=True), "at": began}, page=_path(self._after.page))
        yield self._turn_event()
        if turn.ctas:
            yield CtasShown(**self._of("ctas"), ctas=tuple(cta.id for cta in turn.ctas))
        for name in _new(known, dialogue):
            yield FieldCaptured(**self._of(f"field/{name}", whole=True), field=name)
        if identity_of(dialogue) and not identity_of(known):
            yield LeadFound(**self._of("lead", whole=True))
        if _has_deal(dialogue) and not _has_deal(known):
            yield DealMade(**self._of("deal", whole=True))
        if dialogue.handoff and dialogue.handoff != known.handoff:
            yield HandoffAsked(**self._of(f"handoff/{dialogue.handoff}", whole=True))
        if dialogue.unanswered > known.unanswered:
            yield GapFound(**self._of("gap"), message_id=self._message.message_id)
        met = known_before(self._before, self._after)
        yield from exposures(self._tenant, self._after, met, arms_of(self._after), self._now)
        if turn.ending == "failed":
            yield Failed(**self._of("error"), what="turn")
        items = (*token_items(self._tenant.chat_model, turn.usage), *turn.spent)
        if items:
            yield CostArose(**self._of("cost"), items=items)

    def talk(self) -> Talk:
        """Return the conversation with this turn."""
        after, turn = self._after, self._turn
        dialogue, moods = after.dialogue, after.dialogue.moods
        return Talk(
            session_id=after.session_id,
            message_id=self._message.message_id,
            started_at=after.created_at,
            at=self._now,
            channel=after.channel,
            number=number_of(after),
            state=dialogue.state,
            ending=self._ending(),
            language=dialogue.language,
            page=_path(after.page),
            mood=sum(moods) / len(moods) if moods else 0.0,
            tags=dialogue.tags,
            arms=dict(arms_of(after)),
            question="" if self._greeting else self._message.text,
            html=turn.reply.html,
            answer=turn.reply.text,
            decisions=_decisions(turn),
            gap=self._gap(),
        )

    def _gap(self) -> Gap | None:
        """Return the question that the knowledge had no answer for, None when it had, or could not be looked into."""
        turn, dialogue = self._turn, self._after.dialogue
        missed = dialogue.unanswered > self._before.dialogue.unanswered
        if not missed or turn.ending == "failed" or "knowledge" in turn.degraded:
            return None
        specs, asked = self._tenant.config.all_fields(), turn.asked
        if asked is None or asked.space is None:
            return Gap(anonymous(self._message.text, dialogue.fields, specs))
        # The form that stands alone: nobody could answer "and on Sundays?".
        question, vector = anonymous(asked.texts[-1], dialogue.fields, specs), asked.vectors[-1]
        return Gap(question, str(asked.space), struct.pack(f"<{len(vector)}e", *vector))

    def _turn_event(self) -> TurnEnded:
        turn, timings = self._turn, self._turn.timings_ms
        total = timings.get("total", 0.0)
        return TurnEnded(
            **self._of("turn"),
            message_id=self._message.message_id,
            ending=turn.ending,
            greeting=self._greeting,
            intent=turn.intent.name,
            confidence=round(turn.intent.confidence, 3),
            sentiment=turn.sentiment.label,
            score=round(turn.sentiment.score, 3),
            state=turn.state,
            language=self._after.dialogue.language,
            ms=total,
            first_ms=timings.get("first_token", total),
            degraded=turn.degraded,
            noted=turn.noted,
        )

    def _ending(self) -> str:
        """Return how the last turn ended in which the visitor wanted something."""
        turns = [] if not self._turn.noted else [past for past in self._before.turns if not past.facts.get(NOTED)]
        return turns[-1].ending if turns else self._turn.ending

    def _of(self, name: str, *, whole: bool = False) -> dict[str, Any]:
        """Return what every event has; its id is the session's (`whole`) or the message's, and so is a repeat's."""
        session_id = self._after.session_id
        owner = session_id if whole else f"{session_id}/{self._message.message_id}"
        return {"id": f"{owner}/{name}", "at": self._now, "session_id": session_id, "channel": self._after.channel}


def _new(known: Dialogue, dialogue: Dialogue) -> Iterator[str]:
    return (name for name in dialogue.fields if name not in known.fields)


def _has_deal(dialogue: Dialogue) -> bool:
    return bool(dialogue.crm.deals or dialogue.crm.deal_id)


def _path(page: Mapping[str, str]) -> str:
    """Return a page's host and path: what comes after them may name a visitor."""
    try:
        parts = urlsplit(page.get("url", ""))
    except ValueError:
        return ""
    return f"{parts.hostname or ''}{parts.path}"[:200]


def _decisions(turn: Turn) -> dict[str, Any]:
    return {
        "intent": {"name": turn.intent.name, "confidence": turn.intent.confidence},
        "sentiment": {"label": turn.sentiment.label, "score": turn.sentiment.score},
        "state": turn.state,
        "rules": list(turn.rules),
        "citations": [{"n": one.n, "title": one.title, "url": one.url} for one in turn.citations],
        "ctas": [cta.id for cta in turn.ctas],
        "handoff": turn.handoff.status if turn.handoff else None,
        "degraded": list(turn.degraded),
        "tokens": {"input": turn.usage.input_tokens, "output": turn.usage.output_tokens},
        "timings_ms": dict(turn.timings_ms),
    }
