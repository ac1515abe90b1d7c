"""The public questions kept here fit their passages, carry their licences, and are measured after the golden set."""

import hashlib
import json

import numpy as np
import pytest

from local.evals import retrieval
from local.evals.public.sets import FOLDER, PUBLIC, load_public

SMALL = {
    "format": 1,
    "name": "small",
    "language": "en",
    "entries": [
        {"id": "a/1", "title": "Hours", "question": "When do you open?", "answer": "We open the door at nine."},
        {"id": "a/2", "title": "Hours", "question": "When do you close?", "answer": "The shop closes at six sharp."},
        {"id": "b/1", "title": "Doors", "question": "When do you open?", "answer": "Doors open an hour before that."},
    ],
}


class Words:
    """Vectors by the words of a text; nothing is loaded."""

    def __call__(self, texts):
        """Return a unit vector a text."""
        rows = np.full((len(texts), 64), 1e-6)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[hashlib.sha256(word.encode()).digest()[0] % 64] += 1
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).tolist()


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(json.dumps(SMALL))
    return path


@pytest.fixture(scope="module", params=PUBLIC, ids=lambda path: path.stem)
def kept(request):
    return load_public(request.param)


def test_each_public_question_has_a_passage(kept):
    """There are enough of them, and some hundred passages among which to choose."""
    assert len(kept.questions) >= 200
    assert 200 <= len(kept.chunks) <= 2000
    assert all(kept.answering(question) for question in kept.questions)


def test_no_passage_says_the_question_it_answers(kept):
    """Else to find it would be no art."""
    for question in kept.questions:
        for place in kept.answering(question):
            assert question.text not in f"{kept.chunks[place].label}\n{kept.chunks[place].text}"


def test_the_licences_name_every_source(kept):
    """Each project whose texts are kept has its licence and its line in the read-me."""
    sources = {chunk.url.partition("/")[0] for chunk in kept.chunks}
    licences, told = (FOLDER / "LICENSES.txt").read_text(), (FOLDER / "README.md").read_text()
    assert sources
    assert all(f"begins with {source}/" in licences and f"| `{source}/` |" in told for source in sources)


def test_a_question_that_is_asked_twice_has_both_answers(small):
    """It counts once."""
    golden = load_public(small)
    asked = {question.text: question.pages for question in golden.questions}
    assert asked == {"When do you open?": {"a/1", "b/1"}, "When do you close?": {"a/2"}}


@pytest.mark.parametrize("broken", [{"format": 2}, {"format": 1, "entries": [{"id": "a"}]}], ids=["format", "entry"])
def test_another_format_is_refused(tmp_path, broken):
    """With the file's name."""
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(broken))
    with pytest.raises(ValueError, match=r"broken\.json"):
        load_public(path)


def test_the_public_sets_are_measured_alone(small, monkeypatch, capsys):
    """Every way with its interval; the exit code says whether both together were the best."""
    monkeypatch.setattr(retrieval, "Embedder", Words)
    monkeypatch.setattr(retrieval, "PUBLIC", (small,))
    code = retrieval.main(["--public"])
    said = capsys.readouterr().out
    assert "small: 3 chunks" in said
    assert all(f"\n{way}: nDCG " in said for way in retrieval.WAYS)
    assert ("small: both together are the best way" in said) == (code == 0)
    assert ("small: both together are NOT the best way" in said) == (code == 1)
