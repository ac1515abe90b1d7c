"""Embeddings through the real SDK: unit vectors in order, batches within the limit, errors in our words."""

import math
import ssl
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from shared.adapters.gemini.client import GeminiAccess, build_client
from shared.adapters.gemini.model import ATTEMPTS, MAX_BATCH
from shared.domain.errors import ModelUnavailable
from shared.domain.knowledge import Space
from tests.stores.model_calls import adapter, ask

BATCH = "batchEmbedContents"


@pytest.fixture(scope="module")
def port(_gemini):
    return _gemini.ports.gemini


def failing(service, kind, times=1, **more) -> None:
    """Let calls that embed go wrong."""
    service.control(faults=[{"method": BATCH, "kind": kind, "times": times, **more}])


def cosine(one: list[float], other: list[float]) -> float:
    """Return the inner product."""
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("embedding_model", ["gemini-embedding-2", "gemini-embedding-001"])
@pytest.mark.parametrize("dimensions", [128, 768, 3072])
def test_unit_vectors_of_the_length_asked_for(port, stand_in, embedding_model, dimensions):
    """One vector per text, as long as configured, of length 1; questions find the document that answers them."""
    texts = [("Prices", "A full service costs 95 pounds."), ("", "We are closed on Sunday.")]
    with adapter(port, embedding_model, dimensions) as model:
        documents = model.embed_documents(texts)
        questions = model.embed_queries(["What does a service cost?", "Are you open on Sunday?"])
    assert [len(vector) for vector in documents + questions] == [dimensions] * 4
    assert [math.sqrt(cosine(vector, vector)) for vector in documents + questions] == pytest.approx([1.0] * 4)
    for number, question in enumerate(questions):
        assert cosine(question, documents[number]) > cosine(question, documents[1 - number])
    assert len(stand_in.requests(BATCH)) == 2


@pytest.mark.parametrize("model_name", ["gemini-embedding-2", "gemini-embedding-001"])
def test_a_question_is_embedded_in_the_space_of_the_index(port, stand_in, model_name):
    """Whatever new builds are embedded with: the model, the length and the form of the request are the index's."""
    with adapter(port, "gemini-embedding-2", 256) as settings, adapter(port, model_name, 128) as other:
        (asked,) = settings.embed_queries(["What does a service cost?"], Space(model_name, 128))
        (expected,) = other.embed_queries(["What does a service cost?"])
        assert len(settings.embed_queries(["What does a service cost?"])[0]) == 256
    assert asked == pytest.approx(expected, abs=1e-6)
    first, second, _ = stand_in.requests(BATCH)
    assert first["body"] == second["body"]
    assert model_name in str(first)


def test_many_documents_go_in_batches(model, stand_in):
    """250 documents take three calls of at most a hundred each, and the vectors come in the documents' order."""
    documents = [(f"Title {number}", f"Text number {number}") for number in range(250)]
    vectors = model.embed_documents(documents)
    sizes = [len(request["body"]["requests"]) for request in stand_in.requests(BATCH)]
    assert sizes == [MAX_BATCH, MAX_BATCH, 50]
    assert len(vectors) == 250
    for number in (0, 99, 100, 249):
        (alone,) = model.embed_documents([documents[number]])
        assert cosine(vectors[number], alone) == pytest.approx(1.0, abs=1e-4)


def test_nothing_to_embed_is_no_call(model, stand_in):
    """No documents are no vectors, and no request."""
    assert model.embed_documents([]) == []
    assert stand_in.requests(BATCH) == []


@pytest.mark.parametrize(("kind", "more"), [("status", {"status": 503}), ("status", {"status": 429}), ("drop", {})])
def test_tried_again(model, stand_in, kind, more):
    """What passes by itself is tried again."""
    failing(stand_in, kind, times=2, **more)
    assert len(model.embed_queries(["Hello"])) == 1
    assert len(stand_in.requests(BATCH)) == 3


@pytest.mark.parametrize("kind", ["status", "garbage"])
def test_lasting_failure_is_ours_and_bounded(model, stand_in, kind):
    """A service that stays broken is given up after a few attempts."""
    failing(stand_in, kind, times=50)
    with pytest.raises(ModelUnavailable) as caught:
        model.embed_queries(["Hello"])
    assert caught.value.transient
    assert len(stand_in.requests(BATCH)) == ATTEMPTS


def test_answer_that_does_not_fit_is_refused(model, stand_in):
    """Fewer vectors than texts are an error, never vectors given to the wrong texts."""
    failing(stand_in, "empty", times=50)
    with pytest.raises(ModelUnavailable) as caught:
        model.embed_documents([("a", "b"), ("c", "d")])
    assert not caught.value.transient


def test_failed_batch_fails_the_whole(model, stand_in):
    """When one batch of many fails for good, no part of the result is returned as if it were all."""
    stand_in.control(faults=[{"method": BATCH, "kind": "status", "status": 400, "times": 1}])
    with pytest.raises(ModelUnavailable):
        model.embed_documents([("", f"text {number}") for number in range(150)])


def test_many_threads_embed_at_once(model, stand_in):
    """Twenty turns that embed at the same moment each get the vector of their own question."""
    questions = [f"Question about topic {number}" for number in range(20)]
    alone = [model.embed_queries([question])[0] for question in questions[:3]]
    with ThreadPoolExecutor(20) as pool:
        together = list(pool.map(lambda question: model.embed_queries([question])[0], questions))
    for one, other in zip(alone, together, strict=False):
        assert cosine(one, other) == pytest.approx(1.0, abs=1e-4)
    assert len(stand_in.requests(BATCH)) == 23


class TlsContexts:
    """Counts the TLS contexts built inside the block, in this thread and in those started meanwhile."""

    def __init__(self) -> None:
        self.built = 0
        self._before = sys.getprofile()

    def _watch(self, frame: FrameType, what: str, _: Any) -> None:
        if what == "call" and frame.f_code is ssl.SSLContext.__new__.__code__:
            self.built += 1

    def __enter__(self) -> "TlsContexts":
        threading.setprofile(self._watch)
        sys.setprofile(self._watch)
        return self

    def __exit__(self, *exc: object) -> None:
        sys.setprofile(self._before)
        threading.setprofile(None)


def test_tls_context_is_built_once(port, stand_in):
    """Building a TLS context reads the authorities' file (tens of milliseconds): once a client, never per call."""
    with TlsContexts() as client:
        build_client(GeminiAccess(api_key="x"))
    assert client.built == 1
    stand_in.control(tokens_per_second=None)
    with TlsContexts() as calls, adapter(port) as model:
        model.warm_up()
        warm = calls.built
        for _ in range(5):
            model.embed_queries(["Hello"])
            assert ask(model).error is None
    assert warm <= 1
    assert calls.built == warm
