"""The `Tenants` port: businesses from Postgres, kept per instance, so that a turn costs no query."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from shared.adapters.postgres.businesses import BusinessStore
from shared.domain.errors import DatabaseUnavailable
from shared.domain.tenant import PlatformDefaults, Tenant
from shared.logs import event

_log = logging.getLogger(__name__)

MAX_TENANTS = 1000
# Redis announces a new version with the next turn; this is for when it does not (absent, lost, just restarted).
FRESH_FOR_S = 30.0


class TenantCache:
    """Remembers tenants; serves what it has while the database is away."""

    def __init__(
        self, store: BusinessStore, defaults: PlatformDefaults, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._defaults = defaults
        self._now = monotonic
        self._guard = threading.Lock()
        self._cached: OrderedDict[str, tuple[Tenant, float]] = OrderedDict()

    def get(self, business_id: str) -> Tenant:
        """See `Tenants.get`."""
        with self._guard:
            cached = self._cached.get(business_id)
        if cached and self._now() - cached[1] < FRESH_FOR_S:
            return cached[0]
        try:
            return self._load(business_id)
        except DatabaseUnavailable:
            if cached is None:
                raise
            event(_log, "tenant_served_stale", logging.WARNING, business_id=business_id)
            self._keep(cached[0])  # asked again after the same while, not by every turn
            return cached[0]

    def at_least(self, tenant: Tenant, version: int | None) -> Tenant:
        """See `Tenants.at_least`."""
        if version is None or version <= tenant.version:
            return tenant
        try:
            return self._load(tenant.id)
        except DatabaseUnavailable:
            return tenant

    def _load(self, business_id: str) -> Tenant:
        try:
            record = self._store.get(business_id)
        except DatabaseUnavailable:
            raise
        except Exception:
            with self._guard:
                self._cached.pop(business_id, None)
            raise
        return self._keep(Tenant.of(record.id, record.version, record.config, self._defaults, record.experiments))

    def _keep(self, tenant: Tenant) -> Tenant:
        with self._guard:
            self._cached[tenant.id] = (tenant, self._now())
            self._cached.move_to_end(tenant.id)
            while len(self._cached) > MAX_TENANTS:
                self._cached.popitem(last=False)
        return tenant
