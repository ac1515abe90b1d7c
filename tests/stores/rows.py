"""A business with a row in every table, and what a raw connection of a login may do. Knows the schema's stores."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pg8000.dbapi

from shared.adapters.postgres.api_keys import ApiKeyStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.handoffs import HandoffStore
from shared.adapters.postgres.interactions import InteractionStore
from shared.adapters.postgres.knowledge import BuildStore
from shared.adapters.postgres.personal import Sealing
from shared.adapters.postgres.sources import SourceStore
from shared.adapters.postgres.visitors import VisitorStore
from shared.adapters.vault import Vault
from shared.domain.business import BusinessConfig
from shared.domain.records import Actor

ACTOR = Actor("platform:test", "req_1")
SEALING = Sealing(Vault(["k" * 32]), on=True)
REFUSED = "42501"  # insufficient_privilege: missing grants and row-level security alike


def config(name: str = "Shop", **fields: Any) -> BusinessConfig:
    """Return a configuration."""
    return BusinessConfig(name=name, **fields)


def page(url: str, **fields: Any) -> dict[str, object]:
    """Return what became of a page, as a build tells it."""
    return {"url": url, "source_id": "src_1", "outcome": "indexed", "reason": "", "title": "", "chunks": 1, **fields}


def business_with_everything(database: Database, business_id: str) -> None:
    """Make a business that has at least one row in every table."""
    BusinessStore(database).create(business_id, config(f"Secret of {business_id}"), ACTOR)
    ApiKeyStore(database).add(
        business_id, ACTOR, key_id=f"key-{business_id}", name="k", hashed=b"\x00\xff", scopes=("read",), expires_at=None
    )
    SourceStore(database).add(
        business_id, ACTOR, source_id="src_1", kind="text", name="Facts", spec={"title": "Facts", "text": "secret"}
    )
    builds = BuildStore(database)
    builds.start(business_id, "bld_1", ACTOR)
    builds.claim(business_id, "bld_1")
    builds.progress(business_id, "bld_1", "fetching", {"found": 1}, [page("https://shop.example/")])
    interactions = InteractionStore(database, SEALING)
    interactions.add_event(business_id, event_id="evt_1", session_id="s", kind="opened")
    interactions.set_feedback(business_id, "s", "m1", "up", "")
    handoffs = HandoffStore(database, SEALING)
    handoffs.add(business_id, handoff_id="hof_1", session_id="s", reason="asked", payload={"x": "secret"})
    VisitorStore(database, SEALING).save(business_id, "user-1", {"email": {"value": "secret"}}, "en")


class Raw:
    """A raw connection of one login, as an attacker who took over a function would have it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def run(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Execute one statement and return its rows, if it has any."""
        cursor = self.connection.cursor()
        cursor.execute(sql, parameters)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def attempt(self, sql: str, *parameters: object) -> list[tuple[Any, ...]] | None:
        """Execute one statement inside a transaction and return its rows; None when the server denies the right."""
        self.run("SAVEPOINT attempt")
        try:
            return self.run(sql, *parameters)
        except pg8000.dbapi.DatabaseError as error:
            if error.args[0].get("C") != REFUSED:
                raise
        self.run("ROLLBACK TO SAVEPOINT attempt")
        return None

    def refused(self, sql: str, *parameters: object) -> bool:
        """Say whether the server refuses the statement for lack of rights; any other error is raised."""
        return self.attempt(sql, *parameters) is None

    @contextmanager
    def transaction(self, business_id: str | None = None, *, end: str = "ROLLBACK") -> Iterator[None]:
        """Open a transaction, of a tenant when one is named, and end it with `end`."""
        self.run("BEGIN")
        try:
            if business_id is not None:
                self.run("SELECT set_config('app.business_id', %s, true)", business_id)
            yield
        finally:
            self.run(end)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def raw(login: str, port: int, database: str) -> Raw:
    """Sign in without any of the product's code in between."""
    connection = pg8000.dbapi.connect(login, host="127.0.0.1", port=port, database=database, ssl_context=False)
    connection.autocommit = True
    return Raw(connection)


def fingerprint(owner: Raw, table: str, column: str, business_id: str) -> str:
    """Return a digest of a business's rows in a table: contents and row versions."""
    rows = owner.run(f"SELECT t::text, xmin::text FROM {table} t WHERE {column} = %s ORDER BY 1", business_id)
    assert rows, f"{table} has no row of {business_id}: the attack would prove nothing"
    return hashlib.sha256(repr(rows).encode()).hexdigest()
