"""A real Debian in a folder: packages from apt, its own users and processes. Only systemd is stood in for. Needs root.

It shares this machine's network, so its ports must be free here: 80, 5432 and 6379 by Debian's defaults.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from local.stack.platform import STAND_IN_KEY
from local.stack.ports import free_base, free_ports, is_free
from tests.deploy.hosts import SERVER_NAME, Run, finished
from tests.deploy.origin import Origin
from tests.deploy.packages import CACHE, find_debootstrap
from tests.deploy.site import Site

SUITE = "trixie"
MIRROR = "http://deb.debian.org/debian"
# What an administrator has before deploy.sh; it installs the rest.
FIRST = "ca-certificates,git,python3"
DEFAULT_PORTS = (80, 5432, 6379)
# Process 1 must collect those whose parents have gone.
INIT = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True: signal.pause()"
STAND_IN = '#!/bin/sh\nexec python3 /usr/local/lib/stand-in/{name}.py "$@"\n'


class CannotRun(Exception):
    """The host cannot be made here; the text is the reason."""


def base_system() -> Path:
    """Return a fresh Debian, made once and kept; CannotRun when it cannot be made."""
    if os.geteuid() != 0:
        raise CannotRun("a Debian in a folder needs root")
    program, base = find_debootstrap(), CACHE / SUITE
    if program is None:
        raise CannotRun("debootstrap is not here, and apt does not fetch it")
    if base.exists():
        return base
    new = base.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    share = program.parents[1] / "share" / "debootstrap"
    made = subprocess.run(
        [program, "--variant=minbase", f"--include={FIRST}", SUITE, new, MIRROR],
        env={**os.environ, "DEBOOTSTRAP_DIR": str(share)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise CannotRun(f"debootstrap failed:\n{made.stdout[-800:]}{made.stderr[-800:]}")
    new.rename(base)
    return base


class DebianHost:
    """A copy of the base system, running in namespaces of its own."""

    checkout = "/opt/chatbot"
    state = "/var/lib/chatbot"

    def __init__(self, folder: Path, gemini_port: int) -> None:
        if taken := [port for port in DEFAULT_PORTS if not is_free(port)]:
            raise CannotRun(f"ports in use here: {taken}")
        self.root = folder / "root"
        subprocess.run(["cp", "-a", base_system(), self.root], check=True)
        self.origin = Origin(self.root / "srv" / "origin")
        self.port_base, (self.http_port, self.https_port) = free_base(8), free_ports(2)
        self._environment = self._variables(gemini_port)
        self._put_stand_ins()
        self._init = self._start()

    def run(self, *command: str, env: Mapping[str, str] | None = None) -> Run:
        """See `Host.run`."""
        variables = [f"{name}={value}" for name, value in {**self._environment, **(env or {})}.items()]
        enter = ["nsenter", "-t", str(self._pid()), "--mount", "--pid", "--root"]
        return finished([*enter, "env", "-C", "/", "-i", *variables, *command], os.environ)

    def site(self) -> Site:
        """See `Host.site`."""
        settings = (self.root / "opt/chatbot/.env").read_text().splitlines()
        key = next(line.partition("=")[2] for line in settings if line.startswith("ADMIN_API_KEY="))
        certificate = (self.root / "etc/chatbot/tls/cert.pem").read_text()
        return Site(self.https_port, self.http_port, certificate, key)

    def stop(self) -> None:
        """End every process in it."""
        self._init.kill()
        self._init.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        inside = f'mount -t tmpfs tmpfs "$0/dev/shm" && exec chroot "$0" python3 -c "{INIT}"'
        process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.root}/proc",
             "sh", "-c", inside, str(self.root)],
            start_new_session=True,
        )  # fmt: skip
        self._init = process
        ends = time.monotonic() + 10
        while not self._pid():
            if process.poll() is not None or time.monotonic() > ends:
                raise CannotRun("namespaces cannot be made here")
            time.sleep(0.05)
        return process

    def _pid(self) -> int:
        """Process 1 of the host, as this machine counts; 0 when it is not there yet."""
        children = Path(f"/proc/{self._init.pid}/task/{self._init.pid}/children").read_text().split()
        if not children or b"python3" not in Path(f"/proc/{children[0]}/cmdline").read_bytes().split(b"\0")[0]:
            return 0
        return int(children[0])

    def _put_stand_ins(self) -> None:
        folder, programs = self.root / "usr/local/lib/stand-in", self.root / "usr/local/bin"
        folder.mkdir()
        for name in ("systemctl", "journalctl"):
            shutil.copy(Path(__file__).with_name("systemctl.py"), folder / f"{name}.py")
            (programs / name).write_text(STAND_IN.format(name=name))
            (programs / name).chmod(0o755)
        authorities = os.environ.get("SSL_CERT_FILE")
        if authorities:
            shutil.copy(authorities, self.root / "etc/ssl/of-this-machine.pem")

    def _variables(self, gemini_port: int) -> dict[str, str]:
        trusted = {"SSL_CERT_FILE": "/etc/ssl/of-this-machine.pem", "PIP_CERT": "/etc/ssl/of-this-machine.pem"}
        return {
            **(trusted if os.environ.get("SSL_CERT_FILE") else {}),
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "NGINX_SERVER_NAME": SERVER_NAME,
            "NGINX_SSL_CERT_PATH": "/etc/chatbot/tls/cert.pem",
            "NGINX_SSL_KEY_PATH": "/etc/chatbot/tls/key.pem",
            "NGINX_HTTP_PORT": str(self.http_port),
            "NGINX_HTTPS_PORT": str(self.https_port),
            "PORT_BASE": str(self.port_base),
            "GEMINI_API_KEY": STAND_IN_KEY,
            "GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{gemini_port}",
            "CORS_ALLOWED_ORIGINS": "*",
        }
