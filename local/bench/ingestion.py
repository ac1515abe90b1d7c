"""A website of 500 pages becomes knowledge: the first build, the same site again, five pages changed.

The build is the platform's own process with its real stores. It is measured twice: with a model that answers at once,
so that all time is the platform's own, and with the stand-in that really embeds, as a model must. The floor is what any
crawler would need: plain fetches of the same pages, as many at once, and as many texts through the same model.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from local.bench.big_site import CHANGE, COUNTS, PAGES, Site
from local.bench.setting import KEY, function_command
from local.seed import Admin
from local.stack.platform import ROOT, STAND_IN_KEY, Platform
from local.stack.ports import free_ports
from local.stack.process import spawn
from local.stack.servers import answers_http

CHANGED = 5
AT_ONCE = 4  # as the crawler fetches from one site
SHARE = 0.05  # of the first build, for a site on which nothing is new
_ENDED = ("succeeded", "failed", "cancelled")
_BATCH = 50
_DIMENSIONS, _MODEL = 768, "gemini-embedding-2"
_TEXT = "A text as long as a passage is in the middle. " * 15
_LOOK_S = 0.01
_KEY = {"x-goog-api-key": STAND_IN_KEY}


@dataclass(frozen=True)
class Built:
    """One build: seconds from its start to its end, seconds of its process at work, its most memory, its counts."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    counts: Mapping[str, int]
    answered: Mapping[str, int]

    @property
    def pages_per_s(self) -> float:
        """How many pages it went through in a second."""
        return self.counts["fetched"] / self.wall_s


@dataclass(frozen=True)
class Models:
    """An admin function and the model that its builds embed with."""

    name: str
    admin_url: str
    port: int


def run(platform: Platform, _folder: Path, pages: int = PAGES) -> Iterator[str]:
    """Yield the report's lines as they are known."""
    instant = Models("the model answers at once", platform.admin_url, platform.ports.gemini)
    with served(platform, pages) as site, httpx2.Client(base_url=site, trust_env=False, timeout=60) as web:
        yield from section(instant, web, pages, "bench-instant", promised=False)
        with embedding(platform) as real:
            yield from section(real, web, pages, "bench-embedded", promised=True)


def section(models: Models, web: httpx2.Client, pages: int, business: str, *, promised: bool) -> Iterator[str]:
    """Yield what the builds of a business take that has the site as its source; all texts are as at first again."""
    web.post(CHANGE, params={"pages": 0})
    fetching = plain_fetches(web, Site.make(pages).pages)
    web.get(COUNTS)
    admin = Admin(models.admin_url, KEY)
    try:
        path = _business(admin, business, f"{str(web.base_url).rstrip('/')}/", pages)
        first, again = measured(admin, path, web), measured(admin, path, web)
        web.post(CHANGE, params={"pages": CHANGED})
        changed = measured(admin, path, web)
    finally:
        admin.close()
    floor = (fetching, plain_embeddings(models.port, first.counts["chunks"]))
    yield from report(models.name, (first, again, changed), floor, promised=promised)


def report(
    name: str, builds: tuple[Built, Built, Built], floor: tuple[float, float], *, promised: bool
) -> Iterator[str]:
    """Yield the lines: each build beside the floor and the first build, and whether what is promised is kept."""
    first, again, _ = builds
    yield ""
    yield f"Knowledge of a site of {first.counts['fetched']} pages, {first.counts['chunks']} chunks; {name}"
    yield ""
    yield (
        f"the floor: {floor[0]:.2f} s of plain fetches, {AT_ONCE} at once, and {floor[1]:.2f} s of embedding; "
        f"the first build takes {first.wall_s / sum(floor):.1f} times as long"
    )
    yield f"{'':18}{'s':>8}{'CPU s':>8}{'MB':>8}{'pages/s':>9}{'embedded':>10}{'of first':>10}  answered by the site"
    for told, built in zip(("first build", "nothing new", f"{CHANGED} pages changed"), builds, strict=True):
        answered = ", ".join(f"{count} x {status}" for status, count in sorted(built.answered.items()))
        yield (
            f"{told:18}{built.wall_s:>8.2f}{built.cpu_s:>8.2f}{built.peak_mb:>8.0f}{built.pages_per_s:>9.0f}"
            f"{built.counts['embedded']:>10}{built.wall_s / first.wall_s:>10.1%}  {answered}"
        )
    if promised:
        share, embedded = again.wall_s / first.wall_s, again.counts["embedded"]
        kept = "kept" if share < SHARE and not embedded else "BROKEN"
        yield f"nothing new: below {SHARE:.0%} of the first build, nothing embedded: {kept} ({share:.1%}, {embedded})"


@contextmanager
def embedding(platform: Platform) -> Iterator[Models]:
    """Start the stand-in that really embeds, and an admin function whose builds use it."""
    admin, model = free_ports(2)
    log = platform.data / "logs"
    python = {"PYTHONPATH": str(ROOT)}
    stand_in = spawn(
        "embedding stand-in",
        [sys.executable, "-m", "local.gemini", "--port", str(model)],
        log / "embed.log",
        env=python,
    )
    try:
        stand_in.wait_until(lambda: answers_http(model, "/health"))
        env = platform.function_env("admin") | {"GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{model}"}
        source = ROOT / "functions" / "admin" / "main.py"
        function = spawn("second admin", function_command("admin", source, admin), log / "admin2.log", env=env)
        try:
            function.wait_until(lambda: answers_http(admin, "/openapi.json"))
            yield Models("the stand-in embeds", f"http://127.0.0.1:{admin}", model)
        finally:
            function.stop()
    finally:
        stand_in.stop()


@contextmanager
def served(platform: Platform, pages: int) -> Iterator[str]:
    """Serve the big site where the platform lets itself fetch from; yield its address."""
    port = platform.ports.site
    command = [sys.executable, "-m", "local.bench.big_site", "--port", str(port), "--pages", str(pages)]
    child = spawn("big site", command, platform.data / "logs" / "big_site.log", env={"PYTHONPATH": str(ROOT)})
    child.wait_until(lambda: answers_http(port, "/"))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        child.stop()


def measured(admin: Admin, path: str, web: httpx2.Client) -> Built:
    """Start a build, watch its process, and return what it took; RuntimeError when it does not succeed."""
    begun = time.perf_counter()
    build_id = admin.call("POST", f"{path}/knowledge/builds")["id"]
    cpu, peak, status = 0.0, 0.0, ""
    asked = begun
    while status not in _ENDED:
        time.sleep(_LOOK_S)
        for pid in processes(build_id):
            cpu, peak = _taken(pid, cpu, peak)
        if time.perf_counter() - asked > 10 * _LOOK_S:
            state: dict[str, Any] = admin.call("GET", f"{path}/knowledge/builds/{build_id}")
            status, asked = state["status"], time.perf_counter()
    wall = time.perf_counter() - begun
    if status != "succeeded":
        raise RuntimeError(f"the build {status}: {state['reason']}")
    while processes(build_id):  # so that the next build does not share the machine with its end
        time.sleep(_LOOK_S)
    return Built(wall, cpu, peak, state["counts"], web.get(COUNTS).json())


def processes(build_id: str, proc: Path = Path("/proc")) -> list[int]:
    """Return the processes that run a build."""
    found = []
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if build_id.encode() in words:
                found.append(int(entry.name))
    return found


def _taken(pid: int, cpu: float, peak: float) -> tuple[float, float]:
    """Return seconds at work and the most megabytes of a process so far; what was known when it has just ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return cpu, peak
    seconds = (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
    most = [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")]
    return max(cpu, seconds), max(peak, *most, 0.0)


def plain_fetches(web: httpx2.Client, paths: Sequence[str] | Mapping[str, bytes]) -> float:
    """Return the seconds that fetching each page takes, `AT_ONCE` at a time."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for answer in pool.map(web.get, paths):
            answer.raise_for_status()
    return time.perf_counter() - begun


def plain_embeddings(port: int, count: int) -> float:
    """Return the seconds that the model on a port takes to embed so many texts."""
    asked = [
        {"content": {"parts": [{"text": f"{number}. {_TEXT}"}]}, "outputDimensionality": _DIMENSIONS}
        for number in range(count)
    ]
    begun = time.perf_counter()
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=_KEY, trust_env=False, timeout=60) as model:
        for start in range(0, count, _BATCH):
            body = json.dumps({"requests": asked[start : start + _BATCH]})
            answer = model.post(f"/v1beta/models/{_MODEL}:batchEmbedContents", content=body)
            answer.raise_for_status()
    return time.perf_counter() - begun


def _business(admin: Admin, business: str, site: str, pages: int) -> str:
    """Create the business with the site as its source and return its path."""
    path = f"/v1/businesses/{business}"
    admin.call("POST", "/v1/businesses", {"id": business, "name": "Bench site"})
    source = {"kind": "website", "start_urls": [site], "max_pages": pages + 10}
    admin.call("POST", f"{path}/knowledge/sources", source)
    return path
