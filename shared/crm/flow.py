"""How a person gets into a CRM once: found by id, else made, else the one that is there already. Pure.

Never "search, nothing found, create": an index lags behind, and two would be made. What decides is a create that the
CRM refuses when the person exists (or that the connector makes safe, where the CRM refuses nothing).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from shared.crm.connector import Connector
from shared.crm.failure import CrmError
from shared.crm.wire import Steps
from shared.domain.crm import Contact, Record, Saved, Value


def save_contact(
    connector: Connector, contact: Contact, known_id: str = "", since: dt.datetime | None = None
) -> Steps[Saved]:
    """Bring a contact into the CRM and return its id there.

    Args:
        connector: the account.
        contact: what is to be known.
        known_id: the id an earlier delivery returned, "" for none. A contact that is gone there is made anew.
        since: when an earlier attempt that may have been applied began.
    """
    if known_id:
        kept = yield from _adopt(connector, contact, known_id)
        if kept:
            return kept
    if not (connector.unique_email and contact.identity.email):
        found = yield from connector.find(contact.identity)
        if found:
            kept = yield from _adopt(connector, contact, _oldest(found))
            if kept:
                return kept
    made = yield from connector.create(contact, since)
    if isinstance(made, Saved):
        return made
    kept = yield from _adopt(connector, contact, made.id)
    if kept is None:
        raise CrmError("unavailable", "the CRM says that the contact exists, and that it does not")
    return kept


def _adopt(connector: Connector, contact: Contact, contact_id: str) -> Steps[Saved | None]:
    """Write into a contact that is there what may be written; None when it is gone."""
    record = yield from connector.read(contact_id, tuple(contact.values))
    if record is None:
        return None
    wanted = _wanted(contact, record, connector.standard())
    if wanted is not None:
        there = yield from connector.update(contact_id, wanted)
        if not there:
            return None
    return Saved(contact_id, created=False)


def _wanted(contact: Contact, record: Record, standard: Mapping[str, str]) -> Contact | None:
    """Return what of `contact` is to be written over `record`, None when nothing is."""

    def may_write(current: str, wanted: str) -> bool:
        return bool(wanted) and current != wanted and (contact.overwrite or not current)

    # The address is how the CRM knows a person: a bot never changes that of a contact it only adopted.
    email = contact.identity.email if not record.email else ""
    phone = contact.identity.phone if may_write(record.phone, contact.identity.phone) else ""
    name = contact.name if may_write(record.name, contact.name) else ""
    values: dict[str, Value] = {
        key: value
        for key, value in contact.values.items()
        if key not in standard.values() and (contact.overwrite or not record.values.get(key))
    }
    if not (email or phone or name or values):
        return None
    return replace(contact, identity=replace(contact.identity, email=email, phone=phone), name=name, values=values)


def _oldest(found: tuple[Record, ...]) -> str:
    """Return the contact to use where several match: always the same one, and a bot never merges."""
    return min((record.id for record in found), key=lambda remote: (len(remote), remote))
