"""`python -m local.evals docs_crawl`: a folder is crawled on the platform, and the right pages are looked for."""

import json

import pytest

from local.evals.__main__ import main as by_name
from local.evals.docs_crawl import QUESTIONS, Question, asked, crawled, load_questions, main, reasons, served

LOAD = "At most forty kilograms may be carried in the trailer, and no children under two years of age."
PAGES = {
    "index.html": ("Handbook", "This is the handbook of the Brindle bicycle trailer and of all that belongs to it."),
    "brakes.html": ("Brakes", "The drum brake of the trailer is adjusted with the yellow screw, a quarter at a time."),
    "lights.html": ("Lights", "The rear lamp takes two round batteries of the type CR2032, which last about a year."),
    "load.html": ("Load", LOAD),
    "copy.html": ("Load", LOAD),
}


@pytest.fixture
def handbook(tmp_path):
    links = "".join(f'<a href="{name}">{name}</a>' for name in PAGES)
    for name, (title, text) in PAGES.items():
        html = (
            f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{text}</p></main>{links}</body>"
        )
        (tmp_path / name).write_text(f"{html}</html>")
    return tmp_path


def test_a_folder_is_crawled_and_asked(handbook, platform, admin, hostile_ports, tmp_path):
    """Every page and every reason is told; the page that answers is found and cited."""
    questions = [
        Question("Which batteries does the rear lamp take?", frozenset({"/lights.html"})),
        Question("Who won the chess championship of Samoa?", frozenset({"/chess.html"})),
    ]
    with served(handbook, hostile_ports[0], tmp_path / "docs.log") as site:
        told = list(crawled(admin, "handbook", {"start_urls": [f"{site}/index.html"]}))
        lines, whole = asked(admin, platform.chat_url, "handbook", questions)
    assert told[0].startswith("5 pages in ")
    assert "4 indexed, 1 skipped, 0 failed" in told[0]
    assert any("1 skipped: has the same text as ..." in line for line in told)
    assert lines[1].split()[:2] == ["1", "1"]
    assert lines[2].split()[:2] == ["-", "-"]
    assert not whole
    assert "found first 1 of 2" in lines[-1]
    assert "cited 1, cited first 1" in lines[-1]


def test_ranks_count_pages_and_not_passages():
    """Two passages of one page are one place; an anchor does not matter."""
    question = Question("?", frozenset({"/b.html", "/c.html"}))
    urls = ["http://d/a.html#1", "http://d/a.html#2", "http://d/c.html#x", "http://d/b.html"]
    assert question.rank(urls) == 2
    assert question.rank(urls[:2]) == 0


def test_reasons_are_counted_whatever_page_they_name():
    """The most frequent comes first, each with a page or two; a page without a reason is none."""
    pages = [
        {"url": f"http://d/{n}", "outcome": "skipped", "reason": f"has the same text as http://d/x{n}"}
        for n in range(3)
    ]
    failed = {"url": "http://d/f", "outcome": "failed", "reason": "the server answered 404"}
    fine = {"url": "http://d/g", "outcome": "indexed", "reason": ""}
    told = list(reasons([failed, fine, *pages]))
    assert told == [
        "      3 skipped: has the same text as ... (/0, /1)",
        "      1 failed: the server answered 404 (/f)",
    ]


def test_the_questions_kept_here_are_ten():
    """Each with the pages that answer it."""
    questions = load_questions(QUESTIONS)
    assert len(questions) == 10
    assert all(question.pages and all(page.startswith("/") for page in question.pages) for question in questions)


def test_a_folder_or_questions_that_cannot_be_read_are_told(handbook, capsys, tmp_path):
    """With an exit code, before anything is started."""
    assert by_name(["docs_crawl", "--docs", str(tmp_path / "nowhere")]) == 1
    assert "no index.html" in capsys.readouterr().out
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"questions": [{"ask": "?"}]}))
    assert main(["--docs", str(handbook), "--questions", str(broken)]) == 1
    assert "broken.json has a question without 'pages'" in capsys.readouterr().out
