"""The audit log: who changed what."""

from typing import Any

from shared.api.admin.paging import number_cursor, page
from shared.api.admin.services import AdminServices
from shared.domain.records import AuditRecord
from shared.web.call import Call, Reply


def of_platform(admin: AdminServices, call: Call) -> Reply:
    """List every change, newest first."""
    query = call.query
    records = admin.audit.of_platform(query.limit + 1, number_cursor(query.cursor))
    return Reply(page(records, query.limit, lambda record: record.id, _show))


def of_business(admin: AdminServices, call: Call) -> Reply:
    """List the changes of one business, newest first."""
    query = call.query
    records = admin.audit.of_business(call.business_id, query.limit + 1, number_cursor(query.cursor))
    return Reply(page(records, query.limit, lambda record: record.id, _show))


def _show(record: AuditRecord) -> dict[str, Any]:
    return {**vars(record), "at": record.at.isoformat()}
