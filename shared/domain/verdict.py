"""What a guard says of a message: nothing, or how the turn is settled without a model."""

from dataclasses import dataclass

from shared.domain.turn import Intent


@dataclass(frozen=True)
class Settlement:
    """A turn's outcome decided by a guard: plain text, and the calls to action that fit (None: the roots)."""

    text: str
    intent: Intent
    state: str
    cta_ids: tuple[str, ...] | None = None
