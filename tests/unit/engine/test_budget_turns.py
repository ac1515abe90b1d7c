"""A turn as its business's budget runs out: a smaller model, quotes, the contact; and what turns are said to cost."""

from typing import Any

import pytest

from shared.domain.budget import Spent
from shared.domain.events import CostArose
from shared.domain.prompt import ModelChunk
from shared.domain.turn import Delta, Usage
from tests.unit.fakes import World
from tests.unit.samples import CTA_TREE, a_message, a_passage, a_tenant

DOLLAR = 1_000_000
CONTACT = {"phone": "+44 1632 960000", "email": "shop@acme.example"}


def world(percent: int, **fields: Any) -> World:
    """Return a business that has spent so much of its budget of a dollar a month."""
    around = World(tenant=a_tenant(budget={"monthly_usd": 1}, contact=CONTACT, cta_tree=CTA_TREE, **fields))
    around.spending.by_business["acme"] = Spent(DOLLAR * percent // 100)
    return around


def costs(around: World) -> list[dict[str, Any]]:
    """Return the items of all cost events."""
    return [dict(item) for one in around.journal.events if isinstance(one, CostArose) for item in one.items]


def test_below_the_first_step_all_is_as_ever():
    """The business's own model, nothing missing."""
    around = world(79)
    assert around.ask().answer["degraded"] == []
    assert around.model.prompts[0].model == "gemini-test"


def test_a_smaller_model_answers_and_is_paid_for():
    """From 80 per cent: the platform's, or the one the owner chose; the cost event names it."""
    around = world(80)
    assert around.ask().answer["degraded"] == ["budget"]
    own = world(80, models={"fallback": "gemini-small"})
    own.scripts = ()
    own.ask()
    assert [one.model.prompts[0].model for one in (around, own)] == ["gemini-3.5-flash-lite", "gemini-small"]


def test_where_there_is_none_smaller_nothing_is_missing():
    """The step says nothing about a model that answers anyway."""
    around = world(80, models={"chat": "gemini-x", "fallback": "gemini-x"})
    assert around.ask().answer["degraded"] == []


def test_pages_are_quoted_without_a_model():
    """From 95 per cent: the page's own sentence with its source, as an answer; the stream is the reply."""
    around = world(95)
    heard = around.ask("What does a full service cost?")
    assert heard.answer["reply"]["text"] == "A full service costs 95 pounds [1]."
    assert heard.answer["citations"][0]["url"] == "https://acme.example/page-1"
    assert heard.html == heard.answer["reply"]["html"]
    assert heard.answer["degraded"] == ["budget"]
    assert (around.model.prompts, around.session().turns[-1].ending) == ([], "answered")
    assert [item["unit"] for item in costs(around)] == ["embedded_tokens"]


def test_without_a_fitting_page_visitors_are_told_the_contact():
    """Nothing is made up; and the ways to reach people are the buttons."""
    around = world(95)
    around.knowledge._index = None
    answer = around.ask("Do you sell strawberries?").answer
    assert answer["reply"]["text"] == (
        "I can't answer that here at the moment. You can reach Acme directly: +44 1632 960000, shop@acme.example."
    )
    assert answer["ctas"][0]["id"] == "call"


def test_at_the_end_nothing_costs_anything():
    """No model and no embedding, in words that say nothing of money."""
    around = world(100)
    answer = around.ask().answer
    assert (around.model.prompts, around.model.embedded, costs(around)) == ([], [], [])
    assert (answer["degraded"], answer["ctas"][0]["kind"]) == (["budget"], "phone")
    assert not any(word in answer["reply"]["text"].lower() for word in ("budget", "money", "cost", "usd", "$"))


@pytest.mark.parametrize("message", ["__intro__", "I want to talk to a person", "Can I book an appointment?"])
def test_what_needs_no_model_is_as_ever(message):
    """Greeting, a person, a booking: also with nothing left, and nothing is said to be missing."""
    spent, fresh = world(100), world(0)
    answers = [around.ask(message).answer for around in (spent, fresh)]
    assert answers[0]["degraded"] == []
    assert answers[0]["reply"] == answers[1]["reply"]


def test_a_business_without_a_budget_is_not_asked_about():
    """Not even in memory."""
    around = World()
    around.ask()
    assert around.spending.asked == 0


def test_one_business_does_not_pay_for_another():
    """What somebody else spent is nothing to this one."""
    around = world(0)
    around.spending.by_business = {"other": Spent(100 * DOLLAR)}
    assert around.ask().answer["degraded"] == []


def test_the_embedding_of_a_question_is_paid_for():
    """Of the question alone first, and with the one before it then."""
    around = World()
    around.ask("What does a service cost?", "m-1")
    around.ask("And brakes?", "m-2")
    tokens = [item["amount"] for item in costs(around) if item["unit"] == "embedded_tokens"]
    assert tokens == [7, 3 + 10]


def test_an_answer_that_nobody_waited_for_is_paid_for():
    """The visitor left before the service told its tokens: an estimate, of what was asked and what came."""
    around = World(scripts=(("It costs 95 pounds, and more than that. ", "It also"),))
    turn = around.start(a_message())
    next(piece for piece in turn if isinstance(piece, Delta))
    turn.close()  # type: ignore[attr-defined]
    units = {item["unit"]: item["amount"] for item in costs(around)}
    assert units["tokens_in"] > 100
    assert 5 < units["tokens_out"] < 20


def test_an_answer_that_broke_off_is_paid_for_as_told():
    """What the service told stands, also when it fails afterwards."""
    from shared.domain.errors import ModelUnavailable

    trouble = ModelUnavailable("away", transient=True, reason="unavailable")
    around = World(scripts=((ModelChunk("It costs", usage=Usage(700, 2)), trouble),))
    assert around.ask().answer["usage"] == {"input_tokens": 700, "output_tokens": 2}
    assert {item["unit"]: item["amount"] for item in costs(around)}["tokens_in"] == 700


def test_passages_of_the_platform_are_marked_when_quoted():
    """As in any answer."""
    around = world(95)
    shared = World(tenant=around.tenant, passages=(a_passage(1, shared=True),))
    shared.spending = around.spending
    shared.ports = around.ports.__class__(**{**shared.ports.__dict__, "spending": around.spending})
    assert (
        shared.ask("What does a full service cost?").answer["citations"][0]["title"].endswith("(general information)")
    )
