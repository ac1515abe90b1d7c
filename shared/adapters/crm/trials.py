"""Tries a CRM account before it is kept: its credentials are in memory only, and nothing in the CRM is changed."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from shared.adapters.crm.accounts import CrmAccounts, connector_of
from shared.adapters.crm.driver import CrmDriver
from shared.adapters.crm.pace import CrmPace
from shared.adapters.crm.tokens import Account, TokenKeeper
from shared.adapters.egress import EgressClient
from shared.crm.connector import Connector
from shared.crm.wire import Request, Steps
from shared.domain.crm import CrmConfig
from shared.ports import Clock

_Result = TypeVar("_Result")
DEADLINE_S = 25.0


@dataclass(frozen=True)
class _Stored:
    connector: str
    values: Mapping[str, str] = field(repr=False)
    updated_at: dt.datetime
    token: dict[str, Any] | None = field(default=None, repr=False)


class _InMemory:
    """The `TokenStore` of one trial: one account, one caller."""

    def __init__(self, stored: _Stored) -> None:
        self.stored = stored

    def get(self, business_id: str) -> _Stored:  # noqa: ARG002
        return self.stored

    def claim_refresh(self, business_id: str, seconds: float) -> bool:  # noqa: ARG002
        return True

    def release_refresh(self, business_id: str) -> None:
        """Nobody else waits."""

    def save_token(
        self,
        business_id: str,  # noqa: ARG002
        token: dict[str, Any] | None,
        refresh_token: str = "",
        *,
        read_at: dt.datetime,  # noqa: ARG002
    ) -> bool:
        values = {**self.stored.values, **({"refresh_token": refresh_token} if refresh_token else {})}
        self.stored = replace(self.stored, values=values, token=token)
        return True


class Trial:
    """One account that is not kept yet."""

    def __init__(self, driver: CrmDriver, account: Account, store: _InMemory) -> None:
        self._driver = driver
        self._account = account
        self._store = store

    def run(self, steps_of: Callable[[Connector], Steps[_Result]]) -> _Result:
        """Run steps of the account's connector; CrmError when they fail."""
        return self._driver.run(self._account, steps_of(self._account.connector), DEADLINE_S)

    @property
    def credentials(self) -> Mapping[str, str]:
        """The credentials as they are now: some CRMs replace the refresh token with each use."""
        return self._store.stored.values


class CrmTrials:
    """Opens accounts for the admin function: unkept ones to try, kept ones to test."""

    def __init__(
        self, egress: EgressClient, pace: CrmPace, clock: Clock, accounts: CrmAccounts, driver: CrmDriver
    ) -> None:
        self._egress = egress
        self._pace = pace
        self._clock = clock
        self._accounts = accounts
        self._driver = driver

    def open(self, business_id: str, crm: CrmConfig, credentials: Mapping[str, str]) -> Trial:
        """Return an account of these settings and credentials; Invalid names every field that does not fit."""
        connector = connector_of(crm.connector, crm.settings, credentials)
        store = _InMemory(_Stored(crm.connector, credentials, self._clock.now()))
        driver = CrmDriver(self._egress, self._pace, TokenKeeper(store, self._clock), self._clock)
        return Trial(driver, Account(business_id, connector, store.stored), store)

    def kept(self, business_id: str, crm: CrmConfig, steps_of: Callable[[Connector], Steps[_Result]]) -> _Result:
        """Run steps on the business's own account; CrmError when they fail."""
        account = self._accounts.of(business_id, crm)
        return self._driver.run(account, steps_of(account.connector), DEADLINE_S)

    def rehearse(
        self, business_id: str, crm: CrmConfig, steps_of: Callable[[Connector], Steps[_Result]]
    ) -> tuple[Request, ...]:
        """Return what steps would send, up to the first call that would change the CRM; that one is not sent."""
        account = self._accounts.of(business_id, crm)
        return self._driver.rehearse(account, steps_of(account.connector), DEADLINE_S)
