"""What a turn leaves in the journal: the right events once, nobody named in them, and the conversation to read."""

import dataclasses
import json
import struct

import pytest

from shared.domain.errors import ModelUnavailable, StorageUnavailable
from shared.domain.events import KINDS, Event, Gap
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


@pytest.mark.parametrize("text", [EMAIL, f"My email is {EMAIL}"], ids=["bare", "a sentence"])
def test_details_alone_are_no_question(text):
    """Noted, and told as such; a question with details in it is a question, and so is one after them."""
    goals = [{"id": "quote", "collect": ["email"]}]
    world = World(tenant=a_tenant(goals=goals))
    world.ask("What does a service cost?", message_id="m-1")
    world.ask(text, message_id="m-2")
    world.ask(f"What does a service cost? My email is {EMAIL}", message_id="m-3")
    assert [event.data["noted"] for event in of(world, "turn")] == [False, True, False]


def test_details_do_not_say_how_a_conversation_stands():
    """That is what its last question's turn said: an apology stays one, whatever the visitor leaves after it."""
    tenant = a_tenant(goals=[{"id": "quote", "collect": ["email"]}])
    failed = World(tenant=tenant, scripts=(RuntimeError("boom"),))
    answered = World(tenant=tenant)
    for world in (failed, answered):
        world.ask("What does a service cost?", message_id="m-1")
        world.ask(EMAIL, message_id="m-2")
        world.ask("+44 117 496 0123", message_id="m-3")
    assert [event.data["noted"] for event in of(failed, "turn")] == [False, True, True]
    assert [talk.ending for talk in failed.journal.talks] == ["failed"] * 3
    assert [talk.ending for talk in answered.journal.talks] == ["answered"] * 3
    alone = World(tenant=tenant)
    alone.ask(EMAIL, message_id="m-1")
    assert [talk.ending for talk in alone.journal.talks] == ["settled"]


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


NO_IDEA = ("I am sorry, I do not know that.",)


def gaps(world: World) -> list[Gap | None]:
    """Return what each turn leaves as a gap."""
    return [talk.gap for talk in world.journal.talks]


def test_a_question_without_an_answer_is_kept_with_the_vector_it_was_searched_with():
    """No further embedding is made for it; a question that was answered is not kept."""
    world = World(scripts=[NO_IDEA, ("It costs 95 pounds [1].",)])
    world.ask("Do you repair electric scooters?", message_id="m-1")
    world.ask("What does a full service cost?", message_id="m-2")
    [gap, nothing] = gaps(world)
    assert gap == Gap("Do you repair electric scooters?", "fake/2", struct.pack("<2e", 1.0, 0.0))
    assert nothing is None
    assert len(world.model.embedded) == 2


def test_a_follow_up_is_kept_as_a_question_that_stands_alone():
    """Nobody could answer "and on Sundays?"."""
    world = World(scripts=[("From 9 to 18 [1].",), NO_IDEA])
    world.ask("When is the shop open on weekdays?", message_id="m-1")
    world.ask("And on Sundays?", message_id="m-2")
    [_, gap] = gaps(world)
    assert gap is not None
    assert gap.question == "When is the shop open on weekdays? And on Sundays?"


def test_a_gap_says_nothing_of_who_asked():
    """What the visitor told before and tells now, and numbers of anything."""
    world = World(scripts=[NO_IDEA] * 3)
    world.ask(f"My name is Ana Lopez and my email is {EMAIL}", message_id="m-1")
    world.ask(f"Do you give Ana Lopez ({EMAIL}) a discount on scooters?", message_id="m-2")
    gap = gaps(world)[-1]
    assert gap is not None
    assert gap.question.endswith("Do you give [name] ([e-mail]) a discount on scooters?")
    assert "Ana" not in gap.question


def test_what_could_not_be_looked_up_is_no_gap_of_the_knowledge():
    """The model was away, or the index: analytics counts it, and the owner has nothing to add."""
    failing = World(scripts=[[ModelUnavailable("away", transient=False, reason="503")]])
    away = World(scripts=[NO_IDEA], knowledge_trouble=StorageUnavailable("away"))
    for world in (failing, away):
        world.ask("Do you repair electric scooters?")
        assert kinds(world).count("gap") == 1
        assert gaps(world) == [None]


def test_without_knowledge_a_gap_has_its_words_alone():
    """There is nothing to search, so that nothing was embedded."""
    world = World(scripts=[NO_IDEA])
    world.knowledge._index = None
    world.ask("Do you repair electric scooters?")
    assert gaps(world) == [Gap("Do you repair electric scooters?")]
