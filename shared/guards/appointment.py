"""Requests for an appointment go to the business's booking link or to a person; the assistant books nothing."""

import re
from functools import cache

from shared.domain.business import BusinessConfig
from shared.domain.message import Message
from shared.domain.tenant import Tenant
from shared.domain.turn import Intent
from shared.domain.verdict import Settlement
from shared.guards.folding import fold

# A wish to make, move or cancel one. The noun alone ("how long does an appointment take?") goes to the model.
_WHAT = r"(?:appointments?|bookings?|visits?|consultations?|time ?slots?|slots?|reservations?)"
_REQUESTS = (
    rf"\b(?:book|schedule|arrange|reserve|set up|request|reschedule|cancel)\b.{{0,30}}\b{_WHAT}\b(?! car)",
    rf"\b(?:make|move|change)\b (?:an?|my|our|the|another)\b.{{0,20}}\b{_WHAT}\b",
    r"\b(?:need|want|like|get|in for|any free|free)\b.{0,20}\b(?:an?|the next|another|free)\b.{0,12}"
    rf"\b{_WHAT}\b(?! car)",
    r"\b(?:any |free )(?:appointments|slots)\b.{0,20}\b(?:today|tomorrow|left|free|on|this|next)\b",
    r"\b(?:can i|could i|may i|i'd like to|i would like to|i want to|i need to|let me|how do i|how can i|where can i) "
    r"(?:please )?(?:book|reschedule)\b",
    r"^(?:please )?book (?!club|shop|store)",
    r"\b(?:reservar|pedir|concertar|agendar|cambiar|cancelar|anular|hacer|quiero|necesito|quisiera|gustaria)\b.{0,20}"
    r"\b(?:una |la |mi |su )?(?:cita|turno|reserva)\b",
    r"\btermine?\b.{0,40}\b(?:buchen|vereinbaren|machen|ausmachen|verschieben|absagen|reservieren|stornieren|bekommen)\b",
    r"\b(?:buche|brauche|mochte|hatte gerne?|will)\b.{0,25}\btermin\b",
    r"\b(?:prendre|reserver|fixer|annuler|annule|deplacer|reporter|avoir|voudrais|souhaite|besoin)\b.{0,25}"
    r"\b(?:rendez-vous|rdv|reservation)\b",
    r"(?:احجز|حجز).{0,30}موعد",
)
# Talk about an appointment that was or will be, its price or its length: not a wish to make one.
_OTHER = (
    r"\bhow (?:did|was|were|much|long|far|often)\b",
    r"\b(?:appointment|visit|consultation)\b.{0,12}\bwent\b",
    rf"\bi(?:'ve| have)(?: got)? an? {_WHAT}\b",
    rf"\b(?:costs?|price|fee|policy|reminders?)\b.{{0,25}}\b{_WHAT}\b",
    rf"\bdeposit for (?:an? )?{_WHAT}\b",
    rf"\b{_WHAT}\b.{{0,12}}\b(?:costs?|price|confirmation)\b",
    r"\bwhat does an?\b",
    r"\bwhen i (?:visit|book)\b|\bwhile i (?:visit|wait)\b",
    r"\bbuy an? book\b|\breturn an? book\b",
    r"\b(?:cuanto|que tengo que|wie (?:war|lange|viel)|was (?:kostet|muss)|combien|comment s'est|que dois-je)\b",
)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    return re.compile("|".join(_REQUESTS)), re.compile("|".join(_OTHER))


WITH_LINK = (
    "You can arrange your appointment with {name} here. I can't book it for you; the team confirms every booking."
)
WITHOUT_LINK = "{name} arranges appointments personally. {how}"


def wants_appointment(text: str) -> bool:
    """Say whether `text` asks to make, move or cancel an appointment."""
    folded = fold(text)
    request, other = _patterns()
    return bool(request.search(folded)) and not other.search(folded)


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
