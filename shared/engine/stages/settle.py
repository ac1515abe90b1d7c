"""Ends a turn without the model where words are enough: a rule, a hand-off, a booking, a detail noted. Pure."""

from shared.dialogue.plan import PlanStep, label_for, question_for
from shared.domain.dialogue import Dialogue
from shared.domain.phrases import say
from shared.domain.tenant import Tenant
from shared.domain.understanding import Intent
from shared.domain.verdict import Settled, Settlement
from shared.engine.scene import Scene
from shared.engine.stages.perceive import Perception
from shared.guards import appointment

REACH = ("email", "phone")
# Stands in `plan.offered` once the visitor was told that a person answers.
WITH_PERSON = "with_person"
_DETAIL = Intent("contact", 1.0)


def with_person(dialogue: Dialogue, language: str, intent: Intent) -> Settled:
    """Say once that a person answers now, and be quiet from then on."""
    told = WITH_PERSON in dialogue.plan.offered
    return Settled("person", Settlement("" if told else say("with_person", language), intent, ()))


def by_rule(text: str, intent: Intent) -> Settled:
    """Say what the owner's rule says."""
    return Settled("rule", Settlement(text, intent))


def by_handoff(scene: Scene, language: str, intent: Intent, words: str | None) -> Settled:
    """Say that a person is called, and when nobody is there, that somebody will be. `words` are a rule's own."""
    config = scene.tenant.config
    own = words or config.handoff.message
    closed = config.opening_hours.is_open(scene.now) is False
    text = own or say("handoff_closed" if closed else "handoff_now", language, name=config.name)
    return Settled("handoff", Settlement(text, intent, _ways(scene)))


def by_contact(scene: Scene, language: str, intent: Intent) -> Settled:
    """Say how to reach the business itself, where the assistant may answer nothing."""
    config = scene.tenant.config
    where = ", ".join(filter(None, (config.contact.phone, config.contact.email)))
    text = say("contact_at" if where else "contact_us", language, name=config.name, where=where)
    return Settled("budget", Settlement(text, intent, _ways(scene)))


def _ways(scene: Scene) -> tuple[str, ...]:
    """Return the calls to action by which people are reached now."""
    config = scene.tenant.config
    hidden = "open" if config.opening_hours.is_open(scene.now) is False else "closed"
    return tuple(node.id for node in config.ctas() if node.kind in ("phone", "email") and node.only != hidden)


def by_appointment(scene: Scene, language: str) -> Settled | None:
    """Settle a request for an appointment."""
    settlement = appointment.check(scene.message, scene.tenant, language)
    return Settled("appointment", settlement) if settlement else None


def by_declining(language: str) -> Settled:
    """Take a no to the offer of a person kindly."""
    return Settled("detail", Settlement(say("given_up", language), _DETAIL))


def by_detail(tenant: Tenant, perception: Perception, plan: PlanStep) -> Settled | None:
    """Acknowledge a message that is nothing but an answer, a correction or a refusal. Its values are said back."""
    heard = perception.heard
    only_detail = heard.bare or heard.refused or heard.withdrawn
    if perception.asks or not only_detail:
        return None
    parts = [echo(tenant, perception)]
    if heard.given:
        parts.append(say("noted", perception.language, values=", ".join(given.shown for given in heard.given)))
    if plan.gave_up or heard.refused:
        parts.append(say("given_up", perception.language))
    text = " ".join(part for part in parts if part)
    return Settled("detail", Settlement(text, _DETAIL)) if text or plan.ask else None


def echo(tenant: Tenant, perception: Perception) -> str:
    """Return the sentences that say corrected values back, "" without a correction."""
    specs, language, first = tenant.config.all_fields(), perception.language, tenant.config.languages[0][:2]
    return " ".join(
        say("corrected", language, label=label_for(specs[given.field], language, first), value=given.shown)
        for given in perception.heard.corrected
    )


def question(tenant: Tenant, step: PlanStep, perception: Perception) -> str:
    """Return the one question that ends the reply, "" for none."""
    if not step.ask:
        return ""
    spec, first = tenant.config.all_fields()[step.ask], tenant.config.languages[0][:2]
    return question_for(spec, perception.language, step.again, first)
