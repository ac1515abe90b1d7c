"""Function calls that wait for their results. Pure."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from local.gemini.request import FunctionCall
from local.live.conversation import Called
from local.live.events import ToolResult

Answered = tuple[Called, ToolResult]


@dataclass
class Batch:
    """The calls of one toolCall frame. A blocking one holds up the turn until all have results."""

    calls: dict[str, Called]
    blocking: bool
    answered: list[Answered] = field(default_factory=list)

    @property
    def waiting(self) -> list[str]:
        """Ids without a final result."""
        done = {called.call.id for called, result in self.answered if not result.will_continue}
        return [name for name in self.calls if name not in done]


class Calls:
    """All batches of a session by the ids of their calls."""

    def __init__(self) -> None:
        self._batches: dict[str, Batch] = {}

    def issue(self, calls: Sequence[FunctionCall], mark: int, blocking: frozenset[str]) -> Batch:
        """Gives the calls ids of their own and waits for them."""
        named = [FunctionCall(call.name, call.args, f"function-call-{uuid.uuid4().int % 10**19}") for call in calls]
        holds = any(call.name in blocking for call in named)
        batch = Batch({str(call.id): Called(call, mark, holds) for call in named}, holds)
        self._batches.update(dict.fromkeys(batch.calls, batch))
        return batch

    def answer(self, result: ToolResult) -> tuple[Batch, Called] | None:
        """The call a result belongs to, None when nobody waits for it. Only async calls may go on."""
        batch = self._batches.get(result.id)
        if batch is None:
            return None
        called = batch.calls[result.id]
        batch.answered.append((called, result))
        if batch.blocking or not result.will_continue:
            del self._batches[result.id]
        return batch, called

    def cancel(self, batch: Batch | None = None) -> list[str]:
        """Stops waiting for a batch's calls, or for all; gives the ids that were still open."""
        wanted = list(self._batches) if batch is None else [name for name in batch.calls if name in self._batches]
        for name in wanted:
            del self._batches[name]
        return wanted

    @property
    def open(self) -> bool:
        """Whether any call waits."""
        return bool(self._batches)
