"""Looks visitors up in the business's CRM while they wait. What it needs is imported with the first look."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from shared.domain.crm import CrmConfig, Found, Identity
from shared.domain.errors import Unavailable
from shared.logs import event

if TYPE_CHECKING:
    from shared.adapters.crm.accounts import CrmAccounts
    from shared.adapters.crm.driver import CrmDriver

_log = logging.getLogger(__name__)

# For all calls of one look, pace and a new token included. The write side never waits at all.
DEADLINE_S = 2.5


class CrmDirectory:
    """See `ports.Directory`."""

    def __init__(self, accounts: Callable[[], "CrmAccounts"], driver: Callable[[], "CrmDriver"]) -> None:
        self._accounts = accounts
        self._driver = driver

    def look_up(self, business_id: str, crm: CrmConfig, identity: Identity, person: str) -> Found:
        """See `ports.Directory.look_up`."""
        from shared.crm.failure import CrmError
        from shared.crm.lookup import look_up

        try:
            account = self._accounts().of(business_id, crm)
            return self._driver().run(account, look_up(account.connector, crm, identity, person), DEADLINE_S)
        except CrmError as error:
            event(_log, "crm_not_searched", logging.WARNING, business_id=business_id, category=error.category)
            raise Unavailable("The CRM did not answer.") from None
