"""The digest as JSON and as a letter: what it says, and that nothing in it is markup, a person, or loaded."""

import datetime as dt
import re
from typing import Any

import pytest
from lxml import html as parser

from shared.digest import letter
from shared.digest.compose import DigestOut, compose
from shared.domain.digest import Behind, Week
from tests.unit.digest.figures import WEEK, a_week, cells
from tests.unit.samples import a_config

NASTY = '<script>alert(1)</script> & "quoted" {{ d.week }} {name}'
LANGUAGES = ("en", "es", "de", "fr", "ar")


def digest(language: str = "en", config: dict[str, Any] | None = None, **fields: Any) -> DigestOut:
    """Return an ordinary week's digest."""
    return compose("acme", a_config(**{"languages": [language], **(config or {})}), WEEK, a_week(**fields))


def test_it_says_what_there_was():
    """Numbers, their change, the largest topics first, in plain sentences."""
    found = digest(gap_intents={"pricing": 3, "none": 1})
    assert found.trends["conversations"].model_dump() == {"now": 300, "before": 250, "change_percent": 20}
    assert (found.resolved_percent, found.resolved_before_percent) == (70, 84)
    assert [(topic.intent, topic.name, topic.n) for topic in found.intents] == [
        ("pricing", "prices", 200), ("appointment", "appointments", 150), ("loan_bikes", "loan bikes", 20),
    ]  # fmt: skip
    assert [topic.intent for topic in found.gap_intents] == ["pricing", "none"]
    assert found.summary == [
        "Conversations: 300, that is 20% more than the week before.",
        "New leads: 30 (the week before: 30).",
        "Questions without an answer: 5 (the week before: 5).",
    ]
    assert (found.first_day, found.last_day, found.week) == ("2026-11-16", "2026-11-22", "2026-W47")
    assert found.cost.usd == found.cost.before_usd == 4.56


@pytest.mark.parametrize(
    ("now", "before", "sentence"),
    [
        (0, 250, "Nobody talked to the assistant this week."),
        (10, 0, "Conversations: 10; there were none the week before."),
        (100, 100, "Conversations: 100, about as many as the week before."),
        (75, 100, "Conversations: 75, that is 25% fewer than the week before."),
    ],
)
def test_the_trend_is_told_in_words(now, before, sentence):
    """Whichever way it goes, and when there is nothing to compare."""
    found = digest(now=cells(sessions={"": now}), before=cells(sessions={"": before}))
    assert found.summary[0] == sentence


def test_what_waits_and_what_it_cost_is_told():
    """Only what there is; the budget when there is one."""
    behind = Behind(handoffs_open=3, handoffs_late=1, parked=2)
    found = digest(config={"budget": {"monthly_usd": 24}}, behind=behind, experiments=(("tone", "warm: better"),))
    text = letter.text(found)
    for line in (
        "Calls for a person that nobody has taken: 3", "Entries that your CRM refused: 2",
        "Experiment with news: tone", "Of the month's budget of $24.00 used: 50%.",
    ):  # fmt: skip
        assert f"\n{line}\n" in text
    assert "Nothing is waiting." in letter.text(digest())
    assert "budget" not in letter.text(digest())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_is_whole_in_every_language(language):
    """Language and direction are declared, every section is there, no value is missing, no template shows."""
    found = digest(language, gap_intents={"pricing": 3}, behind=Behind(1, 1, 1))
    page = parser.document_fromstring(letter.html(found))
    assert (page.get("lang"), page.get("dir")) == (language, "rtl" if language == "ar" else "ltr")
    assert len(page.findall(".//h2")) == 4
    shown = page.text_content()
    assert found.suggestion.text in shown
    assert all(sentence in shown for sentence in found.summary)
    assert not re.search(r"\{\{|\}\}|\{%|None|Undefined", letter.html(found) + letter.text(found))
    assert found.suggestion.text in letter.text(found)


def test_a_language_without_words_reads_english():
    """And one can be asked for."""
    assert digest("it").language == "en"
    asked = compose("acme", a_config(languages=["de"]), WEEK, a_week(), "fr-CA")
    assert (asked.language, asked.suggestion.text) == ("fr", "Rien n'est à changer cette semaine.")


def test_what_a_business_wrote_is_text():
    """Names of the business, intents and calls to action are never markup, and never a template."""
    tree = [{"id": "cheap", "label": NASTY[:60], "kind": "message", "message": "x"}]
    shown, clicked = {"cheap": 500}, {"cheap": 1}
    found = digest(
        config={"name": NASTY, "cta_tree": tree}, now=cells(ctas_shown=shown, ctas_clicked=clicked),
        experiments=(("<img src=x onerror=1>", "r"),),
    )  # fmt: skip
    assert found.suggestion.code == "reword_cta"
    page = parser.document_fromstring(letter.html(found))
    assert not page.findall(".//script")
    assert not page.findall(".//img")
    assert page.findtext(".//h1/bdi") == NASTY
    assert NASTY[:60] in page.text_content()


def test_a_mail_program_loads_nothing():
    """No image, link, font or script; every element has its styles, and dark mode is declared."""
    page = parser.document_fromstring(letter.html(digest(gap_intents={"pricing": 3})))
    assert not page.xpath("//@src | //@href | //@background | //link | //script | //img | //a")
    assert "url(" not in letter.html(digest())
    assert not page.xpath("//p[not(@style)] | //h1[not(@style)] | //h2[not(@style)]")
    assert page.xpath("//meta[@name='color-scheme']/@content") == ["light dark"]
    assert "prefers-color-scheme: dark" in page.findtext(".//style")


def test_the_webhook_gets_all_forms():
    """The figures, a subject of one line, and both forms of the letter."""
    found = letter.posted(digest(config={"name": "Acme"}))
    assert found["subject"] == "Acme: your assistant's week 2026-W47"
    assert found["week"] == "2026-W47"
    assert found["html"].startswith("<!doctype html>")
    assert found["text"].startswith("Acme\n2026-11-16 – 2026-11-22\n")


@pytest.mark.parametrize("text", ["2026-47", "2026-W00", "2026-W54", "2025-W53", "1999-W01", "2026-w47", " 2026-W47"])
def test_a_week_is_an_iso_week(text):
    """Nothing else, and no 53rd week in a year that has none."""
    with pytest.raises(ValueError, match="week"):
        Week.parse(text)


def test_the_last_full_week_is_the_businesss():
    """On a Sunday night in London it is Monday in Tokyo; years end within weeks; a week may have an hour more."""
    night = dt.datetime(2026, 11, 22, 23, tzinfo=dt.UTC)
    assert str(Week.last_full(night, "Europe/London")) == "2026-W46"
    assert str(Week.last_full(night, "Asia/Tokyo")) == "2026-W47"
    assert str(Week.parse("2026-W53")) == "2026-W53"
    assert str(Week.parse("2026-W01").before()) == "2025-W52"
    autumn = Week.parse("2026-W43").span("Europe/London")
    assert autumn.until - autumn.since == dt.timedelta(hours=169)
    assert autumn.since == dt.datetime(2026, 10, 18, 23, tzinfo=dt.UTC)
