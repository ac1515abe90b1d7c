"""Model names and the days on which models end."""

import datetime as dt

import pytest

from shared.domain.models import RETIRES, is_model_id, retirement


@pytest.mark.parametrize(
    ("model", "ends"),
    [
        ("gemini-1.5-pro-002", dt.date(2025, 9, 24)),
        ("gemini-2.0-flash", dt.date(2026, 6, 1)),
        ("gemini-2.0-flash-001", dt.date(2026, 6, 1)),
        ("gemini-2.0-flash-lite", dt.date(2026, 6, 1)),
        ("gemini-2.0-flash-exp", dt.date(2026, 2, 1)),
        ("gemini-2.0-flash-live-001", dt.date(2025, 12, 9)),
        ("gemini-2.5-flash", dt.date(2026, 12, 1)),
        ("gemini-2.5-flash-lite", None),
        ("gemini-2.5-flash-lite-001", None),
        ("gemini-2.5-flash-native-audio-latest", None),
        ("gemini-live-2.5-flash-preview", dt.date(2025, 12, 9)),
        ("text-embedding-004", dt.date(2026, 1, 14)),
        ("gemini-3.5-flash-lite", None),
        ("gemini-10.0-pro", None),
        ("", None),
    ],
)
def test_the_longest_known_name_decides(model, ends):
    """A variant ends with its family unless it is listed itself."""
    assert retirement(model) == ends


@pytest.mark.parametrize("prefix", sorted(RETIRES))
def test_every_listed_name_ends_on_its_own_day(prefix):
    """No entry is shadowed by another."""
    assert retirement(prefix) == RETIRES[prefix]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("gemini-3.5-flash-lite", True), ("text-embedding-004", True), ("a", False), ("", False), ("Gemini", False),
     ("models/gemini", False), ("gemini 3", False), ("../x", False), ("-x", False), ("a" * 82, False),
     ("gemini-3\n", False), ("gemini-3\u200b", False)],
)  # fmt: skip
def test_a_model_id_has_one_form(name, is_one):
    """Lower-case letters, digits, dots and hyphens: what may stand in the path of a request."""
    assert is_model_id(name) is is_one
