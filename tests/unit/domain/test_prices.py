"""Prices: what items come to, that unknown names are not free, and that fractions of a cent are kept."""

from shared.domain.prices import (
    EMBEDDINGS,
    TOKENS,
    UNKNOWN_EMBEDDING,
    UNKNOWN_MODEL,
    LiveTokens,
    embedding_items,
    free_items,
    live_items,
    micros_of,
    token_items,
    tokens_of,
)
from shared.domain.turn import Usage


def test_tokens_in_and_out_have_prices_of_their_own():
    """0.30 and 2.50 dollars for a million."""
    items = token_items("gemini-3.5-flash-lite", Usage(1_000_000, 100_000))
    assert [(item["unit"], item["amount"], item["micros"]) for item in items] == [
        ("tokens_in", 1_000_000, 300_000), ("tokens_out", 100_000, 250_000),
    ]  # fmt: skip
    assert micros_of(items) == 550_000
    assert token_items("gemini-3.5-flash-lite", Usage()) == ()


def test_a_name_that_is_not_in_the_list_is_not_cheap():
    """As dear as the dearest: a budget must not be passed by a new model."""
    assert all(prices <= UNKNOWN_MODEL for prices in TOKENS.values())
    assert all(price <= UNKNOWN_EMBEDDING for price in EMBEDDINGS.values())
    assert micros_of(token_items("gemini-9", Usage(1000, 0))) == 1500
    assert micros_of(embedding_items("embedding-9", 1000)) == 200


def test_sound_has_another_price_than_text():
    """A minute of listening and of speaking, and the text of the context."""
    items = live_items("gemini-3.8-live", LiveTokens(1500, 1500, 1000, 0))
    assert {item["unit"]: item["micros"] for item in items} == {
        "audio_tokens_in": 4500, "audio_tokens_out": 18_000, "tokens_in": 750,
    }  # fmt: skip


def test_what_costs_nothing_is_counted():
    """Seconds on the phone and characters of speech; none when there were none."""
    assert free_items("phone", "seconds", 61) == (
        {"what": "phone", "unit": "seconds", "amount": 61, "micros": 0},
    )  # fmt: skip
    assert free_items("speech", "characters", 0) == ()


def test_characters_become_tokens_rounded_up():
    """A text that is there is at least one token."""
    assert [tokens_of(characters) for characters in (0, 1, 4, 5, 4000)] == [0, 1, 1, 2, 1000]
