"""Media streams as Twilio has them: order, marks, clear, what follows, and what is against the protocol."""

import asyncio
import base64

import pytest

from local.twilio.caller import Caller
from local.twilio.mulaw import decode
from local.twilio.network import Network
from local.twilio.options import Options
from local.twilio.script import BargeIn, HangUp, Listen, Press, Say, Wait
from tests.local.twilio_bot import FROM, TO, Talk, bot, listen, tone

GONE = "<Response><Say>Goodbye</Say></Response>"


def talk(server, *script, speed=1.0, **more):
    """Calls /voice."""

    async def run():
        async with Network(Options(speed=speed)) as network:
            return await Caller(FROM, network=network).call(TO, f"{server.url}/voice", script, **more)

    return asyncio.run(run())


def streaming(stream, script=(), **more):
    """A call to a bot that does this on its stream; gives the report and the bot's view."""
    with bot(voice="", gone=GONE) as server:
        server.pages["/voice"] = server.connect(**more)
        server.stream = stream
        report = talk(server, *script)
    return report, server.talks[0], server


async def nothing(talk_: Talk):
    """Hangs up after a few frames."""
    await talk_.next("start")
    for _ in range(5):
        await talk_.next("media")


def test_messages_come_in_twilios_order_and_form():
    """connected, start with what TwiML says, then numbered frames of 20 ms, keys, and stop."""
    parameters = '<Parameter name="token" value="a&amp;b"/><Parameter name="tenant" value="t1"/>'
    report, seen, _ = streaming(listen, [Wait(0.3), Press("5#"), HangUp()], parameters=parameters)
    connected, start, first = seen.messages[:3]
    assert connected == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    assert start["sequenceNumber"] == "1"
    assert start["start"] == {
        "accountSid": report.account_sid,
        "streamSid": start["streamSid"],
        "callSid": report.sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "a&b", "tenant": "t1"},
    }
    assert first["media"] | {"payload": ""} == {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": ""}
    frames = seen.all("media")
    assert {len(base64.b64decode(item["media"]["payload"])) for item in frames} == {160}
    assert [int(item["media"]["timestamp"]) for item in frames] == [20 * index for index in range(len(frames))]
    assert [int(item["sequenceNumber"]) for item in seen.messages[1:]] == list(range(1, len(seen.messages)))
    assert [item["dtmf"] for item in seen.all("dtmf")] == [
        {"track": "inbound_track", "digit": "5"},
        {"track": "inbound_track", "digit": "#"},
    ]
    assert seen.messages[-1]["stop"] == {"accountSid": report.account_sid, "callSid": report.sid}
    assert (seen.genuine, report.streams[0].ended_by, report.codes) == (True, "call", [])


def test_the_callers_voice_arrives_unchanged():
    """The frames hold the very samples that the caller said, in one piece."""
    report, seen, _ = streaming(listen, [Wait(0.1), Say("Good morning"), Wait(0.1), HangUp()])
    said = report.mouth.pieces[0].data
    heard = b"".join(base64.b64decode(item["media"]["payload"]) for item in seen.all("media"))
    assert said in heard
    assert (report.sound()[:, 0] != decode(b"\xff")[0]).any()


def test_a_mark_returns_when_what_came_before_it_was_heard():
    """In order, after the playout time; at once when nothing is waiting."""

    async def stream(bot_talk):
        await bot_talk.next("start")
        await bot_talk.mark("empty")
        await bot_talk.play(tone(0.4))
        await bot_talk.mark("one")
        await bot_talk.play(tone(0.4))
        await bot_talk.mark("two")
        for _ in range(3):
            await bot_talk.next("mark")

    report, seen, _ = streaming(stream)
    marks = report.streams[0].marks
    assert [item["mark"]["name"] for item in seen.all("mark")] == ["empty", "one", "two"]
    assert [mark.cleared for mark in marks] == [False] * 3
    assert marks[0].returned == marks[0].came
    assert all(mark.returned - mark.came >= wait for mark, wait in zip(marks[1:], (0.39, 0.79), strict=True))
    assert round(report.heard[0].end - report.heard[0].start, 2) == 0.8


def test_clear_drops_the_buffer_and_returns_every_mark():
    """The caller hears nothing more, marks come back at once, and later sound plays at once."""

    async def stream(bot_talk):
        await bot_talk.next("start")
        await bot_talk.play(tone(5))
        await bot_talk.mark("a")
        await bot_talk.play(tone(5))
        await bot_talk.mark("b")
        for _ in range(20):
            await bot_talk.next("media")
        await bot_talk.send("clear")
        await bot_talk.next("mark")
        await bot_talk.next("mark")
        for _ in range(20):
            await bot_talk.next("media")
        await bot_talk.play(tone(0.3))
        await bot_talk.mark("c")
        await bot_talk.next("mark")

    report, seen, _ = streaming(stream)
    when, dropped = report.streams[0].clears[0]
    first, second = report.heard
    assert [(mark.name, mark.cleared) for mark in report.streams[0].marks] == [("a", True), ("b", True), ("c", False)]
    assert [item["mark"]["name"] for item in seen.all("mark")] == ["a", "b", "c"]
    assert abs(first.end - when) < 0.01
    assert abs(first.end - first.start + dropped - 10) < 0.01
    assert second.start > when
    assert round(second.end - second.start, 2) == 0.3


def test_a_barge_in_is_measured():
    """From the caller's first voice to the clear, and to the bot's silence; then to its answer."""

    async def stream(bot_talk):
        await bot_talk.next("start")
        await bot_talk.play(tone(10))
        quiet = 0
        while quiet < 40:  # the caller has spoken, and has been silent for a while
            frame = base64.b64decode((await bot_talk.next("media"))["media"]["payload"])
            loud = frame != b"\xff" * 160
            if loud and quiet == 0 and not bot_talk.all("mark"):
                await bot_talk.send("clear")
                await bot_talk.mark("cleared")
            spoken = bool(bot_talk.all("mark"))
            quiet = quiet + 1 if spoken and not loud else 0
        await bot_talk.play(tone(0.3))
        await bot_talk.mark("done")
        while bot_talk.all("mark")[-1]["mark"]["name"] != "done":
            await bot_talk.next("mark")

    report, _, _ = streaming(stream, [BargeIn(300, Say("Excuse me please"))])
    turn = report.turns[0]
    assert turn.barged
    assert 0 <= turn.clear_s <= turn.stopped_s + 0.01
    assert turn.latency_s > 0
    assert report.underruns == []


def test_holes_in_speech_are_found():
    """A pause longer than 40 ms between pieces of running speech is an underrun; one of a turn is not."""

    async def stream(bot_talk):
        await bot_talk.next("start")
        for pause in (0.0, 0.2, 0.0, 1.5):
            await bot_talk.play(tone(0.2))
            await asyncio.sleep(0.2 + pause)

    report, _, _ = streaming(stream)
    assert [round(gap.seconds, 1) for gap in report.underruns if gap.seconds > 0.1] == [0.2]


def test_when_the_server_closes_the_next_verb_follows():
    """The rest of the buffer is not heard, and the same call comes to the next page."""

    async def stream(bot_talk):
        await nothing(bot_talk)
        await bot_talk.play(tone(5))

    report, _, server = streaming(stream, after="<Redirect>/gone</Redirect>")
    assert server.forms("/gone")[0]["CallSid"] == report.sid
    assert (report.streams[0].ended_by, report.streams[0].close[0], report.said) == ("server", 1000, ["Goodbye"])
    assert sum(item.end - item.start for item in report.heard if item.source == "stream") < 1


def test_without_a_next_verb_the_call_ends():
    """And with an action, Connect asks that."""
    report, _, server = streaming(nothing)
    assert (report.ended_by, report.status, server.forms("/gone")) == ("done", "completed", [])
    report, _, server = streaming(nothing, attributes=' action="/gone"', after="<Say>Never</Say>")
    assert (server.forms("/gone")[0]["StreamSid"], report.said) == (report.streams[0].sid, ["Goodbye"])


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("hello", 31951),
        ("[1]", 31951),
        ('{"event":"dtmf","streamSid":"SID"}', 31951),
        ('{"event":"media","media":{"payload":"/w=="}}', 31951),
        ('{"event":"media","streamSid":"MZ1","media":{"payload":"/w=="}}', 31951),
        ('{"event":"media","streamSid":"SID","media":{"payload":"/w==","track":"outbound"}}', 31951),
        ('{"event":"media","streamSid":"SID","sequenceNumber":"1","media":{"payload":"/w=="}}', 31951),
        ('{"event":"media","streamSid":"SID","media":{"payload":"!"}}', 31951),
        ('{"event":"media","streamSid":"SID","media":{"payload":7}}', 31951),
        ('{"event":"mark","streamSid":"SID","mark":"x"}', 31951),
        ('{"event":"clear","streamSid":"SID","x":1}', 31951),
        (b"\xff" * 160, 31950),
    ],
)
def test_violations_are_counted_and_warned_of_once(message, code):
    """Each is noted; Twilio's debugger shows the first of a stream."""

    async def stream(bot_talk):
        await bot_talk.next("start")
        for _ in range(3):
            if isinstance(message, bytes):
                await bot_talk.socket.send_bytes(message)
            else:
                await bot_talk.socket.send_text(message.replace("SID", bot_talk.sid))
        for _ in range(3):
            await bot_talk.next("media")

    report, _, _ = streaming(stream)
    assert (report.streams[0].count(code), len(report.streams[0].violations), report.codes) == (3, 3, [code])
    assert report.heard == []


def test_more_than_ten_minutes_are_discarded():
    """31931, and what was buffered before stays."""

    async def stream(bot_talk):
        await bot_talk.next("start")
        for _ in range(7):
            await bot_talk.play(b"\x80" * 8000 * 99)
        await bot_talk.send("clear")
        await bot_talk.next("media")
        await bot_talk.mark("done")
        await bot_talk.next("mark")

    report, _, _ = streaming(stream)
    assert (report.streams[0].count(31931), report.codes) == (1, [31931])
    assert 590 < report.streams[0].clears[0][1] < 6 * 99


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ws://example.com/stream", 31922),
        ("gopher://example.com/", 31923),
        ("ws://127.0.0.1:9/stream", 31902),
        ("HTTP/voice", 31920),
    ],
)
def test_a_stream_that_cannot_be_opened(url, code):
    """The reason is a number of Twilio's, the stream's callback hears of it, and the next verb follows."""
    with bot(voice="", gone=GONE, told="") as server:
        address = url.replace("HTTP", server.url.replace("http", "ws"))
        stream = f'<Stream url="{address}" statusCallback="/told"/>'
        server.pages["/voice"] = f"<Response><Connect>{stream}</Connect><Redirect>/gone</Redirect></Response>"
        report = talk(server)
    assert (report.codes, report.said, report.streams[0].ended_by) == ([code], ["Goodbye"], "failure")
    form = server.forms("/told")[0]
    assert (form["StreamEvent"], form["StreamSid"]) == ("stream-error", report.streams[0].sid)
    assert str(code) in form["StreamError"]


def test_the_streams_callback_and_a_query():
    """Started and stopped are told of; a query in the address is dropped, as Twilio does."""
    with bot(voice="", told="") as server:
        stream = f'<Stream url="{server.stream_url}?tenant=1" statusCallback="/told" name="main"/>'
        server.pages["/voice"] = f"<Response><Connect>{stream}</Connect></Response>"
        server.stream = nothing
        report = talk(server)
    assert [(form["StreamEvent"], form["StreamName"]) for form in server.forms("/told")] == [
        ("stream-started", "main"),
        ("stream-stopped", "main"),
    ]
    assert (report.codes, server.talks[0].genuine) == ([31920], True)


def test_a_one_way_stream_runs_beside_the_call():
    """<Start><Stream> hears both tracks while the call goes on, until <Stop>."""
    with bot(voice="") as server:
        stream = f'<Stream url="{server.stream_url}" name="spy" track="both_tracks"/>'
        server.pages["/voice"] = (
            f"<Response><Start>{stream}</Start><Say>Hello</Say><Stop><Stream name='spy'/></Stop>"
            "<Pause length='1'/></Response>"
        )
        report = talk(server)
    seen = server.talks[0]
    assert seen.all("start")[0]["start"]["tracks"] == ["inbound", "outbound"]
    outbound = [item["media"]["payload"] for item in seen.all("media") if item["media"]["track"] == "outbound"]
    assert any(base64.b64decode(payload) != b"\xff" * 160 for payload in outbound)
    assert report.streams[0].ended < report.duration_s - 0.9


def test_a_script_that_waits_in_vain_says_so():
    """A bot that never speaks is noted, and the call goes on."""
    report, _, _ = streaming(listen, [Listen(timeout_s=0.3), HangUp()])
    assert len(report.missed) == 1
    assert report.ended_by == "caller"
