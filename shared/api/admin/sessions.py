"""Conversations: listed, searched, read, exported, erased. Those kept in the database, joined with the running ones."""

import datetime as dt
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from shared.adapters.postgres.people import Position
from shared.api.admin.paging import encode, invalid_cursor, text_cursor
from shared.api.admin.services import AdminServices
from shared.api.admin.session_models import SessionsQuery
from shared.domain.business import BusinessConfig
from shared.domain.errors import NotFound, Unavailable
from shared.domain.history import Conversation, KeptTurn, Match, Wanted
from shared.domain.session import PastTurn, Session
from shared.web.call import Call, Reply

_NO_STORE = {"Cache-Control": "no-store"}
# Of the running ones that the database may not know: it was away when they began.
_RECENT = 100


def list_sessions(admin: AdminServices, call: Call) -> Reply:
    """List conversations, newest first, or those in which something was said."""
    query: SessionsQuery = call.query
    wanted = _wanted(query, admin.businesses.get(call.business_id).config)
    if query.q:
        return Reply(_searched(admin, call, wanted), headers=_NO_STORE)
    before = _before(query.cursor)
    kept = admin.past.history.list_of(call.business_id, query.limit + 1, wanted, before)
    more, kept = len(kept) > query.limit, kept[: query.limit]
    live = _live(admin, call.business_id, kept)
    items = [(one.started_at, _summary(one, live.pop(one.session_id, None))) for one in kept]
    oldest = kept[-1].started_at if more else None
    for session in live.values():
        began = _moment(session.created_at)
        fits = (oldest is None or began >= oldest) and (before is None or began < before[0])
        if fits and _is_wanted(session, wanted, began):
            items.append((began, _summary(None, session)))
    items.sort(key=lambda item: (item[0], item[1]["session_id"]), reverse=True)
    cursor = encode(f"{kept[-1].started_at.isoformat()} {kept[-1].session_id}") if more else None
    return Reply({"items": [item for _, item in items], "next_cursor": cursor}, headers=_NO_STORE)


def get_session(admin: AdminServices, call: Call) -> Reply:
    """Return one conversation: its words, why each turn went so, what is known from it, and its feedback."""
    return Reply(_whole(admin, call), headers=_NO_STORE)


def export_session(admin: AdminServices, call: Call) -> Reply:
    """Return one conversation as a file."""
    name = {"Content-Disposition": 'attachment; filename="conversation.json"'}
    return Reply(_whole(admin, call), headers={**_NO_STORE, **name})


def erase_session(admin: AdminServices, call: Call) -> Reply:
    """Erase everything kept of one conversation."""
    admin.businesses.get(call.business_id)
    admin.past.erasure.erase(call.business_id, (call.path["session_id"],))
    admin.audit.note(call.business_id, call.actor.actor(call.request_id), "session.erased")
    return Reply(status=204)


def _whole(admin: AdminServices, call: Call) -> dict[str, Any]:
    admin.businesses.get(call.business_id)
    session_id = call.path["session_id"]
    kept = (
        admin.past.history.some(call.business_id, (session_id,)).get(session_id) if session_id.isprintable() else None
    )
    try:
        session = admin.sessions.read(call.business_id, session_id)
    except Unavailable:
        if kept is None:
            raise
        session = None
    if kept is None and session is None:
        raise NotFound("There is no such session.")
    turns = admin.past.history.turns(call.business_id, session_id)
    dialogue = asdict(session.dialogue) if session else {}
    return {**_summary(kept, session), "dialogue": dialogue, "messages": _messages(turns, session)}


def _searched(admin: AdminServices, call: Call, wanted: Wanted) -> dict[str, Any]:
    query: SessionsQuery = call.query
    found = admin.past.history.search(call.business_id, query.q, wanted, query.limit, _position(query.cursor))
    by_session: dict[str, list[Match]] = {}
    for match in found.matches:
        by_session.setdefault(match.session_id, []).append(match)
    kept = admin.past.history.some(call.business_id, list(by_session))
    items = [
        {**_summary(kept[name], None), "matches": [_match(one) for one in matches]}
        for name, matches in by_session.items() if name in kept
    ]  # fmt: skip
    return {
        "items": items,
        "next_cursor": encode(" ".join(found.next)) if found.next else None,
        "searched_until": found.searched_until.isoformat() if found.searched_until else None,
    }


def _live(admin: AdminServices, business_id: str, kept: list[Conversation]) -> dict[str, Session]:
    """Return running conversations by their ids: those of `kept`, and recent ones the database does not know."""
    try:
        recent = {one.session_id: one for one in admin.sessions.recent(business_id, _RECENT)}
        recent |= {one.session_id: one for one in admin.sessions.some(business_id, [item.session_id for item in kept])}
    except Unavailable:
        return {}  # what is kept can be read without them
    others = [name for name in recent if name not in {one.session_id for one in kept}]
    known = admin.past.history.some(business_id, others) if others else {}
    return {name: session for name, session in recent.items() if name not in known}


def _is_wanted(session: Session, wanted: Wanted, began: dt.datetime) -> bool:
    dialogue = session.dialogue
    return (
        (wanted.since is None or began >= wanted.since)
        and (wanted.until is None or began < wanted.until)
        and wanted.channel in ("", session.channel)
        and wanted.language in ("", dialogue.language)
        and wanted.state in ("", dialogue.state)
        and (not wanted.tag or wanted.tag in dialogue.tags)
        and len(session.turns) >= wanted.min_turns
        and not (wanted.reached or wanted.experiment)
    )


def _summary(kept: Conversation | None, session: Session | None) -> dict[str, Any]:
    """Return a conversation in a list: what is kept of it, and what is newer while it runs."""
    shown: dict[str, Any] = {
        "owner": "bot", "metadata": {}, "page": "", "ending": "", "mood": 0.0, "reached": [], "arms": {},
        "cost_usd": 0.0, "live": session is not None,
    }  # fmt: skip
    if kept:
        names = ("session_id", "channel", "state", "language", "page", "ending", "mood", "turns")
        shown |= {name: getattr(kept, name) for name in names}
        shown |= {"tags": list(kept.tags), "reached": list(kept.reached), "arms": dict(kept.arms)}
        shown |= {"created_at": kept.started_at.isoformat(), "last_at": kept.last_at.isoformat()}
        shown["cost_usd"] = kept.micros / 1_000_000
    if session:
        dialogue = session.dialogue
        shown |= {
            "session_id": session.session_id,
            "created_at": session.created_at,
            "last_at": session.turns[-1].at if session.turns else session.created_at,
            "turns": max(len(session.turns), kept.turns if kept else 0),
            "channel": session.channel, "state": dialogue.state, "owner": dialogue.owner,
            "language": dialogue.language, "tags": list(dialogue.tags), "metadata": session.metadata,
        }  # fmt: skip
    return shown


def _messages(kept: list[KeptTurn], session: Session | None) -> list[dict[str, Any]]:
    """Return every exchange in its order; the running conversation's own words come before those that were kept."""
    shown = {turn.message_id: _kept(turn) for turn in kept}
    for turn in session.turns if session else ():
        before = shown.get(turn.message_id, {"decisions": {}, "feedback": None})
        shown[turn.message_id] = {**before, **_running(turn)}
    return sorted(shown.values(), key=lambda message: _moment(message["at"]))


def _kept(turn: KeptTurn) -> dict[str, Any]:
    return {
        "message_id": turn.message_id, "at": turn.at.isoformat(), "visitor": turn.question, "assistant": turn.answer,
        "html": turn.html, "ending": turn.ending, "facts": {}, "decisions": dict(turn.decisions),
        "feedback": dict(turn.feedback) if turn.feedback else None, "readable": turn.readable,
    }  # fmt: skip


def _running(turn: PastTurn) -> dict[str, Any]:
    return {
        "message_id": turn.message_id, "at": turn.at, "visitor": turn.question, "assistant": turn.answer,
        "html": turn.html, "ending": turn.ending, "facts": dict(turn.facts), "readable": True,
    }  # fmt: skip


def _match(found: Match) -> dict[str, Any]:
    return {"message_id": found.message_id, "at": found.at.isoformat(), "excerpt": found.excerpt}


def _wanted(query: SessionsQuery, config: BusinessConfig) -> Wanted:
    zone = ZoneInfo(config.opening_hours.time_zone)
    same = ("channel", "language", "state", "reached", "tag", "min_turns", "experiment", "arm")
    return Wanted(
        since=_beginning(query.since, zone), until=_beginning(query.until, zone),
        **{name: getattr(query, name) for name in same},
    )  # fmt: skip


def _beginning(given: dt.datetime | dt.date | None, zone: ZoneInfo) -> dt.datetime | None:
    if given is None or isinstance(given, dt.datetime):
        return given
    return dt.datetime.combine(given, dt.time(), zone)


def _before(cursor: str) -> tuple[dt.datetime, str] | None:
    moment, _, session_id = text_cursor(cursor).partition(" ")
    return (_cursor_moment(moment), session_id) if moment else None


def _position(cursor: str) -> Position | None:
    if not cursor:
        return None
    moment, _, rest = text_cursor(cursor).partition(" ")
    message_id, _, session_id = rest.partition(" ")
    return _cursor_moment(moment).isoformat(), message_id, session_id


def _cursor_moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise invalid_cursor() from None


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
