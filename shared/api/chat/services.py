"""What the chat handlers work with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shared.adapters.erasure import Erasure
from shared.adapters.postgres.interactions import InteractionStore
from shared.domain.limits import RateLimit
from shared.health import HealthCheck
from shared.ports import Ports
from shared.web.credentials import SessionTokens
from shared.web.tenant_secrets import TenantSecrets

WIDGET = Path(__file__).parents[3] / "widget" / "widget.js"


class Limiter(Protocol):
    """Counts calls that no turn counts."""

    def hit(self, name: str, limit: RateLimit) -> None:
        """Count one; RateLimited when the window is full."""
        ...


@dataclass(frozen=True)
class ChatServices:
    """Everything the chat function may touch. `platform_origins` are the operator's; a business may narrow them."""

    ports: Ports
    interactions: InteractionStore
    erasure: Erasure
    tokens: SessionTokens
    secrets: TenantSecrets
    limiter: Limiter
    health: HealthCheck
    platform_origins: tuple[str, ...]
