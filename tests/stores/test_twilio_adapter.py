"""Twilio's REST API through its own library: what works is said, what does not is said in our words, nothing leaks."""

import logging
from dataclasses import replace

import pytest

from local.stack.ports import free_ports
from shared.adapters.twilio_rest import TwilioRest
from shared.domain.errors import Conflict, Unavailable
from shared.domain.voice import PhoneLine, Webhooks
from tests.twilio_account import ACCOUNT, NUMBER, TOKEN, twilio_account

URLS = Webhooks.at("https://phone.example")
LINE = PhoneLine("shop", NUMBER, ACCOUNT, TOKEN)


@pytest.fixture
def account():
    with twilio_account() as running:
        yield running


@pytest.fixture
def twilio(account):
    return TwilioRest(account.url)


def failed(twilio, line=LINE, urls: Webhooks | None = URLS):
    """Return the names of the checks that failed."""
    return [one.name for one in twilio.check(line, urls) if not one.ok]


def test_a_line_is_configured_and_then_works(account, twilio):
    """A number that calls nothing fails the checks of its addresses; told ours, the right ones, it passes them all."""
    account.buy(NUMBER + "9")
    mine = account.buy(NUMBER, voice_application_sid="AP1", voice_method="GET")
    assert failed(twilio) == ["webhook", "fallback", "status callback"]
    twilio.configure(LINE, URLS)
    assert failed(twilio) == []
    assert [one.name for one in twilio.check(LINE, URLS)][:2] == ["account", "number"]
    assert (mine["voice_url"], mine["voice_application_sid"]) == ("https://phone.example/voice/incoming", "")
    assert account.numbers[0]["voice_url"] == ""


def test_what_is_wrong_is_named(account, twilio):
    """Token, account, its state, a number that only contains ours, an address, a trunk, our own missing address."""
    account.buy("1" + NUMBER)
    assert failed(twilio) == ["number"]
    account.buy(NUMBER)
    twilio.configure(LINE, URLS)
    assert failed(twilio, replace(LINE, token="f" * 32)) == ["account"]
    assert failed(twilio, replace(LINE, account_sid="AC" + "9" * 32)) == ["account"]
    assert failed(twilio, urls=Webhooks.at("https://other.example")) == ["webhook", "fallback", "status callback"]
    assert failed(twilio, urls=None) == ["webhook"]
    account.status = "suspended"
    assert failed(twilio) == ["account"]
    account.status = "active"
    account.numbers[1]["trunk_sid"] = "TK1"
    assert failed(twilio) == ["webhook", "fallback"]


def test_a_text_message_goes_out_once(account, twilio, caplog):
    """From the line, to the number, cut to what Twilio takes; neither it nor the token is logged."""
    with caplog.at_level(logging.DEBUG):
        assert twilio.send_sms(LINE, "+447700900123", "Book here: " + "x" * 2000) == "SM" + "2" * 32
    [sent] = account.messages
    assert (sent["From"], sent["To"], len(sent["Body"])) == (NUMBER, "+447700900123", 1600)
    for secret in (TOKEN, "Book here", "7700900123"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (400, 21610, "does not want"),
        (400, 21614, "not a mobile"),
        (400, 29999, "error 29999"),
        (401, 20003, "account SID or the auth token"),
        (403, 29999, "account SID or the auth token"),
    ],
)
def test_a_refusal_is_said_in_our_words(account, twilio, status, code, says):
    """What trying again does not cure is a conflict, with the reason and without the vendor's own text."""
    account.buy(NUMBER)
    account.refuse(status, code)
    for call in (lambda: twilio.send_sms(LINE, "+447700900123", "hi"), lambda: twilio.configure(LINE, URLS)):
        with pytest.raises(Conflict) as refused:
            call()
        assert "vendor" not in refused.value.detail
    with pytest.raises(Conflict, match=says):
        twilio.send_sms(LINE, "+447700900123", "hi")


@pytest.mark.parametrize("fails", [(429, "{}"), (500, "oops"), (503, "<html>"), (200, "not JSON"), (302, "")])
def test_a_passing_trouble_is_worth_another_try(account, twilio, fails):
    """Too many calls, a server in trouble or nonsense: unavailable, asked once; a check says so and does not raise."""
    account.fails = fails
    for call in (lambda: twilio.send_sms(LINE, "+447700900123", "hi"), lambda: twilio.configure(LINE, URLS)):
        account.asked.clear()
        with pytest.raises(Unavailable):
            call()
        assert len(account.asked) == 1
    assert failed(twilio) == ["account"]


def test_nobody_there_is_unavailable(monkeypatch):
    """Without an answer it says so; settings of the library in the process's environment do not lead it elsewhere."""
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    twilio = TwilioRest(f"http://127.0.0.1:{free_ports(1)[0]}")
    with pytest.raises(Unavailable):
        twilio.send_sms(LINE, "+447700900123", "hi")
    assert failed(twilio) == ["account"]
    with twilio_account() as account:
        account.buy(NUMBER)
        assert failed(TwilioRest(account.url), urls=None) == ["webhook"]


def test_a_calls_recordings_are_deleted_and_no_others(account, twilio):
    """All of the call, once; an answer that names other calls too costs them nothing."""
    for call_id in ("CA1", "CA2", "CA1"):
        account.record(call_id)
    assert [twilio.delete_recordings(LINE, "CA1") for _ in range(2)] == [2, 0]
    assert [one["call_sid"] for one in account.recordings] == ["CA2"]
    assert twilio.delete_recordings(LINE, "") == 0
    assert len(account.recordings) == 1
    account.refuse(401, 20003)
    with pytest.raises(Conflict, match="refuses the account SID"):
        twilio.delete_recordings(LINE, "CA2")
