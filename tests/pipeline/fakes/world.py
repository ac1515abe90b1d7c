"""What the fake programs know and change: one JSON file, and a list of every call. No program of its own."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn


class World:
    """The cloud, the daemon and the state that stand behind the fakes, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, Any] = {}

    @classmethod
    def open(cls) -> "World":
        """Return the world of FAKE_WORLD."""
        world = cls(Path(os.environ["FAKE_WORLD"]))
        world.load()
        return world

    def load(self) -> None:
        """Read what is known."""
        self.known = json.loads((self.folder / "world.json").read_text())

    def save(self) -> None:
        """Write it down; a reader sees all of it or what was before."""
        new = self.folder / "world.new"
        new.write_text(json.dumps(self.known, indent=1))
        new.replace(self.folder / "world.json")

    def note(self, program: str, arguments: list[str]) -> None:
        """Remember a call."""
        with (self.folder / "calls.jsonl").open("a") as file:
            file.write(json.dumps([program, *arguments]) + "\n")

    def calls(self) -> list[list[str]]:
        """Return every call so far: the program and its arguments."""
        file = self.folder / "calls.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


class Parser(argparse.ArgumentParser):
    """Takes nothing that it was not told of, and no shortened names, as the real programs would not."""

    def __init__(self, program: str) -> None:
        super().__init__(prog=program, allow_abbrev=False, add_help=False)

    def error(self, message: str) -> NoReturn:
        """Fail as for wrong usage."""
        fail(f"{self.prog}: {message}", 2)


Command = Callable[[World, list[str]], None]


def fail(message: str, code: int = 1) -> NoReturn:
    """Say why, and end."""
    print(f"ERROR: {message}", file=sys.stderr)
    sys.exit(code)


def serve(program: str, commands: dict[str, Command]) -> None:
    """Run the command that the first arguments name; what it changed is saved, also when it fails."""
    world, arguments = World.open(), sys.argv[1:]
    world.note(program, arguments)
    for name in sorted(commands, key=len, reverse=True):
        words = name.split()
        if arguments[: len(words)] == words:
            try:
                commands[name](world, arguments[len(words) :])
            finally:
                world.save()
            return
    fail(f"{program}: no such command: {' '.join(arguments)}", 2)
