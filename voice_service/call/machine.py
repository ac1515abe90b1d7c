"""One phone call: what happened goes in by `handle`, what to do comes out. Start reading here.

No I/O and no clock: `now` is handed in, seconds from any start. The caller's audio goes to the model and the model's to
the phone; everything else is about the moments when that does not work by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from voice_service.call import events as ev
from voice_service.call.actions import (
    Action,
    Answer,
    Clear,
    Connect,
    DropTool,
    End,
    Exchange,
    Hear,
    Mark,
    Play,
    Probe,
    RunTool,
    Tell,
)
from voice_service.call.figures import Figures
from voice_service.call.hearing import SPOKEN_FRAMES, Hearing
from voice_service.call.playout import Playout
from voice_service.call.transcript import Transcript
from voice_service.call.watch import Debt, Keypad, Patience, Silence

ATTEMPTS_S = (0.0, 0.3, 1.0)
# An interruption that comes later than this after the caller's last sound is the model's mistake.
PHANTOM_S = 2.0
# After the caller's last sound a connection may be changed: what was said is understood by then.
PAUSE_S = 2.0
DRAIN_S = 4.0
KEY = "key-"
HUNG_UP = "the caller hung up"

ARE_YOU_THERE = "(The caller has been silent. Ask in a few words whether they are still there.)"
STILL_WAITING = "(The caller is waiting for your answer. Give it now.)"
LOOKING = "(This takes a moment: tell the caller in a few words that you are looking it up.)"
NEARLY_OVER = "(This call must end in a minute. Tell the caller so in one short sentence, and what to do next.)"
CUT_OFF = "(The line was cut while you spoke. The caller heard: “{heard}”. Go on from there and repeat nothing.)"
PUT_THROUGH = "(Tell the caller in one short sentence that you put them through to a person now.)"
REPEAT = "(The caller asks you to repeat what you said last.)"
GOODBYE = "(The caller does not answer. Say goodbye in one short sentence.)"


@dataclass
class _Tool:
    name: str
    since: float
    announced: bool = False


@dataclass
class _Ending:
    """How the call will end; `by` is when at the latest. `spoken`: after the words that are still to come."""

    next: Mapping[str, Any]
    reason: str
    since: float
    by: float
    spoken: bool = True


class Call:
    """The state of one call.

    Args:
        now: when the stream began.
        patience: how long what may take.
        story: what was said before in this call, for a model that does not know it; "" a new call.
    """

    def __init__(self, now: float, patience: Patience, story: str = "") -> None:
        self.transcript = Transcript()
        self.figures = Figures()
        self.over = False
        self._began = now
        self._patience = patience
        self._before = story
        self._playout = Playout()
        self._silence = Silence(now)
        self._keypad = Keypad()
        self._debt = Debt()
        self._tools: dict[str, _Tool] = {}
        self._hearing = Hearing(-PHANTOM_S)
        self._ready = False
        self._handle = ""
        self._cut = ""
        self._attempts = 0
        self._rotate_by = 0.0
        self._turn_open = False
        self._ignoring = False
        self._turn_done_at = 0.0
        self._hushed_at = 0.0
        self._warned = False
        self._ending: _Ending | None = None
        self._on: dict[type[ev.Event], Callable[[Any, float], list[Action]]] = {
            ev.CallerAudio: self._caller_audio,
            ev.ModelAudio: self._model_audio,
            ev.MarkReturned: self._mark_returned,
            ev.CallerWords: self._caller_words,
            ev.ModelWords: self._model_words,
            ev.Interrupted: self._interrupted,
            ev.AllSaid: self._all_said,
            ev.TurnDone: self._turn_done,
            ev.ToolAsked: self._tool_asked,
            ev.ToolsDropped: self._tools_dropped,
            ev.ToolAnswered: self._tool_answered,
            ev.Advised: self._advised,
            ev.HandleGiven: self._handle_given,
            ev.GoingAway: self._going_away,
            ev.LiveReady: self._live_ready,
            ev.LiveLost: lambda event, now: self._live_lost(event.reason, now, for_good=event.for_good),
            ev.Digit: self._digit,
            ev.Tick: self._tick,
            ev.Drain: self._drain,
            ev.PhoneStopped: lambda event, now: self._ended({"do": "nothing"}, event.reason or HUNG_UP, now),
        }

    def begin(self) -> list[Action]:
        """Return what is to be done first."""
        return [Connect(story=self._before)]

    def handle(self, event: ev.Event, now: float) -> list[Action]:
        """Return what an event leads to; nothing more once the call is over."""
        return [] if self.over else self._on[type(event)](event, now)

    # -- audio ----------------------------------------------------------------------------------------------------

    def _caller_audio(self, event: ev.CallerAudio, now: float) -> list[Action]:
        actions: list[Action] = [Hear(event.mulaw)] if self._ready else []
        self._hearing.add(event.mulaw, now, speech=event.speech, listening=self._ready)
        if not event.speech:
            return actions
        self._silence.broken(now, by_caller=True)
        if self._hearing.run == SPOKEN_FRAMES and not self._hushed_at and self._playout.busy(now):
            # Quiet at once; whether the caller really means to speak, the model will tell.
            self._hushed_at = now
            self._playout.take_back(now)
            actions.append(Clear())
        return actions

    def _model_audio(self, event: ev.ModelAudio, now: float) -> list[Action]:
        if self._ignoring:
            return []
        if not self._turn_open:
            self._turn_open = True
            self._hearing.understood()
            self.figures.answered(now, self._hearing.voice_at)
        self._attempts = 0
        self._debt.paid()
        begins = self._playout.end
        self._playout.add(event.mulaw, now)
        self.transcript.audio(self._at(now), begins, self._playout.end)
        return self._send(now)

    def _send(self, now: float) -> list[Action]:
        if self._hushed_at:
            return []
        piece = self._playout.due(now)
        if not piece:
            return []
        self._silence.broken(now, by_caller=False)
        name = self._playout.mark()
        return [Play(piece), Mark(name)] if name else [Play(piece)]

    def _mark_returned(self, event: ev.MarkReturned, now: float) -> list[Action]:
        self._playout.returned(event.name, now)
        return self._send(now)

    def _interrupted(self, _event: ev.Interrupted, now: float) -> list[Action]:
        self._ignoring, self._turn_open = True, False
        if now - self._hearing.voice_at > PHANTOM_S:
            return []
        self._hushed_at = 0.0
        if not self._playout.busy(now):
            return []
        self.figures.interruptions += 1
        heard = self._playout.drop(now)
        return [Clear(), *self._exchanged(heard)]

    # -- the model ------------------------------------------------------------------------------------------------

    def _caller_words(self, event: ev.CallerWords, now: float) -> list[Action]:
        self.transcript.caller(event.text, self._at(now))
        self._hearing.understood()
        self._debt.owe(now)
        self._silence.broken(now, by_caller=True)
        return []

    def _model_words(self, event: ev.ModelWords, now: float) -> list[Action]:
        if not self._ignoring:
            self.transcript.assistant(event.text, self._at(now), self._playout.end)
        return []

    def _handle_given(self, event: ev.HandleGiven, _now: float) -> list[Action]:
        self._handle = event.handle or self._handle
        return []

    def _going_away(self, event: ev.GoingAway, now: float) -> list[Action]:
        self._rotate_by = now + max(0.0, event.seconds - 3.0)
        return self._rotated(now)

    def _all_said(self, _event: ev.AllSaid, now: float) -> list[Action]:
        self._turn_open, self._turn_done_at = False, now
        return []

    def _turn_done(self, _event: ev.TurnDone, now: float) -> list[Action]:
        self._ignoring, self._turn_open, self._turn_done_at = False, False, now
        return self._rotated(now)

    def _live_ready(self, _event: ev.LiveReady, _now: float) -> list[Action]:
        self._ready = True
        held: list[Action] = [Hear(frame) for frame in self._hearing.again()]
        if self._cut:
            held.insert(0, Tell(CUT_OFF.format(heard=self._cut)))
        elif self._debt.since:
            held.insert(0, Tell(STILL_WAITING))
        self._cut = ""
        return held

    def _live_lost(self, reason: str, now: float, *, for_good: bool = False) -> list[Action]:
        """Try again, with the handle first and then anew with the story; give up in the end."""
        if self._turn_open and self.transcript.speaking:
            self._cut = " ".join(self.transcript.speaking.words.split())
        self._ready, self._turn_open, self._ignoring, self._turn_done_at = False, False, False, now
        self._silence = Silence(now)  # the one that was silent was the model
        dropped: list[Action] = [DropTool(id_) for id_ in self._tools]
        self._tools.clear()
        if for_good or self._attempts >= len(ATTEMPTS_S):
            return [*dropped, *self._ended({"do": "turns"}, f"the model cannot be had: {reason}", now)]
        wait_s, handle = ATTEMPTS_S[self._attempts], self._handle if self._attempts == 0 else ""
        self._attempts += 1
        self.figures.reconnects += 1
        return [*dropped, self._connect(handle, wait_s)]

    def _connect(self, handle: str, wait_s: float = 0.0) -> Connect:
        self._ready, self._rotate_by, self._handle = False, 0.0, ""
        story = "" if handle else "\n".join(filter(None, (self._before, self.transcript.story())))
        return Connect(handle, story, wait_s)

    def _rotated(self, now: float) -> list[Action]:
        """Change to a new connection between two turns, or when it cannot wait any longer."""
        if not self._rotate_by or not self._ready:
            return []
        quiet = not (self._turn_open or self._tools or self._debt.since) and now - self._hearing.voice_at > PAUSE_S
        if not quiet and now < self._rotate_by:
            return []
        self.figures.rotations += 1
        return [self._connect(self._handle)]

    # -- functions ------------------------------------------------------------------------------------------------

    def _tool_asked(self, event: ev.ToolAsked, now: float) -> list[Action]:
        self._tools[event.id] = _Tool(event.name, now)
        self._hearing.understood()
        self._debt.paid()
        words = " ".join(self.transcript.question.split())
        return [RunTool(event.id, event.name, event.arguments, words)]

    def _tool_answered(self, event: ev.ToolAnswered, now: float) -> list[Action]:
        if self._tools.pop(event.id, None) is None:
            return []
        if event.note:
            self.transcript.note(event.note, self._at(now))
        pressed = event.id.startswith(KEY)
        if event.ending:
            self._end_soon(event.ending, event.name, now, self._patience.goodbye, spoken=not pressed)
        if pressed:
            return []
        self._debt.owe(now)
        return [Answer(event.id, event.name, event.result)]

    def _advised(self, event: ev.Advised, now: float) -> list[Action]:
        if self._ending:
            return []
        self._end_soon(event.ending, "a rule", now, self._patience.goodbye)
        return [Tell(PUT_THROUGH)]

    def _tools_dropped(self, event: ev.ToolsDropped, _now: float) -> list[Action]:
        return [DropTool(id_) for id_ in event.ids if self._tools.pop(id_, None)]

    def _digit(self, event: ev.Digit, now: float) -> list[Action]:
        digit = event.digit
        self._silence.broken(now, by_caller=True)
        if self._keypad.digits or digit not in ("0", "*"):
            self._keypad.press(digit, now)
            return []
        if digit == "*":
            return [Tell(REPEAT)]
        self._tools[f"{KEY}0"] = _Tool("transfer_to_person", now, announced=True)
        return [RunTool(f"{KEY}0", "transfer_to_person", {"reason": "pressed 0"}, "")]

    # -- time -----------------------------------------------------------------------------------------------------

    def _tick(self, _event: ev.Tick, now: float) -> list[Action]:
        actions = [*self._resumed(now), *self._send(now), *self._finished(now), *self._rotated(now)]
        if self._ending:
            return [*actions, *self._close_to_end(self._ending, now)]
        for id_, tool in self._tools.items():
            if now - tool.since >= self._patience.filler and not tool.announced and not self._playout.busy(now):
                tool.announced = True
                actions.append(Tell(LOOKING))
            if not id_.startswith(KEY):
                self._silence.broken(now, by_caller=False)
        if self._playout.busy(now):
            self._silence.broken(now, by_caller=False)
        return [*actions, *self._watched(now)]

    def _watched(self, now: float) -> list[Action]:
        """Return what the clock alone asks for."""
        patience, actions = self._patience, list[Action]()
        digits = self._keypad.due(now, patience)
        if digits:
            actions.append(Tell(f"(The caller typed {digits} on the keypad.)"))
        if self._ready and not self._tools:
            owed = self._debt.due(now, patience)
            if owed == "lost":
                return [*actions, *self._live_lost("it does not answer", now)]
            actions += [Tell(STILL_WAITING)] * (owed == "nudge")
            actions += [Probe()] * self._hearing.doubtful(now)
        age = now - self._began
        if age >= patience.longest:
            return [*actions, *self._ended({"do": "hang_up"}, "the longest a call may take", now)]
        if age >= patience.longest - patience.warning and not self._warned:
            self._warned = True
            actions.append(Tell(NEARLY_OVER))
        quiet = self._silence.due(now, patience) if self._ready else ""
        if quiet == "ask":
            self._debt.owe(now)
        if quiet == "end":
            self._end_soon({"do": "hang_up"}, "nobody spoke", now, patience.goodbye)
        return actions + {"ask": [Tell(ARE_YOU_THERE)], "end": [Tell(GOODBYE)]}.get(quiet, [])

    def _resumed(self, now: float) -> list[Action]:
        """Go on with what was hushed, when the model did not take it for speech."""
        waited = now - max(self._hushed_at, self._hearing.voice_at)
        if self._hushed_at and waited >= self._patience.false_start:
            self._hushed_at = 0.0
            self.figures.false_starts += 1
            return self._send(now)
        return []

    def _finished(self, now: float) -> list[Action]:
        """Keep the turn once the caller has heard all of it."""
        if self._turn_open or self._hushed_at or self.transcript.speaking is None or self._playout.busy(now):
            return []
        if self._turn_done_at == 0.0:
            return []
        return self._exchanged(self._playout.end)

    def _exchanged(self, heard: int) -> list[Action]:
        question, reply, lines = self.transcript.close(heard)
        return [Exchange(question, reply, lines)] if lines else []

    # -- the end --------------------------------------------------------------------------------------------------

    def _drain(self, _event: ev.Drain, now: float) -> list[Action]:
        self._end_soon({"do": "resume"}, "drained", now, DRAIN_S, spoken=False)
        return []

    def _end_soon(
        self, then: Mapping[str, Any], reason: str, now: float, within: float, *, spoken: bool = True
    ) -> None:
        """Let the call end after the words that are still to come; what was decided first stays."""
        self._ending = self._ending or _Ending(then, reason, now, now + within, spoken)

    def _close_to_end(self, ending: _Ending, now: float) -> list[Action]:
        said = not ending.spoken or self._turn_done_at > ending.since
        idle = not (self._turn_open or self._playout.busy(now))
        return self._ended(ending.next, ending.reason, now) if (said and idle) or now >= ending.by else []

    def _ended(self, then: Mapping[str, Any], reason: str, now: float) -> list[Action]:
        exchange = self._exchanged(self._playout.heard(now))
        self.over = True
        return [*exchange, End(then, reason)]

    def _at(self, now: float) -> int:
        return int((now - self._began) * 1000)
