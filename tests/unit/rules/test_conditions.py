"""Conditions: what is accepted, what is refused with which words and where, and that each has a bounded price."""

import time

import pytest

from shared.domain.rules import MAX_CONDITION_CHARS
from shared.rules.complaints import RuleError
from shared.rules.facts import FACTS, Facts
from shared.rules.language import Failed, Unknown, activation, check_condition, compile_condition
from shared.rules.survey import MAX_COST
from tests.unit.rules.samples import NOW, full_facts

FLOOR_S = 50e-6


def decide(text, **facts):
    """Return what a condition says of facts given by their keyword."""
    condition = compile_condition(text)
    known = Facts(**{"message": "Hello", "now": NOW, **facts})
    return condition.decide(activation({name: known.value(name) for name in condition.facts}))


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ('message.text == "Hello" && message.length == 5', {}),
        ('message.plain.contains("cafe")', {"message": "A CAFÉ, please"}),
        ("sentiment.score < 0 && intent.confidence >= 0.5", {"score": -0.5, "confidence": 0.5}),
        ('intent.name in ["pricing", "contact"]', {"intent": "contact"}),
        ('has(fields.email) && fields["email"].endsWith(".org")', {"fields": {"email": "a@b.org"}}),
        ("!has(fields.email)", {}),
        ('"email" in known && size(known) == 1', {"fields": {"email": "a@b.org"}}),
        ("double(fields.budget) > 500", {"fields": {"budget": "500.5"}}),
        ("open ? turn == 1 : false", {"open": True}),
        ('tags.exists(t, t.startsWith("vip"))', {"tags": ("a", "vip-1")}),
        ('size(ctas.shown.filter(c, c != "book")) == 1', {"shown": ("book", "call")}),
        ('ctas.clicked.exists_one(c, c == "book")', {"clicked": ("book",)}),
        ('metadata.vip == true && metadata.visits > 2 && "a" in metadata.plans',
         {"metadata": {"vip": True, "visits": 3, "plans": ["a"]}}),
        ('time.weekday == "monday" && time.hour == 14 && time.minute == 30 && time.date >= "2026-11-23"', {}),
        ('crm.plan == "pro" && experiment["hero"] == "b"', {"crm": {"plan": "pro"}, "experiment": {"hero": "b"}}),
        ("true // and a comment", {}),
    ],
)  # fmt: skip
def test_a_condition_is_true_of_facts(text, facts):
    """Every kind of fact can be asked about, in every way the manual shows."""
    assert decide(text, **facts) is True
    assert decide(f"!({text.removesuffix(' // and a comment')})", **facts) is False


@pytest.mark.parametrize(
    ("text", "facts", "missing"),
    [
        ("open", {}, "open"),
        ("!open", {}, "open"),
        ('crm.plan == "pro"', {}, "crm"),
        ("has(crm.plan)", {}, "crm"),
        ('fields.budget == "500"', {"fields": {"email": "a@b.org"}}, "fields.budget"),
        ('fields["budget"] != "500"', {}, "fields.budget"),
        ("fields[state] == state", {}, "fields.new"),
        ("fields[state] == metadata[channel]", {"fields": {"new": "a"}}, "web"),
        ("fields[message.text] == state", {"message": "x" * 4000}, "fields." + "x" * 73),
        ('crm.plan == "pro"', {"crm": {}}, "crm.plan"),
        ("open && turn == 1", {}, "open"),
        ("metadata.nested == 1", {"metadata": {"nested": {"a": 1}}}, "metadata.nested"),
    ],
)
def test_what_is_not_known_is_named(text, facts, missing):
    """A fact or key that nobody knows makes a condition neither true nor false."""
    assert decide(text, **facts) == Unknown(missing)


@pytest.mark.parametrize(
    ("text", "outcome"), [("open || turn == 1", True), ("turn == 1 || open", True), ("open && turn == 2", False)]
)
def test_what_is_not_known_need_not_matter(text, outcome):
    """One side that settles it is enough."""
    assert decide(text) is outcome


@pytest.mark.parametrize(
    ("text", "facts", "because"),
    [
        ("turn / 0 == 1", {}, "it divides by zero"),
        ("turn % 0 == 1", {}, "it divides by zero"),
        ("int(message.text) > 1", {}, "it reads a text as a number that is none"),
        ('tags[3] == "a"', {}, "it asks for a place that a list does not have"),
        ("metadata.plan > 3", {"metadata": {"plan": "pro"}}, "it compares values of different kinds"),
        ('metadata.plan.name == "a"', {"metadata": {"plan": "pro"}}, "it asks for a part of something that has none"),
        ('metadata["plan"]["name"] == "a"', {"metadata": {"plan": "pro"}}, "it asks for a part of something"),
        ("turn + 9223372036854775807 > 1", {}, "a number gets too large"),
    ],
)
def test_what_has_no_outcome_says_why(text, facts, because):
    """A condition that cannot be worked out fails with a sentence, never with an exception."""
    outcome = decide(text, **facts)
    assert isinstance(outcome, Failed)
    assert outcome.because.startswith(because)


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("", "the condition ends too early", (1, 1)),
        ("turn >", "the condition ends too early", (1, 7)),
        ("((open)", "is missing|ends too early", (1, 8)),
        ("open open", "'open' is not expected here", (1, 6)),
        ("open and true", "'and' is written && here", (1, 6)),
        ('state = "new"', "'=' is written == here", (1, 7)),
        ('state == "new', "its closing quote is missing", (1, 10)),
        ("state == “new”", "straight quotes", (1, 10)),
        ("état == 1", "texts stand between quotes", (1, 1)),
        ("if open", "'if' is not expected here", (1, 1)),
        ("open;", "';' means nothing here", (1, 5)),
        ('intent.nam == "x"', r"'intent.nam' is not a fact: did you mean intent.name\?", (1, 1)),
        ('open\n  && sate == "new"', r"'sate' is not a fact: did you mean state\?", (2, 6)),
        ('"é" == foo', "'foo' is not a fact", (1, 8)),
        ('message == "x"', "use message.text, message.plain, message.length", (1, 1)),
        ("open || int == int", "'int' is not a fact", (1, 9)),
        ('message.text.matches("(a+)+")', "no function 'matches': contains", (1, 14)),
        ('matches(message.text, "a")', "no function 'matches'", (1, 1)),
        ("tags.map(t, t) == tags", "no function 'map': all, exists and filter", (1, 6)),
        ("sizee(tags) == 1", r"no function 'sizee': did you mean size\?", (1, 1)),
        ('message.text.lowerAscii() == "a"', "message.plain", (1, 14)),
        ('timestamp("2026-01-01T00:00:00Z") == timestamp("x")', "no function 'timestamp'", (1, 1)),
        ("intent.name == 3", "'==' does not go with a text and a whole number", (1, 13)),
        ("fields.budget > 500", r"use double\(...\)", (1, 15)),
        ("intent.confidence == 1", r"decimal number such as 1\.0", (1, 19)),
        ("open ? 1 : tags", "the two outcomes", (1, 6)),
        ("size(turn) == 1", "'size' does not go with a whole number", (1, 5)),
        ("!turn", "'!' does not go with a whole number", (1, 1)),
        ('tags["a"] == "b"', "a list has no entry by a text", (1, 5)),
        ("turn.x == 1", "a whole number has nothing after a dot", (1, 5)),
        ("turn.exists(x, true)", "only lists and maps", (1, 1)),
        ("tags.exists(1, true)", "a loop begins with a name of your own", (1, 13)),
        ("metadata.vip", "not true or false", (1, 1)),
        ('"new"', "not true or false", (1, 1)),
        ("has(open)", "has.. is for a key", (1, 1)),
        ("turn > 1 && has(page.url)", "has.. is for a key, such as .*; compare page.url itself", (1, 13)),
        ('state == "neww"', r"state is never 'neww': did you mean new\?", (1, 10)),
        ('time.weekday in ["monday", "xyz"]', "it is one of monday, tuesday", (1, 28)),
        ("open && {1: 2}[1] == 2", "maps in braces", (1, 9)),
        ("google.protobuf.Int64Value{value: 1} == 1", "is not a fact", (1, 1)),
        ("turn == 99999999999999999999", "invalid int literal", (1, 9)),
        ("(" * 200 + "open" + ")" * 200, "nested too deeply", (1, 1)),
        ("turn+" * 190 + "1 == 1", "nested too deeply", (1, 1)),
        ("x" * (MAX_CONDITION_CHARS + 1), "more than 1000 characters", (1, 1001)),
        ("open\ud800", "a character that is none", (1, 5)),
        ("tags.all(a, tags.all(b, tags.all(c, a == b + c)))", "may take too long", (1, 9)),
        ("open && ctas.shown.all(a, ctas.clicked.all(b, a != b))", "may take too long", (1, 23)),
    ],
)
def test_a_wrong_condition_is_refused_with_where(text, message, position):
    """The owner reads what is wrong in plain words, and where."""
    with pytest.raises(RuleError, match=message) as refused:
        compile_condition(text)
    assert refused.value.position == position
    assert "INVALID_ARGUMENT" not in refused.value.message


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_a_near_miss_of_every_fact_is_recognised(fact):
    """A misspelt fact is answered with the right one."""
    with pytest.raises(RuleError, match=f"did you mean {fact.name}\\?"):
        compile_condition(f"{fact.name}z == 1")


def test_a_condition_is_compiled_once():
    """The same words are the same object; what is wrong is remembered as well."""
    assert compile_condition("turn > 77") is compile_condition("turn > 77")
    assert check_condition("turn > ") is check_condition("turn > ")


def test_a_refusal_is_a_new_error_each_time():
    """A kept error would gather the traceback of everybody who ever raised it."""
    raised = []
    for _ in range(2):
        with pytest.raises(RuleError) as refused:
            compile_condition("turn > ")
        raised.append(refused.value)
    assert raised[0] is not raised[1]


def test_a_condition_names_its_facts_as_its_owner_wrote_them():
    """Keys are named with their map; a loop's variable is no fact, whatever it is called."""
    condition = compile_condition('fields.email != "" && tags.exists(turn, turn == "a") && size(fields) > 1')
    assert condition.facts == ("fields", "tags")
    assert condition.names == ("fields.email", "tags", "fields")


DEAR = (
    "ctas.clicked.exists(c, c in ctas.shown)",
    "size(ctas.shown.filter(c, c != message.text)) > 900",
    "tags.exists(t, known.exists(k, t == k))",
    '(message.text + message.text).contains(message.plain + "b")',
    "tags.exists(t, message.text.contains(t + t))",
    "fields.exists(k, fields[k].contains(message.text + k))",
    "metadata.exists(k, metadata[k] == message.text)",
    "||".join(["'zz' in ctas.shown"] * 50),
    "||".join(["has(metadata.zz)"] * 55),
)  # fmt: skip


@pytest.mark.parametrize("text", DEAR)
def test_no_condition_costs_more_than_was_reckoned(text):
    """With facts as large as they get, evaluating takes time by the reckoned cost (of the dearest that is allowed)."""

    def seconds(condition):
        facts, best = full_facts(), float("inf")
        known = {name: facts.value(name) for name in condition.facts}
        for _ in range(7):
            ready = activation(known)
            begun = time.thread_time()
            condition.decide(ready)
            best = min(best, time.thread_time() - begun)
        return best

    yardstick = compile_condition("size(ctas.shown.filter(c, c != message.text)) > 900")
    condition = compile_condition(text)
    assert condition.cost <= MAX_COST
    assert seconds(condition) < 4 * max(seconds(yardstick) * MAX_COST / yardstick.cost, FLOOR_S)
