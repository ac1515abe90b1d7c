"""Tells the database how far a build is: about once a second, with the pages in between. Decides nothing."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence

from shared.adapters.postgres.knowledge import BuildStore
from shared.domain.errors import DatabaseUnavailable
from shared.ingestion.pace import Pace
from shared.logs import event

_log = logging.getLogger(__name__)

TELL_EVERY_S = 1.0


class Telling:
    """One build's progress."""

    def __init__(
        self, builds: BuildStore, business_id: str, build_id: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._builds = builds
        self._ids = business_id, build_id
        self._now = monotonic
        self._pace = Pace()
        self._pages: list[dict[str, object]] = []
        self._phase = ""
        self._told = 0.0

    def progress(self, phase: str, counts: Mapping[str, int], pages: Sequence[dict[str, object]]) -> bool:
        """Take it in, and tell it when it is time or another phase begins; return False when the build should stop."""
        self._pages += pages
        now = self._now()
        if phase == self._phase and now - self._told < TELL_EVERY_S:
            return True
        self._phase, self._told = phase, now
        return self._tell(phase, counts, self._pace.seconds_left(phase, counts, now))

    def last(self, counts: Mapping[str, int]) -> None:
        """Tell what is left. Never raises: what the last pages were matters less than that the build has ended."""
        try:
            self._tell("done", counts, None)
        except Exception:  # noqa: BLE001
            event(_log, "last_pages_lost", logging.ERROR)

    def _tell(self, phase: str, counts: Mapping[str, int], seconds_left: int | None) -> bool:
        waiting, self._pages = self._pages, []
        try:
            return self._builds.progress(*self._ids, phase, dict(counts), waiting, seconds_left=seconds_left)
        except DatabaseUnavailable:
            self._pages = waiting + self._pages
            event(_log, "progress_not_told", logging.WARNING)
            return True
