"""What the model's calls come to in one turn: details the visitor gave, what was asked of the CRM, buttons."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.capture.evidence import accept_call, is_same, says
from shared.capture.lock import learn
from shared.domain.crm import CrmLink
from shared.domain.dialogue import Dialogue
from shared.domain.fields import FieldSpec
from shared.domain.understanding import Given, Heard
from shared.engine.scene import Scene


@dataclass
class Notebook:
    """The dialogue as the turn's calls change it. Only what the visitor's own words hold is written down."""

    scene: Scene
    dialogue: Dialogue
    proposed: list[str] = field(default_factory=list)

    @property
    def specs(self) -> Mapping[str, FieldSpec]:
        """Every field of the business."""
        return self.scene.tenant.config.all_fields()

    def note(self, name: str, value: str) -> tuple[Given | None, str]:
        """Write a detail down; return it, or None and why it is not taken. One known already stays as it is."""
        config, message = self.scene.tenant.config, self.scene.message
        spec, known = self.specs[name], self.dialogue.fields.get(name)
        today = config.opening_hours.local(self.scene.now).date()
        if known and self.scene.may_say(known.message_id) and is_same(spec, value, known.value, config.region, today):
            return Given(name, known.value, known.shown, value), ""
        found = accept_call(spec, value, message.text, self.dialogue.fields, config.region, today)
        if found is None:
            return None, f"The visitor did not say that ({name})."
        if not isinstance(found, Given):
            return None, f"Not valid: {found.reason} ({name})."
        fields, _ = learn(self.dialogue.fields, Heard(given=(found,)), message.message_id, self.scene.now.isoformat())
        self.dialogue = replace(self.dialogue, fields=fields)
        return found, ""

    def has_said(self, text: str) -> bool:
        """Say whether every word of `text` is one of the visitor's, in this message or an earlier one."""
        questions = (turn.question for turn in self.scene.session.turns)
        return says("\n".join((*questions, self.scene.message.text)), text)

    def ask_of_crm(self, link: CrmLink) -> None:
        """Keep what is wanted of the CRM: it is handed over with the visitor's details."""
        self.dialogue = replace(self.dialogue, crm=link)
