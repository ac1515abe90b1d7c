"""The golden questions of a running platform: a file is kept in its form, and a run is told in words."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.evals.__main__ import main
from local.evals.golden.ask import questions_of, report, why
from local.evals.golden.sets import DEMO, demo_chunks
from local.seed import GOLDEN
from local.stack.ports import free_ports
from shared.domain.folding import fold
from shared.domain.golden import GoldenSet, same_page, says

RESULT: dict[str, Any] = {
    "id": "q1", "question": "How much?", "answerable": True, "passed": False, "rank": 2, "refused": False,
    "likelihood": 0.4, "found": ["/a", "/b", "/a"], "missing_pages": [], "missing_facts": ["£14"],
}  # fmt: skip


def test_each_question_of_the_demo_has_its_answer_on_the_site():
    """A page that changes takes its questions along."""
    texts = [(chunk.url, fold(f"{chunk.label}\n{chunk.text}")) for chunk in demo_chunks()]
    for one in GoldenSet.model_validate_json(GOLDEN.read_text()).questions:
        on_page = [text for url, text in texts if any(same_page(page, url) for page in one.pages)]
        assert not one.answerable or on_page, one.id
        assert all(any(says(text, fact) for text in on_page) for fact in one.facts), one.id


def test_a_set_of_phrasings_becomes_questions():
    """Each phrasing its own, a dialogue with what was said before, and what has no answer; a plain file stays."""
    given = GoldenSet.model_validate(questions_of(json.loads(DEMO.read_text())))
    found = {one.id: one for one in given.questions}
    assert len(found) > 300
    assert found["full-service-time-plain-1"].facts == ("two working days | 2 working days",)
    assert found["cargo-week-dialogue"].history
    assert not found["pizza-none-1"].answerable
    plain = {"format": 1, "questions": []}
    assert questions_of(plain) is plain


@pytest.mark.parametrize(
    ("result", "says_so"),
    [
        ({}, "found at place 2, without £14"),
        ({"rank": None, "missing_pages": ["/p"]}, "not found: /p; found /a, /b"),
        ({"rank": None, "found": []}, "not found: £14; found nothing"),
        ({"refused": True}, "is refused (likelihood 0.40); found /a, /b"),
        ({"answerable": False, "likelihood": None}, "should be refused, is not; found /a, /b"),
    ],
    ids=["fact", "page", "nothing", "refused", "unanswerable"],
)
def test_what_went_wrong_is_said_in_words(result, says_so):
    """For each way to go wrong."""
    assert why({**RESULT, **result}) == says_so


def test_figures_that_nothing_tells_are_dashes():
    """And only questions that went wrong are listed."""
    names = ("hit1", "hit3", "hit8", "mrr", "ndcg", "facts", "refused", "rightly", "wrongly")
    figures = {**dict.fromkeys(names), "hit8": 0.5}
    results = [RESULT, {**RESULT, "id": "q2", "passed": True}]
    run = {"build_id": "bld_1", "asked": 2, "questions": 3, "figures": figures, "results": results}
    told = "\n".join(report(run))
    assert "2 of 3 questions" in told
    assert "50.0 %" in told
    assert told.count(" -") == 8
    assert ("q1" in told, "q2" in told) == (True, False)


def test_without_a_platform_only_a_named_business_is_an_error(monkeypatch, capsys):
    """`make eval` needs no platform; whoever names a business wants its figures."""
    monkeypatch.setenv("ADMIN_API_KEY", "test-key")
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}"
    assert main(["golden", "--admin", nobody]) == 0
    assert "make run" in capsys.readouterr().out
    assert main(["golden", "--admin", nobody, "--business", "acme"]) == 1


def test_a_file_that_is_none_is_told(monkeypatch, tmp_path: Path, capsys):
    """Before anything is changed."""
    monkeypatch.setenv("ADMIN_API_KEY", "test-key")
    assert main(["golden", "--business", "acme", "--file", str(tmp_path / "nowhere.json")]) == 1
    assert "nowhere.json" in capsys.readouterr().out
