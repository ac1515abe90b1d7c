"""The guard of the logs finds a value however it stands there, and says where."""

import pytest

from tests.log_guard import leaks


@pytest.mark.parametrize(
    "line",
    ['{"message": "x", "who": "ana@x.example"}', "GET /visitors?user_id=ana%40x.example", "ANA@X.EXAMPLE", "Ana Lopez"],
)
def test_a_leak_is_found(tmp_path, line):
    """Plain, in an address, in other letters; with its file and line."""
    (tmp_path / "chat.log").write_text(f"all is well\n{line}\n")
    assert leaks(tmp_path)[0].startswith("chat.log:2: ")


def test_nothing_is_nothing(tmp_path):
    """Other words, and files that are no logs."""
    (tmp_path / "chat.log").write_text("all is well\n")
    (tmp_path / "dump.rdb").write_text("ana@x.example")
    assert leaks(tmp_path) == []
