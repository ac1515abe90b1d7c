"""What git knows of earlier revisions: which one served before a migration, and its files. It checks nothing out."""

import io
import subprocess
import tarfile
from pathlib import Path

from local.stack.platform import ROOT

VERSIONS = "shared/migrations/versions"


class NoHistory(Exception):
    """This copy of the code has not the history that is asked for; the text says why."""


def revision_without(migration: str) -> str:
    """Return the newest commit whose tree lacks a migration's file: the revision that served when it was run.

    That is HEAD for a migration that is not committed yet, else the parent of the commit which added it.
    """
    changed = _git("rev-list", "--first-parent", "HEAD", "--", VERSIONS).decode().split()
    for commit in ("HEAD", *(f"{commit}^" for commit in changed)):
        names = _git("ls-tree", "--name-only", commit, f"{VERSIONS}/").decode().split()
        if names and f"{VERSIONS}/{migration}" not in names:
            return _git("rev-parse", commit).decode().strip()
    raise NoHistory(f"no commit is older than {migration}")


def archive(commit: str, *folders: str) -> tarfile.TarFile:
    """Return those of the folders that a commit has, as a tar file."""
    there = set(_git("ls-tree", "--name-only", commit).decode().split())
    wanted = [folder for folder in folders if folder in there]
    assert wanted, f"{commit} has none of {folders}"
    return tarfile.open(fileobj=io.BytesIO(_git("archive", commit, *wanted)))


def unpack(commit: str, target: Path, *folders: str) -> Path:
    """Write those of the folders that a commit has below `target`, and return it."""
    with archive(commit, *folders) as files:
        files.extractall(target, filter="data")
    return target


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=False)
    except FileNotFoundError as error:
        raise NoHistory("git is not installed here") from error
    if done.returncode:
        raise NoHistory(f"the clone is shallow, or none: git {arguments[0]}: {done.stderr.decode().strip()}")
    return done.stdout
