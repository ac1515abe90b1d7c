"""How a CRM can fail. The category decides what happens next; the text is for the business's owner."""

from typing import Literal

Category = Literal[
    "refused", "ambiguous", "missing", "unauthorised", "forbidden", "limited", "unavailable", "malformed"
]  # fmt: skip

# The same call may work later. An expired token is renewed by the driver; what is left of `unauthorised` is for good.
PASSING: frozenset[Category] = frozenset({"limited", "unavailable", "malformed"})


class CrmError(Exception):
    """A call to the CRM did not work.

    Args:
        category: refused (the CRM does not take these values), ambiguous (several records match), missing (what it is
            about is gone), unauthorised (the credentials are not accepted), forbidden (they lack a permission),
            limited (too many calls), unavailable (no answer, or a fault of the CRM), malformed (not an answer).
        detail: why, in plain words without secrets: the owner reads it. Values of the visitor stay out of it.
        retry_after_s: when the CRM said so.
        missing_scopes: what the credentials lack, where the CRM says it.
    """

    def __init__(
        self,
        category: Category,
        detail: str,
        *,
        retry_after_s: float | None = None,
        missing_scopes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(detail)
        self.category = category
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.missing_scopes = missing_scopes

    @property
    def passing(self) -> bool:
        """Whether trying again later may help."""
        return self.category in PASSING
