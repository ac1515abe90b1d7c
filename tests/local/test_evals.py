"""`make eval`: each evaluation runs by its name with its own options, and says what it needs."""

from local.evals.__main__ import EVALS, main


def test_random_rules_are_thrown_by_name(capsys):
    """Its options reach it; nothing crashes."""
    main(["rules_fuzz", "--count", "60", "--seed", "7"])
    assert "rule sets 60" in (said := capsys.readouterr().out)
    assert "crashes 0" in said


def test_a_set_that_is_not_there_is_told(tmp_path, capsys):
    """With what to do about it, and an exit code that a script can see."""
    assert main(["intents", "--data", str(tmp_path / "nowhere.json")]) != 0
    said = capsys.readouterr()
    assert "nowhere.json" in said.out + said.err


def test_an_unknown_name_gets_the_usage(capsys):
    """It lists all of them."""
    assert main(["poetry"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in EVALS)
