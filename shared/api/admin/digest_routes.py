"""The digest over HTTP: as JSON, as the letter's HTML, or as its plain text."""

from typing import Annotated, Literal

from flask import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.api.admin.services import AdminServices
from shared.digest.compose import DigestOut
from shared.domain.business import Language
from shared.domain.digest import Week
from shared.domain.errors import FieldError, Invalid
from shared.web.call import Call, Reply
from shared.web.router import Route

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"


def _week(text: str) -> str:
    Week.parse(text)
    return text


class DigestQuery(BaseModel):
    """Which week, and in what form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    week: Annotated[str, AfterValidator(_week)] | None = Field(
        None, description="Such as 2026-W47, on the business's own clock; by default the last full one",
        json_schema_extra={"pattern": r"^20\d\d-W(0[1-9]|[1-4]\d|5[0-3])$"},
    )  # fmt: skip
    format: Literal["json", "html", "text"] = "json"
    language: Language | None = Field(None, description="By default the business's first one; English if we lack it")


def get_digest(admin: AdminServices, call: Call) -> Reply | Response:
    """Return the digest of a week; what waits is as of now."""
    query: DigestQuery = call.query
    record, now = admin.businesses.get(call.business_id), admin.clock.now()
    zone = record.config.opening_hours.time_zone
    week = Week.parse(query.week) if query.week else Week.last_full(now, zone)
    if week.span(zone).since > now:
        raise Invalid([FieldError(("week",), "week: has not begun")])
    digest = admin.digests.of(record, week, now, query.language)
    headers = {"Cache-Control": "no-store"}
    if query.format == "json":
        return Reply(digest, headers=headers)
    from shared.digest import letter  # a template engine

    if query.format == "text":
        return Response(letter.text(digest), headers=headers, content_type="text/plain; charset=utf-8")
    headers["Content-Security-Policy"] = _POLICY
    return Response(letter.html(digest), headers=headers, content_type="text/html; charset=utf-8")


ROUTES: tuple[Route[AdminServices], ...] = (
    Route("GET", "/v1/businesses/<business_id>/digest", get_digest, "A week in plain words, with one suggestion",
          "analytics", query=DigestQuery, result=DigestOut,
          media_types=("application/json", "text/html", "text/plain")),
)  # fmt: skip
