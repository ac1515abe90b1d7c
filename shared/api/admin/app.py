"""The admin function's routes."""

from typing import Any

from flask import Request, Response

from shared.api.admin import (
    analytics_routes,
    audit,
    businesses,
    crm,
    crm_models,
    dialogue_models,
    digest_routes,
    experiment_routes,
    gap_routes,
    golden_routes,
    handoff_models,
    handoffs,
    inspection,
    keys,
    knowledge,
    models,
    privacy_routes,
    rules,
    session_routes,
    usage_routes,
    voice,
    voice_models,
)
from shared.api.admin.services import AdminServices
from shared.api.conversations import SessionMessage
from shared.api.health import Health, get_health
from shared.domain.business import BusinessConfig
from shared.ingestion.sources import SourceIn
from shared.web.call import Call, Reply
from shared.web.router import Authenticate, Route, Router


def get_openapi(_admin: AdminServices, _call: Call) -> Reply:
    """Return this API's OpenAPI document."""
    return Reply(document())


def get_docs(_admin: AdminServices, _call: Call) -> Response:
    """Return this API's documentation for people."""
    from shared.web.docs_page import render

    response = Response(render(document()), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
    return response


def document() -> dict[str, Any]:
    """Return this API's OpenAPI document."""
    from shared.web.openapi import describe

    return describe("Admin", "Businesses, their knowledge and their keys.", ROUTES)


_ONE = "/v1/businesses/<business_id>"
_SOURCES = f"{_ONE}/knowledge/sources"
_BUILDS = f"{_ONE}/knowledge/builds"
_HANDOFF = f"{_ONE}/handoffs/<handoff_id>"
_CRM = f"{_ONE}/crm"
_VOICE = f"{_ONE}/voice"
_CALLS = f"{_ONE}/calls"
_PageOf = models.Page

ROUTES: tuple[Route[AdminServices], ...] = (
    Route("GET", "/v1/businesses", businesses.list_all, "List businesses",
          "read", query=models.BusinessesQuery, result=_PageOf[models.BusinessSummary]),
    Route("POST", "/v1/businesses", businesses.create, "Create a business",
          "write", platform=True, body=models.BusinessIn, result=models.BusinessOut, status=201,
          max_body=1_000_000, errors=(409,)),
    Route("GET", _ONE, businesses.get, "Get a business",
          "read", query=models.GetBusinessQuery, result=models.BusinessOut),
    Route("PUT", _ONE, businesses.put, "Replace the configuration",
          "write", body=BusinessConfig, result=models.BusinessOut, max_body=1_000_000, errors=(412,)),
    Route("PATCH", _ONE, businesses.patch, "Change parts of the configuration",
          "write", body=models.BusinessPatch, result=models.BusinessOut, max_body=1_000_000, errors=(412,)),
    Route("DELETE", _ONE, businesses.delete, "Delete a business, or purge a deleted one",
          "write", query=models.DeleteQuery, status=204, errors=(409, 412)),
    Route("POST", f"{_ONE}/restore", businesses.restore, "Restore a deleted business",
          "write", result=models.BusinessOut),
    Route("GET", f"{_ONE}/versions", businesses.versions, "List saved configurations",
          "read", query=models.PageQuery, result=_PageOf[models.VersionOut]),
    Route("POST", f"{_ONE}/rollback", businesses.rollback, "Go back to a saved configuration",
          "write", body=models.RollbackIn, result=models.BusinessOut, errors=(412,)),
    Route("GET", f"{_ONE}/audit", audit.of_business, "List the changes of a business",
          "read", query=models.PageQuery, result=_PageOf[models.AuditOut]),
    Route("POST", f"{_ONE}/api-keys", keys.create, "Make a key of a business; it is shown once",
          "write", body=models.ApiKeyIn, result=models.ApiKeyCreated, status=201),
    Route("GET", f"{_ONE}/api-keys", keys.list_all, "List the keys of a business",
          "read", query=models.PageQuery, result=_PageOf[models.ApiKeyOut]),
    Route("DELETE", f"{_ONE}/api-keys/<key_id>", keys.revoke, "Revoke a key of a business", "write", status=204),
    Route("POST", "/v1/api-keys", keys.create, "Make a platform key; it is shown once",
          "write", platform=True, body=models.ApiKeyIn, result=models.ApiKeyCreated, status=201),
    Route("GET", "/v1/api-keys", keys.list_all, "List the platform keys",
          "read", platform=True, query=models.PageQuery, result=_PageOf[models.ApiKeyOut]),
    Route("DELETE", "/v1/api-keys/<key_id>", keys.revoke, "Revoke a platform key", "write", platform=True, status=204),
    Route("POST", _SOURCES, knowledge.add_source, "Add a source: JSON, or a file as multipart/form-data",
          "write", result=models.SourceOut, status=201, form=knowledge.UPLOAD_FORM, json_form=SourceIn),
    Route("GET", _SOURCES, knowledge.list_sources, "List the sources",
          "read", query=models.PageQuery, result=_PageOf[models.SourceOut]),
    Route("GET", f"{_SOURCES}/<source_id>", knowledge.get_source, "Get a source", "read", result=models.SourceOut),
    Route("PUT", f"{_SOURCES}/<source_id>", knowledge.put_source, "Describe a source anew; its kind stays",
          "write", result=models.SourceOut, json_form=SourceIn, max_body=knowledge.MAX_SOURCE_BODY),
    Route("DELETE", f"{_SOURCES}/<source_id>", knowledge.delete_source, "Remove a source", "write", status=204),
    Route("POST", _BUILDS, knowledge.start_build, "Start a build",
          "write", result=models.BuildOut, status=202, errors=(409,)),
    Route("GET", _BUILDS, knowledge.list_builds, "List the builds",
          "read", query=models.PageQuery, result=_PageOf[models.BuildOut]),
    Route("GET", f"{_BUILDS}/<build_id>", knowledge.get_build, "Follow a build", "read", result=models.BuildOut),
    Route("GET", f"{_BUILDS}/<build_id>/pages", knowledge.list_pages, "What became of each page",
          "read", query=models.PageQuery, result=_PageOf[models.PageOut]),
    Route("POST", f"{_BUILDS}/<build_id>/cancel", knowledge.cancel_build, "Cancel a build",
          "write", result=models.BuildOut, status=202),
    Route("GET", f"{_ONE}/knowledge/search", knowledge.search, "What retrieval returns",
          "read", query=models.SearchQuery, result=models.SearchOut),
    Route("POST", f"{_ONE}/inspect", inspection.inspect_message, "Explain what the assistant makes of a message",
          "read", body=dialogue_models.InspectIn, result=dialogue_models.InspectOut),
    Route("GET", f"{_ONE}/rules", rules.get_rules, "List the rules", "read", result=dialogue_models.RulesOut),
    Route("PUT", f"{_ONE}/rules", rules.put_rules, "Replace the rules",
          "write", body=dialogue_models.RulesIn, result=dialogue_models.RulesOut, max_body=1_000_000, errors=(412,)),
    Route("POST", f"{_ONE}/rules/test", rules.try_rules, "Try rules on facts and on past conversations",
          "read", body=dialogue_models.TryIn, result=dialogue_models.TryOut, max_body=1_000_000),
    *golden_routes.ROUTES,
    *gap_routes.ROUTES,
    *session_routes.ROUTES,
    *experiment_routes.ROUTES,
    *analytics_routes.ROUTES,
    *usage_routes.ROUTES,
    *digest_routes.ROUTES,
    *privacy_routes.ROUTES,
    Route("GET", f"{_ONE}/identity", handoffs.get_identity, "Secrets for signed user ids and signed webhooks",
          "write", result=handoff_models.IdentityOut),
    Route("GET", f"{_ONE}/handoffs", handoffs.list_all, "List the calls for a person",
          "read", query=handoff_models.HandoffsQuery, result=_PageOf[handoff_models.HandoffOut]),
    Route("GET", _HANDOFF, handoffs.get, "Get a hand-off", "read", result=handoff_models.HandoffOut),
    Route("POST", f"{_HANDOFF}/claim", handoffs.claim, "Take the conversation over from the assistant",
          "write", result=handoff_models.HandoffOut, errors=(409,)),
    Route("POST", f"{_HANDOFF}/close", handoffs.close, "End a hand-off; the assistant answers again",
          "write", result=handoff_models.HandoffOut, errors=(409,)),
    Route("POST", f"{_HANDOFF}/deliver", handoffs.deliver, "Post the hand-off to the webhook again",
          "write", result=handoff_models.HandoffOut, errors=(409,)),
    Route("POST", f"{_HANDOFF}/messages", handoffs.post_message, "Answer the visitor as a person",
          "write", body=handoff_models.PersonMessageIn, result=SessionMessage, status=201, errors=(409,)),
    Route("GET", f"{_ONE}/visitors", handoffs.get_visitor, "What is remembered of a verified visitor",
          "read", query=handoff_models.VisitorQuery, result=handoff_models.VisitorOut),
    Route("DELETE", f"{_ONE}/visitors", handoffs.erase_visitor, "Forget a verified visitor",
          "write", query=handoff_models.VisitorQuery, status=204),
    Route("GET", _CRM, crm.get_crm, "Get the CRM connection and how its outbox stands",
          "read", result=crm_models.CrmOut),
    Route("PUT", _CRM, crm.put_crm, "Connect a CRM; checked against the CRM before it is kept",
          "write", query=crm_models.PutCrmQuery, body=crm_models.CrmIn, result=crm_models.CrmOut, errors=(409, 412)),
    Route("DELETE", _CRM, crm.delete_crm, "Disconnect the CRM and remove its credentials",
          "write", status=204, errors=(412,)),
    Route("GET", f"{_CRM}/connectors", crm.connectors, "List the connectors and what they need",
          "read", result=crm_models.ConnectorsOut),
    Route("POST", f"{_CRM}/test", crm.test_crm, "Say what works, and what permission is missing",
          "write", result=crm_models.TestOut, errors=(409,)),
    Route("GET", f"{_CRM}/fields", crm.get_fields, "List the properties the CRM has",
          "read", query=crm_models.FieldsQuery, result=crm_models.FieldsOut, errors=(409,)),
    Route("POST", f"{_CRM}/preview", crm.preview, "Show what a visitor's contact would be sent as",
          "write", body=crm_models.PreviewIn, result=crm_models.PreviewOut, errors=(409,)),
    Route("POST", f"{_CRM}/import-openapi", crm.import_openapi, "Draft settings of the connector `http` from OpenAPI",
          "read", body=crm_models.OpenApiIn, result=crm_models.SuggestionOut, max_body=1_000_000),
    Route("GET", f"{_CRM}/outbox", crm.list_outbox, "List what was handed over to the CRM",
          "read", query=crm_models.OutboxQuery, result=_PageOf[crm_models.EntryOut]),
    Route("POST", f"{_CRM}/outbox/retry", crm.retry_all, "Try everything that is parked again",
          "write", result=crm_models.RetriedOut),
    Route("GET", f"{_CRM}/outbox/<entry_id>", crm.get_entry, "Get one entry of the outbox",
          "read", result=crm_models.EntryOut),
    Route("POST", f"{_CRM}/outbox/<entry_id>/retry", crm.retry_entry, "Try one entry again now",
          "write", result=crm_models.RetriedOut, errors=(409,)),
    Route("DELETE", f"{_CRM}/outbox/<entry_id>", crm.cancel_entry, "Give an entry up",
          "write", result=crm_models.EntryOut, errors=(409,)),
    Route("GET", _VOICE, voice.get_voice, "Get the phone line and what to set at Twilio",
          "read", result=voice_models.VoiceOut),
    Route("PUT", _VOICE, voice.put_voice, "Set the phone line up; it is not called until Twilio knows our addresses",
          "write", body=voice_models.VoiceIn, result=voice_models.VoiceOut, errors=(409, 412)),
    Route("DELETE", _VOICE, voice.delete_voice, "Give the phone line up and remove its credentials",
          "write", status=204, errors=(412,)),
    Route("POST", f"{_VOICE}/test", voice.test_voice, "Say what works at Twilio, and what does not",
          "write", result=voice_models.VoiceTestOut, errors=(409,)),
    Route("POST", f"{_VOICE}/configure", voice.configure_voice, "Tell Twilio our addresses for the number",
          "write", query=voice_models.ConfigureQuery, result=voice_models.ConfiguredOut, errors=(409,)),
    Route("GET", _CALLS, voice.list_calls, "List the calls",
          "read", query=voice_models.CallsQuery, result=_PageOf[voice_models.CallOut]),
    Route("GET", f"{_CALLS}/<call_id>", voice.get_call, "Get a call and what was said",
          "read", result=voice_models.CallDetail),
    Route("GET", "/v1/audit", audit.of_platform, "List every change",
          "read", platform=True, query=models.PageQuery, result=_PageOf[models.AuditOut]),
    Route("GET", "/health", get_health, "Dependencies and their latency", result=Health, errors=(503,)),
    Route("GET", "/openapi.json", get_openapi, "This document"),
    Route("GET", "/docs", get_docs, "This document for people", media_types=("text/html",)),
)  # fmt: skip


class AdminApp:
    """Answers the admin function's requests."""

    def __init__(self, services: AdminServices, trusted_proxies: int, authenticate: Authenticate) -> None:
        self._router = Router(ROUTES, services, trusted_proxies, authenticate)

    def handle(self, request: Request) -> Response:
        """Return the response for any request; never raises."""
        return self._router.dispatch(request)
