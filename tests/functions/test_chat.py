"""The main path: a business answers from its own facts."""

from collections.abc import Callable

from tests.clients import Business, StandIn

FACTS = "# Prices\nA full service costs 95 pounds.\n\n# Hours\nOpen on Saturday from 9 to 14."


def test_answers_from_the_businesss_own_facts(new_business: Callable[..., Business], stand_in: StandIn):
    """A question is answered from the knowledge, streamed or not, and what was streamed is what is final."""
    chat = new_business(facts=FACTS).chat
    answer = chat.ask("What does a full service cost?")
    assert "95" in answer["reply"]["text"]
    events = list(chat.stream("And on Saturday, when are you open?"))
    assert events[0].name == "start"
    assert "".join(event.data["html"] for event in events if event.name == "delta") == events[-1].data["reply"]["html"]
    assert len(stand_in.requests()) == 2
