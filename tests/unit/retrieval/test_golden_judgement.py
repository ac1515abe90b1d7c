"""An index judged by golden questions: what counts as found, and when a candidate is worse than what serves."""

from dataclasses import replace

import numpy as np
import pytest

from shared.domain.golden import GoldenQuestion
from shared.domain.knowledge import Asked, Chunk, Found, Passage
from shared.retrieval.evidence import NOTHING
from shared.retrieval.exact import ExactVectors
from shared.retrieval.hybrid import Hybrid
from shared.retrieval.judgement import BATCH, asked, compared, embedded, figures, forms, judge, judged
from shared.retrieval.measure import Ranking

SITE = "https://shop.example"


def question(number=1, **fields):
    """Return a question that the page of prices answers."""
    return GoldenQuestion.model_validate(
        {"id": f"q{number}", "question": f"Question {number}?", "pages": ["/prices"], **fields}
    )


def unanswerable(number=9):
    """Return a question that nothing answers."""
    return question(number, pages=[], answerable=False)


def found(*pages, likelihood=0.9, text="A puncture costs £14."):
    """Return passages of these pages, best first."""
    return Found(tuple(Passage(Chunk(f"{SITE}{page}", "T", "", text, ""), 0.5) for page in pages), likelihood)


def test_a_page_is_found_at_its_first_passage():
    """Further passages of a page are no further hits, nor do they cost anything."""
    one = judged(question(pages=["/prices", "/faq"]), found("/x", "/prices", "/prices", "/faq"))
    assert one.ranking == Ranking.of([9, 0, 9, 1], {0, 1})
    assert (one.hit, one.rank, one.found[0]) == (True, 2, f"{SITE}/x")


def test_without_pages_a_fact_is_what_is_found():
    """The first passage that holds one."""
    mixed = replace(found("/a"), passages=(*found("/a", text="Hello.").passages, *found("/b").passages))
    one = judged(question(pages=[], facts=["£14"]), mixed)
    assert (one.ranking, one.missing, one.rank) == (Ranking.of([0, 1], {1}), (), 2)
    assert not judged(question(pages=[], facts=["£15"]), mixed).hit


def test_facts_are_looked_for_in_all_passages():
    """Each that is in none of them is missing, and the question not passed, though its page was found."""
    one = judged(question(facts=["£14", "two days"]), found("/prices"))
    assert (one.missing, one.hit, one.passed) == (("two days",), True, False)
    assert judged(question(facts=["£14", "fourteen | a puncture"]), found("/prices")).passed


def test_only_eight_passages_count():
    """What is behind them is not found."""
    one = judged(question(), found(*["/x"] * 8, "/prices"))
    assert (one.hit, one.rank, len(one.found)) == (False, None, 8)


@pytest.mark.parametrize(
    ("passages", "refused"),
    [
        (found("/prices", likelihood=NOTHING - 0.01), True),
        (found("/prices", likelihood=NOTHING), False),
        (found("/prices", likelihood=None), False),
        (Found(), True),
    ],
    ids=["unlikely", "likely", "not measured", "nothing"],
)
def test_what_is_refused(passages, refused):
    """As in a turn: what is unlikely to hold an answer, and nothing at all."""
    assert judged(question(), passages).refused is refused
    assert judged(unanswerable(), passages).passed is refused
    assert judged(question(), passages).passed is not refused


def test_figures_by_hand():
    """Two answerable questions, one found second and one lost, three unanswerable of which two are refused."""
    low = NOTHING / 2
    all_judged = [
        judged(question(1, facts=["£14", "two days"]), found("/x", "/prices")),
        judged(question(2), found("/x", likelihood=low)),
        judged(unanswerable(3), found("/x", likelihood=low)),
        judged(unanswerable(4), found("/x", likelihood=low)),
        judged(unanswerable(5), found("/x")),
    ]
    one = figures(all_judged)
    assert (one.answerable, one.unanswerable, one.hit1, one.hit3, one.hit8) == (2, 3, 0, 0.5, 0.5)
    assert (one.mrr, one.ndcg, one.facts) == pytest.approx((0.25, 0.6309297535714574 / 2, 0.5))
    assert (one.refused, one.rightly, one.wrongly) == pytest.approx((2 / 3, 2 / 3, 1 / 2))


def test_figures_of_nothing_are_not_zeros():
    """What no question tells is not known."""
    none = figures([])
    assert (none.hit8, none.ndcg, none.facts, none.refused, none.rightly, none.wrongly) == (None,) * 6
    assert figures([judged(question(), found("/prices"))]).refused is None
    assert figures([judged(unanswerable(), found("/prices"))]).ndcg is None


def twenty(lost=0, refused=True):
    """Return what an index makes of nineteen questions and one without an answer."""
    pages = ["/x"] * lost + ["/prices"] * (19 - lost)
    answerable = [judged(question(number), found(page)) for number, page in enumerate(pages)]
    return [*answerable, judged(unanswerable(99), found("/x", likelihood=0.01 if refused else 0.9))]


def test_a_candidate_that_loses_pages_is_held_back():
    """With the questions named in words; what it gains elsewhere is told too."""
    verdict = compared(twenty(lost=2), twenty(), 0.05)
    assert verdict.lost == ("q0", "q1")
    assert "from 100.0 % to 89.5 %" in verdict.reason
    assert "“Question 0?”, “Question 1?”." in verdict.reason
    assert "at most 5.0 % worse" in verdict.reason
    assert compared(twenty(), twenty(lost=2), 0.05).gained == ("q0", "q1")


def test_within_the_margin_it_may_serve():
    """A loss of exactly the margin too; a question that was lost is still named."""
    verdict = compared(twenty(lost=1), twenty(), 1 / 19)
    assert (verdict.reason, verdict.lost) == ("", ("q0",))
    assert compared(twenty(lost=1), twenty(), 1 / 20).reason
    assert compared(twenty(lost=1), twenty(), 0).reason
    assert compared(twenty(), twenty(), 0).reason == ""


def test_refusing_less_or_more_than_before_is_worse():
    """Nothing refused that should be, or refused what should not."""
    assert "unanswerable questions that are refused" in compared(twenty(refused=False), twenty(), 0.05).reason
    shy = [judged(one.question, Found()) if one.question.id in ("q0", "q1") else one for one in twenty()]
    assert "answerable questions that are refused went from 0.0 % to 10.5 %" in compared(shy, twenty(), 0.05).reason


def test_a_worse_ranking_is_worse():
    """All pages still found, but further down."""
    after = [judged(one.question, found("/x", "/x", "/x", "/prices")) for one in twenty()[:19]]
    verdict = compared(after, twenty()[:19], 0.05)
    assert "the ranking" in verdict.reason.lower()
    assert verdict.lost == ()
    assert "not found any more" not in verdict.reason


def test_many_lost_questions_are_counted_not_listed():
    """Five are named, the verdict has all."""
    verdict = compared(twenty(lost=8), twenty(), 0.05)
    assert verdict.reason.endswith("and 3 more.")
    assert len(verdict.lost) == 8


def test_long_questions_are_shortened_in_the_reason():
    """It is a sentence, not a page."""
    long = [judged(question(1, question="word " * 150), found(page)) for page in ("/x", "/prices")]
    reason = compared(long[:1], long[1:], 0.05).reason
    assert "word …”" in reason
    assert len(reason) < 500


def test_without_an_index_before_it_may_serve():
    """There is nothing to be worse than."""
    verdict = compared(twenty(lost=19), [], 0.05)
    assert (verdict.reason, verdict.live, verdict.candidate.hit8) == ("", None, 0)
    assert verdict.as_json()["candidate"]["hit8"] == 0


def test_a_follow_up_is_asked_as_a_turn_would():
    """Alone, and with the question before it; a question that stands alone once."""
    follow_up = question(question="And for a week?", history=["What does a cargo bike cost for a day?"])
    assert forms(follow_up) == ["And for a week?", "What does a cargo bike cost for a day? And for a week?"]
    assert forms(question()) == ["Question 1?"]
    vectors = {text: [float(at)] for at, text in enumerate(forms(follow_up))}
    assert asked(follow_up, vectors) == Asked(forms(follow_up), [[0.0], [1.0]])
    assert asked(question(language="de-AT"), {"Question 1?": [1.0]}).language == "de"


def test_questions_are_embedded_in_batches_each_text_once():
    """However many questions share it."""
    calls = []

    def embed(texts):
        calls.append(len(texts))
        return [[float(len(text))] for text in texts]

    questions = [question(number, question=f"Question {number % 70}?") for number in range(140)]
    vectors = embedded(questions, embed)
    assert calls == [BATCH, 70 - BATCH]
    assert vectors["Question 5?"] == [11.0]


def test_a_build_is_judged_from_memory_as_it_would_be_served():
    """Vectors as they are, without an index: the nearest passage leads, and none is beyond the chunks."""
    chunks = [Chunk(f"{SITE}/{at}", "T", "", f"Text number {at}, long enough to stand alone.", "") for at in range(3)]
    search = Hybrid(ExactVectors(np.eye(3, dtype=np.float32)), chunks, None).search
    [one] = judge([question(pages=["/2"])], {"Question 1?": [0.1, 0.2, 0.97]}, search)
    assert one.found == (f"{SITE}/2", f"{SITE}/1", f"{SITE}/0")
    assert one.rank == 1
