"""Streamed answers through the real SDK: tried again before the first word only, stopped at once, many at a time."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.adapters.gemini.model import ATTEMPTS
from shared.domain.errors import ModelUnavailable
from tests.stores.model_calls import ANSWER, adapter, ask, failing, listen, prompt


def test_answer_comes_whole_and_in_pieces(model, service):
    """The pieces joined are the answer; the last one says how it ended and what it cost; one request was made."""
    heard = ask(model)
    assert heard.error is None
    assert heard.text == ANSWER
    assert len(heard.chunks) > 3
    assert heard.finishes == ["stop"]
    used = [chunk.usage for chunk in heard.chunks if chunk.usage][-1]
    assert used.input_tokens > 0
    assert used.output_tokens > 0
    (request,) = service.requests()
    assert request["finished"]
    assert request["body"]["systemInstruction"]["parts"] == [{"text": "You answer briefly."}]
    assert request["body"]["contents"] == [{"role": "user", "parts": [{"text": "Hello"}]}]
    assert request["body"]["generationConfig"]["maxOutputTokens"] == 2048


def test_first_piece_does_not_wait_for_the_last(model, stand_in):
    """What the model has said is there while it still speaks; waiting in vain returns nothing, not an error."""
    stand_in.control(tokens_per_second=10, first_token_delay_ms=300, script=[{"text": ANSWER}])
    with model.stream(prompt()) as stream:
        assert stream.next(0.05) is None
        begun = time.monotonic()
        listen(stream, until=lambda heard: heard.text != "")
        assert time.monotonic() - begun < 1.5
        assert not stand_in.requests()[0]["finished"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("status", {"status": 503}), ("status", {"status": 500}), ("status", {"status": 504}),
        ("status", {"status": 429}), ("drop", {"after_chunks": 0}), ("garbage", {"after_chunks": 0}),
    ],
    ids=["503", "500", "504", "429", "dropped", "garbage"],
)  # fmt: skip
def test_tried_again_before_the_first_word(model, service, kind, more):
    """What passes by itself is tried again without anybody noticing, and only as often as it takes."""
    failing(service, kind, times=2, **more)
    heard = ask(model)
    assert heard.error is None
    assert heard.text == ANSWER
    assert len(service.requests()) == 3


def test_asked_for_delay_is_kept(model, service):
    """A refusal that says how long to wait is obeyed."""
    failing(service, "status", status=429, retry_delay="0.8s")
    begun = time.monotonic()
    assert ask(model).text == ANSWER
    first, second = (request["at"] for request in service.requests())
    assert second - first >= 0.8
    assert time.monotonic() - begun < 4


def test_delay_beyond_patience_fails_at_once(model, service):
    """A refusal that asks for more time than a visitor has is final: nobody waits for it."""
    failing(service, "status", times=5, status=429, retry_delay="60s")
    begun = time.monotonic()
    heard = ask(model)
    assert heard.error is not None
    assert heard.error.transient
    assert time.monotonic() - begun < 2
    assert len(service.requests()) == 1


def test_attempts_are_bounded(model, service):
    """A service that stays down is given up after a few attempts, with an error that says it may pass."""
    failing(service, "status", times=50, status=503)
    heard = ask(model)
    assert (heard.text, heard.chunks) == ("", [])
    assert heard.error is not None
    assert heard.error.transient
    assert len(service.requests()) == ATTEMPTS


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_refusals_are_not_repeated(model, service, status):
    """What is wrong with the call itself is not tried again, and the vendor's text goes to nobody."""
    failing(service, "status", times=5, status=status)
    heard = ask(model)
    assert heard.error is not None
    assert not heard.error.transient
    assert heard.error.reason.startswith(str(status))
    assert heard.error.detail == "The model refused."
    assert len(service.requests()) == 1


def test_retired_model_is_not_asked_twice(model, service):
    """A model that is no more is a lasting error after one call."""
    heard = ask(model, prompt(model="gemini-1.5-flash"))
    assert heard.error is not None
    assert not heard.error.transient
    assert heard.error.reason.startswith("404")
    assert len(service.requests()) == 1
    model.check("gemini-3.5-flash-lite")
    with pytest.raises(ModelUnavailable):
        model.check("gemini-1.5-flash")


@pytest.mark.parametrize("kind", ["mid_stream_error", "drop", "garbage"])
def test_never_tried_again_after_the_first_word(model, service, kind):
    """What breaks after something was said is an error after that text: a second answer is never glued to it."""
    failing(service, kind, times=1, after_chunks=2)
    heard = ask(model)
    assert heard.text
    assert ANSWER.startswith(heard.text)
    assert heard.text != ANSWER
    assert heard.finishes == []
    assert heard.error is not None
    assert len(service.requests()) == 1


def test_stream_without_an_end_is_not_a_whole_answer(model, service):
    """An answer that stops without a finish reason says so by having none: the engine then looks how it ends."""
    failing(service, "truncate", after_chunks=2)
    heard = ask(model)
    assert ANSWER.startswith(heard.text)
    assert heard.finishes == []


@pytest.mark.parametrize(
    ("kind", "finish"), [("blocked_prompt", "blocked"), ("safety", "blocked"), ("max_tokens", "length")]
)
def test_other_endings(model, service, kind, finish):
    """Blocked and cut answers end in an orderly way and say how."""
    failing(service, kind)
    heard = ask(model)
    assert heard.error is None
    assert heard.finishes == [finish]
    assert len(service.requests()) == 1


def test_last_piece_without_text(model, service):
    """A last piece that holds the finish reason alone ends the answer like any other."""
    failing(service, "no_parts_last_chunk")
    heard = ask(model)
    assert (heard.text, heard.finishes, heard.error) == (ANSWER, ["stop"], None)


def test_empty_answer_ends(model, service):
    """A stream without any piece ends; it does not hang, and no text is made up."""
    failing(service, "empty", times=10)
    assert ask(model).text == ""


def test_thirty_streams_at_once(model, stand_in):
    """Thirty visitors at a time through one instance: each gets its own whole answer, and none waits for another."""
    stand_in.control(tokens_per_second=60, script=[{"text": ANSWER}] * 30)
    alone = time.monotonic()
    assert ask(model).text == ANSWER
    alone = time.monotonic() - alone
    stand_in.control(tokens_per_second=60, script=[{"text": f"{number}: {ANSWER}"} for number in range(30)])
    begun = time.monotonic()
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda number: ask(model, prompt(f"Question {number}")).text, range(30)))
    assert sorted(answers) == sorted(f"{number}: {ANSWER}" for number in range(30))
    assert time.monotonic() - begun < 5 * alone + 1
    assert all(request["finished"] for request in stand_in.requests())


def test_nobody_listening_is_unavailable():
    """A service that cannot be reached is one of our errors, and may pass."""
    with adapter(1) as model:
        heard = ask(model)
    assert heard.error is not None
    assert heard.error.transient
