"""Phone lines from Postgres, remembered per instance: a call that goes on outlives a database that is away."""

import logging
import threading
from collections import OrderedDict

from shared.adapters.postgres.voice_lines import LineStore
from shared.domain.errors import DatabaseUnavailable
from shared.domain.voice import PhoneLine
from shared.logs import event

_log = logging.getLogger(__name__)

MAX_LINES = 1000


class KnownLines:
    """Asks the database every time, and answers from memory only while it is away."""

    def __init__(self, store: LineStore) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._lines: OrderedDict[str, PhoneLine] = OrderedDict()

    def get(self, business_id: str) -> PhoneLine | None:
        """Return a business's line, None when it has none.

        Raises:
            DatabaseUnavailable: the database is away, and this line was not asked for before.
        """
        try:
            line = self._store.get(business_id)
        except DatabaseUnavailable:
            with self._guard:
                known = self._lines.get(business_id)
            if known is None:
                raise
            event(_log, "line_served_stale", logging.WARNING, business_id=business_id)
            return known
        self._keep(business_id, line)
        return line

    def business_of(self, number: str) -> str | None:
        """Return whose line a number is, None nobody's; DatabaseUnavailable as `get`."""
        try:
            return self._store.business_of(number)
        except DatabaseUnavailable:
            with self._guard:
                known = next((line for line in self._lines.values() if line.number == number), None)
            if known is None:
                raise
            return known.business_id

    def _keep(self, business_id: str, line: PhoneLine | None) -> None:
        with self._guard:
            self._lines.pop(business_id, None)
            if line is not None:
                self._lines[business_id] = line
            while len(self._lines) > MAX_LINES:
                self._lines.popitem(last=False)
