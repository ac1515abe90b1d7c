"""Trouble around a turn: knowledge, Redis or a stage breaks; the visitor still gets an answer, and the session back."""

from collections.abc import Callable

import pytest

from shared.domain.errors import DatabaseUnavailable, ModelUnavailable, NotFound, StorageUnavailable
from shared.ports import Versions
from tests.unit.fakes import World
from tests.unit.formatting.reply_html import read
from tests.unit.samples import CTA_TREE, a_message, a_tenant

DOWN = ModelUnavailable("The model cannot be reached.", transient=True, reason="timeout")
BUG = RuntimeError("the vendor's secret text")


def embedding_fails() -> World:
    """Return a world without embeddings."""
    around = World(scripts=[["Hello."]])
    around.model.embedding_trouble = DOWN
    return around


@pytest.mark.parametrize(
    "around",
    [
        lambda: World(
            scripts=[["Hello."]], knowledge_trouble=StorageUnavailable("The knowledge base cannot be loaded.")
        ),
        lambda: World(scripts=[["Hello."]], index_trouble=StorageUnavailable("gone")),
        embedding_fails,
    ],
)
def test_without_knowledge_the_model_answers_all_the_same(around: Callable[[], World]):
    """From the facts of the configuration, and the answer says what was missing."""
    broken = around()
    heard = broken.ask()
    assert heard.text == "Hello."
    assert heard.answer["degraded"] == ["knowledge"]
    assert broken.session().turns[-1].ending == "answered"


def test_a_business_without_any_knowledge_is_not_degraded():
    """Having none is not the same as missing it."""
    heard = World(passages=(), scripts=[["Hello."]]).ask()
    assert heard.answer["degraded"] == []
    assert heard.answer["citations"] == []


def test_missing_things_are_all_named():
    """Redis, knowledge and model may be away at once."""
    around = World(scripts=[DOWN], knowledge_trouble=StorageUnavailable("gone"))
    around.sessions.degraded = True
    heard = around.ask()
    assert set(heard.answer["degraded"]) == {"redis", "knowledge", "model"}
    assert heard.text.startswith("Sorry")


def test_without_redis_the_turn_says_so():
    """Settled turns too."""
    around = World(scripts=[["Hello."]])
    around.sessions.degraded = True
    assert around.ask().answer["degraded"] == ["redis"]
    assert around.ask("__intro__", "m-2").answer["degraded"] == ["redis"]


@pytest.mark.parametrize(
    "around",
    [
        lambda: World(a_tenant(cta_tree=CTA_TREE), knowledge_trouble=BUG),
        lambda: World(a_tenant(cta_tree=CTA_TREE), index_trouble=BUG),
        lambda: World(a_tenant(cta_tree=CTA_TREE), scripts=[BUG]),
        lambda: World(a_tenant(cta_tree=CTA_TREE), scripts=[[BUG]]),
        lambda: World(a_tenant(cta_tree=CTA_TREE), scripts=[["It costs ", "95 pounds. ", "We", BUG]]),
        lambda: World(a_tenant(cta_tree=CTA_TREE), scripts=[["One. ", "**It", BUG]]),
    ],
    ids=["knowledge", "search", "call", "first word", "middle", "middle of bold"],
)
def test_an_error_nobody_expected_is_still_answered(around: Callable[[], World]):
    """An apology with calls to action, nothing of the error in it, the session free; deltas joined are the reply."""
    broken = around()
    heard = broken.ask()
    assert "Sorry" in heard.text
    assert "secret" not in str(heard.answer)
    assert [cta["id"] for cta in heard.answer["ctas"]] == ["book", "call", "shop"]
    assert broken.session().turns[-1].ending == "failed"
    assert not broken.is_locked()
    assert all(stream.closed for stream in broken.model.streams)
    assert heard.html == heard.answer["reply"]["html"]
    read(heard.html)


def test_the_next_message_after_trouble_is_answered():
    """The question is remembered, the apology is not told to the model."""
    around = World(scripts=[DOWN, ["It costs 95 pounds."]])
    around.ask("What does it cost?")
    assert around.ask("Hello?", "m-2").text == "It costs 95 pounds."
    said = [(content["role"], content["parts"][-1]["text"]) for content in around.model.prompts[-1].contents]
    assert said == [("user", "What does it cost?"), ("user", "Hello?")]


def test_an_unknown_business_is_refused_before_anything_happens():
    """The error comes instead of the first event, and no session is made."""
    around = World()
    with pytest.raises(NotFound):
        next(around.start(a_message(business_id="nobody")))
    assert around.sessions.read("nobody", "s-1") is None


def test_a_turn_sees_the_version_that_was_announced():
    """A configuration saved a moment ago holds for the next message."""
    around = World(a_tenant(version=1, branding={"greeting": "Old"}))
    around.tenants.newer = a_tenant(version=2, branding={"greeting": "New"})
    assert around.ask("__intro__").text == "Old"
    around.sessions.versions = Versions(config=2)
    assert around.ask("__intro__", "m-2").text == "New"


def test_the_announced_build_is_the_one_that_is_searched():
    """And the default index is used as the business wants."""
    around = World(a_tenant(knowledge={"use_default_index": False}))
    around.sessions.versions = Versions(build="bld_2")
    around.ask()
    assert around.knowledge.asked == [("acme", "bld_2", False)]


@pytest.mark.parametrize("trouble", [NotFound("There is no such business."), DatabaseUnavailable("down"), BUG])
def test_trouble_while_refreshing_gives_the_session_back(trouble):
    """Deleted meanwhile, or worse: the error comes before the first event, and nothing stays locked."""
    around = World()
    around.tenants.trouble = trouble
    with pytest.raises(type(trouble)):
        next(around.start(a_message()))
    assert not around.is_locked()
