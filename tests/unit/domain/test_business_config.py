"""A business's configuration: one document in which everything fits together, or a complaint that names the field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.domain.business import BusinessConfig
from shared.domain.tenant import Tenant
from shared.domain.text import clean
from tests.unit.properties import NORMAL
from tests.unit.samples import CTA_TREE, DEFAULTS, SITE, a_config, a_tenant


def complaint(**fields: Any) -> str:
    """Return what is said of a configuration that must be refused."""
    with pytest.raises(ValidationError) as refused:
        a_config(**fields)
    return str(refused.value)


def test_a_name_is_enough():
    """All else has a default, and the defaults are themselves a valid configuration."""
    config = BusinessConfig(name="Acme")
    assert BusinessConfig.model_validate_json(config.model_dump_json()) == config


def test_a_full_document_survives_storage():
    """What is written as JSON is read back equal."""
    config = a_config(
        website=SITE, cta_tree=CTA_TREE, appointment={"booking_cta": "book"}, languages=["en", "pt-BR"],
        opening_hours={"weekly": {"monday": [{"open": "09:00", "close": "00:00"}]}, "closed_dates": ["2026-12-24"]},
        rules=[{"id": "r", "text": "Be brief."}], limits={"rate_limit": "9/hour"}, allowed_origins=[SITE],
        contact={"phone": "+44 1632 960000", "email": "hi@acme.example"},
    )  # fmt: skip
    assert BusinessConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    "fields",
    [
        {"colour": "red"},
        {"contact": {"fax": "1"}},
        {"limits": {"burst": 1}},
        {"knowledge": {"k": 1}},
        {"texts": {"hi": ""}},
        {"models": {"live": "x"}},
        {"appointment": {"url": "x"}},
        {"branding": {"css": "x"}},
        {"rules": [{"id": "a", "text": "b", "if": 1}]},
    ],
)
def test_unknown_fields_are_refused_in_every_section(fields):
    """A typo is told, not ignored."""
    assert "Extra inputs are not permitted" in complaint(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "\u200b \n"},
        {"name": "a" * 121},
        {"system_prompt": "a" * 20_001},
        {"tone": "a" * 201},
        {"languages": []},
        {"languages": ["english"]},
        {"languages": ["en_GB"]},
        {"languages": ["en\n"]},
        {"languages": ["en"] * 31},
        {"personality_traits": [""]},
        {"personality_traits": ["kind"] * 21},
        {"rules": [{"id": "r", "text": ""}]},
        {"rules": [{"id": f"r{n}", "text": "x"} for n in range(101)]},
        {"intro_token": ""},
        {"intro_token": "two words"},
        {"intro_token": "a" * 65},
        {"limits": {"rate_limit": "often"}},
        {"limits": {"session_ttl_seconds": 59}},
        {"limits": {"max_history_turns": 0}},
        {"limits": {"max_history_turns": 101}},
        {"knowledge": {"top_k": 0}},
        {"knowledge": {"top_k": 21}},
        {"models": {"chat": "Gemini 3"}},
        {"models": {"chat": "../secrets"}},
        {"models": {"chat": ""}},
        {"models": {"chat": "gemini-3.5-flash\n"}},
        {"texts": {"apology": ""}},
        {"texts": {"apology": "a" * 601}},
        {"website": "javascript:alert(1)"},
        {"contact": {"phone": "call me"}},
        {"contact": {"phone": "12345\n"}},
        {"contact": {"email": "no mailbox"}},
        {"contact": {"email": "a@b@c"}},
        {"contact": {"email": "<a@b>"}},
        {"allowed_origins": ["*"]},
        {"cta_tree": [{"id": f"c{n}", "label": "x", "kind": "message", "message": "x"} for n in range(21)]},
    ],
)
def test_sizes_and_forms_are_checked_when_it_is_written(fields):
    """Nothing too long, empty or malformed is stored."""
    complaint(**fields)


def test_the_booking_button_must_exist():
    """`booking_cta` may be any node of the tree, however deep, and nothing else."""
    assert a_config(cta_tree=CTA_TREE, appointment={"booking_cta": "lights"}).appointment.booking_cta == "lights"
    assert "booking_cta 'gone' is not in cta_tree" in complaint(cta_tree=CTA_TREE, appointment={"booking_cta": "gone"})
    assert "booking_cta 'book' is not in cta_tree" in complaint(appointment={"booking_cta": "book"})


def test_rules_have_ids_of_their_own():
    """Two rules of one id cannot be told apart."""
    assert "two rules" in complaint(rules=[{"id": "a", "text": "x"}, {"id": "a", "text": "y"}])


@pytest.mark.parametrize("token", ["__intro__", "hallo!", "你好", "cafe\u0301", "a\u200bb", "\u202estart"])
def test_an_intro_token_is_kept_as_a_message_would_arrive(token):
    """Messages are cleaned: a token that is not would never be recognised. It is put right, or refused."""
    try:
        assert a_config(intro_token=token).intro_token == clean(token)
    except ValidationError:
        assert token != clean(token)


def test_the_assistant_may_link_to_what_the_owner_configured():
    """Website, calls to action, mailbox and phone, the number without its decoration."""
    config = a_config(
        website=SITE, cta_tree=CTA_TREE, contact={"phone": "+44 (1632) 960-001", "email": "hi@acme.example"}
    )
    assert config.urls() == {
        SITE, f"{SITE}/book", "tel:+441632960000", f"{SITE}/lights", "tel:+441632960001", "mailto:hi@acme.example",
    }  # fmt: skip
    assert a_config().urls() == frozenset()


@pytest.mark.parametrize(
    ("attribute", "value"), [("name", "Other"), ("cta_tree", ()), ("languages", ("fr",)), ("branding", None)]
)
def test_a_configuration_that_was_read_cannot_be_changed(attribute, value):
    """It is shared by every turn of an instance."""
    config = a_config()
    with pytest.raises(ValidationError, match="frozen"):
        setattr(config, attribute, value)


def test_a_tenant_takes_the_platforms_limits_where_it_has_none():
    """Each limit is decided on its own."""
    plain = a_tenant()
    assert (plain.rate_limit, plain.session_ttl_s, plain.max_history_turns, plain.chat_model) == (
        DEFAULTS.rate_limit, DEFAULTS.session_ttl_s, DEFAULTS.max_history_turns, DEFAULTS.chat_model,
    )  # fmt: skip
    own = a_tenant(limits={"rate_limit": "2/hour", "max_history_turns": 1}, models={"chat": "gemini-x"})
    assert (own.rate_limit.count, own.rate_limit.window_s) == (2, 3600)
    assert (own.max_history_turns, own.session_ttl_s, own.chat_model) == (1, DEFAULTS.session_ttl_s, "gemini-x")


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@NORMAL
@given(st.dictionaries(st.sampled_from(sorted(BusinessConfig.model_fields)), _values, max_size=4))
def test_any_document_is_a_configuration_or_a_validation_error(fields):
    """Nothing else is raised for JSON of any shape, and what validates makes a tenant."""
    try:
        config = BusinessConfig.model_validate(fields)
    except ValidationError:
        return
    assert Tenant.of("acme", 1, config, DEFAULTS).config is config


def test_what_the_release_before_does_not_know_is_stored_only_when_said():
    """It refuses fields that it does not know, and serves beside this one during an update."""
    plain = BusinessConfig(name="Shop").model_dump()["knowledge"]
    assert "max_regression" not in plain
    said = BusinessConfig.model_validate({"name": "Shop", "knowledge": {"max_regression": 0.2}})
    assert said.model_dump()["knowledge"]["max_regression"] == 0.2
    assert '"max_regression":0.2' in said.model_dump_json()
    assert BusinessConfig(name="Shop").knowledge.max_regression == 0.05
