"""What a guard says of a message: nothing, or how the turn is settled without a model."""

from dataclasses import dataclass

from shared.domain.understanding import Intent


@dataclass(frozen=True)
class Settlement:
    """A turn's outcome decided by a guard: plain text, and the calls to action that come first (None: what fits)."""

    text: str
    intent: Intent
    cta_ids: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Settled:
    """A turn that needs no model: by what (a guard, a rule, a hand-off ...), and with which words."""

    by: str
    settlement: Settlement
