"""What the admin handlers work with."""

from dataclasses import dataclass

from shared.adapters.jobs import Jobs
from shared.adapters.knowledge.reader import KnowledgeReader
from shared.adapters.postgres.api_keys import ApiKeyStore
from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.knowledge import BuildStore, SourceStore
from shared.adapters.sessions.announcer import Announcer
from shared.adapters.storage import Storage
from shared.health import HealthCheck
from shared.ports import Model


@dataclass(frozen=True)
class AdminServices:
    """Everything the admin function may touch."""

    businesses: BusinessStore
    api_keys: ApiKeyStore
    audit: AuditStore
    sources: SourceStore
    builds: BuildStore
    jobs: Jobs
    storage: Storage
    knowledge: KnowledgeReader
    model: Model
    announcer: Announcer
    health: HealthCheck
