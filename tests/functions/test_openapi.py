"""The published OpenAPI documents are the truth: committed, complete, and held against the running functions."""

import contextlib
import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from local.openapi import DOCUMENTS, FOLDER
from shared.api.chat.models import ChatAnswer, SessionOut, WidgetConfig
from tests.conftest import ADMIN_KEY, OPEN_LIMITS

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
FUZZ = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_committed_documents_are_current(name):
    """docs/openapi is what the route tables generate; `python -m local.openapi` writes it."""
    assert json.loads((FOLDER / f"{name}.json").read_text()) == DOCUMENTS[name]()


def test_answers_have_the_documented_types(new_business, stand_in, http):
    """What chat really answers validates as what its document promises."""
    business = new_business(facts="A full service costs 95 pounds.")
    answer = business.chat.ask("What does a full service cost?")
    ChatAnswer.model_validate(answer, extra="forbid")
    url, query = business.chat.url, {"business_id": business.id, "session_id": business.chat.session_id}
    WidgetConfig.model_validate(http.get(f"{url}/config", params={"business_id": business.id}).json(), extra="forbid")
    token = {"Authorization": f"Bearer {answer['session_token']}"}
    SessionOut.model_validate(http.get(f"{url}/session", params=query, headers=token).json(), extra="forbid")


def _operations(name):
    schema = schemathesis.openapi.from_dict(DOCUMENTS[name]())
    operations: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    return [pytest.param(operation, id=operation.label) for operation in operations]


def _fuzz(operation, base_url, headers, **path_parameters):
    """Send what the document permits and what it does not; every answer must be a documented one."""

    def send(case):
        for name, value in path_parameters.items():
            if name in (case.path_parameters or {}):
                case.path_parameters[name] = value
        case.call_and_validate(base_url=base_url, checks=CHECKS, headers=headers, timeout=30)

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        with contextlib.suppress(Unsatisfiable):  # an operation without input cannot be sent wrong input
            FUZZ(given(operation.as_strategy(generation_mode=mode))(send))()


@pytest.mark.parametrize("operation", _operations("chat"))
def test_fuzzed_chat_keeps_its_promises(operation, platform):
    """Whatever is sent, the answer is a documented one: no crash, no undocumented status, no other shape."""
    _fuzz(operation, platform.chat_url, {})


@pytest.mark.parametrize("operation", _operations("admin"))
def test_fuzzed_admin_keeps_its_promises(operation, platform, fuzzed_business):
    """The same for the admin API, with a key that may do everything."""
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    _fuzz(operation, platform.admin_url, headers, business_id=fuzzed_business)


@pytest.fixture
def fuzzed_business(admin):
    """A business that the fuzzer may change and delete; it is brought back for each operation."""
    path = "/v1/businesses/fuzzed"
    if admin.call("GET", f"{path}?deleted=true", missing_ok=True) is None:
        admin.call("POST", "/v1/businesses", {"id": "fuzzed", "name": "Fuzzed", "limits": OPEN_LIMITS})
    elif admin.call("GET", path, missing_ok=True) is None:
        admin.call("POST", f"{path}/restore")
    return "fuzzed"
