"""Lets the model speak and runs the functions it calls. Yields its text as it comes; the caller may stop listening."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.errors import ModelUnavailable
from shared.domain.prices import tokens_of
from shared.domain.prompt import Finish, ModelChunk, Prompt, ToolCall
from shared.domain.turn import Usage
from shared.engine.timings import Timings
from shared.ports import Clock, Model

# A visitor waits no longer for a whole answer; well below the session lock's life.
DEADLINE_S = 60.0
# How often a silent model lets the edge look whether the visitor is still there.
HEARTBEAT_S = 1.0
# Model calls of one turn; the last one may call no function, so that it speaks.
MAX_ROUNDS = 3

RunTool = Callable[[ToolCall], dict[str, Any]]


@dataclass
class Draft:
    """How the model's answer came out, known when the text has ended. `calls` are all function calls it made.

    `usage` of a call that nobody listened to until the service told it is an estimate, as it is billed all the same.
    """

    finish: Finish = ""
    usage: Usage = field(default_factory=Usage)
    calls: list[ToolCall] = field(default_factory=list)

    def heard(self, chunk: ModelChunk, before: Usage) -> None:
        """Note how a call goes; `before` is what earlier ones used."""
        self.finish = chunk.finish or self.finish
        self.usage = before + chunk.usage if chunk.usage else self.usage


def generate(
    prompt: Prompt, model: Model, clock: Clock, timings: Timings, draft: Draft, run: RunTool
) -> Generator[str | None, None, None]:
    """Yield pieces of text, None every second without one; closing the iterator stops the model call.

    Raises:
        ModelUnavailable: a call failed, also in the middle of the answer, or took too long.
    """
    ends = clock.monotonic() + DEADLINE_S
    for rounds_left in reversed(range(MAX_ROUNDS)):
        asked = prompt if rounds_left else replace(prompt, tools=())
        spent = draft.usage
        chunks: list[ModelChunk] = []
        try:
            for chunk in _chunks(asked, model, clock, timings, ends):
                if chunk:
                    chunks.append(chunk)
                    draft.heard(chunk, spent)
                if chunk is None or chunk.text:
                    yield _piece(chunk, timings)
        except GeneratorExit:
            if draft.usage == spent:
                draft.usage = spent + _estimate(asked, chunks)
            raise
        calls = [call for chunk in chunks for call in chunk.calls]
        if not calls:
            return
        draft.calls += calls
        prompt = prompt.answered(_said(chunks), [(call, run(call)) for call in calls])


def _piece(chunk: ModelChunk | None, timings: Timings) -> str | None:
    if chunk is None:
        return None
    timings.mark("first_token")
    return chunk.text


def recited(text: str, draft: Draft) -> Generator[str | None, None, None]:
    """Yield a text as if a model had said it."""
    draft.finish = "stop"
    yield text


def _estimate(prompt: Prompt, chunks: list[ModelChunk]) -> Usage:
    """Return about what a call took that was broken off."""
    parts = [part for content in prompt.contents for part in content["parts"]]
    asked = len(prompt.system) + sum(len(part.get("text", "")) for part in parts)
    return Usage(tokens_of(asked), tokens_of(sum(len(chunk.text) for chunk in chunks)))


def _said(chunks: list[ModelChunk]) -> list[dict[str, Any]]:
    """Return the model's turn as it must be sent back: its text, and its calls as they came."""
    parts: list[dict[str, Any]] = []
    for chunk in chunks:
        parts += chunk.parts or ([{"text": chunk.text}] if chunk.text else [])
    return parts


def _chunks(
    prompt: Prompt, model: Model, clock: Clock, timings: Timings, ends: float
) -> Generator[ModelChunk | None, None, None]:
    """Yield the chunks of one call."""
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
            if clock.monotonic() > ends:
                raise ModelUnavailable("The answer took too long.", transient=True, reason="deadline")
            yield chunk
