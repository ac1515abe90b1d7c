"""A request of Twilio's about a call: read, proven to be Twilio's, and whose line it is about."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from flask import Request
from twilio.request_validator import SIGNATURE_HEADER, RequestValidator
from werkzeug.datastructures import MultiDict

from shared.api.voice.services import VoiceServices
from shared.domain.business import BUSINESS_ID
from shared.domain.errors import Forbidden, Malformed, NotFound
from shared.domain.phone import is_verified, language_of, session_of, shown_number
from shared.domain.tenant import Tenant
from shared.domain.voice import PhoneLine, VoiceConfig
from shared.engine.telephone import Caller
from shared.web.bodies import read_body
from shared.web.router import MAX_BODY

_CALL_ID = re.compile(r"[A-Za-z0-9]{2,64}")
_OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
MAX_SAID = 2000


@dataclass(frozen=True)
class Webhook:
    """One request. `query` is what we wrote into the address ourselves: Twilio signed it with the rest."""

    form: Mapping[str, str]
    query: Mapping[str, str]
    line: PhoneLine
    tenant: Tenant

    @property
    def phone(self) -> VoiceConfig:
        """The line's configuration; of a line without one, a line that is off."""
        return self.tenant.config.voice or VoiceConfig(number=self.line.number, enabled=False)

    @property
    def call_id(self) -> str:
        """Twilio's CallSid; of a whisper, that of the call it is about."""
        return self.query.get("call") or self.form["CallSid"]

    @property
    def caller(self) -> Caller:
        """Who calls, as far as this request tells."""
        number = shown_number(self.form.get("From", ""))
        told = is_verified(self.form.get("StirVerstat", ""), self.form.get("ForwardedFrom", ""))
        verified = bool(number) and (told or self.query.get("v") == "1")
        return Caller(self.call_id, number, session_of(self.call_id), verified)

    @property
    def language(self) -> str:
        """The language spoken on this line."""
        return language_of(self.tenant.config)

    @property
    def is_over(self) -> bool:
        """Whether the caller is gone already: nobody hears the answer."""
        return self.form.get("CallStatus", "") in _OVER

    @property
    def said(self) -> str:
        """What the caller said or typed, "" nothing."""
        words = self.form.get("SpeechResult", "").strip() or self.form.get("Digits", "").strip()
        return words[:MAX_SAID]

    def number_of(self, name: str) -> int:
        """Return a number of the query, 0 without one."""
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004 - ours are small


def received(services: VoiceServices, request: Request) -> Webhook | None:
    """Return the request; None when it is about nobody's number, or that of a business that is gone.

    Raises:
        Forbidden: it is not Twilio's.
        Malformed: it is about no call.
        DatabaseUnavailable: whose line it is cannot be told now.
    """
    form = _form(request)
    query = dict(parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True))
    line = _line(services, query, form)
    if line is None:
        return None
    if not is_signed(request, form, line.token, services.public_url):
        raise Forbidden("X-Twilio-Signature is missing or wrong.", code="wrong_signature")
    named = [form.get("CallSid", ""), *([query["call"]] if "call" in query else [])]
    if not all(map(_CALL_ID.fullmatch, named)):
        raise Malformed("CallSid is missing.")
    try:
        return Webhook(form.to_dict(), query, line, services.ports.tenants.get(line.business_id))
    except NotFound:
        return None


def is_signed(request: Request, form: "MultiDict[str, str]", token: str, public_url: str) -> bool:
    """Say whether Twilio signed this request to our public address with the token of the line."""
    given = request.headers.get(SIGNATURE_HEADER, "")
    # A signature is base64; comparing other characters would raise.
    if not given or not given.isascii():
        return False
    return bool(RequestValidator(token).validate(public_url + raw_target(request), form, given))


def raw_target(request: Request) -> str:
    """Return path and query as they came: decoded and encoded again, they might be written in another way."""
    sent: Any = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    if isinstance(sent, str) and sent:
        return sent if sent.startswith("/") else urlsplit(sent)._replace(scheme="", netloc="").geturl()
    query = request.query_string.decode("latin-1")
    return f"{quote(request.path)}?{query}" if query else quote(request.path)


def _form(request: Request) -> "MultiDict[str, str]":
    body = read_body(request, MAX_BODY).decode("utf-8", "replace")
    return MultiDict(parse_qsl(body, keep_blank_values=True))


def _line(services: VoiceServices, query: Mapping[str, str], form: Mapping[str, str]) -> PhoneLine | None:
    named = query.get("business")
    if named is not None:
        return services.lines.get(named) if re.fullmatch(BUSINESS_ID, named) else None
    business_id = services.lines.business_of(form.get("To") or form.get("Called", ""))
    return services.lines.get(business_id) if business_id else None
