"""Requests for an appointment go to the business's booking link or to a person; the assistant books nothing."""

import re

from shared.domain.business import BusinessConfig
from shared.domain.message import Message
from shared.domain.tenant import Tenant
from shared.domain.turn import Intent
from shared.domain.verdict import Settlement

# A wish to make, move or cancel one. The noun alone ("how long does an appointment take?") goes to the model.
_REQUESTS = (
    r"\b(?:book|schedule|arrange|reserve|make|set up|request|reschedule|cancel|move|change)\b.{0,30}"
    r"\b(?:appointments?|bookings?|visits?|consultations?|slots?|reservations?)\b",
    r"\b(?:need|want|like|get|have|take)\b.{0,15}\b(?:an?|my|the next|another)\b.{0,15}"
    r"\b(?:appointment|booking|slot)\b",
    r"\b(?:can|could|may|i'd like to|i want to|i need to|please|let me|how do i|how can i|where can i)\b.{0,12}"
    r"\bbook\b(?! (?:club|shop|store))",
    r"^book\b",
    r"\b(?:reservar|pedir|concertar|agendar|cambiar|cancelar)\b.{0,30}\b(?:cita|turno|reserva|hora)\b",
    r"\btermin\b.{0,40}\b(?:buchen|vereinbaren|machen|ausmachen|verschieben|absagen|reservieren)\b",
    r"\b(?:buche|brauche|möchte|hätte gern)\b.{0,25}\btermin\b",
    r"\b(?:prendre|réserver|fixer|annuler|déplacer|avoir)\b.{0,25}\b(?:rendez-vous|rdv|réservation)\b",
    r"(?:احجز|حجز|أحجز).{0,30}(?:موعد|موعدا|موعداً)",
)
# Talk about an appointment that was, its price or its length: not a wish to make one.
_OTHER = (
    r"\bhow (?:did|was|were|much|long|far|often)\b",
    r"\b(?:went|after my|during my|at my last|missed)\b",
    r"\b(?:costs?|price|fee|deposit|cancellation policy)\b",
    r"\b(?:cuánto|wie (?:war|lange|viel)|combien|comment s'est)\b",
)
_REQUEST = re.compile("|".join(_REQUESTS), re.IGNORECASE)
_NOT_A_REQUEST = re.compile("|".join(_OTHER), re.IGNORECASE)

WITH_LINK = (
    "You can arrange your appointment with {name} here. I can't book it for you; the team confirms every booking."
)
WITHOUT_LINK = "{name} arranges appointments personally. {how}"


def wants_appointment(text: str) -> bool:
    """Say whether `text` asks to make, move or cancel an appointment."""
    return bool(_REQUEST.search(text)) and not _NOT_A_REQUEST.search(text)


def check(message: Message, tenant: Tenant) -> Settlement | None:
    """Settle a request with the booking call to action, or with the ways to reach the business."""
    settings = tenant.config.appointment
    if not settings.enabled or not wants_appointment(message.text):
        return None
    if settings.booking_cta:
        text = settings.message or WITH_LINK.format(name=tenant.config.name)
        cta_ids: tuple[str, ...] = (settings.booking_cta,)
    else:
        text = settings.message or WITHOUT_LINK.format(name=tenant.config.name, how=_how_to_reach(tenant.config))
        cta_ids = tuple(node.id for node in tenant.config.ctas() if node.kind in ("phone", "email"))
    return Settlement(text, Intent("appointment", 1.0), "scheduling", cta_ids)


def _how_to_reach(config: BusinessConfig) -> str:
    ways = [f"call {config.contact.phone}"] if config.contact.phone else []
    ways += [f"write to {config.contact.email}"] if config.contact.email else []
    return f"Please {' or '.join(ways)}." if ways else "Please contact the team directly."
