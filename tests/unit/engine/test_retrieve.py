"""What is searched for and embedded, how often, and what a weak find comes to."""

import pytest

from shared.domain.cta import CtaNode
from shared.domain.knowledge import Space
from shared.retrieval.evidence import NOTHING
from tests.unit.fakes import World
from tests.unit.samples import a_tenant

ASKED = "What does a service cost?"
TREE = (
    CtaNode(id="shop", label="Shop", kind="link", url="https://acme.example/shop"),
    CtaNode(id="news", label="News", kind="link", url="https://acme.example/news"),
    CtaNode(id="offers", label="Offers", kind="link", url="https://acme.example/offers"),
    CtaNode(id="call", label="Call us", kind="phone", url="tel:+441632960000"),
)


def test_a_repeated_question_is_embedded_once():
    """Another session that asks the same costs no call of the embedding service, and finds the same."""
    around = World()
    first = around.ask(ASKED, "m-1")
    again = around.ask(ASKED, "m-2", session_id="s-2")
    assert around.model.embedded == [[ASKED]]
    assert again.answer["reply"]["html"] == first.answer["reply"]["html"]
    assert [asked.texts for asked in around.index.asked] == [[ASKED], [ASKED]]


def test_one_embedding_serves_the_turn():
    """Search and intent share it; a follow-up's form that stands alone is embedded in the same call."""
    around = World()
    around.ask(ASKED, "m-1")
    around.ask("And on Sundays?", "m-2")
    assert around.model.embedded == [[ASKED], ["And on Sundays?", f"{ASKED} And on Sundays?"]]
    around.ask("And on Sundays?", "m-3", session_id="s-2")
    assert len(around.model.embedded) == 2


def test_of_a_follow_up_that_was_asked_before_only_the_whole_is_embedded():
    """What the session brought along is not embedded again; the rest is."""
    around = World()
    around.ask("And on Sundays?", "m-1")
    around.ask(ASKED, "m-2", session_id="s-2")
    around.ask("And on Sundays?", "m-3", session_id="s-2")
    assert around.model.embedded == [["And on Sundays?"], [ASKED], [f"{ASKED} And on Sundays?"]]


@pytest.mark.parametrize(
    "text",
    [
        "My name is Ana Gomez. What does a service cost?",
        "What is the state of my order for ana@example.com?",
        "Is 020 7946 0123 still your number?",
        "What does a service cost? " * 9,
    ],
    ids=["told of oneself", "an address", "a number", "long"],
)
def test_what_says_who_asks_is_not_remembered(text):
    """Nor what is too long to be asked twice."""
    around = World(a_tenant(fields=[{"id": "name", "label": "Name", "type": "name"}]))
    around.ask(text, "m-1")
    around.ask(text, "m-2", session_id="s-2")
    assert len(around.model.embedded) == 2


def test_a_vector_of_another_space_is_not_used():
    """After the index was built with another model, the question is embedded anew in that model's space."""
    around = World()
    around.ask(ASKED, "m-1")
    around.index.space = Space("another", 2)
    around.ask(ASKED, "m-2", session_id="s-2")
    around.ask(ASKED, "m-3", session_id="s-3")
    assert around.model.embedded == [[ASKED], [ASKED]]
    assert [asked.space for asked in around.index.asked] == [Space("fake", 2), Space("another", 2), Space("another", 2)]


def test_a_weak_find_is_no_answer():
    """The model gets no passages and is told so, cannot cite any, and the question counts as one without an answer."""
    around = World(scripts=[["It costs 95 pounds [1]."], ["I don't know that [1]."]])
    around.ask(ASKED, "m-1")
    assert around.session().dialogue.unanswered == 0
    around.index.likelihood = NOTHING - 0.01
    heard = around.ask("Do you sell zeppelins?", "m-2")
    told = "".join(part["text"] for part in around.model.prompts[1].contents[-1]["parts"])
    assert "<passage" not in told
    assert "say that you don't know" in told
    assert heard.answer["citations"] == []
    assert "[1]" not in heard.text
    assert around.session().dialogue.unanswered == 1
    assert [event for event in around.journal.events if event.kind == "gap"]


def test_a_find_that_may_hold_the_answer_is_the_models_to_judge():
    """At the threshold passages are given, and nothing is said of not knowing."""
    around = World()
    around.index.likelihood = NOTHING
    around.ask(ASKED, "m-1")
    told = "".join(part["text"] for part in around.model.prompts[0].contents[-1]["parts"])
    assert "<passage" in told
    assert "say that you don't know" not in told


def test_who_is_not_answered_is_shown_the_way_to_a_person():
    """The call comes first then; with an answer it is one of the others."""
    around = World(a_tenant(cta_tree=TREE), scripts=[["It costs 95 pounds [1]."], ["I don't know."]])
    assert [cta["id"] for cta in around.ask(ASKED, "m-1").answer["ctas"]] == ["shop", "news", "offers"]
    around.index.likelihood = 0.0
    assert around.ask("Do you sell zeppelins?", "m-2").answer["ctas"][0]["id"] == "call"


def test_only_what_was_retrieved_can_be_cited_or_linked():
    """Numbers of no passage and addresses that are nowhere in the index are dropped, whatever the model writes."""
    said = "It costs 95 pounds [1], see [7] and [2]. Look at https://evil.example/x or https://acme.example/page-1."
    around = World(scripts=[[said]])
    heard = around.ask(ASKED, "m-1")
    numbers = [citation["n"] for citation in heard.answer["citations"]]
    assert numbers == [1, 2]
    assert heard.text == "It costs 95 pounds [1], see and [2]. Look at or https://acme.example/page-1."
    assert "evil.example" not in heard.html
