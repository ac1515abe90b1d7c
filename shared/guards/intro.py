"""The intro token: the widget's way of asking for the greeting. Never reaches the model."""

from shared.domain.message import Message
from shared.domain.tenant import Tenant
from shared.domain.understanding import Intent
from shared.domain.verdict import Settlement


def is_intro(message: Message, tenant: Tenant) -> bool:
    """Say whether the message is the business's intro token."""
    return message.text == tenant.config.intro_token


def check(message: Message, tenant: Tenant) -> Settlement | None:
    """Settle the intro token with the greeting and the root calls to action."""
    if not is_intro(message, tenant):
        return None
    return Settlement(tenant.config.branding.greeting, Intent("greeting", 1.0))
