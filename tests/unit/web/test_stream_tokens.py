"""Tokens of media streams: what was signed comes back, for a minute, and fits where Twilio carries it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.credentials import SessionTokens
from shared.web.stream_tokens import MAX_PARAMETER, PARAMETER, StreamGrant, StreamTokens
from tests.unit.properties import real_text

OLD, NEW = "o" * 32, "n" * 32
GRANT = StreamGrant("acme", "CA1", "call-CA1", "+441632960001", True, "Hello, Acme here.", "nonce")
TOKENS = StreamTokens([NEW, OLD])


def test_a_grant_comes_back_as_it_was():
    """Also one that an older key of the platform signed."""
    assert TOKENS.open(TOKENS.issue(GRANT)) == GRANT
    assert TOKENS.open(StreamTokens([OLD]).issue(GRANT)) == GRANT


def test_anything_else_is_nothing():
    """Forged, damaged, of another key, of another use of the same key, too old."""
    token = TOKENS.issue(GRANT)
    session = SessionTokens([NEW], 60).issue("acme", "call-CA1")
    for wrong in (
        "",
        "a.b.c",
        token[:-1],
        f"{token}x",
        token[1:],
        StreamTokens([OLD[:-1] + "x"]).issue(GRANT),
        session,
    ):
        assert TOKENS.open(wrong) is None
    assert TOKENS.open(token, max_age_s=-1) is None


@pytest.mark.parametrize("payload", [[], ["a"] * 6, ["a"] * 8, {"a": 1}, "text", None, [1] * 7, [["x"]] * 7], ids=str)
def test_another_form_is_nothing(payload):
    """Signed by us, but not a grant: as after a change of its form."""
    signed = str(TOKENS._serializer.dumps(payload))
    assert TOKENS.open(signed) is None


@given(greeting=real_text, business=st.text("abcdefghij-0123456789", min_size=63, max_size=63))
def test_it_always_fits(greeting, business):
    """Name and value stay below Twilio's bound; only the greeting may be left out for that."""
    grant = replace(GRANT, business_id=business, call_id="CA" + "f" * 32, session_id="call-CA" + "f" * 32,
                    greeting=greeting, nonce="n" * 16)  # fmt: skip
    token = TOKENS.issue(grant)
    assert len(PARAMETER) + len(token) < MAX_PARAMETER
    assert TOKENS.open(token) in (grant, replace(grant, greeting=""))


def test_an_ordinary_greeting_is_inside():
    """Room for a sentence or two."""
    grant = replace(GRANT, greeting="Hello, you are speaking with the automated assistant of Acme Bicycles. " * 2)
    assert TOKENS.open(TOKENS.issue(grant)) == grant
