"""Identifiers: unguessable, and ascending in time so that an index over them is an index over age."""

import secrets
import time


def new_id(prefix: str) -> str:
    """Return `prefix_` and 27 hex digits: milliseconds since 1970, then 64 random bits."""
    return f"{prefix}_{time.time_ns() // 1_000_000:011x}{secrets.token_hex(8)}"
