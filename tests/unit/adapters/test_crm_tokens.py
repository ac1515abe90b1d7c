"""Tokens of CRM accounts: used while they last, made by one at a time, never across a change of credentials."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.crm.tokens import MARGIN, Account, TokenKeeper, decoded, driven, encoded
from shared.crm.connector import Token
from shared.crm.failure import CrmError
from shared.crm.wire import Request, Response
from tests.crm_accounts import SECRET, FakeConnector, MemoryTokens, Stored, an_account
from tests.unit.fakes import ManualClock

AWARE = st.datetimes(timezones=st.just(dt.UTC))


class Desk:
    """Signs in without a network; `trouble` is raised instead, `meanwhile` happens during the call."""

    def __init__(self, trouble=None, meanwhile=lambda: None):
        self.calls = 0
        self.trouble = trouble
        self.meanwhile = meanwhile

    def __call__(self, request):
        """Answer the sign-in."""
        self.calls += 1
        assert not request.signed
        self.meanwhile()
        if self.trouble:
            raise self.trouble
        return Response(200, {}, json.dumps({"access_token": f"new-{self.calls}", "refresh_token": "r-1"}).encode())


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def store():
    return MemoryTokens()


@pytest.fixture
def keeper(store, clock):
    return TokenKeeper(store, clock)


def account(store, **options):
    """Return an account whose connector signs in by a call."""
    return an_account(FakeConnector("http://crm.example", **options), store)


def kept(clock, value="kept", lasts_s=3600.0):
    """Return a stored token that lasts so long from now."""
    return encoded(Token(value, clock.now() + dt.timedelta(seconds=lasts_s)))


def test_a_token_that_lasts_is_used_as_it_is(store, keeper, clock):
    """A stored token with time left costs neither a call nor a look into the store."""
    store.stored.token = kept(clock)
    desk = Desk()
    assert keeper.token(account(store), desk).value == "kept"
    assert (desk.calls, store.claims, store.reads) == (0, 0, 0)


@pytest.mark.parametrize(("left_s", "value"), [(61, "kept"), (60, "new-1"), (1, "new-1"), (-1, "new-1")])
def test_a_token_is_renewed_before_it_ends(store, keeper, clock, left_s, value):
    """In its last minute a token is not begun with; the new one is saved, with the new refresh token."""
    store.stored.token = kept(clock, lasts_s=left_s)
    assert keeper.token(account(store), Desk()).value == value
    assert store.stored.token["value"] == value
    assert store.stored.values["refresh_token"] == ("refresh-0" if value == "kept" else "r-1")
    assert not store.claimed


def test_a_token_without_an_end_is_kept(store, keeper):
    """What does not expire is used until the CRM refuses it."""
    assert keeper.token(account(store, lasts_s=None), Desk()).expires_at is None
    desk = Desk()
    assert keeper.token(account(store), desk).value == "new-1"
    assert desk.calls == 0


def test_credentials_that_are_the_token_never_touch_the_store(store, keeper, clock):
    """A static token is used even where the store still has one of other credentials, and cannot be renewed."""
    store.stored.token = kept(clock)
    static = account(store, static="pat-1")
    desk = Desk()
    token = keeper.token(static, desk)
    assert token == Token("pat-1")
    assert keeper.renew(static, token, desk) == token
    assert (desk.calls, store.claims, store.reads) == (0, 0, 0)


def test_who_comes_second_takes_what_the_first_has_made(store, keeper, clock):
    """While another renews this one looks now and then, makes no call, and has the other's token."""
    asking = account(store)
    store.claimed = True

    def finish():
        if clock.elapsed > 1:
            store.save_token("shop", kept(clock, "theirs"), read_at=store.stored.updated_at)

    clock.while_asleep = finish
    desk = Desk()
    assert keeper.token(asking, desk).value == "theirs"
    assert desk.calls == 0
    assert not store.claimed


def test_a_token_made_between_two_looks_is_found(store, keeper, clock):
    """Who gets the claim looks again: with a token there nobody signs in, and the claim is given back."""
    asking = account(store)
    store.stored.token = kept(clock, "just made")
    desk = Desk()
    assert keeper.token(asking, desk).value == "just made"
    assert (desk.calls, store.claims, store.claimed) == (0, 1, False)


def test_a_claim_given_back_is_taken_at_once(store, keeper, clock):
    """When the first one fails, the next tries without waiting for the end of its patience."""
    asking = account(store)
    store.claimed = True
    clock.while_asleep = lambda: store.release_refresh("shop")
    assert keeper.token(asking, Desk()).value == "new-1"
    assert clock.elapsed < 1


@pytest.mark.parametrize("patience_s", [0.0, 1.0, 5.0])
def test_patience_ends(store, keeper, clock, patience_s):
    """A process that died with the claim holds nobody up for longer than their patience: they sign in themselves."""
    asking = account(store)
    store.claimed = True
    assert keeper.token(asking, Desk(), patience_s=patience_s).value == "new-1"
    assert patience_s <= clock.elapsed < patience_s + 0.5


def test_a_refused_token_is_replaced(store, keeper, clock):
    """A token the CRM refused is not taken again, whatever it says of its end."""
    store.stored.token = kept(clock, "revoked")
    asking, desk = account(store), Desk()
    old = keeper.token(asking, desk)
    assert keeper.renew(asking, old, desk).value == "new-1"
    assert desk.calls == 1


def test_a_token_renewed_by_somebody_else_is_taken(store, keeper, clock):
    """When the stored token is not the refused one any more, it is used instead of a call."""
    store.stored.token = kept(clock, "revoked")
    asking, desk = account(store), Desk()
    old = keeper.token(asking, desk)
    store.stored.token = kept(clock, "theirs")
    assert keeper.renew(asking, old, desk).value == "theirs"
    assert desk.calls == 0


@pytest.mark.parametrize("removed", [False, True])
def test_a_token_of_other_credentials_is_not_used(store, keeper, clock, removed):
    """Credentials replaced or removed since they were read end the run: their token may be another account's."""
    asking = account(store)
    other = replace(store.stored, updated_at=store.stored.updated_at + dt.timedelta(seconds=1), token=kept(clock))
    store.stored = None if removed else other
    desk = Desk()
    with pytest.raises(CrmError) as caught:
        keeper.token(asking, desk)
    assert (caught.value.category, desk.calls, store.claimed) == ("unavailable", 0, False)


def test_credentials_replaced_during_the_call_win(store, keeper):
    """A token made of credentials that were replaced meanwhile is neither kept nor used."""
    asking = account(store)

    def replaced():
        store.stored = Stored(updated_at=store.stored.updated_at + dt.timedelta(seconds=1))

    with pytest.raises(CrmError):
        keeper.token(asking, Desk(meanwhile=replaced))
    assert store.stored.token is None
    assert not store.claimed


def test_a_used_up_refresh_token_is_not_sent_again(store, keeper):
    """A connector made of a refresh token that was replaced since does not try it: some CRMs revoke everything then."""
    asking, desk = account(store), Desk()
    first = keeper.token(asking, desk)
    with pytest.raises(CrmError) as caught:
        keeper.renew(asking, first, desk)
    assert (caught.value.category, desk.calls, store.claimed) == ("unavailable", 1, False)
    assert keeper.renew(account(store), first, desk).value == "new-2"


def test_a_failed_sign_in_leaves_no_claim(store, keeper):
    """The CRM's refusal reaches the caller, and the next one may try."""
    with pytest.raises(CrmError) as caught:
        keeper.token(account(store), Desk(CrmError("unauthorised", "no")))
    assert caught.value.category == "unauthorised"
    assert not store.claimed


@given(st.builds(Token, st.text(min_size=1), st.none() | AWARE, st.text(), st.text()))
def test_tokens_survive_storage(token):
    """A token comes back from JSON as it was, its refresh token left to the credentials."""
    stored = json.loads(json.dumps(encoded(token)))
    assert decoded(stored) == replace(token, refresh="")
    assert set(stored) == {"value", "expires_at", "base_url"}


@pytest.mark.parametrize(
    "stored",
    [
        None, {}, {"value": ""}, {"value": 3}, {"expires_at": None}, {"value": "x", "expires_at": "soon"},
        {"value": "x", "expires_at": 3}, {"value": "x", "expires_at": "2026-01-01T00:00:00"},
        {"value": "x", "expires_at": None, "base_url": 1},
    ],
)  # fmt: skip
def test_what_is_no_token_is_none(stored):
    """Anything else in its place is as good as no token: another can be made."""
    assert decoded(stored) is None


def test_steps_are_closed_whatever_happens():
    """The generator's own cleaning up runs when a call fails, and its result comes through when none does."""
    closed = []

    def steps():
        try:
            yield Request("look", "GET", "http://crm.example/")
            return "done"
        finally:
            closed.append(True)

    def fail(_):
        raise CrmError("refused", "no")

    assert driven(steps(), lambda _: Response(200)) == "done"
    with pytest.raises(CrmError):
        driven(steps(), fail)
    assert closed == [True, True]


def test_accounts_tell_nothing_when_printed(store, clock):
    """Neither credentials nor tokens are in the text of an account: it may end up in a traceback."""
    store.stored.token = kept(clock, "access-77")
    shown = repr(account(store))
    assert SECRET not in shown
    assert "access-77" not in shown
    assert isinstance(account(store), Account)
    assert dt.timedelta(0) < MARGIN
