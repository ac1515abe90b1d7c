"""Indexes that are built while others read and write: used by every migration that makes one on an older table."""

from alembic import op


def build_index(name: str, on: str, *, unique: bool = False) -> None:
    """Build an index outside of the migration's transaction, which is committed first, and wait as long as it takes.

    Nobody waits behind it. What an attempt that was broken off left half built is dropped first.

    Args:
        name: of the index.
        on: table, columns and condition, such as "calls (business_id, caller) WHERE status = 'live'".
        unique: whether it is to be unique.
    """
    with op.get_context().autocommit_block():
        op.execute("SELECT set_config('migration.lock_timeout', current_setting('lock_timeout'), false)")
        op.execute("SET lock_timeout = 0")
        op.execute(
            "-- half built by an attempt before this one: nobody uses it\n"
            "-- squawk-ignore ban-drop-index\n"
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
        )
        op.execute(f"CREATE {'UNIQUE ' if unique else ''}INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}")
        op.execute("SELECT set_config('lock_timeout', current_setting('migration.lock_timeout'), false)")
