"""Sentence by sentence from the model to the visitor: screened, formatted, cited. What was streamed is final."""

import logging
import re
from collections.abc import Generator, Iterator
from unicodedata import category

from shared.domain.errors import ModelUnavailable
from shared.domain.message import Message
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.domain.turn import Delta, Reply, Waiting
from shared.engine.stages.generate import Draft
from shared.formatting.web import ReplyWriter
from shared.logs import event

_log = logging.getLogger(__name__)

APOLOGY = "Sorry, I can't answer right now."
CUT_SHORT = "Sorry, I was interrupted. Please ask me again."
STOPPED = "I can't say more about that."
DECLINED = "I'm sorry, I can't help with that. Is there something else about {name} you would like to know?"

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(r"(?<!\w)\+?\d[\d ().-]{6,18}\d(?!\w)")
_NAME = re.compile(
    r"\b(?i:my name is|i am called|i'm called|me llamo|mi nombre es|ich heiße|mein name ist|je m'appelle)\s+"
    r"([^\W\d_][\w'’-]{1,30}(?:\s+[A-Z][\w'’-]{1,30}){0,2})"
)


def speak(
    tenant: Tenant, pieces: Iterator[str | None], writer: ReplyWriter, draft: Draft
) -> Generator[Delta | Waiting, None, tuple[Reply, bool]]:
    """Yield the reply as it is written; return it whole, and whether the model failed to give it.

    A model that fails before its first word gets the business's apology said in its place, one that fails later a
    sentence that says so, one that is blocked or has nothing to say a friendly refusal: never silence.
    """
    failed = False
    try:
        for piece in pieces:
            if piece is None:
                yield Waiting()
            elif rendered := writer.feed(piece):
                yield Delta(rendered)
    except ModelUnavailable as error:
        failed = True
        event(_log, "model_failed", logging.WARNING, reason=error.reason, transient=error.transient)
    rest = writer.flush()
    begun = any(category(char)[0] in "LNPS" for char in writer.reply.text)
    blocked = draft.finish == "blocked" and not failed
    # A stream that just stops, in the middle of a sentence and without saying why, was cut off on its way.
    failed = failed or (begun and not draft.finish and not writer.ended)
    closing = "" if begun and not failed and not blocked else _instead(tenant, begun=begun, blocked=blocked)
    rest += writer.close(closing)
    yield Delta(rest)
    return writer.reply, bool(closing) and not blocked


def _instead(tenant: Tenant, *, begun: bool, blocked: bool) -> str:
    if begun:
        return STOPPED if blocked else CUT_SHORT
    if blocked:
        return tenant.config.texts.declined or DECLINED.format(name=tenant.config.name)
    return apology(tenant)


def apology(tenant: Tenant) -> str:
    """Return the sentence for a turn the assistant could not answer, with another way to reach the business."""
    if tenant.config.texts.apology:
        return tenant.config.texts.apology
    phone = tenant.config.contact.phone
    reach = f" You can call {tenant.config.name} on {phone}." if phone else " Please try again in a moment."
    return APOLOGY + reach


def own_values(session: Session, message: Message) -> tuple[str, ...]:
    """Return what the visitor told of themselves (e-mails, phone numbers, name): shown in bold when repeated."""
    said = " \n ".join([*(turn.question for turn in session.turns), message.text])
    return tuple({*_EMAIL.findall(said), *_PHONE.findall(said), *_NAME.findall(said)})
