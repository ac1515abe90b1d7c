"""What carries the calls of the benchmark, each as a process of its own: the product, the floor, and a peer."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2

from local.bench.call_phones import Line
from local.bench.setting import BUSINESS, KEY
from local.seed import Admin
from local.stack.platform import ROOT, Platform
from local.stack.ports import free_ports
from local.stack.process import Child, spawn
from local.stack.servers import answers_http
from local.twilio.accounts import MAIN
from local.twilio.web import Reach

PUBLIC, MEDIA = "https://phone.example", "wss://media.example"
_NUMBER = "+442079460000"
_LIMITS = {"calls": 1000, "minutes_per_day": 100_000, "minutes_per_call": 55, "calls_per_caller": 1000}
_TWIML = f'<Response><Connect><Stream url="{MEDIA}/stream"/></Connect></Response>'
_LIVE_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=local"
_PLAIN = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NO_PROXY": "127.0.0.1"}


@dataclass
class Peer:
    """The Live peer."""

    port: int
    certificate: Path
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=30, trust_env=False))

    def mode(self, name: str) -> None:
        """Let sessions talk in this way from now on, and forget the old ones."""
        self.http.post(f"http://127.0.0.1:{self.port}/bench/{name}")

    def noted(self) -> list[dict[str, object]]:
        """Return what the sessions noted."""
        found: list[dict[str, object]] = self.http.get(f"http://127.0.0.1:{self.port}/bench").json()
        return found


@dataclass(frozen=True)
class Bridge:
    """One that carries calls, `most` at once."""

    name: str
    child: Child
    line: Line
    reach: Reach
    most: int = 1000

    @property
    def pid(self) -> int:
        """Its process."""
        return self.child.process.pid


@contextmanager
def peer(platform: Platform) -> Iterator[Peer]:
    """Run the Live peer; the functions started meanwhile use it."""
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "local.bench.call_peer", "--port", str(port), "--cert", str(platform.certificate)]
    child = spawn("Live peer", command, platform.data / "logs" / "peer.log", env=_PLAIN)
    before = dict(platform.env)
    platform.env |= {"GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{port}", "GEMINI_API_KEY": "local"}
    try:
        child.wait_until(lambda: answers_http(port, "/health"))
        yield Peer(port, platform.certificate)
    finally:
        child.stop()
        platform.env.clear()
        platform.env |= before


@contextmanager
def product(platform: Platform) -> Iterator[Bridge]:
    """Run the voice function and the voice service, with a line of the benchmark's business."""
    before = dict(platform.env)
    platform.env |= {"VOICE_SERVICE_URL": MEDIA, "PUBLIC_VOICE_URL": PUBLIC, "EDGE_TTS_URL": "ws://127.0.0.1:1/none"}
    try:
        platform.start_function("voice")
        platform.wait_for_function("voice")
        child = platform.start_voice_service()
        admin = Admin(platform.admin_url, KEY)
        line = {"number": _NUMBER, "greeting": "Hello.", "limits": _LIMITS}
        secrets = {"account_sid": MAIN.sid, "auth_token": MAIN.token}
        admin.call("PUT", f"/v1/businesses/{BUSINESS}/voice", {**line, **secrets})
        admin.close()
        reach = Reach({PUBLIC: platform.voice_url, MEDIA: f"ws://127.0.0.1:{platform.ports.voice_service}"})
        called = Line(_NUMBER, MAIN, f"{PUBLIC}/voice/incoming", f"{PUBLIC}/voice/status")
        yield Bridge("voice_service", child, called, reach)
    finally:
        for name in ("voice_service", "voice"):
            if name in platform.children:
                platform.children.pop(name).stop()
        platform.env.clear()
        platform.env |= before


@contextmanager
def bare(platform: Platform, live: Peer) -> Iterator[Bridge]:
    """Run the floor."""
    module = [sys.executable, "-m", "local.bench.bare_bridge", "--live", f"wss://127.0.0.1:{live.port}{_LIVE_PATH}"]
    with _alone("bare bridge", module, platform, live) as bridge:
        yield bridge


@contextmanager
def pipecat(platform: Platform, live: Peer, python: str) -> Iterator[Bridge]:
    """Run the peer with an interpreter that has it."""
    script = str(Path(__file__).with_name("pipecat_bridge.py"))
    with _alone("pipecat", [python, script, "--live", f"https://127.0.0.1:{live.port}"], platform, live) as bridge:
        yield replace(bridge, most=30)  # beyond that it is a core, and what it leaves out is no figure


@contextmanager
def _alone(name: str, command: list[str], platform: Platform, live: Peer) -> Iterator[Bridge]:
    port = free_ports(1)[0]
    env = {**_PLAIN, "SSL_CERT_FILE": str(live.certificate)}
    child = spawn(name, [*command, "--port", str(port)], platform.data / "logs" / f"{name}.log", env=env)
    try:
        child.wait_until(lambda: _listens(port))
        yield Bridge(name, child, Line(_NUMBER, MAIN, twiml=_TWIML), Reach({MEDIA: f"ws://127.0.0.1:{port}"}))
    finally:
        child.stop()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
