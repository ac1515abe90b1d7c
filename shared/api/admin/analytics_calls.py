"""A call of analytics: its time on the business's clock, what was counted in it, and the answer as JSON or CSV."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response

from shared.adapters.postgres.analytics import Ranked
from shared.api.admin.services import AdminServices
from shared.domain.analytics import Cells, by_point
from shared.domain.business import BusinessConfig
from shared.domain.errors import FieldError, Invalid
from shared.domain.spans import Span, SpanError
from shared.web.call import Call, Reply
from shared.web.spreadsheet import Cell, csv_response, wants_csv

_NO_STORE = {"Cache-Control": "no-store"}
PREVIOUS = 1
"""The point of the period before; the one that was asked for is 0."""


@dataclass(frozen=True)
class Table:
    """What a call found: the fields of its JSON, and the same as a table."""

    body: Mapping[str, Any]
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


@dataclass(frozen=True)
class Asked:
    """A call with its time on the business's clock."""

    admin: AdminServices
    call: Call
    config: BusinessConfig
    span: Span

    @property
    def query(self) -> Any:  # noqa: ANN401 - the model of the route
        """The validated parameters."""
        return self.call.query

    def cells(self, *metrics: str) -> Cells:
        """Return what was counted in all of the time."""
        pieces = self.span.pieces()
        return Cells(self.admin.analytics.tallies(self.call.business_id, metrics, pieces, self.query.channel))

    def series(self, *metrics: str) -> list[tuple[str, Cells]]:
        """Return where each interval begins, and what was counted in it."""
        starts, pieces = self.span.starts(self.query.interval), self.span.pieces(self.query.interval)
        found = self.admin.analytics.tallies(self.call.business_id, metrics, pieces, self.query.channel)
        return list(zip(map(self.span.label, starts), by_point(found, len(starts)), strict=True))

    def ranked(self, *metrics: str, compared: bool = False) -> tuple[Ranked, Cells]:
        """Return the keys counted most, and what was counted of all keys in the time."""
        pieces = self.span.pieces() + (self.span.before().pieces(point=PREVIOUS) if compared else ())
        query = self.query
        found = self.admin.analytics.ranked(self.call.business_id, metrics, pieces, query.limit, query.channel)
        every = (one for tallies in (*found.keys.values(), found.other) for one in tallies if one.point == 0)
        return found, Cells(every)

    def range(self, span: Span) -> dict[str, Any]:
        """Return a time as it is shown."""
        since, until = span.label(span.since), span.label(span.until)
        return {"from": since, "to": until, "time_zone": span.zone.key, "channel": self.query.channel}


def handler(name: str, read: Callable[[Asked], Table]) -> Callable[[AdminServices, Call], Reply | Response]:
    """Return what answers a call of `name` with what `read` finds; Invalid for a time that cannot be shown."""

    def handle(admin: AdminServices, call: Call) -> Reply | Response:
        config, now = admin.businesses.get(call.business_id).config, admin.clock.now()
        try:
            span = Span.asked(call.query.since, call.query.until, config.opening_hours.time_zone, now)
            asked = Asked(admin, call, config, span)
            found = read(asked)
        except SpanError as error:
            raise Invalid([FieldError((error.field,), f"{error.field}: {error}")]) from None
        if wants_csv(call.request, call.query.format):
            file = f"{call.business_id}-{name}-{span.local(span.since):%Y-%m-%d}.csv"
            response = csv_response(file, found.columns, found.rows)
            response.headers.update(_NO_STORE)
            return response
        return Reply({"range": asked.range(span), "as_of": now.isoformat(), **found.body}, headers=_NO_STORE)

    handle.__doc__ = read.__doc__
    return handle
