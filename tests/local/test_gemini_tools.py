"""Function calling with the stand-in: the manual loop of the unmodified SDK."""

from collections.abc import Sequence
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from tests.local.gemini_process import CONTEXT, MODEL, ask, model, running, stream, user

LEAD = types.FunctionDeclaration(
    name="capture_lead",
    description="Save the visitor's contact details so that the team can write back",
    parameters_json_schema={
        "type": "object",
        "properties": {"full_name": {"type": "string"}, "email": {"type": "string"}},
        "required": ["full_name", "email"],
    },
)
HUMAN = types.FunctionDeclaration(
    name="talk_to_human",
    description="Hand the conversation over to a human colleague when the visitor asks for a person",
    parameters_json_schema={
        "type": "object",
        "properties": {"reason": {"type": "string"}},
        "required": ["reason"],
    },
)


@pytest.fixture(scope="module")
def process():
    with running() as server:
        yield server


@pytest.fixture
def server(process):
    process.reset()
    return process


@pytest.fixture
def client(server):
    return server.sdk


def tools(**calling: Any) -> Any:
    config: dict[str, Any] = {"tools": [types.Tool(function_declarations=[LEAD, HUMAN])]}
    if calling:
        config["tool_config"] = {"function_calling_config": calling}
    return config


def introduce(client: genai.Client) -> tuple[list[types.Content], Any]:
    """A turn that ends in a call, with the contents so far."""
    contents = [user(CONTEXT, "My name is Ann Lee and my email is ann@example.com, please get in touch")]
    return contents, client.models.generate_content(model=MODEL, contents=[*contents], config=tools())


def finish(client: genai.Client, contents: Sequence[types.Content], turn: Any, **changes: Any) -> Any:
    """The answer to the function's result; `changes` falsify the response part."""
    call = turn.parts[0].function_call
    fields: dict[str, Any] = {"id": call.id, "name": call.name, "response": {"result": "Your details are saved"}}
    part = types.Part(function_response=types.FunctionResponse(**(fields | changes)))
    answered = [*contents, turn, types.Content(role="user", parts=[part])]
    return client.models.generate_content(model=MODEL, contents=answered, config=tools())


def test_tool_round_trip(client):
    """A message that fits a function becomes a signed call with arguments from the conversation."""
    contents, answer = introduce(client)
    assert [(call.name, call.args) for call in answer.function_calls] == [
        ("capture_lead", {"full_name": "Ann Lee", "email": "ann@example.com"})
    ]
    turn = answer.candidates[0].content
    assert turn.parts[0].thought_signature
    assert turn.parts[0].function_call.id
    assert finish(client, contents, turn).text == "Your details are saved."


def test_tool_turns_are_checked(client):
    """A lost or corrupted signature, a wrong id or a wrong name is refused with 400."""
    contents, answer = introduce(client)
    turn = answer.candidates[0].content
    for changes in ({"id": "other"}, {"name": "talk_to_human"}):
        with pytest.raises(errors.ClientError, match="does not match"):
            finish(client, contents, turn, **changes)
    with pytest.raises(errors.ClientError, match="number of function response parts"):
        client.models.generate_content(model=MODEL, contents=[*contents, turn, user("and?")], config=tools())
    for signature, words in ((None, "missing a thought_signature"), (b"stale", "Corrupted thought signature")):
        turn.parts[0].thought_signature = signature
        with pytest.raises(errors.ClientError, match=words):
            finish(client, contents, turn)


def test_questions_are_answered_although_tools_are_declared(client):
    """A declared function does not swallow a question the passages answer."""
    answer = ask(client, "How much is a full service?", **tools())
    assert answer.function_calls is None
    assert answer.text.startswith("Full service: price $95")


def test_missing_details_are_asked_for(client):
    """A fitting function whose arguments are not known yet is not called with made-up ones."""
    first = "Please save my contact details so that you can write back"
    answer = ask(client, first, **tools())
    assert answer.text == "Could you tell me your full name, email, please?"
    history = [user(first), model(answer.text)]
    call = ask(client, "Ann Lee, ann@example.com", history, **tools()).function_calls[0]
    assert call.args == {"full_name": "Ann Lee", "email": "ann@example.com"}


def test_calling_modes(client):
    """NONE never calls, ANY always does, and allowed names narrow the choice."""
    wish = "I want to talk to a human"
    assert ask(client, wish, **tools()).function_calls[0].name == "talk_to_human"
    assert ask(client, wish, **tools(mode="NONE")).function_calls is None
    forced = ask(client, "How much is a full service?", **tools(mode="ANY"))
    assert forced.function_calls
    narrow = ask(client, wish, **tools(mode="ANY", allowed_function_names=["capture_lead"]))
    assert narrow.function_calls[0].name == "capture_lead"


def test_a_call_can_be_streamed(client):
    """A streamed turn may be a call; it comes whole, in one chunk."""
    chunks = list(stream(client, "I want to talk to a human", **tools()))
    assert [chunk.function_calls[0].name for chunk in chunks] == ["talk_to_human"]
    assert chunks[0].candidates[0].finish_reason == types.FinishReason.STOP
