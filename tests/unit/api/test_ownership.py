"""A person in a conversation: joins, speaks, leaves; under the lock, without losing what others wrote."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from shared.adapters.sessions.memory_store import MemorySessions
from shared.api.admin.ownership import PATIENCE_S, conversation, give_back, say, take_over, words
from shared.dialogue.machine import step
from shared.domain.dialogue import Dialogue
from shared.domain.errors import Conflict, Unavailable
from shared.domain.session import PastTurn, Session, text_content
from shared.domain.states import STATES
from shared.ports import Opened, OpenRequest, Replayed
from tests.unit.fakes import ManualClock
from tests.unit.properties import NORMAL, real_text
from tests.unit.samples import a_tenant

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=5)
TENANT = a_tenant()
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


class Store(MemorySessions):
    """Sessions in memory with one conversation; remembers what was opened, and fails when told to."""

    def __init__(self, clock: ManualClock, session: Session | None = None) -> None:
        super().__init__(clock.monotonic)
        self.failing = False
        if session:
            self.remember("acme", session, 3600, {"said": True}, ahead=False)

    def unlock(self, business_id: str, session_id: str, lock: str) -> None:
        """See `Sessions.unlock`."""
        if self.failing:
            raise Unavailable("away")
        super().unlock(business_id, session_id, lock)

    def locked(self) -> bool:
        """Say whether somebody holds the conversation."""
        opening = self.open("acme", OpenRequest("s-1", "probe", ()))
        if isinstance(opening, Opened):
            super().unlock("acme", "s-1", opening.lock)
        return not isinstance(opening, Opened)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def hold(store: Store, clock: ManualClock, change: Callable[[Session], Session | None]) -> None:
    """Change the conversation under its lock."""
    with conversation(store, clock, TENANT, "s-1") as held:
        assert held.session
        held.changed = change(held.session)


def test_a_change_is_written_and_the_lock_given_back(clock):
    """The next reader sees it; the stored answer of the visitor's last message is still there for a repeat."""
    store = Store(clock, a_session())
    hold(store, clock, lambda session: take_over(session, "hnd_1", NOW))
    kept = store.read("acme", "s-1")
    assert kept
    assert kept.dialogue.owner == "person"
    assert not store.locked()
    assert store.open("acme", OpenRequest("s-1", "m-1", ())) == Replayed({"said": True})


def test_no_change_writes_nothing(clock):
    """A conversation that is left as it is, or is not there, is only unlocked."""
    store = Store(clock, a_session())
    hold(store, clock, lambda _: None)
    assert store.read("acme", "s-1") == a_session()
    assert not store.locked()
    empty = Store(clock)
    with conversation(empty, clock, TENANT, "s-1") as held:
        assert held.session is None
    assert not empty.locked()
    assert empty.read("acme", "s-1") is None


@pytest.mark.parametrize("failing", [False, True], ids=["unlocked", "unlocking-fails"])
def test_trouble_inside_changes_nothing(clock, failing):
    """What went wrong is what the caller hears, and the conversation is as it was."""
    store = Store(clock, a_session())
    store.failing = failing

    def claimed_by_another(session: Session) -> Session:
        raise Conflict(f"{session.session_id} is taken")

    with pytest.raises(Conflict, match="taken"):
        hold(store, clock, claimed_by_another)
    assert store.read("acme", "s-1") == a_session()
    assert store.locked() is failing


def test_a_running_answer_is_waited_for(clock):
    """A reply that ends while we wait is not lost: the change is made to what is there then."""
    store = Store(clock, a_session())
    opened = store.open("acme", OpenRequest("s-1", "m-2", ()))
    assert isinstance(opened, Opened)
    answered = replace(TURN, message_id="m-2")

    def finish() -> None:
        if clock.elapsed >= 1:
            store.close("acme", a_session().with_turn(answered, 20), lock=opened.lock, ttl_s=3600, answer=None)

    clock.while_asleep = finish
    hold(store, clock, lambda session: take_over(session, "hnd_1", NOW))
    kept = store.read("acme", "s-1")
    assert kept
    assert ([turn.message_id for turn in kept.turns], kept.dialogue.owner) == (["m-1", "m-2"], "person")


def test_an_answer_that_takes_too_long_is_said(clock):
    """After a few seconds the person is asked to try again."""
    store = Store(clock, a_session())
    store.open("acme", OpenRequest("s-1", "m-2", ()))
    with pytest.raises(Conflict) as refused:
        hold(store, clock, lambda session: session)
    assert refused.value.code == "session_busy"
    assert PATIENCE_S <= clock.elapsed < PATIENCE_S + 1


def test_a_lock_that_ran_out_loses_no_turn(clock):
    """Somebody else wrote meanwhile: theirs stays, and the person is asked to try again."""
    store = Store(clock, a_session())

    def overtaken(session: Session) -> Session:
        clock.elapsed += 200
        assert isinstance(store.open("acme", OpenRequest("s-1", "m-2", ())), Opened)
        return take_over(session, "hnd_1", NOW)

    with pytest.raises(Conflict):
        hold(store, clock, overtaken)
    assert store.read("acme", "s-1") == a_session()
