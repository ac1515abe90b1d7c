"""The model's side of a conversation: thinks, calls functions, speaks, and stops when it is interrupted. No I/O."""

from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from local.gemini.control import ScriptedCall
from local.gemini.request import FunctionCall, GenerateRequest
from local.live import frames
from local.live.calls import Answered, Batch, Calls
from local.live.control import OF_ANSWERS, Fault
from local.live.events import Answer, Calling, Samples, Say, Spoken, Think, ToolResult
from local.live.journal import Record
from local.live.link import Link, Place, World
from local.live.playout import Piece, Playout

WORDS_PER_TRANSCRIPT = 3


@dataclass
class Turn:
    """The model's turn. `shown`: the client has got something of it."""

    job: int
    began: float
    shown: bool = False
    text: str = ""
    delay_s: float = 0.0
    batch: Batch | None = None
    playout: Playout | None = None
    generated: bool = False
    fault: Fault | None = None
    transcript: str = ""


class Answering(Link):
    """Turns of the model, one at a time. Each step ends in an action, and goes on when its outcome comes."""

    def __init__(self, world: World, record: Record, place: Place) -> None:
        super().__init__(world, record, place)
        self._jobs = count(1)
        self._turn: Turn | None = None
        self._calls = Calls()
        self._later: deque[Callable[[float], None]] = deque()
        self._usage = frames.Usage()

    @property
    @abstractmethod
    def talking(self) -> bool:
        """Whether the caller is speaking."""

    def _begin(self, now: float) -> Turn:
        self._turn = Turn(next(self._jobs), now, delay_s=self.settings.first_audio_delay_ms / 1000)
        return self._turn

    def _transcribe(self, text: str) -> None:
        if self.config and self.config.transcribe_in:
            words = text.split()
            for start in range(0, len(words), WORDS_PER_TRANSCRIPT):
                piece = " ".join(words[start : start + WORDS_PER_TRANSCRIPT])
                self.send(frames.content(inputTranscription={"text": f" {piece}" if start else piece}))

    def _respond(self, turn: Turn, request: GenerateRequest, now: float) -> None:
        self._usage.text = self.conversation.tokens()
        self._usage.answer_ms = 0.0
        self.renew(resumable=False)
        control = self._world.control
        fault = control.take(lambda item: item.kind in OF_ANSWERS)
        turn.fault = control.take(lambda item: item.after_frames_out is not None)
        if fault and fault.kind == "stall":
            return
        if fault and fault.kind == "no_audio":
            self._finish(turn, now)
            return
        if fault:
            turn.delay_s += fault.delay_ms / 1000
        script = control.take_script()
        if isinstance(script, str):
            self._thought(turn, Spoken(script), now)
        elif script is not None:
            self._thought(turn, Calling(tuple(map(_scripted, script))), now)
        else:
            self._out.append(Think(turn.job, request))

    def _thought(self, turn: Turn, answer: Answer, now: float) -> None:
        if isinstance(answer, Spoken):
            self._speak(turn, answer.text)
            return
        blocking = self.conversation.tools.blocking
        batch = self._calls.issue(answer.calls, len(self.conversation.history), blocking)
        turn.batch, turn.shown = batch, True
        calls = [called.call for called in batch.calls.values()]
        self.record.calls += [{"id": call.id, "name": call.name, "args": dict(call.args)} for call in calls]
        self.send(frames.tool_call(calls))
        if batch.blocking:
            return
        if self.settings.filler:
            self._speak(turn, self.settings.filler)
        else:
            self._finish(turn, now)

    def _speak(self, turn: Turn, text: str) -> None:
        turn.text = text
        self._out.append(Say(turn.job, text))

    def _voiced(self, turn: Turn, samples: Samples, now: float) -> None:
        settings = self.settings
        start = max(now, turn.began + turn.delay_s)
        paced = settings.pace == "realtime"
        turn.playout = Playout(samples, turn.text, start=start, frame_ms=settings.frame_ms, paced=paced)
        self._play(turn, now)

    def tick(self, now: float) -> None:
        """Time has passed."""
        super().tick(now)
        if self._turn is not None and not self.closed:
            self._play(self._turn, now)

    @property
    def next_step(self) -> float | None:
        """When the next piece is due, or the turn over."""
        playout = self._turn.playout if self._turn else None
        if playout is None:
            return None
        return playout.ends if playout.complete else playout.next_due

    def _play(self, turn: Turn, now: float) -> None:
        if turn.playout is None:
            return
        for piece in turn.playout.due(now):
            self._send_piece(turn, piece)
            if turn.fault and turn.playout.sent >= (turn.fault.after_frames_out or 0):
                self.suffer(turn.fault, now)
                return
        if not turn.playout.complete:
            return
        if not turn.generated:
            turn.generated = True
            self.send(frames.content(generationComplete=True))
        if not self.settings.await_playback or now >= turn.playout.ends:
            self._finish(turn, now)

    def _send_piece(self, turn: Turn, piece: Piece) -> None:
        turn.shown = True
        self.record.audio_frames_out += 1
        self.record.audio_ms_out += piece.milliseconds
        self._usage.answer_ms += piece.milliseconds
        text = piece.text if self.config and self.config.transcribe_out else None
        self.send(frames.audio(piece.pcm, text if self.settings.joined_transcripts else None))
        if text is not None and not self.settings.joined_transcripts:
            self.send(frames.content(outputTranscription={"text": text}))
        if turn.transcript:
            self._transcribe(turn.transcript)
            turn.transcript = ""

    # The end of a turn.

    def _finish(self, turn: Turn, now: float) -> None:
        if not turn.generated:
            self.send(frames.content(generationComplete=True))
        self._close(turn.text)
        self._idle(now)

    def _close(self, said: str) -> None:
        self._turn = None
        self.record.turns += 1
        if said:
            self.record.said.append(("model", said.strip()))
        self.conversation.model(said)
        self.send(frames.turn_complete(self._usage))
        self.renew(resumable=not self._calls.open)

    def interrupt(self, now: float, *, phantom: bool = False) -> None:
        """Stop the turn. One of which nothing was shown is dropped without a word."""
        turn, self._turn = self._turn, None
        cancelled = self._calls.cancel(turn.batch) if turn and turn.batch else []
        if not phantom and not (turn and turn.shown):
            return
        self.record.interruptions += 1
        self.send(frames.content(interrupted=True))
        self._cancelled(cancelled)
        self._close(turn.playout.heard(now) if turn and turn.playout else "")

    def cancel_calls(self) -> None:
        """Withdraw the calls that wait for results; a turn that waits for one is over."""
        self._cancelled(self._calls.cancel())
        if self._turn and self._turn.batch and not self._turn.playout:
            self._close("")

    def _cancelled(self, ids: Sequence[str]) -> None:
        if ids:
            self.record.cancelled += ids
            self.send(frames.cancellation(ids))

    def _idle(self, now: float) -> None:
        """Nobody speaks: what waited for that comes now."""
        if self._later and self._turn is None and not self.talking:
            self._later.popleft()(now)

    # Results of functions.

    def _results(self, results: Sequence[ToolResult], now: float) -> None:
        async_ones: list[Answered] = []
        for result in results:
            self.record.results.append({"id": result.id, "name": result.name, "response": result.response})
            found = self._calls.answer(result)
            if found is None:
                self.record.stray_results.append(result.id)
                continue
            batch, called = found
            if not batch.blocking:
                async_ones.append((called, result))
            elif not batch.waiting:
                self._answered(batch, now)
        if async_ones:
            self._schedule(async_ones, now)

    def _answered(self, batch: Batch, now: float) -> None:
        turn = self._turn
        if turn is None or turn.batch is not batch:
            return
        turn.batch = None
        request = self.conversation.request_about(batch.answered)
        self.conversation.results(batch.answered)
        self._respond(turn, request, now)

    def _schedule(self, answered: Sequence[Answered], now: float) -> None:
        wishes = {result.scheduling for _, result in answered}
        if wishes == {"SILENT"}:
            self.conversation.results(answered)
            return

        def speak(at: float) -> None:
            request = self.conversation.request_about(answered)
            self.conversation.results(answered)
            self._respond(self._begin(at), request, at)

        if "INTERRUPT" in wishes:
            self.interrupt(now)
            speak(now)
        else:
            self._later.append(speak)
            self._idle(now)


def _scripted(call: ScriptedCall) -> FunctionCall:
    return FunctionCall(call.name, call.args)
