"""`make run`: the whole platform on this machine, with a demo business. Ctrl-C stops all of it."""

import argparse
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from local.seed import DEMO_NUMBER, Admin, SeedError, demo_business, seed
from local.stack.platform import ROOT, Platform
from local.stack.ports import DEFAULT_BASE, Ports, require_free
from local.stack.process import StackError

DATA = ROOT / ".local"


def main() -> int:
    """Start everything, print where it is, and wait for Ctrl-C."""
    arguments = _arguments()
    signal.signal(signal.SIGINT, _interrupt)  # a shell starts what it puts into the background with Ctrl-C ignored
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    begun = time.monotonic()
    tell = Progress()
    platform: Platform | None = None
    try:
        ports = Ports.from_base(arguments.port_base)
        require_free(ports)
        real = _has_real_model()
        platform = Platform(ports, arguments.data, admin_key(arguments.data), gemini=not real, speech="real")
        start(platform, tell)
        tell.done(f"ready in {time.monotonic() - begun:.1f} s")
        _announce(platform, real=real)
        return _wait(platform)
    except KeyboardInterrupt:
        return 0
    except (StackError, SeedError) as error:
        tell.done("failed")
        print(f"\n{error}", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave anything behind
        if platform and platform.children:
            print("stopping ...", flush=True)
            platform.stop()


class Progress:
    """Says what is going on: one line that is rewritten on a terminal, one line each elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._last = ""

    def __call__(self, text: str) -> None:
        """Show what is being done now."""
        if text == self._last:
            return
        self._last = text
        print(f"\r\x1b[K  {text}" if self._terminal else f"  {text}", end="" if self._terminal else "\n", flush=True)

    def done(self, text: str) -> None:
        """Show the last word."""
        if self._terminal:
            print(f"\r\x1b[K  {text}", flush=True)
        else:
            self(text)


def start(platform: Platform, tell: Callable[[str], None]) -> None:
    """Start everything, with the demo business in it."""
    tell("starting Postgres, Redis and object storage")
    platform.start_servers()
    tell("migrating the database")
    tell(platform.migrate())
    if platform.gemini:
        tell("starting the Gemini stand-in")
        platform.start_gemini()
    tell("starting the functions and the demo website")
    for name in ("chat", "admin", "voice"):
        platform.start_function(name)
    platform.start_crm()
    platform.start_worker()
    platform.start_site(demo_business(platform.site_url)["id"])
    for name in ("chat", "admin", "voice"):
        platform.wait_for_function(name)
    platform.start_voice_service()
    admin = Admin(platform.admin_url, platform.admin_key)
    try:
        seed(admin, platform.site_url, tell, platform.crm_url, twilio=True)
    finally:
        admin.close()


def _announce(platform: Platform, *, real: bool) -> None:
    model = (
        "the real Gemini service answers"
        if real
        else "a local stand-in answers, which only quotes the site; for the real model: GEMINI_API_KEY=... make run"
    )
    print(f"""
  Demo website with the widget   {platform.site_url}
  Chat function                  {platform.chat_url}
  Admin function                 {platform.admin_url}   (documentation: {platform.admin_url}/docs)
  CRM stand-ins                  {platform.crm_url}   (/hubspot, /salesforce, ...: docs/crm.md)
  Leads of the demo website      {platform.crm_url}/hubspot/_records
  Phone                          {DEMO_NUMBER}   (in another terminal: make call)
  Voice function and service     {platform.voice_url}, port {platform.ports.voice_service}
  Admin key                      {platform.admin_key}
  Model                          {model}
  Data and logs                  {platform.data}

  Try:  curl -N {platform.chat_url}/chat -H 'Content-Type: application/json' -H 'Accept: text/event-stream' \\
          -d '{{"business_id":"juniper-street-cycles","user_id":"me","message":"What does a full service cost?"}}'

  Ctrl-C stops everything.
""", flush=True)  # fmt: skip


def _wait(platform: Platform) -> int:
    while True:
        time.sleep(0.5)
        dead = platform.dead()
        if dead:
            print(f"{dead.name} stopped by itself; the end of {dead.log}:\n{dead.tail(20)}", file=sys.stderr)
            return 1


def _has_real_model() -> bool:
    return bool(os.environ.get("GEMINI_API_KEY") or os.environ.get("GOOGLE_GENAI_USE_VERTEXAI"))


def admin_key(data: Path) -> str:
    """Return this checkout's admin key, made at its first start, or the environment's."""
    given = os.environ.get("ADMIN_API_KEY")
    if given:
        return given
    path = data / "admin-key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        path.write_text(f"local_{secrets.token_urlsafe(32)}")
        path.chmod(0o600)
    return path.read_text().strip()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument(
        "--port-base", type=_port_base, default=os.environ.get("PORT_BASE") or DEFAULT_BASE,
        help="first of ten ports (default 8080, or the variable PORT_BASE)",
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=DATA, help="where data and logs are kept (default .local)")
    return parser.parse_args()


def _port_base(text: str) -> int:
    if not text.isdigit() or not 1024 <= int(text) <= 65_500:  # noqa: PLR2004 - unprivileged, and ten must fit
        raise argparse.ArgumentTypeError(f"PORT_BASE must be a number from 1024 to 65500, not {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
