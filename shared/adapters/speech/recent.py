"""Bytes kept in memory up to a budget; what was not asked for longest goes first."""

import threading
from collections import OrderedDict


class Recent:
    """Safe in threads. What is larger than the whole budget is not kept."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._used = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, name: str) -> bytes | None:
        """Return what is kept under a name, which is then the most recent."""
        with self._guard:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)

    def put(self, name: str, data: bytes) -> None:
        """Keep `data` under a name, instead of what was there."""
        if len(data) > self._budget:
            return
        with self._guard:
            self._used += len(data) - len(self._kept.pop(name, b""))
            self._kept[name] = data
            while self._used > self._budget:
                self._used -= len(self._kept.popitem(last=False)[1])
