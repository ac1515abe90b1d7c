"""BM25: the right passage first, the same after storing, damaged bytes refused."""

import numpy as np
import pytest
from bm25s import BM25

from shared.retrieval.lexical import K1, B, build_lexical, dump_lexical, load_lexical
from shared.retrieval.terms import terms

TEXTS = [
    "Puncture repair costs 14 pounds.",
    "A full service costs 95 pounds and takes two days.",
    "Hire a cargo bike for 55 pounds a day. A cargo bike carries two children.",
    "Shimano XT-M8100 derailleur, in stock.",
    "The shop is closed on Sundays.",
]


@pytest.fixture
def index():
    return build_lexical(TEXTS, ["en"] * len(TEXTS))


def found(index, question, count=3, **options):
    return [place for place, _ in index.search(index.wanted(question, **options), count)]


def test_the_passage_with_the_rare_words_is_first(index):
    """Whatever the endings and capitals."""
    assert found(index, "What do SERVICES cost?")[0] == 1
    assert found(index, "cargo bikes")[0] == 2
    assert found(index, "m8100") == [3]


def test_scores_are_those_of_the_library(index):
    """What is added up here is what bm25s itself gives, passage by passage."""
    library = BM25(k1=K1, b=B, method="lucene")
    library.index([terms(text, ["en"]) for text in TEXTS], show_progress=False)
    expected = library.get_scores(terms("cargo bike repair pounds", ["en"]))
    ours = index.score(index.wanted("cargo bike repair pounds"))
    assert np.allclose(ours, expected, atol=1e-5)
    assert expected.any()


def test_a_passage_without_any_word_is_not_found(index):
    """Nor is anything by stop words alone, or in an index of nothing."""
    assert found(index, "pizza margherita") == []
    assert found(index, "what is the") == []
    assert build_lexical([], []).search([], 5) == []
    assert found(build_lexical(["", "..."], ["en", "en"]), "bike") == []


def test_a_misspelt_word_finds_a_little_less(index):
    """One slip is forgiven, unless it is switched off; a product number is never taken for another."""
    assert found(index, "punctrue") == [0]
    assert found(index, "punctrue", correct=False) == []
    assert found(index, "M8101", correct=True) == []
    (right,), (slip,) = (index.search(index.wanted(word), 1) for word in ("puncture", "punctrue"))
    assert right[1] > slip[1] > 0


def test_of_two_that_may_be_meant_the_frequent_one_is():
    """A slip away from both, the question is about what the shop talks of."""
    index = build_lexical(["a brake", "brake and brake", "a brave dog", "brake"], ["en"] * 4)
    assert 2 not in found(index, "brade")
    assert found(index, "brade")


def test_coverage_is_of_one_passage(index):
    """All words in one passage is 1, in no passage 0; words spread over two, or unknown, are between."""
    assert index.coverage(index.wanted("cargo bike children"), [2]) == pytest.approx(1)
    assert index.coverage(index.wanted("cargo bike"), [0, 4]) == 0
    apart = index.coverage(index.wanted("puncture service"), [0, 1])
    assert 0.4 < apart < 0.6
    assert index.coverage(index.wanted("cargo zeppelin"), [2]) < 0.7
    assert index.coverage(index.wanted("the"), [2]) == 0
    assert index.coverage(index.wanted("cargo"), []) == 0


def test_equal_passages_keep_their_order():
    """Ties go to the earlier passage."""
    index = build_lexical(["red lamp", "blue", "red lamp", "red lamp"], ["en"] * 4)
    assert found(index, "lamp", 3) == [0, 2, 3]


def test_it_is_the_same_after_storing(index):
    """Every figure survives, and the size is accounted for."""
    again = load_lexical(dump_lexical(index), len(TEXTS))
    assert again is not None
    question = "how much is a punctrue or a cargo bike"
    assert again.search(again.wanted(question), 5) == index.search(index.wanted(question), 5)
    assert again.size == index.size > again.scores.nbytes
    empty = load_lexical(dump_lexical(build_lexical(["", ""], ["en", "en"])), 2)
    assert empty is not None
    assert empty.search(empty.wanted("bike"), 2) == []


def test_damaged_bytes_are_refused(index):
    """Cut off, of other passages, or not an index at all."""
    data = dump_lexical(index)
    for damaged in (data[:-9], data[:40], b"", b"{}\n"):
        with pytest.raises(ValueError, match="damaged"):
            load_lexical(damaged, len(TEXTS))
    with pytest.raises(ValueError, match="do not match"):
        load_lexical(data, len(TEXTS) + 1)


def test_another_version_is_no_error(index):
    """The search goes on without words until the next build."""
    assert load_lexical(dump_lexical(index).replace(b'"version": 1', b'"version": 99', 1), len(TEXTS)) is None


def test_passages_of_two_languages_are_both_found():
    """A question is stemmed in each language of the index."""
    index = build_lexical(["Unsere Häuser sind warm.", "Our houses are warm."], ["de", "en-GB"])
    assert index.languages == ("de", "en")
    assert found(index, "Haus") == [0]
    assert found(index, "house") == [1]
