"""What is going on is told once each, and on a terminal in one line."""

import sys

import pytest

from local.run import Progress


@pytest.mark.parametrize(
    ("terminal", "shown"),
    [(False, "  one\n  two\n"), (True, "\r\x1b[K  one\r\x1b[K  two\r\x1b[K  two\n")],
)
def test_the_last_word_is_said_once(monkeypatch, capsys, terminal, shown):
    """It is often what was told already."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    tell = Progress()
    for text in ("one", "one", "two"):
        tell(text)
    tell.done("two")
    assert capsys.readouterr().out == shown
