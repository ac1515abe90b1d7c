"""Intents by their nearest examples: recognised, not recognised, and with a probability that means something."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.intents import BUILT_IN, IntentSpec
from shared.domain.understanding import NOT_RECOGNISED, Intent, IntentMatch, IntentScore
from shared.understanding.intents import CANDIDATES, THRESHOLD, IntentModel, build_intents, digest, or_question
from tests.unit.properties import NORMAL, SHORT
from tests.unit.understanding.embeddings import DIMENSIONS, embed, spec, vector

NAMES = ("delivery", "repair", "rental", "warranty", "size", "colour")


def model(*specs: IntentSpec, built_in: bool = False) -> IntentModel:
    """Return a model on the embeddings of the tests."""
    return build_intents(specs, embed, "test", DIMENSIONS, built_in=built_in)


@pytest.fixture(scope="module")
def six() -> IntentModel:
    """Six intents of five examples."""
    return model(*(spec(name) for name in NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_a_new_sentence_of_an_intent_is_recognised(six, name):
    """What lies where the examples lie is their intent, with the nearest of them."""
    match = six.match(vector(f"{name} as nobody said it yet"))
    assert match.intent.name == match.candidates[0].name == name
    assert match.intent.confidence == match.candidates[0].probability >= THRESHOLD
    assert match.candidates[0].example.startswith(name)


@pytest.mark.parametrize("text", ["weather tomorrow", "qwertz", "politics and so on", "the violin"])
def test_what_lies_elsewhere_is_not_recognised(six, text):
    """There is a real `none`: the nearest of what is far stays a candidate, below the threshold."""
    match = six.match(vector(text))
    assert match.intent == NOT_RECOGNISED
    assert all(candidate.probability < THRESHOLD for candidate in match.candidates)
    assert match.candidates


@pytest.mark.parametrize("count", [2, 3, 20])
def test_two_examples_are_enough(count):
    """An intent with the fewest examples allowed is told from the others, and from none."""
    few = model(*(spec(name, count) for name in NAMES))
    heard = [few.match(vector(f"{name} in other words", noise=0.3)).intent.name for name in NAMES]
    assert heard == list(NAMES)
    assert few.match(vector("something else")).intent == NOT_RECOGNISED


def test_one_intent_alone_can_be_told_from_none():
    """A business with one intent of two examples gets a model as well."""
    alone = model(spec("repair", 2))
    assert alone.match(vector("repair my bicycle", noise=0.3)).intent.name == "repair"
    assert alone.match(vector("nothing of the kind")).intent == NOT_RECOGNISED


@pytest.mark.parametrize("name", NAMES)
def test_an_example_word_for_word_is_its_intent(name):
    """Owners try the sentences they wrote: each is recognised, however little it has to do with the others."""
    odd = IntentSpec(id=name, examples=("alpha", "beta", "gamma", "delta", "epsilon"))
    mixed = model(*(spec(other) for other in NAMES if other != name), odd)
    for sentence in odd.examples:
        match = mixed.match(vector(sentence))
        assert match.candidates[0].name == name
        assert match.candidates[0].similarity == pytest.approx(1, abs=1e-3)
        assert match.candidates[0].example == sentence


def test_candidates_come_best_first(six):
    """A handful, each intent once, by falling probability."""
    candidates = six.match(vector("repair")).candidates
    assert len(candidates) == CANDIDATES == len({candidate.name for candidate in candidates})
    chances = [candidate.probability for candidate in candidates]
    assert chances == sorted(chances, reverse=True)


def test_the_built_in_intents_are_there_and_can_be_added_to():
    """A business's examples join those of a built-in intent with the same name; `question` has none of its own."""
    own = IntentSpec(id="pricing", examples=("tariff one", "tariff two"))
    built = model(own, spec("rental"), built_in=True)
    assert set(built.names) - {""} == {*BUILT_IN, "rental"} - {"question"}
    mine = [text for name, text in zip(built.names, built.examples, strict=True) if name == "pricing"]
    assert {"tariff one", "tariff two", "How much does it cost?"} <= set(mine)


def test_a_business_may_say_what_a_question_is():
    """With examples of its own `question` is an intent like any other."""
    assert "question" in model(spec("question"), built_in=True).names


def test_no_intents_at_all_recognise_nothing():
    """Without an intent there is no candidate either."""
    assert model().match(vector("hello")) == IntentMatch()


def test_what_an_owner_calls_an_intent_is_no_background():
    """A sentence that is background to others counts for the intent of a business that claims it."""
    claimed = model(IntentSpec(id="agree", examples=("Yes, please", "OKAY")))
    assert [name for name, text in zip(claimed.names, claimed.examples, strict=True) if text == "Yes, please"] == [
        "agree"
    ]
    assert "Okay" not in claimed.examples


def test_the_same_sentence_twice_counts_once():
    """Case and accents make no other example, so that repeating one does not make it heavier."""
    once = model(IntentSpec(id="delivery", examples=("delivery déjà", "DELIVERY deja", "delivery to me")))
    assert len([name for name in once.names if name == "delivery"]) == 2


def test_all_vectors_alike_are_survived():
    """An embedding that tells nothing apart gives a model that is sure of nothing."""
    blunt = build_intents((spec("one"), spec("two")), lambda texts: [[1.0, 0.0] for _ in texts], "test", 2)
    match = blunt.match([1.0, 0.0])
    assert all(0 <= candidate.probability <= 1 for candidate in match.candidates)


@pytest.mark.parametrize(
    "bad", [[], [0.0] * DIMENSIONS, [math.nan] * DIMENSIONS, [math.inf] * DIMENSIONS, [1.0] * (DIMENSIONS + 1)]
)
def test_a_vector_that_cannot_be_compared_is_not_recognised(six, bad):
    """Neither an error nor an intent."""
    assert six.match(bad) == IntentMatch()


@NORMAL
@given(numbers=st.lists(st.floats(), min_size=DIMENSIONS, max_size=DIMENSIONS))
def test_any_vector_gets_probabilities_and_the_same_again(six, numbers):
    """No vector raises; every probability is one; a recognised intent is the best candidate above the threshold."""
    match = six.match(numbers)
    assert match == six.match(numbers)
    for candidate in match.candidates:
        assert 0 <= candidate.probability <= 1
        assert -1 <= candidate.similarity <= 1
    if match.intent != NOT_RECOGNISED:
        best = match.candidates[0]
        assert match.intent == Intent(best.name, best.probability)
        assert best.probability >= THRESHOLD


@SHORT
@given(order=st.permutations(NAMES), turned=st.booleans(), text=st.sampled_from([*NAMES, "other things"]))
def test_the_order_of_intents_and_examples_does_not_matter(six, order, turned, text):
    """The same sentences make the same model."""
    specs = [spec(name) for name in order]
    if turned:
        specs = [IntentSpec(id=one.id, examples=one.examples[::-1]) for one in specs]
    other = model(*specs)
    assert other.digest == six.digest
    assert other.match(vector(text)) == six.match(vector(text))


@SHORT
@given(scale=st.floats(0.01, 100), name=st.sampled_from(NAMES))
def test_only_the_direction_of_a_vector_counts(six, scale, name):
    """Services return vectors of other lengths for fewer dimensions."""
    heard, scaled = (six.match([scale * number for number in vector(name)]), six.match(vector(name)))
    assert heard.intent.name == scaled.intent.name
    assert heard.intent.confidence == pytest.approx(scaled.intent.confidence, abs=1e-4)


def test_a_model_of_narrow_cosines_is_calibrated_too():
    """Some embedding models find everything similar: what is near enough is learned, not fixed."""

    def narrow(texts):
        return [[8.0, *numbers] for numbers in embed(texts)]

    close = build_intents(tuple(spec(name) for name in NAMES), narrow, "test", DIMENSIONS + 1, built_in=False)
    match, none = close.match([8.0, *vector("repair it all")]), close.match([8.0, *vector("sunshine today")])
    assert none.candidates[0].similarity > 0.8
    assert (match.intent.name, none.intent) == ("repair", NOT_RECOGNISED)


@pytest.mark.parametrize(
    "changed",
    [
        digest((spec("repair"), spec("size")), "test", 8),
        digest((spec("repair", 4),), "test", 8),
        digest((spec("repair"),), "other", 8),
        digest((spec("repair"),), "test", 16),
        digest((spec("repair"),), "test", 8, built_in=False),
    ],
)
def test_the_digest_tells_what_a_model_was_made_of(changed):
    """Other intents, examples, embedding model or dimensions are another model."""
    assert changed != digest((spec("repair"),), "test", 8) == digest((spec("repair"),), "test", 8)


@pytest.mark.parametrize(
    ("match", "asks", "wanted"),
    [
        (IntentMatch(), False, NOT_RECOGNISED),
        (IntentMatch(), True, Intent("question", 0.5)),
        (IntentMatch(candidates=(IntentScore("pricing", 0.5, 0.25, "x"),)), True, Intent("question", 0.75)),
        (IntentMatch(Intent("pricing", 0.9)), True, Intent("pricing", 0.9)),
    ],
)
def test_a_question_is_what_is_left(match, asks, wanted):
    """Only when nothing was recognised and the words ask; as sure as it is that nothing else fits."""
    assert or_question(match, asks=asks) == IntentMatch(wanted, match.candidates)


def test_a_match_costs_no_more_than_its_one_product():
    """With ten times the examples a match takes no more than a few times as long: nothing loops over examples."""

    def seconds(built: IntentModel) -> float:
        asked, best = vector("repair"), math.inf
        for _ in range(30):
            begun = time.thread_time()
            built.match(asked)
            best = min(best, time.thread_time() - begun)
        return best

    few, many = (model(*(spec(name, count) for name in NAMES)) for count in (5, 50))
    assert seconds(many) < 5 * max(seconds(few), 20e-6)
