"""From a business's configuration and sealed credentials to a connector that is ready to be driven."""

import importlib
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from shared.adapters.crm.tokens import Account
from shared.adapters.postgres.crm_credentials import CrmCredentialStore
from shared.adapters.vault import VaultError
from shared.crm.connector import Connector
from shared.crm.failure import CrmError
from shared.domain.crm import ConnectorName, CrmConfig
from shared.domain.errors import FieldError, Invalid

NAMES: tuple[str, ...] = get_args(ConnectorName)


class CrmAccounts:
    """Makes accounts, read afresh for each run: credentials and tokens change under other instances."""

    def __init__(self, store: CrmCredentialStore) -> None:
        self._store = store

    def of(self, business_id: str, crm: CrmConfig) -> Account:
        """Return the business's account.

        Raises:
            CrmError: there are no credentials for this connector, or they and the settings do not fit it.
        """
        try:
            stored = self._store.get(business_id)
        except VaultError:
            raise CrmError(
                "unauthorised", "the stored credentials cannot be opened any more; store them again"
            ) from None
        if stored is None or stored.connector != crm.connector:
            raise CrmError("unauthorised", f"no credentials are stored for {crm.connector}")
        try:
            return Account(business_id, connector_of(crm.connector, crm.settings, stored.values), stored)
        except Invalid as error:
            raise CrmError("refused", f"the settings do not fit any more: {error.detail}") from None


def connector_of(name: str, settings: Mapping[str, Any], credentials: Mapping[str, str]) -> Connector:
    """Return a connector; Invalid names every field that does not fit."""
    module = importlib.import_module(f"shared.crm.{name}")
    read = _validated(module.Settings, settings, "settings")
    secret = _validated(module.Credentials, credentials, "credentials")
    if hasattr(module, "check"):
        problems = module.check(read, secret)
        if problems:
            raise Invalid([FieldError(("credentials", *problem.loc), problem.msg) for problem in problems])
    connector: Connector = module.Connector(read, secret)
    return connector


def schemas(name: str) -> dict[str, Any]:
    """Return what a connector's settings and credentials look like, as JSON Schemas."""
    module = importlib.import_module(f"shared.crm.{name}")
    return {
        "name": name,
        "settings": module.Settings.model_json_schema(),
        "credentials": module.Credentials.model_json_schema(),
    }


def _validated(model: type[BaseModel], values: Mapping[str, Any], where: str) -> BaseModel:
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        # Neither the input nor its context: both may hold the secret.
        raise Invalid([FieldError((where, *problem["loc"]), problem["msg"]) for problem in error.errors()]) from None
