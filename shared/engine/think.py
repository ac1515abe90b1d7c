"""Everything a turn decides before the model speaks, in order. Pure but for the one embedding.

`answer` uses it on the session it holds, `inspect` on a copy: what an owner is shown is what happens.
"""

from dataclasses import dataclass, replace

from shared.dialogue.machine import WITH_TEAM, EventName, Transition, may, step, wake
from shared.dialogue.plan import PlanStep, choose
from shared.domain.dialogue import Dialogue, Plan
from shared.domain.ids import new_id
from shared.domain.phrases import say
from shared.domain.understanding import Intent
from shared.domain.verdict import Settled
from shared.engine.scene import Scene
from shared.engine.stages import settle
from shared.engine.stages.follow_rules import Moment, follow_rules
from shared.engine.stages.perceive import Perception, is_known, perceive
from shared.engine.stages.retrieve import Question, Retrieved, retrieve
from shared.engine.stages.screen_input import screen_input
from shared.engine.timings import Timings
from shared.ports import Senses
from shared.rules.evaluate import NO_RULES, Ruled
from shared.understanding.cues import agrees
from shared.understanding.intents import or_question
from shared.understanding.sentiment import frustrated

# What `plan.asking` holds after a person was offered, where else it holds a field's id.
PERSON = "person"
_SMALL_TALK = ("greeting", "thanks", "goodbye")
_NOTHING = Retrieved()


@dataclass(frozen=True)
class Thought:
    """What was understood and decided. `settled` None: the model answers, and `question` ends what it says.

    `opening` is said first: that the assistant answers again, now that a person has left. `handoff` is the id of a call
    for a person that this turn makes ("" none), `reason` why it does.
    """

    perception: Perception
    dialogue: Dialogue
    intent: Intent
    found: Retrieved
    ruled: Ruled
    plan: PlanStep
    transitions: tuple[Transition, ...]
    settled: Settled | None
    question: str = ""
    opening: str = ""
    handoff: str = ""
    reason: str = ""

    @property
    def noted(self) -> bool:
        """Whether the visitor only tells details, or says no to what was offered: there is nothing to answer."""
        return self.settled is not None and self.settled.by == "detail"

    @property
    def unknown(self) -> bool:
        """Whether the visitor asks something, and nothing that may answer it was found in what was searched."""
        return self.perception.asks and self.found.asked is not None and not self.found.passages


@dataclass
class _Path:
    """The dialogue on its way through the turn, and the transitions it made."""

    dialogue: Dialogue
    transitions: tuple[Transition, ...]

    def take(self, event: str, scene: Scene) -> None:
        taken = step(self.dialogue, event, scene.now)
        self.dialogue, self.transitions = taken.dialogue, (*self.transitions, taken)


def think(scene: Scene, build: str | None, senses: Senses, timings: Timings) -> Thought:
    """Return what to do with the message. `build` is the knowledge build announced as current, None: not known."""
    with timings.part("think"):
        path = _Path(*wake(scene.session.dialogue, scene.now, scene.tenant.config.handoff.return_after_minutes))
        path.dialogue = _after_person(path.dialogue)
        screened = screen_input(scene.tenant, scene.message)
        if screened:
            return _screened(scene, path, screened)
        perception, path.dialogue = perceive(scene, path.dialogue)
        path.take("asked", scene)
    found = _NOTHING
    if _needs_knowledge(perception, path.dialogue):
        heard = perception.heard
        details = [given.said for given in (*heard.given, *heard.corrected)]
        found = retrieve(scene, Question(details, perception.language), build, senses, timings)
    with timings.part("think"):
        found = replace(found, match=or_question(found.match, asks=perception.asks))
        intent = Intent(perception.cue, 1.0) if perception.cue else found.match.intent
        ruled = _ruled(scene, path, perception, intent)
        return _decided(scene, path, perception, intent, found, ruled)


def _after_person(dialogue: Dialogue) -> Dialogue:
    """Forget that the visitor was told of a person once that person has left: the next one is told of again."""
    if dialogue.owner == "person" or settle.WITH_PERSON not in dialogue.plan.offered:
        return dialogue
    offered = tuple(item for item in dialogue.plan.offered if item != settle.WITH_PERSON)
    return replace(dialogue, plan=replace(dialogue.plan, offered=offered))


def _screened(scene: Scene, path: _Path, settled: Settled) -> Thought:
    """A guard has spoken: nothing is learned from such a message."""
    path.take("greeted" if settled.by == "intro" else "asked", scene)
    dialogue = path.dialogue
    language = dialogue.language or scene.message.locale[:2] or scene.tenant.config.languages[0][:2]
    return Thought(
        Perception(language), dialogue, settled.settlement.intent, _NOTHING, NO_RULES, PlanStep(dialogue.plan),
        path.transitions, settled,
    )  # fmt: skip


def _needs_knowledge(perception: Perception, dialogue: Dialogue) -> bool:
    """Not for what words alone settle: an embedding costs the visitor a round trip to the model's service."""
    heard = perception.heard
    only_detail = (heard.bare or heard.refused or heard.withdrawn) and not perception.asks
    return not (dialogue.owner == "person" or only_detail or perception.cue in ("appointment", "person", *_SMALL_TALK))


def _ruled(scene: Scene, path: _Path, perception: Perception, intent: Intent) -> Ruled:
    """Run the rules and do what they say to the session."""
    moment = Moment(
        scene.message.text, intent, perception.sentiment, perception.language, scene.turn_number, path.dialogue.state
    )
    ruled = follow_rules(scene.tenant, scene.session, path.dialogue, moment, scene.now)
    path.dialogue = replace(
        path.dialogue,
        fired=(*path.dialogue.fired, *ruled.once),
        tags=tuple(dict.fromkeys((*path.dialogue.tags, *ruled.tags))),
    )
    if ruled.state and may(path.dialogue.state, ruled.state):
        path.take(f"rule:{ruled.state}", scene)
    return ruled


def _decided(
    scene: Scene, path: _Path, perception: Perception, intent: Intent, found: Retrieved, ruled: Ruled
) -> Thought:
    """Choose between quiet, a rule's words, a person, the booking guard, a noted detail, and the model."""
    dialogue = path.dialogue
    reason = _reason_for_person(scene, dialogue, perception, ruled)
    plan = _planned(scene, dialogue, perception, intent, ruled, called=reason is not None)
    if not reason and _offers_person(scene, dialogue, perception, ruled):
        plan = _person_offered(plan)
    settled, event = _settlement(scene, dialogue, perception, intent, ruled, plan, called=reason is not None)
    progress, question = _closing(scene, perception, plan, settled)
    path.dialogue = replace(dialogue, plan=progress)
    if event:
        path.take(event, scene)
    handoff = new_id("hnd") if settled and settled.by == "handoff" else ""
    path.dialogue = replace(path.dialogue, handoff=handoff or path.dialogue.handoff)
    opening = _opening(scene, path, perception.language)
    return Thought(
        perception, path.dialogue, intent, found, ruled, plan, path.transitions, settled, question, opening, handoff,
        reason if handoff and reason else "",
    )  # fmt: skip


def _opening(scene: Scene, path: _Path, language: str) -> str:
    """Return what tells the visitor that the assistant answers again; "" where it did so all along."""
    if any(taken.event == "timed_out" and taken.before in WITH_TEAM for taken in path.transitions):
        return say("returned_to_bot", language)
    told = settle.WITH_PERSON in scene.session.dialogue.plan.offered
    return say("person_left", language) if told and path.dialogue.owner != "person" else ""


def _reason_for_person(scene: Scene, dialogue: Dialogue, perception: Perception, ruled: Ruled) -> str | None:
    """Return why a person is called now, None when none is."""
    if dialogue.owner == "person" or not scene.tenant.config.handoff.enabled or dialogue.state == "handoff_requested":
        return None
    if ruled.handoff is not None:
        return ruled.handoff or "one of the business's rules asks for it"
    if perception.cue == PERSON:
        return "the visitor asked for a person"
    if dialogue.plan.asking == PERSON and agrees(scene.message.text):
        return "the visitor accepted the offer of a person"
    return None


def _planned(
    scene: Scene, dialogue: Dialogue, perception: Perception, intent: Intent, ruled: Ruled, *, called: bool
) -> PlanStep:
    if dialogue.owner == "person":
        return PlanStep(dialogue.plan)
    required = ruled.require
    if called and not any(is_known(dialogue, name) for name in settle.REACH):
        required = (*required, "email")  # nobody can come back to a visitor without an address
    config = scene.tenant.config
    return choose(
        dialogue, config.goals, config.all_fields(), required, intent.name, perception.heard,
        declined=perception.declined, turn_no=scene.turn_number,
    )  # fmt: skip


def _settlement(
    scene: Scene, dialogue: Dialogue, perception: Perception, intent: Intent, ruled: Ruled, plan: PlanStep,
    *, called: bool,
) -> tuple[Settled | None, EventName | None]:  # fmt: skip
    """Return the words that need no model, None when it answers, and what the turn is for the state machine."""
    language = perception.language
    if dialogue.owner == "person":
        return settle.with_person(dialogue, language, intent), None
    if called:
        return settle.by_handoff(scene, language, intent, ruled.reply), "person_asked"
    event = _event_of(perception, plan)
    if ruled.reply is not None:
        return settle.by_rule(ruled.reply, intent), event
    if intent.name == "appointment" and (booking := settle.by_appointment(scene, language)):
        return booking, "appointment_asked"
    if dialogue.plan.asking == PERSON and perception.declined and not perception.asks:
        return settle.by_declining(language), event
    return settle.by_detail(scene.tenant, perception, plan), event


def _event_of(perception: Perception, plan: PlanStep) -> EventName | None:
    """Return what this turn is for the state machine, None when only the answer will tell."""
    if perception.cue == "goodbye":
        return "closed"
    if plan.ask:
        return "field_asked"
    if plan.cta:
        return "offered"
    return "field_given" if perception.learned else None


def _offers_person(scene: Scene, dialogue: Dialogue, perception: Perception, ruled: Ruled) -> bool:
    """Say whether a visitor who gets nowhere is offered a person now; once a session."""
    handoff = scene.tenant.config.handoff
    if not handoff.enabled or dialogue.owner == "person" or dialogue.state == "handoff_requested":
        return False
    if PERSON in dialogue.plan.offered or ruled.reply is not None or perception.cue == "appointment":
        return False
    upset = frustrated(dialogue.moods) >= handoff.offer_after_frustrated
    return upset or dialogue.unanswered >= handoff.offer_after_unanswered


def _person_offered(step: PlanStep) -> PlanStep:
    """Return the plan's step with the offer in the place of its question, which then was not asked."""
    asked = {name: times - (name == step.ask) for name, times in step.plan.asked.items()}
    plan = replace(step.plan, asked=asked, asking=PERSON, offered=(*step.plan.offered, PERSON))
    return PlanStep(plan, reason="a person is offered instead")


def _closing(scene: Scene, perception: Perception, step: PlanStep, settled: Settled | None) -> tuple[Plan, str]:
    """Return the plan and the one question that ends the reply."""
    if settled and settled.by == "person":
        return replace(step.plan, offered=tuple(dict.fromkeys((*step.plan.offered, settle.WITH_PERSON)))), ""
    if step.plan.asking == PERSON:
        return step.plan, say("handoff_offer", perception.language)
    return step.plan, settle.question(scene.tenant, step, perception)
