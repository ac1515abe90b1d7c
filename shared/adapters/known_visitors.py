"""The `Visitors` port on Postgres: fields follow a verified identity; without the database none are known."""

import logging
from collections.abc import Mapping

from shared.adapters.postgres.visitors import VisitorStore
from shared.domain.errors import PlatformError
from shared.domain.fields import FieldValue
from shared.logs import event

_log = logging.getLogger(__name__)


class KnownVisitors:
    """Loads and saves, and never stops a turn."""

    def __init__(self, store: VisitorStore) -> None:
        self._store = store

    def load(self, business_id: str, user_id: str) -> Mapping[str, FieldValue]:
        """See `Visitors.load`."""
        try:
            known = self._store.load(business_id, user_id)
        except PlatformError as error:
            event(_log, "visitor_not_loaded", logging.WARNING, code=error.code)
            return {}
        return {name: FieldValue(**value) for name, value in (known or {}).get("fields", {}).items()}

    def save(self, business_id: str, user_id: str, fields: Mapping[str, FieldValue], language: str) -> None:
        """See `Visitors.save`."""
        try:
            self._store.save(business_id, user_id, {name: vars(value) for name, value in fields.items()}, language)
        except PlatformError as error:
            event(_log, "visitor_not_saved", logging.WARNING, code=error.code)
