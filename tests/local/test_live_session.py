"""The Live stand-in's state machine, without sockets: who speaks when, and in which order things are said."""

import numpy as np
import pytest

from local.live.events import Spoken
from tests.local.live_desk import LONG, Desk, calling
from tests.local.live_process import silence, speech

ANSWERED = ["setupComplete", "modelTurn", "generationComplete", "turnComplete"]
BLOCKING = [{"functionDeclarations": [{"name": name, "behavior": "BLOCKING"} for name in ("look", "book")]}]
MANUAL = {"automaticActivityDetection": {"disabled": True}}


def test_speech_is_answered_when_it_ends():
    """The answer comes after the silence that ends speech, not before."""
    desk = Desk().setup(inputAudioTranscription={})
    desk.audio(speech("Are you open?", after_ms=400))
    assert desk.events == ["setupComplete"]
    desk.audio(silence(200))
    desk.wait(5)
    assert desk.events == ANSWERED
    assert desk.requests[0].contents[-1].text == "Are you open?"
    assert desk.session.record.said == [("user", "Are you open?"), ("model", "Yes.")]


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 48_000])
def test_any_rate_is_heard(rate):
    """The MIME type says the rate."""
    desk = Desk().setup()
    desk.audio(speech("Are you open?", rate), rate)
    assert desk.session.record.said[0] == ("user", "Are you open?")


def test_the_pause_that_ends_speech_is_the_clients_choice():
    """With silence_duration_ms 200 a pause of 250 ms is the end, by default it is not."""
    for config, turns in (({}, 1), ({"silence_duration_ms": 200}, 2)):
        desk = Desk().setup(realtime_input_config={"automatic_activity_detection": config})
        desk.audio(np.concatenate([speech("One.", after_ms=150), speech("Two.", after_ms=600)]))
        assert len(desk.requests) == turns


def test_turn_complete_waits_for_the_playback():
    """Audio and generationComplete come in a burst, turnComplete when a listener would have heard all."""
    desk = Desk().setup()
    desk.answers = [Spoken(LONG)]
    desk.text("Hello")
    assert desk.events == ANSWERED[:-1]
    desk.wait(1.5)
    assert desk.events == ANSWERED[:-1]
    desk.wait(3)
    assert desk.events == ANSWERED


def test_real_time_pace():
    """In a second, a second of audio comes, in frames of the length asked for."""
    desk = Desk(pace="realtime", frame_ms=100).setup()
    desk.answers = [Spoken(LONG)]
    desk.text("Hello")
    desk.wait(0.99)
    assert desk.session.record.audio_frames_out == 10


def test_barge_in_stops_the_answer():
    """`interrupted`, then turnComplete, no generationComplete; the history has what was heard."""
    desk = Desk(pace="realtime").setup()
    desk.answers = [Spoken(LONG)]
    desk.text("Hello")
    desk.wait(1)
    desk.say("Stop.")
    assert desk.events[:4] == ["setupComplete", "modelTurn", "interrupted", "turnComplete"]
    heard = desk.requests[1].contents[-2]
    assert (heard.role, LONG.startswith(heard.text), 10 < len(heard.text) < len(LONG)) == ("model", True, True)


def test_no_interruption_when_the_client_forbids_it():
    """With NO_INTERRUPTION the caller's words are answered after the model's."""
    desk = Desk().setup(realtimeInputConfig={"activityHandling": "NO_INTERRUPTION"})
    desk.answers = [Spoken(LONG), Spoken("Yes.")]
    desk.text("Hello")
    desk.say("Stop.")
    assert "interrupted" not in desk.events
    desk.wait(10)
    assert desk.events == ANSWERED + ANSWERED[1:]


def test_going_on_after_a_pause_is_one_question():
    """Words that come before the answer began are joined to those before."""
    desk = Desk().setup()
    desk.thinking = False
    desk.say("What does a service")
    desk.thinking = True
    desk.say("for a tandem cost?")
    assert desk.requests[-1].contents[-1].text == "What does a service for a tandem cost?"
    assert "interrupted" not in desk.events


def test_noise_gets_a_word_only_when_it_is_long():
    """A click is let pass; talk that cannot be understood is asked about."""
    desk = Desk().setup()
    tone = (8_000 * np.sin(np.arange(8_000) / 3)).astype(np.int16)
    desk.audio(np.concatenate([tone[:800], silence(600)]))
    assert desk.events == ["setupComplete"]
    desk.audio(np.concatenate([tone, silence(600)]))
    assert "did not catch" in desk.said


def test_marked_speech():
    """Without automatic detection the client's marks count, pauses do not; with it, marks are an error."""
    desk = Desk().setup(realtimeInputConfig=MANUAL)
    desk.audio(speech("Not marked."))
    desk.put(realtime_input={"activity_start": {}})
    desk.audio(np.concatenate([speech("One"), speech("two.")]))
    desk.put(realtime_input={"activity_end": {}})
    assert [request.contents[-1].text for request in desk.requests] == ["Onetwo."]
    other = Desk().setup()
    other.put(realtimeInput={"activityStart": {}})
    assert other.cut
    assert other.cut.code == 1007


def test_the_end_of_the_stream_ends_speech():
    """AudioStreamEnd answers what was said so far."""
    desk = Desk().setup()
    desk.audio(speech("Are you open?", after_ms=0))
    desk.put(realtimeInput={"audioStreamEnd": True})
    assert len(desk.requests) == 1


def test_client_content():
    """Turns are kept; turn_complete asks for an answer and interrupts."""
    desk = Desk().setup()
    user = {"role": "user", "parts": [{"text": "Hi"}]}
    desk.put(client_content={"turns": [user], "turn_complete": False})
    assert desk.requests == []
    desk.put(clientContent={"turns": [user], "turnComplete": True})
    assert len(desk.requests[0].contents) == 2
    desk.put(clientContent={"turns": user, "turnComplete": True})
    assert desk.events[1:4] == ["modelTurn", "generationComplete", "interrupted"]


def test_initial_history_is_not_answered():
    """With initial_history_in_client_content the first turns are history, and audio waits for their end."""
    desk = Desk().setup(historyConfig={"initialHistoryInClientContent": True})
    desk.text("too early")
    turns = [{"role": "user", "parts": [{"text": "Hi"}]}, {"role": "model", "parts": [{"text": "Hello"}]}]
    desk.put(clientContent={"turns": turns, "turnComplete": True})
    assert desk.requests == []
    desk.text("Are you open?")
    assert [content.text for content in desk.requests[0].contents] == ["Hi", "Hello", "Are you open?"]


def test_blocking_calls_hold_up_the_turn_until_all_are_answered():
    """Two calls, no turnComplete between; the answer comes after the second result."""
    desk = Desk().setup(tools=BLOCKING)
    desk.answers = [calling("look", "book")]
    desk.text("Do both")
    assert desk.events == ["setupComplete", "toolCall"]
    desk.result(desk.calls[0])
    assert len(desk.requests) == 1
    desk.result(desk.calls[1])
    desk.wait(5)
    assert desk.events == ["setupComplete", "toolCall", *ANSWERED[1:]]
    assert len(desk.requests[1].contents[-1].responses) == 2


def test_barge_in_cancels_the_calls_of_the_turn():
    """`interrupted`, the cancellation, turnComplete; a result that comes too late is ignored."""
    desk = Desk().setup(tools=BLOCKING)
    desk.answers = [calling("look")]
    desk.text("Look")
    desk.say("Never mind.")
    assert desk.events[:5] == ["setupComplete", "toolCall", "interrupted", "toolCallCancellation", "turnComplete"]
    desk.wait(5)
    desk.clear()
    desk.result(desk.session.record.calls[0])
    assert desk.frames == []
    assert desk.session.record.stray_results == desk.session.record.cancelled


def test_async_calls_let_the_conversation_go_on():
    """By default a call ends the turn; the caller is answered meanwhile, the result when it comes."""
    desk = Desk().setup()
    desk.answers = [calling("look"), Spoken("Yes."), Spoken("Found it.")]
    desk.text("Look for it")
    assert desk.events == ["setupComplete", "toolCall", "generationComplete", "turnComplete"]
    desk.say("Are you there?")
    desk.wait(5)
    assert "toolCallCancellation" not in desk.events
    desk.result(desk.calls[0])
    assert desk.said == "Yes.Found it."
    assert [content.text for content in desk.requests[2].contents] == ["Look for it", "", ""]


def test_a_filler_is_said_with_an_async_call():
    """The filler's turn ends by itself; interrupting it cancels the call."""
    desk = Desk(filler="One moment, please.").setup()
    desk.answers = [calling("look"), Spoken("Yes."), calling("look")]
    desk.text("Look")
    desk.wait(5)
    assert desk.events == ["setupComplete", "toolCall", *ANSWERED[1:]]
    desk.text("And?")
    desk.wait(5)
    desk.text("Look again")
    desk.say("Stop.")
    assert desk.session.record.cancelled == [desk.calls[1]["id"]]


@pytest.mark.parametrize(
    ("scheduling", "events"),
    [
        ("SILENT", ["turnComplete"]),
        ("WHEN_IDLE", ["turnComplete", *ANSWERED[1:]]),
        ("INTERRUPT", ["interrupted", "turnComplete", *ANSWERED[1:]]),
    ],
)
def test_scheduling_of_a_result_while_the_model_speaks(scheduling, events):
    """SILENT is only remembered, WHEN_IDLE waits, INTERRUPT breaks in."""
    desk = Desk().setup()
    desk.answers = [calling("look"), Spoken(LONG), Spoken("Found it.")]
    desk.text("Look for it")
    desk.text("Tell me a story")
    desk.clear()
    desk.result(desk.calls[0] if desk.calls else desk.session.record.calls[0], scheduling=scheduling)
    desk.wait(10)
    assert desk.events == events


def test_a_result_that_will_continue_keeps_the_call_open():
    """Each part of a continued result is answered, until the last."""
    desk = Desk().setup()
    desk.answers = [calling("look")]
    desk.text("Look")
    for more in (True, True, False):
        desk.result(desk.calls[0], willContinue=more)
        desk.wait(5)
    assert len(desk.requests) == 4
    desk.result(desk.calls[0])
    assert len(desk.session.record.stray_results) == 1


def test_transcripts_only_when_asked_for():
    """Without the transcription fields there is audio alone."""
    desk = Desk()
    desk.put(setup={"model": "models/gemini-3.8-live"})
    desk.say("Are you open?")
    assert all(
        frame.get("serverContent", {}).keys() <= {"modelTurn", "generationComplete"} for frame in desk.frames[1:]
    )


def test_a_new_context_replaces_the_instruction():
    """ContextUpdate changes system instruction and tools in mid-session."""
    desk = Desk().setup(systemInstruction={"parts": [{"text": "Old."}]})
    desk.put(contextUpdate={"systemInstruction": {"parts": [{"text": "New."}]}, "tools": {"tools": BLOCKING}})
    desk.text("Hello")
    assert "New." in desk.requests[0].system
    assert [item.name for item in desk.requests[0].declarations] == ["look", "book"]
