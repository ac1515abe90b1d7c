"""The Live stand-in as the unmodified SDK meets it, over TLS: conversations, calls, resumption, failures."""

import asyncio

import pytest
from google.genai import errors
from google.genai.types import FunctionResponseScheduling
from websockets.exceptions import InvalidStatus

from tests.local.live_process import MODEL, answer, connected, declared, running, say, send, silence, until

ANSWER = "A full service costs $95 and takes two days."
QUESTION = "What does a full service cost?"
LONG = " ".join(f"Word number {n}." for n in range(40))


@pytest.fixture(scope="module")
def shared():
    with running() as server:
        yield server


@pytest.fixture
def server(shared):
    shared.reset()
    return shared


def test_a_spoken_question_is_answered_in_speech(server):
    """Words in tones at 8 kHz; transcripts, and the answer from the instruction's facts as audio and text."""

    async def scenario():
        async with connected(server) as session:
            await say(session, QUESTION)
            return await until(session, "turn_complete")

    heard = asyncio.run(scenario())
    assert (heard.transcript, heard.said, heard.spoken) == (QUESTION, ANSWER, ANSWER)
    assert heard.events == ["audio", "generation_complete", "turn_complete"]
    assert heard.usage
    assert heard.usage.response_token_count


def test_a_typed_question_is_answered_in_speech(server):
    """send_realtime_input(text) and send_client_content both get an answer."""

    async def scenario():
        async with connected(server) as session:
            await session.send_realtime_input(text=QUESTION)
            first = await until(session, "turn_complete")
            await session.send_client_content(turns={"role": "user", "parts": [{"text": QUESTION}]})
            return first.said, (await until(session, "turn_complete")).said

    assert asyncio.run(scenario()) == (ANSWER, ANSWER)


def test_barge_in(server):
    """Speech during an answer: interrupted, turnComplete, no generationComplete; then the new answer."""
    server.control(pace="realtime", await_playback=True, script=[{"text": LONG}])

    async def scenario():
        async with connected(server) as session:
            await session.send_realtime_input(text="Count")
            await until(session, "audio")
            await say(session, QUESTION)
            stopped = await until(session, "turn_complete")
            server.control()
            return stopped, await until(session, "turn_complete")

    stopped, answered = asyncio.run(scenario())
    assert stopped.events[-2:] == ["interrupted", "turn_complete"]
    assert "generation_complete" not in stopped.events
    assert answered.said == ANSWER
    assert server.sessions()[-1]["interruptions"] == 1


def test_tool_round_trip(server):
    """A declared function is called with an id and its argument; its result is spoken."""

    async def scenario():
        async with connected(server, tools=declared()) as session:
            await say(session, "What is the status of my order 8841?")
            called = await until(session, "tool_call")
            await answer(session, called.calls[0], {"result": "Order 8841 is ready for collection."})
            return called, await until(session, "turn_complete")

    called, spoken = asyncio.run(scenario())
    assert called.calls[0].name == "lookup_order"
    assert called.calls[0].args == {"order_number": "8841"}
    assert spoken.said == "Order 8841 is ready for collection."


def test_tool_cancellation_by_barge_in(server):
    """Speech while a blocking call runs cancels it; its late result does no harm."""
    server.control(script=[{"call": {"name": "lookup_order", "args": {}}}])

    async def scenario():
        async with connected(server, tools=declared()) as session:
            await session.send_realtime_input(text="Look it up")
            called = await until(session, "tool_call")
            await say(session, QUESTION)
            stopped = await until(session, "turn_complete")
            await answer(session, called.calls[0], {"result": "late"})
            return called, stopped, await until(session, "turn_complete")

    called, stopped, answered = asyncio.run(scenario())
    assert stopped.events == ["interrupted", "cancelled", "turn_complete"]
    assert stopped.cancelled == [called.calls[0].id]
    assert answered.said == ANSWER


def test_async_tool_with_interrupting_result(server):
    """A NON_BLOCKING call ends its turn; an INTERRUPT result breaks into the next answer."""
    server.control(
        pace="realtime",
        await_playback=True,
        script=[{"call": {"name": "lookup_order", "args": {}}}, {"text": LONG}, {"text": "Found it."}],
    )

    async def scenario():
        async with connected(server, tools=declared("NON_BLOCKING")) as session:
            await session.send_realtime_input(text="Look it up")
            called = await until(session, "turn_complete")
            await session.send_realtime_input(text="Meanwhile, count")
            await until(session, "audio")
            await answer(session, called.calls[0], {"n": 1}, scheduling=FunctionResponseScheduling.INTERRUPT)
            stopped = await until(session, "turn_complete")
            return called, stopped, await until(session, "turn_complete")

    called, stopped, found = asyncio.run(scenario())
    assert called.events == ["tool_call", "generation_complete", "turn_complete"]
    assert stopped.events[-2:] == ["interrupted", "turn_complete"]
    assert found.said == "Found it."


def test_resumption_after_a_lost_connection(server):
    """After 1006 a new session with the last handle knows the conversation."""

    async def scenario():
        async with connected(server, session_resumption={}) as session:
            await session.send_realtime_input(text=QUESTION)
            await until(session, "turn_complete")
            handle = (await until(session, "handle")).handle
            assert server.command("kill", code=1006) == 1
            with pytest.raises(errors.APIError) as lost:
                await until(session, "turn_complete")
        async with connected(server, session_resumption={"handle": handle}) as session:
            await session.send_realtime_input(text="And how long does it take?")
            return lost.value.code, (await until(session, "turn_complete")).said

    code, said = asyncio.run(scenario())
    assert code == 1006
    assert "two days" in said
    first, second = server.sessions()
    assert second["resumed_from"] == first["handles"][-1]
    assert first["close_code"] == 1006


def test_go_away(server):
    """GoAway with the time left, then close 1001."""
    server.control(go_away_after_s=0.05, go_away_time_left_s=0.2)

    async def scenario():
        async with connected(server) as session:
            heard = await until(session, "go_away 0.2s")
            with pytest.raises(errors.APIError) as closed:
                await until(session, "turn_complete")
            return heard.events, closed.value.code

    assert asyncio.run(scenario()) == (["go_away 0.2s"], 1001)


@pytest.mark.parametrize(
    ("model", "config", "code"),
    [
        ("gemini-2.0-flash-live-001", {}, 1008),
        (MODEL, {"speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Nobody"}}}}, 1007),
        (MODEL, {"session_resumption": {"handle": "never-given"}}, 1007),
    ],
)
def test_rejected_setups(server, model, config, code):
    """A wrong model, voice or handle closes the socket instead of setupComplete."""

    async def scenario():
        async with server.client().aio.live.connect(model=model, config={"response_modalities": ["AUDIO"]} | config):
            pass

    with pytest.raises(errors.APIError) as refused:
        asyncio.run(scenario())
    assert refused.value.code == code


def test_unknown_frame_is_survived(server):
    """The SDK raises TypeError for a message of a new kind; reading on works."""
    server.control(faults=[{"kind": "unknown_frame"}])

    async def scenario():
        async with connected(server) as session:
            await session.send_realtime_input(text=QUESTION)
            with pytest.raises(TypeError):
                await until(session, "turn_complete")
            return (await until(session, "turn_complete")).said

    assert asyncio.run(scenario()) == ANSWER


@pytest.mark.parametrize("status", [403, 503])
def test_refused_handshake(server, status):
    """The handshake is refused once, then all is well."""
    server.control(faults=[{"kind": "refuse_handshake", "status": status}])

    async def connect():
        async with connected(server):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(connect())
    assert refused.value.response.status_code == status
    asyncio.run(connect())


def test_phrases_and_journal_are_reset(server):
    """DELETE /control/live gives the defaults back."""
    server.control(phrases=["one"], faults=[{"kind": "stall"}])
    assert server.call("DELETE", "/control/live")[1]["faults"] == []
    assert server.call("GET", "/control/live")[1]["phrases"] == []
    assert server.call("PUT", "/control/live", {"nonsense": 1})[0] == 400


def test_canned_sessions(server):
    """Without listening or thinking: a second of tone for each second of audio, for many sessions at once."""
    server.control(speech="canned", canned_listen_ms=200, canned_speak_ms=200)

    async def one():
        async with connected(server) as session:
            await send(session, silence(200))
            return len((await until(session, "turn_complete")).audio)

    async def scenario():
        return await asyncio.gather(*(one() for _ in range(20)))

    assert set(asyncio.run(scenario())) == {24_000 * 2 // 5}
    assert {record["audio_frames_in"] for record in server.sessions()} == {10}


def test_canned_echo(server):
    """What goes in comes back at 24 kHz."""
    server.control(speech="canned", canned_echo=True)

    async def scenario():
        async with connected(server) as session:
            await send(session, silence(20) + 1000)
            return bytes((await until(session, "audio")).audio)

    assert asyncio.run(scenario()) == b"\xe8\x03" * 480
