"""Random rules over random facts: nothing crashes, everything is said. local/evals/rules_fuzz runs many more."""

import ast
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from local.evals.rules_fuzz import run as fuzz
from shared.rules import language
from shared.rules.complaints import RuleError
from shared.rules.facts import FACTS
from shared.rules.language import Condition, check_condition
from tests.unit.properties import THOROUGH, any_text
from tests.unit.rules.samples import a_rule, run

_pieces = st.lists(
    st.sampled_from(
        [*(fact.name for fact in FACTS), "==", "&&", "||", "!", "(", ")", '"a"', "1", " ", ".", "has(", "in", "[", "]"]
    ),
    max_size=14,
).map(" ".join)


def test_random_rules_over_random_facts_crash_nothing():
    """Valid, spoilt and dear conditions, ordinary, huge and impossible facts; every outcome is seen."""
    figures = fuzz(150, seed=7)
    assert figures.crashes == []
    assert {"fired", "not_fired", "unknown", "skipped", "error"} <= set(figures.outcomes)


@THOROUGH
@given(any_text | _pieces)
def test_any_text_is_a_condition_or_refused_with_words_and_a_place(text):
    """No text raises anything but what its owner can read; a place lies within the text."""
    found = check_condition(text)
    if isinstance(found, RuleError):
        lines = text.split("\n")
        assert found.message
        assert 1 <= found.position.line <= len(lines)
        assert 1 <= found.position.column <= len(lines[found.position.line - 1]) + 2
    else:
        assert isinstance(found, Condition)
        assert run(a_rule("a", "") if not text.strip() else a_rule("a").model_copy(update={"when": text})).trace


def test_the_library_is_loaded_only_when_a_condition_is():
    """The CEL library is imported inside a function: who has no rules does not wait for it."""
    top = ast.parse(Path(language.__file__).read_text()).body
    assert not any(
        "cel_expr_python" in ast.unparse(node) for node in top if isinstance(node, ast.Import | ast.ImportFrom)
    )
