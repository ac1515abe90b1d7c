"""The worker's whole work: leads into the CRMs, and hand-offs whose webhook did not answer. Serves no visitor."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from shared.adapters.crm.delivery import Delivery
from shared.adapters.desk import OverdueHandoffs


@dataclass(frozen=True)
class Worked:
    """How many entries of the outbox, and how many hand-offs, ended how."""

    entries: dict[str, int]
    handoffs: dict[str, int]


class Worker:
    """Does both side by side, so that neither waits for the other. Any number may run at once."""

    def __init__(self, leads: Delivery, handoffs: OverdueHandoffs) -> None:
        self._leads = leads
        self._handoffs = handoffs

    def work(self, seconds: float, *, until_idle: bool = False) -> Worked:
        """Work for so long, or until nothing is due.

        Raises:
            PlatformError: the database could not be asked what is due.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="handoffs") as beside:
            handoffs = beside.submit(self._handoffs.work, seconds, until_idle=until_idle)
            entries = self._leads.work(seconds, until_idle=until_idle)
        return Worked(entries, handoffs.result())
