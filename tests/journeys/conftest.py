"""Journeys break things, so each has a platform of its own."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from local.seed import Admin
from local.stack.platform import Platform
from local.stack.ports import Ports
from tests.clients import Business, Chat
from tests.conftest import ADMIN_KEY, OPEN_LIMITS

FACTS = "# Prices\nA full service costs 95 pounds.\n\n# Hours\nOn Saturday we are open from 9 to 14."


@pytest.fixture
def own_platform(_gemini: Platform) -> Iterator[Platform]:
    """A platform that only this test uses: servers and functions. The stand-in, which nobody breaks, is everybody's."""
    data = Path(tempfile.mkdtemp(prefix="chatbot-journey-"))
    data.chmod(0o755)
    platform = Platform(replace(Ports.free(), gemini=_gemini.ports.gemini), data, ADMIN_KEY)
    try:
        platform.start_servers()
        platform.migrate()
        platform.start_functions()
        yield platform
    finally:
        platform.stop()
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def open_business(http: httpx2.Client) -> Iterator[Callable[[Platform], Business]]:
    """Makes a business that knows a few facts on a given platform."""
    clients: list[Admin] = []

    def make(platform: Platform) -> Business:
        admin = Admin(platform.admin_url, ADMIN_KEY)
        clients.append(admin)
        admin.call("POST", "/v1/businesses", {"id": "acme", "name": "Acme", "limits": OPEN_LIMITS})
        business = Business("acme", admin, Chat(http, platform.chat_url, "acme"))
        business.learn(FACTS)
        return business

    yield make
    for admin in clients:
        admin.close()
