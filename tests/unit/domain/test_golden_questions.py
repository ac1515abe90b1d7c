"""What may be a golden question, and when a page or a fact counts as found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.domain.folding import fold
from shared.domain.golden import MAX_QUESTIONS, GoldenQuestion, GoldenSet, same_page, says, spread, stored


def question(number=1, **fields):
    """Return a question."""
    return GoldenQuestion.model_validate({"id": f"q{number}", "question": "How much?", "facts": ["£14"], **fields})


@pytest.mark.parametrize(
    ("fields", "says_why"),
    [
        ({"facts": []}, "which page or which fact"),
        ({"answerable": False}, "has no pages and no facts"),
        ({"id": "With Space"}, "id"),
        ({"question": "  "}, "question"),
        ({"question": "x" * 1001}, "question"),
        ({"pages": ["prices"]}, "absolute http"),
        ({"pages": ["//evil.example/x"]}, "absolute http"),
        ({"pages": ["javascript:alert(1)"]}, "absolute http"),
        ({"pages": ["/a b"]}, "pages"),
        ({"pages": ["/a"] * 21}, "pages"),
        ({"facts": ["x"] * 11}, "facts"),
        ({"facts": ["a |"]}, "nothing on one side"),
        ({"history": [""]}, "history"),
        ({"history": ["a"] * 11}, "history"),
        ({"language": "english"}, "language"),
        ({"pagse": ["/a"]}, "pagse"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_is_no_question(fields, says_why):
    """A mistake is refused by name, not kept."""
    with pytest.raises(ValidationError, match=says_why):
        question(**fields)


def test_what_is_one():
    """Pages as addresses or paths, facts in two ways, a question before it; what is as usual is not stored."""
    one = question(
        pages=["/prices", "https://shop.example/guide.pdf#page=2"], facts=["14 days|two weeks"], language="en"
    )
    assert stored(one) == {
        "id": "q1", "question": "How much?", "pages": ["/prices", "https://shop.example/guide.pdf#page=2"],
        "facts": ["14 days|two weeks"], "language": "en",
    }  # fmt: skip
    unanswerable = question(facts=[], answerable=False)
    assert stored(unanswerable) == {"id": "q1", "question": "How much?", "answerable": False}


def test_a_set_has_each_id_once_and_an_end():
    """Twice the same id is a mistake; a thousand questions are the most."""
    with pytest.raises(ValidationError, match="'q1' is there twice"):
        GoldenSet(questions=(question(1), question(2), question(1)))
    assert len(GoldenSet(questions=tuple(question(n) for n in range(MAX_QUESTIONS))).questions) == MAX_QUESTIONS
    with pytest.raises(ValidationError, match="questions"):
        GoldenSet(questions=tuple(question(n) for n in range(MAX_QUESTIONS + 1)))


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("https://shop.example/prices", "https://shop.example/prices", True),
        ("http://www.Shop.example/prices/", "https://shop.example/prices", True),
        ("https://shop.example", "https://shop.example/", True),
        ("https://shop.example/prices", "https://shop.example/prices-2", False),
        ("https://shop.example/prices", "https://other.example/prices", False),
        ("https://shop.example/list?a=1", "https://shop.example/list?a=2", False),
        ("https://shop.example/a.pdf", "https://shop.example/a.pdf#page=3", True),
        ("https://shop.example/a.pdf#page=3", "https://shop.example/a.pdf#page=3", True),
        ("https://shop.example/a.pdf#page=3", "https://shop.example/a.pdf#page=4", False),
        ("https://shop.example/m%C3%BCnchen", "https://shop.example/münchen", True),
        ("/prices", "https://shop.example/prices", True),
        ("/prices", "http://127.0.0.1:5104/prices/", True),
        ("/prices", "https://shop.example/de/prices", False),
        ("/", "https://shop.example/", True),
        ("/prices", "Facts", False),
        ("/", "", True),
    ],
)
def test_the_same_page(expected, found, same):
    """However its address is written; another page is another page."""
    assert same_page(expected, found) is same


@pytest.mark.parametrize(
    ("text", "fact", "held"),
    [
        ("A trailer costs £12 a day.", "£12", True),
        ("A trailer costs £120 a day.", "£12", False),
        ("It takes Two  Working\nDays.", "two working days", True),
        ("It takes 2 working days.", "two working days | 2 working days", True),
        ("Wir sind in MÜNCHEN.", "munchen", True),
        ("Bobbin's basket", "bobbin", True),
        ("unbobbined", "bobbin", False),
        ("料金は1400円です", "1400円", True),
        ("料金は11400円です", "1400円", False),
        ("ราคา 14 บาท", "14 บาท", True),
        ("open 9-5 (Sat)", "9-5 (sat)", True),
    ],
)
def test_a_fact_is_whole_words(text, fact, held):
    """Capitals, accents and spaces do not matter; an amount within a larger one is another amount."""
    assert says(fold(text), fact) is held


@given(st.integers(0, 60), st.integers(1, 60))
def test_a_part_of_the_questions_is_spread_over_all(many, count):
    """At most so many, in order, each once, and all when there are few."""
    every = [question(number) for number in range(many)]
    some = spread(every, count)
    assert len(some) == min(many, count)
    assert [every.index(one) for one in some] == sorted({every.index(one) for one in some})
