"""Runs the business's rules over what is known of the turn. Pure."""

import datetime as dt
from dataclasses import dataclass

from shared.domain.dialogue import Dialogue
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.domain.understanding import Intent, Sentiment
from shared.rules.evaluate import Ruled, run_rules
from shared.rules.facts import Facts
from shared.understanding.sentiment import trend


@dataclass(frozen=True)
class Moment:
    """What changes with every message: its words, what they were understood as, its number, the state it met."""

    text: str
    intent: Intent
    sentiment: Sentiment
    language: str
    turn: int
    state: str


def follow_rules(tenant: Tenant, session: Session, dialogue: Dialogue, moment: Moment, now: dt.datetime) -> Ruled:
    """Return what the rules decide, and why each fired or not."""
    config = tenant.config
    facts = facts_of(tenant, session, dialogue, moment, now)
    return run_rules(config.rules, config.rules_match, facts, dialogue.fired, facts.now.date())


def facts_of(tenant: Tenant, session: Session, dialogue: Dialogue, moment: Moment, now: dt.datetime) -> Facts:
    """Return what conditions may ask about."""
    hours = tenant.config.opening_hours
    return Facts(
        message=moment.text,
        now=hours.local(now),
        intent=moment.intent.name,
        confidence=moment.intent.confidence,
        sentiment=moment.sentiment.label,
        score=moment.sentiment.score,
        trend=trend(dialogue.moods),
        state=moment.state,
        owner=dialogue.owner,
        fields={name: value.value for name, value in dialogue.fields.items()},
        page_url=session.page.get("url", ""),
        page_title=session.page.get("title", ""),
        locale=session.locale,
        language=moment.language,
        channel=session.channel,
        open=hours.is_open(now),
        turn=moment.turn,
        metadata=session.metadata,
        tags=dialogue.tags,
        shown=tuple(dialogue.shown),
        clicked=dialogue.clicked,
        experiment=tenant.arms if tenant.experiments else None,
        crm=_crm(dialogue) if tenant.config.crm else None,
    )


def _crm(dialogue: Dialogue) -> dict[str, object]:
    """Return what conditions may ask of the visitor's records: crm.contact, crm.deal."""
    return {"contact": bool(dialogue.crm.contact_id), "deal": bool(dialogue.crm.deal_id)}
