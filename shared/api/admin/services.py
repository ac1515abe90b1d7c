"""What the admin handlers work with."""

from dataclasses import dataclass
from typing import Protocol

from shared.adapters.build_turns import BuildTurns
from shared.adapters.crm.trials import CrmTrials
from shared.adapters.desk import HandoffDesk
from shared.adapters.erasure import Erasure
from shared.adapters.knowledge.publishing import Publisher
from shared.adapters.knowledge.reader import KnowledgeReader
from shared.adapters.leftovers import Leftovers
from shared.adapters.live_sessions import LiveSessions
from shared.adapters.person import PersonFinder
from shared.adapters.postgres.analytics import AnalyticsStore
from shared.adapters.postgres.api_keys import ApiKeyStore
from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.calls import CallStore
from shared.adapters.postgres.crm_credentials import CrmCredentialStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.dossier import DossierStore
from shared.adapters.postgres.experiment_counts import ExperimentCounts
from shared.adapters.postgres.experiments import ExperimentStore
from shared.adapters.postgres.gaps import GapStore
from shared.adapters.postgres.golden import GoldenStore
from shared.adapters.postgres.handoffs import HandoffStore
from shared.adapters.postgres.history import HistoryStore
from shared.adapters.postgres.knowledge import BuildStore
from shared.adapters.postgres.sources import SourceStore
from shared.adapters.postgres.traces import TraceStore
from shared.adapters.postgres.usage import UsageStore
from shared.adapters.postgres.visitors import VisitorStore
from shared.adapters.postgres.voice_lines import LineStore
from shared.adapters.sessions.announcer import Announcer
from shared.adapters.storage import Storage
from shared.adapters.vault import Vault
from shared.api.digests import Digests
from shared.domain.tenant import PlatformDefaults
from shared.domain.voice import LineCheck, PhoneLine, WebhookChange, Webhooks
from shared.health import HealthCheck
from shared.ports import Clock, Directory, Journal, Model
from shared.web.tenant_secrets import TenantSecrets


class TwilioAccount(Protocol):
    """The account at Twilio that a line belongs to."""

    def check(self, line: PhoneLine, urls: Webhooks | None) -> list[LineCheck]:
        """Say what works: the account, the number in it, and that it calls `urls`. Changes nothing; never raises."""
        ...

    def configure(self, line: PhoneLine, urls: Webhooks, *, dry_run: bool = False) -> list[WebhookChange]:
        """Let the number call `urls`.

        Raises:
            Conflict: Twilio says no, in a sentence why.
            Unavailable: no answer, or none that helps.
        """
        ...


class AnyModel(Model, Protocol):
    """The model, which also knows of the others of its service."""

    def check(self, model: str) -> None:
        """Pass when the service knows it; ModelUnavailable with a reason of 404 when it does not."""
        ...


@dataclass(frozen=True)
class Past:
    """What is kept of conversations and of people: read, found, given out, erased."""

    history: HistoryStore
    traces: TraceStore
    dossier: DossierStore
    persons: PersonFinder
    erasure: Erasure
    leftovers: Leftovers
    vault: Vault


@dataclass(frozen=True)
class AdminServices:
    """Everything the admin function may touch. `webhooks` None: the voice function's address is not known."""

    businesses: BusinessStore
    api_keys: ApiKeyStore
    audit: AuditStore
    analytics: AnalyticsStore
    usage: UsageStore
    digests: Digests
    sources: SourceStore
    builds: BuildStore
    gaps: GapStore
    golden: GoldenStore
    publisher: Publisher
    build_turns: BuildTurns
    storage: Storage
    knowledge: KnowledgeReader
    journal: Journal
    model: AnyModel
    announcer: Announcer
    handoffs: HandoffStore
    outbox: OutboxStore
    crm_credentials: CrmCredentialStore
    crm: CrmTrials
    directory: Directory
    desk: HandoffDesk
    visitors: VisitorStore
    lines: LineStore
    calls: CallStore
    twilio: TwilioAccount
    webhooks: Webhooks | None
    sessions: LiveSessions
    past: Past
    experiments: ExperimentStore
    experiment_counts: ExperimentCounts
    secrets: TenantSecrets
    defaults: PlatformDefaults
    clock: Clock
    health: HealthCheck
