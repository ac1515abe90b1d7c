"""TwiML as Twilio runs it: documents, fallbacks, sounds, recordings, ends of calls."""

import asyncio
import io
import wave

import numpy as np
import pytest
from starlette.responses import RedirectResponse, Response

from local.twilio.caller import Caller
from local.twilio.leg import Numbered
from local.twilio.mulaw import decode
from local.twilio.network import Network
from local.twilio.options import Options
from local.twilio.script import HangUp, Listen, Press, Say, Wait
from local.twilio.web import Reach
from tests.local.twilio_bot import FROM, TO, Page, bot, tone

SORRY = "We are sorry, an application error has occurred. Goodbye."


def talk(server, *script, path="voice", reach=None, **more):
    """Calls a page, eight times as fast as life."""

    async def run():
        async with Network(Options(speed=8.0, reach=reach or Reach())) as network:
            return await Caller(FROM, network=network).call(TO, f"{server.url}/{path}", script, **more)

    return asyncio.run(run())


def wav(seconds, rate=8000):
    """A WAV file of a tone."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(decode(tone(seconds)), rate // 8000).astype("<i2").tobytes())
    return buffer.getvalue()


def test_documents_lead_to_one_another():
    """Relative addresses start at the page that an HTTP redirect ended at; the end of a document is a hang-up."""
    pages: dict[str, Page] = {
        "voice": RedirectResponse("/deep/er", 307),
        "deep/er": "<Response><Say>One</Say><Redirect>next</Redirect><Say>Never</Say></Response>",
        "deep/next": "<Response><Pause length='2'/><Say>Two</Say></Response>",
    }
    with bot(**pages) as server:
        report = talk(server)
    assert [item.path for item in server.asked] == ["/voice", "/deep/er", "/deep/next"]
    assert (report.said, report.ended_by) == (["One", "Two"], "done")
    assert report.heard[1].start - report.heard[0].end >= 2
    assert all(item.genuine for item in server.asked)


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Response("no", 500), "11200"),
        (Response("no", 404), "11200"),
        ("<Response><Say>", "12100"),
        ("", "12100"),
        ("<Reply/>", "12100"),
        (Response("{}", media_type="application/json"), "12300"),
    ],
)
def test_a_broken_page_leads_to_the_fallback(page, code):
    """The fallback is told the error's number and the address."""
    with bot(voice=page, help="<Response><Say>Please hold</Say></Response>") as server:
        numbered = Numbered(fallback_url=f"{server.url}/help")
        report = talk(server, numbered=numbered)
    form = server.forms("/help")[0]
    assert (form["ErrorCode"], form["ErrorUrl"]) == (code, f"{server.url}/voice")
    assert (report.said, report.codes) == (["Please hold"], [int(code)])


def test_without_a_fallback_the_caller_hears_that_we_are_sorry():
    """So it is when the fallback fails as well."""
    with bot(voice=Response("no", 500), help=Response("no", 503)) as server:
        bare = talk(server)
        both = talk(server, numbered=Numbered(fallback_url=f"{server.url}/help"))
    assert (bare.said, bare.ended_by, both.said, both.codes) == ([SORRY], "error", [SORRY], [11200, 11200])


def test_a_page_that_takes_too_long_is_given_up():
    """After the time limit the fallback is called with 11205."""

    async def slow(_):
        await asyncio.sleep(2)
        return "<Response/>"

    with bot(voice=slow, help="<Response><Say>Later</Say></Response>") as server:
        report = talk(server, reach=Reach(total_s=0.3), numbered=Numbered(fallback_url=f"{server.url}/help"))
    assert (report.said, server.forms("/help")[0]["ErrorCode"]) == (["Later"], "11205")


@pytest.mark.parametrize("rate", [8000, 24_000])
def test_a_wav_is_fetched_and_heard(rate):
    """<Play> fetches without a signature, and the caller hears the file for as long as it lasts."""
    sound = Response(wav(1.5, rate), media_type="audio/wav")
    with bot(voice="<Response><Play>/hello.wav</Play></Response>", **{"hello.wav": sound}) as server:
        report = talk(server)
    heard = report.heard[0]
    assert (round(heard.end - heard.start, 1), report.played) == (1.5, [f"{server.url}/hello.wav"])
    assert "x-twilio-signature" not in server.asked[1].headers
    left, right = report.sound().T.astype(np.int32)
    assert not left.any()
    assert np.abs(right[int(heard.start * 8000) : int(heard.end * 8000)]).max() > 5000


def test_a_sound_that_is_none_ends_the_call():
    """A file that is not there, or of a type that cannot be played, is an application error."""
    with bot(voice="<Response><Play>/a</Play></Response>", a=Response("x", media_type="text/plain")) as server:
        assert talk(server).codes == [12300]
        server.pages["/a"] = Response("gone", 404)
        assert talk(server).said == [SORRY]


@pytest.mark.parametrize(("attributes", "status"), [("", "no-answer"), ("reason='busy'", "busy")])
def test_a_rejected_call_is_never_answered(attributes, status):
    """<Reject> ends it while it rings; the script never begins."""
    with bot(voice=f"<Response><Reject {attributes}/></Response>", status="") as server:
        report = talk(server, Say("Hello"), numbered=Numbered(status_url=f"{server.url}/status"))
    assert (report.status, report.ended_by, report.turns) == (status, "reject", [])
    assert server.forms("/status")[0]["CallDuration"] == "0"


def test_the_status_callback_tells_how_long_it_was():
    """It comes when the call is over, with whole seconds, rounded up."""
    with bot(voice="<Response><Pause length='3'/><Say>Hi</Say></Response>", status="") as server:
        talk(server, Wait(0.6), HangUp(), numbered=Numbered(status_url=f"{server.url}/status"))
    form = server.forms("/status")[0]
    assert (form["CallStatus"], form["CallDuration"], form["CallbackSource"]) == (
        "completed",
        "1",
        "call-progress-events",
    )


def test_a_message_is_recorded_until_a_key():
    """<Record> comes back with the recording, and the WAV holds what was said."""
    with bot(voice="<Response><Record action='/got' maxLength='20'/></Response>", got="<Response/>") as server:
        report = talk(server, Listen(timeout_s=3), Say("Please call me back"), Press("#"))
    form = server.forms("/got")[0]
    assert (form["Digits"], form["RecordingSid"][:2], int(form["RecordingDuration"]) > 0) == ("#", "RE", True)
    assert report.recordings[0]["RecordingSource"] == "RecordVerb"


def test_a_hang_up_in_a_message_still_comes_to_the_action():
    """Twilio asks it with Digits=hangup after the call is over."""
    with bot(voice="<Response><Record action='/got' playBeep='false'/></Response>", got="<Response/>") as server:
        talk(server, Say("Please call me"), HangUp())
    form = server.forms("/got")[0]
    assert (form["Digits"], form["CallStatus"]) == ("hangup", "completed")


def test_a_message_without_words_falls_through():
    """Silence is no message: the next verb follows."""
    with bot(voice="<Response><Record action='/got' timeout='2'/><Say>Bye</Say></Response>") as server:
        report = talk(server, Wait(20))
    assert (report.said, server.forms("/got")) == (["Bye"], [])


def test_a_call_is_recorded_from_start_to_end():
    """<Start><Recording> runs beside the call and is told of when it is over."""
    twiml = (
        "<Response><Start><Recording channels='dual' recordingStatusCallback='/tape' "
        "recordingStatusCallbackEvent='in-progress completed'/></Start>"
        "<Say>Hello you</Say><Pause length='2'/></Response>"
    )
    with bot(voice=twiml, tape="") as server:
        report = talk(server, Listen(), Say("Hi"))
    begun, done = server.forms("/tape")
    assert (begun["RecordingStatus"], done["RecordingStatus"]) == ("in-progress", "completed")
    assert (done["RecordingChannels"], report.recordings[0]["RecordingSid"]) == ("2", done["RecordingSid"])
    assert abs(int(done["RecordingDuration"]) - report.duration_s) <= 1


def test_a_document_that_leads_to_itself_is_stopped():
    """The stand-in gives up where Twilio would go on for ever."""
    with bot(voice="<Response><Redirect>/voice</Redirect></Response>") as server:
        report = talk(server)
    assert (report.ended_by, len(server.asked)) == ("error", 500)


def test_what_twilio_ignores_is_warned_of():
    """Unknown verbs and attributes are left out, and noted."""
    with bot(voice="<Response><Sing>La</Sing><Say whisper='yes'>Hi</Say></Response>") as server:
        report = talk(server)
    assert (report.said, report.codes) == (["Hi"], [12200, 12200])


def test_cookies_come_back_within_a_call():
    """A page's cookie is sent with the same call's next request, and with no other call's."""
    first = Response("<Response><Redirect>/next</Redirect></Response>", media_type="text/xml")
    first.set_cookie("turn", "1")
    with bot(voice=first, next="<Response/>") as server:
        talk(server)
        talk(server)
    assert [item.headers.get("cookie") for item in server.asked] == [None, "turn=1", None, "turn=1"]
