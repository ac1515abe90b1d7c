"""Phone lines while the database is away: those that were asked for before."""

from typing import Any, cast

import pytest

from shared.adapters.known_lines import MAX_LINES, KnownLines
from shared.adapters.postgres.voice_lines import LineStore
from shared.domain.errors import DatabaseUnavailable
from shared.domain.voice import PhoneLine


class Store:
    """Lines of a few businesses. `away`: the database."""

    def __init__(self) -> None:
        self.lines = {f"b{number}": self.line(f"b{number}") for number in range(MAX_LINES + 2)}
        self.away = False

    @staticmethod
    def line(business_id: str, token: str = "t") -> PhoneLine:
        """Return a business's line."""
        return PhoneLine(business_id, f"+44{business_id}", "AC1", token)

    def get(self, business_id: str) -> PhoneLine | None:
        """See `LineStore`."""
        self._check()
        return self.lines.get(business_id)

    def business_of(self, number: str) -> str | None:
        """See `LineStore`."""
        self._check()
        return next((line.business_id for line in self.lines.values() if line.number == number), None)

    def _check(self) -> None:
        if self.away:
            raise DatabaseUnavailable("away")


@pytest.fixture
def store() -> Any:
    """The database."""
    return Store()


def test_a_line_outlives_its_database(store):
    """Known by business and by number; one that nobody asked for is not."""
    lines = KnownLines(cast("LineStore", store))
    assert (lines.get("b1"), lines.business_of("+44b1"), lines.get("nobody")) == (store.line("b1"), "b1", None)
    store.away = True
    assert (lines.get("b1"), lines.business_of("+44b1")) == (store.line("b1"), "b1")
    for ask in (lambda: lines.get("b2"), lambda: lines.business_of("+44b2"), lambda: lines.get("nobody")):
        with pytest.raises(DatabaseUnavailable):
            ask()


def test_the_database_is_right_whenever_it_answers(store):
    """A new token counts at once, a line that was given up is forgotten."""
    lines = KnownLines(cast("LineStore", store))
    lines.get("b1")
    store.lines["b1"] = store.line("b1", "new")
    assert lines.get("b1") == store.line("b1", "new")
    del store.lines["b1"]
    assert lines.get("b1") is None
    store.away = True
    with pytest.raises(DatabaseUnavailable):
        lines.get("b1")


def test_it_does_not_grow_for_ever(store):
    """The line asked for longest ago goes first."""
    lines = KnownLines(cast("LineStore", store))
    for name in store.lines:
        lines.get(name)
    store.away = True
    assert lines.get(f"b{MAX_LINES + 1}")
    with pytest.raises(DatabaseUnavailable):
        lines.get("b0")
