"""Reads a scripted conversation. The form is described in README.md."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_STEP = re.compile(
    r"^(?P<who>Visitor|Another visitor|The first visitor|Somebody with only the session's id|A person)"
    r"(?: \((?P<how>[^)]*)\))?(?:: (?P<text>.*)|\.| (?P<act>takes over|leaves)\.| writes: (?P<words>.*))$"
)


@dataclass
class Step:
    """One line that does something, and what must hold after it. `line` is where it stands in the file."""

    line: int
    who: str
    how: str = ""
    text: str = ""
    act: str = ""
    expectations: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Script:
    """A conversation."""

    title: str
    business: str
    steps: tuple[Step, ...]


def read_script(path: Path) -> Script:
    """Return the conversation in a file; ValueError names the line that is none of its form."""
    lines = path.read_text(encoding="utf-8").splitlines()
    business, steps = "", list[Step]()
    for number, line in enumerate(lines, 1):
        if line.startswith("Business: "):
            business = line.removeprefix("Business: ").strip()
        elif found := _STEP.match(line):
            act = found["act"] or ("writes" if found["words"] else "")
            steps.append(Step(number, found["who"], found["how"] or "", found["text"] or found["words"] or "", act))
        elif line.startswith("  ") and steps:
            steps[-1].expectations.append((number, line.strip()))
        elif line.strip() and (business or steps):
            raise ValueError(f"{path.name}:{number}: what is this? {line!r}")
    if not business or not steps:
        raise ValueError(f"{path.name}: names no business, or says nothing")
    return Script(lines[0].strip(), business, tuple(steps))
