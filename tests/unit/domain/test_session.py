"""A conversation: whole turns, in order, the newest kept."""

from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.sessions import codec
from shared.domain.session import Ending, PastTurn, Session, text_content
from tests.unit.properties import NORMAL, real_text


def turn(message_id: str, question: str = "hello?", answer: str = "hello!", ending: Ending = "answered") -> PastTurn:
    """Return an exchange."""
    said = text_content("model", answer)
    return PastTurn(message_id, "2026-11-23T10:00:00+00:00", text_content("user", question), said, "<p>x</p>", ending)


def conversation(*turns: PastTurn) -> Session:
    """Return a session of these turns."""
    return Session("acme", "s-1", "2026-11-23T10:00:00+00:00", turns)


def test_the_oldest_turns_go_first_and_whole():
    """Trimming never leaves an answer without its question."""
    session = conversation()
    for n in range(5):
        session = session.with_turn(turn(f"m-{n}", f"q{n}", f"a{n}"), 2)
    assert [past.message_id for past in session.turns] == ["m-3", "m-4"]
    assert [content["role"] for content in session.contents()] == ["user", "model"] * 2


def test_a_repeated_message_replaces_its_turn():
    """One message id stands in the session once, with its newest outcome, at the end."""
    first = conversation(turn("m-1", ending="abandoned"), turn("m-2"))
    session = first.with_turn(turn("m-1", answer="better"), 20)
    assert [past.message_id for past in session.turns] == ["m-2", "m-1"]
    assert session.turns[-1].answer == "better"
    assert len(first.turns) == 2


def test_the_model_is_given_no_empty_contents():
    """The greeting has no question and a failed turn no answer: an empty part would be refused by the service."""
    session = conversation(turn("m-1", "", ""), turn("m-2", "cost?", "", "failed"), turn("m-3"))
    contents = session.contents()
    assert contents[0] == {"role": "user", "parts": [{"text": "cost?"}]}
    assert all(part["text"] for content in contents for part in content["parts"])


def test_a_question_in_several_parts_is_read_whole():
    """Contents may hold parts without text, which count as nothing."""
    past = PastTurn("m", "t", {"role": "user", "parts": [{"text": "a"}, {"inlineData": {}}, {"text": "b"}]}, {}, "")
    assert past.question == "ab"
    assert past.answer == ""


@NORMAL
@given(st.lists(st.sampled_from("abcdef"), max_size=20), st.integers(1, 5))
def test_a_session_never_holds_more_turns_or_a_message_twice(ids, most):
    """Whatever arrives in whatever order, the newest is last."""
    session = conversation()
    for message_id in ids:
        session = session.with_turn(turn(message_id), most)
        held = [past.message_id for past in session.turns]
        assert held[-1] == message_id
        assert len(held) <= most
        assert len(held) == len(set(held))


@NORMAL
@given(real_text, real_text, st.dictionaries(real_text, st.integers() | real_text, max_size=4))
def test_a_session_is_read_as_it_was_stored(question, answer, metadata):
    """The stored form loses nothing, and one of an unknown format is no session."""
    session = Session("acme", "s-1", "now", (turn("m-1", question, answer),), metadata, {"url": "u", "title": question})
    assert codec.load(codec.dump(session)) == session
    assert codec.load('{"format": 99, "anything": 1}') is None
