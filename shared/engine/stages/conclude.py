"""What the session knows after the reply: how it went and what was shown. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from shared.dialogue.machine import EventName, step
from shared.domain.dialogue import Dialogue
from shared.domain.session import Session
from shared.domain.turn import Cta, Turn
from shared.engine.scene import Scene
from shared.engine.think import Thought


def conclude(scene: Scene, thought: Thought, turn: Turn) -> Session:
    """Return the session as it stands after the turn."""
    session, dialogue = scene.session, thought.dialogue
    if thought.settled is None:
        missed = turn.ending == "failed" or unanswered(thought, cited=bool(turn.citations))
        event: EventName = "unanswered" if missed else "answered"
        dialogue = replace(
            step(dialogue, event, scene.now).dialogue, unanswered=dialogue.unanswered + 1 if missed else 0
        )
    after = replace(
        session,
        dialogue=_shown(dialogue, turn.ctas),
        metadata={**session.metadata, **thought.ruled.metadata},
    )
    return with_plan_of(session, after) if turn.ending == "failed" else after


def with_plan_of(before: Session, after: Session) -> Session:
    """Return `after` with the plan from before the turn: the question that was to end the reply was not asked."""
    return replace(after, dialogue=replace(after.dialogue, plan=before.dialogue.plan))


def unanswered(thought: Thought, *, cited: bool) -> bool:
    """Say whether the visitor asked and got no answer from the business's own knowledge."""
    return thought.perception.asks and not cited and not thought.ruled.fired


def _shown(dialogue: Dialogue, ctas: Iterable[Cta]) -> Dialogue:
    ids = tuple(cta.id for cta in ctas)
    counts = {cta_id: dialogue.shown.get(cta_id, 0) + 1 for cta_id in ids}
    return replace(dialogue, shown={**dialogue.shown, **counts}, last_shown=ids)
