"""What a visitor may send to chat."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.api.chat.models import ChatRequest, EventRequest, FeedbackRequest
from shared.domain.text import clean
from tests.unit.properties import NORMAL, real_text

CHAT, EVENT, FEEDBACK = TypeAdapter(ChatRequest), TypeAdapter(EventRequest), TypeAdapter(FeedbackRequest)
SMALLEST = {"business_id": "acme", "session_id": "s-1", "message": "Hi"}


def chat(**fields: object) -> ChatRequest:
    """Return a request, read as it comes over HTTP."""
    return CHAT.validate_json(json.dumps({**SMALLEST, **fields}))


@pytest.mark.parametrize(
    "fields",
    [
        {"message": "a" * 4000},
        {"message": "  Hi \n"},
        {"session_id": None, "user_id": "u@x.example"},
        {"session_id": "A-Za-z0-9._:@-", "message_id": "m" * 128},
        {"locale": "pt-BR", "page": {"url": "https://a.example/", "title": "T"}},
        {"metadata": {"plan": "gold", "deep": {"list": [1, 2.5, None, True]}}},
        {"metadata": {"x": "y" * 4000}},
        {"business_id": "a1"},
    ],
)
def test_an_ordinary_message_is_accepted(fields):
    """With any of the optional fields, up to their limits."""
    assert chat(**fields).business_id


@pytest.mark.parametrize(
    "fields",
    [
        {"message": ""},
        {"message": " \n\t "},
        {"message": "\u200b\u202e"},
        {"message": "\x00"},
        {"message": "a" * 4001},
        {"message": 5},
        {"session_id": None},
        {"session_id": ""},
        {"session_id": "has space"},
        {"session_id": "a" * 129},
        {"session_id": "s\n"},
        {"session_id": "s/../t"},
        {"message_id": ""},
        {"business_id": "a"},
        {"business_id": "-acme"},
        {"business_id": "Acme"},
        {"business_id": "acme\n"},
        {"business_id": "a" * 64},
        {"business_id": "acme:*"},
        {"locale": "english"},
        {"page": {"title": "no url"}},
        {"page": {"url": "https://a.example/" + "a" * 2048}},
        {"metadata": {"x": "y" * 4097}},
        {"metadata": {"x": "é" * 2000}},
        {"metadata": []},
        {"unknown": 1},
    ],
)
def test_what_breaks_a_rule_is_refused(fields):
    """Nothing to read, too much, strange ids and unknown fields."""
    with pytest.raises(ValidationError):
        chat(**fields)


@NORMAL
@given(real_text)
def test_a_message_arrives_clean(text):
    """Or not at all, when nothing is left of it."""
    try:
        message = chat(message=text).message
    except ValidationError:
        assert clean(text) == ""
    else:
        assert message == clean(text)


@NORMAL
@given(
    st.recursive(
        st.none() | st.integers() | real_text, lambda i: st.lists(i) | st.dictionaries(real_text, i), max_leaves=8
    )
)
def test_attributes_are_cleaned_at_any_depth(value):
    """And keep their shape."""
    kept = chat(metadata={"x": value}).metadata["x"]
    assert "\x00" not in json.dumps(kept, ensure_ascii=False)
    assert type(kept) is type(value)


def test_a_click_says_on_what():
    """Other events need not."""
    EVENT.validate_python({"business_id": "acme", "session_id": "s", "type": "widget_opened"})
    with pytest.raises(ValidationError, match="cta_id is required"):
        EVENT.validate_python({"business_id": "acme", "session_id": "s", "type": "cta_clicked"})


def test_feedback_is_up_or_down():
    """With a comment of limited length."""
    base = {"business_id": "acme", "session_id": "s", "message_id": "m"}
    FEEDBACK.validate_python({**base, "rating": "up", "comment": "c" * 2000})
    for wrong in ({"rating": "meh"}, {"rating": "up", "comment": "c" * 2001}, {}):
        with pytest.raises(ValidationError):
            FEEDBACK.validate_python({**base, **wrong})
