"""What a conversation needs from the outside, chat or call, as one `Ports` over the adapters of a process."""

from typing import Protocol

from shared.adapters.known_visitors import KnownVisitors
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.personal import Sealing
from shared.adapters.postgres.visitors import VisitorStore
from shared.adapters.tenant_cache import TenantCache
from shared.domain.tenant import PlatformDefaults
from shared.ports import Clock, Desk, Directory, Journal, Knowledge, Model, Outbox, Ports, Sessions, Spending


class Adapters(Protocol):
    """The adapters of a process: its wiring."""

    @property
    def database(self) -> Database:
        """Postgres."""
        ...

    @property
    def sealing(self) -> Sealing:
        """How visitors' personal data is kept."""
        ...

    @property
    def knowledge(self) -> Knowledge:
        """Indexes."""
        ...

    @property
    def model(self) -> Model:
        """The language model."""
        ...

    @property
    def clock(self) -> Clock:
        """Time."""
        ...

    @property
    def directory(self) -> Directory:
        """The CRM, to look people up."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Conversations."""
        ...

    @property
    def desk(self) -> Desk:
        """Where people are called."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Leads on their way."""
        ...

    @property
    def journal(self) -> Journal:
        """What happened."""
        ...

    @property
    def spending(self) -> Spending:
        """What was spent."""
        ...


def conversation_ports(adapters: Adapters, defaults: PlatformDefaults) -> Ports:
    """Return the engine's ports. `defaults` is what a business gets that configured nothing else."""
    return Ports(
        adapters.knowledge,
        adapters.model,
        adapters.clock,
        adapters.directory,
        tenants=TenantCache(BusinessStore(adapters.database), defaults),
        sessions=adapters.sessions,
        desk=adapters.desk,
        visitors=KnownVisitors(VisitorStore(adapters.database, adapters.sealing)),
        outbox=adapters.outbox,
        journal=adapters.journal,
        spending=adapters.spending,
    )
