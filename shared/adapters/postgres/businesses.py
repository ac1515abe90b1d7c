"""Businesses, their configuration history, in Postgres. Every change is audited where it is made."""

import logging
from typing import Any

from pydantic import ValidationError

from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database, Row, Transaction
from shared.domain.business import BusinessConfig
from shared.domain.errors import Conflict, NotFound, PreconditionFailed
from shared.domain.experiments import Experiment, Running
from shared.domain.records import Actor, BusinessRecord, VersionRecord
from shared.logs import event

_log = logging.getLogger(__name__)

_COLUMNS = "id, status, version, config, created_at, updated_at, deleted_at"
# With the business, so that a turn needs no second question; there are a few at most.
_RUNNING = (
    "(SELECT coalesce(jsonb_agg(jsonb_build_object('plan', e.plan, 'salt', e.salt, 'slots', e.slots)"
    " ORDER BY e.started_at, e.id), '[]')"
    " FROM experiments e WHERE e.business_id = businesses.id AND e.status = 'running') AS experiments"
)


class BusinessStore:
    """Create, read, change, delete, restore, purge; list versions and go back to one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, business_id: str, config: BusinessConfig, actor: Actor) -> BusinessRecord:
        """Add a business at version 1. Conflict when the id was ever used and not purged."""
        with self._database.platform() as tx:
            try:
                row = tx.one(
                    f"INSERT INTO businesses (id, config) VALUES (%s, %s::jsonb) RETURNING {_COLUMNS}",
                    business_id, _dump(config),
                )  # fmt: skip
            except Conflict:
                raise Conflict(f"A business with the id '{business_id}' exists already.", code="exists") from None
            record = _record(row)
            _save_version(tx, record, actor, "created")
            audit(tx, business_id, actor, "business.created")
        return record

    def get(self, business_id: str, *, deleted: bool = False) -> BusinessRecord:
        """Return a business; NotFound when there is none, or it is deleted and `deleted` is not asked for."""
        with self._database.tenant(business_id) as tx:
            return _found(tx, business_id, deleted=deleted)

    def list_all(self, limit: int, after: str, *, deleted: bool = False) -> list[BusinessRecord]:
        """Return up to `limit` businesses with an id above `after`, in order of their ids. Platform only."""
        status = "('active', 'deleted')" if deleted else "('active')"
        with self._database.platform() as tx:
            rows = tx.run(
                f"SELECT {_COLUMNS} FROM businesses"
                f" WHERE id > %s AND status IN {status} ORDER BY id LIMIT %s",
                after, limit,
            )  # fmt: skip
        return [_record(row) for row in rows]

    def replace(
        self, business_id: str, config: BusinessConfig, actor: Actor, *, if_version: int | None, note: str = ""
    ) -> BusinessRecord:
        """Save `config` as the next version.

        Raises:
            NotFound: no such business.
            PreconditionFailed: `if_version` is given and no longer current.
        """
        with self._database.tenant(business_id) as tx:
            return replace_config(tx, lock_business(tx, business_id, if_version), config, actor, note)

    def set_deleted(self, business_id: str, actor: Actor, *, deleted: bool, if_version: int | None) -> BusinessRecord:
        """Delete softly (nothing is lost, everything answers 404) or restore."""
        with self._database.tenant(business_id) as tx:
            lock_business(tx, business_id, if_version, deleted=not deleted)
            row = tx.one(
                "UPDATE businesses SET status = %s, deleted_at = CASE WHEN %s THEN now() END,"
                f" version = version + 1, updated_at = now() WHERE id = %s RETURNING {_COLUMNS}",
                "deleted" if deleted else "active", deleted, business_id,
            )  # fmt: skip
            record = _record(row)
            _save_version(tx, record, actor, "deleted" if deleted else "restored")
            audit(tx, business_id, actor, "business.deleted" if deleted else "business.restored")
        return record

    def purge(self, business_id: str, actor: Actor) -> None:
        """Remove a softly deleted business and all its rows for good; Conflict while it is not deleted."""
        with self._database.platform() as tx:
            row = tx.one("SELECT status FROM businesses WHERE id = %s FOR UPDATE", business_id)
            if row is None:
                raise NotFound("There is no such business.")
            if row["status"] != "deleted":
                raise Conflict("Delete the business first; a purge cannot be undone.", code="not_deleted")
            tx.run("DELETE FROM businesses WHERE id = %s", business_id)
            audit(tx, business_id, actor, "business.purged")

    def versions(self, business_id: str, limit: int, before: int | None) -> list[VersionRecord]:
        """Return saved configurations, newest first, below version `before` when given."""
        with self._database.tenant(business_id) as tx:
            _found(tx, business_id)
            rows = tx.run(
                "SELECT version, actor, note, created_at, config FROM business_versions"
                " WHERE business_id = %s AND version < %s ORDER BY version DESC LIMIT %s",
                business_id, before or 2**31 - 1, limit,
            )  # fmt: skip
        return [VersionRecord(**row) for row in rows]

    def version_config(self, business_id: str, version: int) -> BusinessConfig:
        """Return the configuration saved as `version`; NotFound when there is none."""
        with self._database.tenant(business_id) as tx:
            _found(tx, business_id)
            row = tx.one(
                "SELECT config FROM business_versions WHERE business_id = %s AND version = %s", business_id, version
            )
        if row is None:
            raise NotFound(f"There is no version {version}.")
        return _load(row["config"])


def _dump(config: BusinessConfig) -> str:
    return config.model_dump_json()


def _load(document: object) -> BusinessConfig:
    """A revision that is newer and serves beside us may have saved settings which we do not know yet."""
    return BusinessConfig.model_validate(document, extra="ignore")


def _record(row: Row | None) -> BusinessRecord:
    if row is None:
        raise NotFound("There is no such business.")
    experiments = tuple(found for item in row.get("experiments", ()) if (found := _running(item)))
    return BusinessRecord(**{**row, "config": _load(row["config"]), "experiments": experiments})


def _running(item: dict[str, Any]) -> Running | None:
    """Return an experiment; None for one of a newer revision that makes no sense without what we do not know."""
    try:
        plan = Experiment.model_validate(item["plan"], extra="ignore")
    except ValidationError:
        event(_log, "experiment_not_understood", logging.WARNING, experiment=item["plan"].get("id"))
        return None
    return Running(plan, item["salt"], tuple((start, end) for start, end in item["slots"]))


def _found(tx: Transaction, business_id: str, *, deleted: bool = False) -> BusinessRecord:
    record = _record(tx.one(f"SELECT {_COLUMNS}, {_RUNNING} FROM businesses WHERE id = %s", business_id))
    if record.status == "deleted" and not deleted:
        raise NotFound("There is no such business.")
    return record


def replace_config(
    tx: Transaction, current: BusinessRecord, config: BusinessConfig, actor: Actor, note: str = ""
) -> BusinessRecord:
    """Save `config` as the next version of a business that is locked; the same one again changes nothing."""
    if current.config == config:
        return current
    record = new_version(tx, current.id, config, actor, note)
    changed = sorted(
        name for name in BusinessConfig.model_fields if getattr(current.config, name) != getattr(config, name)
    )
    audit(tx, record.id, actor, "business.updated", detail={"version": record.version, "changed": changed})
    return record


def new_version(tx: Transaction, business_id: str, config: BusinessConfig, actor: Actor, note: str) -> BusinessRecord:
    """Save a next version of a business that is locked, even with the same configuration: instances read it anew."""
    row = tx.one(
        "UPDATE businesses SET config = %s::jsonb, version = version + 1, updated_at = now()"
        f" WHERE id = %s RETURNING {_COLUMNS}",
        _dump(config), business_id,
    )  # fmt: skip
    record = _record(row)
    _save_version(tx, record, actor, note)
    return record


def lock_business(
    tx: Transaction, business_id: str, if_version: int | None = None, *, deleted: bool = False
) -> BusinessRecord:
    """Return the row locked for a change, in the state wanted and at the version named.

    Raises:
        NotFound: no such business, or not in that state.
        PreconditionFailed: another version is current.
    """
    record = _record(tx.one(f"SELECT {_COLUMNS} FROM businesses WHERE id = %s FOR UPDATE", business_id))
    if (record.status == "deleted") != deleted:
        raise NotFound("There is no such deleted business." if deleted else "There is no such business.")
    if if_version is not None and record.version != if_version:
        raise PreconditionFailed(
            f"You changed version {if_version}, but version {record.version} is current. Read it and try again."
        )
    return record


def _save_version(tx: Transaction, record: BusinessRecord, actor: Actor, note: str) -> None:
    tx.run(
        "INSERT INTO business_versions (business_id, version, config, actor, note)"
        " VALUES (%s, %s, %s::jsonb, %s, %s)",
        record.id, record.version, _dump(record.config), actor.name, note,
    )  # fmt: skip
