"""Knowledge: sources, builds and their pages, and a look at what retrieval returns. Saving never scrapes."""

import json
from typing import Any

from pydantic import TypeAdapter
from werkzeug.exceptions import RequestEntityTooLarge

from shared.adapters.knowledge.layout import upload_name
from shared.api.admin.metering import count_spent
from shared.api.admin.models import SearchQuery
from shared.api.admin.paging import page, text_cursor
from shared.api.admin.services import AdminServices
from shared.domain.errors import Conflict, FieldError, Invalid, PlatformError, TooLarge
from shared.domain.ids import new_id
from shared.domain.knowledge import Asked
from shared.domain.prices import embedding_items, tokens_of
from shared.domain.records import BuildRecord, PageRecord, SourceRecord
from shared.domain.tenant import Tenant
from shared.ingestion.parse.registry import FAQ_FORMATS, format_of
from shared.ingestion.parse.unreadable import Unreadable
from shared.ingestion.sources import FileSource, Source, SourceIn, default_name
from shared.understanding.language import detect
from shared.web.bodies import drain, read_json, validated
from shared.web.call import Call, Reply

MAX_SOURCE_BODY = 1_000_000
MAX_UPLOAD = 20_000_000
MAX_SOURCES = 500
UPLOADS = (
    "PDF, DOCX, HTML, Markdown or text; a product catalogue or questions as CSV, TSV or JSON; a product feed as XML"
)
UPLOAD_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": UPLOADS},
        "name": {"type": "string", "maxLength": 200},
        "url": {"type": "string", "description": "Where visitors find the file; cited when given"},
        "content": {"type": "string", "enum": ["faq"], "description": "The file holds questions and answers"},
    },
}
_JSON_SOURCE: TypeAdapter[Any] = TypeAdapter(SourceIn)


def add_source(admin: AdminServices, call: Call) -> Reply:
    """Keep a source: described as JSON, or a file uploaded as multipart/form-data."""
    source_id = new_id("src")
    if call.request.mimetype == "multipart/form-data":
        source: Source = _uploaded(admin, call, source_id)
    else:
        source = read_json(call.request, _JSON_SOURCE, MAX_SOURCE_BODY)
    record = admin.sources.add(
        call.business_id,
        call.actor.actor(call.request_id),
        source_id=source_id,
        kind=source.kind,
        name=source.name or default_name(source),
        spec=described(source),
    )
    location = f"/v1/businesses/{call.business_id}/knowledge/sources/{source_id}"
    return Reply(_source(record), 201, {"Location": location})


def list_sources(admin: AdminServices, call: Call) -> Reply:
    """List the sources."""
    query = call.query
    records = admin.sources.list_of(call.business_id, query.limit + 1, text_cursor(query.cursor))
    return Reply(page(records, query.limit, lambda record: record.id, _source))


def get_source(admin: AdminServices, call: Call) -> Reply:
    """Return one source."""
    return Reply(_source(admin.sources.get(call.business_id, call.path["source_id"])))


def put_source(admin: AdminServices, call: Call) -> Reply:
    """Describe a source anew; its kind stays. The index changes with the next build."""
    source = read_json(call.request, _JSON_SOURCE, MAX_SOURCE_BODY)
    source_id = call.path["source_id"]
    kind = admin.sources.get(call.business_id, source_id).kind
    if kind == "file":
        raise Invalid([FieldError(("kind",), "kind: a file is not changed: remove it and upload the new one")])
    if source.kind != kind:
        raise Invalid([FieldError(("kind",), f"kind: this source is of kind '{kind}', which stays")])
    record = admin.sources.replace(
        call.business_id, source_id, call.actor.actor(call.request_id),
        kind=kind, name=source.name or default_name(source), spec=described(source),
    )  # fmt: skip
    return Reply(_source(record))


def described(source: Source) -> dict[str, Any]:
    """Return what is stored of a source beside its kind and name."""
    spec: dict[str, Any] = json.loads(source.model_dump_json(exclude={"kind", "name"}))
    return spec


def delete_source(admin: AdminServices, call: Call) -> Reply:
    """Remove a source and its upload; the index changes with the next build."""
    removed = admin.sources.remove(call.business_id, call.path["source_id"], call.actor.actor(call.request_id))
    if removed.kind == "file":
        admin.storage.delete(upload_name(call.business_id, removed.id))
    return Reply(status=204)


def start_build(admin: AdminServices, call: Call) -> Reply:
    """Start a build in its own process, or let it wait for its turn, and say where to follow it."""
    build_id = new_id("bld")
    try:
        record = admin.builds.start(call.business_id, build_id, call.actor.actor(call.request_id))
    except Conflict as error:
        error.location = _address(call, error.existing)
        raise
    try:
        admin.build_turns.start_own(call.business_id)
    except PlatformError as error:
        admin.builds.finish(call.business_id, build_id, status="failed", reason=error.detail)
        raise
    return Reply(_build(record), 202, {"Location": _address(call, build_id)})


def list_builds(admin: AdminServices, call: Call) -> Reply:
    """List the builds, newest first."""
    query = call.query
    records = admin.builds.list_of(call.business_id, query.limit + 1, text_cursor(query.cursor))
    return Reply(page(records, query.limit, lambda record: record.id, _build))


def get_build(admin: AdminServices, call: Call) -> Reply:
    """Return one build and how far it is."""
    return Reply(
        _build(admin.builds.get(call.business_id, call.path["build_id"])), headers={"Cache-Control": "no-store"}
    )


def list_pages(admin: AdminServices, call: Call) -> Reply:
    """List what became of each page of a build, with the reason."""
    query = call.query
    admin.builds.get(call.business_id, call.path["build_id"])
    url, _, source_id = text_cursor(query.cursor).rpartition(" ")
    records = admin.builds.pages(call.business_id, call.path["build_id"], query.limit + 1, (url, source_id))
    return Reply(page(records, query.limit, lambda record: f"{record.url} {record.source_id}", _page))


def cancel_build(admin: AdminServices, call: Call) -> Reply:
    """Cancel a build that waits, ask one that runs to stop; the index in use stays as it is."""
    actor = call.actor.actor(call.request_id)
    return Reply(_build(admin.builds.request_cancel(call.business_id, call.path["build_id"], actor)), 202)


def search(admin: AdminServices, call: Call) -> Reply:
    """Return what retrieval returns for a question, and how likely an answer is among it: visitors get none below 0.15.

    `near`: the best cosine in deviations above chance; `coverage`: the share of the question's words in one passage.
    """
    query: SearchQuery = call.query
    business = admin.businesses.get(call.business_id)
    index = admin.knowledge.index(call.business_id, None, use_default=business.config.knowledge.use_default_index)
    if index is None:
        return Reply({"build_id": None, "results": []})
    language = detect(query.q, business.config.languages)
    vectors = admin.model.embed_queries([query.q], index.space)
    tenant = Tenant.of(business.id, business.version, business.config, admin.defaults)
    count_spent(admin, call, tenant, embedding_items(tenant.embedding_model, tokens_of(len(query.q))))
    found = index.search(Asked([query.q], vectors, language, index.space), query.limit)
    results = [
        {**vars(passage.chunk), "score": round(passage.score, 4), "shared": passage.shared}
        for passage in found.passages
    ]
    evidence = {
        name: None if value is None else round(value, 3)
        for name, value in (("likelihood", found.likelihood), ("near", found.near), ("coverage", found.coverage))
    }
    return Reply({"build_id": index.manifest.build_id, **evidence, "results": results})


def _uploaded(admin: AdminServices, call: Call, source_id: str) -> FileSource:
    """Check an uploaded file, put it into the bucket and return its source."""
    call.request.max_content_length = MAX_UPLOAD + 10_000  # the form around the file
    try:
        upload = call.request.files.get("file")
    except RequestEntityTooLarge:
        drain(call.request)
        raise TooLarge(f"A file may have at most {MAX_UPLOAD // 1_000_000} MB.") from None
    if upload is None:
        raise Invalid([FieldError(("file",), "file: a file is required")])
    data = upload.stream.read()
    try:
        found = format_of(upload.filename or "", data)
    except Unreadable as error:
        raise Invalid([FieldError(("file",), f"file: {error}")]) from None
    form = call.request.form
    source = validated(
        lambda: FileSource(
            kind="file", name=form.get("name") or None, filename=upload.filename or "", format=found,  # type: ignore[arg-type]
            size=len(data), url=form.get("url") or None, content=form.get("content") or None,  # type: ignore[arg-type]
        )
    )  # fmt: skip
    if source.content == "faq" and found not in FAQ_FORMATS:
        raise Invalid([FieldError(("file",), f"file: questions and answers are read from {', '.join(FAQ_FORMATS)}")])
    admin.businesses.get(call.business_id)
    admin.storage.put(upload_name(call.business_id, source_id), data)
    return source


def _source(record: SourceRecord) -> dict[str, Any]:
    return {
        **vars(record),
        "created_at": record.created_at.isoformat(),
        "updated_at": record.updated_at.isoformat(),
    }


def _address(call: Call, build_id: str) -> str:
    return f"/v1/businesses/{call.business_id}/knowledge/builds/{build_id}" if build_id else ""


def _build(record: BuildRecord) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in vars(record).items()}


def _page(record: PageRecord) -> dict[str, Any]:
    return {**vars(record), "at": record.at.isoformat()}
