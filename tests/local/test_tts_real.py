"""The stand-in of the speech endpoint with the local synthesiser: words instead of tones."""

import pytest

from local.speech.engines import choose
from local.speech.unavailable import SpeechUnavailable
from local.speech.voice import cache_folder, synthesise
from local.tts.voice import RATE
from shared.adapters.speech.edge import EdgeSpeech
from tests.local.mp3_frames import seconds
from tests.local.tts_process import running

TEXT = "Good morning, how can I help you?"


@pytest.fixture(scope="module")
def speech():
    try:
        choose(cache_folder())
    except SpeechUnavailable as error:
        pytest.skip(str(error))
    with running("real") as server:
        edge = EdgeSpeech(server.socket_url)
        yield edge
        edge.close()


@pytest.mark.parametrize(("voice", "speaker"), [("en-GB-SoniaNeural", "assistant"), ("en-GB-RyanNeural", "caller")])
def test_it_is_the_synthesisers_speech(speech, voice, speaker):
    """As long as what the synthesiser says, with a little silence around it; women and men differ."""
    spoken = len(synthesise(TEXT, RATE, speaker)) / RATE
    assert spoken < seconds(speech.mp3(TEXT, voice, deadline_s=30)) < spoken + 0.7


def test_a_text_it_cannot_say_is_silence(speech):
    """A script that it does not read: the audio is there, and short."""
    assert seconds(speech.mp3("你好", "zh-CN-XiaoxiaoNeural", deadline_s=30)) < 2
