"""What a turn leaves in the journal: the right events once, nobody named in them, and the conversation to read."""

import dataclasses
import json

from shared.domain.events import KINDS, Event
from tests.unit.fakes import World
from tests.unit.samples import a_tenant

EMAIL = "ana@acme-mail.com"


def kinds(world: World) -> list[str]:
    """Return the events' kinds, in order."""
    return [event.kind for event in world.journal.events]


def of(world: World, kind: str) -> list[Event]:
    """Return the events of a kind."""
    return [event for event in world.journal.events if event.kind == kind]


def test_a_first_question_begins_a_session_and_a_second_does_not():
    """A turn each, numbered, with how it came out."""
    world = World()
    world.ask(message_id="m-1")
    world.ask(message_id="m-2")
    assert kinds(world).count("session") == 1
    assert [event.data["ending"] for event in of(world, "turn")] == ["answered", "answered"]
    assert [talk.number for talk in world.journal.talks] == [1, 2]
    assert world.journal.talks[0].question == "What does a service cost?"
    assert "95 pounds" in world.journal.talks[0].answer


def test_a_repeat_of_a_message_is_told_once():
    """The stored answer is no second turn."""
    world = World()
    world.ask(message_id="m-1")
    before = list(world.journal.events)
    world.ask(message_id="m-1")
    assert world.journal.events == before


def test_ids_are_the_same_when_a_turn_is_told_again():
    """So that the database keeps them once, whoever tells them."""
    one, other = World(), World()
    for world in (one, other):
        world.ask(message_id="m-1")
    assert [event.id for event in one.journal.events] == [event.id for event in other.journal.events]
    assert len({event.id for event in one.journal.events}) == len(one.journal.events)


def test_numbers_go_on_when_the_history_is_trimmed():
    """A session forgets old turns, not how many there were."""
    world = World(tenant=dataclasses.replace(a_tenant(), max_history_turns=2))
    for number in range(1, 6):
        world.ask(message_id=f"m-{number}")
    assert [talk.number for talk in world.journal.talks] == [1, 2, 3, 4, 5]


def test_a_visitor_who_leaves_an_address_is_a_lead_once_and_not_named():
    """The field by its id; the address is in what was said alone."""
    world = World()
    world.ask(f"My email is {EMAIL}", message_id="m-1")
    world.ask(f"Again: my email is {EMAIL}", message_id="m-2")
    assert [event.data["field"] for event in of(world, "field")] == ["email"]
    assert len(of(world, "lead")) == 1
    told = json.dumps([event.data for event in world.journal.events], default=str)
    assert EMAIL not in told
    assert EMAIL not in json.dumps([dict(talk.decisions) for talk in world.journal.talks], default=str)
    assert EMAIL in world.journal.talks[0].question


def test_a_page_is_kept_without_what_may_name_a_visitor():
    """Host and path."""
    from shared.domain.message import Page

    world = World()
    world.ask(page=Page("https://shop.example/prices?email=ana%40x.example#me", "Prices"))
    assert of(world, "session")[0].data["page"] == "shop.example/prices"


def test_a_turn_that_fails_is_told_as_one():
    """With an error beside it; what came to nothing is no answer."""
    world = World(scripts=(RuntimeError("boom"),))
    world.ask()
    assert of(world, "turn")[0].data["ending"] == "failed"
    assert len(of(world, "error")) == 1


def test_a_visitor_who_goes_away_is_told_too():
    """The question was asked; the answer did not come."""
    from tests.unit.samples import a_message

    world = World()
    turn = world.start(a_message("Hello, what does it cost?", "m-1"))
    next(turn)
    turn.close()  # type: ignore[attr-defined]
    assert of(world, "turn")[0].data["ending"] == "abandoned"


def test_every_kind_is_named_once():
    """The list is what the counting in the database goes by."""
    assert len({kind.kind for kind in KINDS}) == len(KINDS)
