"""A phone call as a conversation of the platform: the same persona, rules, knowledge, CRM and session as a web chat.

The model that speaks hears the caller first; so what a chat decides before the model speaks is done here with its
function calls and after each exchange. Who carries the sound is not known here.
"""

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from shared.capture.spoken import written
from shared.dialogue.handoff import summary
from shared.dialogue.leads import entry, identity_of
from shared.domain.dialogue import Dialogue
from shared.domain.errors import PlatformError
from shared.domain.events import CostArose
from shared.domain.ids import new_id
from shared.domain.knowledge import Asked, Passage
from shared.domain.message import Message
from shared.domain.prices import Item, embedding_items
from shared.domain.prompt import Tool, ToolCall
from shared.domain.session import Ending, Session
from shared.domain.tenant import Tenant
from shared.domain.turn import Citation, Reply, Turn
from shared.domain.voice import VoiceConfig
from shared.engine.hold_session import conversation
from shared.engine.notebook import Notebook
from shared.engine.prompt import moment, spoken_instruction
from shared.engine.scene import Scene
from shared.engine.stages.call_person import call_person
from shared.engine.stages.conclude import conclude
from shared.engine.stages.hand_over import hand_over
from shared.engine.stages.observe import number_of, observed
from shared.engine.stages.open_session import prepared
from shared.engine.stages.perceive import perceive
from shared.engine.stages.record import past_turn
from shared.engine.stages.retrieve import NoKnowledge, Question, retrieve
from shared.engine.stages.take_part import CALL, SEARCHED, arms_of, exposures, noted, take_part
from shared.engine.think import Thought, think
from shared.engine.timings import Timings
from shared.engine.toolbox import Toolbox
from shared.engine.tools.crm import crm_functions
from shared.engine.tools.details import capture_field
from shared.engine.tools.knowledge import search_knowledge
from shared.engine.tools.phone import PhoneFunctions
from shared.formatting.speech import spelled
from shared.formatting.web import paragraph
from shared.logs import event
from shared.ports import Ports

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Caller:
    """Who calls. `verified`: the network vouches for the number; only then is anything remembered of it told."""

    call_id: str
    number: str
    session_id: str
    verified: bool = False

    @property
    def person(self) -> str:
        """The identity their details are kept under; "" for a number anybody could pretend to have."""
        return f"tel:{self.number}" if self.verified else ""


@dataclass(frozen=True)
class Outcome:
    """What a function came to. `ending` is set when the call is to end; `note` is a line for the transcript."""

    result: Mapping[str, Any]
    ending: Mapping[str, Any] | None = None
    note: str = ""


@dataclass
class _Deed:
    """What a function needs to say beside its result."""

    passages: tuple[Passage, ...] = ()
    wants_team: str = ""


@dataclass
class Telephone:
    """One call's conversation. Its methods block, and may be called from any thread, one at a time.

    Args:
        send_text: texts the caller; PlatformError when it cannot be sent.
        link: where the conversation goes on in a browser.
    """

    tenant: Tenant
    phone: VoiceConfig
    caller: Caller
    ports: Ports
    send_text: Callable[[str], object]
    link: Callable[[], str]
    texted: list[str] = field(default_factory=list)
    _numbers: int = 0
    _sources: tuple[Citation, ...] = ()
    _told: Dialogue | None = None
    _embedded: int = 0
    _asked: Asked | None = None

    def prepare(self) -> None:
        """Load the index before the first question needs it: the caller waits for nothing then."""
        with suppress(PlatformError):
            use_default = self.tenant.config.knowledge.use_default_index
            self.ports.knowledge.index(self.tenant.id, None, use_default=use_default)

    def opening(self, greeting: str) -> tuple[str, tuple[Tool, ...]]:
        """Return what the model is told for this call, and the functions it has."""
        now = self.ports.clock.now()
        session = self._session(None, self._message(""), now)
        self._take_part(session, now)
        self._told = session.dialogue
        specs, known = self.tenant.config.all_fields(), session.dialogue.fields
        lines = moment(self.tenant.config, now)
        lines += [f"known of the caller, {specs[name].label}: {value.shown}" for name, value in known.items()
                  if name in specs]  # fmt: skip
        for goal in self.tenant.config.goals:
            labels = ", ".join(specs[name].label for name in goal.collect)
            lines.append(f"when it fits, find out for “{goal.id}”: {labels}")
        toolbox, _, _ = self._toolbox(self._scene("", session, now), _Deed())
        return spoken_instruction(self.tenant.config, greeting, lines), toolbox.tools()

    def _take_part(self, begun: Session, now: dt.datetime) -> None:
        """Give the call its arms. Who hears the assistant has met all that speaks to them."""
        if not self.tenant.experiments:
            return
        with suppress(PlatformError):  # a call that comes back keeps what it had
            begun = self.ports.sessions.read(self.tenant.id, begun.session_id) or begun
        self.tenant = take_part(self.tenant, begun, self._message(""), now)
        self.phone = self.tenant.config.voice or self.phone
        known = arms_of(begun)
        met = [*exposures(self.tenant, begun, known, noted(self.tenant, begun, CALL), now)]
        if met:
            self.ports.journal.keep(self.tenant, met)

    def run(self, call: ToolCall, words: str) -> Outcome:
        """Carry out a function call; `words` is what the caller has said in this turn."""
        now, deed = self.ports.clock.now(), _Deed()
        if call.name == "search_knowledge":  # writes nothing: no need to hold the session meanwhile
            toolbox, _, _ = self._toolbox(self._scene(words, self._session(None, self._message(""), now), now), deed)
            result = toolbox.run(call)
            self._sources = tuple(
                Citation(number, passage.chunk.title, passage.chunk.url)
                for number, passage in enumerate(deed.passages, 1)
            )
            return Outcome(result, note=_cited(self._sources))
        try:
            with conversation(self.ports.sessions, self.ports.clock, self.tenant, self.caller.session_id) as held:
                scene = self._scene(words, held.session, now)
                toolbox, notebook, phone = self._toolbox(scene, deed)
                result = toolbox.run(call)
                session = replace(scene.session, dialogue=notebook.dialogue)
                session, kept = hand_over(self.tenant, session, words, now, self.ports.outbox)
                held.changed = session
        except PlatformError as error:
            event(_log, "phone_function_failed", logging.WARNING, function=call.name, code=error.code)
            return Outcome({"error": "That did not work just now."})
        self._keep(scene.session, session)
        if deed.wants_team:
            call_person(self.tenant, session, new_id("hnd"), deed.wants_team, self.ports)
        return Outcome(result if kept else {"error": "It could not be kept just now."}, phone.ending)

    def exchange(self, question: str, reply: str, spent: tuple[Item, ...] = ()) -> Outcome:
        """Keep one turn of the call; rules and a wish for a person have their effect. `reply`: what was heard of it.

        `spent` is what the model that speaks took since the last one.
        """
        self._numbers += 1
        now = self.ports.clock.now()
        message = self._message(question)
        with conversation(self.ports.sessions, self.ports.clock, self.tenant, self.caller.session_id) as held:
            scene = Scene(self.tenant, self._session(held.session, message, now), message, now)
            thought = self._understood(scene) if question else None
            arms = noted(self.tenant, scene.session, SEARCHED if self._sources else CALL)
            session = self._concluded(scene, thought, reply) if thought else scene.session
            session, _ = hand_over(self.tenant, session, question, now, self.ports.outbox)
            ending: Ending = "answered" if thought else "settled"
            turn = Turn(
                message.message_id, Reply(paragraph(reply), reply), ending, state=session.dialogue.state,
                spent=(*spent, *self._searches()), asked=self._asked,
            )  # fmt: skip
            self._asked = None
            if thought:
                turn = replace(
                    turn, intent=thought.intent, sentiment=thought.perception.sentiment, rules=thought.ruled.fired,
                    noted=thought.noted,
                )  # fmt: skip
            past = past_turn(self.tenant, message, turn, now, number_of(session) + 1, arms)
            held.changed = session.with_turn(past, self.tenant.max_history_turns)
            found = observed(self.tenant, message, turn, self._told_of(scene.session), held.changed, now)
            self._told = held.changed.dialogue
        self.ports.journal.keep(self.tenant, *found)
        self._keep(scene.session, session)
        if thought is None or not thought.handoff:
            return Outcome({})
        call_person(self.tenant, held.changed, thought.handoff, thought.reason, self.ports)
        phone = self._phone(now, _Deed())
        return Outcome({}, {"do": "transfer", "reason": thought.reason} if phone.can_transfer else None)

    def _told_of(self, session: Session) -> Session:
        """Return the session with what the journal knows of it: functions have written in it since."""
        return replace(session, dialogue=self._told) if self._told else session

    def _understood(self, scene: Scene) -> Thought:
        """Think as before an answer, with nothing to search: the model has searched already."""
        senses = replace(self.ports, knowledge=NoKnowledge())
        return think(scene, None, senses, Timings(self._monotonic))

    def _concluded(self, scene: Scene, thought: Thought, reply: str) -> Session:
        """Return the session after an answer. The plan goes on, but asked nothing: the model chose its own words."""
        before, planned = scene.session.dialogue.plan, thought.plan.plan
        plan = replace(before, goal=planned.goal, done=planned.done)
        spoken = replace(thought, settled=None, dialogue=replace(thought.dialogue, plan=plan))
        sources, self._sources = self._sources, ()
        turn = Turn(scene.message.message_id, Reply("", reply), "answered", citations=sources)
        return conclude(scene, spoken, turn)

    def spend(self, spent: tuple[Item, ...]) -> None:
        """Count what was used after the last exchange that was kept."""
        items = (*spent, *self._searches())
        if items:
            session_id = self.caller.session_id
            cost = CostArose(
                id=f"{session_id}/{new_id('cost')}", at=self.ports.clock.now(), session_id=session_id, channel="voice",
                items=items,
            )  # fmt: skip
            self.ports.journal.keep(self.tenant, [cost])

    def _searches(self) -> tuple[Item, ...]:
        """Return what searching took since this was asked last."""
        embedded, self._embedded = self._embedded, 0
        return embedding_items(self.tenant.embedding_model, embedded)

    def close(self) -> tuple[str, dict[str, str]]:
        """End the call: leave a note in the CRM; return the summary and the details that are known."""
        now, config = self.ports.clock.now(), self.tenant.config
        with conversation(self.ports.sessions, self.ports.clock, self.tenant, self.caller.session_id) as held:
            session = held.session
        if session is None or not session.turns:
            return "", {}
        text = summary(config.name, session, session.dialogue, config.all_fields(), "called", "")
        identity = identity_of(session.dialogue)
        if identity and config.crm and config.crm.enabled and config.crm.notes:
            note = {"text": text, "at": now.isoformat()}
            name = f"call:{self.caller.call_id}"
            self.ports.outbox.add(self.tenant.id, [entry("note", session, session.dialogue, identity, name, note)])
        return text, {name: value.value for name, value in session.dialogue.fields.items()}

    def _toolbox(self, scene: Scene, deed: _Deed) -> tuple[Toolbox, Notebook, PhoneFunctions]:
        perceived = perceive(scene, scene.session.dialogue)[1] if scene.message.text else scene.session.dialogue
        notebook = Notebook(scene, replace(scene.session.dialogue, fields=perceived.fields))
        phone = self._phone(scene.now, deed)
        config = self.tenant.config
        functions = (
            search_knowledge(config.name, partial(self._search, scene.session), partial(setattr, deed, "passages")),
            *capture_field(tuple(notebook.specs.values()), notebook, read_back=spelled),
            *crm_functions(config, notebook, partial(self.ports.directory.look_up, self.tenant.id)),
            *phone.on_offer(),
        )
        return Toolbox(functions), notebook, phone

    def _phone(self, now: dt.datetime, deed: _Deed) -> PhoneFunctions:
        is_open = self.tenant.config.opening_hours.is_open(now)
        call_team = partial(setattr, deed, "wants_team")
        functions = PhoneFunctions(self.tenant, self.phone, is_open, self.send_text, self.link, call_team)
        functions.texted = self.texted
        return functions

    def _search(self, session: Session, query: str) -> tuple[Passage, ...]:
        now = self.ports.clock.now()
        scene = Scene(self.tenant, session, replace(self._message(""), text=query), now)
        question = Question((), session.dialogue.language)
        found = retrieve(scene, question, None, self.ports, Timings(self._monotonic))
        self._embedded += found.embedded
        self._asked = found.asked
        return found.passages

    def _scene(self, words: str, session: Session | None, now: dt.datetime) -> Scene:
        message = self._message(words)
        return Scene(self.tenant, self._session(session, message, now), message, now)

    def _session(self, session: Session | None, message: Message, now: dt.datetime) -> Session:
        """Return the call's session; a verified caller's begins with what they told before."""
        begun = prepared(self.tenant, message, session, now)
        person = self.caller.person
        if session is not None or not person:
            return begun
        fields = dict(self.ports.visitors.load(self.tenant.id, person))
        return replace(begun, dialogue=replace(begun.dialogue, person=person, fields=fields))

    def _keep(self, before: Session, after: Session) -> None:
        known = before.dialogue.fields
        changed = {name: value for name, value in after.dialogue.fields.items() if known.get(name) != value}
        if self.caller.person and changed:
            self.ports.visitors.save(self.tenant.id, self.caller.person, changed, after.dialogue.language)

    def _message(self, text: str) -> Message:
        return Message(
            self.tenant.id, self.caller.session_id, f"{self.caller.call_id}-{self._numbers}", written(text),
            self.caller.number,
            channel="voice", person=self.caller.person, holder=True,
        )  # fmt: skip

    @property
    def _monotonic(self) -> Callable[[], float]:
        return self.ports.clock.monotonic


def _cited(sources: tuple[Citation, ...]) -> str:
    """Return the sources the model was given, for the transcript."""
    named = dict.fromkeys(" ".join(filter(None, (source.title, source.url))) for source in sources)
    return f"sources: {'; '.join(named)}" if named else ""
