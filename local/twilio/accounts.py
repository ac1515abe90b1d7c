"""Who pays for a call: accounts, subaccounts and the names of things."""

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Account:
    """One account. `token` signs its webhooks and opens its REST API; a subaccount has a parent and its own token."""

    sid: str
    token: str = field(repr=False)
    name: str = "local"
    parent: str = ""


MAIN = Account("AC00000000000000000000000000000001", "0123456789abcdef0123456789abcdef")


def new_sid(prefix: str) -> str:
    """Return a name that was never given: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)
