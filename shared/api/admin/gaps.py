"""Questions that had no answer: grouped, read, answered by a pair in the knowledge, dismissed, opened again."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response

from shared.adapters.postgres.gaps import KeptGaps
from shared.api.admin.gap_models import AnswerIn, GapsQuery
from shared.api.admin.knowledge import described, start_build
from shared.api.admin.paging import encode, number_cursor
from shared.api.admin.services import AdminServices
from shared.domain.errors import Conflict, FieldError, Invalid, NotFound, PlatformError, StorageUnavailable
from shared.domain.folding import fold
from shared.domain.gaps import GapGroup, KeptGap, by_week
from shared.domain.spans import Span, SpanError
from shared.ingestion.sources import FaqPair, FaqSource, load_source
from shared.retrieval.grouping import chance_of, grouped
from shared.web.call import Call, Reply
from shared.web.spreadsheet import csv_response, wants_csv

SOURCE_ID = "src_answers"
SOURCE_NAME = "Answers to open questions"
MOST_ANSWERS = 1000
_SAMPLES = 5
_NO_STORE = {"Cache-Control": "no-store"}
_MASKED = re.compile(r"\[[a-z-]+\]")
_COLUMNS = (
    "id", "status", "question", "count", "sessions", "first_at", "last_at", "week", "week_before", "languages",
    "samples",
)  # fmt: skip


@dataclass(frozen=True)
class _Shown:
    """A group, and those of its questions that were asked for."""

    group: GapGroup
    gaps: tuple[KeptGap, ...]
    until: dt.datetime

    def rank(self) -> tuple[int, float, str]:
        return -len(self.gaps), -self.gaps[-1].at.timestamp(), self.group.id


def list_groups(admin: AdminServices, call: Call) -> Reply | Response:
    """List the groups, those asked most first."""
    query: GapsQuery = call.query
    kept = admin.gaps.read(call.business_id)
    shown = sorted(_wanted(admin, call, _grouped(admin, call.business_id, kept)), key=_Shown.rank)
    if wants_csv(call.request, query.format):
        response = csv_response(f"{call.business_id}-gaps.csv", _COLUMNS, map(_row, shown))
        response.headers.update(_NO_STORE)
        return response
    start = number_cursor(query.cursor) or 0
    end = start + query.limit
    body = {
        "items": [_group(one) for one in shown[start:end]],
        "next_cursor": encode(str(end)) if end < len(shown) else None,
        "groups": len(shown),
        "questions": sum(len(one.gaps) for one in shown),
        "more": kept.more,
        "unreadable": kept.unreadable,
    }
    return Reply(body, headers=_NO_STORE)


def get_group(admin: AdminServices, call: Call) -> Reply:
    """Return one group."""
    return Reply(_whole(admin, _found(admin, call)), headers=_NO_STORE)


def answer(admin: AdminServices, call: Call) -> Reply:
    """Put the answer into the business's source for them, and build when asked to."""
    body: AnswerIn = call.body
    group = _found(admin, call)
    pair = FaqPair(question=body.question or _own_words(group), answer=body.answer, url=body.url)
    actor = call.actor.actor(call.request_id)
    admin.sources.amend(
        call.business_id, SOURCE_ID, actor, kind="faq", name=SOURCE_NAME, amended=lambda spec: _with_pair(spec, pair)
    )
    admin.gaps.decide(
        call.business_id, actor, group.id, "answered", group.gaps, source_id=SOURCE_ID, question=pair.question
    )
    build_id, refused = _built(admin, call) if body.build else (None, "")
    shown = _whole(admin, _found(admin, call))
    return Reply({"group": shown, "source_id": SOURCE_ID, "build_id": build_id, "build_refused": refused})


def dismiss(admin: AdminServices, call: Call) -> Reply:
    """Keep that a group needs no answer; what means the same from now on needs none either."""
    group = _found(admin, call)
    admin.gaps.decide(call.business_id, call.actor.actor(call.request_id), group.id, "dismissed", group.gaps)
    return get_group(admin, call)


def reopen(admin: AdminServices, call: Call) -> Reply:
    """Forget what was decided on a group. A pair that answers it stays in its source."""
    group = _found(admin, call)
    if group.decision:
        admin.gaps.reopen(call.business_id, call.actor.actor(call.request_id), group.id)
    return get_group(admin, call)


def _grouped(admin: AdminServices, business_id: str, kept: KeptGaps) -> list[GapGroup]:
    return grouped(kept.gaps, kept.decisions, _chance(admin, business_id) if kept.gaps else {})


def _chance(admin: AdminServices, business_id: str) -> Mapping[str, float]:
    """Return what is near by chance in the space of the index in use; questions of others are compared carefully."""
    try:
        index = admin.knowledge.index(business_id, None, use_default=True)
    except StorageUnavailable:
        return {}
    return {str(index.space): chance_of(index.intents)} if index and index.intents else {}


def _found(admin: AdminServices, call: Call) -> GapGroup:
    """Return the group of this id, or the one that the question which gave it its id is in by now."""
    wanted = call.path["group_id"]
    groups = _grouped(admin, call.business_id, admin.gaps.read(call.business_id))
    for group in groups:
        if group.id == wanted:
            return group
    for group in groups:
        if any(gap.id == wanted for gap in group.gaps):
            return group
    raise NotFound("There is no such group of questions.")


def _wanted(admin: AdminServices, call: Call, groups: Sequence[GapGroup]) -> list[_Shown]:
    query: GapsQuery = call.query
    since, until = _times(admin, call)
    words = fold(query.q)
    found = []
    for group in groups:
        says = any(words in fold(gap.question) for gap in group.wordings)
        if not says or query.status not in (None, group.status):
            continue
        gaps = tuple(g for g in group.gaps if since <= g.at < until and query.channel in (None, g.channel))
        found += [_Shown(group, gaps, until)] if gaps else []
    return found


def _times(admin: AdminServices, call: Call) -> tuple[dt.datetime, dt.datetime]:
    """Return from when, up to when (not in it); Invalid for a time that cannot be."""
    query, now = call.query, admin.clock.now()
    if query.since is None and query.until is None:
        return dt.datetime.min.replace(tzinfo=dt.UTC), now + dt.timedelta(minutes=1)  # clocks of two machines differ
    zone = admin.businesses.get(call.business_id).config.opening_hours.time_zone
    try:
        span = Span.asked(query.since, query.until, zone, now)
    except SpanError as error:
        raise Invalid([FieldError((error.field,), f"{error.field}: {error}")]) from None
    return span.since, span.until


def _own_words(group: GapGroup) -> str:
    """Return the visitors' own question; Invalid when it is one that the owner has to word."""
    question = group.wordings[0].question
    if not question or _MASKED.search(question):
        raise Invalid([FieldError(("question",), "question: is needed: what visitors asked says something of them")])
    return question


def _with_pair(spec: Mapping[str, Any], pair: FaqPair) -> dict[str, Any]:
    """Return the source's description with the pair; one with the same question is replaced."""
    present = load_source("faq", SOURCE_NAME, dict(spec)) if spec else None
    pairs = present.pairs if isinstance(present, FaqSource) else ()
    others = tuple(one for one in pairs if fold(one.question) != fold(pair.question))
    if len(others) >= MOST_ANSWERS:
        raise Conflict(f"The source {SOURCE_ID} is full: move some of its answers to another one.", code="answers_full")
    return described(FaqSource(kind="faq", pairs=(*others, pair)))  # type: ignore[call-arg]


def _built(admin: AdminServices, call: Call) -> tuple[str | None, str]:
    """Start a build; return its id, or why there is none."""
    try:
        return start_build(admin, call).body["id"], ""
    except PlatformError as error:
        return None, error.detail


def _whole(admin: AdminServices, group: GapGroup) -> dict[str, Any]:
    return _group(_Shown(group, group.gaps, admin.clock.now()))


def _group(shown: _Shown) -> dict[str, Any]:
    group, gaps = shown.group, shown.gaps
    week, before = by_week(gaps, shown.until)
    return {
        "id": group.id,
        "status": group.status,
        "question": group.wordings[0].question,
        "count": len(gaps),
        "sessions": len({gap.session_id for gap in gaps}),
        "first_at": gaps[0].at.isoformat(),
        "last_at": gaps[-1].at.isoformat(),
        "languages": dict(Counter(gap.language for gap in gaps).most_common()),
        "trend": {"week": week, "week_before": before},
        "samples": [_sample(gap) for gap in group.wordings[:_SAMPLES]],
        "decision": _decision(group),
    }


def _sample(gap: KeptGap) -> dict[str, Any]:
    return {
        "question": gap.question,
        "at": gap.at.isoformat(),
        "language": gap.language,
        "channel": gap.channel,
        "session_id": gap.session_id,
        "message_id": gap.message_id,
    }


def _decision(group: GapGroup) -> dict[str, Any] | None:
    decision = group.decision
    if decision is None:
        return None
    return {
        "status": decision.status,
        "at": decision.decided_at.isoformat(),
        "source_id": decision.source_id,
        "question": decision.question,
        "live_since": decision.live_since.isoformat() if decision.live_since else None,
        "asked_again": group.again,
    }


def _row(shown: _Shown) -> list[str | int]:
    one = _group(shown)
    samples = " | ".join(sample["question"] for sample in one["samples"])
    languages = " ".join(name for name in one["languages"] if name)
    return [
        one["id"], one["status"], one["question"], one["count"], one["sessions"], one["first_at"], one["last_at"],
        one["trend"]["week"], one["trend"]["week_before"], languages, samples,
    ]  # fmt: skip
