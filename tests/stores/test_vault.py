"""The vault: what is sealed opens with the right key, for the right business and purpose, unchanged, or not at all."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.stack.platform import ROOT
from shared.adapters.vault import Vault, VaultError
from tests.unit.properties import NORMAL, SHORT, THOROUGH, real_text

OLD, NEW, OTHER = "o" * 32, "n" * 32, "x" * 40
plains = st.binary(max_size=200)
vault = Vault([OLD])


@given(real_text, real_text, plains)
@NORMAL
def test_what_is_sealed_opens(business_id, purpose, plain):
    """Any value comes back, for any business and purpose, also in another instance with the same key."""
    sealed = vault.seal(business_id, purpose, plain)
    assert vault.open(business_id, purpose, sealed) == Vault([OLD]).open(business_id, purpose, sealed) == plain


@given(plains, st.data())
@THOROUGH
def test_any_flipped_byte_is_refused(plain, data):
    """No byte of a sealed value can be another."""
    sealed = bytearray(vault.seal("shop", "p", plain))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    for use in (vault.open, Vault([NEW, OLD]).rewrap):
        with pytest.raises(VaultError):
            use("shop", "p", bytes(sealed))


def test_every_byte_counts():
    """Of one value each byte in turn is changed, and each time it stays shut."""
    sealed = vault.seal("shop", "p", b"secret")
    for place in range(len(sealed)):
        with pytest.raises(VaultError):
            vault.open("shop", "p", sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :])


@given(plains, st.data())
@NORMAL
def test_a_piece_or_more_is_refused(plain, data):
    """Neither the beginning of a value opens, nor one with something behind it, nor anything else."""
    sealed = vault.seal("shop", "p", plain)
    cut = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    for wrong in (cut, sealed + data.draw(st.binary(min_size=1, max_size=40)), data.draw(st.binary(max_size=200))):
        with pytest.raises(VaultError):
            vault.open("shop", "p", wrong)


@given(real_text, real_text, real_text, real_text)
@NORMAL
def test_another_business_or_purpose_is_refused(business_id, purpose, other_business, other_purpose):
    """A value moved to another business or purpose stays shut, also where the two read the same run together."""
    sealed = vault.seal(business_id, purpose, b"secret")
    moves = {(other_business, purpose), (business_id, other_purpose), (business_id + purpose, ""),
             ("", business_id + purpose)}  # fmt: skip
    for elsewhere in moves - {(business_id, purpose)}:
        for use in (vault.open, Vault([NEW, OLD]).rewrap):
            with pytest.raises(VaultError):
                use(*elsewhere, sealed)


@given(plains)
@SHORT
def test_a_rotation(plain):
    """An old key opens while it is there; re-wrapped, a value needs it no more; without its key it stays shut."""
    sealed = vault.seal("shop", "p", plain)
    both, new = Vault([NEW, OLD]), Vault([NEW])
    assert both.open("shop", "p", sealed) == plain
    with pytest.raises(VaultError):
        new.open("shop", "p", sealed)
    rewrapped = both.rewrap("shop", "p", sealed)
    assert rewrapped is not None
    assert new.open("shop", "p", rewrapped) == plain
    assert both.rewrap("shop", "p", rewrapped) is None
    with pytest.raises(VaultError):
        vault.open("shop", "p", rewrapped)
    with pytest.raises(VaultError):
        new.rewrap("shop", "p", sealed)


def test_rewrapping_leaves_the_value_alone():
    """Only the wrapping of the data key changes: the value's own ciphertext is the same bytes."""
    sealed = vault.seal("shop", "p", b"secret" * 9)
    rewrapped = Vault([NEW, OLD]).rewrap("shop", "p", sealed)
    assert rewrapped is not None
    value = 12 + len(b"secret" * 9) + 16
    assert rewrapped[-value:] == sealed[-value:]
    assert rewrapped[:-value] != sealed[:-value]


def test_the_newest_key_seals():
    """What is sealed anew needs the newest key alone."""
    assert Vault([NEW]).open("shop", "p", Vault([NEW, OLD, OTHER]).seal("shop", "p", b"x")) == b"x"


def test_nothing_repeats_and_nothing_shows():
    """The same value is sealed differently each time, a hundred bytes longer at most, and no key or value shows."""
    seals = {vault.seal("shop", "p", b"secret") for _ in range(50)}
    assert len({sealed[9:] for sealed in seals}) == 50
    assert all(b"secret" not in sealed and len(sealed) <= 106 for sealed in seals)
    with pytest.raises(VaultError) as refused:
        Vault([NEW]).open("shop", "p", next(iter(seals)))
    for shown in (repr(vault), str(vault), str(refused.value), repr(refused.value)):
        assert OLD not in shown
        assert NEW not in shown
        assert "secret" not in shown


def test_a_vault_needs_a_key():
    """Without a key there is no vault."""
    with pytest.raises(ValueError, match="key"):
        Vault([])


def test_cryptography_is_imported_on_first_use():
    """Chat makes a vault at its start and may never use it: that costs no import."""
    code = (
        "import sys; from shared.adapters.postgres.crm_credentials import CrmCredentialStore;"
        "from shared.adapters.vault import Vault; vault = Vault(['k' * 32]);"
        "before = 'cryptography' in sys.modules; vault.seal('shop', 'p', b'x');"
        "print(before, 'cryptography' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False True"
