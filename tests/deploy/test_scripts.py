"""The scripts as texts: shellcheck, the help, and the nginx site's promises. Nothing is deployed."""

import re
import subprocess

import pytest

from local.stack.platform import ROOT
from tests.deploy.packages import find_shellcheck

SCRIPTS = ("deploy/vps/deploy.sh", "deploy/backup.sh", "deploy/restore.sh")
SITE = (ROOT / "deploy/vps/nginx.conf.template").read_text()


def location(path: str) -> str:
    """Return what is inside a location of the site over TLS, the last of that name."""
    found: list[str] = re.findall(rf"location {re.escape(path)} {{(.*?)\n    }}", SITE, re.DOTALL)
    return found[-1]


def test_shellcheck_finds_nothing():
    """No warning, not even information, in the scripts and the parts they read."""
    program = find_shellcheck()
    if program is None:
        pytest.skip("no shellcheck here, and apt fetches none")
    done = subprocess.run([program, "-x", *SCRIPTS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_help(script):
    """--help says how to use it and needs no root; an unknown option is refused."""
    shown = subprocess.run([ROOT / script, "--help"], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith(f"Usage: sudo {script}")
    refused = subprocess.run([ROOT / script, "--nonsense"], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "unknown option: --nonsense" in refused.stderr


def test_streams_are_not_held_back_nor_cut():
    """Answers and calls pass unbuffered for an hour; the socket is upgraded; the visitor's address is appended."""
    for path in ("= /stream", "/"):
        assert "proxy_buffering off;" in location(path)
        assert "proxy_read_timeout 60m;" in location(path)
    assert "proxy_set_header Upgrade $http_upgrade;" in location("= /stream")
    assert "proxy_pass ${NGINX_PROXY_PASS};" in location("/")
    assert SITE.count("X-Forwarded-For $proxy_add_x_forwarded_for;") == 2


def test_every_function_has_a_port_and_threads():
    """A new function is deployed to a single host as well."""
    services = (ROOT / "deploy/vps/lib/services.sh").read_text()
    for main in ROOT.glob("functions/*/main.py"):
        name = main.parent.name
        assert re.search(rf"\[{name}\]=\$\(\(PORT_BASE", services), name
        assert re.search(rf"\[{name}\]=\d+", services), name
        assert f"chatbot-{name}.service" in services
