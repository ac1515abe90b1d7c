"""What a build writes down in between: each object begins with its checksum, and damaged ones are passed over."""

import hashlib
import logging
from collections.abc import Callable, Iterable

from shared.adapters.knowledge import layout
from shared.adapters.storage import Storage
from shared.domain.errors import NotFound
from shared.logs import event
from shared.once import once

_log = logging.getLogger(__name__)

MANY = 50


class Checkpoints:
    """Those of one business, seen by one of its builds. All of a kind are read before the build writes any."""

    def __init__(self, storage: Storage, business_id: str, build_id: str) -> None:
        self._storage = storage
        self._folder = layout.work_prefix(business_id)
        self._build_id = build_id
        self._written = 0

    def read(self, kind: str) -> Iterable[bytes]:
        """Yield the whole ones of a kind, the oldest first."""
        for name in self._of(kind):
            try:
                head, _, data = self._storage.get(name)[0].partition(b"\n")
            except NotFound:
                continue
            if hashlib.sha256(data).hexdigest().encode() == head:
                yield data
            else:
                event(_log, "memory_damaged", logging.WARNING, file=name.removeprefix(self._folder))

    def put(self, kind: str, data: bytes) -> None:
        """Write one more of a kind.

        Raises:
            StorageUnavailable: it is not written.
        """
        signed = hashlib.sha256(data).hexdigest().encode() + b"\n" + data
        self._storage.put(f"{self._folder}{kind}-{self._build_id}-{self._written:06}", signed)
        self._written += 1

    def merge(self, kind: str, whole: Callable[[], bytes]) -> None:
        """Make one of many: builds that are stopped again and again must not leave ever more of them."""
        names = self._of(kind)
        if len(names) > MANY:
            self.put(kind, whole())
            for name in names:
                self._storage.delete(name)

    def listed(self, kind: str = "") -> list[str]:
        """Return the names of those that lie there now, of all kinds or of one."""
        return self._storage.list_names(f"{self._folder}{kind}")

    def drop(self, names: Iterable[str]) -> None:
        """Remove some."""
        for name in names:
            self._storage.delete(name)

    @once
    def _before(self) -> list[str]:
        return self.listed()

    def _of(self, kind: str) -> list[str]:
        """Return the names of a kind that lay there when the build began."""
        return [name for name in self._before if name.startswith(f"{self._folder}{kind}-")]
