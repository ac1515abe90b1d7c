"""What to ask for next, or to propose: the business's goals, pursued over many turns without pressing anybody. Pure.

At most one question a reply, at most three for a field in a session: whatever a visitor does, the plan ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.domain.dialogue import Dialogue, Plan
from shared.domain.fields import BUILT_IN, FieldSpec
from shared.domain.goals import Goal
from shared.domain.phrases import KEYS, base, is_spoken, say
from shared.domain.understanding import Heard, Rejected

MOST_ASKED = 3
MOST_IN_A_ROW = 2
UPSET = -0.4
# Wishes during which a goal waits, unless the goal is for them.
QUIET = ("person", "complaint", "goodbye")
# States before the visitor's first answer: what they came for goes before what the business wants.
_UNANSWERED = ("new", "greeting", "discovery")
_BUILT_IN = {spec.id: spec for spec in BUILT_IN}


@dataclass(frozen=True)
class PlanStep:
    """What the plan does in this reply.

    Args:
        plan: the progress to keep.
        ask: id of the field to ask for, "" none.
        again: the value that was not valid, when the field is asked again for that.
        cta: id of the call to action to propose, "" none.
        reason: why, in plain English, without a full stop.
        done: steps of the goal that are over (field ids, and `cta:` with an id), in the goal's order.
        next: those that remain, the rules' fields first.
        gave_up: the field given up in this turn, "" none.
    """

    plan: Plan
    ask: str = ""
    again: Rejected | None = None
    cta: str = ""
    reason: str = ""
    done: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    gave_up: str = ""


@dataclass(frozen=True)
class _Turn:
    """The inputs of a choice, and what follows from them alone."""

    dialogue: Dialogue
    specs: Mapping[str, FieldSpec]
    heard: Heard
    intent: str
    declined: bool
    turn_no: int

    def knows(self, name: str) -> bool:
        """Say whether a field's value is settled; one just called wrong is not."""
        if any(given.field == name for given in (*self.heard.given, *self.heard.corrected)):
            return True
        value = self.dialogue.fields.get(name)
        return value is not None and value.locked and name not in self.heard.withdrawn

    def may_ask(self, name: str, plan: Plan) -> bool:
        """Say whether a field may still be asked for in this session."""
        spent = plan.asked.get(name, 0) >= MOST_ASKED or name in plan.given_up
        return name in self.specs and not spent and not self.knows(name)

    def rejected(self, name: str) -> Rejected | None:
        """Return the value for a field that was not valid."""
        return next((bad for bad in self.heard.rejected if bad.field == name), None)

    @property
    def upset(self) -> bool:
        """Whether the visitor's last words sound angry or let down."""
        return bool(self.dialogue.moods) and self.dialogue.moods[-1] <= UPSET


def choose(  # noqa: PLR0917 - the order of a turn: what is known, what is wanted, what was said
    dialogue: Dialogue,
    goals: tuple[Goal, ...],
    specs: Mapping[str, FieldSpec],
    required: tuple[str, ...],
    intent: str,
    heard: Heard,
    declined: bool,  # noqa: FBT001 - a cue among cues
    turn_no: int,
) -> PlanStep:
    """Return the next step of the plan.

    Args:
        dialogue: the session after this message was heard, before it is answered.
        goals: the business's, the most important first.
        specs: every field by id.
        required: fields that the business's rules want before anything else.
        intent: what the visitor wants; `none` when not recognised.
        heard: what the message says about fields. `refused` gives the asked field up.
        declined: the visitor says no, though not clearly to the question: counts as a refusal, the field rests.
        turn_no: 1 for the session's first message.
    """
    turn = _Turn(dialogue, specs, heard, intent, declined, turn_no)
    plan, gave_up, rests = _hear_out(turn)
    plan = _end_refused(plan, goals)
    goal = _pursued(turn, plan, goals)
    plan = replace(plan, goal=goal.id if goal else "")
    ask, reason = _question(turn, plan, goal, required, rests)
    cta = ""
    if ask:
        plan = replace(plan, asking=ask, asked={**plan.asked, ask: plan.asked.get(ask, 0) + 1})
    elif goal and not _held(turn, goal) and not any(turn.may_ask(name, plan) for name in goal.collect):
        plan, cta = _finished(plan, goal, dialogue.clicked)
        reason = f"the goal '{goal.id}' has all it can get" + (f": '{cta}' is proposed" if cta else "")
    done, remaining = _steps(turn, plan, goal, required, ask)
    again = turn.rejected(ask) if ask else None
    return PlanStep(plan, ask, again, cta, reason, done, remaining, gave_up)


def question_for(spec: FieldSpec, language: str, again: Rejected | None = None, first_language: str = "en") -> str:
    """Return the question for a field in the visitor's language.

    Args:
        spec: the field. Its own `question` is used where it is in the visitor's language, or none of ours is.
        language: the visitor's.
        again: the value that was not valid: the question then says why.
        first_language: the business's, in which its own wording is.
    """
    label = label_for(spec, language, first_language)
    if again:
        return say("ask_again", language, label=label, reason=_why(spec, language, again.reason))
    own = base(language) == base(first_language) or not is_spoken(language)
    if spec.question and own:
        return spec.question
    if spec.id in _BUILT_IN:
        return say(f"ask_{spec.id}", language)
    if spec.choices:
        return say("ask_choice", language, label=label, choices=", ".join(spec.choices))
    return say("ask_field", language, label=label)


def label_for(spec: FieldSpec, language: str, first_language: str = "en") -> str:
    """Return what a field is called: the owner's words, for a built-in one the visitor's language where it differs."""
    ours = spec.label == _BUILT_IN[spec.id].label if spec.id in _BUILT_IN else False
    if ours or (spec.id in _BUILT_IN and base(language) != base(first_language)):
        return say(f"label_{spec.id}", language)
    return spec.label


def _why(spec: FieldSpec, language: str, code: str) -> str:
    """Return the reason in words: the code's own, else those of its kind of field (`date_syntax`: `date_invalid`)."""
    family = f"{code.partition('_')[0]}_invalid"
    key = next((f"reason_{name}" for name in (code, family) if f"reason_{name}" in KEYS), "reason_text_invalid")
    return say(key, language, choices=", ".join(spec.choices), range=_range(spec))


def _range(spec: FieldSpec) -> str:
    """Return what a number may be, in signs that need no language."""
    if spec.minimum is not None and spec.maximum is not None:
        return f"{spec.minimum:.15g} – {spec.maximum:.15g}"
    return f"≥ {spec.minimum:.15g}" if spec.minimum is not None else f"≤ {spec.maximum or 0:.15g}"


def _hear_out(turn: _Turn) -> tuple[Plan, str, str]:
    """Return the plan after the visitor's answer to the last question, the field given up, and why nothing is asked."""
    plan, name = replace(turn.dialogue.plan, asking=""), turn.dialogue.plan.asking
    if name not in turn.specs or turn.knows(name):
        return plan, "", ""
    asked, tried = plan.asked.get(name, 0), turn.rejected(name) is not None
    if turn.heard.refused or (turn.declined and not tried):
        refused = plan.refused.get(name, 0) + 1
        plan = replace(plan, refused={**plan.refused, name: refused})
        if turn.heard.refused:
            return _without(plan, name), name, ""
        return plan, "", "the visitor said no to the question: it rests for a turn"
    if asked >= MOST_ASKED:
        return _without(plan, name), name, f"'{name}' was asked for {asked} times: it is given up"
    if asked >= MOST_IN_A_ROW and not tried:
        return plan, "", f"'{name}' was asked for twice without an answer: it rests for a turn"
    return plan, "", ""


def _without(plan: Plan, name: str) -> Plan:
    return replace(plan, given_up=tuple(dict.fromkeys((*plan.given_up, name))))


def _end_refused(plan: Plan, goals: tuple[Goal, ...]) -> Plan:
    """Return the plan without goals whose questions were refused too often; who says no is offered nothing for it."""
    ended = (goal.id for goal in goals if sum(plan.refused.get(name, 0) for name in goal.collect) >= goal.max_refusals)
    return replace(plan, done=tuple(dict.fromkeys((*plan.done, *ended))))


def _pursued(turn: _Turn, plan: Plan, goals: tuple[Goal, ...]) -> Goal | None:
    """Return the goal to pursue: one for what the visitor wants now, else the one begun, else one without intents."""
    unfinished = [goal for goal in goals if goal.id not in plan.done]
    begun = [goal for goal in unfinished if goal.id == plan.goal]
    wished = [goal for goal in (*begun, *unfinished) if turn.intent in goal.intents]
    if wished or begun:
        return (wished or begun)[0]
    if turn.turn_no == 1 or turn.dialogue.state in _UNANSWERED:
        return None
    return next((goal for goal in unfinished if not goal.intents), None)


def _held(turn: _Turn, goal: Goal) -> str:
    """Return why the goal has to wait in this turn, "" when it has not."""
    if turn.dialogue.state in ("handoff_requested", "with_person"):
        return "a person of the team is called"
    if turn.upset:
        return "the visitor sounds upset: this is no time to ask"
    if turn.intent in QUIET and turn.intent not in goal.intents:
        return f"the visitor's wish ('{turn.intent}') goes first"
    return ""


def _question(turn: _Turn, plan: Plan, goal: Goal | None, required: tuple[str, ...], rests: str) -> tuple[str, str]:
    """Return the one field to ask for, "" for none, and why."""
    if turn.dialogue.owner == "person":
        return "", "a person of the team answers"
    wanted = (turn.dialogue.plan.asking, *required, *(goal.collect if goal else ()))
    # The most urgent first; a value somebody tried to give is asked for even while everything else has to wait.
    wishes = {bad.field: "the value given is not valid" for bad in turn.heard.rejected if bad.field in wanted}
    pause = rests or ("a person of the team is called" if turn.dialogue.state == "handoff_requested" else "")
    if not pause:
        wishes |= {name: "the visitor said that it is wrong" for name in turn.heard.withdrawn if name not in wishes}
        wishes |= {name: "it is needed before anything else" for name in required if name not in wishes}
        pause = _held(turn, goal) if goal else "no goal is pursued"
        if goal and not pause:
            wishes |= {name: f"the next step of the goal '{goal.id}'" for name in goal.collect if name not in wishes}
    chosen = ((name, f"'{name}' is asked for: {why}") for name, why in wishes.items() if turn.may_ask(name, plan))
    return next(chosen, ("", pause or "nothing is left to ask for"))


def _finished(plan: Plan, goal: Goal, clicked: tuple[str, ...]) -> tuple[Plan, str]:
    """Return the plan with the goal reached, and its call to action, unless the visitor has seen it proposed."""
    cta = goal.cta if goal.cta and goal.cta not in (*plan.offered, *clicked) else ""
    offered = (*plan.offered, cta) if cta else plan.offered
    return replace(plan, goal="", done=(*plan.done, goal.id), offered=offered), cta


def _steps(
    turn: _Turn, plan: Plan, goal: Goal | None, required: tuple[str, ...], ask: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the steps that are over and those that remain; what is being asked for remains."""
    names = [name for name in dict.fromkeys((*required, *(goal.collect if goal else ()))) if name in turn.specs]
    remaining = [name for name in names if name == ask or turn.may_ask(name, plan)]
    done = [name for name in names if name not in remaining]
    if goal and goal.cta:
        (done if goal.id in plan.done else remaining).append(f"cta:{goal.cta}")
    return tuple(done), tuple(remaining)
