"""A person in a conversation: joins, speaks, leaves."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from shared.api.admin.ownership import give_back, say, take_over, words
from shared.dialogue.machine import step
from shared.domain.dialogue import Dialogue
from shared.domain.errors import Conflict
from shared.domain.session import PastTurn, Session, text_content
from shared.domain.states import STATES
from tests.unit.properties import NORMAL, real_text

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=5)
TURN = PastTurn("m-1", NOW.isoformat(), text_content("user", "A person?"), text_content("model", "I ask."), "<p>x</p>")


def a_session(**dialogue: Any) -> Session:
    """Return a session of one turn in which a person was asked for, unless `dialogue` says otherwise."""
    known = {"state": "handoff_requested", "owner": "bot", "handoff": "hnd_1", "since": NOW.isoformat(), **dialogue}
    return Session("acme", "s-1", NOW.isoformat(), (TURN,), dialogue=Dialogue(**known))


TAKEN = take_over(a_session(), "hnd_1", NOW)


def test_a_person_joins_and_leaves():
    """Whoever claims owns the session until they leave; what is known of the visitor stays."""
    asked = a_session(tags=("vip",))
    taken = take_over(asked, "hnd_1", LATER)
    assert (taken.dialogue.state, taken.dialogue.owner, taken.dialogue.handoff) == ("with_person", "person", "hnd_1")
    assert taken.dialogue.since == LATER.isoformat()
    left = give_back(taken, "hnd_1", LATER)
    assert left
    assert (left.dialogue.owner, left.dialogue.handoff, left.dialogue.tags) == ("bot", "", ("vip",))
    assert left.turns == asked.turns


@pytest.mark.parametrize("state", STATES)
def test_whoever_comes_late_joins_all_the_same(state):
    """The time-out gave the session back, or it fell asleep: claiming still reaches the visitor."""
    owner = {"with_person": "person", "resolved": "nobody", "dormant": "nobody"}.get(state, "bot")
    for handoff in ("", "hnd_1"):
        taken = take_over(a_session(state=state, owner=owner, handoff=handoff), "hnd_1", NOW)
        assert (taken.dialogue.owner, taken.dialogue.handoff) == ("person", "hnd_1")


def test_an_older_call_does_not_take_what_a_newer_one_is_about():
    """When the visitor asked again since, the newer call is named, and closing the older one changes nothing."""
    for state in ("handoff_requested", "with_person"):
        newer = a_session(state=state, handoff="hnd_2")
        with pytest.raises(Conflict, match="hnd_2") as refused:
            take_over(newer, "hnd_1", NOW)
        assert refused.value.code == "another_handoff"
        assert give_back(newer, "hnd_1", NOW) is None


def test_a_call_closed_unanswered_ends_the_waiting():
    """The visitor waits for nobody any more; what the assistant has back already is left alone."""
    left = give_back(a_session(), "hnd_1", NOW)
    assert left
    assert (left.dialogue.state, left.dialogue.handoff) == ("answering", "")
    assert give_back(a_session(state="answering", handoff=""), "hnd_1", NOW) is None


def test_nobody_joins_what_the_machine_refuses(monkeypatch):
    """The table of states has the last word."""
    monkeypatch.setattr(
        "shared.api.admin.ownership.step",
        lambda dialogue, event, now: replace(step(dialogue, event, now), allowed=False, dialogue=dialogue),
    )
    with pytest.raises(Conflict) as refused:
        take_over(a_session(), "hnd_1", NOW)
    assert refused.value.code == "wrong_state"


def test_words_become_a_turn_and_hold_off_the_time_out():
    """The visitor sees them, the model remembers them as ours, and the person is known to be there."""
    turn = words('Hello,\nI am <b>Ben</b> & "here"', "msg_1", LATER)
    spoken = say(TAKEN, "hnd_1", turn, 20, LATER)
    assert spoken.turns == (TURN, turn)
    assert turn.html == '<p>Hello,<br>I am &lt;b&gt;Ben&lt;/b&gt; &amp; "here"</p>'
    assert (turn.question, turn.answer) == ("", 'Hello,\nI am <b>Ben</b> & "here"')
    assert spoken.dialogue.since == LATER.isoformat()
    assert spoken.contents()[-1] == text_content("model", turn.answer)


def test_words_keep_to_the_history_s_length():
    """A talkative person pushes out the oldest turns, nothing else."""
    spoken = TAKEN
    for number in range(5):
        spoken = say(spoken, "hnd_1", words(f"Line {number}", f"msg_{number}", LATER), 3, LATER)
    assert [turn.message_id for turn in spoken.turns] == ["msg_2", "msg_3", "msg_4"]
    assert spoken.dialogue.owner == "person"


@pytest.mark.parametrize(
    "session", [a_session(), a_session(state="answering", handoff=""), TAKEN], ids=["asked", "given-back", "other's"]
)
def test_nobody_speaks_in_a_conversation_they_do_not_hold(session):
    """Unclaimed, given back by a time-out, or another hand-off's: the person is told to claim first."""
    with pytest.raises(Conflict) as refused:
        say(session, "hnd_2" if session is TAKEN else "hnd_1", words("Hi", "msg_1", NOW), 20, NOW)
    assert refused.value.code == "not_owner"


@NORMAL
@given(real_text)
def test_words_are_never_markup(text):
    """Whatever is typed, the visitor's browser gets one paragraph and line breaks."""
    shown = words(text, "msg_1", NOW).html
    inside = shown.removeprefix("<p>").removesuffix("</p>").replace("<br>", "")
    assert "<" not in inside
    assert ">" not in inside
