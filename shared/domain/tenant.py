"""A business as the engine sees it: its configuration at one version, with the platform's defaults filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.business import BusinessConfig
from shared.domain.experiments import Running
from shared.domain.limits import RateLimit
from shared.domain.models import SMALL_MODEL


@dataclass(frozen=True)
class PlatformDefaults:
    """The platform's own limits and models: what a business gets when it configured none."""

    rate_limit: RateLimit
    address_rate_limit: RateLimit
    session_ttl_s: int
    max_history_turns: int
    chat_model: str
    fallback_model: str = SMALL_MODEL
    embedding_model: str = "gemini-embedding-2"


@dataclass(frozen=True)
class Tenant:
    """One active business. `version` is that of its configuration document, and changes with what experiments run.

    `arms` are a visitor's by experiment, when their changes are in `config` already.
    """

    id: str
    version: int
    config: BusinessConfig
    rate_limit: RateLimit
    address_rate_limit: RateLimit
    session_ttl_s: int
    max_history_turns: int
    chat_model: str
    fallback_model: str
    embedding_model: str
    experiments: tuple[Running, ...] = ()
    arms: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        business_id: str,
        version: int,
        config: BusinessConfig,
        defaults: PlatformDefaults,
        experiments: tuple[Running, ...] = (),
    ) -> "Tenant":
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
            fallback_model=config.models.fallback or defaults.fallback_model,
            embedding_model=defaults.embedding_model,
            experiments=experiments,
        )
