"""Settings: read once, checked together, and secrets stay secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config import ConfigError, Settings
from tests.unit.properties import NORMAL

SECRET = "hunter2-hunter2-hunter2-hunter2-hunter2"
WORKING = {
    "GEMINI_API_KEY": SECRET,
    "DATABASE_URL": f"postgresql://user:{SECRET}@127.0.0.1:5432/db",
    "REDIS_URL": f"redis://:{SECRET}@127.0.0.1:6379/0",
    "ADMIN_API_KEY": SECRET,
    "SECRETS_KEY": f"{SECRET},{'o' * 32}",
}


def read(*needs: str, **variables: str) -> Settings:
    """Return settings of these variables."""
    return Settings.read(needs, variables)


def complaint(*needs: str, **variables: str) -> str:
    """Return the one line that is said of wrong variables."""
    with pytest.raises(ConfigError) as refused:
        read(*needs, **variables)
    text = str(refused.value)
    assert "\n" not in text
    assert SECRET not in text
    return text


def test_nothing_has_to_be_set():
    """Defaults are those of the contract."""
    settings = read()
    assert (settings.session_ttl_seconds, settings.max_history_turns, settings.chat_rate_limit) == (
        604_800,
        20,
        "5/minute",
    )
    assert settings.gemini_api_key is None
    assert settings.cors_allowed_origins == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMBEDDING_DIMENSIONS", "many"),
        ("EMBEDDING_DIMENSIONS", "127"),
        ("EMBEDDING_DIMENSIONS", "768.5"),
        ("DB_POOL_SIZE", "0"),
        ("INDEX_MEMORY_MB", "15"),
        ("SESSION_TTL_SECONDS", "59"),
        ("MAX_HISTORY_TURNS", "-1"),
        ("CHAT_RATE_LIMIT", "often"),
        ("CHAT_RATE_LIMIT", "5/minute\nX"),
        ("CHAT_ADDRESS_RATE_LIMIT", "0/minute"),
        ("TRUSTED_PROXY_DEPTH", "11"),
        ("GOOGLE_GENAI_USE_VERTEXAI", "maybe"),
        ("GOOGLE_GEMINI_BASE_URL", "localhost:8085"),
        ("STORAGE_EMULATOR_HOST", "ftp://x"),
        ("PUBLIC_VOICE_URL", "x"),
        ("LOG_LEVEL", "loud"),
        ("DATABASE_URL", f"mysql://user:{SECRET}@host/db"),
        ("ADMIN_API_KEY", SECRET[:31]),
        ("SECRETS_KEY", f"{SECRET},short"),
        ("SECRETS_KEY", f"{SECRET},"),
    ],
)
def test_a_wrong_variable_is_named_in_one_line(name, value):
    """With what is wrong, without the value of a secret."""
    said = complaint(**{name: value})
    assert said.startswith(f"{name} is wrong: ")
    assert SECRET[:31] not in said


def test_everything_that_is_wrong_or_missing_is_named_together():
    """One start is enough to learn of all."""
    said = complaint("database", "model", "bucket", CHAT_RATE_LIMIT="often", LOG_LEVEL="loud")
    for name in ("CHAT_RATE_LIMIT", "LOG_LEVEL", "DATABASE_URL", "GEMINI_API_KEY", "BUCKET"):
        assert name in said


@pytest.mark.parametrize(
    ("need", "variables", "name"),
    [
        ("database", {}, "DATABASE_URL"),
        ("database", {"CLOUD_SQL_INSTANCE": "p:r:i", "DB_USER": "u"}, "DATABASE_URL"),
        ("model", {}, "GEMINI_API_KEY"),
        ("model", {"GOOGLE_GENAI_USE_VERTEXAI": "true"}, "GEMINI_API_KEY"),
        ("model", {"GOOGLE_CLOUD_PROJECT": "p"}, "GEMINI_API_KEY"),
        ("bucket", {}, "BUCKET"),
        ("admin_api_key", {"ADMIN_API_KEY": ""}, "ADMIN_API_KEY"),
    ],
)
def test_what_a_process_cannot_do_without_is_asked_for(need, variables, name):
    """By the name of the variable."""
    assert f"{name} is missing" in complaint(need, **variables)


@pytest.mark.parametrize(
    ("need", "variables"),
    [
        ("database", {"DATABASE_URL": "postgres://u@h/d"}),
        ("database", {"CLOUD_SQL_INSTANCE": "p:r:i", "DB_USER": "u", "DB_NAME": "d"}),
        ("model", {"GEMINI_API_KEY": "k"}),
        ("model", {"GOOGLE_GENAI_USE_VERTEXAI": "1", "GOOGLE_CLOUD_PROJECT": "p"}),
        ("bucket", {"BUCKET": "b"}),
    ],
)
def test_either_way_of_having_it_will_do(need, variables):
    """A URL or Cloud SQL, a key or Vertex."""
    assert read(need, **variables).missing(need) == ""


@pytest.mark.parametrize("name", sorted(name.upper() for name in Settings.model_fields))
def test_an_empty_variable_is_absent(name):
    """Compose files and consoles leave them behind."""
    assert read(**{name: ""}) == read()


def test_secrets_are_never_printed():
    """Not by repr, not by str, not in a dump: passwords in URLs are secrets as well."""
    settings = read("database", "model", **WORKING)
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert SECRET not in shown


def test_secrets_are_there_for_those_who_ask():
    """The whole value."""
    settings = read(**WORKING)
    assert settings.gemini_api_key is not None
    assert settings.gemini_api_key.get_secret_value() == SECRET


def test_lists_are_split_and_trimmed():
    """Commas, spaces and empty parts."""
    settings = read(CORS_ALLOWED_ORIGINS=" https://a.example , ,https://b.example,", EGRESS_ALLOW="127.0.0.1:80")
    assert settings.cors_allowed_origins == ("https://a.example", "https://b.example")
    assert settings.egress_allow == ("127.0.0.1:80",)


def test_the_platforms_defaults_come_from_the_settings():
    """As values the engine counts with."""
    defaults = read(CHAT_RATE_LIMIT="7/hour", SESSION_TTL_SECONDS="90", CHAT_MODEL="gemini-x").defaults()
    assert (defaults.rate_limit.count, defaults.rate_limit.window_s) == (7, 3600)
    assert (defaults.session_ttl_s, defaults.chat_model) == (90, "gemini-x")


def test_settings_cannot_be_changed():
    """They are read once."""
    with pytest.raises(Exception, match="frozen"):
        read().chat_model = "x"


def test_foreign_variables_are_ignored():
    """And names count in upper case only."""
    assert read(PATH="/bin", chat_model="x", HOME="/root") == read()


@NORMAL
@given(
    st.dictionaries(
        st.sampled_from(sorted(name.upper() for name in Settings.model_fields)), st.text(max_size=40), max_size=5
    )
)
def test_any_environment_is_settings_or_a_config_error(variables):
    """Nothing else is raised, and the complaint is one line."""
    try:
        Settings.read((), variables)
    except ConfigError as refused:
        assert "\n" not in str(refused)  # noqa: PT017
