"""What rules decide: order, ends, conflicts, days, once, and a trace that says why."""

import datetime as dt

import pytest

from shared.domain.rules import BusinessRule
from shared.rules import evaluate
from shared.rules.evaluate import NO_RULES
from tests.unit.rules.samples import TODAY, a_rule, outcomes, run

YES, NO = "turn == 1", "turn == 2"


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        (("reply", {"text": "Hi."}), "reply", "Hi."),
        (("instruct", {"text": "Be brief."}), "instructions", ("Be brief.",)),
        (("cta", {"ids": ["book", "call"]}), "cta_ids", ("book", "call")),
        (("state", {"state": "offering"}), "state", "offering"),
        (("metadata", {"key": "seen", "value": "yes"}), "metadata", {"seen": "yes"}),
        (("require", {"field": "email"}), "require", ("email",)),
        (("handoff", {"reason": "Large order"}), "handoff", "Large order"),
        (("handoff", {}), "handoff", ""),
        (("tag", {"tag": "vip"}), "tags", ("vip",)),
    ],
)
def test_an_action_is_taken_when_its_rule_fires(action, field, value):
    """Each action has its place in the outcome, and none without its rule."""
    assert getattr(run(a_rule("r", YES, action)), field) == value
    assert getattr(run(a_rule("r", NO, action)), field) == getattr(NO_RULES, field)


def test_a_text_is_an_instruction():
    """`text` beside a condition is short for the action, and comes first."""
    rule = a_rule("r", YES, ("instruct", {"text": "B"}), text="A")
    assert run(rule).instructions == ("A", "B")


def test_rules_add_up_in_order():
    """What can accumulate does, once each, in the order of the list."""
    ruled = run(
        a_rule("a", YES, ("instruct", {"text": "1"}), ("cta", {"ids": ["x", "y"]}), ("require", {"field": "email"})),
        a_rule("b", NO, ("instruct", {"text": "no"})),
        a_rule("c", YES, ("instruct", {"text": "2"}), ("cta", {"ids": ["y", "z"]}), ("require", {"field": "email"})),
        a_rule("d", "", ("tag", {"tag": "t"}), ("tag", {"tag": "t"})),
    )
    assert ruled.instructions == ("1", "2")
    assert ruled.cta_ids == ("x", "y", "z")
    assert ruled.require == ("email",)
    assert ruled.tags == ("t",)
    assert ruled.fired == ("a", "c", "d")


def test_the_first_writer_wins():
    """Where rules disagree, the earlier one is right."""
    ruled = run(
        a_rule("a", YES, ("state", {"state": "offering"}), ("handoff", {"reason": "1"})),
        a_rule("b", YES, ("state", {"state": "resolved"}), ("handoff", {"reason": "2"})),
        a_rule("c", YES, ("metadata", {"key": "k", "value": "1"}), ("metadata", {"key": "k", "value": "2"})),
        a_rule("d", YES, ("reply", {"text": "1"}), ("reply", {"text": "2"})),
    )
    assert (ruled.state, ruled.handoff, ruled.metadata, ruled.reply) == ("offering", "1", {"k": "1"}, "1")


@pytest.mark.parametrize(
    ("action", "because"),
    [(("reply", {"text": "Hi."}), "an earlier rule gave the reply"), (("stop", {}), "an earlier rule said stop")],
)
def test_a_reply_and_a_stop_end_it(action, because):
    """All actions of that rule are taken, those after `stop` too; later rules are skipped, and say why."""
    ruled = run(a_rule("a", YES, action, ("tag", {"tag": "t"})), a_rule("b", YES), a_rule("c"))
    assert outcomes(ruled) == ["fired", "skipped", "skipped"]
    assert ruled.tags == ("t",)
    assert ruled.trace[1].because == because


def test_a_rule_that_does_not_fire_ends_nothing():
    """Only what fires can stop the others."""
    assert outcomes(run(a_rule("a", NO, ("stop", {})), a_rule("b", YES))) == ["not_fired", "fired"]


def test_first_match_ends_with_the_first_that_has_a_condition():
    """Rules without a condition are no alternatives: they fire and do not end it."""
    rules = (a_rule("a"), a_rule("b", NO), a_rule("c", YES), a_rule("d", YES), a_rule("e"))
    ruled = run(*rules, match="first")
    assert outcomes(ruled) == ["fired", "not_fired", "fired", "skipped", "skipped"]
    assert ruled.trace[3].because == "an earlier rule fired, and only the first one counts"
    assert outcomes(run(*rules, match="all")) == ["fired", "not_fired", "fired", "fired", "fired"]


def test_once_is_once():
    """A rule that fires once is reported as such, and does not fire again."""
    rules = (a_rule("a", YES, once=True), a_rule("b", YES), a_rule("c", NO, once=True))
    assert run(*rules).once == ("a",)
    again = run(*rules, fired_once=("a", "b"))
    assert outcomes(again) == ["already_fired", "fired", "not_fired"]
    assert again.once == ()


@pytest.mark.parametrize(
    ("starts", "ends", "outcome", "because"),
    [
        (0, 0, "fired", "it has no condition"),
        (None, 0, "fired", "it has no condition"),
        (0, None, "fired", "it has no condition"),
        (1, None, "not_now", "only from 2026-11-24"),
        (None, -1, "not_now", "only until 2026-11-22"),
    ],
)
def test_days_are_included(starts, ends, outcome, because):
    """A rule holds on its first and on its last day."""
    days = {
        name: TODAY + dt.timedelta(days=value)
        for name, value in (("starts_on", starts), ("ends_on", ends))
        if value is not None
    }
    trace = run(a_rule("a", **days)).trace[0]
    assert (trace.outcome, trace.because) == (outcome, because)


def test_a_disabled_rule_does_nothing():
    """Switched off is switched off, whatever its condition."""
    ruled = run(a_rule("a", "this is not a condition", enabled=False))
    assert outcomes(ruled) == ["disabled"]
    assert ruled.fired == ()


def test_a_standing_rule_is_left_to_the_prompt():
    """It is traced as fired and does nothing here, after a stop as well."""
    ruled = run(a_rule("a", YES, ("stop", {})), BusinessRule(id="s", text="Be kind."))
    assert outcomes(ruled) == ["fired", "fired"]
    assert ruled.fired == ("a",)
    assert ruled.instructions == ()


def test_an_unknown_fact_is_traced():
    """The rule does not fire; the trace names the fact."""
    trace = run(a_rule("a", 'crm.plan == "pro" && turn == 1')).trace[0]
    assert (trace.outcome, trace.because) == ("unknown", "the fact crm is not known")
    assert trace.facts == {"crm.plan": "not known", "turn": "1"}


@pytest.mark.parametrize(
    ("when", "because"),
    [
        ("int(message.text) == 1", "it reads a text as a number that is none"),
        ("nonsense ==", "its condition cannot be used: the condition ends too early"),
    ],
)
def test_a_broken_rule_is_traced_and_harms_no_other(when, because):
    """What an older version saved may be wrong: the others run."""
    ruled = run(a_rule("a", when), a_rule("b", YES))
    assert outcomes(ruled) == ["error", "fired"]
    assert ruled.trace[0].because.startswith(because)


def test_the_trace_shows_short_values():
    """The facts a condition names are shown as an owner reads them, cut short."""
    when = 'message.text != "" && open && size(tags) > 0 && size(fields) > 0 && fields.budget == "5" && turn == 1'
    ruled = run(
        a_rule("a", when), message="x" * 300, open=True, tags=("a", "b"), fields={"email": "a@b.org", "budget": "5"}
    )
    assert outcomes(ruled) == ["fired"]
    assert ruled.trace[0].facts == {
        "message.text": "x" * 79 + "…",
        "open": "true",
        "tags": "a, b",
        "fields": "email: a@b.org, budget: 5",
        "fields.budget": "5",
        "turn": "1",
    }


def test_rules_do_not_see_what_rules_set():
    """The facts are those from before the rules."""
    rules = (a_rule("a", YES, ("tag", {"tag": "t"}), ("state", {"state": "offering"})), a_rule("b", '"t" in tags'))
    assert outcomes(run(*rules)) == ["fired", "not_fired"]


def test_a_turn_has_a_largest_cost(monkeypatch):
    """When the conditions looked at could cost too much, the rest is skipped: also rules without a condition."""
    monkeypatch.setattr(evaluate, "MAX_TURN_COST", 12)
    ruled = run(
        a_rule("a", NO), a_rule("b", NO), a_rule("c", 'tags.exists(t, t == "a")'), a_rule("d", YES), a_rule("e")
    )
    assert outcomes(ruled) == ["not_fired", "not_fired", "skipped", "skipped", "skipped"]
    assert ruled.trace[2].because == "the rules before it used up what one turn may cost"


def test_no_rules_decide_nothing():
    """Without rules there is nothing to do, and nothing to load."""
    assert run() == NO_RULES
