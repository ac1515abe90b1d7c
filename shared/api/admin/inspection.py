"""One message explained, on a copy of a session: nothing is kept, nobody is called."""

from shared.api.admin.dialogue_models import InspectIn
from shared.api.admin.metering import count_spent
from shared.api.admin.services import AdminServices
from shared.domain.errors import NotFound
from shared.domain.ids import new_id
from shared.domain.message import Message, Page
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.engine.inspect import inspect
from shared.engine.scene import Scene
from shared.engine.stages.open_session import prepared
from shared.ports import Senses
from shared.web.call import Call, Reply


def inspect_message(admin: AdminServices, call: Call) -> Reply:
    """Explain what the assistant would do with a message."""
    body: InspectIn = call.body
    record = admin.businesses.get(call.business_id)
    tenant = Tenant.of(record.id, record.version, record.config, admin.defaults)
    message = Message(
        business_id=tenant.id,
        session_id=body.session_id or new_id("inspect"),
        message_id=new_id("msg"),
        text=body.message,
        user="",
        locale=body.locale or "",
        page=Page(body.page.url, body.page.title) if body.page else None,
        metadata=dict(body.metadata),
        holder=True,
    )
    now = admin.clock.now()
    scene = Scene(tenant, prepared(tenant, message, _stored(admin, call, body), now), message, now)
    senses = Senses(admin.knowledge, admin.model, admin.clock, admin.directory)
    found = inspect(scene, None, senses, ask_model=body.model)
    count_spent(admin, call, tenant, found.spent)
    return Reply(found.shown)


def _stored(admin: AdminServices, call: Call, body: InspectIn) -> Session | None:
    if body.session_id is None:
        return None
    session = admin.sessions.read(call.business_id, body.session_id)
    if session is None:
        raise NotFound("There is no such session; it may have ended.")
    return session
