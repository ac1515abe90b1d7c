"""A phone network linked to the REST API: calls are seen there, updated, recorded and made from there."""

import asyncio
import io
import time
import urllib.request
import wave

import pytest

from local.twilio import Account
from local.twilio.caller import Caller
from local.twilio.network import Network, NumberError
from local.twilio.options import Options, Person
from local.twilio.script import HangUp, Listen, Say, Wait
from tests.local.twilio_bot import FROM, TO, bot, listen, tone
from tests.local.twilio_service import refused, service

BYE = "<Response><Say>Goodbye</Say></Response>"


def talk(rest, *script, during=None, to=TO, caller=None, people=None, webhook=""):
    """Calls a number that the REST API knows; `during` runs in a thread, with the call's name, once it is answered."""

    async def run():
        async with Network(Options(link=rest.url, people=people or {})) as network:
            call = asyncio.create_task(Caller(FROM, network=network, **(caller or {})).call(to, webhook, script))
            try:
                if during:
                    await asyncio.to_thread(during, await asyncio.to_thread(live, rest))
                return await call
            finally:
                call.cancel()
                await asyncio.gather(call, return_exceptions=True)

    return asyncio.run(run())


def live(rest):
    """The name of the call that goes on."""
    while True:
        found = [item for item in rest.control("GET", "_calls")["calls"] if item["status"] == "in-progress"]
        if found:
            return found[0]["sid"]
        time.sleep(0.01)


def frames(server, count):
    """Wait until the newest stream has brought so many more messages."""
    while not server.talks:
        time.sleep(0.01)
    until = len(server.talks[-1].messages) + count
    while len(server.talks[-1].messages) < until:
        time.sleep(0.01)


def test_the_called_number_says_whose_the_call_is():
    """Its address, fallback and account come from the REST API, and the webhook is signed with that account's token."""
    with service() as rest, bot(voice=BYE) as server:
        made = rest.client().api.accounts.create(friendly_name="Tenant")
        own = rest.client(made.sid, made.auth_token)
        own.incoming_phone_numbers.create(phone_number=TO, voice_url=f"{server.url}/voice")
        server.token = made.auth_token
        report = talk(rest)
        shown = own.calls(report.sid).fetch()
        assert server.asked[0].genuine
        assert server.asked[0].form["AccountSid"] == report.account_sid == made.sid
        assert (shown.status, shown.direction, shown._from, shown.to) == ("completed", "inbound", FROM, TO)
        assert int(shown.duration) >= 1
        assert refused(rest.client().calls(report.sid).fetch) == (404, 20404)


def test_an_unknown_number_cannot_be_called():
    """Without an address of its own the call is an error of the test, not of the product."""
    with service() as rest, pytest.raises(NumberError, match=r"\+14155550199"):
        talk(rest)


def test_a_call_is_ended_by_rest():
    """Status=completed: the stream gets its stop, no next verb runs, and a second time it is 20404."""
    with service() as rest, bot(voice="") as server:
        rest.number(voice_url=f"{server.url}/voice")
        server.pages["/voice"] = server.connect("<Say>Never</Say>")
        client = rest.client()
        report = talk(rest, Wait(30), during=lambda sid: client.calls(sid).update(status="completed"))
        assert refused(lambda: client.calls(report.sid).update(status="completed")) == (404, 20404)
    assert (report.ended_by, report.status, report.said) == ("rest", "completed", [])
    assert (report.streams[0].ended_by, len(server.talks[0].all("stop"))) == ("call", 1)


def test_a_call_is_transferred_by_rest():
    """New TwiML takes the call out of its stream: stop, then Dial, then the action, which must be absolute."""
    anna = "+14155550123"
    people = {anna: Person(after_s=0.1, script=[Say("Anna here"), HangUp()])}

    async def greeting(talk_):
        await talk_.next("start")
        await talk_.play(tone(30))
        await listen(talk_)

    with service() as rest, bot(voice="", after=BYE) as server:
        rest.number(voice_url=f"{server.url}/voice")
        server.pages["/voice"], server.stream = server.connect(), greeting
        client = rest.client()
        dial = f'<Dial action="{server.url}/after"><Number>{anna}</Number></Dial>'

        def sent_to(twiml):
            def during(sid):
                frames(server, 15)
                client.calls(sid).update(twiml=f"<Response>{twiml}</Response>")

            return during

        report = talk(rest, Wait(30), people=people, during=sent_to(dial))
        legs = client.calls.list(parent_call_sid=report.sid)
        server.talks.clear()
        relative = talk(rest, Wait(30), people=people, during=sent_to("<Redirect>/x</Redirect>"))
    assert server.forms("/after")[0]["DialCallStatus"] == "completed"
    assert [(leg.to, leg.direction, leg.status) for leg in legs] == [(anna, "outbound-dial", "completed")]
    assert [item.source for item in report.heard] == ["stream", "dial", "say:Goodbye"]
    assert relative.codes == [11100]


def test_a_live_call_is_recorded_by_rest():
    """Started, paused, resumed and stopped through the API; the sound can be fetched, with the pause silent."""

    async def loud(talk_):
        await talk_.next("start")
        await talk_.play(tone(60))
        await listen(talk_)

    with service() as rest, bot(voice="", tape="") as server:
        rest.number(voice_url=f"{server.url}/voice")
        server.pages["/voice"], server.stream = server.connect(), loud
        client = rest.client()

        def during(sid):
            tapes = client.calls(sid).recordings
            made = tapes.create(recording_channels="dual", recording_status_callback=f"{server.url}/tape")
            frames(server, 15)
            tapes("Twilio.CURRENT").update(status="paused")
            frames(server, 30)
            tapes(made.sid).update(status="in-progress")
            frames(server, 15)
            tapes(made.sid).update(status="stopped")
            while not server.forms("/tape"):
                frames(server, 1)
            client.calls(sid).update(status="completed")

        report = talk(rest, Wait(60), during=during)
        shown = client.recordings.list(call_sid=report.sid)[0]
        with urllib.request.urlopen(server.forms("/tape")[0]["RecordingUrl"] + ".wav") as answer:
            body = answer.read()
    with wave.open(io.BytesIO(body)) as sound:
        form = (sound.getnchannels(), sound.getframerate())
        sides = sound.readframes(sound.getnframes())
    assert (shown.status, shown.channels, shown.source) == ("completed", 2, "StartCallRecordingAPI")
    assert form == (2, 8000)
    assert bytes(8000) in sides  # a quarter of a second of nothing in the middle of sound
    assert server.forms("/tape")[0]["RecordingSid"] == shown.sid


def test_rest_makes_calls():
    """One of the people answers; the callbacks ask for what was asked for, and detection tells what answered."""
    ana = Person(after_s=0.2, script=[Listen(), Say("Yes"), HangUp()], machine="machine_end_beep")
    with service() as rest, bot(voice="<Response><Say>Hello</Say><Pause length='9'/></Response>", told="") as server:
        client = rest.client()

        async def run():
            async with Network(Options(link=rest.url, people={FROM: ana})) as network:
                made = await asyncio.to_thread(
                    client.calls.create, to=FROM, from_=TO, url=f"{server.url}/voice", machine_detection="Enable",
                    status_callback=f"{server.url}/told",
                    status_callback_event=["initiated", "ringing", "answered", "completed"],
                )  # fmt: skip
                busy = await asyncio.to_thread(client.calls.create, to="+14155550177", from_=TO, twiml=BYE, timeout=1)
                while len(network.reports) < 2:  # noqa: ASYNC110 - the network has no event for it
                    await asyncio.sleep(0.01)
                return made, busy, {report.sid: report for report in network.reports}

        made, busy, reports = asyncio.run(run())
        assert client.calls(made.sid).fetch().status == "completed"
        assert client.calls(busy.sid).fetch().status == "no-answer"
    form = server.forms("/voice")[0]
    assert (form["Direction"], form["AnsweredBy"], form["CallStatus"]) == (
        "outbound-api",
        "machine_end_beep",
        "in-progress",
    )
    assert [item["CallStatus"] for item in server.forms("/told")] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert [item["SequenceNumber"] for item in server.forms("/told")] == ["0", "1", "2", "3"]
    assert reports[made.sid].said == ["Hello"]
    assert all(item.genuine for item in server.asked)


def test_a_call_can_be_canceled_while_it_rings():
    """Nobody has answered yet: it is canceled, and its address is never asked."""
    with service() as rest, bot(voice=BYE, told="") as server:
        client = rest.client()

        async def run():
            async with Network(Options(link=rest.url, people={FROM: Person(after_s=30)})) as network:
                made = await asyncio.to_thread(
                    client.calls.create, to=FROM, from_=TO, url=f"{server.url}/voice",
                    status_callback=f"{server.url}/told",
                )  # fmt: skip
                await asyncio.to_thread(client.calls(made.sid).update, status="canceled")
                while not network.reports:  # noqa: ASYNC110 - the network has no event for it
                    await asyncio.sleep(0.01)

        asyncio.run(run())
    assert [form["CallStatus"] for form in server.forms("/told")] == ["canceled"]
    assert server.forms("/voice") == []


def test_a_phone_that_goes_away_leaves_no_call_behind():
    """The REST API sees its calls as completed."""
    with service() as rest, bot(voice="<Response><Pause length='60'/></Response>") as server:

        async def run():
            network = Network(Options(link=rest.url))
            async with network:
                account = Account("AC" + "0" * 31 + "1", "0" * 32)
                call = asyncio.create_task(Caller(FROM, account, network).call(TO, f"{server.url}/voice", [Wait(60)]))
                while not rest.control("GET", "_calls")["calls"]:  # noqa: ASYNC110 - another process would have none
                    await asyncio.sleep(0.01)
                call.cancel()
                await asyncio.gather(call, return_exceptions=True)

        asyncio.run(run())
        while rest.control("GET", "_calls")["calls"][0]["status"] != "completed":
            time.sleep(0.01)
