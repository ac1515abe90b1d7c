"""Whoever stops listening stops the model, at whatever point of the call; other calls go on."""

import time

from tests.stores.model_calls import ANSWER, failing, listen, prompt


def cancelled(service) -> bool:
    """Say whether the server saw, within two seconds, that the newest call was given up."""
    ends = time.monotonic() + 2
    while time.monotonic() < ends:
        if service.requests()[-1]["cancelled"]:
            return True
        time.sleep(0.02)
    return False


def test_closing_stops_the_model(model, stand_in):
    """Whoever stops listening stops the call: the server sees it within two seconds and generates no more."""
    stand_in.control(tokens_per_second=5, script=[{"text": ANSWER}])
    with model.stream(prompt()) as stream:
        listen(stream, until=lambda heard: heard.text != "")
    assert cancelled(stand_in)


def test_closing_before_the_first_word_stops_the_model(model, stand_in):
    """Also a call that has not answered yet is stopped."""
    stand_in.control(first_token_delay_ms=20_000, script=[{"text": ANSWER}])
    with model.stream(prompt()) as stream:
        assert stream.next(0.3) is None
    assert cancelled(stand_in)


def test_hanging_call_can_be_left(model, service):
    """A service that falls silent in the middle is left at once by closing; nothing more is heard of it."""
    failing(service, "hang", after_chunks=2)
    with model.stream(prompt()) as stream:
        heard = listen(stream, until=lambda heard: len(heard.chunks) == 2)
        assert stream.next(0.2) is None
        begun = time.monotonic()
    assert time.monotonic() - begun < 0.2
    assert ANSWER.startswith(heard.text)
    assert cancelled(service)


def test_closing_between_attempts_ends_them(model, service):
    """Nobody asks again for a visitor who has gone."""
    failing(service, "status", times=5, status=503, retry_delay="0.5s")
    with model.stream(prompt()) as stream:
        assert stream.next(0.2) is None
    time.sleep(0.8)
    assert len(service.requests()) == 1


def test_closing_is_for_one_stream_alone(model, stand_in):
    """Closing one of two streams leaves the other one whole."""
    stand_in.control(tokens_per_second=40, script=[{"text": ANSWER}] * 2)
    with model.stream(prompt()) as kept:
        with model.stream(prompt()) as left:
            listen(left, until=lambda heard: heard.text != "")
        assert listen(kept).text == ANSWER
