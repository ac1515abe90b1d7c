"""Says that a build is alive, and hears when it has to stop: cancelled, given up, too late, told to. Builds nothing."""

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

from shared.domain.errors import PlatformError
from shared.logs import event

_log = logging.getLogger(__name__)

BEAT_EVERY_S = 5.0
_LOOK_EVERY_S = 1.0
# How long the build has to come to an end by itself, between two steps. Cloud Run kills ten seconds after SIGTERM.
PATIENCE_S = {"told": 7.0, "cancelled": 45.0, "late": 45.0, "given_up": 45.0}

Why = Literal["", "told", "cancelled", "late", "given_up"]


class Lifeline:
    """A thread beside the build: a step that hangs is neither taken for dead, nor does it outlive its time.

    Args:
        beat: says that the build is alive; returns `go_on`, `cancel` or `ended` (it was given up).
        timeout_s: how long the build may take.
        cut_off: ends the process of a build that has to stop and does not.
        monotonic: seconds.
    """

    def __init__(
        self, beat: Callable[[], str], timeout_s: float, cut_off: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._beat = beat
        self._cut_off = cut_off
        self._now = monotonic
        self._deadline = monotonic() + timeout_s
        self._next_beat = monotonic() + BEAT_EVERY_S
        self._asked_at = 0.0
        self._over = threading.Event()
        self.why: Why = ""

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()
        return self

    def __exit__(self, *_: "type[BaseException] | BaseException | TracebackType | None") -> None:
        self._over.set()

    @property
    def stopped(self) -> bool:
        """Whether the build has to stop; `why` says for what."""
        return self.why != ""

    def stop(self, why: Why) -> None:
        """Let the build stop; what was heard first counts."""
        if not self.why:
            self._asked_at = self._now()
            self.why = why

    def look(self) -> None:
        """Beat, and see whether it is time to stop. What the thread does every second."""
        now = self._now()
        if now >= self._deadline:
            self.stop("late")
        if now >= self._next_beat:
            self._next_beat = now + BEAT_EVERY_S
            self._hear()
        if self.why and now >= self._asked_at + PATIENCE_S[self.why]:
            event(_log, "build_cut_off", logging.ERROR, why=self.why)
            self._cut_off()

    def _hear(self) -> None:
        try:
            heard = self._beat()
        except PlatformError as error:  # a database that is away for a while ends no build
            event(_log, "beat_missed", logging.WARNING, code=error.code)
            return
        if heard == "cancel":
            self.stop("cancelled")
        elif heard == "ended":
            self.stop("given_up")

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY_S):
            self.look()
