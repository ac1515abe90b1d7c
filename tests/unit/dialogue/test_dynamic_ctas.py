"""Which calls to action come: three at most, those named first, then those that fit the turn."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.dialogue.ctas import MAX_CTAS, UPSET, CtaContext, choose_ctas
from shared.domain.cta import CtaNode, check_tree
from shared.domain.states import STATES
from tests.unit.properties import NORMAL, THOROUGH, any_text

SITE = "https://acme.example"


def link(cta_id, **fields):
    """Return a link."""
    return CtaNode.model_validate({"id": cta_id, "label": cta_id, "kind": "link", "url": SITE, **fields})


def menu(cta_id, *children, **fields):
    """Return a menu."""
    return CtaNode.model_validate({"id": cta_id, "label": cta_id, "kind": "menu", "children": children, **fields})


def phone(cta_id, **fields):
    """Return a way to call."""
    return CtaNode.model_validate(
        {"id": cta_id, "label": cta_id, "kind": "phone", "url": "tel:+441632960000", **fields}
    )


TREE = check_tree(
    (
        link("book", keywords=["booking"], intents=["appointment"]),
        link("prices", keywords=["price"], intents=["pricing"]),
        phone("call", keywords=["phone"], only="open"),
        link("mail-us", keywords=["message"], only="closed"),
        menu(
            "shop",
            link("lights", keywords=["lights"], pages=["/lights/*"]),
            link("locks", keywords=["locks"]),
            link("helmets", keywords=["helmets"], languages=["de"]),
            link("bells"),
        ),
        link("subscribe", hide_when_known=["email", "phone"]),
        link("finish", states=["offering"]),
        menu("help", link("complain", intents=["complaint"]), states=["answering", "offering"]),
    )
)
IDS = tuple(node.id for root in TREE for node in root.walk())


def ids(tree=TREE, **context):
    """Return what is chosen, best first."""
    return [item.node.id for item in choose_ctas(tree, CtaContext(**context))]


@pytest.mark.parametrize(
    ("context", "first"),
    [
        ({"question": "Do you sell lights?", "page": f"{SITE}/lights/x"}, "lights"),
        ({"question": "I need LOCKS", "reply": "We have lights."}, "locks"),
        ({"question": "Preis? price?"}, "prices"),
        ({"intent": "pricing"}, "prices"),
        ({"intent": "pricing", "question": "locks"}, "prices"),
        ({"intent": "contact"}, "call"),
        ({"intent": "contact", "open": False, "question": "a message"}, "mail-us"),
        ({"state": "offering"}, "finish"),
        ({"page": f"{SITE}/lights/front?x=1"}, "lights"),
        ({"question": "helmets", "language": "de-AT"}, "helmets"),
        ({"intent": "complaint"}, "complain"),
    ],
)
def test_what_fits_comes_first(context, first):
    """Intent, words, page, state and the way to reach people, each for itself."""
    assert ids(**context)[0] == first


def test_what_was_named_comes_first_in_its_order():
    """Whatever its conditions; what does not exist is left out, and the first level does not fill up."""
    assert ids(named=("finish", "gone", "mail-us"), question="locks") == ["finish", "mail-us", "locks"]
    assert ids(named=("call",)) == ["call"]
    assert ids(named=("call", "book", "shop", "prices")) == ["call", "book", "shop"]
    assert ids(named=("gone",)) == ids()


def test_the_first_level_fills_up():
    """Those meant for the state before the others, and none that is for an intent, a state or a page that is not."""
    assert ids(question="locks") == ["locks", "help", "call"]
    assert ids(state="scheduling") == ["call", "shop", "subscribe"]


@pytest.mark.parametrize(
    ("context", "shown"),
    [
        ({"open": True}, True),
        ({"open": None}, True),
        ({"open": False}, False),
    ],
)
def test_hours_decide(context, shown):
    """A business without hours counts as open."""
    assert ("call" in ids(**context)) is shown
    assert ("mail-us" in ids(**context)) is not shown


@pytest.mark.parametrize(("known", "shown"), [((), True), (("name",), True), (("email",), False), (("phone",), False)])
def test_what_asks_for_a_detail_goes_when_it_is_known(known, shown):
    """Any of the fields it names is enough."""
    assert ("subscribe" in ids(known=known, clicked=("call", "shop"))) is shown


@pytest.mark.parametrize(
    ("glob", "page", "shown"),
    [
        ("/shop", f"{SITE}/shop", True),
        ("/shop", f"{SITE}/shop/", True),
        ("/shop", f"{SITE}/shop?x#y", True),
        ("/shop/*", f"{SITE}/shop/a/b", True),
        ("/shop/*", f"{SITE}/shop", True),
        ("/shop/*", f"{SITE}/shopping", False),
        ("/", SITE, True),
        ("/", f"{SITE}/shop", False),
        ("/für-*", f"{SITE}/f%C3%BCr-kinder", True),
        ("/*", "", False),
        ("/*", "http://[", False),
        ("/*", "javascript:alert(1)", False),
    ],
)
def test_a_page_is_compared_by_its_path(glob, page, shown):
    """Without query and fragment; what is no page matches nothing."""
    assert ids((link("x", pages=[glob]),), page=page) == ["x"] * shown


def test_a_menu_brings_only_what_can_be_shown():
    """Its conditions hold for what is below; one with nothing left does not come."""
    (shop,) = choose_ctas((TREE[4],), CtaContext())
    assert [child.id for child in shop.node.children] == ["locks", "bells"]
    (german,) = choose_ctas((TREE[4],), CtaContext(language="de"))
    assert [child.id for child in german.node.children] == ["locks", "helmets", "bells"]
    (named,) = choose_ctas((TREE[4],), CtaContext(named=("shop",)))
    assert named.node == shop.node
    shut = menu("m", link("a", only="closed"))
    assert choose_ctas((shut,), CtaContext(named=("m",)))[0].node == shut
    assert ids((menu("m", link("a", states=["offering"], keywords=["locks"])),), question="locks") == []
    assert ids((menu("m", link("a", keywords=["locks"]), only="closed"),), question="locks", open=True) == []


def test_an_opened_menu_is_walked():
    """Its children come and nothing else; on the next time those not shown yet."""
    tree = (menu("m", *(link(f"c{n}") for n in range(5))), link("other", keywords=["other"]))
    assert ids(tree, drilled="m", question="other") == ["c0", "c1", "c2"]
    assert ids(tree, drilled="m", shown={"c0": 1, "c1": 1, "c2": 1}) == ["c3", "c4", "c0"]
    assert ids(tree, drilled="m", clicked=("c0",)) == ["c1", "c2", "c3"]
    assert ids(tree, drilled="gone") == ids(tree)


@pytest.mark.parametrize("mood", UPSET)
def test_an_upset_visitor_gets_ways_to_a_person_only(mood):
    """Telephone and e-mail first, then what is for complaints; no offer, however well it fits."""
    assert ids(sentiment=mood, intent="pricing", question="price of lights") == ["call", "complain"]
    assert ids((link("sale"),), sentiment=mood) == []
    assert ids((link("form", intents=["contact"]), phone("ring")), sentiment=mood) == ["ring", "form"]
    assert ids(sentiment=mood, named=("prices",))[0] == "prices"


def test_while_a_person_answers_only_what_was_named_comes():
    """Our buttons would talk in between."""
    assert ids(state="with_person", question="lights price booking") == []
    assert ids(state="with_person", named=("call",)) == ["call"]


def test_what_the_visitor_followed_does_not_come_again():
    """Unless it is named."""
    assert "shop" not in ids(clicked=("shop",))
    assert ids(clicked=("shop",), named=("shop",)) == ["shop"]


def test_equally_good_ones_take_turns():
    """Those of the last turn wait, then those seen more often; a better one comes all the same."""
    tree = tuple(link(name) for name in "abcdef")
    assert ids(tree) == ["a", "b", "c"]
    assert ids(tree, shown={"a": 1, "b": 1, "c": 1}) == ["d", "e", "f"]
    assert ids(tree, last=("a", "c"), shown={"b": 5, "a": 1, "c": 1}) == ["d", "e", "f"]
    assert ids(tree[:4], last=("a", "b", "c")) == ["d", "a", "b"]
    better = (*tree, link("best", keywords=["locks"]))
    assert ids(better, question="locks", last=("best",), shown={"best": 9})[0] == "best"


def test_each_says_why():
    """In words an owner understands."""
    why = {item.node.id: item.because for item in choose_ctas(TREE, CtaContext(question="locks", intent="pricing"))}
    assert why["prices"] == "the visitor's intent is 'pricing'"
    assert why["locks"] == "the question has its keywords"


contexts = st.builds(
    CtaContext,
    named=st.lists(st.sampled_from([*IDS, "gone"]), max_size=5).map(tuple),
    intent=st.sampled_from(["none", "pricing", "contact", "complaint"]),
    state=st.sampled_from(STATES),
    page=st.sampled_from(["", SITE, f"{SITE}/lights/a"]) | any_text,
    sentiment=st.sampled_from(["neutral", "angry", "unknown"]),
    question=st.sampled_from(["lights and locks", "price"]) | any_text,
    reply=any_text,
    shown=st.dictionaries(st.sampled_from(IDS), st.integers(0, 4), max_size=6),
    last=st.lists(st.sampled_from(IDS), max_size=3).map(tuple),
    clicked=st.lists(st.sampled_from(IDS), max_size=4).map(tuple),
    open=st.sampled_from([True, False, None]),
    language=st.sampled_from(["en", "de", ""]),
    known=st.sampled_from([(), ("email",)]),
    drilled=st.sampled_from(["", "", "shop", "gone"]),
)


@THOROUGH
@given(contexts)
def test_in_any_turn_three_at_most_none_twice_and_the_same_again(context):
    """Those named stand first; what was followed comes only when named; each has its reason."""
    chosen = choose_ctas(TREE, context)
    found = [item.node.id for item in chosen]
    named = [name for name in dict.fromkeys(context.named) if name in IDS][:MAX_CTAS]
    assert len(found) == len(set(found)) <= MAX_CTAS
    assert set(found) <= set(IDS)
    assert found[: len(named)] == named
    assert not set(found[len(named) :]) & set(context.clicked)
    assert all(item.because for item in chosen)
    assert all(item.node.children for item in chosen if item.node.kind == "menu")
    assert choose_ctas(TREE, context) == chosen


@NORMAL
@given(contexts)
def test_nobody_sees_the_same_again_while_there_is_another(context):
    """Among ones that fit equally (here all, on one level) those of the last turn come last."""
    tree = tuple(link(name) for name in IDS)
    calm = replace(context, named=(), sentiment="neutral", state="answering", drilled="")
    chosen = choose_ctas(tree, calm)
    if any(item.node.id in calm.last for item in chosen):
        left = set(IDS) - {item.node.id for item in chosen} - set(calm.clicked)
        assert left <= set(calm.last)


DEAD = [
    (menu("m", link("a", only="open"), only="closed"), "m"),
    (menu("m", link("a", states=["offering"]), states=["greeting", "new"]), "m"),
    (menu("m", link("a", languages=["de"]), languages=["en-GB", "fr"]), "m"),
    (menu("top", menu("m", menu("in", link("a", only="open"))), link("b"), only="closed"), "in"),
    (menu("m", menu("in", link("a")), link("b"), states=["new"]), ""),
    (menu("m", link("a", only="open"), link("b"), only="closed"), ""),
    (menu("m", link("a", languages=["de-CH"]), languages=["de"]), ""),
    (menu("m", link("a", pages=["/x"]), pages=["/y"]), ""),
]


@pytest.mark.parametrize(("root", "dead"), DEAD)
def test_a_dead_end_is_found_when_the_tree_is_saved(root, dead):
    """A menu in which nothing can ever be shown is refused by its id; one with a way left is not."""
    if dead:
        with pytest.raises(ValueError, match=f"'{dead}' is a dead end"):
            check_tree((link("x"), root))
    else:
        assert check_tree((link("x"), root))


@pytest.mark.parametrize(
    "bad",
    [
        {"pages": ["shop"]},
        {"pages": ["https://acme.example/shop"]},
        {"pages": ["/a b"]},
        {"states": ["asleep"]},
        {"languages": ["german"]},
        {"intents": ["Not an id"]},
        {"only": "sometimes"},
        {"hide_when_known": ["E-mail"]},
    ],
)
def test_a_condition_that_means_nothing_is_refused(bad):
    """Each is of a known form, so that a typing error does not hide a button for ever."""
    with pytest.raises(ValidationError):
        link("x", **bad)


def test_conditions_are_optional():
    """A tree of before is a tree of today."""
    assert link("x") == CtaNode(id="x", label="x", kind="link", url=SITE)


def test_a_large_tree_costs_little_more_than_a_long_look_at_it():
    """Choosing from the largest tree takes a few times what walking and comparing its words takes, not its square."""
    small, large = (
        tuple(link(f"c{n}", keywords=[f"word{n}x{k}" for k in range(20)]) for n in range(size)) for size in (25, 200)
    )

    def seconds(tree):
        best = float("inf")
        for _ in range(7):
            begun = time.thread_time()
            choose_ctas(tree, CtaContext(question="any word at all " * 20))
            best = min(best, time.thread_time() - begun)
        return best

    assert seconds(large) < 3 * 8 * seconds(small)


def test_who_was_not_answered_is_shown_ways_to_a_person():
    """Before what fits only the page, after what fits the intent; only while they may be shown."""
    tree = (
        link("a"),
        link("talk", intents=["contact"]),
        phone("call", only="open"),
        link("prices", intents=["pricing"]),
    )
    assert ids(tree, lost=True) == ["talk", "call", "a"]
    assert ids(tree) == ["a", "call"]
    assert ids(tree, lost=True, intent="pricing")[0] == "prices"
    assert "call" not in ids(tree, lost=True, open=False)
    (first, *_) = choose_ctas(tree, CtaContext(lost=True))
    assert first.because == "the question has no answer here: somebody else may know"
