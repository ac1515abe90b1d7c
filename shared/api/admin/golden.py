"""Golden questions: kept, given out, and asked of the index that serves."""

from dataclasses import asdict
from typing import Any

from flask import Response
from pydantic import TypeAdapter

from shared.api.admin import golden_csv
from shared.api.admin.golden_models import GoldenQuery, RunIn
from shared.api.admin.services import AdminServices
from shared.domain.errors import FieldError, Invalid
from shared.domain.golden import GoldenQuestion, GoldenSet, same_page, spread, stored
from shared.retrieval.judgement import Judged, embedded, figures, judge
from shared.web.bodies import read_body, read_json
from shared.web.call import Call, Reply
from shared.web.spreadsheet import MEDIA_TYPE, csv_response, wants_csv

MAX_BODY = 4_000_000
_SET: TypeAdapter[GoldenSet] = TypeAdapter(GoldenSet)
_NO_STORE = {"Cache-Control": "no-store"}


def get_all(admin: AdminServices, call: Call) -> Reply | Response:
    """Return all questions in the form in which they can be put back."""
    query: GoldenQuery = call.query
    questions = admin.golden.list_of(call.business_id)
    if wants_csv(call.request, query.format):
        return csv_response("golden.csv", golden_csv.COLUMNS, golden_csv.as_rows(questions))
    return _all(questions)


def put_all(admin: AdminServices, call: Call) -> Reply:
    """Replace all questions by those of a JSON document or a CSV file."""
    if call.request.mimetype == MEDIA_TYPE:
        given = golden_csv.parse(read_body(call.request, MAX_BODY))
    else:
        given = read_json(call.request, _SET, MAX_BODY)
    admin.golden.replace(call.business_id, given.questions, call.actor.actor(call.request_id))
    return _all(admin.golden.list_of(call.business_id))


def add(admin: AdminServices, call: Call) -> Reply:
    """Keep one more question."""
    question: GoldenQuestion = call.body
    admin.golden.add(call.business_id, question, call.actor.actor(call.request_id))
    location = f"/v1/businesses/{call.business_id}/knowledge/golden/{question.id}"
    return Reply(question, 201, {"Location": location})


def remove(admin: AdminServices, call: Call) -> Reply:
    """Forget a question."""
    admin.golden.remove(call.business_id, call.path["question_id"], call.actor.actor(call.request_id))
    return Reply(status=204)


def run(admin: AdminServices, call: Call) -> Reply:
    """Ask the index that serves the questions and say what it finds for each."""
    body: RunIn = call.body
    every = admin.golden.list_of(call.business_id)
    questions = _chosen(every, body)
    # As storage has it: an instance of this function is told of no new build.
    index = admin.knowledge.index(call.business_id, admin.publisher.current(call.business_id), use_default=False)
    results: list[Judged] = []
    if index and questions:
        results = judge(
            questions, embedded(questions, lambda texts: admin.model.embed_queries(texts, index.space)), index.search
        )
    shown = {
        "build_id": index.manifest.build_id if index else None,
        "asked": len(results),
        "questions": len(every),
        "figures": asdict(figures(results)),
        "results": [_judged(one) for one in results],
    }
    return Reply(shown, headers=_NO_STORE)


def _chosen(every: list[GoldenQuestion], body: RunIn) -> tuple[GoldenQuestion, ...]:
    if not body.ids:
        return spread(every, body.limit)
    known = {one.id: one for one in every}
    if missing := [name for name in body.ids if name not in known]:
        raise Invalid([FieldError(("ids",), f"ids: there is no golden question '{missing[0]}'")])
    return tuple(known[name] for name in dict.fromkeys(body.ids))


def _all(questions: list[GoldenQuestion]) -> Reply:
    return Reply({"format": 1, "questions": [stored(one) for one in questions]}, headers=_NO_STORE)


def _judged(one: Judged) -> dict[str, Any]:
    question = one.question
    return {
        "id": question.id,
        "question": question.question,
        "answerable": question.answerable,
        "passed": one.passed,
        "rank": one.rank,
        "refused": one.refused,
        "likelihood": one.likelihood if one.likelihood is None else round(one.likelihood, 4),
        "found": list(one.found),
        "missing_pages": [page for page in question.pages if not any(same_page(page, url) for url in one.found)],
        "missing_facts": list(one.missing),
    }
