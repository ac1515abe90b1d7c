"""The chat's engine within the time a phone has: Twilio hangs up on a webhook that takes 15 seconds."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from shared.domain.message import Message
from shared.domain.turn import Finished, Started
from shared.engine.answer import answer
from shared.ports import Ports

# More than the calls one instance answers at once; a turn that hangs ends by its own limits.
THREADS = 64


@dataclass(frozen=True)
class Heard:
    """The answer as the chat's API shows it. `again`: it was given before, to the same message."""

    answer: Mapping[str, Any]
    again: bool


class Answers:
    """Asks the engine. What takes too long goes on, and is there when the same message comes again."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._threads = ThreadPoolExecutor(THREADS, "turn")

    def ask(self, message: Message, wait_s: float) -> Heard | None:
        """Return the answer, None while there is none after `wait_s`.

        Raises:
            Exception: whatever the engine raised before its turn began.
        """
        # The log's fields go with it.
        work = self._threads.submit(copy_context().run, self._whole, message)
        done, _ = wait([work], wait_s)
        return work.result() if done else None

    def _whole(self, message: Message) -> Heard:
        again, whole = False, dict[str, Any]()
        for event in answer(message, self._ports):
            if isinstance(event, Started):
                again = event.rate is None
            elif isinstance(event, Finished):
                whole = event.answer
        return Heard(whole, again)
