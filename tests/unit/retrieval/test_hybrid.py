"""Meaning and words together: each finds what the other misses, and the evidence says how far to trust it."""

import faiss
import numpy as np
import pytest

from shared.domain.knowledge import Asked, Chunk
from shared.retrieval.evidence import NOTHING, Backdrop, measure, probability
from shared.retrieval.hybrid import Hybrid, searched
from shared.retrieval.lexical import build_lexical

TEXTS = [
    "We mend flat tyres while you wait, on weekdays and on Saturdays, in half an hour, with a new tube of good quality "
    "and a check of the rim, for fourteen pounds all in all.",
    "The derailleur XT-M8100 is kept in stock and can be fitted within a day, with the gears set up and a test ride on "
    "the hill behind the shop, at the price on the list of services.",
    "Our dog is called Bobbin. She is friendly and sleeps below the counter for most of the day; if you would rather "
    "not meet a dog you can say so when you book and she stays upstairs.",
]
EAST, NORTH, UP = np.eye(3).tolist()


def index(chunks=None, backdrop=None, *, words=True):
    chunks = chunks or [Chunk(f"https://acme.example/{at}", "Acme", "", text, "") for at, text in enumerate(TEXTS)]
    flat = faiss.IndexFlatIP(3)
    flat.add(np.array([EAST, NORTH, UP][: len(chunks)], dtype=np.float32))
    lexical = build_lexical([searched(chunk) for chunk in chunks], ["en"] * len(chunks)) if words else None
    return Hybrid(flat, chunks, lexical, backdrop)


def places(found):
    return [int(passage.chunk.url[-1]) for passage in found.passages]


def test_meaning_finds_what_no_word_says():
    """The nearest vector is first when no word helps."""
    assert places(index().search(Asked(["my wheel lost its air"], [EAST]), 1)) == [0]


def test_words_find_what_the_vector_misses():
    """A product number leads, however far its vector; its score is still the cosine."""
    found = index().search(Asked(["m8100"], [[0.8, 0.6, 0.0]]), 1)
    assert places(found) == [1]
    assert found.passages[0].score == pytest.approx(0.6)


def test_a_passage_that_only_words_find_has_the_better_cosine():
    """Of those to each form of the question, though no list by meaning had it."""
    chunks = [Chunk(f"https://acme.example/{at}", "Acme", "", f"Lamp of kind {at}, red.", "") for at in range(60)]
    flat = faiss.IndexFlatIP(2)
    flat.add(np.array([[1.0, 0.0]] * 59 + [[0.28, 0.96]], dtype=np.float32))
    lexical = build_lexical([searched(chunk) for chunk in chunks], ["en"] * 60)
    found = Hybrid(flat, chunks, lexical).search(Asked(["59", "kind 59"], [[0.6, -0.8], [1.0, 0.0]]), 1)
    assert found.passages[0].chunk.url == "https://acme.example/59"
    assert found.passages[0].score == pytest.approx(0.28)


def test_without_words_it_is_the_order_of_the_vectors():
    """A build from before there were terms is searched as before."""
    question = Asked(["m8100"], [[0.6, 0.5, 0.4]])
    assert places(index(words=False).search(question, 3)) == [0, 1, 2]


def test_each_form_of_a_question_counts():
    """A passage near to any of the vectors is found, with its better cosine; the words are those of the whole form."""
    found = index().search(Asked(["and she?", "is there a dog? and she?"], [EAST, UP]), 2)
    assert set(places(found)) == {0, 2}
    assert [passage.score for passage in found.passages] == pytest.approx([1, 1])


def test_nothing_is_asked_or_there():
    """No vector, no passages wanted, no chunks: nothing is found."""
    assert index().search(Asked(["dog"], []), 3).passages == ()
    assert index().search(Asked(["dog"], [EAST]), 0).passages == ()
    assert Hybrid(faiss.IndexFlatIP(3), [], None).search(Asked(["dog"], [EAST]), 3).passages == ()


def test_neighbours_that_are_found_are_one_passage():
    """Of the same page: with the text of both and the better cosine."""
    chunks = [Chunk("https://acme.example/0", "Acme", "", text, "") for text in TEXTS]
    found = index(chunks).search(Asked(["flat tyres, derailleur"], [[0.6, 0.8, 0.0]]), 2)
    assert TEXTS[0] in found.passages[0].chunk.text
    assert TEXTS[1] in found.passages[0].chunk.text
    assert found.passages[0].score == pytest.approx(0.8)


def test_evidence_needs_both():
    """Words that are found and a near vector are an answer; neither is none; no backdrop, no opinion."""
    chance = Backdrop(0.3, 0.1)
    sure = index(backdrop=chance).search(Asked(["is the dog Bobbin friendly?"], [UP]), 2)
    lost = index(backdrop=chance).search(Asked(["zeppelin insurance in Bolivia"], [[0.2, 0.2, 0.2]]), 2)
    assert sure.likelihood > 0.9
    assert lost.likelihood < NOTHING
    assert index().search(Asked(["dog"], [UP]), 2).likelihood is None


def test_another_language_is_judged_by_its_vector():
    """Words cannot be missed that could not be there, and none is taken for a misspelt one."""
    asked = Asked(["serviços"], [UP], "pt")
    found = index(backdrop=Backdrop(0.3, 0.1)).search(asked, 1)
    assert found.coverage is None
    assert found.likelihood == probability(7.0, None) > 0.9
    assert places(found) == [2]
    assert places(index().search(Asked(["serviços"], [UP]), 1)) == [1]


def test_chance_is_measured():
    """The mean and deviation of the best cosines of strangers; a narrow one makes no wonders."""
    strangers = np.array([[0.2, 0, 0], [0, 0.4, 0]], dtype=np.float32)
    chance = measure(strangers, np.eye(3, dtype=np.float32))
    assert chance is not None
    assert chance.mean == pytest.approx(0.3)
    assert chance.deviation == pytest.approx(0.1)
    assert chance.distance(0.5) == pytest.approx(2)
    assert Backdrop(0.3, 0.0).distance(0.31) == pytest.approx(0.5)
    assert measure(strangers[:0], strangers) is None


def test_more_evidence_is_never_less_likely():
    """The probability rises with each feature and stays within 0 and 1."""
    near = [probability(one, 0.5) for one in (-500, -1, 0, 2, 500)]
    covered = [probability(1, one) for one in (0, 0.3, 1)]
    assert near == sorted(near)
    assert covered == sorted(covered)
    assert all(0 <= one <= 1 for one in near + covered)


def test_a_kind_that_is_sure_of_itself_leads():
    """A passage far above chance is first though others have words too; where all is chance the words decide."""
    chance = Backdrop(0.3, 0.05)
    asked = Asked(["is there any service for a flat wheel, please?"], [[0.98, 0.19, 0.0]])
    assert places(index(backdrop=chance).search(asked, 2))[0] == 0
    unsure = Asked(["m8100"], [[0.36, 0.34, 0.35]])
    assert places(index(backdrop=chance).search(unsure, 2))[0] == 1


def test_worth_is_by_the_share_of_the_words():
    """All of a question's words are worth more than one of them, whatever other questions score."""
    found = index().candidates(Asked(["derailleur XT-M8100 tyres"], [UP]))
    assert set(found.near) == {0, 1, 2}
    assert found.worded[0] == 1
    assert 1 >= found.words[1] > found.words[0] > found.words[2] == 0
    assert found.ranked(Backdrop(0.3, 0.1), worth=0.0)[0] == 2
    assert found.ranked(Backdrop(0.3, 0.1), worth=100.0)[0] == 1
