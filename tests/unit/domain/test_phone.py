"""What a call begins with: the greeting, who calls, and whether somebody can be rung."""

import pytest

from shared.domain.phone import can_transfer, greeting_of, is_verified, language_of, session_of, shown_number
from shared.domain.phone_phrases import PHONE_PHRASES
from shared.domain.phrases import LANGUAGES, say
from shared.understanding.cues import agrees
from tests.unit.samples import a_config

NUMBER = "+441632960001"


def test_the_greeting_is_the_owners_or_ours():
    """Their words as they are; ours in the language, with the name, and with the word that it is a machine."""
    own = a_config(voice={"number": NUMBER, "greeting": "Acme, hello {name}!"})
    assert greeting_of(own, "de") == "Acme, hello {name}!"
    ours = a_config(voice={"number": NUMBER}, languages=["es-MX", "en"])
    assert language_of(ours) == "es-MX"
    assert (
        greeting_of(ours, language_of(ours))
        == "Hola, le atiende el asistente automático de Acme. ¿En qué puedo ayudarle?"
    )
    assert greeting_of(a_config(), "fr").startswith("Bonjour, ici l'assistant automatique de Acme")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (NUMBER, NUMBER), ("+1", "+1"), ("+266696687", ""), ("+86282452253", ""), ("anonymous", ""), ("", ""),
        ("441632960001", ""), ("+44 1632", ""), ("+" + "1" * 16, ""), ("+٤٤", ""), ("client:+44", ""),
    ],
)  # fmt: skip
def test_a_number_is_one_that_can_be_called_back(number, shown):
    """What Twilio sends for withheld numbers is none."""
    assert shown_number(number) == shown


@pytest.mark.parametrize(
    ("stir", "forwarded", "verified"),
    [
        ("TN-Validation-Passed-A", "", True), ("TN-Validation-Passed-A", NUMBER, False),
        ("TN-Validation-Passed-C", "", False), ("", "", False), ("x TN-Validation-Passed-A", "", False),
    ],
)  # fmt: skip
def test_the_network_vouches_in_full_or_not(stir, forwarded, verified):
    """Level A on the direct way only."""
    assert is_verified(stir, forwarded) is verified


@pytest.mark.parametrize(
    ("transfer", "is_open", "able"),
    [
        (None, True, False), ({}, True, True), ({}, None, True), ({}, False, False), ({"always": True}, False, True),
    ],
)  # fmt: skip
def test_a_person_can_be_rung_within_the_hours(transfer, is_open, able):
    """Or always, if the owner says so; never without a number."""
    chosen = None if transfer is None else {"number": "+441632960009", **transfer}
    config = a_config(voice={"number": NUMBER, "transfer": chosen})
    assert can_transfer(config, is_open=is_open) is able
    assert can_transfer(a_config(), is_open=is_open) is False


def test_a_calls_session_is_an_id_like_any():
    """Within the characters of session ids."""
    assert session_of("CA" + "0f" * 16) == "call-CA" + "0f" * 16


@pytest.mark.parametrize("key", PHONE_PHRASES)
def test_what_is_said_can_be_heard(key):
    """No marks that only an eye understands; short enough to listen to."""
    for language in LANGUAGES:
        text = say(key, language, name="Acme", label="L", reason="R")
        assert not set("<>*_[]{}|#") & set(text)
        assert len(text) < 200


def test_our_own_words_are_no_answer_to_our_offer():
    """The line may hear itself: what it asks is not taken for a yes."""
    assert not any(agrees(say("phone_offer_link", language, label="Yes")) for language in LANGUAGES)
