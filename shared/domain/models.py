"""Model names: which are retired or about to be. Dates are Google's, read in November 2026 (docs/gemini.md)."""

import datetime as dt
import re

# The cheapest there is: it answers when a business's budget runs out.
SMALL_MODEL = "gemini-3.5-flash-lite"

_MODEL_ID = re.compile(r"[a-z0-9][a-z0-9.\-]{1,80}")

# Longest prefix wins. A date in the past: calls fail or are routed elsewhere; in the future: they will.
RETIRES: dict[str, dt.date] = {
    "text-embedding-004": dt.date(2026, 1, 14),
    "gemini-1.": dt.date(2025, 9, 24),
    "gemini-2.0-flash": dt.date(2026, 6, 1),
    "gemini-2.0-flash-exp": dt.date(2026, 2, 1),
    "gemini-2.0-flash-live": dt.date(2025, 12, 9),
    "gemini-live-2.5-flash-preview": dt.date(2025, 12, 9),
    "gemini-2.5-flash": dt.date(2026, 12, 1),
    "gemini-2.5-pro": dt.date(2026, 12, 1),
}
_STAYS = ("gemini-2.5-flash-lite", "gemini-2.5-flash-native-audio")


def is_model_id(name: str) -> bool:
    """Say whether `name` has the form of a model id (it may still be unknown to the service)."""
    return bool(_MODEL_ID.fullmatch(name))


def retirement(model: str) -> dt.date | None:
    """Return the date on which `model` ends or ended, None when no end is known."""
    if model.startswith(_STAYS):
        return None
    known = [prefix for prefix in RETIRES if model.startswith(prefix)]
    return RETIRES[max(known, key=len)] if known else None
