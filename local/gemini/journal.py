"""The last requests, for tests to look at. No I/O."""

from collections import deque
from dataclasses import asdict, dataclass, field

KEPT = 200


@dataclass
class Entry:
    """One request. `at` is seconds since the epoch; `cancelled`: the client left before the end."""

    method: str
    model: str
    path: str
    at: float
    body: object = None
    status: int | None = None
    chunks_sent: int = 0
    finished: bool = False
    cancelled: bool = False


@dataclass
class Journal:
    """Keeps the newest entries, oldest first."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(self, entry: Entry) -> Entry:
        """Starts an entry; it is filled in while the request is served."""
        self.entries.append(entry)
        return entry

    def body(self) -> list[dict[str, object]]:
        """As `GET /control/requests` shows them."""
        return [asdict(entry) for entry in self.entries]

    def clear(self) -> None:
        """Forgets all."""
        self.entries.clear()
