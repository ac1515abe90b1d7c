"""Secrets of a business: derived, different for each purpose and tenant, and checked against every key."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.tenant_secrets import TenantSecrets, user_hash_of
from tests.unit.properties import NORMAL, any_text, real_text

OLD, NEW = "old-platform-key-0123456789abcdefghij", "new-platform-key-0123456789abcdefghij"
SECRETS = TenantSecrets([NEW, OLD])


def hash_for(business_id: str = "acme", user_id: str = "user-1", key: str = NEW) -> str:
    """Return what a business's own site would send for a user."""
    return user_hash_of(TenantSecrets([key]).identity(business_id), user_id)


def test_the_recipe_is_the_one_we_publish():
    """A site in any language computes the same: hex HMAC-SHA256 with the secret as text, over the user's id."""
    secret = hmac.new(NEW.encode(), b"identity:acme", hashlib.sha256).hexdigest()
    assert SECRETS.identity("acme") == secret
    assert hash_for() == hmac.new(secret.encode(), b"user-1", hashlib.sha256).hexdigest()
    assert SECRETS.handoff("acme") == hmac.new(NEW.encode(), b"handoff:acme", hashlib.sha256).hexdigest()


def test_no_two_secrets_are_the_same():
    """Another purpose, business or key is another secret: none can stand in for another."""
    every = [
        make(business_id)
        for secrets in (SECRETS, TenantSecrets([OLD]))
        for make in (secrets.identity, secrets.handoff)
        for business_id in ("acme", "acme2", "handoff", "identity")
    ]
    assert len(set(every)) == len(every)


def test_a_signed_visitor_is_believed():
    """By the newest key and by every older one, whatever the case of the hex digits."""
    for key in (NEW, OLD):
        assert SECRETS.verify_identity("acme", "user-1", hash_for(key=key))
        assert SECRETS.verify_identity("acme", "user-1", hash_for(key=key).upper())


@pytest.mark.parametrize(
    "user_hash",
    ["", "0" * 64, hash_for("other"), hash_for(user_id="user-2"), hash_for(key="a-third-key" * 4), hash_for()[:-1],
     hash_for() + "0", f" {hash_for()}", SECRETS.identity("acme"),
     user_hash_of(SECRETS.handoff("acme"), "user-1"), hashlib.sha256(b"user-1").hexdigest(), "ä" * 64, "\ud800"],
)  # fmt: skip
def test_anything_else_is_not(user_hash):
    """Another business's hash, another user's, an old key that is gone, half a hash: none of them is proof."""
    assert not SECRETS.verify_identity("acme", "user-1", user_hash)


def test_nobody_is_not_a_person():
    """An empty id is not believed even when it is signed."""
    assert not SECRETS.verify_identity("acme", "", hash_for(user_id=""))


@NORMAL
@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=2, max_size=20), real_text, real_text)
def test_a_hash_proves_one_id_at_one_business(business_id, user_id, other):
    """Whatever the ids look like, a hash fits the id and the business it was made for, and no other."""
    user_hash = hash_for(business_id, user_id)
    assert SECRETS.verify_identity(business_id, user_id, user_hash) is bool(user_id)
    if other != user_id:
        assert not SECRETS.verify_identity(business_id, other, user_hash)
    assert not SECRETS.verify_identity(f"{business_id}x", user_id, user_hash)


@NORMAL
@given(any_text, any_text)
def test_nothing_a_caller_sends_breaks_it(user_id, user_hash):
    """Any string is an answer of no, not an error."""
    assert SECRETS.verify_identity("acme", user_id, user_hash) is False
