"""A business as the engine sees it: its configuration at one version, with the platform's defaults filled in."""

from dataclasses import dataclass

from shared.domain.business import BusinessConfig
from shared.domain.limits import RateLimit


@dataclass(frozen=True)
class PlatformDefaults:
    """The platform's own limits and model: what a business gets when it configured none."""

    rate_limit: RateLimit
    address_rate_limit: RateLimit
    session_ttl_s: int
    max_history_turns: int
    chat_model: str


@dataclass(frozen=True)
class Tenant:
    """One active business. `version` is that of its configuration document."""

    id: str
    version: int
    config: BusinessConfig
    rate_limit: RateLimit
    address_rate_limit: RateLimit
    session_ttl_s: int
    max_history_turns: int
    chat_model: str

    @classmethod
    def of(cls, business_id: str, version: int, config: BusinessConfig, defaults: PlatformDefaults) -> "Tenant":
        """Return the tenant with every limit decided: the business's own, else the platform's."""
        limits = config.limits
        return cls(
            id=business_id,
            version=version,
            config=config,
            rate_limit=RateLimit.parse(limits.rate_limit) if limits.rate_limit else defaults.rate_limit,
            address_rate_limit=(
                RateLimit.parse(limits.address_rate_limit) if limits.address_rate_limit else defaults.address_rate_limit
            ),
            session_ttl_s=limits.session_ttl_seconds or defaults.session_ttl_s,
            max_history_turns=limits.max_history_turns or defaults.max_history_turns,
            chat_model=config.models.chat or defaults.chat_model,
        )
