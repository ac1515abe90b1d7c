"""Reads cloudbuild.yaml as Cloud Build would, and executes its steps here; what it does not know, it refuses.

Bash-like expansions of dynamicSubstitutions (${NAME:-x}) are refused too: ours use none.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.pipeline.images import tools_of

BUILD_FIELDS = {"substitutions", "serviceAccount", "timeout", "options", "steps"}
STEP_FIELDS = {"id", "name", "entrypoint", "args", "waitFor"}
OPTION_FIELDS = {"logging", "machineType", "dynamicSubstitutions", "env"}
MACHINES = {"E2_MEDIUM", "E2_STANDARD_2", "E2_HIGHCPU_8", "E2_HIGHCPU_32", "N1_HIGHCPU_8", "N1_HIGHCPU_32"}
# A trigger gives all of these; a build submitted by hand has no commit, and the names are empty then.
BUILT_IN = {
    "PROJECT_ID": "my-project",
    "PROJECT_NUMBER": "123456789",
    "BUILD_ID": "b0b0b0b0-1111",
    "LOCATION": "global",
}
OF_TRIGGERS = (
    "COMMIT_SHA",
    "SHORT_SHA",
    "REVISION_ID",
    "BRANCH_NAME",
    "TAG_NAME",
    "REF_NAME",
    "REPO_NAME",
    "TRIGGER_NAME",
)
VARIABLE = re.compile(r"\$(?:(\$)|([A-Z_][A-Z0-9_]*)|\{([A-Z_][A-Z0-9_]*)\}|(.?))", re.DOTALL)


class Refused(Exception):
    """Cloud Build would not start this build."""


def substitute(text: str, values: Mapping[str, str], used: set[str]) -> str:
    """Return the text with its variables replaced and $$ as $; what was used is added to `used`."""

    def value(match: re.Match[str]) -> str:
        dollar, bare, braced, wrong = match.groups()
        name = bare or braced
        if dollar:
            return "$"
        if not name or name not in values:
            raise Refused(f"{name or '$' + (wrong or '')} is not a valid substitution, in {text!r}")
        used.add(name)
        return values[name]

    return VARIABLE.sub(value, text)


@dataclass(frozen=True)
class Step:
    """One step, its variables replaced."""

    name: str
    image: str
    command: list[str]
    waits_for: list[str]


@dataclass(frozen=True)
class Build:
    """A build that Cloud Build would start."""

    steps: list[Step]
    env: dict[str, str]
    service_account: str

    def before(self, name: str) -> set[str]:
        """Return every step that is surely done before a step begins."""
        step = next(step for step in self.steps if step.name == name)
        return set(step.waits_for).union(*(self.before(one) for one in step.waits_for))


def read(text: str, given: Mapping[str, str], commit: str = "") -> Build:
    """Return the build with substitutions given on the command line; Refused when it would not start."""
    config = yaml.safe_load(text)
    only(config, BUILD_FIELDS, "build")
    only(config["options"], OPTION_FIELDS, "options")
    if config["options"]["machineType"] not in MACHINES:
        raise Refused(f"no such machine: {config['options']['machineType']}")
    if not re.fullmatch(r"[0-9]+s", str(config["timeout"])):
        raise Refused("a timeout is seconds and an s")
    used: set[str] = set()
    values = replaced({**config["substitutions"], **given}, commit, used)
    steps = list(read_steps(config["steps"], values, used))
    env = dict(substitute(line, values, used).split("=", 1) for line in config["options"]["env"])
    account = substitute(config["serviceAccount"], values, used)
    if unused := {name for name in values if name.startswith("_")} - used:
        raise Refused(f"in the substitutions, but not in the template: {unused}")
    return Build(steps, env, account)


def replaced(substitutions: Mapping[str, Any], commit: str, used: set[str]) -> dict[str, str]:
    """Return every value, those that name others filled in (dynamicSubstitutions)."""
    values = {**BUILT_IN, **dict.fromkeys(OF_TRIGGERS, ""), "COMMIT_SHA": commit, "SHORT_SHA": commit[:7]}
    for name, value in substitutions.items():
        if not re.fullmatch(r"_[A-Z0-9_]+", name) or not isinstance(value, str):
            raise Refused(f"{name}: a name begins with _, and a value is a text")
    plain = {name: value for name, value in substitutions.items() if "$" not in value}
    others = {
        name: substitute(value, {**values, **plain}, used) for name, value in substitutions.items() if "$" in value
    }
    return {**values, **plain, **others}


def read_steps(listed: list[dict[str, Any]], values: Mapping[str, str], used: set[str]) -> Iterator[Step]:
    """Yield the steps; each may wait for earlier ones only."""
    known: list[str] = []
    for each in listed:
        only(each, STEP_FIELDS, f"step {each.get('id')}")
        if each["id"] in known:
            raise Refused(f"two steps are called {each['id']}")
        waits = [] if each["waitFor"] == ["-"] else each["waitFor"]
        if unknown := set(waits) - set(known):
            raise Refused(f"{each['id']} waits for {unknown}, which no earlier step is called")
        known.append(each["id"])
        command = [substitute(word, values, used) for word in (each["entrypoint"], *each["args"])]
        yield Step(each["id"], substitute(each["name"], values, used), command, waits)


def only(found: Mapping[str, Any], fields: set[str], where: str) -> None:
    """Refuse fields that Cloud Build does not have, or this reader does not execute."""
    if unknown := found.keys() - fields:
        raise Refused(f"unknown fields of {where}: {unknown}")


@dataclass(frozen=True)
class Outcome:
    """How a build ended: what each step that ran said, and which failed (""; none did)."""

    said: dict[str, str]
    failed: str

    @property
    def log(self) -> str:
        """Return everything that was said."""
        return "\n".join(f"### {name}\n{text}" for name, text in self.said.items())


def execute(build: Build, workspace: Path, programs: Path) -> Outcome:
    """Execute the steps in order, each with its image's programs alone.

    When one fails, the others that need not wait for it run all the same: in Cloud Build they may have run already.
    """
    said: dict[str, str] = {}
    missing: set[str] = set()
    failed = ""
    for step in build.steps:
        if missing & set(step.waits_for):
            missing.add(step.name)
            continue
        done = run_step(step, build.env, workspace, programs)
        said[step.name] = done.stdout
        if done.returncode:
            missing.add(step.name)
            failed = failed or step.name
    return Outcome(said, failed)


def run_step(step: Step, env: Mapping[str, str], workspace: Path, programs: Path) -> "subprocess.CompletedProcess[str]":
    """Execute one step; what it says is in `stdout`, errors too."""
    home = workspace.parent / "home"
    home.mkdir(exist_ok=True)
    path = str(tools_of(step.image, programs))
    return subprocess.run(
        step.command, cwd=workspace, env={**env, "HOME": str(home), "PATH": path}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
    )  # fmt: skip
