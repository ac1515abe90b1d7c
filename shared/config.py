"""Settings of a process: read from the environment once, here and nowhere else; typed, and checked together."""

import os
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from shared.domain.limits import RateLimit
from shared.domain.tenant import PlatformDefaults


class ConfigError(Exception):
    """A setting is missing or wrong; the text is one line that names each variable."""


def _rate(value: str) -> str:
    RateLimit.parse(value)
    return value


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return value.rstrip("/")


def _database_url(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("must start with postgresql://")
    return value


def _keys(value: SecretStr) -> SecretStr:
    if any(len(key) < MIN_SECRET for key in value.get_secret_value().split(",")):
        raise ValueError(f"each key needs at least {MIN_SECRET} characters")
    return value


def _long(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < MIN_SECRET:
        raise ValueError(f"needs at least {MIN_SECRET} characters")
    return value


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


MIN_SECRET = 32

HttpUrl = Annotated[str, AfterValidator(_http_url)]
Rate = Annotated[str, AfterValidator(_rate)]
Names = Annotated[tuple[str, ...], BeforeValidator(_split)]


class Settings(BaseModel):
    """Every setting, under its variable's name in lower case. `description` is the help in docs/settings.md."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    gemini_api_key: SecretStr | None = Field(None, description="Key of the Gemini API")
    google_genai_use_vertexai: bool = Field(False, description="Use Vertex AI instead of a key")
    google_cloud_project: str | None = Field(None, description="Project of Vertex AI and of Cloud Run jobs")
    google_cloud_location: str = Field("global", description="Location of Vertex AI")
    google_gemini_base_url: HttpUrl | None = Field(None, description="Another server that speaks the Gemini protocol")
    google_genai_api_version: str | None = Field(
        None, description="Version of the Gemini protocol (default v1beta, on Vertex v1beta1)"
    )
    chat_model: str = Field("gemini-3.5-flash-lite", description="Model that answers")
    embedding_model: str = Field("gemini-embedding-2", description="Model that embeds")
    embedding_dimensions: int = Field(768, ge=128, le=3072, description="Length of the vectors")
    live_model: str = Field("gemini-3.8-live", description="Model of phone calls")

    database_url: Annotated[SecretStr, AfterValidator(_database_url)] | None = Field(
        None, description="Postgres: postgresql://user:password@host:port/database"
    )
    cloud_sql_instance: str | None = Field(None, description="Cloud SQL instead: project:region:instance")
    db_user: str | None = Field(None, description="IAM user of the Cloud SQL database")
    db_name: str | None = Field(None, description="Name of the Cloud SQL database")
    db_pool_size: int = Field(5, ge=1, le=100, description="Connections an instance may hold")
    redis_url: SecretStr | None = Field(None, description="Sessions and limits; without it they stay in memory")

    bucket: str | None = Field(None, description="Bucket of knowledge indexes, uploads and voice prompts")
    storage_emulator_host: HttpUrl | None = Field(None, description="A storage server other than Google's")
    index_memory_mb: int = Field(256, ge=16, le=16_384, description="Memory an instance may fill with indexes")
    index_max_chunks: int = Field(50_000, ge=1000, le=500_000, description="Chunks one business's index may have")
    index_cache_dir: str = Field("", description="Folder on a local disk for the files of indexes; empty: none")
    index_cache_mb: int = Field(2048, ge=16, le=1_048_576, description="Disk these files may fill")

    session_ttl_seconds: int = Field(604_800, ge=60, description="How long a conversation is remembered")
    max_history_turns: int = Field(20, ge=1, le=100, description="Turns of it the model is given")
    chat_rate_limit: Rate = Field("5/minute", description="Messages of one visitor to one business")
    chat_address_rate_limit: Rate = Field("60/minute", description="Messages of one network address to one business")
    admin_rate_limit: Rate = Field("600/minute", description="Calls of one key to the admin API")
    trusted_proxy_depth: int = Field(
        0, ge=0, le=10, description="Proxies in front that append to X-Forwarded-For (1 on Cloud Run)"
    )
    cors_allowed_origins: Names = Field((), description="Origins whose pages may call chat, or *")

    admin_api_key: Annotated[SecretStr, AfterValidator(_long)] | None = Field(
        None, description="The first platform key of the admin API"
    )
    secrets_key: Annotated[SecretStr, AfterValidator(_keys)] | None = Field(
        None,
        description="Keys, newest first: they sign session tokens, derive secrets, seal credentials",
    )
    seal_at_rest: bool = Field(False, description="Seal visitors' personal data in the database")
    crm_timeout_seconds: int = Field(25, ge=2, le=120, description="How long one delivery into a CRM may take")
    egress_allow: Names = Field(
        (), description="host:port that crawls, webhooks and CRMs may reach although it is a private address"
    )
    ingestion_job: str | None = Field(
        None, description="Cloud Run job of builds: projects/P/locations/L/jobs/J; without it a local process"
    )
    builds_at_once: int = Field(4, ge=1, le=1000, description="Knowledge builds that run at once, of all businesses")
    build_timeout_s: int = Field(6600, ge=10, le=86_400, description="Longest time a knowledge build may take, seconds")
    voice_service_url: str | None = Field(None, description="Where Twilio reaches the media socket")
    public_voice_url: HttpUrl | None = Field(None, description="Where Twilio reaches the voice webhooks")
    twilio_api_url: HttpUrl | None = Field(None, description="Another server that speaks Twilio's API")
    port: int = Field(8080, ge=1, le=65_535, description="Where the voice service listens")
    edge_tts_url: str | None = Field(None, description="Another server that speaks Edge's speech protocol")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severity that is logged")

    @classmethod
    def read(cls, needs: Iterable[str] = (), environ: Mapping[str, str] | None = None) -> Self:
        """Return the settings in `environ` (the process's own by default); an empty variable counts as absent.

        Args:
            needs: what the process cannot do without: "database", "model", or a field's name.
            environ: variables by name.

        Raises:
            ConfigError: one line that names every missing or wrong variable.
        """
        variables = os.environ if environ is None else environ
        values = {name: variables[name.upper()] for name in cls.model_fields if variables.get(name.upper())}
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            wrong = {str(problem["loc"][0]): _complaint(problem) for problem in error.errors()}
            values = {name: value for name, value in values.items() if name not in wrong}
            absent = cls.model_validate(values).missing_of(need for need in needs if need not in wrong)
            raise ConfigError("; ".join([*wrong.values(), *absent])) from None
        missing = settings.missing_of(needs)
        if missing:
            raise ConfigError("; ".join(missing))
        return settings

    def missing_of(self, needs: Iterable[str]) -> list[str]:
        """Return a complaint for each thing needed that is not set."""
        return [complaint for need in needs if (complaint := self.missing(need))]

    def missing(self, need: str) -> str:
        """Return the complaint about something needed that is not set, else nothing."""
        if need == "database":
            cloud = self.cloud_sql_instance and self.db_user and self.db_name
            return "" if self.database_url or cloud else (
                "DATABASE_URL is missing (or CLOUD_SQL_INSTANCE with DB_USER and DB_NAME)"
            )  # fmt: skip
        if need == "model":
            vertex = self.google_genai_use_vertexai and self.google_cloud_project
            return "" if self.gemini_api_key or vertex else (
                "GEMINI_API_KEY is missing (or GOOGLE_GENAI_USE_VERTEXAI with GOOGLE_CLOUD_PROJECT)"
            )  # fmt: skip
        return "" if getattr(self, need) else f"{need.upper()} is missing: {type(self).model_fields[need].description}"

    def defaults(self) -> PlatformDefaults:
        """Return what a business gets when it configured nothing else."""
        return PlatformDefaults(
            rate_limit=RateLimit.parse(self.chat_rate_limit),
            address_rate_limit=RateLimit.parse(self.chat_address_rate_limit),
            session_ttl_s=self.session_ttl_seconds,
            max_history_turns=self.max_history_turns,
            chat_model=self.chat_model,
            embedding_model=self.embedding_model,
        )


def _complaint(problem: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    sentence = problem["msg"].removeprefix("Value error, ")
    return f"{str(problem['loc'][0]).upper()} is wrong: {sentence[0].lower()}{sentence[1:]}"
