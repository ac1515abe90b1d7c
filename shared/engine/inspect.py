"""One message explained: the very stages of a turn, run on a copy of a session, and what each of them decided."""

from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from shared.dialogue.ctas import ChosenCta
from shared.domain.prices import Item, embedding_items, token_items
from shared.domain.prompt import Prompt
from shared.domain.turn import Citation, Reply, Usage
from shared.engine.explain import explain
from shared.engine.reply import Speech, chosen, prepare, settled_reply
from shared.engine.scene import Scene
from shared.engine.stages.generate import Draft, generate
from shared.engine.stages.speak import speak
from shared.engine.think import Thought, think
from shared.engine.timings import Timings
from shared.ports import Senses


@dataclass(frozen=True)
class Spoken:
    """What the visitor would have got."""

    reply: Reply | None
    citations: tuple[Citation, ...] = ()
    usage: Usage | None = None
    proposed: tuple[str, ...] = ()
    calls: tuple[dict[str, Any], ...] = ()
    failed: bool = False


@dataclass(frozen=True)
class Inspected:
    """The whole turn as a JSON object, and the items of what it cost to find out."""

    shown: dict[str, Any]
    spent: tuple[Item, ...]


def inspect(scene: Scene, build: str | None, senses: Senses, *, ask_model: bool) -> Inspected:
    """Return what a turn would be; nothing is written anywhere, no person is called."""
    timings = Timings(senses.clock.monotonic)
    thought = think(scene, build, senses, timings)
    speech = None if thought.settled else prepare(scene, thought, senses.directory)
    spoken = Spoken(settled_reply(scene, thought)) if speech is None else Spoken(None)
    if speech and ask_model:
        spoken = _spoken(scene, speech, senses, timings)
    text = spoken.reply.text if spoken.reply and not thought.settled else ""
    ctas = chosen(scene, thought, text, spoken.proposed)
    shown = {
        "explanation": explain(scene, thought, spoken.citations, ctas, answered=spoken.reply is not None),
        "guard": thought.settled.by if thought.settled else None,
        "language": thought.perception.language,
        "fields": _fields(thought),
        "intent": {**asdict(thought.intent), "candidates": [asdict(item) for item in thought.found.match.candidates]},
        "sentiment": asdict(thought.perception.sentiment),
        "state": {
            "before": scene.session.dialogue.state,
            "after": thought.dialogue.state,
            "owner": thought.dialogue.owner,
            "transitions": [
                {"from": item.before, "event": item.event, "to": item.after, "allowed": item.allowed}
                for item in thought.transitions
            ],
        },
        "plan": _plan(thought),
        "rules": [asdict(item) for item in thought.ruled.trace],
        "passages": [
            {"score": round(item.score, 4), "shared": item.shared, **asdict(item.chunk)}
            for item in thought.found.passages
        ],
        "prompt": _prompt(speech.prompt) if speech else None,
        "tools": [asdict(tool) for tool in speech.prompt.tools] if speech else [],
        "tool_calls": list(spoken.calls),
        "ctas": [_cta(item) for item in ctas],
        "handoff": thought.reason or None,
        "reply": asdict(spoken.reply) if spoken.reply else None,
        "citations": [asdict(item) for item in spoken.citations],
        "usage": asdict(spoken.usage) if spoken.usage else None,
        "timings_ms": timings.report(),
    }
    answered = token_items(scene.tenant.chat_model, spoken.usage) if spoken.usage else ()
    return Inspected(shown, (*answered, *embedding_items(scene.tenant.embedding_model, thought.found.embedded)))


def _spoken(scene: Scene, speech: Speech, senses: Senses, timings: Timings) -> Spoken:
    """Let the model answer, with nobody listening."""
    draft = Draft()
    with closing(generate(speech.prompt, senses.model, senses.clock, timings, draft, speech.toolbox.run)) as pieces:
        reply, failed = _listened(speak(scene.tenant, pieces, speech.writer, draft, speech.frame))
    calls = tuple({"name": call.name, "arguments": call.arguments} for call in draft.calls)
    proposed = tuple(speech.notebook.proposed)
    return Spoken(reply, tuple(speech.book.citations), draft.usage, proposed, calls, failed)


def _listened(speaking: Any) -> tuple[Reply, bool]:  # noqa: ANN401 - speak's generator
    """Run the reply to its end and return what `speak` returns."""
    while True:
        try:
            next(speaking)
        except StopIteration as ended:
            result: tuple[Reply, bool] = ended.value
            return result


def _fields(thought: Thought) -> dict[str, Any]:
    heard = thought.perception.heard
    return {
        "given": [asdict(item) for item in heard.given],
        "corrected": [asdict(item) for item in heard.corrected],
        "ignored": [asdict(item) for item in heard.contested],
        "rejected": [asdict(item) for item in heard.rejected],
        "withdrawn": list(heard.withdrawn),
        "refused": heard.refused,
        "known": {name: asdict(value) for name, value in thought.dialogue.fields.items()},
    }


def _plan(thought: Thought) -> dict[str, Any]:
    step = thought.plan
    return {
        "goal": step.plan.goal,
        "ask": step.ask,
        "because": step.reason,
        "done": list(step.done),
        "next": list(step.next),
        "question": thought.question,
    }


def _prompt(prompt: Prompt) -> dict[str, Any]:
    return {"model": prompt.model, "system": prompt.system, "contents": list(prompt.contents)}


def _cta(item: ChosenCta) -> dict[str, Any]:
    return {"id": item.node.id, "label": item.node.label, "because": item.because}
