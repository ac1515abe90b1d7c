"""Lets the model speak. Yields its text as it comes; the caller may stop listening at any moment."""

from collections.abc import Generator
from dataclasses import dataclass, field

from shared.domain.errors import ModelUnavailable
from shared.domain.prompt import Finish, Prompt
from shared.domain.turn import Usage
from shared.engine.timings import Timings
from shared.ports import Clock, Model

# A visitor waits no longer for a whole answer; well below the session lock's life.
DEADLINE_S = 60.0
# How often a silent model lets the edge look whether the visitor is still there.
HEARTBEAT_S = 1.0


@dataclass
class Draft:
    """How the model's answer came out, known when the text has ended."""

    finish: Finish = ""
    usage: Usage = field(default_factory=Usage)


def generate(
    prompt: Prompt, model: Model, clock: Clock, timings: Timings, draft: Draft
) -> Generator[str | None, None, None]:
    """Yield pieces of text, None every second without one; closing the iterator stops the model call.

    Raises:
        ModelUnavailable: the call failed, also in the middle of the answer, or took too long.
    """
    begun = clock.monotonic()
    with timings.part("model"):
        stream = model.stream(prompt)
    with stream:
        while True:
            try:
                with timings.part("model"):
                    chunk = stream.next(HEARTBEAT_S)
            except StopIteration:
                return
            except ModelUnavailable:
                raise
            except Exception as error:  # whatever a model's client raises, the answer ends in an orderly way
                raise ModelUnavailable("The model failed.", transient=False, reason=type(error).__name__) from error
            if clock.monotonic() - begun > DEADLINE_S:
                raise ModelUnavailable("The answer took too long.", transient=True, reason="deadline")
            if chunk is None:
                yield None
                continue
            draft.finish = chunk.finish or draft.finish
            draft.usage = chunk.usage or draft.usage
            if chunk.text:
                timings.mark("first_token")
                yield chunk.text
