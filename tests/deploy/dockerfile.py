"""Reads a Dockerfile and a .dockerignore, and follows the Dockerfile without Docker: into a folder, with real commands.

What it cannot do: the base image. This machine's Python stands for it, and users are not made.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from local.stack.platform import ROOT


@dataclass(frozen=True)
class Instruction:
    """One line of a Dockerfile, continuations joined. `stage` is the stage's name."""

    stage: str
    name: str
    text: str

    @property
    def flags(self) -> dict[str, str]:
        """Return --flags in front."""
        return dict(re.findall(r"--([a-z-]+)=(\S+)", self.text))

    @property
    def words(self) -> list[str]:
        """Return what follows the flags: JSON as its items, else split at blanks."""
        rest = re.sub(r"^(--\S+\s+)+", "", self.text)
        return json.loads(rest) if rest.startswith("[") else rest.split()


def read_dockerfile(text: str) -> list[Instruction]:
    """Return the instructions in order."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found: list[Instruction] = []
    stage = ""
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, rest = line.strip().partition(" ")
        if not name:
            continue
        if name == "FROM":
            stage = rest.rpartition(" AS ")[2]
        found.append(Instruction(stage, name, rest.strip()))
    return found


def environment(instructions: list[Instruction], stage: str) -> dict[str, str]:
    """Return a stage's ENV."""
    texts = [one.text for one in instructions if (one.stage, one.name) == (stage, "ENV")]
    return dict(pair.split("=", 1) for text in texts for pair in text.split())


class Ignore:
    """A .dockerignore: the last pattern that matches a path, or a folder above it, decides."""

    def __init__(self, text: str) -> None:
        lines = (line.strip() for line in text.splitlines())
        self._patterns = [line for line in lines if line and not line.startswith("#")]

    def leaves_out(self, path: str) -> bool:
        """Say whether a file stays out of the build."""
        parts = path.split("/")
        above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        out = False
        for pattern in self._patterns:
            wanted = pattern.removeprefix("!")
            if any(_matches(one, wanted) for one in above):
                out = not pattern.startswith("!")
        return out


def _matches(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatchcase(path.rpartition("/")[2], pattern.removeprefix("**/"))
    return path.count("/") == pattern.count("/") and fnmatch.fnmatchcase(path, pattern)


def context_files(ignore: Ignore) -> list[str]:
    """Return the files of this tree that a build would get."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file() and not ignore.leaves_out(name)]


class BuildFailed(Exception):
    """A RUN line failed; the text is its end."""


@dataclass
class Builder:
    """Follows the instructions; each stage is a folder that stands for its /."""

    folder: Path
    instructions: list[Instruction]
    context: list[str]
    offline: bool
    ours: tuple[str, ...] = field(default=("/opt/venv", "/build", "/app"))

    def build(self) -> Path:
        """Return the folder of the last stage, complete."""
        last = self.instructions[-1].stage
        for one in self.instructions:
            (self.folder / one.stage).mkdir(parents=True, exist_ok=True)
            if one.name == "COPY":
                self._copy(one)
            elif one.name == "RUN" and one.stage != last:
                self._run(one)
        return self.folder / last

    def inside(self, stage: str, text: str) -> str:
        """Return a command with the image's paths turned into ours."""
        for path in self.ours:
            text = re.sub(rf"(?<![\w/]){path}(?![\w-])", str(self.folder / stage) + path, text)
        return text.replace("/usr/local/bin/python3", sys.executable)

    def _copy(self, one: Instruction) -> None:
        *sources, target = one.words
        to = self.folder / one.stage / target.lstrip("/")
        for source in sources:
            if "from" in one.flags:
                made = self.folder / one.flags["from"] / source.lstrip("/")
                shutil.copytree(made, to, symlinks=True, copy_function=os.link)
                continue
            for name in self.context:
                if name == source or name.startswith(f"{source}/"):
                    file = to / name.removeprefix(source).lstrip("/") if name != source else to
                    file.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(ROOT / name, file)

    def _run(self, one: Instruction) -> None:
        # From this machine's cache, by links, so that a build needs neither network nor much of the disk.
        given = {key: value for key, value in environment(self.instructions, one.stage).items() if key != "UV_NO_CACHE"}
        network = {"UV_LINK_MODE": "hardlink", **({"UV_OFFLINE": "1"} if self.offline else {})}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-c", self.inside(one.stage, one.text)],
            env={**os.environ, **given, **network, "PATH": path, "PYTHONDONTWRITEBYTECODE": ""},
            cwd=self.folder / one.stage, capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
        if done.returncode:
            raise BuildFailed(f"{one.text[:80]}: {done.stderr[-800:]}")
