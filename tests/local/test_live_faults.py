"""What a test can do to Live sessions, and what the stand-in refuses; on the state machine, without sockets."""

import pytest

from local.gemini.control import ControlError
from local.live.control import Control, parse_settings
from local.live.events import Spoken
from local.live.journal import HANDLE_LIFE_S
from tests.local.live_desk import LONG, Desk, calling
from tests.local.live_process import silence

WRONG_VOICE = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "kore"}}}


@pytest.mark.parametrize(
    ("fields", "code", "reason"),
    [
        ({"model": "models/gemini-2.0-flash-live-001"}, 1008, "is not found for API version v1beta"),
        ({"model": "models/gemini-3.5-flash-lite"}, 1008, "not supported for bidiGenerateContent"),
        ({"generationConfig": {"speechConfig": WRONG_VOICE}}, 1007, "kore"),
        ({"temprature": 1}, 1007, "Unknown name \"temprature\" at 'setup'"),
        ({"generation_config": {"response_modalities": ["TEXT"]}}, 1007, "AUDIO only"),
        ({"generation_config": {"thinking_config": {"thinking_level": "LOW"}}}, 1007, "thinkingConfig"),
        ({"proactivity": {"proactiveAudio": False}}, 1007, "proactive_audio"),
        ({"sessionResumption": {"handle": "unknown"}}, 1007, "handle"),
        ({"tools": [{"functionDeclarations": [{"name": "no spaces"}]}]}, 1007, "function name"),
        ({"systemInstruction": 7}, 1007, "system_instruction"),
    ],
)
def test_refused_setups(fields, code, reason):
    """The socket is closed with the API's code, before any setupComplete."""
    desk = Desk().setup(**fields)
    assert desk.frames == []
    assert desk.cut
    assert (desk.cut.code, reason in desk.cut.reason) == (code, True)


def test_everything_documented_is_accepted():
    """A setup with every field of the captured sample, in its mixed case."""
    desk = Desk().setup(
        generationConfig={
            "responseModalities": ["AUDIO"],
            "speechConfig": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}}, "language_code": "en"},
        },
        systemInstruction={"parts": [{"text": "SYS"}], "role": "user"},
        sessionResumption={},
        inputAudioTranscription={},
        realtimeInputConfig={
            "automatic_activity_detection": {
                "disabled": False,
                "start_of_speech_sensitivity": "START_SENSITIVITY_LOW",
                "end_of_speech_sensitivity": "END_SENSITIVITY_HIGH",
                "prefix_padding_ms": 20,
                "silence_duration_ms": 500,
            },
            "activity_handling": "START_OF_ACTIVITY_INTERRUPTS",
            "turn_coverage": "TURN_INCLUDES_ONLY_ACTIVITY",
        },
        contextWindowCompression={"trigger_tokens": 25600, "sliding_window": {"target_tokens": 12800}},
    )
    assert [next(iter(frame)) for frame in desk.frames] == ["setupComplete", "sessionResumptionUpdate"]


@pytest.mark.parametrize(
    "message",
    [
        {"realtimeInput": {"text": "no setup"}},
        {"setup": {"model": "models/gemini-3.8-live"}, "unknownMessage": {}},
        {"unknownMessage": {}},
    ],
)
def test_bad_first_frames(message):
    """Anything but a setup closes with 1007."""
    desk = Desk()
    desk.put(**message)
    assert desk.cut
    assert desk.cut.code == 1007


@pytest.mark.parametrize(
    "message",
    [
        {"setup": {"model": "models/gemini-3.8-live"}},
        {"realtimeInput": {"audio": {"data": "AAAA", "mimeType": "audio/webm"}}},
        {"realtimeInput": {"audio": {"data": "!!!!", "mimeType": "audio/pcm"}}},
        {"realtimeInput": {"sound": {}}},
        {"toolResponse": {"functionResponses": [{"id": "1", "scheduling": "SOON"}]}},
        {"clientContent": {"turns": [{"role": "system", "parts": [{"text": "x"}]}]}},
    ],
)
def test_bad_later_frames(message):
    """What the API cannot read closes with 1007."""
    desk = Desk().setup()
    desk.put(**message)
    assert desk.cut
    assert desk.cut.code == 1007


def test_resumption_restores_the_history():
    """A session set up with a handle knows what was said before; its config is the new one."""
    desk = Desk().setup(sessionResumption={})
    desk.text("I am Ana.")
    desk.wait(5)
    handle = desk.session.record.handles[-1]
    other = Desk(desk.world).setup(sessionResumption={"handle": handle}, systemInstruction={"parts": [{"text": "N"}]})
    other.text("Who am I?")
    assert [content.text for content in other.requests[0].contents] == ["I am Ana.", "Yes.", "Who am I?"]
    assert "N" in other.requests[0].system
    assert other.session.record.resumed_from == handle


def test_a_handle_ends_two_hours_after_its_session():
    """It is good as long as the session lasts, and two hours more."""
    desk = Desk().setup(sessionResumption={})
    handle = desk.session.record.handles[0]
    handles = desk.world.handles
    assert handles.find(handle, 1e9)
    handles.ended(desk.session.record.id, 1_000)
    assert handles.find(handle, 1_000 + HANDLE_LIFE_S)
    assert handles.find(handle, 1_001 + HANDLE_LIFE_S) is None


def test_no_handle_while_the_model_works():
    """Resumable is false while it answers, and while an async call is open."""
    desk = Desk().setup(sessionResumption={})
    desk.answers = [calling("look")]
    desk.text("Look")
    updates = [frame["sessionResumptionUpdate"] for frame in desk.frames if "sessionResumptionUpdate" in frame]
    assert [update["resumable"] for update in updates] == [True, False, False]
    desk.result(desk.calls[0])
    desk.wait(5)
    assert desk.frames[-1]["sessionResumptionUpdate"]["resumable"]


def test_go_away_on_a_timer():
    """GoAway with the time left, then 1001 when it is over."""
    desk = Desk(go_away_after_s=5, go_away_time_left_s=2.5).setup()
    desk.wait(4.9)
    assert desk.events == ["setupComplete"]
    desk.wait(0.2)
    assert desk.frames[-1] == {"goAway": {"timeLeft": "2.5s"}}
    desk.wait(2.3)
    assert desk.cut is None
    desk.wait(0.2)
    assert desk.cut
    assert desk.cut.code == 1001


@pytest.mark.parametrize("code", [1006, 1011])
def test_killed_after_so_many_audio_frames(code):
    """The session dies at the third frame of audio."""
    desk = Desk(faults=[{"kind": "kill", "code": code, "after_audio_frames": 3}]).setup()
    desk.audio(silence(20))
    desk.audio(silence(20))
    assert desk.cut is None
    desk.audio(silence(20))
    assert desk.cut
    assert desk.cut.code == code


def test_killed_in_the_middle_of_an_answer():
    """The session dies after the second frame of audio it sent."""
    desk = Desk(faults=[{"kind": "kill", "code": 1011, "after_frames_out": 2}]).setup()
    desk.text("Hello")
    assert desk.session.record.audio_frames_out == 2
    assert desk.cut


def test_stalled_turn():
    """A stalled turn gets no frame at all; the next is answered."""
    desk = Desk(faults=[{"kind": "stall"}]).setup()
    desk.text("Hello")
    desk.wait(60)
    assert desk.events == ["setupComplete"]
    desk.text("Are you there?")
    assert desk.said == "Yes."


def test_turn_without_audio():
    """TurnComplete comes with nothing before it."""
    desk = Desk(faults=[{"kind": "no_audio"}]).setup()
    desk.text("Hello")
    assert desk.events == ["setupComplete", "generationComplete", "turnComplete"]


def test_late_audio():
    """The first audio comes when the delay is over."""
    desk = Desk(faults=[{"kind": "late_audio", "delay_ms": 800}], first_audio_delay_ms=200).setup()
    desk.text("Hello")
    desk.wait(0.99)
    assert desk.events == ["setupComplete"]
    desk.wait(0.02)
    assert "modelTurn" in desk.events


def test_phantom_interruptions():
    """`interrupted` without a word of the caller: idle, and in the middle of an answer."""
    faults = [{"kind": "phantom_interrupted"}, {"kind": "phantom_interrupted", "after_frames_out": 5}]
    desk = Desk(faults=faults).setup()
    assert desk.events == ["setupComplete", "interrupted", "turnComplete"]
    desk.answers = [Spoken(LONG)]
    desk.text("Hello")
    assert desk.events[3:] == ["modelTurn", "interrupted", "turnComplete"]
    assert desk.session.record.audio_frames_out == 5


def test_scripted_answers_and_calls():
    """The script's texts and calls are used in order, whatever is asked."""
    script = [{"calls": [{"name": "a"}, {"name": "b", "args": {"x": 1}}]}, {"text": "Literally."}]
    desk = Desk(script=script).setup()
    desk.text("Hello")
    assert [(call["name"], call["args"]) for call in desk.calls] == [("a", {}), ("b", {"x": 1})]
    desk.text("Hello again")
    assert desk.said == "Literally."
    assert desk.requests == []


def test_transcripts_can_be_joined_or_late():
    """The output transcript rides on the audio; the input transcript comes after it."""
    desk = Desk(joined_transcripts=True, late_transcripts=True).setup(inputAudioTranscription={})
    desk.say("Are you open?")
    contents = [frame["serverContent"] for frame in desk.frames if "serverContent" in frame]
    assert contents[0].keys() == {"modelTurn", "outputTranscription"}
    assert contents[1] == {"inputTranscription": {"text": "Are you open?"}}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"speed": 1},
        {"speech": "mumbled"},
        {"frame_ms": 500},
        {"frame_ms": "40"},
        {"await_playback": 1},
        {"script": [{"say": "x"}]},
        {"faults": [{"kind": "earthquake"}]},
        {"faults": [{"kind": "stall", "after_frames_out": 1}]},
        {"faults": [{"kind": "kill", "code": "1006"}]},
        {"go_away_after_s": -1},
    ],
)
def test_bad_settings_are_refused(body):
    """A test that misspells a setting learns of it."""
    with pytest.raises(ControlError):
        parse_settings(body, Control().default)
