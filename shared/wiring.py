"""The only place that picks real adapters: once per instance, each when it is first needed."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.clock import SystemClock
from shared.adapters.postgres.connect import Connect, connect_by_cloud_sql, connect_by_url
from shared.adapters.postgres.database import Database
from shared.config import Settings
from shared.once import once

if TYPE_CHECKING:
    from shared.adapters.build_turns import BuildTurns
    from shared.adapters.crm.accounts import CrmAccounts
    from shared.adapters.crm.directory import CrmDirectory
    from shared.adapters.crm.driver import CrmDriver
    from shared.adapters.crm.pace import CrmPace
    from shared.adapters.desk import HandoffDesk
    from shared.adapters.egress import EgressClient
    from shared.adapters.gemini.client import GeminiAccess
    from shared.adapters.gemini.model import GeminiModel
    from shared.adapters.handoff_webhook import HandoffWebhook
    from shared.adapters.jobs import Jobs
    from shared.adapters.knowledge.reader import KnowledgeReader
    from shared.adapters.leftovers import Leftovers
    from shared.adapters.limiter import CallLimiter
    from shared.adapters.postgres.build_queue import BuildQueue
    from shared.adapters.postgres.crm_credentials import CrmCredentialStore
    from shared.adapters.postgres.crm_outbox import OutboxStore
    from shared.adapters.postgres.personal import Sealing
    from shared.adapters.postgres.voice_lines import LineStore
    from shared.adapters.sessions.fallback_store import FallbackSessions
    from shared.adapters.sessions.redis_store import RedisSessions
    from shared.adapters.spending import SpendingJournal, SpendingLedger
    from shared.adapters.storage import Storage
    from shared.adapters.vault import Vault
    from shared.health import HealthCheck
    from shared.web.tenant_secrets import TenantSecrets

_log = logging.getLogger(__name__)


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
        from shared.adapters.knowledge.disk import FileCache
        from shared.adapters.knowledge.reader import KnowledgeReader

        settings = self.settings
        folder = settings.index_cache_dir
        cache = FileCache(Path(folder), settings.index_cache_mb * 1024 * 1024) if folder else None
        return KnowledgeReader(self.storage, settings.index_memory_mb * 1024 * 1024, cache)

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
    def build_turns(self) -> "BuildTurns":
        """Gives builds their turn."""
        from shared.adapters.build_turns import BuildTurns

        return BuildTurns(self.build_queue, self.jobs, self.settings.builds_at_once)

    @once
    def build_queue(self) -> "BuildQueue":
        """Builds of all businesses."""
        from shared.adapters.postgres.build_queue import BuildQueue

        return BuildQueue(self.database)

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
        from shared.adapters.postgres.handoffs import HandoffStore

        return HandoffDesk(HandoffStore(self.database, self.sealing), self.webhook)

    @once
    def webhook(self) -> "HandoffWebhook":
        """Tells businesses' own systems."""
        from shared.adapters.handoff_webhook import HandoffWebhook

        return HandoffWebhook(self.settings.egress_allow, self.secrets.handoff)

    @once
    def outbox(self) -> "OutboxStore":
        """Leads on their way."""
        from shared.adapters.postgres.crm_outbox import OutboxStore

        return OutboxStore(self.database, self.sealing)

    @once
    def vault(self) -> "Vault":
        """Seals and opens."""
        from shared.adapters.vault import Vault

        return Vault(self.secret_keys)

    @once
    def sealing(self) -> "Sealing":
        """How visitors' personal data is kept."""
        from shared.adapters.postgres.personal import Sealing

        return Sealing(self.vault, on=self.settings.seal_at_rest)

    @once
    def crm_credentials(self) -> "CrmCredentialStore":
        """Sealed credentials."""
        from shared.adapters.postgres.crm_credentials import CrmCredentialStore

        return CrmCredentialStore(self.database, self.vault)

    @once
    def journal(self) -> "SpendingJournal":
        """What happened, for analytics."""
        from shared.adapters.postgres.journal import JournalStore
        from shared.adapters.spending import SpendingJournal
        from shared.adapters.vault import Vault

        return SpendingJournal(JournalStore(self.database, Vault(self.secret_keys)), self.spending)

    @once
    def spending(self) -> "SpendingLedger":
        """What businesses have spent."""
        from shared.adapters.postgres.usage import UsageStore
        from shared.adapters.spending import SpendingLedger

        return SpendingLedger(UsageStore(self.database), self.clock)

    @once
    def lines(self) -> "LineStore":
        """Phone lines."""
        from shared.adapters.postgres.voice_lines import LineStore

        return LineStore(self.database, self.vault)

    @once
    def leftovers(self) -> "Leftovers":
        """What an erasure leaves to be erased outside of the database."""
        from shared.adapters.leftovers import Leftovers
        from shared.adapters.postgres.erase_tasks import EraseTaskStore
        from shared.adapters.twilio_rest import TwilioRest

        recordings = TwilioRest(self.settings.twilio_api_url)
        return Leftovers(EraseTaskStore(self.database), self.lines, recordings, self.storage)

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
