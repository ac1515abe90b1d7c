"""What the models and services cost, in dollars, as published by `AS_OF` (docs/usage.md names each source). Pure.

An estimate for budgets and reports, not an invoice: discounts, cached tokens and regions are left out. An event holds
the price of its day, so that a later change of this table changes no history.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.turn import Usage

AS_OF = "2026-11"
# Dollars for a million tokens: in, out. One that is not here counts as the dearest that is.
TOKENS: Mapping[str, tuple[float, float]] = {
    "gemini-3.8-flash": (0.75, 3.75),  # introductory, until the end of 2026
    "gemini-3.6-flash": (1.50, 7.50),
    "gemini-3.5-flash-lite": (0.30, 2.50),
}
UNKNOWN_MODEL = (1.50, 7.50)
# The same for texts that are embedded.
EMBEDDINGS: Mapping[str, float] = {
    "gemini-embedding-2": 0.20,  # the preview's price
    "gemini-embedding-001": 0.15,
}
UNKNOWN_EMBEDDING = 0.20
# The same for Gemini Live, whatever model: audio as published, text an estimate (the price of the generation before).
LIVE: Mapping[str, float] = {
    "audio_tokens_in": 3.00,
    "audio_tokens_out": 12.00,
    "tokens_in": 0.75,
    "tokens_out": 4.50,
}
AUDIO_TOKENS_PER_SECOND = 25
# Of text, where the service does not tell how many tokens it took: an estimate, for texts in Latin letters.
CHARACTERS_PER_TOKEN = 4
# Twilio bills the business's own account, Edge's speech costs nothing: counted, at no price.
PHONE, SPEECH = "phone", "speech"

Item = Mapping[str, Any]


@dataclass(frozen=True)
class LiveTokens:
    """What a stretch of a call took of Gemini Live."""

    audio_in: int = 0
    audio_out: int = 0
    text_in: int = 0
    text_out: int = 0

    def __add__(self, other: "LiveTokens") -> "LiveTokens":
        return LiveTokens(
            self.audio_in + other.audio_in, self.audio_out + other.audio_out,
            self.text_in + other.text_in, self.text_out + other.text_out,
        )  # fmt: skip


def token_items(model: str, usage: Usage) -> tuple[Item, ...]:
    """Return the items of a cost event; none when nothing was used."""
    price_in, price_out = TOKENS.get(model, UNKNOWN_MODEL)
    amounts = (("tokens_in", usage.input_tokens, price_in), ("tokens_out", usage.output_tokens, price_out))
    return _items(model, amounts)


def embedding_items(model: str, tokens: int) -> tuple[Item, ...]:
    """Return the item of texts that were embedded; none when there were none."""
    return _items(model, (("embedded_tokens", tokens, EMBEDDINGS.get(model, UNKNOWN_EMBEDDING)),))


def live_items(model: str, used: LiveTokens) -> tuple[Item, ...]:
    """Return the items of a stretch of a call."""
    amounts = {
        "audio_tokens_in": used.audio_in, "audio_tokens_out": used.audio_out,
        "tokens_in": used.text_in, "tokens_out": used.text_out,
    }  # fmt: skip
    return _items(model, ((unit, amount, LIVE[unit]) for unit, amount in amounts.items()))


def free_items(what: str, unit: str, amount: int) -> tuple[Item, ...]:
    """Return the item of something that is counted and costs the platform nothing."""
    return _items(what, ((unit, amount, 0.0),))


def tokens_of(characters: int) -> int:
    """Return about how many tokens so many characters are: never too few for a text that is there."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def micros_of(items: Iterable[Item]) -> int:
    """Return what items cost together, in millionths of a dollar."""
    return sum(int(item["micros"]) for item in items)


def _items(what: str, amounts: Iterable[tuple[str, int, float]]) -> tuple[Item, ...]:
    # A dollar for a million tokens is a millionth of a dollar for one.
    return tuple(
        {"what": what, "unit": unit, "amount": amount, "micros": round(amount * price)}
        for unit, amount, price in amounts
        if amount > 0
    )
