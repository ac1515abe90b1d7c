"""The image, followed line by line without Docker: what goes in, what it can do, and what it must not have."""

import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local.stack.platform import ROOT
from local.stack.ports import free_ports
from local.stack.servers import answers_http
from tests.deploy.dockerfile import Builder, BuildFailed, Ignore, context_files, environment, read_dockerfile

INSTRUCTIONS = read_dockerfile((ROOT / "Dockerfile").read_text())
IGNORE = Ignore((ROOT / ".dockerignore").read_text())
LAST = INSTRUCTIONS[-1].stage
SETTINGS = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "GEMINI_API_KEY": "none",
    "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:1",
    "BUCKET": "none",
    "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
    "SECRETS_KEY": "0123456789abcdef0123456789abcdef",
    "VOICE_SERVICE_URL": "wss://media.example",
}
IMPORT_ALL = """
import importlib, pkgutil, sys
for top in ("shared", "voice_service"):
    package = importlib.import_module(top)
    for found in pkgutil.walk_packages(package.__path__, f"{top}."):
        if not found.name.startswith("shared.migrations") and not found.name.endswith("__main__"):
            importlib.import_module(found.name)
assert all(module.__file__.startswith(sys.argv[1]) for name, module in sys.modules.items()
           if name.partition(".")[0] in ("shared", "voice_service") and module.__file__)
"""


class Image:
    """A built image, and how its processes run."""

    def __init__(self, root: Path, builder: Builder) -> None:
        self.root = root
        found = environment(INSTRUCTIONS, LAST)
        self.env = {key: builder.inside(LAST, value) for key, value in found.items()}

    def command(self, *words: str) -> list[str]:
        """Return a command with the image's own Python."""
        assert words[0] == "python"
        return [str(self.root / "opt/venv/bin/python"), *words[1:]]

    def run(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in the image's environment and nothing else."""
        return subprocess.run(
            self.command(*words), env={**self.env, **env}, cwd=self.root / "app",
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def files(self) -> set[Path]:
        """Return everything in it."""
        return set(self.root.rglob("*"))


def one(name: str, stage: str = LAST) -> list[str]:
    """Return the words of a stage's only instruction of a kind."""
    [found] = [item for item in INSTRUCTIONS if (item.stage, item.name) == (stage, name)]
    return found.words


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Iterator[Image]:
    """Built from what is cached; else from PyPI; else there is no image."""
    context, reason = context_files(IGNORE), ""
    for offline in (True, False):
        folder = tmp_path_factory.mktemp("image")
        builder = Builder(folder, INSTRUCTIONS, context, offline)
        try:
            yield Image(builder.build(), builder)
        except (BuildFailed, subprocess.TimeoutExpired) as error:
            reason = str(error)
        else:
            return
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    pytest.skip(f"the packages can be had neither from the cache nor from PyPI: {reason}")


def test_final_stage_is_plain():
    """A slim base, pinned by tag; no package manager and no compiler runs in the final stage; not root; labelled."""
    base = next(item.text for item in INSTRUCTIONS if item.name == "ARG")
    assert re.fullmatch(r"PYTHON_IMAGE=python:3\.12-slim-\w+", base)
    assert [item.text.split()[0] for item in INSTRUCTIONS if item.name == "FROM"] == ["${PYTHON_IMAGE}"] * 2
    runs = " ".join(item.text for item in INSTRUCTIONS if (item.stage, item.name) == (LAST, "RUN"))
    assert not re.search(r"\b(apt|apt-get|pip|uv|gcc|make|curl|git)\b", runs)
    user = one("USER")[0].split(":")[0]
    assert user.isdigit()
    assert f"--uid {user}" in runs
    assert int(user) >= 10_000
    assert one("STOPSIGNAL") == ["SIGTERM"]
    assert "org.opencontainers.image.title" in " ".join(one("LABEL"))
    assert not any("SECRET" in item.text or "KEY=" in item.text for item in INSTRUCTIONS)


def test_what_the_build_is_given():
    """The code and the lock go in; secrets, tests, git and caches do not, wherever they lie."""
    context = context_files(IGNORE)
    assert {name.split("/")[0] for name in context} == {"requirements.lock", "shared", "voice_service"}
    for source in (item.words[0] for item in INSTRUCTIONS if item.name == "COPY" and "from" not in item.flags):
        assert any(name == source or name.startswith(f"{source}/") for name in context), source
    for name in (
        ".env", "shared/.env", "shared/web/.env.local", "voice_service/tls.pem", "shared/a.key", ".git/config",
        "tests/conftest.py", "local/run.py", "shared/__pycache__/ports.cpython-312.pyc", "terraform/terraform.tfstate",
    ):  # fmt: skip
        assert IGNORE.leaves_out(name), name


def test_one_version_of_uv():
    """The image, the development environment and the single host install with the same uv."""
    sources = ("Dockerfile", "local/bootstrap.py", "deploy/vps/lib/places.sh")
    pattern = re.compile(r"(?:uv==|UV_VERSION=)(\d+\.\d+\.\d+)")
    assert len({match for name in sources for match in pattern.findall((ROOT / name).read_text())}) == 1


def test_everything_imports_from_the_image_alone(image):
    """Every module of the product imports with the image's packages and files, and writes nothing."""
    before = image.files()
    done = image.run("python", "-c", "import voice_service.service")
    assert done.returncode == 0, done.stderr
    done = image.run("python", "-c", IMPORT_ALL, str(image.root))
    assert done.returncode == 0, done.stderr
    assert image.files() == before


@pytest.mark.parametrize("module", ["migrate", "build_knowledge", "deliver", "rotate_secrets", "reembed"])
def test_jobs_start(image, module):
    """Each job is the entry point with other arguments."""
    done = image.run(*one("ENTRYPOINT"), "-m", f"shared.jobs.{module}", "--help")
    assert done.returncode == 0, done.stderr
    assert f"python -m shared.jobs.{module}" in done.stdout


def test_the_default_command_starts(image):
    """Without arguments the image is the voice service."""
    done = image.run(*one("ENTRYPOINT"), *one("CMD"), "--help")
    assert done.returncode == 0, done.stderr
    assert "python -m voice_service" in done.stdout


def test_it_serves_is_healthy_and_stops(image):
    """The voice service answers, its own health check passes, and SIGTERM ends it in an orderly way."""
    [port] = free_ports(1)
    check = next(item for item in INSTRUCTIONS if item.name == "HEALTHCHECK").text.partition("CMD ")[2]
    words = read_dockerfile(f"CMD {check}")[0].words
    env = {**image.env, **SETTINGS, "PORT": str(port)}
    assert image.run(*words, PORT=str(port)).returncode != 0
    process = subprocess.Popen(
        image.command(*one("ENTRYPOINT"), *one("CMD")), env=env, cwd=image.root / "app", stderr=subprocess.DEVNULL
    )
    try:
        ends = time.monotonic() + 30
        while not answers_http(port, "/health") and time.monotonic() < ends:
            time.sleep(0.1)
        done = image.run(*words, PORT=str(port))
        assert done.returncode == 0, done.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) in (0, -signal.SIGTERM)


def test_an_unhealthy_answer_fails_the_check(image):
    """What answers with an error is not healthy."""
    words = read_dockerfile(f"CMD {next(i for i in INSTRUCTIONS if i.name == 'HEALTHCHECK').text.partition('CMD ')[2]}")

    class Down(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(503)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Down) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        done = image.run(*words[0].words, PORT=str(server.server_address[1]))
        server.shutdown()
        thread.join()
    assert done.returncode != 0


def test_bytecode_is_shipped_and_tools_are_not(image):
    """All of ours is compiled, and trusted unchecked; so are the packages. No installer and no test tool is inside."""
    ours = sorted((image.root / "app").rglob("*.py"))
    compiled = {path.name.split(".")[0]: path for path in (image.root / "app").rglob("*.pyc")}
    assert len(list((image.root / "app").rglob("*.pyc"))) == len(ours) > 100
    assert next(iter(compiled.values())).read_bytes()[4] == 1  # PEP 552: hash-based, unchecked
    [packages] = (image.root / "opt/venv/lib").glob("python3*/site-packages")
    assert len(list(packages.glob("pydantic/__pycache__/*.pyc"))) == len(list(packages.glob("pydantic/*.py")))
    assert not [
        name for name in ("pip", "uv", "setuptools", "pytest", "ruff", "playwright") if (packages / name).exists()
    ]
