"""What the Live stand-in's model does with the functions of a phone line, and with what they return."""

import pytest

from local.gemini.request import FunctionCall
from local.gemini.vectors import Vectors
from local.live import brain
from local.live.calls import Calls
from local.live.conversation import Conversation
from local.live.events import Calling, Spoken, ToolResult
from local.live.manners import UNKNOWN
from local.live.wire import parse_tools

PASSAGES = [
    {"n": 1, "title": "Prices", "text": "| Service | Price |\n|---|---|\n| Full service | $95 |\n| Puncture | $12 |"},
    {"n": 2, "title": "Opening hours", "text": "Monday to Friday: 9:00 to 17:30\nSaturday: 10:00 to 16:00"},
]


def declared(name, description, **properties):
    """A declaration of a function whose arguments are all required."""
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": description, "parametersJsonSchema": schema}


FUNCTIONS = [
    declared("search_knowledge", "Search what the business has published: prices, services, hours", query={}),
    declared("capture_field", "Note a detail the caller has given", field={"enum": ["name", "email"]}, value={}),
    declared("transfer_to_person", "Put the caller through to a person", reason={}),
    declared("end_call", "Hang up, when the caller has said goodbye"),
]


@pytest.fixture(scope="module")
def embed():
    return Vectors().embed


def conversation(*said):
    """A conversation with these functions in which the caller has said this."""
    made = Conversation("You answer calls for Harbour Cycles.", parse_tools([{"functionDeclarations": FUNCTIONS}]))
    for text in said:
        made.user(text)
        made.model("")
    return made


@pytest.mark.parametrize(
    ("said", "calls"),
    [
        ("Are you open on Saturday?", [("search_knowledge", {"query": "Are you open on Saturday?"})]),
        ("What does a full service cost?", [("search_knowledge", {"query": "What does a full service cost?"})]),
        (
            "My name is Ana Lopez and my email is ana@example.com.",
            [
                ("capture_field", {"field": "name", "value": "Ana Lopez"}),
                ("capture_field", {"field": "email", "value": "ana@example.com"}),
            ],
        ),
        ("Can I speak to a person, please?", [("transfer_to_person", {"reason": "Can I speak to a person, please?"})]),
        ("Thank you, goodbye.", [("end_call", {})]),
    ],
)
def test_functions_are_called(embed, said, calls):
    """Details are noted, people asked for, questions looked up, calls ended."""
    found = brain.answer(conversation(said).request(), embed)
    assert isinstance(found, Calling)
    assert [(call.name, call.args) for call in found.calls] == calls


def test_details_are_noted_once(embed):
    """What an earlier message gave is not noted again."""
    found = brain.answer(conversation("My email is ana@example.com", "Hello").request(), embed)
    assert isinstance(found, Spoken)


@pytest.mark.parametrize(
    ("name", "response", "said"),
    [
        ("search_knowledge", {"passages": PASSAGES}, "Saturday: 10:00 to 16:00"),
        ("search_knowledge", {"error": "Nothing was found. Say that you do not know."}, UNKNOWN),
        ("capture_field", {"noted": "ana@example.com"}, "Thank you, I have noted that."),
        ("end_call", {"status": "Say goodbye in one short sentence."}, "Thank you for calling. Goodbye!"),
        ("transfer_to_person", {"status": "Tell the caller."}, "One moment, I will put you through."),
        ("book_table", {"message": "Booked for two."}, "Booked for two."),
    ],
)
def test_results_are_told(embed, name, response, said):
    """Passages are searched for the answer, without citation; instructions in a result are not read out."""
    talk = conversation("Are you open on Saturday?")
    batch = Calls().issue([FunctionCall(name, {})], 1, frozenset())
    (called,) = batch.calls.values()
    found = brain.answer(talk.request_about([(called, ToolResult(str(called.call.id), name, response))]), embed)
    assert isinstance(found, Spoken)
    assert said in found.text
    assert "[" not in found.text
