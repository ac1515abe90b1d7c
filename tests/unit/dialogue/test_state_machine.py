"""Where a conversation stands: only moves of the table happen, and the page that shows the table tells the truth."""

import datetime as dt
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dialogue import machine
from shared.dialogue.machine import EVENTS, OWNERS, RULE_FROM, RULE_TO, TABLE, WITH_TEAM, may, step, wake
from shared.domain.dialogue import Dialogue, Plan
from shared.domain.states import STATES
from tests.unit.dialogue import machine_docs
from tests.unit.properties import NORMAL, THOROUGH, any_text

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
RULES = tuple(f"rule:{state}" for state in STATES)
BOT_SPEAKS = ("greeted", "answered", "unanswered", "field_asked", "offered")

any_state = st.sampled_from(STATES)
any_event = st.sampled_from([*EVENTS, *RULES, "nonsense", "rule:nonsense", ""])
any_plan = st.sampled_from([Plan(), Plan(asking="email"), Plan(asking="budget")])


def at(state, **fields):
    """Return a session in a state it came to at noon."""
    return Dialogue(state=state, owner=OWNERS[state], **{"since": NOW.isoformat(), **fields})


def later(minutes):
    """Return a time after noon."""
    return NOW + dt.timedelta(minutes=minutes)


def walk(*events, start="new", plan=Plan()):  # noqa: B008 - frozen
    """Return the state after these events, each of which has to be allowed."""
    dialogue = at(start, plan=plan)
    for event in events:
        done = step(dialogue, event, NOW)
        assert done.allowed, f"{event} in {dialogue.state}"
        dialogue = done.dialogue
    return dialogue.state


@THOROUGH
@given(any_state, any_plan, st.lists(st.tuples(any_event, st.integers(0, 3000)), max_size=25))
def test_whatever_happens_a_session_is_in_a_legal_state_with_its_owner(state, plan, events):
    """Each allowed move stands in the table, each other one changes nothing at all."""
    dialogue, now = at(state, plan=plan), NOW
    for event, minutes in events:
        now += dt.timedelta(minutes=minutes)
        done = step(dialogue, event, now)
        assert (done.before, done.after, done.event) == (dialogue.state, done.dialogue.state, event)
        if done.allowed:
            by_rule = event.startswith("rule:") and may(done.before, done.after)
            rows = [row for row in TABLE if row.event == event and done.before in row.states]
            assert by_rule or done.after in {row.to or done.before for row in rows}
            assert done.dialogue.owner == OWNERS[done.after]
        else:
            assert done.dialogue is dialogue
        dialogue = done.dialogue
        assert dialogue.state in STATES


@THOROUGH
@given(any_plan, st.lists(any_event, max_size=40))
def test_a_person_comes_only_when_one_was_asked_for(plan, events):
    """`with_person` is entered from `handoff_requested` alone, and left by the person or by time alone."""
    dialogue = at("new", plan=plan)
    path = [step(dialogue, "opened", NOW)]
    for event in events:
        path.append(step(path[-1].dialogue, event, NOW))
    for before, now in pairwise(path):
        assert before.after == now.before
        if now.after == "with_person" != now.before:
            assert (now.before, now.event) == ("handoff_requested", "person_joined")
        if now.before == "with_person" != now.after:
            assert now.event in ("person_left", "timed_out")


@pytest.mark.parametrize("event", [*BOT_SPEAKS, *RULES])
def test_the_assistant_is_quiet_while_a_person_answers(event):
    """No event of the assistant and no rule is possible then."""
    assert not step(at("with_person"), event, NOW).allowed


@pytest.mark.parametrize("state", STATES)
def test_what_a_visitor_does_is_possible_in_every_state_but_sleep(state):
    """A message never meets a state that cannot take it; a sleeping session is woken first."""
    for event in ("asked", "field_given", "appointment_asked", "person_asked", "closed"):
        assert step(at(state), event, NOW).allowed is (state != "dormant")
    assert step(at(state), "opened", NOW).allowed


@pytest.mark.parametrize(
    ("events", "end"),
    [
        (("opened", "greeted", "asked", "answered"), "answering"),
        (("greeted", "asked", "unanswered"), "discovery"),
        (("asked", "answered", "asked", "field_asked", "answered"), "qualifying"),
        (("asked", "field_asked", "asked", "field_given", "offered", "answered"), "offering"),
        (("asked", "appointment_asked"), "scheduling"),
        (("asked", "person_asked", "asked", "answered", "closed"), "handoff_requested"),
        (("person_asked", "person_joined", "asked", "closed", "person_joined"), "with_person"),
        (("person_asked", "person_joined", "person_left"), "answering"),
        (("asked", "closed", "answered"), "resolved"),
        (("closed", "asked"), "discovery"),
        (("asked", "rule:offering", "answered"), "offering"),
        (("timed_out", "opened"), "discovery"),
    ],
)
def test_the_usual_conversations(events, end):
    """Each way through a conversation ends where a reader of the table expects."""
    assert walk(*events) == end


@pytest.mark.parametrize(("asking", "state"), [("email", "capturing"), ("name", "capturing"), ("budget", "qualifying")])
def test_what_is_asked_decides_between_capturing_and_qualifying(asking, state):
    """How to reach the visitor is one thing, what they need another."""
    assert walk("asked", "field_asked", plan=Plan(asking=asking)) == state


def test_no_two_rows_compete():
    """For one event and state there is one row without a guard at most, and it is the last."""
    counted = Counter((row.event, state) for row in TABLE if row.guard is None for state in row.states)
    assert set(counted.values()) == {1}
    last = {(row.event, state): row for row in TABLE for state in row.states}
    assert all(row.guard is None for row in last.values())
    assert {row.event for row in TABLE} | {"rule"} == set(EVENTS)


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_reached_and_left(state):
    """None is unreachable but the first, none is a trap."""
    moves = {(source, row.to or source) for row in TABLE for source in row.states}
    assert state == "new" or any(to == state != source for source, to in moves)
    assert any(source == state != to for source, to in moves)


@NORMAL
@given(any_state, any_state)
def test_a_rule_moves_between_the_assistants_own_states_only(state_from, state_to):
    """No rule takes a session from a person, calls one or puts it to sleep; `may` and `step` agree."""
    allowed = step(at(state_from), f"rule:{state_to}", NOW).allowed
    assert allowed is may(state_from, state_to) is (state_from in RULE_FROM and state_to in RULE_TO)
    assert not (allowed and {state_from, state_to} & {*WITH_TEAM, "dormant"})


@NORMAL
@given(any_text)
def test_an_event_nobody_knows_does_nothing(event):
    """Any word is survived."""
    dialogue = at("answering")
    if event not in EVENTS:
        assert step(dialogue, event, NOW).dialogue is dialogue


def test_a_hand_off_ends_when_the_session_leaves_the_team():
    """The id of the call goes with it; until then it stays."""
    waiting = at("handoff_requested", handoff="hnd_1")
    joined = step(waiting, "person_joined", NOW).dialogue
    assert joined.handoff == "hnd_1"
    assert step(joined, "person_left", NOW).dialogue.handoff == ""
    assert step(waiting, "timed_out", NOW).dialogue.handoff == ""


@pytest.mark.parametrize(
    ("state", "minutes", "events", "end"),
    [
        ("answering", 59, [], "answering"),
        ("answering", 1439, [], "answering"),
        ("answering", 1440, ["timed_out", "opened"], "discovery"),
        ("resolved", 5000, ["timed_out", "opened"], "discovery"),
        ("dormant", 0, ["opened"], "discovery"),
        ("handoff_requested", 59, [], "handoff_requested"),
        ("handoff_requested", 60, ["timed_out"], "answering"),
        ("with_person", 60, ["timed_out"], "answering"),
        ("with_person", 1440, ["timed_out", "timed_out", "opened"], "discovery"),
        ("answering", -5000, [], "answering"),
    ],
)
def test_time_gives_a_session_back_and_wakes_it(state, minutes, events, end):
    """Nobody's silence keeps a visitor waiting; who comes back after a day starts anew."""
    dialogue, path = wake(at(state), later(minutes), 60)
    assert [done.event for done in path] == events
    assert all(done.allowed for done in path)
    assert dialogue.state == end
    assert dialogue.owner == OWNERS[end]


@pytest.mark.parametrize("state", WITH_TEAM)
def test_a_visitor_who_keeps_writing_does_not_hold_off_the_time_out(state):
    """Only the person's own words count as an answer."""
    dialogue = at(state)
    for minute in range(0, 60, 10):
        dialogue = wake(dialogue, later(minute), 60)[0]
        dialogue = step(dialogue, "asked", later(minute)).dialogue
    assert wake(dialogue, later(60), 60)[0].state == "answering"


def test_a_person_who_writes_keeps_the_session():
    """Each of their messages counts from its own time."""
    dialogue = step(at("with_person"), "person_joined", later(50)).dialogue
    assert wake(dialogue, later(100), 60)[0].state == "with_person"


def test_a_conversation_that_goes_on_does_not_fall_asleep():
    """A day counts from the last turn, not from the first one in the same state."""
    dialogue = at("answering")
    for hours in range(0, 72, 20):
        dialogue = wake(dialogue, later(hours * 60), 60)[0]
        assert dialogue.state == "answering"
        dialogue = step(dialogue, "answered", later(hours * 60)).dialogue


@pytest.mark.parametrize("since", ["", "yesterday", "24:99"])
def test_a_time_that_cannot_be_read_ends_nothing(since):
    """What cannot be told is not held against anybody."""
    assert wake(at("with_person", since=since), later(5000), 60)[0].state == "with_person"


@pytest.mark.parametrize("since", ["2026-11-23T12:00:00", "2026-11-23T13:00:00+01:00", "2026-11-23T12:00:00Z"])
def test_a_time_counts_in_its_zone(since):
    """Without one it is UTC."""
    assert wake(at("with_person", since=since), later(59), 60)[0].state == "with_person"
    assert wake(at("with_person", since=since), later(61), 60)[0].state == "answering"


@NORMAL
@given(any_state, st.integers(0, 10_000), st.integers(1, 1440), st.integers(1, 3000))
def test_waking_is_done_once(state, minutes, return_after, dormant_after):
    """The same moment again changes nothing more, and nobody is left asleep."""
    dialogue, path = wake(at(state), later(minutes), return_after, dormant_after)
    assert len(path) <= 3
    assert dialogue.state != "dormant"
    assert wake(dialogue, later(minutes), return_after, dormant_after) == (dialogue, ())


def test_the_page_shows_the_table():
    """docs/dialogue.md is drawn from the code; `python -m tests.unit.dialogue.machine_docs` draws it anew."""
    assert machine_docs.page_part(machine_docs.PAGE.read_text()) == machine_docs.drawn()


def test_every_state_has_an_owner():
    """Who answers is said for each, and for no other."""
    assert tuple(machine.OWNERS) == STATES
