"""The applications of the functions, each with the adapters it needs. Builds nothing that a function does not use."""

import logging
from typing import TYPE_CHECKING

from flask import Request

from shared.config import Settings
from shared.domain.limits import RateLimit
from shared.domain.models import retirement
from shared.logs import event
from shared.wiring import Wiring

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.adapters.worker import Worker
    from shared.api.admin.app import AdminApp
    from shared.api.admin.services import AdminServices, Past
    from shared.api.chat.app import ChatApp
    from shared.api.digests import Digests
    from shared.api.voice.app import VoiceApp
    from shared.api.worker.app import WorkerApp
    from shared.domain.records import ApiKeyRecord
    from shared.web.credentials import Principal
    from shared.web.router import Authenticate

_log = logging.getLogger(__name__)

FAILED_SIGN_INS = RateLimit(20, 60)


def warn_about_models(settings: Settings) -> None:
    """Log a warning for every configured model that has ended or has a known end."""
    for name in (settings.chat_model, settings.embedding_model, settings.live_model):
        ends = retirement(name)
        if ends:
            event(_log, "model_retires", logging.WARNING, model=name, date=ends.isoformat())


def chat_app(settings: Settings) -> "ChatApp":
    """Return the chat function's application."""
    from shared.adapters.conversation import conversation_ports
    from shared.adapters.erasure import Erasure
    from shared.adapters.postgres.interactions import InteractionStore
    from shared.adapters.postgres.traces import TraceStore
    from shared.api.chat.app import ChatApp
    from shared.api.chat.services import ChatServices
    from shared.web.credentials import SessionTokens

    wiring = Wiring(settings, "chat")
    services = ChatServices(
        ports=conversation_ports(wiring, settings.defaults()),
        interactions=InteractionStore(wiring.database, wiring.sealing),
        erasure=Erasure(wiring.sessions, TraceStore(wiring.database, wiring.sealing)),
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
    from shared.api.admin.app import AdminApp

    warn_about_models(settings)
    wiring = Wiring(settings, "admin")
    services = _admin_services(wiring)
    return AdminApp(services, settings.trusted_proxy_depth, _authenticator(wiring, services.api_keys.find))


def _admin_services(wiring: Wiring) -> "AdminServices":
    from shared.adapters.crm.trials import CrmTrials
    from shared.adapters.knowledge.publishing import Publisher
    from shared.adapters.knowledge.writer import IndexWriter
    from shared.adapters.live_sessions import LiveSessions
    from shared.adapters.postgres.analytics import AnalyticsStore
    from shared.adapters.postgres.api_keys import ApiKeyStore
    from shared.adapters.postgres.audit import AuditStore
    from shared.adapters.postgres.businesses import BusinessStore
    from shared.adapters.postgres.calls import CallStore
    from shared.adapters.postgres.experiment_counts import ExperimentCounts
    from shared.adapters.postgres.experiments import ExperimentStore
    from shared.adapters.postgres.gaps import GapStore
    from shared.adapters.postgres.golden import GoldenStore
    from shared.adapters.postgres.handoffs import HandoffStore
    from shared.adapters.postgres.knowledge import BuildStore
    from shared.adapters.postgres.sources import SourceStore
    from shared.adapters.postgres.usage import UsageStore
    from shared.adapters.postgres.visitors import VisitorStore
    from shared.adapters.sessions.announcer import Announcer
    from shared.adapters.twilio_rest import TwilioRest
    from shared.api.admin.services import AdminServices
    from shared.domain.voice import Webhooks

    settings, database = wiring.settings, wiring.database
    return AdminServices(
        businesses=BusinessStore(database), api_keys=ApiKeyStore(database), audit=AuditStore(database),
        analytics=AnalyticsStore(database), usage=UsageStore(database), digests=_digests(wiring),
        journal=wiring.journal,
        sources=SourceStore(database), builds=BuildStore(database), golden=GoldenStore(database),
        build_turns=wiring.build_turns, storage=wiring.storage, knowledge=wiring.knowledge, model=wiring.model,
        gaps=GapStore(database, wiring.vault),
        publisher=Publisher(IndexWriter(wiring.storage), Announcer(wiring.redis)),
        announcer=Announcer(wiring.redis),
        handoffs=HandoffStore(database, wiring.sealing),
        outbox=wiring.outbox,
        crm_credentials=wiring.crm_credentials,
        crm=CrmTrials(wiring.egress, wiring.crm_pace, wiring.clock, wiring.crm_accounts, wiring.crm_driver),
        directory=wiring.directory,
        desk=wiring.desk,
        visitors=VisitorStore(database, wiring.sealing),
        lines=wiring.lines,
        calls=CallStore(database, wiring.sealing),
        twilio=TwilioRest(settings.twilio_api_url),
        webhooks=Webhooks.at(settings.public_voice_url) if settings.public_voice_url else None,
        sessions=LiveSessions(wiring.redis),
        experiments=ExperimentStore(database),
        experiment_counts=ExperimentCounts(database),
        past=_past(wiring),
        secrets=wiring.secrets, defaults=settings.defaults(), clock=wiring.clock, health=wiring.health,
    )  # fmt: skip


def _past(wiring: Wiring) -> "Past":
    from shared.adapters.erasure import Erasure
    from shared.adapters.live_sessions import LiveSessions
    from shared.adapters.person import PersonFinder
    from shared.adapters.postgres.dossier import DossierStore
    from shared.adapters.postgres.history import HistoryStore
    from shared.adapters.postgres.people import PeopleStore
    from shared.adapters.postgres.traces import TraceStore
    from shared.api.admin.services import Past

    database, sealing = wiring.database, wiring.sealing
    live, traces = LiveSessions(wiring.redis), TraceStore(database, sealing)
    return Past(
        history=HistoryStore(database, sealing),
        traces=traces,
        dossier=DossierStore(database, sealing),
        persons=PersonFinder(PeopleStore(database, sealing), live),
        erasure=Erasure(live, traces),
        leftovers=wiring.leftovers,
        vault=wiring.vault,
    )


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
    from shared.adapters.budget_watch import BudgetWatch
    from shared.adapters.build_turns import BuildWatch
    from shared.adapters.crm.delivery import Delivery, Patience
    from shared.adapters.desk import OverdueHandoffs
    from shared.adapters.expiry import Expiry
    from shared.adapters.live_sessions import LiveSessions
    from shared.adapters.postgres.budget_alerts import BudgetAlertStore
    from shared.adapters.postgres.businesses import BusinessStore
    from shared.adapters.postgres.digests import DigestStore
    from shared.adapters.postgres.experiment_counts import ExperimentCounts
    from shared.adapters.postgres.experiments import ExperimentStore
    from shared.adapters.postgres.handoffs import HandoffStore
    from shared.adapters.postgres.retention import RetentionStore
    from shared.adapters.postgres.usage import UsageStore
    from shared.adapters.sessions.announcer import Announcer
    from shared.adapters.tenant_cache import TenantCache
    from shared.adapters.worker import Worker
    from shared.api.worker.digests import WeeklyDigests
    from shared.api.worker.experiments import ExperimentWatch
    from shared.api.worker.link import SessionLink

    businesses, deadline_s = BusinessStore(wiring.database), float(wiring.settings.crm_timeout_seconds)
    tenants = TenantCache(businesses, wiring.settings.defaults())
    link = SessionLink(LiveSessions(wiring.redis), tenants, wiring.clock)
    patience = Patience(deadline_s, deadline_s * 1.5)
    leads = Delivery(businesses, wiring.outbox, wiring.crm_accounts, wiring.crm_driver, link.tell, patience)
    announcer = Announcer(wiring.redis)
    experiments = ExperimentWatch(
        ExperimentStore(wiring.database), ExperimentCounts(wiring.database),
        lambda business_id, version: announcer.announce(business_id, config=version),
    )  # fmt: skip
    handoffs = OverdueHandoffs(businesses, HandoffStore(wiring.database, wiring.sealing), wiring.desk)
    budgets = BudgetWatch(
        businesses, UsageStore(wiring.database), BudgetAlertStore(wiring.database), wiring.webhook, wiring.clock
    )
    digests = WeeklyDigests(businesses, DigestStore(wiring.database), _digests(wiring), wiring.webhook, wiring.clock)
    retention = Expiry(businesses, RetentionStore(wiring.database))
    builds = BuildWatch(wiring.build_queue, wiring.build_turns if _may_build(wiring.settings) else None, wiring.clock)
    return Worker(leads, handoffs, {
        "experiments": experiments, "budgets": budgets, "digests": digests, "builds": builds,
        "leftovers": wiring.leftovers, "retention": retention,
    })  # fmt: skip


def _may_build(settings: Settings) -> bool:
    """Say whether builds that this process starts have a place to run: a job, or a process with our own settings."""
    return bool(settings.ingestion_job or not settings.missing("model"))


def _digests(wiring: Wiring) -> "Digests":
    from shared.adapters.postgres.analytics import AnalyticsStore
    from shared.adapters.postgres.digests import DigestStore
    from shared.adapters.postgres.experiment_counts import ExperimentCounts
    from shared.adapters.postgres.experiments import ExperimentStore
    from shared.api.digests import Digests

    database = wiring.database
    return Digests(
        AnalyticsStore(database), DigestStore(database), ExperimentStore(database), ExperimentCounts(database)
    )


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
