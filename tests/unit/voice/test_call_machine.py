"""A call without a phone and without a model: events in, actions out, time by hand."""

from typing import Any

import pytest

from voice_service.call import events as ev
from voice_service.call.actions import (
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
from voice_service.call.hearing import HELD_FRAMES, LEAD_FRAMES
from voice_service.call.machine import ARE_YOU_THERE, LOOKING, REPEAT, STILL_WAITING, Call
from voice_service.call.watch import Patience

FRAME = b"\xff" * 160
SECOND = b"\x10" * 8000


class Scene:
    """A call on which time passes in ticks of 20 ms; the phone plays what it is sent, at the speed of time."""

    def __init__(self, *, ready=True, **patience):
        self.now = 100.0
        self.call = Call(self.now, Patience(**patience))
        self.done = self.call.begin()
        self.buffer: list[Any] = []  # what the phone holds: bytes left to play, or a mark's name
        self.heard = 0
        if ready:
            self.on(ev.LiveReady())

    def on(self, *events):
        """Let something happen; return what was done."""
        actions = []
        for event in events:
            actions += self.call.handle(event, self.now)
        for action in actions:
            if isinstance(action, Play):
                self.buffer.append(len(action.mulaw))
            elif isinstance(action, Mark):
                self.buffer.append(action.name)
            elif isinstance(action, Clear):
                names = [item for item in self.buffer if isinstance(item, str)]
                self.buffer = []
                for name in names:
                    self.on(ev.MarkReturned(name))
        self.done += actions
        return actions

    def passes(self, seconds, *, speech=False, silent=False):
        """Let time pass, the caller quiet or speaking (or no frame at all)."""
        actions = []
        for _ in range(round(seconds / 0.02)):
            self.now += 0.02
            if not silent:
                actions += self.on(ev.CallerAudio(FRAME, speech))
            self._play(160)
            actions += self.on(ev.Tick())
        return actions

    def _play(self, length):
        while self.buffer and length:
            if isinstance(self.buffer[0], str):
                self.on(ev.MarkReturned(self.buffer.pop(0)))
                continue
            played = min(length, self.buffer[0])
            self.buffer[0] -= played
            self.heard += played
            length -= played
            if not self.buffer[0]:
                self.buffer.pop(0)
        while self.buffer and isinstance(self.buffer[0], str):
            self.on(ev.MarkReturned(self.buffer.pop(0)))

    def asks(self, words="What does a service cost?"):
        """Let the caller say something that the model understands."""
        self.passes(1.0, speech=True)
        self.passes(0.5)
        return self.on(ev.CallerWords(words))

    def answers(self, words="It costs ninety five pounds.", seconds=2):
        """Let the model say something, faster than it can be played, in pieces."""
        actions = []
        pieces = words.split(" ")
        for number in range(seconds * 4):
            start, end = (len(pieces) * n // (seconds * 4) for n in (number, number + 1))
            said = " ".join(pieces[start:end])
            actions += self.on(ev.ModelAudio(SECOND[:2000]), *([ev.ModelWords(said + " ")] if said else []))
        return actions + self.on(ev.TurnDone())

    def of(self, kind):
        """Everything done of a kind."""
        return [action for action in self.done if isinstance(action, kind)]


def test_the_callers_audio_goes_to_the_model_frame_by_frame():
    """Nothing is held back while the model listens."""
    scene = Scene()
    assert scene.on(ev.CallerAudio(FRAME, speech=False)) == [Hear(FRAME)]


def test_what_is_said_before_the_model_listens_is_kept_for_it():
    """In order, ten seconds of it at most."""
    scene = Scene(ready=False)
    frames = [bytes([number % 256]) * 160 for number in range(HELD_FRAMES + 10)]
    for frame in frames:
        assert scene.on(ev.CallerAudio(frame, speech=False)) == []
    assert scene.on(ev.LiveReady()) == [Hear(frame) for frame in frames[10:]]


def test_a_turn_is_played_whole_and_not_far_ahead():
    """A burst of five seconds: the phone holds 0.8 s at most, and hears all of it."""
    scene = Scene()
    scene.asks()
    scene.answers(seconds=5)
    assert sum(item for item in scene.buffer if isinstance(item, int)) <= 6400
    most = 0
    for _ in range(300):
        scene.passes(0.02)
        most = max(most, sum(item for item in scene.buffer if isinstance(item, int)))
    assert most <= 6400
    assert scene.heard == 5 * 8000


def test_a_turn_is_kept_when_it_was_heard():
    """Question and answer, once, after the last mark; the wait of the caller was measured."""
    scene = Scene()
    scene.asks()
    scene.answers(seconds=2)
    scene.passes(1.5)
    assert scene.of(Exchange) == []
    scene.passes(1.0)
    [kept] = scene.of(Exchange)
    assert (kept.question, kept.reply) == ("What does a service cost?", "It costs ninety five pounds.")
    assert [line.who for line in kept.said] == ["caller", "assistant"]
    assert scene.call.figures.report()["wait_ms_median"] == pytest.approx(500, abs=30)


def test_barge_in_silences_the_phone_and_keeps_what_was_heard():
    """The caller's own sound stops the playback; when the model agrees, the rest is forgotten and not recorded."""
    scene = Scene()
    scene.asks()
    scene.answers("one two three four five six seven eight", seconds=4)
    scene.passes(2.0)
    actions = scene.passes(0.2, speech=True)
    assert len([action for action in actions if isinstance(action, Clear)]) == 1
    assert [type(action) for action in scene.on(ev.Interrupted())] == [Clear, Exchange]
    assert scene.of(Exchange)[0].reply == "one two three four"
    assert scene.on(ev.ModelAudio(SECOND)) == []
    heard = scene.heard
    scene.on(ev.TurnDone())
    scene.passes(1.0)
    assert scene.heard == heard
    scene.on(ev.CallerWords("Wait."))
    scene.answers("Yes?", seconds=1)
    scene.passes(2.0)
    assert (scene.of(Exchange)[1].question, scene.of(Exchange)[1].reply) == ("Wait.", "Yes?")


def test_a_cough_is_no_interruption():
    """The playback stops, the model does not agree, and it goes on where it stopped: nothing is lost or said twice."""
    scene = Scene()
    scene.asks()
    scene.answers(seconds=4)
    scene.passes(1.0)
    scene.passes(0.2, speech=True)
    paused = scene.heard
    scene.passes(0.7)
    assert scene.heard == paused
    scene.passes(5.0)
    assert scene.heard == pytest.approx(4 * 8000, abs=320)
    assert scene.call.figures.false_starts == 1
    assert scene.of(Exchange)[0].reply == "It costs ninety five pounds."


def test_an_interruption_nobody_made_lets_the_caller_hear_the_rest():
    """The model's mistake: what was sent already is played to its end."""
    scene = Scene()
    scene.asks()
    scene.answers(seconds=4)
    scene.passes(2.5)
    assert scene.on(ev.Interrupted()) == []
    scene.passes(2.0)
    assert scene.heard == 4 * 8000


def test_a_function_is_carried_out_and_answered():
    """With the caller's words; an answer nobody waits for any more goes nowhere."""
    scene = Scene()
    scene.asks("Is it open?")
    [asked] = scene.on(ev.ToolAsked("1", "search_knowledge", {"query": "hours"}))
    assert asked == RunTool("1", "search_knowledge", {"query": "hours"}, "Is it open?")
    assert scene.on(ev.ToolAnswered("1", "search_knowledge", {"found": 1})) == [
        Answer("1", "search_knowledge", {"found": 1})
    ]
    scene.on(ev.ToolAsked("2", "search_knowledge", {}))
    assert scene.on(ev.ToolsDropped(("2", "9"))) == [DropTool("2")]
    assert scene.on(ev.ToolAnswered("2", "search_knowledge", {})) == []


def test_a_slow_function_is_announced_once():
    """After a second and a half, and silence is not held against the caller."""
    scene = Scene()
    scene.asks()
    scene.on(ev.ToolAsked("1", "search_contact", {}))
    assert Tell(LOOKING) not in scene.passes(1.2)
    assert scene.passes(12.0).count(Tell(LOOKING)) == 1
    assert Tell(ARE_YOU_THERE) not in scene.done


def test_a_lost_connection_is_resumed_then_made_anew_then_given_up():
    """By the handle, then twice with the story, then turn by turn; the caller's audio waits."""
    scene = Scene()
    scene.asks("Do you repair bikes?")
    scene.answers("Yes, we do.", seconds=1)
    scene.passes(2.0)
    scene.on(ev.HandleGiven("h-1"), ev.HandleGiven(""))
    assert scene.on(ev.LiveLost("1011")) == [Connect("h-1", "", 0.0)]
    scene.passes(0.1)
    [again] = scene.on(ev.LiveLost("1011"))
    assert "caller: Do you repair bikes?\nassistant: Yes, we do." in again.story
    assert again.handle == ""
    scene.on(ev.LiveLost("1011"))
    assert scene.on(ev.LiveLost("1011"))[-1].next == {"do": "turns"}
    assert scene.call.over


def test_what_was_not_understood_is_said_again_to_the_next_connection():
    """With a little of what was before it; what was understood is not."""
    scene = Scene()
    scene.passes(3.0)
    said = [bytes([number]) * 160 for number in range(40)]
    scene.on(*(ev.CallerAudio(frame, speech=True) for frame in said))
    for _ in range(2):  # nor is it lost with the connection after
        scene.on(ev.LiveLost("1006"))
        again = scene.on(ev.LiveReady())
        assert again[-len(said) :] == [Hear(frame) for frame in said]
        assert len(again) <= LEAD_FRAMES + len(said)
    scene.on(ev.CallerWords("Hello?"), ev.LiveLost("1006"))
    assert Hear(said[0]) not in scene.on(ev.LiveReady())


def test_a_connection_that_makes_nothing_of_speech_is_tried():
    """Once for what was said; not while the model answers or has understood."""
    scene = Scene()
    scene.passes(1.0, speech=True)
    assert Probe() not in scene.passes(1.9)
    assert Probe() in scene.passes(0.2)
    assert Probe() not in scene.passes(3.0)
    scene.asks()
    scene.answers(seconds=1)
    assert Probe() not in scene.passes(5.0)


def test_an_answer_that_is_here_outlives_its_connection():
    """Cut off in the middle, the next session is told to go on; cut off after its last sound, nothing is asked for."""
    for whole in (False, True):
        scene = Scene()
        scene.asks()
        scene.on(
            ev.ModelAudio(SECOND), ev.ModelWords("It costs ninety"), *([ev.AllSaid()] * whole), ev.LiveLost("1011")
        )
        told = [action for action in scene.on(ev.LiveReady()) if isinstance(action, Tell)]
        assert ["It costs ninety" in action.text for action in told] == ([] if whole else [True])
        scene.passes(2.0)
        assert scene.of(Exchange)[0].reply == "It costs ninety"


def test_a_connection_that_answered_again_is_trusted_again():
    """Three tries each time, not three a call."""
    scene = Scene()
    for _ in range(5):
        scene.on(ev.LiveLost("1006"))
        scene.on(ev.LiveReady())
        scene.answers("Hello.", seconds=1)
        scene.passes(2.0)
    assert not scene.call.over
    assert scene.call.figures.reconnects == 5


def test_a_closing_connection_is_changed_between_two_turns():
    """Not in the middle of an answer, not while the caller speaks, but in time."""
    scene = Scene()
    scene.on(ev.HandleGiven("h-1"))
    scene.asks()
    scene.on(ev.ModelAudio(SECOND))
    assert scene.on(ev.GoingAway(30.0)) == []
    scene.on(ev.TurnDone())
    assert Connect("h-1") in scene.passes(1.8)
    scene.on(ev.LiveReady(), ev.HandleGiven("h-2"))
    scene.passes(1.0, speech=True)
    scene.on(ev.GoingAway(5.0))
    assert not [action for action in scene.passes(1.8, speech=True) if isinstance(action, Connect)]
    assert Connect("h-2") in scene.passes(0.4, speech=True)


def test_a_model_that_does_not_answer_is_nudged_and_then_replaced():
    """The caller was understood, and waits."""
    scene = Scene(stall=3.0)
    scene.asks()
    assert Tell(STILL_WAITING) in scene.passes(3.1)
    assert [action for action in scene.passes(3.1) if isinstance(action, Connect)]


def test_a_silent_caller_is_asked_and_then_taken_leave_of():
    """Counted from the last sound of anybody; the call ends when goodbye was heard."""
    scene = Scene(ask_after=4.0, end_after=10.0)
    scene.asks()
    scene.answers(seconds=2)
    assert Tell(ARE_YOU_THERE) not in scene.passes(5.5)
    assert Tell(ARE_YOU_THERE) in scene.passes(1.0)
    scene.answers("Are you there?", seconds=1)
    scene.passes(7.5)
    assert not scene.call.over
    scene.answers("Goodbye.", seconds=1)
    scene.passes(0.5)
    assert not scene.call.over
    scene.passes(1.0)
    assert scene.of(End)[0].next == {"do": "hang_up"}


def test_a_call_ends_after_the_words_that_belong_to_it():
    """A function that ends the call is answered; goodbye is heard; a model without a goodbye is not waited for."""
    scene = Scene()
    scene.asks("Put me through, please.")
    scene.on(ev.ToolAsked("1", "transfer_to_person", {}))
    scene.on(ev.ToolAnswered("1", "transfer_to_person", {"ok": True}, {"do": "transfer"}))
    scene.passes(1.0)
    assert not scene.call.over
    scene.answers("One moment.", seconds=1)
    scene.passes(2.0)
    assert scene.of(End)[0].next == {"do": "transfer"}
    other = Scene(goodbye=2.0)
    other.on(ev.ToolAsked("1", "end_call", {}), ev.ToolAnswered("1", "end_call", {}, {"do": "hang_up"}))
    other.passes(2.2)
    assert other.of(End)[0].next == {"do": "hang_up"}


def test_the_longest_call_is_announced_and_ended():
    """A minute before, and then at once."""
    scene = Scene(longest=70.0)
    for _ in range(8):
        scene.asks()
        scene.answers(seconds=2)
        scene.passes(8.0)
    assert [action for action in scene.of(Tell) if "minute" in action.text]
    assert scene.of(End)[0].reason.startswith("the longest")


def test_keys_are_told_together():
    """Digits within two seconds are one number; the star repeats; zero reaches a person without the model."""
    scene = Scene()
    scene.on(ev.Digit("4"), ev.Digit("0"), ev.Digit("2"))
    assert scene.passes(1.0) == [Hear(FRAME)] * 50
    assert Tell("(The caller typed 402 on the keypad.)") in scene.passes(1.5)
    assert scene.on(ev.Digit("*")) == [Tell(REPEAT)]
    [run] = scene.on(ev.Digit("0"))
    assert run.name == "transfer_to_person"
    assert scene.on(ev.ToolAnswered(run.id, run.name, {}, {"do": "transfer"})) == []
    scene.passes(0.1)
    assert scene.of(End)[0].next == {"do": "transfer"}


def test_a_hang_up_keeps_what_was_heard_until_then():
    """And nothing happens afterwards."""
    scene = Scene()
    scene.asks("Hello?")
    scene.answers("one two three four", seconds=4)
    scene.passes(2.0)
    kept, end = scene.on(ev.PhoneStopped())
    assert (kept.question, kept.reply) == ("Hello?", "one two")
    assert end.next == {"do": "nothing"}
    assert scene.on(ev.Tick(), ev.CallerAudio(FRAME, speech=True)) == []


def test_a_process_that_ends_hands_the_call_on():
    """When nobody speaks, or after four seconds."""
    scene = Scene()
    scene.on(ev.Drain())
    scene.passes(0.1)
    assert scene.of(End)[0].next == {"do": "resume"}
    busy = Scene()
    busy.asks()
    busy.answers(seconds=10)
    busy.on(ev.Drain())
    busy.passes(3.5)
    assert not busy.call.over
    busy.passes(1.0)
    assert busy.call.over
