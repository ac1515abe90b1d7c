"""One chat message, from the visitor to the reply. Start reading here.

Straight code: every value has one type, and what a stage needs is what an earlier stage made. What is decided before
the model speaks is think.py; closing the iterator (the visitor has gone) stops the model.
"""

import logging
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from shared.domain.budget import Measure
from shared.domain.errors import PlatformError
from shared.domain.knowledge import Asked
from shared.domain.message import Message
from shared.domain.prices import embedding_items
from shared.domain.prompt import ToolCall
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.domain.turn import Delta, Finished, HandoffState, RateState, Reply, Started, Turn, TurnEvent
from shared.engine.reply import Speech, chosen, prepare, settled_reply
from shared.engine.scene import Scene
from shared.engine.stages.admit import admit
from shared.engine.stages.call_person import call_person
from shared.engine.stages.choose_ctas import roots, views
from shared.engine.stages.conclude import conclude, unanswered, with_plan_of
from shared.engine.stages.generate import Draft, generate, recited
from shared.engine.stages.hand_over import hand_over
from shared.engine.stages.know_visitor import know_visitor
from shared.engine.stages.observe import number_of
from shared.engine.stages.open_session import OpenSession, open_session
from shared.engine.stages.quote import quote
from shared.engine.stages.record import past_turn, record
from shared.engine.stages.settle import by_contact
from shared.engine.stages.speak import apology, speak
from shared.engine.stages.take_part import take_part
from shared.engine.stages.thrift import BUDGET, senses_within, thrift, within
from shared.engine.think import Thought, think
from shared.engine.timings import Timings
from shared.formatting.web import paragraph, plain_text
from shared.logs import event
from shared.ports import Embedded, Ports, Replayed

_log = logging.getLogger(__name__)


@dataclass
class Progress:
    """How far the turn is: what is recorded when the visitor leaves now.

    Args:
        kept: whether the CRM's outbox took it.
        measure: what the business's budget does without, and `lacking` whether this turn noticed.
        draft: what the model has used so far; `embedded` about how many tokens were, of what was `asked` for.
        fresh: the message, when its embedding is to be remembered.
    """

    turn: Turn
    session: Session
    kept: bool = True
    measure: Measure | None = None
    lacking: bool = False
    draft: Draft = field(default_factory=Draft)
    embedded: int = 0
    asked: Asked | None = None
    fresh: Embedded | None = None

    def ended(self, tenant: Tenant, timings: Timings) -> Turn:
        """Return the turn with all that it took, however it ended."""
        spent = embedding_items(tenant.embedding_model, self.embedded)
        blocked = self.draft.finish == "blocked" and self.turn.ending == "answered"
        turn = replace(self.turn, timings_ms=timings.report(), usage=self.draft.usage, spent=spent, blocked=blocked)
        return replace(turn, asked=self.asked)


def answer(message: Message, ports: Ports) -> Iterator[TurnEvent]:
    """Yield Started, then the reply's Deltas (and Waiting while there is none), then Finished with the whole answer.

    Raises, before Started only:
        NotFound, DatabaseUnavailable, RateLimited, Conflict, Unauthenticated: see the stages `admit`, `open_session`
        and `know_visitor`.
    """
    timings = Timings(ports.clock.monotonic)
    tenant = admit(message, ports.tenants)
    with timings.part("open"):
        held = open_session(tenant, message, ports.sessions, ports.clock)
    if isinstance(held, Replayed):
        yield from _replay(message, held)
        return
    session = _of_visitor(tenant, message, held, ports)
    progress = Progress(Turn(message.message_id, Reply("", ""), "abandoned"), session)
    with ExitStack() as afterwards:
        try:
            tenant = ports.tenants.at_least(tenant, held.opened.versions.config)
            tenant = take_part(tenant, session, message, ports.clock.now())
            progress.measure = thrift(tenant, ports.spending)
            tenant = within(tenant, progress.measure)
            yield _started(message, tenant, held)
            yield from _outcome(tenant, message, held, progress, ports, timings)
        finally:  # reached with an abandoned turn when the visitor has gone: the question is kept, an answer is not
            turn = progress.ended(tenant, timings)
            recorded = record(tenant, message, turn, progress.session, replace(held, fresh=progress.fresh), ports)
            # A reader of the stream has the whole answer before it is counted.
            afterwards.callback(ports.journal.keep, tenant, recorded.events, recorded.talk)
            event(_log, "turn", ending=turn.ending, degraded=turn.degraded, timings_ms=turn.timings_ms)
        yield Finished(recorded.answer)


def _of_visitor(tenant: Tenant, message: Message, held: OpenSession, ports: Ports) -> Session:
    """Return the session as this visitor may have it; who may not have it leaves no trace in it."""
    try:
        return know_visitor(tenant, message, held.session, ports.visitors)
    except PlatformError:
        ports.sessions.unlock(tenant.id, message.session_id, held.opened.lock)
        raise


def _outcome(
    tenant: Tenant, message: Message, held: OpenSession, progress: Progress, ports: Ports, timings: Timings
) -> Generator[TurnEvent, None, None]:
    """Answer, or settle, or fail: the one policy for how a turn ends."""
    scene = Scene(tenant, progress.session, message, ports.clock.now(), held.opened.embedded)
    try:
        thought = think(scene, held.opened.versions.build, senses_within(ports, progress.measure), timings)
        progress.embedded, progress.asked = thought.found.embedded, thought.found.asked
        progress.fresh = thought.found.fresh
        thought, quoted = _affordable(scene, thought, progress)
        progress.session = replace(scene.session, dialogue=thought.dialogue)
        _hand_over(scene, progress, ports)
        thought = replace(thought, dialogue=progress.session.dialogue)
        if thought.settled:
            yield from _settled(scene, thought, progress, ports)
        else:
            yield from _spoken(scene, thought, progress, ports, timings, quoted)
        lacking = ("crm",) * (not progress.kept) + (BUDGET,) * progress.lacking
        progress.turn = replace(progress.turn, degraded=progress.turn.degraded + lacking)
    except Exception:  # noqa: BLE001 - the engine's only broad catch: the visitor still gets an answer
        event(_log, "turn_failed", logging.ERROR)
        progress.session = with_plan_of(scene.session, progress.session)
        html = paragraph(apology(tenant, scene.session.dialogue.language))
        reply = Reply(html, plain_text(html))
        progress.turn = Turn(message.message_id, reply, "failed", roots(tenant), degraded=("model",))
        yield Delta(html)
    progress.turn = replace(progress.turn, degraded=progress.turn.degraded + ("redis",) * held.opened.degraded)


def _hand_over(scene: Scene, progress: Progress, ports: Ports) -> None:
    """Put what is new for the CRM into the database."""
    handed = hand_over(scene.tenant, progress.session, scene.message.text, scene.now, ports.outbox)
    progress.session, progress.kept = handed


def _affordable(scene: Scene, thought: Thought, progress: Progress) -> tuple[Thought, str]:
    """Return the thought as the budget lets it be, and what is quoted in place of a model's answer, "" nothing."""
    if thought.settled or not progress.measure:
        return thought, ""
    progress.lacking = True
    quoted = quote(scene.message.text, thought.found.passages) if progress.measure == "knowledge_only" else ""
    if quoted or progress.measure == "smaller_model":
        return thought, quoted
    return replace(thought, settled=by_contact(scene, thought.perception.language, thought.intent)), ""


def _spoken(
    scene: Scene, thought: Thought, progress: Progress, ports: Ports, timings: Timings, quoted: str
) -> Generator[TurnEvent, None, None]:
    """Let the model answer, or say what is quoted in its place."""
    with timings.part("think"):
        speech = prepare(scene, thought, ports.directory)
    draft, run = progress.draft, partial(_called, scene, speech, progress, ports)
    asked = generate(speech.prompt, ports.model, ports.clock, timings, draft, run)
    with closing(recited(quoted, draft) if quoted else asked) as pieces:
        reply, failed = yield from speak(scene.tenant, pieces, speech.writer, draft, speech.frame)
    lost = not failed and unanswered(thought, cited=bool(speech.book.citations))
    turn = Turn(
        message_id=scene.message.message_id,
        reply=reply,
        ending="failed" if failed else "answered",
        ctas=views(chosen(scene, thought, reply.text, tuple(speech.notebook.proposed), lost=lost)),
        citations=tuple(speech.book.citations),
        intent=thought.intent,
        sentiment=thought.perception.sentiment,
        handoff=_handoff(thought),
        rules=thought.ruled.fired,
        degraded=("knowledge",) * thought.found.degraded + ("model",) * failed,
    )
    progress.session = conclude(scene, replace(thought, dialogue=progress.session.dialogue), turn)
    progress.turn = replace(turn, state=progress.session.dialogue.state)
    _tell_team(scene, thought, progress, ports)


def _called(scene: Scene, speech: Speech, progress: Progress, ports: Ports, call: ToolCall) -> dict[str, Any]:
    """Carry out a function call; what it wrote down is in the database before the visitor reads a word of it."""
    told = speech.toolbox.run(call)
    if speech.notebook.dialogue == progress.session.dialogue:
        return told
    progress.session = replace(progress.session, dialogue=speech.notebook.dialogue)
    _hand_over(scene, progress, ports)
    speech.notebook.dialogue = progress.session.dialogue
    failed = {"error": "It could not be passed on right now; that is tried again with the next message."}
    return told if progress.kept else failed


def _tell_team(scene: Scene, thought: Thought, progress: Progress, ports: Ports) -> None:
    """Call a person when that was decided; tell those who are called already what the visitor told since."""
    waiting = thought.dialogue.state == "handoff_requested" and thought.perception.learned
    handoff_id = thought.handoff or (thought.dialogue.handoff if waiting else "")
    if handoff_id:
        past = past_turn(scene.tenant, scene.message, progress.turn, scene.now, number_of(progress.session) + 1)
        session = progress.session.with_turn(past, scene.tenant.max_history_turns)
        reason = thought.reason or "the visitor gave more details"
        progress.turn = replace(progress.turn, handoff=call_person(scene.tenant, session, handoff_id, reason, ports))


def _settled(scene: Scene, thought: Thought, progress: Progress, ports: Ports) -> Generator[TurnEvent, None, None]:
    """Say what was decided without the model; call a person when that is what was decided."""
    assert thought.settled  # noqa: S101 - the caller's case
    turn = Turn(
        message_id=scene.message.message_id,
        reply=settled_reply(scene, thought),
        ending="settled",
        ctas=views(chosen(scene, thought, "")),
        state=thought.dialogue.state,
        intent=thought.settled.settlement.intent,
        sentiment=thought.perception.sentiment,
        handoff=_handoff(thought),
        rules=thought.ruled.fired,
        degraded=("knowledge",) * thought.found.degraded,
        noted=thought.noted,
    )
    progress.session, progress.turn = conclude(scene, thought, turn), turn
    yield Delta(turn.reply.html)
    _tell_team(scene, thought, progress, ports)


def _handoff(thought: Thought) -> HandoffState | None:
    """Return how an earlier call for a person stands."""
    dialogue = thought.dialogue
    status = "with_person" if dialogue.owner == "person" else "requested"
    return HandoffState(dialogue.handoff, status) if dialogue.handoff else None


def _started(message: Message, tenant: Tenant, held: OpenSession) -> Started:
    rate = RateState(tenant.rate_limit.count, held.opened.remaining, held.opened.reset_s)
    mine = message.trusted or held.opened.session is None
    return Started(message.business_id, message.session_id, message.message_id, rate, mine)


def _replay(message: Message, stored: Replayed) -> Iterator[TurnEvent]:
    """Say again what was said to the same message: nothing is counted, asked or written twice."""
    yield Started(message.business_id, message.session_id, message.message_id, None, message.trusted)
    yield Delta(stored.answer["reply"]["html"])
    yield Finished(stored.answer)
