"""A turn told in plain sentences, for an owner who does not program. Pure."""

from collections.abc import Iterator

from shared.dialogue.ctas import ChosenCta
from shared.domain.tenant import Tenant
from shared.domain.turn import Citation
from shared.engine.scene import Scene
from shared.engine.think import Thought

_LANGUAGES = {"en": "English", "es": "Spanish", "de": "German", "fr": "French", "ar": "Arabic"}
_SETTLED = {
    "intro": "The widget was opened, so the assistant said its greeting; the model was not asked.",
    "injection": "The message tried to change the assistant's instructions, so it was politely declined.",
    "person": "A person of the team owns this conversation, so the assistant stays quiet.",
    "rule": "One of your rules answers this itself, so the model was not asked.",
    "handoff": "A person of the team was called.",
    "appointment": "The visitor wants an appointment, so the booking guard answered; the assistant never books itself.",
    "detail": "The message was only an answer to the assistant's question, so it was noted without asking the model.",
}


def explain(
    scene: Scene, thought: Thought, citations: tuple[Citation, ...], ctas: tuple[ChosenCta, ...], *, answered: bool
) -> list[str]:
    """Return the turn as sentences, in the order in which things were decided."""
    parts = (
        _understood(thought), _details(scene.tenant, thought), _rules(thought), _settled(thought),
        _knowledge(thought, citations, answered=answered), _state(scene, thought), _planned(scene.tenant, thought),
    )  # fmt: skip
    sentences = [sentence for part in parts for sentence in part]
    return [*sentences, *(f"The button “{item.node.label}” is shown: {item.because}." for item in ctas)]


def _understood(thought: Thought) -> Iterator[str]:
    seen = thought.perception
    yield f"The visitor writes in {_LANGUAGES.get(seen.language, seen.language)}."
    intent = thought.intent
    if intent.name == "none":
        nearest = thought.found.match.candidates[:1]
        close = f" The nearest was “{nearest[0].name}”, too far away to be sure." if nearest else ""
        yield f"The message fits none of the intents.{close}"
    elif seen.cue:
        yield f"The words leave no doubt: the intent is “{intent.name}”."
    else:
        example = next((item.example for item in thought.found.match.candidates if item.name == intent.name), "")
        like = f", because it is like “{example}”" if example else ""
        yield f"The intent is “{intent.name}” with {intent.confidence:.0%} confidence{like}."
    words = ", ".join(f"“{word}”" for word in seen.sentiment.evidence)
    yield f"The mood is {seen.sentiment.label}" + (f" ({words})." if words else ".")


def _details(tenant: Tenant, thought: Thought) -> Iterator[str]:
    heard, specs = thought.perception.heard, tenant.config.all_fields()

    def label(name: str) -> str:
        return specs[name].label if name in specs else name

    for given in heard.given:
        yield f"{label(given.field)} was noted: {given.shown}. It will not be asked for again."
    for given in heard.corrected:
        yield f"{label(given.field)} was corrected to {given.shown}."
    for given in heard.contested:
        kept = thought.dialogue.fields[given.field].shown
        yield f"“{given.said}” differs from the {label(given.field)} on record, but corrects nothing: {kept} stays."
    for bad in heard.rejected:
        yield f"“{bad.said}” was meant as {label(bad.field)} but is not valid ({bad.reason.replace('_', ' ')})."
    for name in heard.withdrawn:
        yield f"The visitor said that the {label(name)} on record is wrong."
    if heard.refused:
        yield "The visitor does not want to answer what was asked."


def _rules(thought: Thought) -> Iterator[str]:
    for item in thought.ruled.trace:
        verb = "applies" if item.outcome == "fired" else "does not apply"
        yield f"The rule “{item.rule_id}” {verb}: {item.because}."


def _settled(thought: Thought) -> Iterator[str]:
    if thought.settled:
        yield _SETTLED[thought.settled.by]
    if thought.reason:
        yield f"The reason for calling a person: {thought.reason}."


def _knowledge(thought: Thought, citations: tuple[Citation, ...], *, answered: bool) -> Iterator[str]:
    if thought.settled:
        return
    found = thought.found
    if found.degraded:
        yield "The knowledge base could not be reached."
    elif found.passages:
        pages = list(dict.fromkeys(passage.chunk.title for passage in found.passages))
        yield f"{len(found.passages)} passages were given to the model, from: {', '.join(pages)}."
    else:
        yield "Nothing in the knowledge base was searched for or found."
    if answered:
        sources = ", ".join(citation.title for citation in citations)
        yield f"The answer cites {sources}." if sources else "The answer cites no source."


def _state(scene: Scene, thought: Thought) -> Iterator[str]:
    before, after = scene.session.dialogue.state, thought.dialogue.state
    if before != after:
        yield f"The conversation moved from “{before}” to “{after}”."


def _planned(tenant: Tenant, thought: Thought) -> Iterator[str]:
    step = thought.plan
    if step.plan.goal or step.ask:
        specs = tenant.config.all_fields()
        if step.plan.goal:
            yield f"The goal pursued is “{step.plan.goal}”."
        asked = f"a question for {specs[step.ask].label}" if step.ask in specs else "no question"
        yield f"The reply ends with {asked}: {step.reason}."
