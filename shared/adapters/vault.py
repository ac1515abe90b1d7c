"""Envelope encryption of what a business entrusts to the platform: a key per value, wrapped by a platform key.

A sealed value, version 1: version (1 byte), id of the platform key (8), nonce (12) and wrapped data key (48), then
nonce (12) and AES-256-GCM of the value. Business and purpose are associated data of both: a value that was moved
elsewhere stays shut. What is to be found again by its value leaves a mark of it: a keyed hash, the business's own.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

_VERSION = b"\x01"
_INFO = b"chatbot-vault v1"
_MARKS_INFO = b"chatbot-marks v1"
_MARK = 32  # digits: 128 bits
_ID = 8
_KEY = 32
_NONCE = 12
_TAG = 16
_WRAPPED = _NONCE + _KEY + _TAG
_HEADER = len(_VERSION) + _ID
_BODY = _HEADER + _WRAPPED


class VaultError(Exception):
    """A sealed value cannot be opened: its key is not at hand, it was changed, or it belongs elsewhere."""

    def __init__(self) -> None:
        super().__init__("What is stored cannot be opened with the platform's keys.")


@dataclass(frozen=True)
class Rotation:
    """How a rotation went: values brought under the newest key, and businesses whose values no key opens."""

    rewrapped: int
    unreadable: tuple[str, ...]


class Vault:
    """Seals and opens.

    Args:
        keys: the platform's keys (SECRETS_KEY), newest first; the newest seals, all open.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("a vault needs a key")
        self._platform_keys = tuple(key.encode() for key in keys)

    def seal(self, business_id: str, purpose: str, plain: bytes) -> bytes:
        """Return the value encrypted for this business and purpose alone."""
        context, data_key = _context(business_id, purpose), os.urandom(_KEY)
        return self._wrap(context, data_key) + _encrypted(data_key, context, plain)

    def open(self, business_id: str, purpose: str, sealed: bytes) -> bytes:
        """Return the value.

        Raises:
            VaultError: it was sealed by a key that is not at hand or for something else, or it was changed.
        """
        context = _context(business_id, purpose)
        return _decrypted(self._unwrap(context, sealed), context, sealed[_BODY:])

    @property
    def newest(self) -> bytes:
        """What begins every value that is sealed under the newest platform key."""
        return _VERSION + next(iter(self._wrapping_keys))

    def rewrap(self, business_id: str, purpose: str, sealed: bytes) -> bytes | None:
        """Return the value under the newest platform key, its data key the same; None when it is already.

        Raises:
            VaultError: as `open`.
        """
        if sealed.startswith(self.newest):
            return None
        context = _context(business_id, purpose)
        data_key = self._unwrap(context, sealed)
        _decrypted(data_key, context, sealed[_BODY:])  # what does not open is not passed on as good
        return self._wrap(context, data_key) + sealed[_BODY:]

    def marks(self, business_id: str, purpose: str, value: str) -> tuple[str, ...]:
        """Return by what a value is found that is stored sealed: a hash by each platform key, the newest first.

        Without a key nobody can tell the value from it, nor whether two businesses or purposes mean the same one.
        """
        told = _context(business_id, purpose) + b"\0" + value.encode("utf-8", "surrogatepass")
        return tuple(hmac.new(key, told, hashlib.sha256).hexdigest()[:_MARK] for key in self._marking_keys)

    @cached_property
    def _marking_keys(self) -> tuple[bytes, ...]:
        return tuple(_derived(key, _MARKS_INFO)[:_KEY] for key in self._platform_keys)

    @cached_property
    def _wrapping_keys(self) -> dict[bytes, bytes]:
        """Key-encryption keys by their ids, newest first."""
        derived = [_derived(key, _INFO) for key in self._platform_keys]
        return {key[_KEY:]: key[:_KEY] for key in derived}

    def _wrap(self, context: bytes, data_key: bytes) -> bytes:
        key_id, key = next(iter(self._wrapping_keys.items()))
        return _VERSION + key_id + _encrypted(key, context, data_key)

    def _unwrap(self, context: bytes, sealed: bytes) -> bytes:
        key = self._wrapping_keys.get(sealed[len(_VERSION) : _HEADER])
        if sealed[: len(_VERSION)] != _VERSION or key is None:
            raise VaultError
        return _decrypted(key, context, sealed[_HEADER:_BODY])


def _context(business_id: str, purpose: str) -> bytes:
    business = business_id.encode()
    return len(business).to_bytes(4, "big") + business + purpose.encode()  # by its length, no two read the same


def _derived(platform_key: bytes, info: bytes) -> bytes:
    """Return what is derived of a platform key: a key, and the id by which a sealed value names it."""
    from cryptography.hazmat.primitives.hashes import SHA256  # a hot start must not pay for what it may not need
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=_KEY + _ID, salt=None, info=info).derive(platform_key)


def _encrypted(key: bytes, context: bytes, plain: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _decrypted(key: bytes, context: bytes, sealed: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(sealed) < _NONCE + _TAG:
        raise VaultError
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
    except InvalidTag:
        raise VaultError from None
