"""The database's schema as Alembic revisions. Run by `make migrate`; never imported by a function."""
