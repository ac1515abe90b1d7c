"""What a person needs to take a conversation over: a summary ready to be mailed, the words, the fields. Pure."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from shared.domain.dialogue import Dialogue
from shared.domain.fields import FieldSpec
from shared.domain.session import Session

MAX_QUESTIONS = 5
MAX_QUESTION_CHARS = 300
MAX_SUBJECT_CHARS = 150
# E-mail programs and the systems that start them cut longer links.
MAX_MAILTO_CHARS = 1800
_BAD, _GOOD, _TURN = -0.25, 0.25, 0.2


def payload(  # noqa: PLR0917 - each is a part of what a person needs to see
    business_name: str,
    handoff_id: str,
    session: Session,
    dialogue: Dialogue,
    specs: Mapping[str, FieldSpec],
    reason: str,
    now: dt.datetime,
    email: str | None = None,
) -> dict[str, Any]:
    """Return a hand-off as JSON: what the webhook posts and the admin API shows.

    `mailto` holds what is known of the visitor: it is for the business, not for whoever happens to hold the session.
    """
    subject = _line(f"[{business_name}] {_who(dialogue)} asks for a person", MAX_SUBJECT_CHARS)
    path = f"/v1/businesses/{session.business_id}"
    where = f"Hand-off {handoff_id}: {path}/handoffs/{handoff_id}"
    body = f"{_body(business_name, session, dialogue, specs, reason)}\n\n{where}\n"
    return {
        "id": handoff_id,
        "business_id": session.business_id,
        "session_id": session.session_id,
        "reason": reason,
        "requested_at": now.isoformat(),
        "subject": subject,
        "body": body,
        "language": dialogue.language or session.locale,
        "page": dict(session.page),
        "person": dialogue.person,
        "fields": fields(dialogue, specs),
        "sentiment": {"scores": list(dialogue.moods), "trend": trend(dialogue.moods)},
        "transcript": transcript(session),
        "session_url": f"{path}/sessions/{quote(session.session_id, safe='')}",
        "mailto": mailto(email, subject, body) if email else None,
    }


def summary(
    business_name: str,
    session: Session,
    dialogue: Dialogue,
    specs: Mapping[str, FieldSpec],
    what: str,
    question: str,
) -> str:
    """Return a conversation in a few lines for the CRM. `question` is the message being answered now."""
    known = [f"{entry['label']}: {_line(entry['shown'])}" for entry in fields(dialogue, specs).values()]
    asked = [*(turn.question for turn in session.turns if turn.question), question][-MAX_QUESTIONS:]
    parts = [
        f"{_who(dialogue)} {what} in a conversation with the assistant of {business_name}.",
        "\n".join(("What is known:", *(f"- {line}" for line in known))) if known else "",
        "\n".join(("Last questions:", *(f"- {_line(text, MAX_QUESTION_CHARS)}" for text in asked))),
        f"Mood: {trend(dialogue.moods)}" if dialogue.moods else "",
    ]
    return "\n\n".join(part for part in parts if part)


def fields(dialogue: Dialogue, specs: Mapping[str, FieldSpec]) -> dict[str, dict[str, str]]:
    """Return what is known by field id, in the order of the specification, then what it does not name any more."""
    ordered = [*(name for name in specs if name in dialogue.fields), *(n for n in dialogue.fields if n not in specs)]
    return {
        name: {
            "label": specs[name].label if name in specs else name,
            "value": dialogue.fields[name].value,
            "shown": dialogue.fields[name].shown,
            "state": dialogue.fields[name].state,
        }
        for name in ordered
    }


def transcript(session: Session) -> list[dict[str, str]]:
    """Return who said what and when, oldest first; the greeting and apologies are left out."""
    return [
        {"role": role, "text": text, "at": turn.at}
        for turn in session.turns
        for role, text in (("user", turn.question), ("assistant", turn.answer))
        if text
    ]


def trend(moods: tuple[float, ...]) -> str:
    """Return how the visitor sounds and where that goes: "negative, getting worse"; "" when nothing was measured."""
    if not moods:
        return ""
    last = moods[-1]
    sounds = "negative" if last <= _BAD else "positive" if last >= _GOOD else "neutral"
    if len(moods) == 1:
        return sounds
    change = last - sum(moods[:-1]) / (len(moods) - 1)
    return sounds + (", getting worse" if change <= -_TURN else ", getting better" if change >= _TURN else ", steady")


def mailto(email: str, subject: str, body: str) -> str:
    """Return a link that opens an e-mail program with this e-mail; a body too long for a link is cut."""
    start = f"mailto:{quote(email, safe='@')}?subject={quote(subject, safe='')}&body="
    room, kept = MAX_MAILTO_CHARS - len(start), list[str]()
    for char in body.replace("\n", "\r\n"):  # by whole characters: a link that ends inside one is broken
        piece = char if char.isascii() and char.isalnum() else quote(char, safe="")
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return start + "".join(kept)


def _body(business_name: str, session: Session, dialogue: Dialogue, specs: Mapping[str, FieldSpec], reason: str) -> str:
    known = [f"{entry['label']}: {_line(entry['shown'])}" for entry in fields(dialogue, specs).values()]
    asked = [turn.question for turn in session.turns if turn.question][-MAX_QUESTIONS:]
    page = " - ".join(_line(session.page[name]) for name in ("title", "url") if session.page.get(name))
    about = (
        ("Reason", reason), ("Mood", trend(dialogue.moods)), ("Page", page),
        ("Language", dialogue.language or session.locale), ("Signed in as", dialogue.person),
    )  # fmt: skip
    parts = [
        f"{_who(dialogue)} asks for a person at {business_name}.",
        "\n".join(f"{label}: {_line(text)}" for label, text in about if text),
        "\n".join(("What is known:", *(f"- {line}" for line in known))) if known else "",
        "\n".join(("Last questions:", *(f"- {_line(text, MAX_QUESTION_CHARS)}" for text in asked))) if asked else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _who(dialogue: Dialogue) -> str:
    name = dialogue.fields.get("name")
    return _line(name.shown) if name else "A visitor"


def _line(text: str, limit: int = 200) -> str:
    """Return `text` on one line: what a visitor says must not become a line, or a header, of its own."""
    whole = " ".join(text.split())
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"
