"""A repository, a cloud and a pipeline to try: commits are pushed, builds run from first step to last."""

import copy
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local.stack.platform import ROOT
from tests.pipeline.cloud_build import Build, Outcome, execute, read
from tests.pipeline.deployed import deployed
from tests.pipeline.fakes.services import add_revision, new_service, split
from tests.pipeline.fakes.world import World
from tests.pipeline.images import make_images

OLD, NEW = "0" * 39 + "1", "0" * 39 + "2"
PARTS = ("deploy/pipeline", "deploy/vps/lib")
FILES = ("cloudbuild.yaml", "Dockerfile", "terraform/services.json")
SERVICES = ("chatbot-admin", "chatbot-chat", "chatbot-voice", "chatbot-voice-service", "chatbot-worker")
NOTHING: dict[str, Any] = {
    "made": [], "builders": [], "images": {}, "registry": {"there": False, "images": {}, "caches": []},
    "state": {"serial": 0}, "services": {}, "jobs": {}, "executions": [], "secrets": {}, "objects": {},
    "businesses": ["my-shop"], "faults": {}, "code": "",
}  # fmt: skip


@dataclass(frozen=True)
class Delivery:
    """One project in the fake cloud."""

    workspace: Path
    programs: Path
    world: World

    def serves(self, code: str) -> None:
        """Make it as after a good build of this code."""
        self.world.known["registry"]["there"] = True
        for name in SERVICES:
            service = self.world.known["services"].setdefault(name, new_service())
            add_revision(name, service, code)

    def build(self, commit: str = NEW, *, by_trigger: bool = True, until: str = "", **substitutions: str) -> Outcome:
        """Run the pipeline for a commit, on a machine of its own; it is cut off after the step `until`."""
        self.world.known.update(code=commit, made=[])
        shutil.rmtree(self.workspace / "build", ignore_errors=True)
        build = self._read(commit if by_trigger else "", substitutions)
        names = [step.name for step in build.steps]
        steps = build.steps[: names.index(until) + 1] if until else build.steps
        return self._execute(replace(build, steps=steps))

    def again(self, name: str, commit: str = NEW, **substitutions: str) -> Outcome:
        """Run one step once more, where a build has just been."""
        build = self._read(commit, substitutions)
        return self._execute(replace(build, steps=[replace(s, waits_for=[]) for s in build.steps if s.name == name]))

    def _read(self, commit: str, substitutions: Mapping[str, str]) -> Build:
        build = read((self.workspace / "cloudbuild.yaml").read_text(), substitutions, commit)
        build.env.update(SMOKE_RETRIES="0")
        return build

    def _execute(self, build: Build) -> Outcome:
        self.world.save()
        outcome = execute(build, self.workspace, self.programs)
        self.world.load()
        return outcome

    def serving(self) -> dict[str, dict[str, int]]:
        """Return percent by code for every service."""
        return {
            name: {service["revisions"][revision]: percent for revision, percent in split(service).items()}
            for name, service in self.world.known["services"].items()
        }

    def called(self) -> list[str]:
        """Return the calls, each as program and command."""
        return [
            " ".join(each[:1] + [word for word in each[1:] if not word.startswith("-")]) for each in self.world.calls()
        ]

    def changes(self) -> list[str]:
        """Return the calls that change the cloud, in short."""
        kinds = {
            "docker push": "push", "terraform apply": "apply", "gcloud run jobs execute": "run",
            "gcloud run services update-traffic": "traffic",
        }  # fmt: skip
        found = []
        for call in self.called():
            for words, kind in kinds.items():
                if call.startswith(words):
                    found.append(f"{kind} {Path(call.split()[-1]).name.removesuffix('.tfplan').partition(':')[0]}")
        return found

    def asked(self) -> list[str]:
        """Return the requests that the deployed services got."""
        return (self.world.folder / "asked").read_text().splitlines()


@contextmanager
def new_delivery(folder: Path) -> Iterator[Delivery]:
    """Yield a project in which nothing is deployed."""
    folder = folder.resolve()
    workspace = folder / "workspace"
    for part in PARTS:
        shutil.copytree(ROOT / part, workspace / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, workspace / name)
    world = World(folder / "world")
    world.folder.mkdir()
    world.known = copy.deepcopy(NOTHING)
    with deployed(world) as base:
        world.known["base"] = base
        yield Delivery(workspace, make_images(folder / "images", world.folder), world)
