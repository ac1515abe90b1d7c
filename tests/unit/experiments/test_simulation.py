"""A small part of `python -m local.evals experiments`: the promises hold in a few hundred simulated experiments."""

import numpy as np
import pytest

from local.evals.experiments import (
    ALPHA,
    PEEK,
    SCENARIOS,
    Row,
    beside_control,
    design,
    main,
    naive,
    people,
    significant,
)
from shared.experiments.balance import Balance
from shared.experiments.design import Goal
from shared.experiments.measures import Rate
from shared.experiments.statistics import judge


@pytest.mark.parametrize("name", SCENARIOS)
def test_promises_hold_in_simulation(name):
    """False alarms, power, coverage, guardrails, shares: nothing that has less than one chance in a thousand."""
    rows = list(SCENARIOS[name](np.random.default_rng(11), 150))
    assert rows
    assert [str(row) for row in rows if not row.kept()] == []


def test_the_simulation_would_notice():
    """The z-test, looked at as often, breaks the very promise: so a broken method cannot pass."""
    (found,) = beside_control(*people(np.random.default_rng(11), 150, (0.5, 0.5), (0.05, 0.05)))
    hits = int(naive(found).any(axis=1).sum())
    assert not Row("z-test", hits, 150, ALPHA).kept()


def test_a_row_is_held_against_chance():
    """A little beyond the promise is chance, unless the row is strict; far beyond is broken, on either side."""
    assert Row("", 6, 100, 0.05).kept()
    assert not Row("", 6, 100, 0.05, strict=True).kept()
    assert not Row("", 20, 100, 0.05).kept()
    assert Row("", 0, 100, 0.05).kept()
    assert Row("", 78, 100, 0.8, at_most=False).kept()
    assert not Row("", 60, 100, 0.8, at_most=False).kept()


def test_what_is_simulated_is_what_is_shown():
    """At each look of a few experiments, `judge` says of the plain counts what the arrays said."""
    units, converted = people(np.random.default_rng(3), 6, (0.5, 0.5), (0.1, 0.14), 4_000)
    plan = design((0.5, 0.5), 4_000)
    (found,) = beside_control(units, converted)
    declared = significant(plan, "1", found)
    verdicts = set()
    for run, look in np.ndindex(*declared.shape):
        arms = {str(arm): Rate(int(units[run, look, arm]), int(converted[run, look, arm])) for arm in (0, 1)}
        (comparison,) = judge(plan, Goal(relevant=0), arms, Balance(1.0, alarm=False)).comparisons
        assert (comparison.verdict != "cannot tell yet") is bool(declared[run, look])
        assert sum(each.units for each in arms.values()) == (look + 1) * PEEK
        verdicts.add(comparison.verdict)
    assert {"better", "cannot tell yet"} <= verdicts


@pytest.mark.parametrize(("hits", "code", "said"), [(50, 1, "BROKEN"), (0, 0, "kept")])
def test_the_command_tells_of_a_broken_promise(capsys, hits, code, said):
    """It prints its table and ends with 1."""
    assert main(["--runs", "50"], {"only": lambda _chance, runs: iter([Row("a promise", hits, runs, 0.05)])}) == code
    assert said in capsys.readouterr().out
