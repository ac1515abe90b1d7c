"""Past conversations: listed by any filter in steps, read with feedback, searched by what was said within a bound."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from shared.adapters.postgres.history import HistoryStore
from shared.adapters.postgres.interactions import InteractionStore
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.vault import Vault
from shared.domain.events import LeadFound, TurnEnded
from shared.domain.history import Wanted, excerpt
from tests.stores.rows import SEALING
from tests.stores.test_journal import a_talk, a_turn
from tests.unit.samples import a_tenant

VAULT = Vault(["k" * 32])
START = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def shop(pool):
    """A business's id."""
    name = f"history-{uuid.uuid4().hex[:10]}"
    with pool.platform() as tx:
        tx.run('INSERT INTO businesses (id, config) VALUES (%s, \'{"name": "Shop"}\')', name)
    return name


@pytest.fixture
def history(pool):
    """The store."""
    return HistoryStore(pool, SEALING)


@pytest.fixture
def talk(pool, shop):
    """Keeps a conversation of one turn; keywords are the talk's own."""
    journal, tenant = JournalStore(pool, VAULT), replace(a_tenant(), id=shop)

    def keep(hour, session_id="", question="What does it cost?", answer="It costs 95 pounds.", events=(), **more):
        at = START + dt.timedelta(hours=hour)
        said = replace(
            a_talk(1, session_id or f"s-{hour}"), at=at, started_at=at.isoformat(), question=question, answer=answer,
            html=f"<p>{answer}</p>", **more,
        )  # fmt: skip
        journal.keep(tenant, [*events], said)
        return said.session_id

    return keep


def ids(found):
    """Return the conversations' ids."""
    return [one.session_id for one in found]


def test_conversations_are_listed_in_steps(history, shop, talk):
    """Newest first, each once, also when two began in the same moment."""
    for hour in (1, 2, 3, 4):
        talk(hour)
    talk(2, "s-2b")
    seen, before = [], None
    while page := history.list_of(shop, 2, Wanted(), before):
        seen += ids(page)
        before = (page[-1].started_at, page[-1].session_id)
    assert seen == ["s-4", "s-3", "s-2b", "s-2", "s-1"]


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(since=START + dt.timedelta(hours=2), until=START + dt.timedelta(hours=3)), Wanted(channel="voice"),
        Wanted(language="es"), Wanted(state="capturing"), Wanted(reached="lead"), Wanted(tag="vip"),
        Wanted(min_turns=7),
        Wanted(experiment="tone"), Wanted(experiment="tone", arm="warm"),
    ],
    ids=lambda wanted: ",".join(name for name, value in vars(wanted).items() if value),
)  # fmt: skip
def test_each_filter_finds_its_own(history, shop, talk, wanted):
    """One of three fits."""
    talk(1)
    lead = LeadFound(id="s-2/lead", at=START, session_id="s-2")
    talk(
        2, events=[lead], channel="voice", language="es", state="capturing", tags=("vip",), arms={"tone": "warm"},
        number=7,
    )  # fmt: skip
    talk(3)
    assert ids(history.list_of(shop, 9, wanted)) == ["s-2"]
    assert history.list_of(shop, 9, replace(wanted, tag="nobody")) == []


def test_an_arm_is_of_its_experiment(history, shop, talk):
    """The other arm, and another experiment's arm of the same name, are not meant."""
    talk(1, arms={"tone": "warm"})
    talk(2, arms={"tone": "plain", "voice": "warm"})
    assert ids(history.list_of(shop, 9, Wanted(experiment="tone", arm="warm"))) == ["s-1"]


def test_a_conversation_is_read_with_its_feedback(history, pool, shop, talk):
    """Words, decisions, how each turn ended, what the visitor thought of it; nothing of another business."""
    ended = TurnEnded(**{**vars(a_turn(1, "s-1")), "ending": "failed"})
    talk(1, events=[ended])
    InteractionStore(pool, SEALING).set_feedback(shop, "s-1", "m-1", "down", "Too dear")
    [turn] = history.turns(shop, "s-1")
    assert (turn.question, turn.answer, turn.html) == (
        "What does it cost?", "It costs 95 pounds.", "<p>It costs 95 pounds.</p>",
    )  # fmt: skip
    assert (turn.ending, turn.decisions["intent"]["name"]) == ("failed", "price")
    assert turn.feedback
    assert (turn.feedback["rating"], turn.feedback["comment"]) == ("down", "Too dear")
    assert history.turns("somebody-else", "s-1") == []
    assert history.some("somebody-else", ("s-1",)) == {}


def test_words_are_found_case_and_accents_aside(history, shop, talk):
    """In question and answer, newest first, with what stands around them."""
    talk(1, question="¿Cuánto CUESTA la revisión del lunes?")
    talk(2, answer="La revision cuesta 95.")
    talk(3, question="Nothing of it")
    found = history.search(shop, "Revisión", Wanted(), 9)
    assert [(match.session_id, match.excerpt) for match in found.matches] == [
        ("s-2", "La revision cuesta 95."), ("s-1", "¿Cuánto CUESTA la revisión del lunes?"),
    ]  # fmt: skip
    assert (found.next, found.searched_until) == (None, START + dt.timedelta(hours=1))


def test_a_search_goes_on_where_it_stopped(history, shop, talk):
    """It opens no more turns than it may, says how far it came, and finds each once over all calls."""
    for hour in range(10):
        talk(hour, question="a needle" if hour % 4 == 0 else "hay")
    seen, before, calls = [], None, 0
    while calls == 0 or before:
        found = history.search(shop, "needle", Wanted(), 9, before, most=3)
        seen += [match.session_id for match in found.matches]
        calls, before = calls + 1, found.next
        assert found.searched_until is None or before is None or found.searched_until.isoformat() == before[0]
    assert (seen, calls) == (["s-8", "s-4", "s-0"], 4)


def test_a_page_of_a_search_ends_with_its_conversations(history, shop, talk):
    """The next page begins with the one that did not fit."""
    for hour in range(4):
        talk(hour, question="a needle")
    first = history.search(shop, "needle", Wanted(), 3)
    assert [match.session_id for match in first.matches] == ["s-3", "s-2", "s-1"]
    assert [match.session_id for match in history.search(shop, "needle", Wanted(), 3, first.next).matches] == ["s-0"]


def test_a_search_keeps_to_its_filters(history, shop, talk):
    """Only conversations that are wanted are opened."""
    talk(1, channel="voice", question="a needle")
    talk(2, question="a needle")
    found = history.search(shop, "needle", Wanted(channel="voice"), 9)
    assert [match.session_id for match in found.matches] == ["s-1"]


def test_what_no_key_opens_does_not_stop_a_search(history, pool, shop, talk):
    """It says nothing, and the others are found."""
    talk(1, question="a needle")
    lost = JournalStore(pool, Vault(["l" * 32]))
    lost.keep(replace(a_tenant(), id=shop), [], replace(a_talk(1, "lost"), question="a needle"))
    assert [match.session_id for match in history.search(shop, "needle", Wanted(), 9).matches] == ["s-1"]


def test_an_excerpt_is_a_part():
    """Around what was found, with dots where more stands."""
    text = "x" * 100 + " needle " + "y" * 200
    found = excerpt(text, "needle")
    assert found
    assert found.startswith("…x")
    assert found.endswith("y…")
    assert len(found) < 140
    assert excerpt("nothing", "needle") is None
