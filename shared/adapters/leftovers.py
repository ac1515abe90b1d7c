"""Erases what a call left outside of the database: its recordings at Twilio, the words spoken for it in the bucket."""

import logging
from collections import Counter
from typing import Protocol

from shared.adapters.knowledge.layout import prefix
from shared.adapters.postgres.erase_tasks import EraseTask, EraseTaskStore
from shared.adapters.storage import Storage
from shared.adapters.vault import VaultError
from shared.domain.errors import PlatformError
from shared.domain.voice import PhoneLine
from shared.logs import event

_log = logging.getLogger(__name__)

BATCH = 20


class Lines(Protocol):
    """Phone lines with their tokens."""

    def get(self, business_id: str) -> PhoneLine | None:
        """Return a business's line, None when it has none."""
        ...


class Recordings(Protocol):
    """Recordings at Twilio."""

    def delete_recordings(self, line: PhoneLine, call_id: str) -> int:
        """Delete all of a call; return how many there were."""
        ...


class Leftovers:
    """Works on the tasks that an erasure, or the end of a recording's time, has put down."""

    def __init__(self, tasks: EraseTaskStore, lines: Lines, recordings: Recordings, storage: Storage) -> None:
        self._tasks = tasks
        self._lines = lines
        self._recordings = recordings
        self._storage = storage

    def clear(self, business_id: str) -> dict[str, int]:
        """Do some of what is due of a business; return how many became what: erased, failed."""
        outcomes: Counter[str] = Counter()
        for task in self._tasks.claim(business_id, BATCH):
            outcomes["erased" if self._erased(business_id, task) else "failed"] += 1
        return dict(outcomes)

    def waiting(self, business_id: str) -> dict[str, int]:
        """Return how much of each kind is left."""
        return self._tasks.waiting(business_id)

    def __call__(self) -> dict[str, int]:
        """Do some of what is due of every business: a chore of the worker; return how many became what.

        Raises:
            PlatformError: the database could not be asked what is due.
        """
        outcomes: Counter[str] = Counter()
        for business_id in self._tasks.businesses_due(BATCH):
            outcomes.update(self.clear(business_id))
        return dict(outcomes)

    def _erased(self, business_id: str, task: EraseTask) -> bool:
        try:
            self._erase(business_id, task)
            self._tasks.done(business_id, task)
        except (PlatformError, VaultError) as error:
            reason = getattr(error, "detail", str(error))
            event(_log, "not_erased_yet", logging.WARNING, business_id=business_id, kind=task.kind, reason=reason)
            self._tasks.failed(business_id, task, reason)
            return False
        return True

    def _erase(self, business_id: str, task: EraseTask) -> None:
        if task.kind == "speech":
            self._storage.delete_between(f"{prefix(business_id)}speech/", task.since, task.until)
            return
        line = self._lines.get(business_id)
        if line is None:
            raise _NO_LINE
        self._recordings.delete_recordings(line, task.call_id)


_NO_LINE = PlatformError("The phone line is given up: delete the call's recordings at Twilio yourself.")
