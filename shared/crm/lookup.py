"""Whether the CRM knows a visitor, and what of it they may hear. Pure; the one place that decides about the latter."""

from shared.crm.connector import Connector
from shared.crm.wire import Steps
from shared.domain.crm import CrmConfig, Found, Identity, Record

# Of several people at one address, so many are compared with the visitor.
MAX_CANDIDATES = 3


def look_up(connector: Connector, crm: CrmConfig, identity: Identity, person: str) -> Steps[Found]:
    """Find a contact; its values are told only when `person`, a verified id, stands in its `identity_property`."""
    found = yield from connector.find(identity)
    if not (found and person and crm.identity_property and crm.readable):
        return Found(known=bool(found))
    mapped = {name: crm.contact[name] for name in crm.readable if name in crm.contact}
    for candidate in found[:MAX_CANDIDATES]:
        record = yield from connector.read(candidate.id, (crm.identity_property, *mapped.values()))
        if record and record.values.get(crm.identity_property) == person:
            return Found(known=True, values=_told(record, crm, mapped))
    return Found(known=True)


def _told(record: Record, crm: CrmConfig, mapped: dict[str, str]) -> dict[str, str]:
    standard = {"name": record.name, "email": record.email, "phone": record.phone}
    known = {**standard, **{name: record.values.get(kept, "") for name, kept in mapped.items()}}
    return {name: known[name] for name in crm.readable if known.get(name)}
