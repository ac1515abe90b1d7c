"""Files of builds on this machine's disk, by their checksums, for instances that start there again. Bounded in size."""

import hashlib
import logging
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

from shared.logs import event

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class File:
    """A whole file. `path` is where it lies on the disk, None: in memory alone."""

    data: bytes | mmap
    path: Path | None = None


class FileCache:
    """One folder, which several processes may share.

    What is read is checked first: a file that is not what its name says is removed. A disk that is full, or not there,
    costs what it would have saved, nothing else.

    Args:
        folder: made when it is not there.
        budget_bytes: of all files together; those unused for longest go.
    """

    def __init__(self, folder: Path, budget_bytes: int) -> None:
        self._folder = folder
        self._budget = budget_bytes

    def get(self, sha256: str, load: Callable[[], bytes]) -> File:
        """Return the file with this checksum, mapped from the disk; one that is not there is loaded and kept.

        Whether what was loaded is the right file is for the caller to check before it is kept: `load` raises then.
        """
        path = self._folder / sha256
        if found := self._mapped(path, sha256):
            return found
        data = load()
        self._keep(path, data)
        return self._mapped(path, sha256) or File(data)

    def _mapped(self, path: Path, sha256: str) -> File | None:
        try:
            with path.open("rb") as file:
                data = mmap(file.fileno(), 0, access=ACCESS_READ)
            whole = hashlib.sha256(data).hexdigest() == sha256
            os.utime(path)  # used now
        except FileNotFoundError:
            return None
        except (OSError, ValueError):  # it cannot be read, or it is empty
            whole = False
        if whole:
            return File(data, path)
        event(_log, "cached_file_refused", logging.WARNING, file=path.name)
        self._remove(path)
        return None

    def _keep(self, path: Path, data: bytes) -> None:
        """Write a file beside its place and move it there: nobody ever sees half of one."""
        if len(data) > self._budget:
            return
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make_room(len(data))
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            event(_log, "file_not_cached", logging.WARNING, file=path.name, error=str(error))
            self._remove(part)

    def _make_room(self, needed: int) -> None:
        """Remove the files that were unused for longest, also parts that a killed process left, until this one fits."""
        found = []
        for path in self._folder.iterdir():
            try:
                state = path.stat()
            except FileNotFoundError:  # another process removed it
                continue
            found.append((state.st_mtime, state.st_size, path))
        used = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if used + needed <= self._budget:
                return
            self._remove(path)
            used -= size

    @staticmethod
    def _remove(path: Path) -> None:
        """Remove a file; who has it mapped keeps it until they let go."""
        with suppress(OSError):
            path.unlink()
