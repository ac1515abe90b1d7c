"""Twilio's peer signs as Twilio does, on webhooks and on the stream's handshake."""

import asyncio

import pytest
from twilio.request_validator import RequestValidator

from local.twilio import MAIN
from local.twilio.caller import Caller
from local.twilio.leg import Numbered
from local.twilio.network import Network
from local.twilio.options import Options, StreamFaults
from local.twilio.script import HangUp, Wait
from local.twilio.sign import signature
from local.twilio.web import Reach
from tests.local.twilio_bot import FROM, TO, bot

BYE = "<Response><Hangup/></Response>"


def call(*args, options=None, caller=None, **more):
    async def run():
        async with Network(options) as network:
            return await Caller(FROM, network=network, **(caller or {})).call(TO, *args, **more)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("caller", "expected"),
    [("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="), ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")],
)
def test_the_published_vectors_hold(caller, expected):
    """The signature of a known request is the known one."""
    form = {"CallSid": "CA1234567890ABCDE", "Caller": caller, "Digits": "1234", "From": caller, "To": "+18005551212"}
    assert signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form.items()) == expected


def test_a_repeated_name_is_signed_with_its_different_values():
    """Equal pairs count once, and order does not matter."""
    url = "https://h.example/p"
    assert signature("t", url, [("a", "2"), ("a", "1"), ("a", "2")]) == signature("t", url, [("a", "1"), ("a", "2")])


def test_webhooks_are_accepted_by_twilios_own_validator():
    """A webhook with blank parameters, a query and an accent in it is genuine; a GET is too."""
    pages = {
        "voice": "<Response><Redirect method='GET'>/other?x=a%20b&amp;y=</Redirect></Response>",
        "other": BYE,
        "status": "",
    }
    with bot(**pages) as server:
        report = call(
            f"{server.url}/voice?business=a%26b&empty=", caller={"caller_name": "José Ñandú"},
            numbered=Numbered(status_url=f"{server.url}/status"),
        )  # fmt: skip
    first, other, status = server.asked
    assert (first.genuine, status.genuine, report.status) == (True, True, "completed")
    assert first.form["FromCity"] == ""
    assert first.form["CallerName"] == "José Ñandú"
    assert first.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert (first.form["CallStatus"], other.form["CallStatus"], status.form["CallStatus"]) == (
        "ringing",
        "in-progress",
        "completed",
    )
    assert (other.genuine, other.form["y"]) == (True, "")


@pytest.mark.parametrize("signing", ["forged", "missing"])
def test_false_signatures_can_be_sent(signing):
    """A forged signature, and none, are refused by Twilio's validator."""
    with bot(voice=BYE) as server:
        call(f"{server.url}/voice", signing=signing)
    assert not server.asked[0].genuine
    assert ("x-twilio-signature" in server.asked[0].headers) is (signing == "forged")


def test_the_handshake_is_signed_over_the_stream_address():
    """The websocket's upgrade carries a genuine signature and Twilio's user agent; on request a forged one."""
    script = [Wait(0.2), HangUp()]
    with bot(voice="") as server:
        server.pages["/voice"] = server.connect()
        call(f"{server.url}/voice", script)
        call(f"{server.url}/voice", script, faults=StreamFaults(signing="forged"))
    good, forged = server.talks
    assert (good.genuine, forged.genuine) == (True, False)
    assert good.headers["user-agent"] == "Twilio.TmeWs/1.0"
    assert "sec-websocket-extensions" not in good.headers


def test_a_public_address_is_signed_though_reached_elsewhere():
    """Behind a proxy the signature is over the public address, and Host names it: for pages and for wss."""
    twiml = '<Response><Connect><Stream url="wss://phone.example/stream"/></Connect></Response>'
    with bot(voice=twiml) as server:
        routes = {"https://phone.example": server.url, "wss://phone.example": server.url.replace("http", "ws")}
        report = call("https://phone.example/voice?b=1", [Wait(0.2), HangUp()], options=Options(reach=Reach(routes)))
    page, talk = server.asked[0], server.talks[0]
    validator = RequestValidator(MAIN.token)
    assert validator.validate("https://phone.example/voice?b=1", page.form, page.headers["x-twilio-signature"])
    assert validator.validate("wss://phone.example/stream", {}, talk.headers["x-twilio-signature"])
    assert (page.headers["host"], page.headers["x-forwarded-proto"]) == ("phone.example", "https")
    assert (talk.headers["host"], report.codes) == ("phone.example", [])
