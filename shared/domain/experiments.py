"""An A/B experiment as its owner writes it: arms and what they change, for whom, and what decides. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.domain.business import ModelId, Sentence, Texts
from shared.domain.cta import CtaId
from shared.domain.rules import MAX_CONDITION_CHARS
from shared.domain.text import Line, Text
from shared.domain.voice import LiveVoice

MAX_ARMS = 6
MAX_GUARDRAILS = 6

Part = Literal[
    "system_prompt", "tone", "greeting", "cta_order", "knowledge.top_k", "models.chat", "voice.voice",
    "texts.apology", "texts.declined",
]  # fmt: skip
GoalMetric = Literal["lead", "deal", "cta_clicked", "resolved", "conversion", "rated_up", "handoff", "gap"]
"""What a visitor reached, or not: rates."""
RateRail = Literal["handoff", "rated_down", "gap", "failed"]
NumberRail = Literal["wait_ms", "cost"]
"""Of a visitor: the mean of their waits in milliseconds, and what their conversations cost in dollars."""
Weight = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PromptChange(_Section):
    """Words behind the owner's prompt, or in its place."""

    append: Annotated[Text, StringConstraints(min_length=1, max_length=20_000)] | None = None
    replace: Annotated[Text, StringConstraints(min_length=1, max_length=20_000)] | None = None

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if (self.append is None) == (self.replace is None):
            raise ValueError("give 'append' or 'replace', one of them")
        return self


class KnowledgeChange(_Section):
    """How many passages the model gets."""

    top_k: Annotated[int, Field(ge=1, le=20)]


class ModelsChange(_Section):
    """The model that answers."""

    chat: ModelId


class VoiceChange(_Section):
    """The voice of live calls."""

    voice: LiveVoice


class Changes(_Section):
    """What an arm has otherwise than the configuration. `cta_order` comes first on each level, in this order."""

    system_prompt: PromptChange | None = None
    tone: Annotated[Line, StringConstraints(min_length=1, max_length=200)] | None = None
    greeting: Sentence | None = None
    cta_order: Annotated[tuple[CtaId, ...], Field(max_length=50)] = ()
    knowledge: KnowledgeChange | None = None
    models: ModelsChange | None = None
    voice: VoiceChange | None = None
    texts: Texts | None = None

    @property
    def parts(self) -> frozenset[Part]:
        """Which parts of the configuration these are."""
        texts = self.texts or Texts()
        found: Mapping[Part, object] = {
            "system_prompt": self.system_prompt, "tone": self.tone, "greeting": self.greeting,
            "cta_order": self.cta_order, "knowledge.top_k": self.knowledge, "models.chat": self.models,
            "voice.voice": self.voice, "texts.apology": texts.apology, "texts.declined": texts.declined,
        }  # fmt: skip
        return frozenset(part for part, change in found.items() if change)


NOTHING = Changes()


class Arm(_Section):
    """One way the assistant may be. Weights are proportions; with 0 an arm gets no new visitors."""

    id: CtaId
    weight: Weight = 1.0
    changes: Changes = NOTHING


class Goal(_Section):
    """The metric that decides. `relevant`: the smallest difference that matters; 0.01 is one percentage point."""

    metric: GoalMetric
    relevant: Annotated[float, Field(ge=0, lt=1)] = 0.0
    better: Literal["higher", "lower"] = "higher"


class Rail(_Section):
    """A metric that must not get worse than the control's by more than a part of it plus a fixed amount."""

    metric: RateRail | NumberRail
    relative_tolerance: Annotated[float, Field(ge=0, le=10)] = 0.0
    tolerance: Annotated[float, Field(ge=0, le=1_000_000)] = 0.0


class Experiment(_Section):
    """An experiment.

    Args:
        share: of the visitors, who take part.
        layer: experiments of one layer never meet in a visitor; null shares with none.
        targeting: a condition as rules have it; "" is everybody.
        planned: visitors of all arms; null computes them from `baseline`, the goal's rate today, and `goal.relevant`.
    """

    id: CtaId
    name: Annotated[Line, StringConstraints(min_length=1, max_length=120)]
    hypothesis: Annotated[Text, StringConstraints(max_length=2000)] = ""
    arms: Annotated[tuple[Arm, ...], Field(min_length=2, max_length=MAX_ARMS)]
    control: CtaId
    share: Share = 1.0
    layer: CtaId | None = None
    targeting: Annotated[Text, StringConstraints(max_length=MAX_CONDITION_CHARS)] = ""
    goal: Goal
    guardrails: Annotated[tuple[Rail, ...], Field(max_length=MAX_GUARDRAILS)] = ()
    planned: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    baseline: Annotated[float, Field(gt=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _can_be_run(self) -> Self:
        ids = [arm.id for arm in self.arms]
        if len(set(ids)) != len(ids):
            raise ValueError("two arms have the same id")
        if self.control not in ids:
            raise ValueError(f"control '{self.control}' is not one of the arms")
        if len({rail.metric for rail in self.guardrails}) != len(self.guardrails):
            raise ValueError("two guardrails have the same metric")
        for arm in self.arms:
            if arm.id == self.control and arm.changes.parts:
                raise ValueError("the control changes nothing: it is the assistant as it is")
            if arm.id != self.control and not arm.changes.parts:
                raise ValueError(f"arm '{arm.id}' changes nothing")
        if self.planned is None and not (self.baseline and self.goal.relevant):
            raise ValueError("give 'planned' visitors, or 'baseline' and 'goal.relevant' to compute them from")
        return self

    @property
    def parts(self) -> frozenset[Part]:
        """What its arms change, all together: where a visitor meets the experiment, whatever their arm."""
        return frozenset(part for arm in self.arms for part in arm.changes.parts)

    @property
    def weights(self) -> dict[str, float]:
        """The arms' weights, in their order."""
        return {arm.id: arm.weight for arm in self.arms}

    @property
    def own_layer(self) -> str:
        """The name under which it shares visitors out."""
        return f"layer {self.layer}" if self.layer else f"experiment {self.id}"

    def arm(self, arm_id: str) -> Arm | None:
        """Return an arm, None when it has none of that id."""
        return next((arm for arm in self.arms if arm.id == arm_id), None)

    def reweighed(self, weights: Mapping[str, float], share: float) -> "Experiment":
        """Return it with other weights (arms that are not named keep theirs) and share.

        Raises:
            ValueError: an arm is unknown, a weight not within 0 to 1000, none above 0, or the share not within 0 to 1.
        """
        unknown = [name for name in weights if self.arm(name) is None]
        if unknown:
            raise ValueError(f"'{unknown[0]}' is not one of the arms")
        changed = {**self.weights, **weights}
        if not all(math.isfinite(weight) and weight >= 0 for weight in changed.values()) or not any(changed.values()):
            raise ValueError("weights are 0 or more, and one of them above 0")
        arms = [{**arm.model_dump(), "weight": changed[arm.id]} for arm in self.arms]
        return Experiment.model_validate({**self.model_dump(), "arms": arms, "share": share})


@dataclass(frozen=True)
class Running:
    """An experiment while it runs: its salt, and the slots of its layer's visitors that are its own."""

    plan: Experiment
    salt: str
    slots: tuple[tuple[int, int], ...]
