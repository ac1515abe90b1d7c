"""The payload of a hand-off: complete, in order, one line where one line is due, and a link that programs open."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dialogue.handoff import MAX_MAILTO_CHARS, MAX_QUESTIONS, MAX_SUBJECT_CHARS, mailto, payload, trend
from shared.domain.dialogue import Dialogue
from shared.domain.fields import FieldSpec, FieldValue, with_built_in
from shared.domain.session import PastTurn, Session, text_content
from tests.unit.properties import NORMAL, real_text

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
SPECS = with_built_in((FieldSpec(id="budget", label="Budget", type="number"),))


def value(shown: str, normal: str = "") -> FieldValue:
    """Return a field's value."""
    return FieldValue(normal or shown, shown, "m1", NOW.isoformat())


def said(question: str, answer: str = "Yes.", number: int = 0, **more: Any) -> PastTurn:
    """Return one exchange."""
    at = (NOW + dt.timedelta(minutes=number)).isoformat()
    return PastTurn(f"m{number}", at, text_content("user", question), text_content("model", answer), "<p></p>", **more)


SESSION = Session(
    "acme", "s-1", NOW.isoformat(),
    turns=(said("", ""), said("What does a service cost?", "95 pounds.", 1), said("A person please", "", 2)),
    page={"url": "https://acme.example/prices", "title": "Prices"}, locale="en-GB",
)  # fmt: skip
DIALOGUE = Dialogue(
    fields={"budget": value("500 pounds", "500"), "name": value("Ana Petrova"), "email": value("ana@shop.example")},
    moods=(0.1, 0.0, -0.6),
    language="de",
    person="user-7",
)


def made(
    session: Session = SESSION, dialogue: Dialogue = DIALOGUE, email: str | None = "team@acme.example", **more: Any
) -> dict[str, Any]:
    """Return a hand-off's payload."""
    values = {"business_name": "Acme", "handoff_id": "hnd_1", "reason": "the visitor asked for it", **more}
    return payload(session=session, dialogue=dialogue, specs=SPECS, now=NOW, email=email, **values)


def test_a_person_finds_everything():
    """Who, why, what is known under the owner's labels, how they sound, where they are, what they asked."""
    found = made()
    assert found["subject"] == "[Acme] Ana Petrova asks for a person"
    for part in (
        "Ana Petrova asks for a person at Acme.", "Reason: the visitor asked for it", "Mood: negative, getting worse",
        "Page: Prices - https://acme.example/prices", "Language: de", "Signed in as: user-7",
        "- Name: Ana Petrova\n- E-mail: ana@shop.example\n- Budget: 500 pounds",
        "- What does a service cost?\n- A person please", "/v1/businesses/acme/handoffs/hnd_1",
    ):  # fmt: skip
        assert part in found["body"]
    assert found["session_url"] == "/v1/businesses/acme/sessions/s-1"
    assert (found["id"], found["session_id"], found["requested_at"]) == ("hnd_1", "s-1", NOW.isoformat())
    assert json.loads(json.dumps(found)) == found


def test_the_words_are_told_as_they_were_said():
    """Both sides, oldest first, without the greeting and what was never answered."""
    assert [(entry["role"], entry["text"]) for entry in made()["transcript"]] == [
        ("user", "What does a service cost?"), ("assistant", "95 pounds."), ("user", "A person please"),
    ]  # fmt: skip


def test_fields_keep_normal_form_and_wording():
    """A system reads the value, a person what is shown; a field that is not configured any more is not lost."""
    dialogue = replace(DIALOGUE, fields={**DIALOGUE.fields, "gone": value("old")})
    found = made(dialogue=dialogue)["fields"]
    assert list(found) == ["name", "email", "budget", "gone"]
    assert found["budget"] == {"label": "Budget", "value": "500", "shown": "500 pounds", "state": "heard"}
    assert found["gone"]["label"] == "gone"


def test_a_visitor_of_whom_nothing_is_known():
    """An empty session makes a short payload, not an error and not empty headings."""
    found = made(Session("acme", "s-1", NOW.isoformat()), Dialogue(), reason="")
    assert found["subject"] == "[Acme] A visitor asks for a person"
    assert "known" not in found["body"]
    assert "questions" not in found["body"]
    assert "Mood" not in found["body"]
    assert "Reason" not in found["body"]
    assert found["fields"] == {}
    assert found["transcript"] == []


def test_only_the_last_questions_are_summed_up():
    """A long conversation is a short summary; the transcript is whole."""
    turns = tuple(said(f"Question number {number}, {'long ' * 200}", number=number) for number in range(12))
    found = made(replace(SESSION, turns=turns))
    assert found["body"].count("- Question number") == MAX_QUESTIONS
    assert "- Question number 11" in found["body"]
    assert len(found["body"]) < 4000
    assert len(found["transcript"]) == 24


@pytest.mark.parametrize(
    ("moods", "says"),
    [
        ((), ""), ((0.0,), "neutral"), ((-0.8,), "negative"), ((0.5,), "positive"),
        ((0.5, 0.5, 0.5), "positive, steady"), ((0.4, 0.2, -0.5), "negative, getting worse"),
        ((-0.8, -0.7, 0.0), "neutral, getting better"), ((-0.9, -0.9, -0.4), "negative, getting better"),
    ],
)  # fmt: skip
def test_how_the_visitor_sounds(moods, says):
    """The last mood, and where it goes compared with all before."""
    assert trend(moods) == says


def test_a_visitor_cannot_write_lines_of_the_e_mail():
    """What a visitor says stays on its line: no header, no forged entry of ours."""
    hostile = "Ana\r\nBcc: everybody@evil.example\n\nWhat is known:\n- Budget: 1"
    dialogue = replace(DIALOGUE, fields={"name": value(hostile)})
    session = replace(SESSION, turns=(said(hostile),), page={"url": hostile, "title": hostile})
    found = made(session, dialogue, reason=hostile, business_name="Acme")
    assert "\n" not in found["subject"]
    assert "\r" not in found["body"]
    lines = found["body"].split("\n")
    assert not [line for line in lines if line.startswith(("Bcc:", "- Budget"))]
    assert lines.count("What is known:") == 1
    headers = parse_qs(urlsplit(found["mailto"]).query)
    assert set(headers) == {"subject", "body"}


def test_the_link_is_there_when_there_is_an_address():
    """It opens an e-mail to the business with subject and body; without an address there is none."""
    found = made()
    link = urlsplit(found["mailto"])
    assert (link.scheme, unquote(link.path)) == ("mailto", "team@acme.example")
    query = parse_qs(link.query)
    assert query["subject"] == [found["subject"]]
    assert query["body"][0].replace("\r\n", "\n").startswith(found["body"][:200])
    assert made(email=None)["mailto"] is None


def test_an_odd_address_adds_no_headers():
    """Question marks and ampersands of an address are part of the address."""
    link = urlsplit(mailto("a?cc=x&bcc=y@evil.example", "Subject", "Body"))
    assert unquote(link.path) == "a?cc=x&bcc=y@evil.example"
    assert set(parse_qs(link.query)) == {"subject", "body"}


@NORMAL
@given(real_text, st.text(st.characters(codec="utf-8"), max_size=3000), st.lists(st.floats(-1, 1), max_size=10))
def test_whatever_a_visitor_says_it_is_bounded_and_json(name, question, moods):
    """Any words make JSON, a subject of one line, and a link that is not too long and decodes."""
    dialogue = replace(DIALOGUE, fields={"name": value(name)}, moods=tuple(moods))
    found = made(replace(SESSION, turns=(said(question),)), dialogue)
    assert json.loads(json.dumps(found)) == found
    assert len(found["subject"]) <= MAX_SUBJECT_CHARS
    assert len(found["subject"].splitlines()) == 1
    assert len(found["mailto"]) <= MAX_MAILTO_CHARS
    unquote(found["mailto"], errors="strict")
