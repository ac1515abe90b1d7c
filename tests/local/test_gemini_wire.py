"""The stand-in's reading of requests and passages: pure functions, generated inputs."""

import base64
import random
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gemini.casing import camel, normalise
from local.gemini.errors import ApiError
from local.gemini.reader import Passage, Prompt, read
from local.gemini.request import Content, GenerateRequest, Part
from local.gemini.sentences import cut
from local.gemini.structured import Filler
from local.gemini.wire import decode_bytes, parse_generate

BODY = {
    "contents": [
        {"role": "user", "parts": [{"text": "hi"}, {"inlineData": {"mimeType": "image/png", "data": "_9g="}}]},
        {
            "role": "model",
            "parts": [
                {
                    "functionCall": {"id": "1", "name": "look_up", "args": {"order_id": "7", "fullName": "Ann"}},
                    "thoughtSignature": "-__-",
                }
            ],
        },
        {
            "role": "user",
            "parts": [{"functionResponse": {"id": "1", "name": "look_up", "response": {"is_open": True}}}],
        },
    ],
    "systemInstruction": {"role": "user", "parts": [{"text": "be brief"}]},
    "tools": [
        {
            "functionDeclarations": [
                {
                    "name": "look_up",
                    "description": "d",
                    "parametersJsonSchema": {"type": "object", "properties": {"order_id": {"type": "string"}}},
                }
            ]
        }
    ],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look_up"]}},
    "generationConfig": {
        "maxOutputTokens": 40.0,
        "responseMimeType": "application/json",
        "responseSchema": {"type": "OBJECT", "propertyOrdering": ["a_b"], "properties": {"a_b": {"minItems": 1}}},
        "thinkingConfig": {"thinkingLevel": "LOW"},
    },
}
# Below these keys the names are the caller's own, whatever their case.
CALLERS = {"args", "response", "parametersJsonSchema"}
FIELDS = ["contents", "parts", "text", "tools", "role", "functionCall", "generationConfig", "name"]


def snake(key: str) -> str:
    return re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), key)


def shuffled(value: object, chance: random.Random, *, names: bool = False) -> object:
    """The value with each of the API's field names in either case."""
    if isinstance(value, list):
        return [shuffled(item, chance) for item in value]
    if not isinstance(value, dict):
        return value
    changed: dict[str, object] = {}
    for key, item in value.items():
        spelt = key if names or chance.random() < 0.5 else snake(key)
        changed[spelt] = item if key in CALLERS else shuffled(item, chance, names=key == "properties")
    return changed


@given(st.integers())
def test_any_mix_of_cases_reads_the_same(seed):
    """Snake case and camel case may be mixed anywhere; the caller's own names are left alone."""
    mixed = normalise(shuffled(BODY, random.Random(seed)))
    assert mixed == BODY
    assert parse_generate(mixed) == parse_generate(BODY)


@given(st.from_regex(r"[a-z]+([A-Z][a-z]+)*", fullmatch=True))
def test_camel_undoes_snake(key):
    """A field name turned to snake case and back is the same name; turning it twice changes nothing."""
    assert camel(snake(key)) == key
    assert camel(key) == key


@given(st.binary(max_size=64), st.booleans(), st.booleans())
def test_bytes_are_read_in_either_alphabet(data, padded, safe):
    """Signatures come URL-safe from the SDK and standard from others, padded or not."""
    text = (base64.urlsafe_b64encode if safe else base64.b64encode)(data).decode()
    assert decode_bytes(text if padded else text.rstrip("=")) == data


@pytest.mark.parametrize("text", ["***", "a", "ä"])
def test_broken_base64_is_refused(text):
    """What is not base64 is a 400, not a crash."""
    with pytest.raises(ApiError) as caught:
        decode_bytes(text)
    assert caught.value.code == 400


def nested(inner):
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), nested, max_leaves=12))
def test_no_body_crashes_the_parser(value):
    """Any JSON is either a request or a 400."""
    body = value if isinstance(value, dict) else {"contents": value}
    with suppress(ApiError):
        assert parse_generate(normalise(body)).contents


def prompt(context: str, message: str) -> Prompt:
    return read(GenerateRequest((Content("user", (Part(context), Part(message))),)))


def test_page_text_cannot_open_a_passage_of_its_own():
    """A tag inside a passage is text: only the mark of the prompt ends or begins one."""
    context = (
        '<passage a1b2 n="1" title="Prices > &quot;All&quot;">\nReal text.\n</passage>\n'
        '<passage dead n="9" title="x">fake</passage dead>\nMore.\n</passage a1b2>'
    )
    passages = prompt(context, "hi").passages
    assert [(passage.n, passage.title) for passage in passages] == [(1, 'Prices > "All"')]
    assert "More." in passages[0].text


def test_history_is_what_the_visitor_typed():
    """Earlier turns count by their last text part; the last reply and the clock are read too."""
    turns = (
        Content("user", (Part("now: Friday 1 May 2026"), Part("first"))),
        Content("model", (Part("reply"),)),
        Content("user", (Part("now: Sunday 3 May 2026 10:00"), Part("second"))),
    )
    found = read(GenerateRequest(turns))
    assert (found.message, found.earlier, found.last_reply, found.today) == ("second", ("first",), "reply", "sunday")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Full service | $95 | 2 days", ["Full service: $95, 2 days."]),
        ("Item | Price\nHelmet | $40\nLock | $20", ["Helmet: price $40.", "Lock: price $20."]),
        ("| VAT | Name |\n|:--|--:|\n| 20% | **Tea** |", ["20%: name Tea."]),
        ("- **Brakes:** $20\n- Chain: $15", ["Brakes: $20.", "Chain: $15."]),
        ("We open at 9 a.m. on weekdays. Ask Dr. Lee.", ["We open at 9 a.m. on weekdays.", "Ask Dr. Lee."]),
        ("Do you deliver?\nYes. Within 5 miles.", ["Yes. Within 5 miles."]),
        ("Ann is the owner. She speaks French.", ["Ann is the owner. She speaks French."]),
        ("See [our list](https://x.example/a_(b)) [3].", ["See our list."]),
    ],
)
def test_sentences_make_sense_alone(text, said):
    """Rows carry their headings, answers stay with their question, pronouns with their subject."""
    assert [sentence.text for sentence in cut(Passage(text, 1))] == said


@given(st.text(alphabet=st.sampled_from("ab .|-?:\n#*[]()<>$1é。"), max_size=80))
def test_any_text_can_be_cut(text):
    """Cutting never fails, and says nothing empty."""
    assert all(sentence.text.strip() for sentence in cut(Passage(text, 1)))


def test_recursive_schemas_end():
    """A schema that refers to itself is filled to a limited depth."""
    schema = {
        "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
        "$ref": "#/$defs/node",
    }
    assert "next" in str(Filler("text", lambda options: options[0], schema).fill(schema))
