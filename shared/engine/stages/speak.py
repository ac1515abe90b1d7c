"""Sentence by sentence from the model to the visitor: screened, formatted, cited. What was streamed is final."""

import logging
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from unicodedata import category

from shared.domain.errors import ModelUnavailable
from shared.domain.phrases import say
from shared.domain.tenant import Tenant
from shared.domain.turn import Delta, Reply, Waiting
from shared.engine.stages.generate import Draft
from shared.formatting.web import ReplyWriter
from shared.logs import event

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Frame:
    """Our own words around the model's: said before it (a correction) and after it (the one question)."""

    language: str
    opening: str = ""
    question: str = ""


def speak(
    tenant: Tenant, pieces: Iterator[str | None], writer: ReplyWriter, draft: Draft, frame: Frame
) -> Generator[Delta | Waiting, None, tuple[Reply, bool]]:
    """Yield the reply as it is written; return it whole, and whether the model failed to give it.

    A model that fails before its first word gets the business's apology said in its place, one that fails later a
    sentence that says so, one that is blocked or has nothing to say a friendly refusal: never silence.
    """
    failed = False
    if frame.opening:
        yield Delta(writer.say(frame.opening))
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
    begun = any(category(char)[0] in "LNPS" for char in writer.reply.text[len(frame.opening) :])
    blocked = draft.finish == "blocked" and not failed
    # A stream that just stops, in the middle of a sentence and without saying why, was cut off on its way.
    failed = failed or (begun and not draft.finish and not writer.ended)
    # All the model said may have been a question that ours stands for, or one for what is known.
    fine = not failed and not blocked and (begun or bool(draft.calls) or writer.withheld)
    if fine:
        closing = frame.question or ("" if begun else say("anything_else", frame.language))
    else:
        closing = _instead(tenant, frame.language, begun=begun, blocked=blocked)
    rest += writer.close(closing)
    yield Delta(rest)
    return writer.reply, not fine and not blocked


def _instead(tenant: Tenant, language: str, *, begun: bool, blocked: bool) -> str:
    if begun:
        return say("stopped" if blocked else "cut_short", language)
    return declined(tenant, language) if blocked else apology(tenant, language)


def declined(tenant: Tenant, language: str) -> str:
    """Return the friendly refusal, in the owner's words where there are some."""
    return tenant.config.texts.declined or say("declined", language, name=tenant.config.name)


def apology(tenant: Tenant, language: str) -> str:
    """Return the sentence for a turn the assistant could not answer, with another way to reach the business."""
    if tenant.config.texts.apology:
        return tenant.config.texts.apology
    phone = tenant.config.contact.phone
    return say("apology_phone", language, name=tenant.config.name, phone=phone) if phone else say("apology", language)
