"""A business with a phone line: the real functions, the voice service, the stand-ins, a phone network to call it."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.stack.platform import Platform
from local.twilio.accounts import Account
from tests.clients import Business
from tests.voice.line import MEDIA, LiveControl, PhoneLine

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def telephony(platform: Platform) -> Platform:
    """The platform with its voice function and voice service."""
    platform.env |= {"VOICE_SERVICE_URL": MEDIA, "EDGE_TTS_URL": "ws://127.0.0.1:1/none"}
    platform.start_function("voice")
    platform.wait_for_function("voice")
    platform.start_voice_service()
    return platform


@pytest.fixture
def live(telephony: Platform) -> Iterator[LiveControl]:
    """Live's control plane, reset after each test."""
    control = LiveControl(f"http://127.0.0.1:{telephony.ports.gemini}")
    control.reset()
    yield control
    control.reset()
    control.close()


@pytest.fixture
def new_line(telephony: Platform, new_business: Callable[..., Business]) -> Callable[..., PhoneLine]:
    """Makes businesses with a phone line of their own; keywords as for `new_business`, `voice` is the line's part."""

    def make(voice: dict[str, Any] | None = None, **config: Any) -> PhoneLine:
        number = next(_numbers)
        line = PhoneLine(
            new_business(**config), telephony, f"+4420794{number:05}", Account(f"AC{number:032x}", f"{number:032x}")
        )
        line.connect(voice or {})
        return line

    return make
