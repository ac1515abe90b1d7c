"""A session held beside the visitor's turns: under its lock, without losing what others wrote."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.adapters.sessions.memory_store import MemorySessions
from shared.domain.dialogue import Dialogue
from shared.domain.errors import Conflict, Unavailable
from shared.domain.session import PastTurn, Session, text_content
from shared.engine.hold_session import PATIENCE_S, conversation
from shared.ports import Opened, OpenRequest, Replayed
from tests.unit.fakes import ManualClock
from tests.unit.samples import a_tenant

AT = "2026-11-23T10:00:00+00:00"
TENANT = a_tenant()
TURN = PastTurn("m-1", AT, text_content("user", "A person?"), text_content("model", "I ask."), "<p>x</p>")
SESSION = Session("acme", "s-1", AT, (TURN,), dialogue=Dialogue(state="handoff_requested", handoff="hnd_1", since=AT))


def joined(session: Session) -> Session:
    """Return the session as somebody else's."""
    return replace(session, dialogue=replace(session.dialogue, owner="person"))


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
    store = Store(clock, SESSION)
    hold(store, clock, joined)
    kept = store.read("acme", "s-1")
    assert kept
    assert kept.dialogue.owner == "person"
    assert not store.locked()
    assert store.open("acme", OpenRequest("s-1", "m-1", ())) == Replayed({"said": True})


def test_no_change_writes_nothing(clock):
    """A conversation that is left as it is, or is not there, is only unlocked."""
    store = Store(clock, SESSION)
    hold(store, clock, lambda _: None)
    assert store.read("acme", "s-1") == SESSION
    assert not store.locked()
    empty = Store(clock)
    with conversation(empty, clock, TENANT, "s-1") as held:
        assert held.session is None
    assert not empty.locked()
    assert empty.read("acme", "s-1") is None


@pytest.mark.parametrize("failing", [False, True], ids=["unlocked", "unlocking-fails"])
def test_trouble_inside_changes_nothing(clock, failing):
    """What went wrong is what the caller hears, and the conversation is as it was."""
    store = Store(clock, SESSION)
    store.failing = failing

    def claimed_by_another(session: Session) -> Session:
        raise Conflict(f"{session.session_id} is taken")

    with pytest.raises(Conflict, match="taken"):
        hold(store, clock, claimed_by_another)
    assert store.read("acme", "s-1") == SESSION
    assert store.locked() is failing


def test_a_running_answer_is_waited_for(clock):
    """A reply that ends while we wait is not lost: the change is made to what is there then."""
    store = Store(clock, SESSION)
    opened = store.open("acme", OpenRequest("s-1", "m-2", ()))
    assert isinstance(opened, Opened)
    answered = replace(TURN, message_id="m-2")

    def finish() -> None:
        if clock.elapsed >= 1:
            store.close("acme", SESSION.with_turn(answered, 20), lock=opened.lock, ttl_s=3600, answer=None)

    clock.while_asleep = finish
    hold(store, clock, joined)
    kept = store.read("acme", "s-1")
    assert kept
    assert ([turn.message_id for turn in kept.turns], kept.dialogue.owner) == (["m-1", "m-2"], "person")


def test_an_answer_that_takes_too_long_is_said(clock):
    """After a few seconds the person is asked to try again."""
    store = Store(clock, SESSION)
    store.open("acme", OpenRequest("s-1", "m-2", ()))
    with pytest.raises(Conflict) as refused:
        hold(store, clock, lambda session: session)
    assert refused.value.code == "session_busy"
    assert PATIENCE_S <= clock.elapsed < PATIENCE_S + 1


def test_a_lock_that_ran_out_loses_no_turn(clock):
    """Somebody else wrote meanwhile: theirs stays, and the person is asked to try again."""
    store = Store(clock, SESSION)

    def overtaken(session: Session) -> Session:
        clock.elapsed += 200
        assert isinstance(store.open("acme", OpenRequest("s-1", "m-2", ())), Opened)
        return joined(session)

    with pytest.raises(Conflict):
        hold(store, clock, overtaken)
    assert store.read("acme", "s-1") == SESSION
