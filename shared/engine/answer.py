"""One chat message, from the visitor to the reply. Start reading here.

Straight code: every value has one type, and what a stage needs is what an earlier stage made. Two things steer: a
`Settled` ends the turn early with a guard's words, and closing the iterator (the visitor has gone) stops the model.
"""

import logging
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace

from shared.domain.message import Message
from shared.domain.tenant import Tenant
from shared.domain.turn import Delta, Finished, RateState, Reply, Started, Turn, TurnEvent
from shared.domain.verdict import Settlement
from shared.engine.prompt import compose
from shared.engine.settled import Settled
from shared.engine.stages.admit import admit
from shared.engine.stages.choose_ctas import choose_ctas
from shared.engine.stages.generate import Draft, generate
from shared.engine.stages.open_session import OpenSession, open_session
from shared.engine.stages.record import record
from shared.engine.stages.retrieve import retrieve
from shared.engine.stages.screen_input import screen_input
from shared.engine.stages.speak import apology, own_values, speak
from shared.engine.timings import Timings
from shared.formatting.web import CitationBook, ReplyWriter, paragraph, plain_text
from shared.guards import booking_claim
from shared.logs import event
from shared.ports import Ports, Replayed

_log = logging.getLogger(__name__)


def answer(message: Message, ports: Ports) -> Iterator[TurnEvent]:
    """Yield Started, then the reply's Deltas (and Waiting while there is none), then Finished with the whole answer.

    Raises, before Started only:
        NotFound, DatabaseUnavailable, RateLimited, Conflict: see the stages `admit` and `open_session`.
    """
    timings = Timings(ports.clock.monotonic)
    tenant = admit(message, ports.tenants)
    with timings.part("open"):
        held = open_session(tenant, message, ports.sessions, ports.clock)
    if isinstance(held, Replayed):
        yield from _replay(message, held)
        return
    turn = Turn(message.message_id, Reply("", ""), "abandoned")
    try:
        tenant = ports.tenants.at_least(tenant, held.opened.versions.config)
        yield _started(message, tenant, held)
        turn = yield from _outcome(tenant, message, held, ports, timings)
    finally:  # reached with an abandoned turn when the visitor has gone: the question is kept, an answer is not
        turn = replace(turn, timings_ms=timings.report())
        whole = record(tenant, message, turn, held, ports)
        event(_log, "turn", ending=turn.ending, degraded=turn.degraded, timings_ms=turn.timings_ms)
    yield Finished(whole)


def _outcome(
    tenant: Tenant, message: Message, held: OpenSession, ports: Ports, timings: Timings
) -> Generator[TurnEvent, None, Turn]:
    """Answer, or settle, or fail: the one policy for how a turn ends."""
    try:
        turn = yield from _answered(tenant, message, held, ports, timings)
    except Settled as early:
        turn = _settled(tenant, message, early.settlement)
        yield Delta(turn.reply.html)
    except Exception:  # noqa: BLE001 - the engine's only broad catch: the visitor still gets an answer
        event(_log, "turn_failed", logging.ERROR)
        turn = _failed(tenant, message)
        yield Delta(turn.reply.html)
    return replace(turn, degraded=turn.degraded + ("redis",) * held.opened.degraded)


def _answered(
    tenant: Tenant, message: Message, held: OpenSession, ports: Ports, timings: Timings
) -> Generator[TurnEvent, None, Turn]:
    """The stages between an open session and the model's last word."""
    session = held.session
    screen_input(tenant, message)
    found = retrieve(tenant, message, held, ports, timings)
    prompt = compose(tenant, session, message, found.passages, ports.clock.now())
    book = CitationBook(found.passages)
    links, own = found.urls | tenant.config.urls(), own_values(session, message)
    draft, writer = Draft(), ReplyWriter(book, links, own, booking_claim.check)
    with closing(generate(prompt, ports.model, ports.clock, timings, draft)) as pieces:
        reply, failed = yield from speak(tenant, pieces, writer, draft)
    return Turn(
        message_id=message.message_id,
        reply=reply,
        ending="failed" if failed else "answered",
        ctas=choose_ctas(tenant, None, message.text, reply.text),
        citations=tuple(book.citations),
        degraded=("knowledge",) * found.degraded + ("model",) * failed,
        usage=draft.usage,
    )


def _settled(tenant: Tenant, message: Message, settlement: Settlement) -> Turn:
    html = paragraph(settlement.text)
    return Turn(
        message_id=message.message_id,
        reply=Reply(html, plain_text(html)),
        ending="settled",
        ctas=choose_ctas(tenant, settlement.cta_ids, "", ""),
        state=settlement.state,
        intent=settlement.intent,
    )


def _failed(tenant: Tenant, message: Message) -> Turn:
    html = paragraph(apology(tenant))
    ctas = choose_ctas(tenant, None, message.text, "")
    return Turn(message.message_id, Reply(html, plain_text(html)), "failed", ctas, degraded=("model",))


def _started(message: Message, tenant: Tenant, held: OpenSession) -> Started:
    rate = RateState(tenant.rate_limit.count, held.opened.remaining, held.opened.reset_s)
    return Started(message.business_id, message.session_id, message.message_id, rate)


def _replay(message: Message, stored: Replayed) -> Iterator[TurnEvent]:
    """Say again what was said to the same message: nothing is counted, asked or written twice."""
    yield Started(message.business_id, message.session_id, message.message_id, None)
    yield Delta(stored.answer["reply"]["html"])
    yield Finished(stored.answer)
