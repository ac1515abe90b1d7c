"""The platform under test: real servers and functions as processes, started once a run and only when asked for."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, settings

from local.seed import Admin
from local.stack.platform import Platform
from local.stack.ports import Ports, free_ports
from local.stack.servers import BUCKET
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.personal import Sealing
from shared.adapters.storage import Storage
from shared.adapters.vault import Vault
from tests.clients import Business, Chat, StandIn
from tests.log_guard import leaks

ADMIN_KEY = "test-platform-key-0123456789abcdef"
# As the functions of the platform under test seal.
SEALING = Sealing(Vault([f"local-{ADMIN_KEY}"]), on=True)
OPEN_LIMITS = {"rate_limit": "1000/second", "address_rate_limit": "1000/second"}
_numbers = itertools.count(1)


# A busy machine is no failure of a property.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are processors: most tests wait most of the time."""
    return min((os.cpu_count() or 1) + 2, 6)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with short tests come last, so that processes that share the work end together."""
    items.sort(key=lambda item: "unit" in item.path.parts)


@pytest.fixture(scope="session")
def hostile_ports() -> list[int]:
    """Ports on which tests may put websites that the operator lets crawls reach (EGRESS_ALLOW)."""
    return free_ports(4)


@pytest.fixture(scope="session")
def twilio_port() -> int:
    """Where the functions look for Twilio: a test may put one there."""
    return free_ports(1)[0]


@pytest.fixture(scope="session")
def servers(hostile_ports: list[int], twilio_port: int) -> Iterator[Platform]:
    """Postgres, Redis and object storage, migrated; no function runs yet."""
    data = Path(tempfile.mkdtemp(prefix="chatbot-test-"))
    data.chmod(0o755)  # Postgres may run as another user
    platform = Platform(Ports.free(), data, ADMIN_KEY)
    platform.env["ADMIN_RATE_LIMIT"] = "1000/second"
    platform.env["BUILDS_AT_ONCE"] = "1000"  # nobody here gives a build its turn when another one has ended
    allowed = [platform.ports.site, platform.ports.crm, *hostile_ports]
    platform.env["TWILIO_API_URL"] = f"http://127.0.0.1:{twilio_port}"
    platform.env["PUBLIC_VOICE_URL"] = "https://phone.example"
    platform.env["EGRESS_ALLOW"] = ",".join(f"127.0.0.1:{port}" for port in allowed)
    try:
        platform.start_servers()
        platform.migrate()
        yield platform
    finally:
        platform.stop()
        leaked = leaks(data / "logs")
        shutil.rmtree(data, ignore_errors=True)
        assert not leaked, "a log names a visitor:\n" + "\n".join(leaked[:20])


@pytest.fixture(scope="session")
def _gemini(servers: Platform) -> Platform:
    servers.start_gemini()
    return servers


@pytest.fixture(scope="session")
def platform(_gemini: Platform) -> Platform:
    """The whole platform: servers, Gemini stand-in, chat and admin under the functions runtime."""
    _gemini.start_functions()
    return _gemini


@pytest.fixture(scope="session")
def crm_port(platform: Platform) -> int:
    """Where the CRMs' stand-ins listen."""
    platform.start_crm()
    return platform.ports.crm


@pytest.fixture
def stand_in(_gemini: Platform) -> Iterator[StandIn]:
    """The stand-in's control plane; reset after each test."""
    control = StandIn(f"http://127.0.0.1:{_gemini.ports.gemini}")
    control.reset()
    yield control
    control.reset()
    control.close()


@pytest.fixture
def admin(platform: Platform) -> Iterator[Admin]:
    """The admin API with the platform's key."""
    client = Admin(platform.admin_url, ADMIN_KEY)
    yield client
    client.close()


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    """A plain HTTP client."""
    with httpx2.Client(timeout=60, trust_env=False) as client:
        yield client


class _Taught:
    """Indexes of texts that were built once: a build is a process, and by far the dearest thing that tests ask for."""

    def __init__(self, platform: Platform) -> None:
        self._storage = Storage(BUCKET, platform.function_env("admin")["STORAGE_EMULATOR_HOST"], None, patience_s=10)
        self._kept: dict[str, str] = {}

    def teach(self, business: Business, facts: str) -> None:
        """Give a new business these facts and an index of them: that of a build, or a copy of one."""
        business.tell(facts)
        if facts in self._kept:
            self._copy(self._kept[facts], f"data/{business.id}/")
            return
        business.build()
        kept = f"taught/{len(self._kept)}/"
        self._copy(f"data/{business.id}/", kept)
        self._kept[facts] = kept

    def _copy(self, source: str, target: str) -> None:
        for name in self._storage.list_names(source):
            self._storage.copy(name, target + name.removeprefix(source))


@pytest.fixture(scope="session")
def taught(platform: Platform) -> _Taught:
    """What businesses were taught."""
    return _Taught(platform)


@pytest.fixture
def new_business(platform: Platform, admin: Admin, http: httpx2.Client, taught: _Taught) -> Callable[..., Business]:
    """Makes businesses with ids of their own; keywords are fields of the configuration, `facts` what they know."""

    def make(*, facts: str = "", **config: Any) -> Business:
        number = next(_numbers)
        document = {"id": f"biz-{number}", "name": f"Business {number}", "limits": OPEN_LIMITS, **config}
        created = admin.call("POST", "/v1/businesses", document)
        business = Business(created["id"], admin, Chat(http, platform.chat_url, created["id"]))
        if facts:
            taught.teach(business, facts)
        return business

    return make


@pytest.fixture
def database(servers: Platform) -> Iterator[Database]:
    """A pool that signs in as the admin function does."""
    url = servers.function_env("admin")["DATABASE_URL"]
    pool = Database(connect_by_url(url, "test"), size=3)
    yield pool
    pool.close()
