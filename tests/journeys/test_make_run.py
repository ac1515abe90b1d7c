"""`make run` as a person meets it: it starts, tells where it is, says what is wrong, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2
import pytest

from local.stack.platform import ROOT
from local.stack.ports import free_base, is_free


def _start(base: int, data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "local.run", "--data", str(data)],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PORT_BASE": str(base)},
    )  # fmt: skip


def _read_until(process: subprocess.Popen[str], text: str) -> str:
    said = ""
    assert process.stdout is not None
    while text not in said:
        line = process.stdout.readline()
        assert line, f"it stopped: {said}"
        said += line
    return said


def _leftovers(data: Path, base: int) -> list[str]:
    """Processes that were started for this data directory or these ports: most inherit the variable that names them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            command = (entry.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(data) in command or f"PORT_BASE={base}".encode() in entry.read_bytes().split(b"\0"):
                found.append(command)
        except OSError:
            continue
    return found


@pytest.fixture
def data():
    """A folder that Postgres, which may run as another user, can reach (pytest's own are closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="chatbot-run-"))
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(180)
def test_it_starts_answers_stops_and_starts_again(data, http):
    """A business crawled from its own site answers with the right price; Ctrl-C leaves no process; again is faster."""
    base = free_base(10)
    process = _start(base, data)
    said = _read_until(process, "Ctrl-C stops everything.")
    assert "stand-in" in said
    assert "GEMINI_API_KEY" in said
    assert "knowledge: succeeded" in said
    question = {"business_id": "juniper-street-cycles", "user_id": "me", "message": "What does a full service cost?"}
    answer = http.post(f"http://127.0.0.1:{base + 1}/chat", json=question).json()
    assert "£95" in answer["reply"]["text"]
    assert http.get(answer["citations"][0]["url"]).status_code == 200
    assert _lead(http, said, base, "ana.lopez@acme-mail.com") == "Ana Lopez"
    crm = f"http://127.0.0.1:{base + 2}/v1/businesses/juniper-street-cycles/crm"
    key = {"Authorization": f"Bearer {(data / 'admin-key').read_text()}"}
    own = {**http.get(crm, headers=key).json()["crm"], "existing": "overwrite"}
    assert http.put(crm, json=own, headers=key).status_code == 200
    _interrupt(process, data, base)

    begun = time.monotonic()
    process = _start(base, data)
    said = _read_until(process, "Ctrl-C stops everything.")
    print(f"second start: {time.monotonic() - begun:.1f} s")
    assert "knowledge: fetching" not in said
    assert http.get(crm, headers=key).json()["crm"] == own
    assert _lead(http, said, base, "ana.lopez@another-mail.com") == "Ana Lopez"
    answer = http.post(f"http://127.0.0.1:{base + 1}/chat", json=question).json()
    assert "£95" in answer["reply"]["text"]
    _interrupt(process, data, base)


def _lead(http: httpx2.Client, said: str, base: int, email: str) -> str:
    """Leave an address in the demo's chat; return the name under which it stands in the CRM that was announced."""
    url = f"http://127.0.0.1:{base + 9}/hubspot/_records"
    assert url in said
    message = f"My name is Ana Lopez and my email is {email}"
    told = {"business_id": "juniper-street-cycles", "user_id": email, "message": message}
    assert http.post(f"http://127.0.0.1:{base + 1}/chat", json=told).json()["degraded"] == []
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        names = {contact["email"]: contact["name"] for contact in http.get(url).json()["contacts"]}
        if email in names:
            return str(names[email])
        time.sleep(0.2)
    raise AssertionError(f"{email} is not in the CRM")


def _interrupt(process: subprocess.Popen[str], data: Path, base: int) -> None:
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0, out
    assert _leftovers(data, base) == []
    assert all(is_free(base + offset) for offset in (0, 1, 2, 5, 6, 7, 8, 9))


@pytest.mark.timeout(60)
def test_when_it_is_killed_its_children_go_too(data):
    """Even `kill -9` leaves nothing behind on Linux."""
    base = free_base(10)
    process = _start(base, data)
    _read_until(process, "Gemini stand-in")
    process.kill()
    process.wait()
    assert process.stdout
    process.stdout.close()
    deadline = time.monotonic() + 10
    while _leftovers(data, base) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _leftovers(data, base) == []


def test_a_taken_port_is_named_with_a_way_out(data):
    """The message says which port, and how to choose others; nothing is started."""
    base = free_base(10)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base + 2))
        taken.listen()
        process = _start(base, data)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"{base + 2} (admin)" in out
    assert "PORT_BASE=" in out
    assert _leftovers(data, base) == []


def test_a_wrong_port_base_is_explained(data):
    """Bad input gets a sentence, not a stack trace."""
    done = subprocess.run(
        [sys.executable, "-m", "local.run"], cwd=ROOT, text=True, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PORT_BASE": "banana"},
    )  # fmt: skip
    assert done.returncode == 2
    assert "PORT_BASE must be a number" in done.stderr


@pytest.mark.parametrize("name", ["chat", "admin"])
def test_a_function_without_settings_stops_with_one_line(name):
    """The line names what is missing."""
    command = [Path(sys.executable).parent / "functions-framework", "--target", name, "--source"]
    done = subprocess.run(
        [*command, f"functions/{name}/main.py"], cwd=ROOT, text=True, capture_output=True, check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "BUCKET": "b", "DATABASE_URL": "mysql://x"},
    )  # fmt: skip
    assert done.returncode != 0
    assert done.stderr.strip().count("\n") == 0
    assert "DATABASE_URL is wrong" in done.stderr
