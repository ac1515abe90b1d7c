"""Links for a caller: offered in words, and texted to the number that calls when they say yes."""

import logging
from collections.abc import Mapping
from typing import Any

from shared.api.voice.document import Document
from shared.api.voice.journal import Journal
from shared.domain.errors import PlatformError
from shared.engine.phone_link import LinkOffer, accepted, offer_of, offered
from shared.engine.tools.phone import MAX_TEXTS
from shared.logs import event

_log = logging.getLogger(__name__)


def offer_in(doc: Document, journal: Journal, answer: Mapping[str, Any]) -> LinkOffer | None:
    """Return the link to offer with an answer; None when there is none, or the caller cannot get a text."""
    able = doc.hook.phone.text_links and doc.hook.caller.number and len(journal.texts) < MAX_TEXTS
    return offered(answer, journal.offers) if able else None


def after_offer(doc: Document, journal: Journal, cta_id: str, said: str) -> list[str]:
    """Return what to say to the answer to an offer, the link on its way after a yes; [] the caller went past it."""
    yes, offer = accepted(said), offer_of(doc.hook.tenant.config, cta_id)
    if yes is None or offer is None:
        return []
    anything = doc.phrase("anything_else")
    if not yes:
        return [anything]
    return [doc.phrase("phone_link_sent" if _text(doc, journal, offer) else "phone_link_failed"), anything]


def _text(doc: Document, journal: Journal, offer: LinkOffer) -> bool:
    """Send a link, once in a call: a webhook that is asked again sends nothing again."""
    if offer.id in journal.texts:
        return True
    journal.texted(offer.id)
    text = f"{doc.hook.tenant.config.name}: {offer.label}: {offer.url}"
    try:
        doc.services.texts.send_sms(doc.hook.line, doc.hook.caller.number, text)
    except PlatformError as error:
        event(_log, "link_not_texted", logging.WARNING, code=error.code)
        return False
    return True
