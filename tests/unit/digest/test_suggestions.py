"""The one suggestion of a digest: each rule, where it begins, and which goes first."""

from typing import Any

import pytest

from shared.digest.suggest import RULES, Suggestion, suggestion
from shared.domain.digest import Behind
from tests.unit.digest.figures import a_week, calls, cells
from tests.unit.samples import a_config

HOURS = {"weekly": {"wednesday": [{"open": "09:00", "close": "17:00"}]}}
NUMBER = {"number": "+441632960001"}


def of(config: dict[str, Any] | None = None, **fields: Any) -> Suggestion:
    """Return the suggestion for an ordinary week with `fields` in it."""
    return suggestion(a_week(**fields), a_config(**(config or {})))


def test_an_ordinary_week_needs_nothing():
    """There is a suggestion all the same, which says so."""
    assert of() == Suggestion("nothing")


def test_parked_leads_come_first():
    """One is enough, whatever else there is: people who want to be called are lost."""
    bad = cells(gaps={"": 400}, waits={"50": 500})
    assert of(now=bad, behind=Behind(9, 9, 1)) == Suggestion("look_at_crm", {"n": 1})


def test_people_who_wait_for_a_person_come_next():
    """Those who have waited for a day; not those who have just asked."""
    assert of(behind=Behind(handoffs_open=7, handoffs_late=2)) == Suggestion("answer_handoffs", {"n": 2})
    assert of(behind=Behind(handoffs_open=7)).code == "nothing"


def test_silence_after_visitors_is_looked_into():
    """A widget that is gone; a business that never had visitors is left alone."""
    nobody: dict[str, dict[str, int]] = {"sessions": {}, "moods": {}, "gaps": {}, "waits": {}, "ctas_shown": {}}
    assert of(now=cells(**nobody)).code == "check_widget"
    assert of(now=cells(**nobody), before=cells(**nobody)).code == "nothing"


def test_knowledge_that_is_held_back_is_looked_at():
    """Visitors get older answers until somebody decides; people who wait go first."""
    assert of(behind=Behind(held_back=2)) == Suggestion("look_at_build", {"n": 2})
    assert of(behind=Behind(parked=1, held_back=2)).code == "look_at_crm"


@pytest.mark.parametrize(("micros", "code"), [(7_940_000, "nothing"), (8_000_000, "look_at_budget")])
def test_a_budget_that_runs_out_is_named(micros, code):
    """From 80 per cent of the month's on; without one there is nothing to run out."""
    assert of({"budget": {"monthly_usd": 10}}, month_micros=micros).code == code
    assert of(month_micros=micros * 100).code == "nothing"


def test_many_gaps_ask_for_an_faq_about_what_they_were_of():
    """Ten, and one question in twenty: 550 questions need 28. What was not recognised is no topic."""
    many = cells(gaps={"": 28})
    topics = {"none": 20, "pricing": 3, "loan_bikes": 5}
    assert of(now=many, gap_intents=topics) == Suggestion("add_faq_about", {"n": 28, "intent": "loan_bikes"})
    assert of(now=many, gap_intents={"none": 20}) == Suggestion("add_faq", {"n": 28})
    assert of(now=cells(gaps={"": 27}), gap_intents=topics).code == "nothing"
    few = cells(gaps={"": 9}, moods={"neutral": 20})
    assert of(now=few, gap_intents=topics).code == "nothing"


def test_calls_while_it_is_closed_ask_for_messages():
    """Five, and three in ten, of a business that has hours; not when it takes messages already."""
    night = (calls(20, 6), calls(10, 10))
    config = {"opening_hours": HOURS}
    assert of(config, calls_by_hour=night) == Suggestion("message_mode", {"n": 6, "calls": 16})
    assert of(config, calls_by_hour=(calls(20, 4), calls(10, 1))).code == "nothing"
    assert of(config, calls_by_hour=(calls(20, 6), calls(10, 30))).code == "nothing"
    assert of(calls_by_hour=night).code == "nothing"
    for always, code in ((True, "message_mode"), (False, "nothing")):
        voice = {**NUMBER, "transfer": {"number": "+441632960002", "always": always}}
        assert of({**config, "voice": voice}, calls_by_hour=night).code == code


def test_slow_answers_ask_for_a_faster_model():
    """When one answer in ten took six seconds or longer, of at least fifty."""
    slow = {"31": 400, "40": 100}  # 1.25^40 ms is 7.5 s
    found = of(now=cells(waits=slow))
    assert (found.code, found.values["seconds"]) == ("faster_answers", 7)
    assert of(now=cells(waits={"31": 480, "40": 20})).code == "nothing"
    assert of(now=cells(waits={"40": 49})).code == "nothing"


def test_a_button_nobody_follows_is_reworded():
    """Below one in fifty, of two hundred; of several the worst."""
    shown = {"book": 400, "prices": 200, "rare": 199}
    clicked = {"book": 7, "prices": 3}
    found = of(now=cells(ctas_shown=shown, ctas_clicked=clicked))
    assert found == Suggestion("reword_cta", {"cta": "prices", "shown": 200, "clicked": 3})
    assert of(now=cells(ctas_shown=shown, ctas_clicked={"book": 8, "prices": 4})).code == "nothing"


def test_many_annoyed_messages_ask_to_be_read():
    """A quarter, of fifty."""
    assert of(now=cells(moods={"neutral": 75, "negative": 20, "angry": 5})) == Suggestion(
        "read_conversations", {"percent": 25}
    )
    assert of(now=cells(moods={"neutral": 76, "negative": 24})).code == "nothing"
    assert of(now=cells(moods={"negative": 49}, gaps={})).code == "nothing"


def test_every_rule_has_a_test():
    """A rule that is added without one is noticed here."""
    assert len(RULES) == 10
