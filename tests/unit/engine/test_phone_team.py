"""A caller whom nobody could talk to: the team is told, once a call, with what the caller left."""

from shared.domain.errors import Unavailable
from shared.engine.phone_team import tell_team
from shared.engine.telephone import Caller
from tests.unit.fakes import World

CALLER = Caller("CA1", "+447700900123", "call-CA1", verified=True)


def test_the_words_are_in_the_conversation_and_at_the_desk():
    """A new conversation, which waits for a person from then on."""
    world = World()
    state = tell_team(world.tenant, CALLER, "left a message", "Call me back.", world.ports)
    session = world.session("call-CA1")
    assert (session.channel, session.dialogue.state, session.dialogue.handoff) == (
        "voice",
        "handoff_requested",
        state.id,
    )
    assert session.dialogue.person == "tel:+447700900123"
    [request] = world.desk.requests
    assert (request["reason"], request["session_id"]) == ("left a message", "call-CA1")
    assert [said["text"] for said in request["transcript"]] == ["Call me back."]
    assert not world.is_locked("call-CA1")


def test_told_again_it_is_the_same_hand_off():
    """Newer words in place of the older ones."""
    world = World()
    ids = {tell_team(world.tenant, CALLER, reason, reason, world.ports).id for reason in ("first", "second")}
    assert len(ids) == 1
    assert [said["text"] for said in world.desk.requests[-1]["transcript"]] == ["second"]


def test_a_hand_off_of_the_chats_engine_is_taken_up():
    """The caller had asked for a person before: one hand-off, not two."""
    world = World()
    asked = world.ask("I want to talk to a human being.", session_id="call-CA1", channel="voice", holder=True)
    unverified = Caller("CA1", "+447700900123", "call-CA1")
    assert tell_team(world.tenant, unverified, "nobody answered", "", world.ports).id == asked.answer["handoff"]["id"]


def test_a_caller_who_said_nothing_is_one_hand_off_too():
    """The conversation begins with the reason, so that what comes later belongs to it."""
    world = World()
    reasons = ("nobody answered", "left a message")
    assert len({tell_team(world.tenant, CALLER, reason, "", world.ports).id for reason in reasons}) == 1
    assert [turn.question for turn in world.session("call-CA1").turns] == ["(nobody answered)"]


def test_sessions_that_are_away_do_not_keep_it_from_the_team():
    """The hand-off is made without the conversation."""
    world = World()

    def away(*_: object) -> None:
        raise Unavailable("away")

    world.sessions.open = away  # type: ignore[method-assign,assignment]
    tell_team(world.tenant, CALLER, "left a message", "Call me back.", world.ports)
    assert [said["text"] for said in world.desk.requests[0]["transcript"]] == ["Call me back."]
