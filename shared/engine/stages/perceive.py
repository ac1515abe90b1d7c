"""What a message says by its words alone: language, the visitor's details, mood, wishes nobody can mistake. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.capture.extract import hear
from shared.capture.lock import learn
from shared.domain.dialogue import MOODS_KEPT, Dialogue
from shared.domain.fields import FieldSpec
from shared.domain.tenant import Tenant
from shared.domain.understanding import NO_SENTIMENT, Heard, Sentiment
from shared.engine.scene import Scene
from shared.guards.appointment import wants_appointment
from shared.understanding.cues import asks_something, cue_intent, declines
from shared.understanding.language import detect
from shared.understanding.sentiment import feel

_NOTHING = Heard()


@dataclass(frozen=True)
class Perception:
    """What the words say.

    Args:
        language: two letters; the visitor's.
        heard: details given, corrected, refused.
        learned: ids of the fields that this message changed.
        sentiment: of this message.
        cue: the intent when the words leave no doubt, else "".
        declined: the visitor says no to an offer.
        asks: the message holds a question.
    """

    language: str
    heard: Heard = _NOTHING
    learned: tuple[str, ...] = ()
    sentiment: Sentiment = NO_SENTIMENT
    cue: str = ""
    declined: bool = False
    asks: bool = False


def perceive(scene: Scene, dialogue: Dialogue) -> tuple[Perception, Dialogue]:
    """Return what the message says, and the dialogue with what was learned from it."""
    message, now, config, text = scene.message, scene.now, scene.tenant.config, scene.message.text
    language = detect(text, config.languages, dialogue.language, message.locale)
    specs = config.all_fields()
    today = config.opening_hours.local(now).date()
    heard = hear(text, specs, dialogue.fields, dialogue.plan.asking, config.region, today)
    fields, learned = learn(dialogue.fields, heard, message.message_id, now.isoformat())
    sentiment = feel(text, language)
    perception = Perception(
        language=language,
        heard=heard,
        learned=learned,
        sentiment=sentiment,
        cue=_cue(scene.tenant, text),
        declined=declines(text) and not (heard.given or heard.corrected),
        asks=asks_something(text),
    )
    moods = (*dialogue.moods, sentiment.score)[-MOODS_KEPT:]
    return perception, replace(dialogue, fields=fields, language=language, moods=moods)


def open_fields(specs: Mapping[str, FieldSpec], dialogue: Dialogue) -> tuple[FieldSpec, ...]:
    """Return the fields whose value is not known for sure."""
    return tuple(spec for name, spec in specs.items() if not is_known(dialogue, name))


def is_known(dialogue: Dialogue, name: str) -> bool:
    """Say whether a field has a locked value."""
    value = dialogue.fields.get(name)
    return value is not None and value.locked


def _cue(tenant: Tenant, text: str) -> str:
    if tenant.config.appointment.enabled and wants_appointment(text):
        return "appointment"
    return cue_intent(text) or ""
