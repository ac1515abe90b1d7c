"""What the widget needs before anybody speaks: its script and the business's public configuration."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Response

from shared.api.chat.services import WIDGET, ChatServices
from shared.domain.tenant import Tenant
from shared.engine.stages.choose_ctas import roots
from shared.engine.stages.present import present_cta
from shared.formatting.web import paragraph, plain_text
from shared.web.call import Call

_YEAR = "public, max-age=31536000, immutable"
_MINUTES = "public, max-age=300"


@dataclass(frozen=True)
class _Script:
    body: bytes
    version: str


@cache
def _script() -> _Script:
    body = WIDGET.read_bytes()
    return _Script(body, hashlib.sha256(body).hexdigest()[:16])


def get_script(_services: ChatServices, call: Call) -> Response:
    """Serve the widget. With `?v=` its current version it never changes and may be kept for ever."""
    script = _script()
    response = Response(script.body, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = _YEAR if call.request.args.get("v") == script.version else _MINUTES
    response.headers["Access-Control-Allow-Origin"] = "*"  # for integrity attributes; it is the same for everybody
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(script.version)
    response.make_conditional(call.request)
    return response


def get_config(services: ChatServices, call: Call) -> Response:
    """Return the public configuration; nothing of the prompt, the rules or the limits is in it."""
    tenant = services.ports.tenants.get(call.query.business_id)
    body = json.dumps(public_config(tenant), ensure_ascii=False, separators=(",", ":")).encode()
    response = Response(body, content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=60"
    response.set_etag(hashlib.sha256(body).hexdigest()[:16])
    response.make_conditional(call.request)
    return response


def public_config(tenant: Tenant) -> dict[str, Any]:
    """Return the business as its visitors may know it."""
    config = tenant.config
    greeting = paragraph(config.branding.greeting)
    return {
        "business_id": tenant.id,
        "name": config.name,
        "version": tenant.version,
        "branding": {
            "primary_color": config.branding.primary_color,
            "text_color": config.branding.text_color,
            "title": config.branding.title or config.name,
            "logo_url": config.branding.logo_url,
            "position": config.branding.position,
        },
        "greeting": {"html": greeting, "text": plain_text(greeting)},
        "ctas": [present_cta(cta) for cta in roots(tenant)],
        "locale": config.languages[0],
        "languages": list(config.languages),
        "intro_token": config.intro_token,
        "contact": {"phone": config.contact.phone, "email": config.contact.email},
    }
