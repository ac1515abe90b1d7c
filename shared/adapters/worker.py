"""The worker's whole work: leads into the CRMs, hand-offs whose webhook did not answer, chores. Serves no visitor."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from shared.adapters.crm.delivery import Delivery
from shared.adapters.desk import OverdueHandoffs
from shared.logs import event

_log = logging.getLogger(__name__)

Chore = Callable[[], dict[str, int]]
"""Does what is due by now and returns how many ended how."""


@dataclass(frozen=True)
class Worked:
    """How many entries of the outbox, how many hand-offs, and how many of each chore's things ended how."""

    entries: dict[str, int]
    handoffs: dict[str, int]
    chores: dict[str, dict[str, int]] = field(default_factory=dict)


class Worker:
    """Does all side by side, so that none waits for the other. Any number may run at once.

    Args:
        leads: the outbox.
        handoffs: webhooks to try again.
        chores: by name; each is done once in every round, and one that fails is tried again in the next.
    """

    def __init__(self, leads: Delivery, handoffs: OverdueHandoffs, chores: Mapping[str, Chore] | None = None) -> None:
        self._leads = leads
        self._handoffs = handoffs
        self._chores = dict(chores or {})

    def work(self, seconds: float, *, until_idle: bool = False) -> Worked:
        """Work for so long, or until nothing is due.

        Raises:
            PlatformError: the database could not be asked what is due.
        """
        with ThreadPoolExecutor(2, thread_name_prefix="beside") as beside:
            chores = beside.submit(self._do_chores)
            handoffs = beside.submit(self._handoffs.work, seconds, until_idle=until_idle)
            entries = self._leads.work(seconds, until_idle=until_idle)
        return Worked(entries, handoffs.result(), chores.result())

    def _do_chores(self) -> dict[str, dict[str, int]]:
        return {name: done for name, chore in self._chores.items() if (done := _safely(name, chore))}


def _safely(name: str, chore: Chore) -> dict[str, int]:
    try:
        return chore()
    except Exception as error:  # noqa: BLE001 - leads must not wait for a chore that fails
        event(_log, "chore_failed", logging.WARNING, chore=name, error=type(error).__name__)
        return {}
