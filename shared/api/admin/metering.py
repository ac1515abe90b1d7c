"""What the owner's own tries cost: counted as usage of the channel `admin`, like a visitor's, and never refused."""

from collections.abc import Sequence

from shared.api.admin.services import AdminServices
from shared.domain.events import CostArose
from shared.domain.prices import Item
from shared.domain.tenant import Tenant
from shared.web.call import Call

CHANNEL = "admin"


def count_spent(admin: AdminServices, call: Call, tenant: Tenant, items: Sequence[Item]) -> None:
    """Count what a call used, under the request's id; nothing when it used nothing."""
    if items:
        cost = CostArose(
            id=f"{call.request_id}/cost", at=admin.clock.now(), session_id=call.request_id, channel=CHANNEL,
            items=tuple(items),
        )  # fmt: skip
        admin.journal.keep(tenant, [cost])
