"""What of a conversation belongs into the business's CRM: the person, their deals, a note of what was said. Pure.

Entries hold the fields by our own ids, not the CRM's: where they go is decided when they are delivered, so that a
mapping that is put right later also puts right what is still waiting.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from shared.dialogue.handoff import summary
from shared.domain.business import BusinessConfig
from shared.domain.crm import CrmLink
from shared.domain.dialogue import Dialogue
from shared.domain.goals import Goal
from shared.domain.outbox import EntryKind, OutboxEntry
from shared.domain.session import Session

REACH = ("email", "phone")
# What a deal is for where a business pursues no goals.
ENQUIRY = "enquiry"
_HEX = 40


def identity_of(dialogue: Dialogue) -> str:
    """Return the address or number the visitor is known by in the CRM, as `email:...`; "" while there is none.

    The first one stays while it is theirs, so that a number given before an address does not make two people.
    """
    known = {f"{name}:{dialogue.fields[name].value}" for name in REACH if name in dialogue.fields}
    if dialogue.crm.identity in known:
        return dialogue.crm.identity
    return next((f"{name}:{dialogue.fields[name].value}" for name in REACH if name in dialogue.fields), "")


def leads(
    config: BusinessConfig, session: Session, dialogue: Dialogue, question: str, now: dt.datetime
) -> tuple[tuple[OutboxEntry, ...], CrmLink]:
    """Return what is to be handed over, and the link to keep once it is; nothing when all of it was before.

    Args:
        config: of the business; without a CRM in it nothing is handed over.
        session: before this turn.
        dialogue: after this message was heard.
        question: the message, for the note.
        now: aware.
    """
    identity = identity_of(dialogue)
    if config.crm is None or not config.crm.enabled or not identity:
        return (), dialogue.crm
    entries = tuple(_entries(config, session, dialogue, question, identity, now))
    sent = _digest(*(json.dumps(_told(entry), sort_keys=True) for entry in entries))
    if sent == dialogue.crm.sent:
        return (), dialogue.crm
    return entries, replace(dialogue.crm, identity=identity, sent=sent)


def entry(
    kind: EntryKind, session: Session, dialogue: Dialogue, identity: str, name: str, more: Mapping[str, Any]
) -> OutboxEntry:
    """Return one entry. `name` tells several of a kind in one session apart, `more` is its own part of the payload."""
    known = {field: value.value for field, value in dialogue.fields.items()}
    return OutboxEntry(
        key=_digest(session.business_id, session.session_id, dialogue.person, kind, identity, name),
        kind=kind,
        session_id=session.session_id,
        people=people_of(session, dialogue),
        payload={"identity": identity, "verified": bool(dialogue.person), "fields": known, **more},
    )


def people_of(session: Session, dialogue: Dialogue) -> tuple[str, ...]:
    """Return hashes of whom an entry is about: what shares one is delivered in order."""
    known = [f"{name}:{dialogue.fields[name].value}" for name in REACH if name in dialogue.fields]
    return tuple(_digest(session.business_id, mark) for mark in (f"session:{session.session_id}", *known))


def reached(goals: tuple[Goal, ...], dialogue: Dialogue) -> tuple[Goal, ...]:
    """Return the goals the conversation has got to, without those that ended because the visitor said no."""
    plan = dialogue.plan
    return tuple(
        goal
        for goal in goals
        if goal.id in plan.done and sum(plan.refused.get(name, 0) for name in goal.collect) < goal.max_refusals
    )


def deal_goals(config: BusinessConfig) -> tuple[str, ...]:
    """Return what makes a deal: the goals the business names for it, all of them, or any enquiry without goals."""
    if config.crm is None or config.crm.deal is None:
        return ()
    wanted = config.crm.deal.goals
    return tuple(goal.id for goal in config.goals if not wanted or goal.id in wanted) or ((ENQUIRY,) * (not wanted))


def _entries(
    config: BusinessConfig, session: Session, dialogue: Dialogue, question: str, identity: str, now: dt.datetime
) -> Iterator[OutboxEntry]:
    crm = config.crm
    assert crm is not None  # noqa: S101 - the caller's case
    yield entry("contact", session, dialogue, identity, "", {})
    page, done = session.page.get("url", ""), reached(config.goals, dialogue)
    for name in deal_goals(config):
        if name in dialogue.crm.deals or name in {goal.id for goal in done}:
            yield entry("deal", session, dialogue, identity, name, {"goal": name, "page": page})
    for goal in done:
        told = {"goal": goal.id, "page": page}
        for item in crm.objects:
            if not item.goals or goal.id in item.goals:
                yield entry("record", session, dialogue, identity, f"{item.id}:{goal.id}", {**told, "object": item.id})
        if crm.notes:
            reason = f"reached the goal '{goal.id}'"
            text = summary(config.name, session, dialogue, config.all_fields(), reason, question)
            yield entry("note", session, dialogue, identity, goal.id, {"text": text, "at": now.isoformat()})

    for message_id, quote in dialogue.crm.quotes.items():
        text = f"The visitor said to the assistant of {config.name}: “{quote}”"
        yield entry("note", session, dialogue, identity, f"quote:{message_id}", {"text": text, "at": now.isoformat()})


def _told(entry: OutboxEntry) -> dict[str, Any]:
    """Return what makes an entry another one: a note stays as it was first written, whatever is asked after it."""
    payload = entry.payload if entry.kind != "note" else {}
    return {"key": entry.key, **payload}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_HEX]
