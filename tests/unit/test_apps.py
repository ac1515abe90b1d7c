"""What the functions say at their start."""

import logging

import pytest

from shared.apps import warn_about_models
from shared.config import Settings


@pytest.mark.parametrize(("model", "warns"), [("gemini-2.5-flash", True), ("gemini-3.5-flash-lite", False)])
def test_a_model_that_ends_is_warned_of(caplog, model, warns):
    """An id known to be retired, or about to be, is named with its date; a living one is not."""
    with caplog.at_level(logging.WARNING):
        warn_about_models(Settings.read(environ={"CHAT_MODEL": model}))
    assert ("model_retires" in caplog.messages) is warns
    if warns:
        assert caplog.records[0].fields == {"model": model, "date": "2026-12-01"}
