"""A question without an answer as bytes to be sealed, with its vector: of that, words can be guessed too.

JSON of the question, a line end, the vector as it is.
"""

import json

from shared.adapters.vault import Vault, VaultError
from shared.domain.events import Gap

GAP_PURPOSE = "gap"


def packed(gap: Gap) -> bytes:
    """Return what is to be sealed."""
    return json.dumps(gap.question).encode() + b"\n" + gap.vector


def opened(vault: Vault, business_id: str, sealed: bytes, space: str) -> Gap | None:
    """Return the question with its vector, None when no key of the platform opens it."""
    try:
        question, _, vector = vault.open(business_id, GAP_PURPOSE, sealed).partition(b"\n")
    except VaultError:
        return None
    return Gap(json.loads(question), space, vector)
