"""Whose session is it? A signed identity brings its person's details along; a stranger never meets them."""

from dataclasses import replace

from shared.domain.dialogue import Dialogue
from shared.domain.errors import Unauthenticated
from shared.domain.message import Message
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.ports import Visitors


def know_visitor(tenant: Tenant, message: Message, session: Session, visitors: Visitors) -> Session:
    """Return the session for this visitor: as it is, with the person's details, or begun anew for another person.

    Raises:
        Unauthenticated: the session is a verified person's, and the caller proves neither that identity nor its token;
            or it is nobody's yet, and a person who does not hold its token would take it over with what is in it.
    """
    owner, person = session.dialogue.person, message.person
    if owner == person:
        return session
    if owner and not message.trusted:
        raise Unauthenticated("This session belongs to a signed-in visitor: send user_hash, or the session's token.")
    if not owner and session.turns and not message.holder:
        raise Unauthenticated("This session was begun without signing in: send its token, or another session_id.")
    if owner:  # another person, or nobody any more, on the same device
        session = replace(session, turns=(), metadata=dict(message.metadata), dialogue=Dialogue())
    if not person:
        return session
    fields = {**session.dialogue.fields, **visitors.load(tenant.id, person)}
    return replace(session, dialogue=replace(session.dialogue, person=person, fields=fields))
