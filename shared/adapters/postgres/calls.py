"""Phone calls in Postgres: admitted within the line's limits, followed while they last, read by their owner."""

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.database import Database, Row, Transaction
from shared.adapters.postgres.personal import CALLS, Sealing
from shared.domain.errors import NotFound
from shared.domain.text import clean, clean_json
from shared.domain.voice import CallLimits, CallOutcome, CallRecord, CallStatus, Refusal, Said

_SUMMARY = (
    "id, session_id, caller, number, mode, status, outcome, reason, started_at, answered_at, ended_at, seconds,"
    " summary, fields, latency, recording, sealed"
)
_PERSONAL = "caller, summary, fields, reason, next, sealed"
_RUNNING = "status IN ('ringing', 'live')"
# A call of which no end was ever told is taken as over after an hour: no longer one may last on the line itself.
_COUNTED = f"({_RUNNING} AND started_at > now() - interval '60 minutes')"
_USAGE = (
    f"SELECT count(*) FILTER (WHERE {_COUNTED}) AS running, count(*) FILTER (WHERE caller = ANY(%s::text[])"
    " AND outcome <> 'refused' AND started_at > now() - interval '1 hour') AS of_caller,"
    f" coalesce(sum(CASE WHEN {_RUNNING}"
    "  THEN least(extract(epoch FROM now() - started_at), %s) ELSE seconds END), 0)::float AS spent_s"
    " FROM calls WHERE business_id = %s AND started_at > now() - interval '24 hours'"
)
_FINAL = frozenset(get_args(CallStatus)) - {"ringing", "live"}
_NONCES = 50  # a call has one stream, a few more when it is resumed
_MAX_REASON = 300


class CallStore:
    """Calls of a business, by Twilio's CallSid.

    Args:
        sealing: how the caller's number and what was said are kept.
    """

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing

    def begin(
        self, business_id: str, call_id: str, *, session_id: str, caller: str, number: str, mode: str,
        limits: CallLimits,
    ) -> Refusal:  # fmt: skip
        """Keep a call that came in; say why the line does not take it, "" it does. The same call again: the same.

        Args:
            business_id: whose line.
            call_id: Twilio's CallSid.
            session_id: of the conversation.
            caller: the number that calls, "" withheld: such calls are not counted by caller.
            number: the line's.
            mode: `live` or `turns`.
            limits: calls at once, minutes in the last 24 hours, and calls of this number in the last hour.
        """
        with self._database.tenant(business_id) as tx:
            # One after another: each must see the calls that were taken before it.
            tx.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", f"calls:{business_id}")
            kept = tx.one(
                "SELECT outcome, reason, sealed FROM calls WHERE business_id = %s AND id = %s", business_id, call_id
            )
            if kept:
                reason: Refusal = self._sealing.opened(CALLS, business_id, kept)["reason"]
                return reason if kept["outcome"] == "refused" else ""
            refused = _refusal(tx, business_id, self._callers(business_id, clean(caller)), limits)
            told = self._sealing.written(CALLS, business_id, {"caller": clean(caller), "reason": refused})
            tx.run(
                "INSERT INTO calls (business_id, id, session_id, caller, number, mode, status, outcome, reason,"
                " sealed, ended_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, CASE WHEN %s THEN now() END)",
                business_id, call_id, session_id, told["caller"], number, mode, "completed" if refused else "ringing",
                "refused" if refused else "", told["reason"], told["sealed"], bool(refused),
            )  # fmt: skip
        return refused

    def answered(self, business_id: str, call_id: str) -> None:
        """Keep that a call is answered, once. For a call without a stream; `claim_stream` does so too."""
        with self._database.tenant(business_id) as tx:
            tx.run(
                "UPDATE calls SET status = 'live', answered_at = coalesce(answered_at, now())"
                " WHERE business_id = %s AND id = %s AND status = 'ringing'", business_id, call_id,
            )  # fmt: skip

    def claim_stream(self, business_id: str, call_id: str, nonce: str) -> bool:
        """Say whether the call, which goes on, may have the stream of this token: once for each nonce."""
        with self._database.tenant(business_id) as tx:
            row = tx.one(
                "UPDATE calls SET status = 'live', answered_at = coalesce(answered_at, now()),"
                " stream_claimed_at = now(), nonces = (array_append(nonces, %s))[greatest(1, cardinality(nonces)"
                f" + 2 - {_NONCES}):] WHERE business_id = %s AND id = %s AND {_RUNNING} AND NOT %s = ANY(nonces)"
                " RETURNING id",
                nonce, business_id, call_id, nonce,
            )  # fmt: skip
        return row is not None

    def plan_next(self, business_id: str, call_id: str, next: Mapping[str, Any]) -> None:  # noqa: A002 - the column's name
        """Keep what is to happen with the call when its stream has ended, instead of what was planned before."""
        plan = clean_json(dict(next))
        self._change(business_id, call_id, lambda told: {**told, "next": plan})

    def take_next(self, business_id: str, call_id: str) -> Mapping[str, Any] | None:
        """Return what was planned, to one caller only; None when nothing is."""
        before = self._change(business_id, call_id, lambda told: {**told, "next": None} if told["next"] else None)
        return before["next"] if before else None

    def add_lines(self, business_id: str, call_id: str, said: Sequence[Said]) -> None:
        """Append to the transcript."""
        if said:
            lines = [self._sealing.line(CALLS, business_id, clean_json(asdict(one))) for one in said]
            self._set(business_id, call_id, "transcript = transcript || %s::jsonb", json.dumps(lines))

    def transcript(self, business_id: str, call_id: str) -> tuple[Said, ...]:
        """Return what was said, in the order in which it was added; nothing of a call that is not there."""
        with self._database.tenant(business_id) as tx:
            row = tx.one("SELECT transcript FROM calls WHERE business_id = %s AND id = %s", business_id, call_id)
        return _said(self._sealing.opened(CALLS, business_id, row)["transcript"]) if row else ()

    def finish(
        self, business_id: str, call_id: str, *, outcome: CallOutcome | None = None, reason: str = "",
        summary: str | None = None, fields: Mapping[str, str] | None = None, latency: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Add what is known of a call; what is not given stays. `fields` and `latency` are merged by their keys."""
        known: dict[str, Any] = {} if summary is None else {"summary": clean(summary)}
        if reason:
            known["reason"] = clean(reason)[:_MAX_REASON]
        more = clean_json(dict(fields or {}))
        self._change(
            business_id, call_id, lambda told: {**told, **known, "fields": {**told["fields"], **more}},
            "outcome = coalesce(%s, outcome), latency = latency || %s::jsonb",
            outcome, json.dumps(clean_json(dict(latency or {}))),
        )  # fmt: skip

    def ended(self, business_id: str, call_id: str, status: str, seconds: int) -> bool:
        """Keep how a call ended, in Twilio's words: the first end stays, however often and late others come.

        Args:
            business_id: whose.
            call_id: Twilio's CallSid.
            status: Twilio's CallStatus. One that is not final changes nothing.
            seconds: its length, which may become known later and only grows.

        Returns:
            Whether it ended it: True once for each call that was taken.
        """
        if status not in _FINAL:
            return False
        with self._database.tenant(business_id) as tx:
            row = tx.one(
                "WITH before AS (SELECT id, status FROM calls WHERE business_id = %s AND id = %s FOR UPDATE)"
                " UPDATE calls SET seconds = greatest(seconds, %s), ended_at = coalesce(ended_at, now()),"
                " status = CASE WHEN before.status IN ('ringing', 'live') THEN %s ELSE before.status END"
                " FROM before WHERE calls.business_id = %s AND calls.id = before.id RETURNING before.status",
                business_id, call_id, seconds, status, business_id,
            )  # fmt: skip
        return row is not None and row["status"] not in _FINAL

    def set_recording(self, business_id: str, call_id: str, recording: str) -> None:
        """Keep where a call's recording is; "" it is deleted."""
        self._set(business_id, call_id, "recording = %s", recording)

    def list_of(
        self, business_id: str, limit: int, before: tuple[dt.datetime, str] | None = None, *,
        status: str | None = None, outcome: str | None = None, caller: str | None = None,
    ) -> list[CallRecord]:  # fmt: skip
        """Return up to `limit` calls without what was said, newest first.

        Args:
            business_id: whose.
            limit: at most so many.
            before: only calls that come after the one of this `started_at` and id in the list.
            status: only those of this status.
            outcome: only those of this outcome.
            caller: only those of this number.
        """
        callers = None if caller is None else self._callers(business_id, caller) or [""]
        wanted = {"status = %s": status, "outcome = %s": outcome, "caller = ANY(%s::text[])": callers}
        chosen = {condition: value for condition, value in wanted.items() if value is not None}
        where = "".join(f" AND {condition}" for condition in chosen)
        after = " AND (started_at, id) < (%s, %s)" if before else ""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run(
                f"SELECT {_SUMMARY} FROM calls WHERE business_id = %s{where}{after}"
                " ORDER BY started_at DESC, id DESC LIMIT %s",
                business_id, *chosen.values(), *(before or ()), limit,
            )  # fmt: skip
        return [CallRecord(**self._sealing.shown(CALLS, business_id, row)) for row in rows]

    def get(self, business_id: str, call_id: str) -> CallRecord:
        """Return one call with all that was said; NotFound, or Conflict `unreadable` when no key opens it."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row: Row | None = tx.one(
                f"SELECT {_SUMMARY}, transcript FROM calls WHERE business_id = %s AND id = %s", business_id, call_id
            )
        if row is None:
            raise NotFound("There is no such call.")
        row = self._sealing.opened(CALLS, business_id, row)
        return CallRecord(**{**row, "transcript": _said(row["transcript"])})

    def _callers(self, business_id: str, caller: str) -> list[str]:
        """Return all that may stand in a row for a number; nothing for one that is withheld."""
        return self._sealing.found_by(CALLS, "caller", business_id, caller) if caller else []

    def _change(
        self, business_id: str, call_id: str, change: Callable[[Row], Row | None], also: str = "", *values: object
    ) -> Row | None:
        """Change a call's personal values and return what they were; None: there is no such call, or no change."""
        with self._database.tenant(business_id) as tx:
            row = tx.one(
                f"SELECT {_PERSONAL} FROM calls WHERE business_id = %s AND id = %s FOR UPDATE", business_id, call_id
            )
            before = self._sealing.opened(CALLS, business_id, row) if row else None
            after = change(before) if before else None
            if after is None:
                return None
            told = self._sealing.written(CALLS, business_id, after)
            assigned = ", ".join(part for part in (CALLS.assigned(told), also) if part)
            tx.run(
                f"UPDATE calls SET {assigned} WHERE business_id = %s AND id = %s",
                *told.values(), *values, business_id, call_id,
            )  # fmt: skip
        return before

    def _set(self, business_id: str, call_id: str, change: str, *parameters: object) -> None:
        with self._database.tenant(business_id) as tx:
            tx.run(f"UPDATE calls SET {change} WHERE business_id = %s AND id = %s", *parameters, business_id, call_id)


def _refusal(tx: Transaction, business_id: str, callers: list[str], limits: CallLimits) -> Refusal:
    usage = tx.one(_USAGE, callers, limits.minutes_per_call * 60, business_id)
    assert usage is not None  # noqa: S101 - a count always has its row
    if usage["running"] >= limits.calls:
        return "busy"
    if usage["spent_s"] >= limits.minutes_per_day * 60:
        return "spent"
    return "caller" if usage["of_caller"] >= limits.calls_per_caller else ""


def _said(lines: list[dict[str, Any]]) -> tuple[Said, ...]:
    return tuple(Said(**line) for line in lines)
