"""Who may speak as Twilio: the signature over the public address as it was sent."""

import pytest
from werkzeug.datastructures import MultiDict

from shared.api.voice.webhook import is_signed, raw_target
from shared.domain.errors import DatabaseUnavailable
from tests.unit.api.phone_desk import CALL, NUMBER, PUBLIC, Desk
from tests.unit.web.http_request import http_request

VECTOR_URL = "https://mycompany.com"
VECTOR = {
    "CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030",
    "To": "+18005551212",
}  # fmt: skip
RIGHT = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def signed(
    target: str = "/myapp.php?foo=1&bar=2", signature: str = RIGHT, token: str = "12345", **changed: str
) -> bool:
    """Say whether Twilio's own example passes, changed like this."""
    request = http_request("/elsewhere", "POST", environ={"RAW_URI": target, "HTTP_X_TWILIO_SIGNATURE": signature})
    return is_signed(request, MultiDict({**VECTOR, **changed}), token, VECTOR_URL)


def test_the_documented_example_passes():
    """Twilio's vector, and the one with another caller."""
    assert signed()
    other = {"From": "+14158675309", "Caller": "+14158675309"}
    assert signed(signature="RSOYDt4T1cUTdK1PDd93/VVr8B8=", **other)


@pytest.mark.parametrize(
    "change",
    [
        {"target": "/myapp.php"}, {"target": "/myapp.php?bar=2&foo=1"}, {"target": "/myapp.php/?foo=1&bar=2"},
        {"target": "/MYAPP.php?foo=1&bar=2"}, {"token": "12346"}, {"Digits": "1235"}, {"Blank": "x"},
        {"signature": ""}, {"signature": RIGHT[:-1]}, {"signature": "é" * 28}, {"signature": RIGHT.lower()},
    ],
    ids=str,
)  # fmt: skip
def test_anything_else_does_not(change):
    """Another query, path, token, field or signature."""
    assert not signed(**change)


def test_blank_fields_and_repeated_names_are_signed_too():
    """Twilio sends CallerCity= on many calls, and it counts."""
    desk = Desk()
    assert desk.post("/voice/incoming", CallerCity="").status_code == 200
    assert desk.post("/voice/incoming", CallerCity="", Extra="ü+ &=").status_code == 200


def test_the_address_is_taken_as_it_was_sent():
    """Never decoded and encoded again, nor from Host or X-Forwarded-*; rebuilt only without the runtime's variable."""
    for sent in ("/voice/fallback?a=%2B1&b=%7E&c=+", "/voice/x%2Fy", "/voice/incoming?"):
        assert raw_target(http_request("/other", environ={"RAW_URI": sent, "HTTP_HOST": "evil"})) == sent
    absolute = http_request("/other", environ={"RAW_URI": "http://proxy.example/voice/incoming?a=1"})
    assert raw_target(absolute) == "/voice/incoming?a=1"
    bare = http_request("/voice/a b?x=%2B", environ={"RAW_URI": "", "REQUEST_URI": ""})
    assert raw_target(bare) == "/voice/a%20b?x=%2B"


WEBHOOKS = ("incoming", "fallback", "fallback?turn=2&entry=a", "action", "whisper?business=acme&call=CA1", "message",
            "recording?business=acme", "status")  # fmt: skip


@pytest.mark.parametrize("path", WEBHOOKS)
def test_a_webhook_without_twilios_signature_is_refused_and_changes_nothing(path):
    """403 with a problem, for every webhook: no signature, a wrong one, another token's."""
    desk = Desk()
    for wrong in ({"signature": ""}, {"signature": RIGHT}, {"token": "f" * 32}):
        answer = desk.post(f"/voice/{path}", CallStatus="completed", **wrong)
        assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
        assert answer.get_json()["code"] == "wrong_signature"
    assert desk.calls.records == {}
    assert desk.world.desk.requests == []


@pytest.mark.parametrize("fields", [{"To": "+15550000000"}, {"To": ""}, {"To": None}], ids=str)
def test_a_number_that_is_nobodys_tells_nothing(fields):
    """It cannot be verified, so it gets polite words, the same whatever else is said, and nothing is kept."""
    desk = Desk()
    for path in ("incoming", "fallback", "status", "message"):
        twiml = desk.ask(f"/voice/{path}", **fields)
        assert twiml.verbs == ["Hangup"]
        assert twiml.heard == ["I'm sorry, your call cannot be taken at the moment. Please try again later. Goodbye."]
    assert (desk.calls.records, desk.recordings.made) == ({}, [])


def test_the_query_names_only_who_signs():
    """A business in the address is verified with its own token; one that is not there is nobody."""
    desk = Desk()
    assert desk.post("/voice/recording?business=acme", To=None).status_code == 200
    assert desk.post("/voice/recording?business=acme", To=None, token="0" * 32).status_code == 403
    for named in ("other", "..%2Facme", ""):
        assert desk.ask(f"/voice/fallback?business={named}", To=NUMBER).verbs == ["Hangup"]
    assert desk.calls.records == {}


@pytest.mark.parametrize("sid", [None, "", "../x", "CA 1", "C" * 65])
def test_a_webhook_is_about_a_call(sid):
    """Signed or not, what names no call is malformed."""
    assert Desk().post("/voice/incoming", CallSid=sid).status_code == 400


def test_a_business_that_is_gone_is_not_told_of():
    """Deleted or suspended: signed like any, polite words, nothing kept."""
    desk = Desk()
    desk.world.tenants._tenants.clear()
    assert desk.ring().verbs == ["Hangup"]
    assert desk.post("/voice/incoming", signature="").status_code == 403
    assert desk.calls.records == {}


def test_without_a_database_nobody_is_dropped():
    """Whose line it is cannot be told: sorry, and Twilio asks again, a few times, then goodbye."""
    desk = Desk()
    desk.lines.trouble = DatabaseUnavailable("away")
    path, heard = "/voice/incoming", list[list[str]]()
    for _ in range(4):
        twiml = desk.ask(path)
        heard.append(twiml.verbs)
        redirect = twiml.root.find("Redirect")
        path = (redirect.text or "").removeprefix(PUBLIC) if redirect is not None else ""
    assert heard == [["Pause", "Redirect"]] * 3 + [["Hangup"]]
    desk.lines.trouble = RuntimeError("no key opens the token")
    assert desk.ask("/voice/incoming").verbs == ["Pause", "Redirect"]
    assert desk.ask("/voice/status", CallSid=CALL).verbs == []
