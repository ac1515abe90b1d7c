"""Throws random rule sets and random facts at the rules: none may crash, no rule may take 5 ms.

python -m local.evals rules_fuzz --count 100000
"""

import argparse
import datetime as dt
import gc
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from shared.domain.rules import MAX_CONDITION_CHARS, Action, BusinessRule
from shared.domain.states import STATES
from shared.rules.evaluate import Match, Ruled, run_rules
from shared.rules.facts import FACTS, Facts, FactType
from shared.rules.language import Condition, activation, check_condition

LIMIT_MS = 5.0
_SUSPECT_MS = 2.0
_MEASURABLE = 1000  # units of cost: below, the call itself is what costs
TODAY = dt.date(2026, 11, 23)
_NOW = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)
_OUTCOMES = {"fired", "not_fired", "unknown", "skipped", "disabled", "not_now", "already_fired", "error"}
_WORDS = ("new", "pricing", "email", "budget", "a", "", "aaaaaaaaab", "héllo", "monday", "500", "12.5", "vip", "👩‍🔧")
_GARBAGE = (
    "&&", "||", "(", ")", "==", "!", "=", '"', "'", ".", ",", "[", "]", "{", "}", "?", ":", "é", "\n", "\t", "\x00",
    "\ud800", "has(", "size(", "in", "matches", "map(", "x", "1", "1.5", "9" * 25, "-", "//", "and", "true", "null",
    "“", "\\", "`", "b'", "r'", "__", "fields.", "@in", "_&&_", "%", "0x", "1e999", "\u202e",
)  # fmt: skip
_TOKENS = (*_GARBAGE, *(fact.name for fact in FACTS))
_FEW = 12


class Writer:
    """Writes random conditions: right ones by type, and wrong ones."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._loops = 0

    def condition(self) -> str:
        """Return a condition: usually right, often long, sometimes garbage."""
        return self._any(
            {
                lambda: "".join(self._chance.choices(_TOKENS, k=self._chance.randint(0, 30))): 1,
                lambda: self._spoilt(self.true_or_false(3)): 1,
                self._long: 1,
                lambda: self.true_or_false(self._chance.randint(0, 4)): 5,
            }
        )

    def _any(self, choices: dict[Callable[[], str], int]) -> str:
        return self._chance.choices(list(choices), list(choices.values()))[0]()

    def _spoilt(self, text: str) -> str:
        for _ in range(self._chance.randint(1, 3)):
            at = self._chance.randint(0, len(text))
            text = text[:at] + self._chance.choice(["", *_GARBAGE]) + text[at + self._chance.randint(0, 3) :]
        return text

    def _long(self) -> str:
        """Fill the length that conditions may have, by what costs most."""
        terms: tuple[Callable[[], str], ...] = (
            lambda: self.true_or_false(1),
            lambda: self._loop(1),
            lambda: f"message.text.contains({self.text(1)})",
            lambda: f'"zz" in {self._named("list of texts")}',
            lambda: f"!has({self._named('values by name')}.zz)",
        )
        term = self._chance.choice(terms)
        joined, both = term(), self._chance.choice((" && ", " || "))
        while len(joined) < MAX_CONDITION_CHARS - 120:
            joined = f"{joined}{both}{term()}"
        return joined

    def true_or_false(self, depth: int) -> str:
        """Return an expression that is true or false."""
        if depth <= 0:
            return self._chance.choice(
                ("open", "true", "false", f'state == "{self._chance.choice(STATES)}"', "turn > 1")
            )
        less = depth - 1
        choices: tuple[Callable[[], str], ...] = (
            lambda: f"({self.true_or_false(less)} && {self.true_or_false(less)})",
            lambda: f"{self.true_or_false(less)} || {self.true_or_false(less)}",
            lambda: f"!({self.true_or_false(less)})",
            lambda: f"({self.true_or_false(less)} ? {self.true_or_false(less)} : {self.true_or_false(less)})",
            lambda: f"{self.text(less)} {self._compare()} {self.text(less)}",
            lambda: f"{self.whole(less)} {self._compare()} {self.whole(less)}",
            lambda: f"{self.number()} {self._chance.choice(('<', '>', '<=', '>='))} {self.whole(less)}",
            lambda: f"{self.text(less)}.{self._search()}({self.text(less)})",
            lambda: f"{self.text(less)} in {self.texts(less)}",
            lambda: f"has({self._map()}.{self._key()})",
            lambda: f"{self._map()}.{self._key()} == {self._literal()}",
            lambda: f"{self._named('values by name')}.{self._key()} {self._compare()} {self.whole(0)}",
            lambda: f"{self.texts(less)} == {self.texts(less)}",
            lambda: self._loop(depth),
        )
        return self._chance.choice(choices)()

    def _loop(self, depth: int) -> str:
        self._loops += 1
        name = f"x{self._loops % 7}"
        over = self._chance.choice((self._map(), self._named("list of texts"), self.texts(depth - 1)))
        body = self._chance.choice(
            (
                lambda: f"{name} {self._compare()} {self.text(depth - 1)}",
                lambda: f"{self.text(0)}.contains({name})",
                lambda: f"{name} in {self.texts(depth - 1)}",
                lambda: f"{name} != {self._literal()} && {self.true_or_false(depth - 1)}",
                lambda: self.true_or_false(depth - 1),
            )
        )()
        return f"{over}.{self._chance.choice(('all', 'exists', 'exists_one'))}({name}, {body})"

    def text(self, depth: int) -> str:
        """Return an expression that is a text."""
        choices: list[Callable[[], str]] = [
            self._literal,
            lambda: self._named("text"),
            lambda: f"fields.{self._key()}",
            lambda: f'fields["{self._key()}"]',
        ]
        if depth > 0:
            choices += [
                lambda: f"({self.text(depth - 1)} + {self.text(depth - 1)})",
                lambda: f"string({self.whole(depth - 1)})",
                lambda: f"{self._named('list of texts')}[{self._chance.randint(-1, 3)}]",
                lambda: f"({self.true_or_false(0)} ? {self.text(0)} : {self.text(0)})",
            ]
        return self._chance.choice(choices)()

    def texts(self, depth: int) -> str:
        """Return an expression that is a list of texts."""
        if depth <= 0:
            return self._named("list of texts")
        return self._any(
            {
                lambda: self._named("list of texts"): 5,
                lambda: f"[{', '.join(self.text(0) for _ in range(self._chance.randint(0, 8)))}]": 3,
                lambda: f"({self.texts(depth - 1)} + {self.texts(depth - 1)})": 1,
                lambda: f"{self.texts(depth - 1)}.filter(y, y {self._compare()} {self.text(0)})": 1,
            }
        )

    def whole(self, depth: int) -> str:
        """Return an expression that is a whole number."""
        choices: list[Callable[[], str]] = [
            lambda: str(self._chance.choice((0, 1, -1, 3, 100, 2**63 - 1))),
            lambda: self._named("whole number"),
        ]
        if depth > 0:
            choices += [
                lambda: f"size({self.text(depth - 1)})",
                lambda: f"size({self.texts(depth - 1)})",
                lambda: f"int({self.text(0)})",
                lambda: f"({self.whole(depth - 1)} {self._chance.choice('+-*/%')} {self.whole(depth - 1)})",
            ]
        return self._chance.choice(choices)()

    def number(self) -> str:
        """Return an expression that is a number."""
        return self._chance.choice(("0.5", "-1.0", "1e300", self._named("number"), f"double({self.text(0)})"))

    def _named(self, kind: FactType) -> str:
        return self._chance.choice([fact.name for fact in FACTS if fact.type == kind])

    def _map(self) -> str:
        return self._chance.choice(("fields", "metadata", "crm", "experiment"))

    def _key(self) -> str:
        return self._chance.choice(("email", "budget", "plan", "k1", "zz"))

    def _compare(self) -> str:
        return self._chance.choice(("==", "!=", "<", ">", "<=", ">="))

    def _search(self) -> str:
        return self._chance.choice(("contains", "startsWith", "endsWith"))

    def _literal(self) -> str:
        return f'"{self._chance.choice(_WORDS)}"'


def random_facts(chance: random.Random) -> Facts:
    """Return facts: few, usual, as large as they get, or such as nobody should hand in."""
    size = chance.choice((-1, chance.randint(0, _FEW), chance.randint(0, _FEW), 400, 400))
    if size < 0:
        return Facts(message=chance.choice(_WORDS), now=_NOW)
    key, text = chance.choice(("k{}", "tag-{:060}")), chance.choice(("a" * 3999 + "b", "héllo " * 700, "x \ud800\x00 "))
    odd: tuple[object, ...] = (None, 2**70, float("nan"), -1, True, "500", ["a", 1, ["b"]], {"a": {}}, text, b"x")
    values = {key.format(n): chance.choice(odd) for n in range(size)} | {"plan": chance.choice(odd)}
    return Facts(
        message=text if size > _FEW else chance.choice(_WORDS),
        now=_NOW,
        intent=chance.choice(("none", "pricing")),
        confidence=chance.random(),
        sentiment=chance.choice(("negative", "neutral")),
        score=chance.uniform(-1, 1),
        state=chance.choice(STATES),
        fields={key.format(n): text if size > _FEW else "500" for n in range(size)} | {"budget": chance.choice(_WORDS)},
        page_url="https://example.org/" + text if size > _FEW else "",
        open=chance.choice((True, False, None)),
        turn=chance.randint(1, 50),
        metadata=values,
        tags=tuple(key.format(n) for n in range(size)),
        shown=tuple(key.format(n) for n in range(size)),
        clicked=tuple(key.format(n) for n in range(size)),
        experiment=chance.choice((None, {"hero": "b"})),
        crm=chance.choice((None, values)),
    )


def random_rules(chance: random.Random, writer: Writer) -> tuple[BusinessRule, ...]:
    """Return one to seven rules."""
    return tuple(_random_rule(chance, writer, number) for number in range(chance.randint(1, 7)))


def _random_rule(chance: random.Random, writer: Writer, number: int) -> BusinessRule:
    # Built without validation: what an older version stored, the domain would refuse today.
    return BusinessRule.model_construct(
        id=f"r{number}",
        text=chance.choice(("", "Mention the offer.")),
        when=writer.condition() if chance.randrange(10) else "",
        then=tuple(chance.choices(_ACTIONS, weights=_WEIGHTS, k=chance.randint(1, 3))),
        enabled=bool(chance.randrange(20)),
        once=not chance.randrange(5),
        starts_on=_some_day(chance),
        ends_on=_some_day(chance),
    )


def _some_day(chance: random.Random) -> dt.date | None:
    return None if chance.randrange(10) else TODAY + dt.timedelta(days=chance.randint(-5, 5))


_ACTIONS: tuple[Action, ...] = BusinessRule.model_validate({
    "id": "all",
    "then": [
        {"do": "instruct", "text": "Be brief."}, {"do": "cta", "ids": ["book"]}, {"do": "state", "state": "offering"},
        {"do": "metadata", "key": "seen", "value": "yes"}, {"do": "require", "field": "email"},
        {"do": "tag", "tag": "vip"}, {"do": "handoff"}, {"do": "reply", "text": "Hello."}, {"do": "stop"},
    ],
}).then  # fmt: skip
_WEIGHTS = (5, 5, 5, 5, 5, 5, 2, 1, 1)


@dataclass
class Figures:
    """What a run measured; times in milliseconds."""

    sets: int = 0
    rules: int = 0
    crashes: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    single: list[float] = field(default_factory=list)
    again: list[tuple[float, str]] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    compiling: list[float] = field(default_factory=list)
    dearest: tuple[float, str] = (0.0, "")
    cpu: float = 0.0

    def one_rule(self, when: str, work: Callable[[], object]) -> None:
        """Time one evaluation; again when it was slow: was it the rule, or did the machine look elsewhere?"""
        busy = time.thread_time_ns()
        spent = _timed(work)
        self.cpu = max(self.cpu, (time.thread_time_ns() - busy) / 1e6)
        self.single.append(spent)
        if spent >= _SUSPECT_MS:
            self.again.append((min(_timed(work) for _ in range(3)), when))

    def price(self, condition: Condition, facts: Facts) -> None:
        """Compare what a condition costs with what was reckoned, where that is enough to be measured."""
        if condition.cost > _MEASURABLE:
            known = {name: facts.value(name) for name in condition.facts}
            ready = activation(known)
            ms = min(_timed(lambda: condition.decide(ready)) for _ in range(4))
            self.dearest = max(self.dearest, (ms * 1e6 / condition.cost, f"{ms:.3f} ms: {condition.text}"))

    @property
    def slowest(self) -> float:
        """The slowest evaluation of one rule, where that was suspicious the best of three more."""
        return max([*(ms for ms in self.single if ms < _SUSPECT_MS), *(ms for ms, _ in self.again)], default=0.0)


def run(count: int, seed: int = 1) -> Figures:
    """Evaluate `count` random rule sets and return what was measured."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable one is wanted
    writer, figures = Writer(chance), Figures()
    for number in range(count):
        rules, facts = random_rules(chance, writer), random_facts(chance)
        match: Match = chance.choice(("all", "first"))
        fired = {rule.id for rule in rules if not chance.randrange(10)}
        try:
            _one_set(rules, match, facts, fired, figures)
        except Exception as error:  # noqa: BLE001 - a crash is what is looked for
            figures.crashes.append(f"seed {seed}, set {number}: {error!r} {[rule.when for rule in rules]}")
        if number % 1000 == 0:
            gc.collect()
    return figures


def _one_set(
    rules: tuple[BusinessRule, ...], match: Match, facts: Facts, fired: set[str], figures: Figures
) -> None:  # fmt: skip
    figures.sets += 1
    for rule in rules:
        begun = time.perf_counter_ns()
        condition = check_condition(rule.when) if rule.when else None
        figures.compiling.append(_ms_since(begun))
        figures.rules += 1
        figures.one_rule(rule.when, partial(run_rules, (rule,), match, facts, fired, TODAY))
        if isinstance(condition, Condition):
            figures.price(condition, facts)
    begun = time.perf_counter_ns()
    ruled = run_rules(rules, match, facts, fired, TODAY)
    figures.whole.append(_ms_since(begun))
    figures.outcomes.update(trace.outcome for trace in ruled.trace)
    _holds(rules, ruled, run_rules(rules, match, facts, fired, TODAY))


def _holds(rules: tuple[BusinessRule, ...], ruled: Ruled, again: Ruled) -> None:
    assert ruled == again, "the same facts decide differently"
    assert [trace.rule_id for trace in ruled.trace] == [rule.id for rule in rules], "a rule without a trace"
    assert all(trace.outcome in _OUTCOMES and trace.because for trace in ruled.trace), "an outcome without a reason"
    fired = {trace.rule_id for trace in ruled.trace if trace.outcome == "fired"}
    assert set(ruled.once) <= set(ruled.fired) <= fired, "something fired that did not"


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter_ns()
    work()
    return _ms_since(begun)


def _ms_since(begun: int) -> float:
    return (time.perf_counter_ns() - begun) / 1e6


def _at(times: list[float], share: float) -> float:
    return sorted(times)[int(share * (len(times) - 1))] if times else 0.0


def main(arguments: Sequence[str]) -> int:
    """Run and print; 1 when something crashed or was slow."""
    parser = argparse.ArgumentParser(prog="python -m local.evals rules_fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    gc.disable()
    figures = run(asked.count, asked.seed)
    print(f"rule sets {figures.sets}, rules {figures.rules}, crashes {len(figures.crashes)}")
    print(f"outcomes {dict(figures.outcomes.most_common())}")
    for what, times in (("one rule", figures.single), ("a set", figures.whole), ("compiling", figures.compiling)):
        print(f"{what}: p50 {_at(times, 0.5):.4f} ms, p99 {_at(times, 0.99):.4f} ms, slowest {max(times):.3f} ms")
    print(f"slowest rule {figures.slowest:.3f} ms; over {_SUSPECT_MS} ms, and measured again: {len(figures.again)}")
    print(f"slowest rule by the processor's time {figures.cpu:.3f} ms")
    print(f"dearest unit of cost {figures.dearest[0]:.0f} ns, {figures.dearest[1][:200]!a}")
    slow = [f"{ms:.2f} ms: {when}" for ms, when in figures.again if ms >= LIMIT_MS]
    for line in (*figures.crashes[:10], *slow[:10]):
        print(line.encode("ascii", "backslashreplace").decode())
    return 1 if figures.crashes or figures.slowest >= LIMIT_MS else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
