"""The product's speech against the stand-in as a real process: a whole MP3 in time, or `Unavailable`."""

import logging
import subprocess
import sys
import threading

import edge_tts
import pytest
from edge_tts import communicate
from edge_tts.constants import WSS_URL
from edge_tts.drm import DRM

from local.tts.catalogue import GENDERS
from shared.adapters.speech.edge import EdgeSpeech, Manner
from shared.adapters.speech.voices import BY_TAG, MULTILINGUAL
from shared.domain.errors import Unavailable
from tests.local.mp3_frames import seconds
from tests.local.tts_process import running

TEXT = "Good morning. This is Harbour Cycles, how can I help you?"
VOICE = "en-GB-SoniaNeural"
# Far above what a call takes, far below what the library would wait by itself: a minute for the next message.
SOON_S = 6.0


@pytest.fixture(scope="module")
def process():
    with running() as server:
        yield server


@pytest.fixture
def server(process):
    process.reset()
    yield process
    DRM.clock_skew_seconds = 0.0  # the library keeps it for the whole process


@pytest.fixture
def speech(server):
    edge = EdgeSpeech(server.socket_url)
    yield edge
    edge.close()


def soon(call):
    """What a call returned or raised; a sentence when it had not ended in time."""
    outcomes = []

    def run():
        try:
            outcomes.append(call())
        except Unavailable as error:
            outcomes.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SOON_S)
    return outcomes[0] if outcomes else f"no answer within {SOON_S} s"


def test_a_text_becomes_a_whole_mp3(speech, server):
    """All that was sent, which is frames from the first byte to the last."""
    mp3 = speech.mp3(TEXT, VOICE)
    assert seconds(mp3) > 2
    (note,) = server.journal()
    assert (note["text"], note["voice"], note["audio_bytes"], note["finished"]) == (TEXT, VOICE, len(mp3), True)


def test_markup_in_a_text_is_said(speech, server):
    """What has a meaning in markup arrives as it was written."""
    speech.mp3("AT&T <b>\"x\" 'y'</b> ]]>", VOICE)
    assert server.journal()[-1]["text"] == "AT&T <b>\"x\" 'y'</b> ]]>"


def test_the_manner_is_asked_for(server):
    """Rate, volume and pitch of all that is said."""
    edge = EdgeSpeech(server.socket_url, Manner(rate="-10%", volume="+20%", pitch="+3Hz"))
    try:
        edge.mp3(TEXT, VOICE)
    finally:
        edge.close()
    note = server.journal()[-1]
    assert (note["rate"], note["volume"], note["pitch"]) == (-10, 20, 3)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "refuse", "status": 503},
        {"kind": "refuse", "status": 403, "times": 2},
        {"kind": "refuse", "status": 429},
        {"kind": "no_audio"},
        {"kind": "cut"},
        {"kind": "cut", "after": 0},
        {"kind": "close"},
        {"kind": "garbage"},
        {"kind": "garbage", "after": 0},
        {"kind": "noise"},
        {"kind": "hang"},
        {"kind": "deaf"},
        {"kind": "slow", "seconds": 60},
        {"kind": "trickle", "seconds": 0.3},
        {"kind": "endless"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_whatever_goes_wrong_is_unavailable_soon(speech, server, fault):
    """Never half of the audio, never something else, never after the deadline; and the next call is fine."""
    server.control(fault)
    assert isinstance(soon(lambda: speech.mp3(TEXT, VOICE, deadline_s=0.6)), Unavailable)
    server.control()
    assert seconds(speech.mp3(TEXT, VOICE)) > 2


def test_a_service_that_is_not_there_is_unavailable():
    """Nobody listens."""
    edge = EdgeSpeech("ws://127.0.0.1:9/x")
    try:
        assert isinstance(soon(lambda: edge.mp3(TEXT, VOICE, deadline_s=2)), Unavailable)
    finally:
        edge.close()


def test_a_little_slowness_is_waited_for(speech, server):
    """The deadline decides, not the first pause."""
    server.control({"kind": "slow", "seconds": 0.4})
    assert seconds(speech.mp3(TEXT, VOICE, deadline_s=10)) > 2


def test_one_refusal_is_tried_again(speech, server):
    """The library does that for 403."""
    server.control({"kind": "refuse", "status": 403})
    assert speech.mp3(TEXT, VOICE)
    assert [note["kind"] for note in server.journal()] == ["refused", "said"]


def test_a_wrong_clock_of_ours_does_no_harm(speech, server):
    """The refusal's Date puts it right, for later calls too."""
    server.control(clock_ahead_s=5 * 3600)
    assert speech.mp3(TEXT, VOICE)
    assert speech.mp3(TEXT, VOICE)
    assert [note["kind"] for note in server.journal()] == ["refused", "said", "said"]


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("This is one sentence of quite a few. " * 150, VOICE),
        ("我们每天早上九点开门。" * 160, "zh-CN-XiaoxiaoNeural"),
        ("的" * 1700, "zh-CN-XiaoxiaoNeural"),
    ],
    ids=["spaces", "no spaces", "no sentences"],
)  # fmt: skip
def test_a_long_text_is_said_in_parts(speech, server, text, voice):
    """No part is longer than the endpoint takes, nothing is lost between them, and the MP3 is one."""
    mp3 = speech.mp3(text, voice, deadline_s=60)
    parts = server.journal("said")
    assert len(parts) > 1
    assert all(len(part["text"].encode()) <= 4096 for part in parts)
    assert "".join("".join(part["text"] for part in parts).split()) == "".join(text.split())
    assert len(mp3) == sum(part["audio_bytes"] for part in parts)
    assert seconds(mp3)


def test_a_cut_in_a_later_part_is_noticed(speech, server):
    """The first part alone is not the text."""
    server.control({"kind": "trickle", "times": 1}, {"kind": "cut", "after": 3})
    with pytest.raises(Unavailable):
        speech.mp3("This is one sentence of quite a few. " * 150, VOICE, deadline_s=60)
    assert [note["finished"] for note in server.journal("said")] == [True, False]


def test_threads_speak_at_the_same_time(speech, server):
    """Each gets its own text's audio."""
    texts = [f"Number {n} of {n} calls" + " again" * n for n in range(8)]
    found = {}

    def run(text):
        found[text] = speech.mp3(text, VOICE, deadline_s=30)

    threads = [threading.Thread(target=run, args=[text]) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {note["text"]: note["audio_bytes"] for note in server.journal()} == {
        text: len(mp3) for text, mp3 in found.items()
    }
    assert len(found) == len(texts)


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("", VOICE), (" \n", VOICE), ("...", VOICE), ("😀", VOICE), ("Hello", ""), ("Hello", "Puck"),
        ("Hello", "en-US-x'><y/>Neural"),
    ],
    ids=["empty", "blank", "dots", "emoji", "no voice", "unknown", "markup"],
)  # fmt: skip
def test_what_cannot_be_said_is_not_sent(speech, server, text, voice):
    """Nothing to say, or a voice's name that is none."""
    with pytest.raises(Unavailable):
        speech.mp3(text, voice)
    assert server.journal() == []


def test_a_text_that_has_no_bytes_is_unavailable(speech):
    """Half a character cannot be sent."""
    with pytest.raises(Unavailable):
        speech.mp3("Hello \ud83d", VOICE)


def test_the_log_says_why_and_not_what(speech, server, caplog):
    """One line with a reason; neither the words nor the endpoint's address."""
    server.control({"kind": "refuse", "status": 503})
    with caplog.at_level(logging.WARNING), pytest.raises(Unavailable) as caught:
        speech.mp3("My number is 020 7946 0321", VOICE)
    (record,) = [record for record in caplog.records if record.message == "speech_unavailable"]
    assert record.__dict__["fields"] == {"reason": "WSServerHandshakeError", "status": 503}
    assert "7946" not in caplog.text + str(caught.value)
    assert caught.value.__cause__ is None


def test_another_endpoint_is_this_objects_alone(server, speech):
    """The library and other objects keep their own address."""
    with running() as second:
        other = EdgeSpeech(f"{second.socket_url}?TrustedClientToken=6A5AA1D4EAFF4E9FB37E23D68491D6F4")
        try:
            assert other.mp3("Hello", VOICE) == speech.mp3("Hello", VOICE)
            assert len(second.journal()) == len(server.journal()) == 1
        finally:
            other.close()
    assert vars(communicate)["WSS_URL"] == WSS_URL
    assert edge_tts.Communicate is communicate.Communicate


def test_closing_leaves_nothing_behind(server):
    """No thread; a later call starts anew."""
    edge = EdgeSpeech(server.socket_url)
    before = set(threading.enumerate())
    for _ in range(2):
        assert edge.mp3("Hello", VOICE)
        edge.close()
    assert not {thread for thread in threading.enumerate() if thread not in before and thread.name == "model-calls"}


def test_every_voice_of_the_table_is_one_of_the_endpoint():
    """By the list of the stand-in, which has the names of the real one."""
    assert {*BY_TAG.values(), MULTILINGUAL} <= GENDERS.keys()


def test_the_library_is_not_imported_before_it_is_needed():
    """It takes half a second, and most instances never speak."""
    check = "import sys, shared.adapters.speech.cache; print([m for m in ('edge_tts', 'aiohttp') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
