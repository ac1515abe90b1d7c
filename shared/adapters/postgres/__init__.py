"""Postgres through pg8000. Every transaction is scoped to one tenant, or to the platform (docs/adr/0002)."""
