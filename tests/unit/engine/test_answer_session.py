"""The session around a turn: repeats, abandoned turns, limits, two messages at once, and what is remembered."""

from typing import Any

import pytest

from shared.domain.errors import Conflict, RateLimited
from shared.domain.message import Page
from shared.domain.turn import Delta, Finished, Started
from shared.ports import Opened, OpenRequest
from tests.unit.fakes import World
from tests.unit.samples import a_message, a_tenant

FIVE: dict[str, Any] = {"limits": {"rate_limit": "5/minute"}}


def test_a_repeated_message_gets_the_first_answer_and_costs_nothing():
    """No second model call, no second count, no second turn; the answer is the same to the letter."""
    around = World(a_tenant(**FIVE), scripts=[["First."], ["Second."]])
    first = around.ask(message_id="m-1")
    again = around.ask(message_id="m-1")
    assert again.answer == first.answer
    assert again.html == first.html
    assert again.started.rate is None
    assert len(around.model.prompts) == 1
    assert len(around.session().turns) == 1
    after = around.ask(message_id="m-2").started.rate
    assert after is not None
    assert after.remaining == 3


def test_a_repeat_is_answered_even_when_the_limit_is_used_up():
    """The visitor paid for it already."""
    around = World(a_tenant(limits={"rate_limit": "1/minute"}))
    first = around.ask(message_id="m-1")
    with pytest.raises(RateLimited):
        around.ask(message_id="m-2")
    assert around.ask(message_id="m-1").answer == first.answer


def test_a_repeat_of_a_message_that_failed_says_the_same_again():
    """Nothing is done twice, whatever the ending was."""
    around = World(scripts=[RuntimeError("x"), ["Now it works."]])
    first = around.ask(message_id="m-1")
    assert around.ask(message_id="m-1").answer == first.answer


def test_the_same_message_id_in_another_session_is_another_message():
    """Ids are the visitor's own."""
    around = World(scripts=[["One."], ["Two."]])
    around.ask(message_id="m-1")
    assert around.ask(message_id="m-1", session_id="s-2", user="s-2").text == "Two."


@pytest.mark.parametrize("events_heard", [1, 2, 3])
def test_a_visitor_who_leaves_stops_the_model(events_heard):
    """After any event: the call is closed, the session is free, the question is kept and nothing is claimed."""
    around = World(scripts=[["One. ", "Two. ", "Three. ", "Four."], ["A new answer."]])
    turn = around.start(a_message("What now?", "m-1"))
    for _ in range(events_heard):
        next(turn)
    turn.close()  # type: ignore[attr-defined]
    assert all(stream.closed for stream in around.model.streams)
    assert not around.is_locked()
    left = around.session().turns[-1]
    assert (left.question, left.answer, left.ending) == ("What now?", "", "abandoned")
    assert around.ask("What now?", "m-1").text
    assert around.session().turns[-1].ending == "answered"
    assert [turn.message_id for turn in around.session().turns] == ["m-1"]


def test_a_turn_heard_to_the_end_is_recorded_before_its_last_event():
    """Whoever leaves with the last event in hand has been answered."""
    around = World(scripts=[["One."], ["Two."]])
    turn = around.start(a_message())
    event = next(turn)
    while not isinstance(event, Finished):
        event = next(turn)
    turn.close()  # type: ignore[attr-defined]
    assert around.session().turns[-1].ending == "answered"
    assert around.ask().answer == event.answer


def test_the_limit_holds_and_says_when_to_come_back():
    """The sixth of five messages is refused before anything is done, with the seconds and a friendly sentence."""
    around = World(a_tenant(**FIVE, contact={"phone": "+44 1632 960000"}))
    for n in range(5):
        around.ask(message_id=f"m-{n}")
    around.clock.sleep(20)
    with pytest.raises(RateLimited) as refused:
        around.ask(message_id="m-5")
    assert refused.value.limit == 5
    assert refused.value.reset_s == pytest.approx(40)
    assert "40 seconds" in refused.value.detail
    assert "call Acme on +44 1632 960000" in refused.value.detail
    assert len(around.model.prompts) == 5
    around.clock.sleep(41)
    assert around.ask(message_id="m-5").text


def test_refused_messages_do_not_count():
    """Trying again too early does not make the wait longer."""
    around = World(a_tenant(limits={"rate_limit": "1/minute"}))
    around.ask(message_id="m-0")
    for n in range(1, 10):
        around.clock.sleep(5)
        with pytest.raises(RateLimited):
            around.ask(message_id=f"m-{n}")
    around.clock.sleep(16)
    assert around.ask(message_id="m-10").text


def test_each_visitor_has_a_limit_and_each_address_another():
    """One visitor does not use up another's; an address of many visitors has a limit of its own."""
    around = World(a_tenant(limits={"rate_limit": "2/minute", "address_rate_limit": "3/minute"}))
    for n in range(2):
        around.ask(message_id=f"a-{n}", session_id="a", user="a", address="192.0.2.1")
    around.ask(message_id="b-0", session_id="b", user="b", address="192.0.2.1")
    with pytest.raises(RateLimited):
        around.ask(message_id="b-1", session_id="b", user="b", address="192.0.2.1")
    assert around.ask(message_id="b-1", session_id="b", user="b", address="192.0.2.2").text


def test_opening_the_widget_costs_no_message():
    """The greeting counts against the address, not the visitor."""
    around = World(a_tenant(limits={"rate_limit": "1/minute"}))
    for n in range(5):
        around.ask("__intro__", f"i-{n}")
    assert around.ask(message_id="m-1").text
    with pytest.raises(RateLimited):
        around.ask(message_id="m-2")


def _held(around: World) -> Opened:
    opening = around.sessions.open("acme", OpenRequest("s-1", "other", ()))
    assert isinstance(opening, Opened)
    return opening


def test_a_second_message_waits_for_the_first():
    """As soon as the session is free it is answered."""
    around = World()
    held = _held(around)
    around.clock.while_asleep = lambda: (
        around.sessions.unlock("acme", "s-1", held.lock) if around.clock.elapsed > 3 else None
    )
    assert around.ask().text
    assert 3 < around.clock.elapsed < 5


def test_a_session_that_stays_busy_is_given_up():
    """After about 45 seconds, with a code of its own, and the other message's lock untouched."""
    around = World()
    _held(around)
    with pytest.raises(Conflict) as refused:
        around.ask()
    assert refused.value.code == "session_busy"
    assert 45 <= around.clock.elapsed < 47
    assert around.is_locked()


def test_a_turn_that_lost_its_lock_overwrites_nobody():
    """When it took too long and another turn was written meanwhile, both are in the session."""
    around = World(scripts=[["Slow one."], ["Quick one."]])
    slow = around.start(a_message("slow", "m-slow"))
    assert isinstance(next(slow), Started)
    around.clock.sleep(121)
    around.ask("quick", "m-quick")
    assert isinstance(list(slow)[-1], Finished)
    assert {turn.question for turn in around.session().turns} == {"slow", "quick"}
    assert not around.is_locked()


def test_the_model_is_given_the_history_as_contents():
    """User and model in turn, oldest first, without citation numbers, the new message last."""
    around = World(scripts=[["95 pounds [1]."], ["At **nine**."], ["Bye."]])
    around.ask("__intro__", "m-0")
    around.ask("What does it cost?", "m-1")
    around.ask("When do you open?", "m-2")
    around.ask("Thanks", "m-3")
    *history, asked = around.model.prompts[-1].contents
    assert history == [
        {"role": "user", "parts": [{"text": "What does it cost?"}]},
        {"role": "model", "parts": [{"text": "95 pounds."}]},
        {"role": "user", "parts": [{"text": "When do you open?"}]},
        {"role": "model", "parts": [{"text": "At nine."}]},
    ]
    assert asked["role"] == "user"
    assert asked["parts"][-1] == {"text": "Thanks"}


def test_the_history_is_trimmed_to_whole_turns():
    """The newest `max_history_turns` exchanges are what the model sees."""
    around = World(a_tenant(limits={"max_history_turns": 2}), scripts=[[f"a{n}."] for n in range(5)])
    for n in range(5):
        around.ask(f"q{n}", f"m-{n}")
    texts = [content["parts"][-1]["text"] for content in around.model.prompts[-1].contents]
    assert texts == ["q2", "a2.", "q3", "a3.", "q4"]


def test_a_follow_up_is_searched_alone_and_with_the_question_before():
    """Only answered questions are a context."""
    around = World(scripts=[["95 pounds."], RuntimeError("x"), ["On Saturday too."]])
    around.ask("Prices?", "m-1")
    around.ask("Broken", "m-2")
    around.ask("And on Saturdays?", "m-3")
    assert around.model.embedded[0] == ["Prices?"]
    assert around.model.embedded[-1] == ["And on Saturdays?", "Prices? And on Saturdays?"]


def test_what_the_visitor_brings_along_is_kept_on_the_session():
    """Page, locale and attributes; later ones replace earlier ones, absent ones do not."""
    around = World()
    around.ask(
        message_id="m-1", locale="de", page=Page("https://acme.example/a", "A"), metadata={"plan": "free", "n": 1}
    )
    around.ask(message_id="m-2", metadata={"n": 2})
    session = around.session()
    assert session.metadata == {"plan": "free", "n": 2}
    assert session.page == {"url": "https://acme.example/a", "title": "A"}
    assert session.locale == "de"


def test_attributes_do_not_grow_without_end():
    """4 KB in all: when old and new do not fit together, the new ones stay."""
    around = World()
    around.ask(message_id="m-1", metadata={"a": "x" * 3000})
    around.ask(message_id="m-2", metadata={"b": "é" * 400})
    assert set(around.session().metadata) == {"b"}
    around.ask(message_id="m-3")
    assert set(around.session().metadata) == {"b"}


def test_a_session_ends_after_its_time():
    """The next message begins a new conversation."""
    around = World(a_tenant(limits={"session_ttl_seconds": 60}))
    around.ask("first", "m-1")
    around.clock.sleep(61)
    around.ask("second", "m-2")
    assert [turn.question for turn in around.session().turns] == ["second"]


def test_deltas_are_never_empty_noise_before_the_answer():
    """A started turn yields its words, and joined they are not empty."""
    events = list(World(scripts=[["", "", "Hello."]]).start(a_message()))
    shown = [event.html for event in events if isinstance(event, Delta)]
    assert shown
    assert shown[0]
