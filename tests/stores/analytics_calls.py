"""The analytics API over a real database, called in this process as one business, at a time that stands still."""

import datetime as dt
import json
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import Request
from werkzeug.test import EnvironBuilder

from shared.adapters.postgres.analytics import AnalyticsStore
from shared.adapters.postgres.database import Database
from shared.api.admin.analytics_routes import ROUTES
from shared.domain.tenant import Tenant
from shared.web.credentials import Principal
from shared.web.router import Router
from tests.unit.samples import CTA_TREE, a_tenant

NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)


def new_tenant(database: Database, zone: str) -> Tenant:
    """Make a business with a clock."""
    tenant = replace(a_tenant(opening_hours={"time_zone": zone}, cta_tree=CTA_TREE), id=f"an-{uuid.uuid4().hex[:10]}")
    with database.platform() as tx:
        tx.run("INSERT INTO businesses (id, config) VALUES (%s, %s::jsonb)", tenant.id, json.dumps({"name": "Acme"}))
    return tenant


class Calls:
    """Calls analytics of a tenant."""

    def __init__(self, database: Database, tenant: Tenant) -> None:
        self._tenant = tenant
        services: Any = SimpleNamespace(
            businesses=SimpleNamespace(get=lambda _: SimpleNamespace(config=tenant.config)),
            analytics=AnalyticsStore(database),
            clock=SimpleNamespace(now=lambda: NOW),
        )
        self._router = Router(ROUTES, services, 0, lambda *_: Principal("test", tenant.id, ("analytics",)))

    def get(self, name: str, **query: Any) -> Any:
        """Return the JSON of a call, `first` and `last` being its from and to; None leaves a parameter out."""
        names = {"first": "from", "last": "to"}
        given = {names.get(key, key): str(value) for key, value in query.items() if value is not None}
        path = f"/v1/businesses/{self._tenant.id}/analytics/{name}"
        response = self._router.dispatch(Request(EnvironBuilder(path, query_string=urlencode(given)).get_environ()))
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.get_json()
