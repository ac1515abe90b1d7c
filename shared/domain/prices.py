"""What the models and services cost, in dollars, as published by `AS_OF` (docs/gemini.md). Pure.

An estimate for budgets and reports, not an invoice: discounts, cached tokens and regions are left out. An event holds
the price of its day, so that a later change of this table changes no history.
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.turn import Usage

AS_OF = "2026-11"
_MILLION = 1_000_000
# Dollars for a million tokens: in, out. One that is not here counts as the dearest that is.
TOKENS: Mapping[str, tuple[float, float]] = {
    "gemini-3.8-flash": (0.75, 3.75),  # introductory, until the end of 2026
    "gemini-3.6-flash": (1.50, 7.50),
    "gemini-3.5-flash-lite": (0.30, 2.50),
}
UNKNOWN_MODEL = (1.50, 7.50)


def token_items(model: str, usage: Usage) -> tuple[Mapping[str, Any], ...]:
    """Return the items of a cost event; none when nothing was used."""
    price_in, price_out = TOKENS.get(model, UNKNOWN_MODEL)
    amounts = (("tokens_in", usage.input_tokens, price_in), ("tokens_out", usage.output_tokens, price_out))
    return tuple(
        {"what": model, "unit": unit, "amount": amount, "micros": round(amount * price * 1_000_000 / _MILLION)}
        for unit, amount, price in amounts
        if amount
    )
