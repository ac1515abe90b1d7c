"""Puts the service together: the adapters of shared/, Gemini Live, and the application. Builds nothing twice."""

from dataclasses import dataclass
from functools import partial

from shared.adapters.conversation import conversation_ports
from shared.adapters.postgres.calls import CallStore
from shared.adapters.twilio_rest import TwilioRest
from shared.config import Settings
from shared.domain.tenant import Tenant
from shared.domain.voice import PhoneLine, VoiceConfig
from shared.engine.telephone import Caller, Telephone
from shared.ports import Ports
from shared.web.credentials import SessionTokens
from shared.web.stream_tokens import StreamGrant, StreamTokens
from shared.wiring import Wiring
from voice_service.app import VoiceApp
from voice_service.live.session import LiveModel
from voice_service.switchboard import Services, Switchboard


def build(settings: Settings) -> tuple[VoiceApp, Switchboard]:
    """Return the application and its switchboard."""
    wiring = Wiring(settings, "voice_service")
    ports = conversation_ports(wiring, settings.defaults())
    twilio = TwilioRest(settings.twilio_api_url)
    tokens = SessionTokens(wiring.secret_keys, settings.session_ttl_seconds)
    assert settings.voice_service_url, "checked at start"  # noqa: S101
    switchboard = Switchboard(
        Services(
            tenants=ports.tenants,
            lines=wiring.lines,
            calls=CallStore(wiring.database, wiring.sealing),
            tokens=StreamTokens(wiring.secret_keys),
            live=LiveModel(wiring.gemini_access, settings.live_model),
            telephone=_Telephones(ports, twilio, tokens),
            url=socket_url(settings.voice_service_url),
        )
    )
    wiring.warm_up()
    return VoiceApp(switchboard, wiring.health.report), switchboard


def socket_url(url: str) -> str:
    """Return where the media socket is, as Twilio is told and as it signs: wss://host, without a slash at the end."""
    return url.replace("https://", "wss://", 1).replace("http://", "ws://", 1).rstrip("/")


@dataclass(frozen=True)
class _Telephones:
    """Makes the conversation of a call."""

    ports: Ports
    twilio: TwilioRest
    tokens: SessionTokens

    def __call__(self, tenant: Tenant, phone: VoiceConfig, line: PhoneLine, grant: StreamGrant) -> Telephone:
        """Return it."""
        caller = Caller(grant.call_id, grant.caller, grant.session_id, verified=grant.verified)
        text = partial(self.twilio.send_sms, line, grant.caller)
        return Telephone(tenant, phone, caller, self.ports, text, partial(self._link, tenant, grant.session_id))

    def _link(self, tenant: Tenant, session_id: str) -> str:
        """Return where the widget goes on with the conversation, "" for a business without a site."""
        site, token = tenant.config.website, self.tokens.issue(tenant.id, session_id)
        return f"{site}#chat_session={session_id}&chat_token={token}" if site else ""
