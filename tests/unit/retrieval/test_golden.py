"""The golden sets kept here fit their pages, and the figures are what they are called."""

import json

import numpy as np
import pytest

from local.evals.golden.measure import difference, fit, separated
from local.evals.golden.sets import DEMO, answers, demo_chunks, load, load_beir
from shared.domain.knowledge import Chunk


@pytest.fixture(scope="module")
def golden():
    return load(DEMO, demo_chunks())


def test_each_question_has_an_answer_on_its_pages(golden):
    """A page that changes takes its questions along; the staff's page is never part of it."""
    assert len(golden.questions) >= 80
    assert all(golden.answering(question) for question in (*golden.questions, *golden.dialogues))
    assert not any("/staff" in chunk.url for chunk in golden.chunks)


def test_no_phrasing_is_there_twice(golden):
    """Else it would count twice."""
    texts = [question.text.casefold() for question in (*golden.questions, *golden.unanswerable)]
    assert len(texts) == len(set(texts))


def test_a_question_without_an_answer_is_refused(tmp_path):
    """By its id, so that the owner finds it."""
    question = {"id": "lost", "pages": ["/"], "facts": ["no such fact"], "ask": {"plain": ["?"]}}
    data = {
        "format": 1,
        "business": "a",
        "language": "en",
        "questions": [question],
        "unanswerable": [],
        "dialogues": [],
    }
    (tmp_path / "a.json").write_text(json.dumps(data))
    with pytest.raises(ValueError, match="lost"):
        load(tmp_path / "a.json", [Chunk("https://demo.example/", "A", "", "text", "")])


def test_a_fact_is_whole_words(golden):
    """An amount is not found within a larger one."""
    question = next(one for one in golden.questions if one.id == "hire-trailer")
    assert question.facts == ("£12",)
    assert answers(question, Chunk("https://demo.example/rental", "", "", "A trailer costs £12 a day.", ""))
    assert not answers(question, Chunk("https://demo.example/rental", "", "", "It costs £120.", ""))


def test_a_public_set_is_read(tmp_path):
    """In BEIR's form; judgements of 0 and of missing documents do not count."""
    (tmp_path / "qrels").mkdir()
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d1", "title": "Bikes", "text": "A bike has two wheels."}\n')
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "wheels?"}\n{"_id": "q2", "text": "cars?"}\n')
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td9\t1\nq2\td1\t0\n")
    found = load_beir(tmp_path)
    assert [(one.id, found.answering(one)) for one in found.questions] == [("q1", frozenset({0}))]
    (tmp_path / "qrels" / "test.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(ValueError, match="score"):
        load_beir(tmp_path)


def test_an_interval_knows_which_questions_belong_together():
    """Phrasings of one question are drawn together; the same figures twice differ by nothing."""
    ours, theirs = [1.0] * 40, [0.0] * 20 + [1.0] * 20
    wide = difference(ours, theirs, ["a"] * 20 + ["b"] * 20)
    narrow = difference(ours, theirs, [str(number) for number in range(40)])
    assert wide == (0.0, 1.0)
    assert wide[0] < narrow[0] < 0.5 < narrow[1] < wide[1]
    assert difference(ours, ours, ["a"] * 40) == (0.0, 0.0)


def test_how_well_chances_tell_apart_is_counted():
    """Of six pairs four are in order."""
    chances, answerable = np.array([0.1, 0.2, 0.9, 0.3, 0.8]), np.array([False, False, False, True, True])
    assert separated(chances, answerable) == pytest.approx(4 / 6)


def test_a_fit_finds_the_direction():
    """The feature that tells the classes apart has the weight, the other hardly any."""
    numbers = np.random.default_rng(1)
    answerable = np.arange(200) < 150
    rows = np.c_[np.where(answerable, 1.0, -1.0) + numbers.normal(size=200), numbers.normal(size=200)]
    weights = fit(rows, answerable)
    assert weights[0] > 1
    assert weights[0] > 3 * abs(weights[1])
