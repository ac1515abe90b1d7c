"""A phone line's configuration: a number is enough, what contradicts itself or costs without end is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.business import BusinessConfig
from shared.domain.voice import PhoneLine, VoiceConfig, Webhooks
from tests.unit.samples import a_config

NUMBER = "+441632960001"


def test_a_number_is_enough():
    """All else has a default; a business without a line is as before."""
    line = VoiceConfig(number=NUMBER)
    assert (line.mode, line.closed, line.transfer, line.recording.enabled) == ("live", "answer", None, False)
    assert VoiceConfig.model_validate_json(line.model_dump_json()) == line
    assert a_config().voice is None


def test_a_full_line_survives_storage_as_a_section():
    """What is written as JSON with the business is read back equal."""
    config = a_config(voice={
        "number": NUMBER, "mode": "turns", "voice": "Puck", "turn_voice": "en-GB-SoniaNeural", "greeting": "Hello!",
        "consent": "We record.", "recording": {"enabled": True}, "closed": "announce", "closed_text": "Closed.",
        "transfer": {"number": "+441632960002", "always": True}, "limits": {"calls": 2}, "silence": {"ask_after": 4},
    })  # fmt: skip
    assert BusinessConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "01632 960001"},
        {"number": "+0441632960001"},
        {"number": "+44163296000100000"},
        {"number": f"{NUMBER}\n"},
        {"mode": "both"},
        {"voice": "kore"},
        {"turn_voice": "Sonia"},
        {"greeting": ""},
        {"greeting": "x" * 601},
        {"transfer": {"number": "999"}},
        {"transfer": {"number": NUMBER, "ring_seconds": 61}},
        {"limits": {"minutes_per_call": 56}},
        {"limits": {"calls": 0}},
        {"silence": {"ask_after": 20, "end_after": 20}},
        {"recording": {"enabled": True}},
        {"recording": {"enabled": True, "keep_days": 0}, "consent": "We record."},
        {"colour": "red"},
        {"silence": {"colour": "red"}},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]):
    """Numbers that are none, voices that are none, limits without end, silence in the wrong order, secret recording."""
    with pytest.raises(ValidationError):
        VoiceConfig.model_validate({"number": NUMBER, **wrong})


def test_addresses_for_twilio_are_under_the_functions():
    """They are the contract's paths."""
    assert Webhooks.at("https://phone.example") == Webhooks(
        "https://phone.example/voice/incoming",
        "https://phone.example/voice/fallback",
        "https://phone.example/voice/status",
    )


def test_a_line_prints_without_its_token():
    """What logs and tracebacks show of it is harmless."""
    assert "hunter2" not in repr(PhoneLine("shop", NUMBER, "AC1", "hunter2"))
