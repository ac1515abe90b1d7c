"""API keys and session tokens: who is let in, and every way not to be."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import Forbidden, NotFound, Unauthenticated
from shared.domain.records import ApiKeyRecord
from shared.web.credentials import Principal, SessionTokens, authenticate, hash_secret, mint_key
from tests.unit.properties import NORMAL, real_text
from tests.unit.web.http_request import http_request

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
PLATFORM_KEY = "the-platform-key-0123456789abcdef"
KEY_ID, KEY, HASH = mint_key()
RECORD = ApiKeyRecord(KEY_ID, "acme", "Widget", ("read",), NOW, None, None, HASH)


def who(headers: dict[str, str], record: ApiKeyRecord | None = RECORD) -> Principal:
    """Return who calls with these headers, in a world of one stored key."""
    request = http_request(
        "/", environ={f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    )
    return authenticate(request, PLATFORM_KEY, lambda key_id: record if record and key_id == record.id else None, NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer   {KEY} "},
        {"X-API-Key": KEY},
        {"X-API-Key": f" {KEY} "},
        {"Authorization": "Basic dXNlcjpwYXNz", "X-API-Key": KEY},
    ],
)
def test_a_stored_key_is_let_in(headers):
    """In either header; the principal is the business with the key's scopes."""
    assert who(headers) == Principal(f"business:{KEY_ID}", "acme", ("read",))


def test_the_platforms_own_key_is_let_in():
    """It sees all."""
    assert who({"Authorization": f"Bearer {PLATFORM_KEY}"}).business_id is None
    platform = dataclasses.replace(RECORD, business_id=None)
    assert who({"X-API-Key": KEY}, platform).name == f"platform:{KEY_ID}"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": KEY},
        {"Authorization": f"Basic {KEY}"},
        {"X-API-Key": KEY[:-1]},
        {"X-API-Key": KEY + "A"},
        {"X-API-Key": KEY[:-1] + ("A" if KEY[-1] != "A" else "B")},
        {"X-API-Key": KEY.upper()},
        {"X-API-Key": KEY_ID},
        {"X-API-Key": f"{KEY_ID}_"},
        {"X-API-Key": mint_key()[1]},
        {"X-API-Key": HASH.hex()},
        {"X-API-Key": f"{KEY_ID}_{HASH.hex()[:43]}"},
        {"X-API-Key": PLATFORM_KEY[:-1]},
        {"X-API-Key": PLATFORM_KEY + "x"},
        {"X-API-Key": PLATFORM_KEY.upper()},
        {"X-API-Key": "ümlaut"},
        {"Authorization": "Bearer wrong", "X-API-Key": KEY},
    ],
)
def test_anything_else_is_not(headers):
    """Missing, cut, changed, foreign and guessed keys get the same answer, which repeats nothing of them."""
    with pytest.raises(Unauthenticated) as refused:
        who(headers)
    assert not [value for value in headers.values() if len(value) > len("Bearer ") and value in refused.value.detail]


@pytest.mark.parametrize(
    ("change", "is_good"),
    [
        ({"expires_at": NOW + dt.timedelta(seconds=1)}, True),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW - dt.timedelta(days=1)}, False),
        ({"revoked_at": NOW - dt.timedelta(seconds=1)}, False),
        ({"revoked_at": NOW + dt.timedelta(days=1)}, False),
        ({"hash": b""}, False),
        ({"hash": hash_secret("")}, False),
    ],
)
def test_a_key_ends(change: dict[str, Any], is_good: bool):
    """When it expires, at once when it is revoked, and one without a hash opens nothing."""
    record = dataclasses.replace(RECORD, **change)
    if is_good:
        assert who({"X-API-Key": KEY}, record).business_id == "acme"
    else:
        with pytest.raises(Unauthenticated):
            who({"X-API-Key": KEY}, record)


def test_minted_keys_are_unguessable_and_not_stored():
    """Different every time; what is stored does not give the key; a record does not print it."""
    minted = [mint_key() for _ in range(100)]
    assert len({key for _, key, _ in minted}) == 100
    for key_id, key, hashed in minted:
        assert key.startswith(f"{key_id}_")
        assert hashed == hash_secret(key.removeprefix(f"{key_id}_"))
        assert key.removeprefix(f"{key_id}_").encode() not in hashed
    assert HASH.hex() not in repr(RECORD)
    assert repr(HASH) not in repr(RECORD)


READER = Principal("business:key_1", "acme", ("read",))


@pytest.mark.parametrize(
    ("principal", "scope", "business", "error"),
    [
        (READER, "read", "acme", None),
        (READER, "read", None, None),
        (READER, "write", "acme", Forbidden),
        (READER, "analytics", "acme", Forbidden),
        (READER, "platform", None, Forbidden),
        (READER, "read", "other", NotFound),
        (READER, "write", "other", NotFound),
        (READER, "platform", "other", NotFound),
        (READER, "read", "", NotFound),
        (READER, "read", "ACME", NotFound),
        (Principal("business:key_2", "acme", ("read", "write", "analytics")), "platform", "acme", Forbidden),
        (Principal("platform:env", None, ("read", "write", "analytics")), "platform", "other", None),
        (Principal("platform:env", None, ("read", "write", "analytics")), "write", "acme", None),
        (Principal("platform:key_3", None, ("read",)), "read", "acme", None),
        (Principal("platform:key_3", None, ("read",)), "write", "acme", Forbidden),
        (Principal("platform:key_3", None, ("analytics",)), "read", None, Forbidden),
    ],
)
def test_a_key_reaches_as_far_as_its_scopes(principal, scope, business, error):
    """Another tenant's things do not exist; within one's own a missing scope is told. Platform keys have scopes too."""
    if error is None:
        principal.authorise(scope, business)
    else:
        with pytest.raises(error):
            principal.authorise(scope, business)


SECRET, OLDER = "s" * 32, "o" * 32
TOKENS = SessionTokens([SECRET], 3600)


def test_a_token_opens_its_own_session_only():
    """Of its own business."""
    token = TOKENS.issue("acme", "s-1")
    TOKENS.check(token, "acme", "s-1")
    for business, session in (("acme", "s-2"), ("other", "s-1"), ("acme", ""), ("s-1", "acme"), ("acmes", "-1")):
        with pytest.raises(Unauthenticated):
            TOKENS.check(token, business, session)


def _changed(token: str) -> list[str]:
    payload, stamp, signature = token.split(".")
    other = TOKENS.issue("acme", "s-2").split(".")
    return [
        f"{other[0]}.{stamp}.{signature}", f"{payload}.{stamp}.{other[2]}", f"{payload}.{stamp}",
        f"{payload}..{signature}", f"{payload}.{stamp}.{signature}A", f".{stamp}.{signature}", token[:-2],
        token.upper(), payload, "", ".", "..", "...", "null", "e30.e30.e30",
        SessionTokens([OLDER], 3600).issue("acme", "s-1"), f"{token}.{token}", f"{token}\n",
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(18))
def test_a_forged_token_opens_nothing(number):
    """Parts exchanged, cut off, added, or signed with another key."""
    with pytest.raises(Unauthenticated):
        TOKENS.check(_changed(TOKENS.issue("acme", "s-1"))[number], "acme", "s-1")


@NORMAL
@given(real_text)
def test_any_text_is_no_token(text):
    """Whatever its characters, it is refused as one."""
    with pytest.raises(Unauthenticated):
        TOKENS.check(text, "acme", "s-1")


def test_a_token_expires():
    """After its time it opens nothing, however well it is signed."""
    token = TOKENS.issue("acme", "s-1")
    with pytest.raises(Unauthenticated):
        SessionTokens([SECRET], -1).check(token, "acme", "s-1")


def test_keys_are_rotated_without_signing_anybody_out():
    """The newest signs, the older ones are still accepted, a removed one is not."""
    old = SessionTokens([OLDER], 3600).issue("acme", "s-1")
    rotated = SessionTokens([SECRET, OLDER], 3600)
    rotated.check(old, "acme", "s-1")
    fresh = rotated.issue("acme", "s-1")
    TOKENS.check(fresh, "acme", "s-1")
    with pytest.raises(Unauthenticated):
        TOKENS.check(old, "acme", "s-1")


@NORMAL
@given(st.text(st.characters(codec="utf-8"), max_size=30), st.text(st.characters(codec="utf-8"), max_size=30))
def test_every_session_has_a_token_of_its_own(business, session):
    """Names are never run together: what opens one pair opens no other cut of the same letters."""
    token = TOKENS.issue(business, session)
    TOKENS.check(token, business, session)
    if session:
        with pytest.raises(Unauthenticated):
            TOKENS.check(token, business + session[0], session[1:])
