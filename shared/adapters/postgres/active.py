"""The check that a tenant's resource is asked for while the tenant exists."""

from shared.adapters.postgres.database import Transaction
from shared.domain.errors import NotFound


def require_active(tx: Transaction, business_id: str) -> None:
    """Pass, or raise NotFound for a business that is unknown or deleted."""
    if not tx.run("SELECT 1 FROM businesses WHERE id = %s AND status = 'active'", business_id):
        raise NotFound("There is no such business.")
