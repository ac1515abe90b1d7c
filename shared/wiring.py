"""The only place that picks real adapters: once per instance, each when it is first needed."""

import logging
from typing import TYPE_CHECKING

from flask import Request

from shared.adapters.clock import SystemClock
from shared.adapters.postgres.connect import Connect, connect_by_cloud_sql, connect_by_url
from shared.adapters.postgres.database import Database
from shared.config import Settings
from shared.domain.limits import RateLimit
from shared.domain.models import retirement
from shared.logs import event
from shared.once import once

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.adapters.crm.accounts import CrmAccounts
    from shared.adapters.crm.directory import CrmDirectory
    from shared.adapters.crm.driver import CrmDriver
    from shared.adapters.crm.pace import CrmPace
    from shared.adapters.desk import HandoffDesk
    from shared.adapters.egress import EgressClient
    from shared.adapters.gemini.client import GeminiAccess
    from shared.adapters.gemini.model import GeminiModel
    from shared.adapters.jobs import Jobs
    from shared.adapters.knowledge.reader import KnowledgeReader
    from shared.adapters.limiter import CallLimiter
    from shared.adapters.postgres.crm_credentials import CrmCredentialStore
    from shared.adapters.postgres.crm_outbox import OutboxStore
    from shared.adapters.postgres.voice_lines import LineStore
    from shared.adapters.sessions.fallback_store import FallbackSessions
    from shared.adapters.sessions.redis_store import RedisSessions
    from shared.adapters.storage import Storage
    from shared.adapters.worker import Worker
    from shared.api.admin.app import AdminApp
    from shared.api.chat.app import ChatApp
    from shared.api.voice.app import VoiceApp
    from shared.api.worker.app import WorkerApp
    from shared.domain.records import ApiKeyRecord
    from shared.health import HealthCheck
    from shared.web.credentials import Principal
    from shared.web.router import Authenticate
    from shared.web.tenant_secrets import TenantSecrets

_log = logging.getLogger(__name__)

FAILED_SIGN_INS = RateLimit(20, 60)


def database_opener(settings: Settings, application: str) -> Connect:
    """Return how to open a connection to the database of the settings, or of Cloud SQL."""
    if settings.database_url:
        return connect_by_url(settings.database_url.get_secret_value(), application)
    instance, user, name = settings.cloud_sql_instance or "", settings.db_user or "", settings.db_name or ""
    return connect_by_cloud_sql(instance, user, name, application)


class Wiring:
    """The adapters of one process."""

    def __init__(self, settings: Settings, application: str) -> None:
        self.settings = settings
        self._application = application
        self.clock = SystemClock()

    @once
    def database(self) -> Database:
        """The pool."""
        return Database(database_opener(self.settings, self._application), size=self.settings.db_pool_size)

    @once
    def redis(self) -> "RedisSessions | None":
        """Redis, None without REDIS_URL."""
        if not self.settings.redis_url:
            return None
        from shared.adapters.sessions.redis_store import RedisSessions, connect

        return RedisSessions(connect(self.settings.redis_url.get_secret_value()))

    @once
    def sessions(self) -> "FallbackSessions":
        """Redis with memory behind it."""
        from shared.adapters.sessions.fallback_store import FallbackSessions
        from shared.adapters.sessions.memory_store import MemorySessions

        return FallbackSessions(self.redis, MemorySessions())

    @once
    def storage(self) -> "Storage":
        """The bucket."""
        from shared.adapters.storage import Storage

        settings = self.settings
        patience_s = 60.0 if self._application == "build" else 4.0
        bucket, project = settings.bucket or "", settings.google_cloud_project
        return Storage(bucket, settings.storage_emulator_host, project, patience_s)

    @once
    def knowledge(self) -> "KnowledgeReader":
        """Indexes in the bucket."""
        from shared.adapters.knowledge.reader import KnowledgeReader

        embedding = (self.settings.embedding_model, self.settings.embedding_dimensions)
        return KnowledgeReader(self.storage, embedding, self.settings.index_memory_mb * 1024 * 1024)

    @once
    def gemini_access(self) -> "GeminiAccess":
        """Where and as whom Gemini is called."""
        from shared.adapters.gemini.client import GeminiAccess

        settings = self.settings
        return GeminiAccess(
            api_key=settings.gemini_api_key.get_secret_value() if settings.gemini_api_key else None,
            vertex_project=settings.google_cloud_project if settings.google_genai_use_vertexai else None,
            vertex_location=settings.google_cloud_location,
            base_url=settings.google_gemini_base_url,
            api_version=settings.google_genai_api_version,
        )

    @once
    def model(self) -> "GeminiModel":
        """Gemini."""
        from shared.adapters.gemini.model import GeminiModel

        settings = self.settings
        return GeminiModel(self.gemini_access, settings.embedding_model, settings.embedding_dimensions)

    def warm_up(self) -> None:
        """Import what the first question needs (a second of SDKs) while the visitor still reads the greeting."""
        self.model.warm_up()
        self.knowledge.warm_up()

    @once
    def jobs(self) -> "Jobs":
        """Where builds run."""
        from shared.adapters.jobs import CloudRunJobs, SubprocessJobs

        return CloudRunJobs(self.settings.ingestion_job) if self.settings.ingestion_job else SubprocessJobs()

    @once
    def secret_keys(self) -> list[str]:
        """The platform's keys, newest first."""
        secret = self.settings.secrets_key
        assert secret is not None, "the functions need SECRETS_KEY"  # noqa: S101 - checked at start
        return secret.get_secret_value().split(",")

    @once
    def secrets(self) -> "TenantSecrets":
        """What is derived per business from the platform's keys."""
        from shared.web.tenant_secrets import TenantSecrets

        return TenantSecrets(self.secret_keys)

    @once
    def desk(self) -> "HandoffDesk":
        """Where people are called."""
        from shared.adapters.desk import HandoffDesk
        from shared.adapters.handoff_webhook import HandoffWebhook
        from shared.adapters.postgres.handoffs import HandoffStore

        webhook = HandoffWebhook(self.settings.egress_allow, self.secrets.handoff)
        return HandoffDesk(HandoffStore(self.database), webhook)

    @once
    def outbox(self) -> "OutboxStore":
        """Leads on their way."""
        from shared.adapters.postgres.crm_outbox import OutboxStore

        return OutboxStore(self.database)

    @once
    def crm_credentials(self) -> "CrmCredentialStore":
        """Sealed credentials."""
        from shared.adapters.postgres.crm_credentials import CrmCredentialStore
        from shared.adapters.vault import Vault

        return CrmCredentialStore(self.database, Vault(self.secret_keys))

    @once
    def lines(self) -> "LineStore":
        """Phone lines."""
        from shared.adapters.postgres.voice_lines import LineStore
        from shared.adapters.vault import Vault

        return LineStore(self.database, Vault(self.secret_keys))

    @once
    def crm_pace(self) -> "CrmPace":
        """How fast CRMs are called."""
        from shared.adapters.crm.pace import CrmPace

        url = self.settings.redis_url
        return CrmPace(url.get_secret_value() if url else None)

    @once
    def egress(self) -> "EgressClient":
        """The client for CRMs."""
        from shared.adapters.egress import EgressClient

        return EgressClient(self.settings.egress_allow)

    @once
    def crm_driver(self) -> "CrmDriver":
        """Runs connectors."""
        from shared.adapters.crm.driver import CrmDriver
        from shared.adapters.crm.tokens import TokenKeeper

        return CrmDriver(self.egress, self.crm_pace, TokenKeeper(self.crm_credentials, self.clock), self.clock)

    @once
    def crm_accounts(self) -> "CrmAccounts":
        """Makes connectors."""
        from shared.adapters.crm.accounts import CrmAccounts

        return CrmAccounts(self.crm_credentials)

    @once
    def directory(self) -> "CrmDirectory":
        """Looks visitors up in CRMs."""
        from shared.adapters.crm.directory import CrmDirectory

        return CrmDirectory(lambda: self.crm_accounts, lambda: self.crm_driver)

    @once
    def limiter(self) -> "CallLimiter":
        """Limits outside of turns."""
        from shared.adapters.limiter import CallLimiter

        url = self.settings.redis_url
        return CallLimiter(url.get_secret_value() if url else None)

    @once
    def health(self) -> "HealthCheck":
        """Checks of every dependency."""
        from shared.health import HealthCheck

        return HealthCheck(
            {
                "postgres": self.database.ping,
                "redis": self.redis.ping if self.redis else None,
                "storage": self.storage.ping,
                "model": lambda: self.model.check(self.settings.chat_model),
            }
        )


def warn_about_models(settings: Settings) -> None:
    """Log a warning for every configured model that has ended or has a known end."""
    for name in (settings.chat_model, settings.embedding_model, settings.live_model):
        ends = retirement(name)
        if ends:
            event(_log, "model_retires", logging.WARNING, model=name, date=ends.isoformat())


def chat_app(settings: Settings) -> "ChatApp":
    """Return the chat function's application."""
    from shared.adapters.conversation import conversation_ports
    from shared.adapters.postgres.calls import CallStore
    from shared.adapters.postgres.handoffs import HandoffStore
    from shared.adapters.postgres.interactions import InteractionStore
    from shared.api.chat.app import ChatApp
    from shared.api.chat.services import ChatServices
    from shared.web.credentials import SessionTokens

    wiring = Wiring(settings, "chat")
    services = ChatServices(
        ports=conversation_ports(wiring, settings.defaults()),
        interactions=InteractionStore(wiring.database),
        handoffs=HandoffStore(wiring.database),
        outbox=wiring.outbox,
        calls=CallStore(wiring.database),
        tokens=SessionTokens(wiring.secret_keys, settings.session_ttl_seconds),
        secrets=wiring.secrets,
        limiter=wiring.limiter,
        health=wiring.health,
        platform_origins=tuple(origin.lower().rstrip("/") for origin in settings.cors_allowed_origins),
    )
    warn_about_models(settings)
    return ChatApp(services, settings.trusted_proxy_depth, wiring.warm_up)


def admin_app(settings: Settings) -> "AdminApp":
    """Return the admin function's application."""
    from shared.adapters.crm.trials import CrmTrials
    from shared.adapters.live_sessions import LiveSessions
    from shared.adapters.postgres.api_keys import ApiKeyStore
    from shared.adapters.postgres.audit import AuditStore
    from shared.adapters.postgres.businesses import BusinessStore
    from shared.adapters.postgres.calls import CallStore
    from shared.adapters.postgres.handoffs import HandoffStore
    from shared.adapters.postgres.interactions import InteractionStore
    from shared.adapters.postgres.knowledge import BuildStore, SourceStore
    from shared.adapters.postgres.visitors import VisitorStore
    from shared.adapters.sessions.announcer import Announcer
    from shared.adapters.twilio_rest import TwilioRest
    from shared.api.admin.app import AdminApp
    from shared.api.admin.services import AdminServices
    from shared.domain.voice import Webhooks

    warn_about_models(settings)
    wiring = Wiring(settings, "admin")
    api_keys = ApiKeyStore(wiring.database)
    services = AdminServices(
        businesses=BusinessStore(wiring.database),
        api_keys=api_keys,
        audit=AuditStore(wiring.database),
        sources=SourceStore(wiring.database),
        builds=BuildStore(wiring.database),
        jobs=wiring.jobs,
        storage=wiring.storage,
        knowledge=wiring.knowledge,
        model=wiring.model,
        announcer=Announcer(wiring.redis),
        handoffs=HandoffStore(wiring.database),
        outbox=wiring.outbox,
        crm_credentials=wiring.crm_credentials,
        crm=CrmTrials(wiring.egress, wiring.crm_pace, wiring.clock, wiring.crm_accounts, wiring.crm_driver),
        directory=wiring.directory,
        desk=wiring.desk,
        visitors=VisitorStore(wiring.database),
        lines=wiring.lines,
        calls=CallStore(wiring.database),
        twilio=TwilioRest(settings.twilio_api_url),
        webhooks=Webhooks.at(settings.public_voice_url) if settings.public_voice_url else None,
        sessions=LiveSessions(wiring.redis),
        interactions=InteractionStore(wiring.database),
        secrets=wiring.secrets,
        defaults=settings.defaults(),
        clock=wiring.clock,
        health=wiring.health,
    )
    return AdminApp(services, settings.trusted_proxy_depth, _authenticator(wiring, api_keys.find))


def voice_app(settings: Settings) -> "VoiceApp":
    """Return the voice function's application."""
    from shared.adapters.conversation import conversation_ports
    from shared.api.voice.assembly import Addresses, voice_app

    wiring, public_url = Wiring(settings, "voice"), settings.public_voice_url or ""
    warn_about_models(settings)
    addresses = Addresses(public_url, settings.voice_service_url, settings.twilio_api_url, settings.edge_tts_url)
    return voice_app(addresses, conversation_ports(wiring, settings.defaults()), wiring)


def worker(settings: Settings) -> "Worker":
    """Return what brings leads into the CRMs and hand-offs to their webhooks."""
    return _worker(Wiring(settings, "worker"))


def worker_app(settings: Settings) -> "WorkerApp":
    """Return the worker function's application."""
    from shared.api.worker.app import WorkerApp, WorkerServices

    wiring = Wiring(settings, "worker")
    return WorkerApp(WorkerServices(_worker(wiring), wiring.health))


def _worker(wiring: Wiring) -> "Worker":
    from shared.adapters.crm.delivery import Delivery, Patience
    from shared.adapters.desk import OverdueHandoffs
    from shared.adapters.live_sessions import LiveSessions
    from shared.adapters.postgres.businesses import BusinessStore
    from shared.adapters.postgres.handoffs import HandoffStore
    from shared.adapters.tenant_cache import TenantCache
    from shared.adapters.worker import Worker
    from shared.api.worker.link import SessionLink

    businesses, deadline_s = BusinessStore(wiring.database), float(wiring.settings.crm_timeout_seconds)
    tenants = TenantCache(businesses, wiring.settings.defaults())
    link = SessionLink(LiveSessions(wiring.redis), tenants, wiring.clock)
    patience = Patience(deadline_s, deadline_s * 1.5)
    leads = Delivery(businesses, wiring.outbox, wiring.crm_accounts, wiring.crm_driver, link.tell, patience)
    return Worker(leads, OverdueHandoffs(businesses, HandoffStore(wiring.database), wiring.desk))


def _authenticator(wiring: Wiring, find: "Callable[[str], ApiKeyRecord | None]") -> "Authenticate":
    """Return who-calls, with limits on failures by address and on calls by key."""
    from shared.domain.errors import Unauthenticated
    from shared.web.credentials import authenticate

    platform_key = wiring.settings.admin_api_key
    assert platform_key is not None, "the admin function needs ADMIN_API_KEY"  # noqa: S101 - checked at start

    per_key = RateLimit.parse(wiring.settings.admin_rate_limit)

    def check(request: Request, address: str) -> "Principal":
        try:
            principal = authenticate(request, platform_key.get_secret_value(), find, wiring.clock.now())
        except Unauthenticated:
            wiring.limiter.hit(f"sign-in:{address}", FAILED_SIGN_INS)
            raise
        wiring.limiter.hit(f"admin:{principal.name}", per_key)
        return principal

    return check
