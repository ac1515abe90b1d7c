"""Simulated A/B experiments that are looked at every 100 visitors: do the statistics keep what they promise?

python -m local.evals experiments --runs 2000 --seed 7
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, ndtri

from shared.experiments.balance import ALARM, log_odds
from shared.experiments.design import POWER, Design, Guardrail, deviations_of_rate, planned_visitors
from shared.experiments.measures import Array, Counted, of_means, of_rates
from shared.experiments.sequence import contrast, lift_bounds
from shared.experiments.statistics import least_harm

PEEK = 100
VISITORS = 20_000
ALPHA = 0.05
FEWEST = 50
MANY = 2_000  # from so many experiments on, error rates must hold as counted
_DOUBT = 0.001  # a promise counts as broken when what was seen has less than this chance if it holds
_CHUNK = 250  # experiments with a number for each visitor are simulated so many at a time: memory

Seen = NDArray[np.bool_]
"""Whether something was so: by experiment, by look."""


@dataclass(frozen=True)
class Row:
    """How often something happened, and how often it may at most, or must at least. `strict`: not even by chance."""

    name: str
    hits: int
    runs: int
    limit: float
    at_most: bool = True
    strict: bool = False
    note: str = ""

    @property
    def share(self) -> float:
        """How often, as a part of the runs."""
        return self.hits / self.runs

    def kept(self) -> bool:
        """Return whether the promise holds, but for chance."""
        if self.strict:
            return self.share <= self.limit if self.at_most else self.share >= self.limit
        tail = bdtrc(self.hits - 1, self.runs, self.limit) if self.at_most else bdtr(self.hits, self.runs, self.limit)
        return bool(tail >= _DOUBT)

    def __str__(self) -> str:
        promise = f"{'<=' if self.at_most else '>='} {self.limit:.1%}"
        return f"{self.name:52} {self.share:7.2%}  {promise:>9}  {'kept' if self.kept() else 'BROKEN':6}  {self.note}"


def people(
    chance: Generator, runs: int, shares: Sequence[float], true: Sequence[float], until: int = VISITORS
) -> tuple[Array, Array]:
    """Return visitors and conversions so far, by experiment, look and arm."""
    new = chance.multinomial(PEEK, shares, size=(runs, -(-until // PEEK)))
    return new.cumsum(axis=1).astype(float), chance.binomial(new, true).cumsum(axis=1).astype(float)


def beside_control(units: Array, converted: Array) -> list[Counted]:
    """Return each treatment beside the first arm."""
    control = units[..., 0], converted[..., 0]
    return [of_rates(units[..., arm], converted[..., arm], *control) for arm in range(1, units.shape[-1])]


def numbers(chance: Generator, runs: int, true: Sequence[float], share: float = 0.5) -> Iterator[Counted]:
    """Yield experiments on a skewed number (log-normal, sigma 1); `share` of the visitors get the treatment."""
    ours = round(PEEK * share)
    for start in range(0, runs, _CHUNK):
        shape = (min(_CHUNK, runs - start), VISITORS // PEEK)
        columns: list[Array] = []
        for size, average in ((ours, true[1]), (PEEK - ours, true[0])):
            drawn = np.exp(chance.standard_normal((*shape, size)) - 0.5) * average
            units = np.broadcast_to(np.arange(1.0, shape[1] + 1) * size, shape)
            columns += [units, drawn.sum(axis=-1).cumsum(axis=1), (drawn**2).sum(axis=-1).cumsum(axis=1)]
        yield of_means(*columns)


def design(shares: Sequence[float], planned: int = VISITORS, rails: tuple[Guardrail, ...] = ()) -> Design:
    """Return a design with arms "0", "1" ..., the first the control."""
    return Design({str(arm): share for arm, share in enumerate(shares)}, "0", planned, rails, ALPHA)


def significant(plan: Design, arm: str, found: Counted) -> Seen:
    """Return where a treatment is declared different."""
    seen: Seen = found.enough & (plan.sequence(arm).p_value(contrast(found)) <= ALPHA / len(plan.treatments))
    return seen


def naive(found: Counted) -> Seen:
    """Return where the z-test of two proportions says so, as if nobody had looked before."""
    ours, theirs = found.treatment, found.control
    pooled = (ours.average * ours.units + theirs.average * theirs.units) / (ours.units + theirs.units)
    each = 1 / np.maximum(ours.units, 1) + 1 / np.maximum(theirs.units, 1)
    error = np.sqrt(np.maximum(pooled * (1 - pooled) * each, 1e-12))
    seen: Seen = found.enough & (np.abs(ours.average - theirs.average) > -ndtri(ALPHA / 2) * error)
    return seen


def ever(seen: Seen) -> int:
    """Return in how many experiments it was so at any look."""
    return int(seen.any(axis=1).sum())


def stopping(seen: Seen) -> Array:
    """Return the visitors at the first look where it was so, of the experiments where it was."""
    first: Array = (seen[seen.any(axis=1)].argmax(axis=1) + 1.0) * PEEK
    return first


def no_difference(chance: Generator, runs: int) -> Iterator[Row]:
    """A/A: nothing differs, yet it is looked at every 100 visitors."""
    cases: list[tuple[tuple[float, ...], float, int]] = [
        ((0.5, 0.5), rate, VISITORS) for rate in (0.01, 0.05, 0.2, 0.5)
    ]
    cases += [((0.9, 0.1), 0.05, VISITORS), ((0.9, 0.1), 0.05, 2_000), ((0.5, 0.5), 0.05, 2_000)]
    cases += [((0.25,) * 4, 0.05, VISITORS), ((0.7, 0.1, 0.1, 0.1), 0.02, 4_000)]
    for shares, rate, planned in cases:
        plan = design(shares, planned)
        every = beside_control(*people(chance, runs, shares, [rate] * len(shares)))
        wrong = [significant(plan, arm, found) for arm, found in zip(plan.treatments, every, strict=True)]
        z_test = ever(np.logical_or.reduce([naive(found) for found in every])) / runs
        name = f"A/A {rate:.0%}, {_percent(shares)}, planned {planned}"
        hits = ever(np.logical_or.reduce(wrong))
        yield Row(name, hits, runs, ALPHA, strict=runs >= MANY, note=f"z-test with peeking {z_test:.1%}")
    for share, planned in ((0.5, VISITORS), (0.1, 2_000)):
        plan = design((1 - share, share), planned)
        hits = sum(ever(significant(plan, "1", found)) for found in numbers(chance, runs, (1.0, 1.0), share))
        name = f"A/A skewed number, {_percent((1 - share, share))}, planned {planned}"
        yield Row(name, hits, runs, ALPHA, strict=runs >= MANY)


def true_lift(chance: Generator, runs: int) -> Iterator[Row]:
    """A/B: a difference as large as planned for is found by the planned visitors."""
    for shares, base, relevant in (((0.5, 0.5), 0.05, 0.01), ((0.5, 0.5), 0.2, 0.04), ((0.8, 0.2), 0.1, 0.03)):
        weights = {str(arm): share for arm, share in enumerate(shares)}
        spread = deviations_of_rate(base, relevant)
        planned = planned_visitors(weights, "0", relevant, deviation=spread, alpha=ALPHA)
        found = beside_control(*people(chance, runs, shares, (base, base + relevant), planned))[0]
        seen = significant(design(shares, planned), "1", found)
        fixed = (ndtri(POWER) - ndtri(ALPHA / 2)) ** 2 * sum(s**2 / w for s, w in zip(spread, shares, strict=True))
        stop = np.concatenate([stopping(seen), np.full(runs - ever(seen), float(planned))]).mean()
        note = f"planned {planned}, stopped after {stop:.0f} on average; without peeking {fixed / relevant**2:.0f}"
        yield Row(
            f"A/B {base:.0%} to {base + relevant:.0%}: found by the plan",
            ever(seen),
            runs,
            POWER,
            at_most=False,
            note=note,
        )


def coverage(chance: Generator, runs: int) -> Iterator[Row]:
    """The intervals of all looks hold the truth."""
    for base, other in ((0.01, 0.015), (0.05, 0.06), (0.3, 0.3)):
        sequence = design((0.5, 0.5)).sequence("1")
        found = beside_control(*people(chance, runs, (0.5, 0.5), (base, other)))[0]
        apart = contrast(found)
        outside = found.enough & (np.abs(apart.value - (other - base)) > sequence.margin(apart))
        yield _covered(f"interval of the difference, {base:.1%} and {other:.1%}", outside)
        low, high = lift_bounds(found, sequence.width(apart.size))
        outside = found.enough & ((low > other / base - 1) | (high < other / base - 1))
        yield _covered(f"interval of the lift, {base:.1%} and {other:.1%}", outside)


def _covered(name: str, outside: Seen) -> Row:
    runs = len(outside)
    return Row(name, runs - ever(outside), runs, 1 - ALPHA, at_most=False, strict=runs >= MANY)


def guardrails(chance: Generator, runs: int) -> Iterator[Row]:
    """Arms as bad as just tolerated are not stopped; worse ones are."""
    rate, cost = Guardrail("complaints", relative_tolerance=0.2), Guardrail("cost", relative_tolerance=0.1)
    watch = design((0.5, 0.5), rails=(rate,)).guard_sequence("1")
    for other, name in ((0.1, "as good as the control"), (0.12, "just tolerated")):
        found = beside_control(*people(chance, runs, (0.5, 0.5), (0.1, other)))[0]
        hits = ever(least_harm(rate, watch, found) > 0)
        yield Row(f"guardrail, rate {name}: stopped", hits, runs, ALPHA, strict=runs >= MANY)
    hits = sum(ever(least_harm(cost, watch, found) > 0) for found in numbers(chance, runs, (1.0, 1.1)))
    yield Row("guardrail, skewed number just tolerated: stopped", hits, runs, ALPHA, strict=runs >= MANY)
    seen = least_harm(rate, watch, beside_control(*people(chance, runs, (0.5, 0.5), (0.1, 0.15)))[0]) > 0
    note = f"after {stopping(seen).mean():.0f} visitors on average"
    yield Row("guardrail, rate 25% beyond its tolerance: stopped", ever(seen), runs, POWER, at_most=False, note=note)


def balance(chance: Generator, runs: int) -> Iterator[Row]:
    """The alarm about shares of visitors: silent when they are fair, loud when they are not."""
    for promised in ((0.5, 0.5), (0.7, 0.1, 0.1, 0.1)):
        hits = ever(_alarm(chance, 5 * runs, promised, promised))
        yield Row(f"shares {_percent(promised)} kept: alarm", hits, 5 * runs, ALARM)
    for true in ((0.6, 0.4), (0.52, 0.48)):
        seen = _alarm(chance, runs, (0.5, 0.5), true)
        middle, late = np.quantile(stopping(seen), (0.5, 0.95))
        note = f"after {middle:.0f} visitors (median), {late:.0f} (95 %)"
        yield Row(f"shares {_percent(true)} for 50:50: alarm", ever(seen), runs, POWER, at_most=False, note=note)


def _alarm(chance: Generator, runs: int, promised: Sequence[float], true: Sequence[float]) -> Seen:
    counts = people(chance, runs, true, [0.0] * len(true))[0]
    alarm: Seen = np.exp(-log_odds(counts, np.array(promised))) <= ALARM
    return alarm


def _percent(parts: Sequence[float]) -> str:
    return ":".join(f"{100 * part:.0f}" for part in parts)


Scenario = Callable[[Generator, int], Iterator[Row]]
SCENARIOS: Mapping[str, Scenario] = {
    "no_difference": no_difference,
    "true_lift": true_lift,
    "coverage": coverage,
    "guardrails": guardrails,
    "balance": balance,
}


def main(arguments: list[str], scenarios: Mapping[str, Scenario] = SCENARIOS) -> int:
    """Read the options, print the table; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m local.evals experiments", description=__doc__)
    parser.add_argument("--runs", type=int, default=2000, help="simulated experiments a row")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    if options.runs < FEWEST:
        parser.error(f"fewer than {FEWEST} runs say nothing")
    chance, kept = np.random.default_rng(options.seed), True
    print(f"{options.runs} experiments a row, a look every {PEEK} visitors, {VISITORS} visitors unless said otherwise")
    for scenario in scenarios.values():
        for row in scenario(chance, options.runs):
            print(row, flush=True)
            kept = kept and row.kept()
    return 0 if kept else 1
