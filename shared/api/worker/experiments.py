"""Looks after experiments that run: one that does proven harm, or whose arms are out of balance, is stopped."""

import logging
from collections import Counter
from collections.abc import Callable

from shared.adapters.postgres.experiment_counts import ExperimentCounts
from shared.adapters.postgres.experiments import ExperimentStore
from shared.domain.errors import Conflict, NotFound, PlatformError
from shared.domain.records import Actor
from shared.logs import event

_log = logging.getLogger(__name__)

EVERY_S = 180.0
_AT_ONCE = 20
_ACTOR = Actor("platform:worker")

Announce = Callable[[str, int], object]
"""Told of a business and its version, when it has changed."""


class ExperimentWatch:
    """Looks at each experiment every few minutes. Any number may run at once: each is given to one of them."""

    def __init__(self, store: ExperimentStore, counts: ExperimentCounts, announce: Announce) -> None:
        self._store = store
        self._counts = counts
        self._announce = announce

    def __call__(self) -> dict[str, int]:
        """Look at those that are due; return how many go on, were stopped, or could not be looked at.

        Raises:
            PlatformError: the database could not be asked which are due.
        """
        due = self._store.claim_due(_AT_ONCE, EVERY_S)
        return dict(Counter(self._safely(business_id, experiment_id) for business_id, experiment_id in due))

    def _safely(self, business_id: str, experiment_id: str) -> str:
        """Look at one; whatever happens, the others are looked at, and it comes again itself."""
        try:
            return self.look(business_id, experiment_id)
        except (Conflict, NotFound):  # somebody else has ended it meanwhile
            return "ended"
        except PlatformError as error:
            event(_log, "experiment_not_checked", logging.WARNING, business_id=business_id, code=error.code)
        except Exception:  # noqa: BLE001 - one experiment must not stop the others
            event(_log, "experiment_not_checked", logging.ERROR, business_id=business_id)
        return "failed"

    def look(self, business_id: str, experiment_id: str) -> str:
        """Return whether an experiment goes on or was stopped."""
        from shared.experiments.judgement import judged  # half a second of scipy

        record = self._store.get(business_id, experiment_id)
        judgement = judged(record, self._counts.tally(business_id, record))
        if not judgement.stop:
            return "running"
        changed = self._store.stop(business_id, experiment_id, judgement.stop, _ACTOR, alarm=judgement.alarm)
        self._announce(business_id, changed.business_version)
        event(_log, "experiment_stopped", logging.WARNING, business_id=business_id, experiment=experiment_id)
        return "stopped"
