"""Access tokens of the businesses' CRM accounts: kept with the credentials, renewed by one process at a time."""

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from shared.crm.connector import Connector, Token
from shared.crm.failure import CrmError
from shared.crm.wire import Request, Response, Steps
from shared.ports import Clock

_Result = TypeVar("_Result")
Send = Callable[[Request], Response]

# A token is not used in the last seconds of its life: it would end on the way.
MARGIN = dt.timedelta(seconds=60)
# Longer than fetching a token may take, so that only a dead instance loses its claim.
CLAIM_S = 30.0
POLL_S = 0.1
PATIENCE_S = 5.0


class StoredCredentials(Protocol):
    """What the store has of an account. `updated_at` is when the owner wrote it: saving a token does not change it."""

    @property
    def connector(self) -> str:
        """The connector's name."""
        ...

    @property
    def values(self) -> Mapping[str, str]:
        """The credentials."""
        ...

    @property
    def token(self) -> dict[str, Any] | None:
        """The last token, None when there is none."""
        ...

    @property
    def updated_at(self) -> dt.datetime:
        """When the owner wrote them."""
        ...


class TokenStore(Protocol):
    """Where credentials and tokens are kept, sealed."""

    def get(self, business_id: str) -> StoredCredentials | None:
        """Return what there is."""
        ...

    def claim_refresh(self, business_id: str, seconds: float) -> bool:
        """Say whether this caller is the one to renew the token; nobody else is for so long."""
        ...

    def save_token(
        self, business_id: str, token: dict[str, Any] | None, refresh_token: str = "", *, read_at: dt.datetime
    ) -> bool:
        """Keep a token, and a new refresh token if any, and end the claim; False when the owner wrote others since."""
        ...

    def release_refresh(self, business_id: str) -> None:
        """Give the claim back."""
        ...


@dataclass(frozen=True)
class Account:
    """One business's account at its CRM: the connector was made of `stored`, which the caller has just read."""

    business_id: str
    connector: Connector = field(repr=False)
    stored: StoredCredentials = field(repr=False)

    @property
    def connector_name(self) -> str:
        """The connector's name in logs and keys."""
        return type(self.connector).__module__.rpartition(".")[2]


class TokenKeeper:
    """Gives out tokens. Nothing is kept in memory: the caller reads the credentials for each run, tokens with them."""

    def __init__(self, store: TokenStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def token(self, account: Account, send: Send, *, patience_s: float = PATIENCE_S) -> Token:
        """Return a token that will last a while.

        Args:
            account: whose.
            send: sends what the connector needs to sign in; raises CrmError.
            patience_s: how long to wait for another process that is renewing it already.

        Raises:
            CrmError: signing in failed, or the credentials are not those of the account any more.
        """
        static = _static(account.connector, self._clock.now())
        return static or self._usable(account.stored) or self._made(account, send, "", patience_s)

    def renew(self, account: Account, old: Token, send: Send, *, patience_s: float = PATIENCE_S) -> Token:
        """Return another token than `old`, which the CRM refused; the same one when it cannot be renewed.

        Args and errors: as `token`.
        """
        if _static(account.connector, self._clock.now()):
            return old
        return self._made(account, send, old.value, patience_s)

    def _made(self, account: Account, send: Send, refused: str, patience_s: float) -> Token:
        """Return the token somebody else has made meanwhile, or make one."""
        until = self._clock.monotonic() + patience_s
        while True:
            claimed = self._store.claim_refresh(account.business_id, CLAIM_S)
            saved = False
            try:
                # Read after the claim: whoever had it before has saved by now.
                stored = self._current(account)
                there = self._usable(stored, refused)
                if there:
                    return there
                if claimed or self._clock.monotonic() >= until:
                    token = self._signed_in(account, stored, send)
                    saved = True
                    return token
            finally:
                if claimed and not saved:
                    self._store.release_refresh(account.business_id)
            self._clock.sleep(POLL_S)

    def _signed_in(self, account: Account, stored: StoredCredentials, send: Send) -> Token:
        if dict(stored.values) != dict(account.stored.values):
            raise CrmError("unavailable", "the CRM's refresh token has just been replaced; trying again with the new")
        token = driven(account.connector.sign_in(self._clock.now()), send)
        kept = self._store.save_token(account.business_id, encoded(token), token.refresh, read_at=stored.updated_at)
        if not kept:
            raise _replaced()
        return token

    def _current(self, account: Account) -> StoredCredentials:
        stored = self._store.get(account.business_id)
        if stored is None or stored.updated_at != account.stored.updated_at:
            raise _replaced()
        return stored

    def _usable(self, stored: StoredCredentials, refused: str = "") -> Token | None:
        token = decoded(stored.token)
        if token is None or token.value == refused:
            return None
        lasts = token.expires_at is None or token.expires_at - self._clock.now() > MARGIN
        return token if lasts else None


def driven(steps: Steps[_Result], send: Send) -> _Result:
    """Run steps to their end and return what came of them. They are closed whatever happens.

    A CrmError of a call is raised where the steps made it, so that they may go on without its answer.
    """
    with closing(steps):
        try:
            request = next(steps)
            while True:
                try:
                    response = send(request)
                except CrmError as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(response)
        except StopIteration as done:
            result: _Result = done.value
            return result


def encoded(token: Token) -> dict[str, Any]:
    """Return a token as JSON. Its refresh token is not part of it: that one belongs to the credentials."""
    expires = token.expires_at.isoformat() if token.expires_at else None
    return {"value": token.value, "expires_at": expires, "base_url": token.base_url}


def decoded(kept: Mapping[str, Any] | None) -> Token | None:
    """Return the token that was encoded, None for none or for anything else."""
    if not kept:
        return None
    value, expires, base_url = kept.get("value"), kept.get("expires_at"), kept.get("base_url", "")
    try:
        expires_at = dt.datetime.fromisoformat(expires) if expires is not None else None
    except (TypeError, ValueError):
        return None
    aware = expires_at is None or expires_at.tzinfo is not None
    if not (isinstance(value, str) and value and isinstance(base_url, str) and aware):
        return None
    return Token(value, expires_at, base_url)


def _static(connector: Connector, now: dt.datetime) -> Token | None:
    """Return the token of credentials that are one, None when signing in takes a call."""
    with closing(connector.sign_in(now)) as steps:
        try:
            next(steps)
        except StopIteration as done:
            token: Token = done.value
            return token
    return None


def _replaced() -> CrmError:
    return CrmError("unavailable", "the CRM's credentials have just been replaced; trying again with the new ones")
