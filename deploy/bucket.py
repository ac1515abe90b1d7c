"""Copies the whole bucket: `bucket.py save > FILE.tar`, `bucket.py load < FILE.tar`. Any server of the protocol does.

Loading makes the bucket equal to the file. One object is in memory at a time; where it came from is not asked.
"""  # noqa: INP001 - scripts of a deployment, not a package

import argparse
import io
import mimetypes
import sys
import tarfile
import time

from shared.adapters.storage import Storage
from shared.config import ConfigError, Settings
from shared.domain.errors import NotFound, PlatformError

PATIENCE_S = 60.0
# The object that says which build is current comes after the build that it names.
_SWITCH = "manifest.json"


def save(storage: Storage, file: tarfile.TarFile) -> int:
    """Write every object to `file`; return how many. One that is deleted meanwhile is left out."""
    count = 0
    for name in storage.list_names(""):
        try:
            data, _ = storage.get(name)
        except NotFound:
            continue
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime = len(data), int(time.time())
        file.addfile(entry, io.BytesIO(data))
        count += 1
    return count


def load(storage: Storage, file: tarfile.TarFile) -> tuple[int, int]:
    """Put every object of `file` into the bucket and remove all others; return how many were put and removed."""
    last: list[tuple[str, bytes]] = []
    names: set[str] = set()
    for entry in file:
        content = file.extractfile(entry)
        if content is None:
            continue
        names.add(entry.name)
        if entry.name.endswith(_SWITCH):
            last.append((entry.name, content.read()))
        else:
            _put(storage, entry.name, content.read())
    for name, data in last:
        _put(storage, name, data)
    extra = [name for name in storage.list_names("") if name not in names]
    for name in extra:
        storage.delete(name)
    return len(names), len(extra)


def _put(storage: Storage, name: str, data: bytes) -> None:
    storage.put(name, data, mimetypes.guess_type(name)[0] or "application/octet-stream")


def main() -> int:
    """Copy the bucket of the environment out or in."""
    parser = argparse.ArgumentParser(prog="bucket.py", description=__doc__)
    parser.add_argument("action", choices=("save", "load"))
    action = parser.parse_args().action
    try:
        settings = Settings.read(("bucket",))
        storage = Storage(
            settings.bucket or "", settings.storage_emulator_host, settings.google_cloud_project, PATIENCE_S
        )
        if action == "save":
            with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.PAX_FORMAT) as file:
                said = f"{save(storage, file)} objects saved"
        else:
            with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as file:
                said = "{} objects put, {} removed".format(*load(storage, file))
    except (ConfigError, PlatformError) as error:
        sys.exit(f"The bucket cannot be copied: {error}")
    print(said, file=sys.stderr)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
