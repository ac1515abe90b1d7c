"""Spoken texts in the bucket: made once, for one business alone, readable by every instance."""

import hashlib
import threading
import time
from functools import partial

import pytest

from local.stack.servers import BUCKET
from shared.adapters.knowledge.layout import prefix
from shared.adapters.speech.cache import SpokenTexts
from shared.adapters.speech.edge import Manner
from shared.adapters.storage import Storage
from shared.domain.errors import StorageUnavailable, Unavailable
from tests.stores.own_servers import own_storage
from tests.stores.races import at_once

VOICE = "en-GB-SoniaNeural"


class CountingSpeech:
    """Says the words themselves; slowly enough that others ask meanwhile."""

    def __init__(self, manner=None, slow_s=0.0):
        self.manner = manner or Manner()
        self.said = []
        self.down = False
        self._slow_s = slow_s
        self._guard = threading.Lock()

    def mp3(self, text, voice, *, deadline_s=4.0):
        """Return the words, or fail."""
        assert deadline_s > 0
        with self._guard:
            self.said.append((text, voice))
        time.sleep(self._slow_s)
        if self.down:
            raise Unavailable("down")
        return f"{voice}: {text}".encode()


@pytest.fixture
def speech():
    return CountingSpeech()


@pytest.fixture
def texts(speech, storage):
    return SpokenTexts(speech, storage)


def test_a_text_is_made_once_and_read_everywhere(texts, speech, storage, business):
    """The second time, and in another instance, it is only read."""
    key = texts.ensure(business, "Hello", VOICE)
    assert key == texts.key(business, "Hello", VOICE) == texts.ensure(business, "Hello", VOICE)
    silent = CountingSpeech()
    other = SpokenTexts(silent, storage)
    assert other.read(business, key) == texts.read(business, key) == b"en-GB-SoniaNeural: Hello"
    assert other.ensure(business, "Hello", VOICE) == key
    assert (speech.said, silent.said) == ([("Hello", VOICE)], [])
    assert storage.list_names(f"data/{business}/") == [f"data/{business}/speech/{key}.mp3"]


def test_the_key_tells_all_that_is_heard(texts, storage, business):
    """Another word, voice, manner or business is another recording; the key says nothing of the words."""
    key = texts.key(business, "Hello", VOICE)
    others = {
        texts.key(business, "Hello!", VOICE),
        texts.key(business, "Hello", "en-GB-RyanNeural"),
        texts.key("another", "Hello", VOICE),
        SpokenTexts(CountingSpeech(Manner(rate="+10%")), storage).key(business, "Hello", VOICE),
    }
    assert key not in others
    assert len(others) == 4
    assert key != hashlib.sha256(b"Hello").hexdigest()


def test_another_business_cannot_read_it(texts, business):
    """Neither the recording nor whether there is one."""
    key = texts.ensure(business, "Your code is 1234", VOICE)
    assert texts.read(f"{business}-2", key) is None
    assert texts.read(business, texts.key(business, "never said", VOICE)) is None


@pytest.mark.parametrize("wrong", ["", "a" * 63, "A" * 64, "a" * 64 + "\n", "../" + "a" * 61, "a" * 65, "é" * 64])
def test_what_is_no_key_reads_nothing(speech, business, wrong):
    """Not even the bucket is asked: it is down here."""
    storage = Storage(BUCKET, "http://127.0.0.1:9", None, patience_s=0.2)
    assert SpokenTexts(speech, storage).read(business, wrong) is None


def test_threads_that_ask_together_make_it_once(storage, business):
    """One makes it, the others wait for it."""
    slow = CountingSpeech(slow_s=0.2)
    texts = SpokenTexts(slow, storage)
    keys = at_once([lambda: texts.ensure(business, "Hello", VOICE)] * 8)
    assert set(keys) == {texts.key(business, "Hello", VOICE)}
    assert len(slow.said) == 1


def test_different_texts_do_not_wait_for_each_other(storage, business):
    """Each has its own turn."""

    class Meeting(CountingSpeech):
        def mp3(self, text, voice, *, deadline_s=4.0):
            gate.wait(10)
            return super().mp3(text, voice, deadline_s=deadline_s)

    gate = threading.Barrier(3)
    texts = SpokenTexts(Meeting(), storage)
    keys = at_once([partial(texts.ensure, business, f"Text {n}", VOICE) for n in range(3)])
    assert len(set(keys)) == 3


def test_a_failure_is_shared_and_not_kept(storage, business):
    """Those that waited are told too; who asks later tries anew."""
    slow = CountingSpeech(slow_s=0.2)
    slow.down = True
    texts = SpokenTexts(slow, storage)
    outcomes = at_once([lambda: texts.ensure(business, "Hello", VOICE)] * 4)
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert storage.list_names(f"data/{business}/") == []
    slow.down = False
    assert texts.read(business, texts.ensure(business, "Hello", VOICE))


def test_without_the_bucket_nothing_is_promised(speech, business):
    """A key is given only for what every instance can read; what is in memory is read on."""
    with own_storage() as server:
        texts = SpokenTexts(speech, Storage(BUCKET, f"http://127.0.0.1:{server.port}", None, patience_s=0.5))
        key = texts.ensure(business, "Hello", VOICE)
        server.kill()
        assert texts.ensure(business, "Hello", VOICE) == key
        assert texts.read(business, key)
        for _ in range(2):
            with pytest.raises(StorageUnavailable):
                texts.ensure(business, "Goodbye", VOICE)
        with pytest.raises(StorageUnavailable):
            texts.read(business, texts.key(business, "Goodbye", VOICE))


def test_little_memory_means_the_bucket_is_asked(speech, storage, business):
    """What does not fit in memory is read from the bucket, not made again."""
    texts = SpokenTexts(speech, storage, memory_bytes=1)
    key = texts.ensure(business, "Hello", VOICE)
    assert texts.ensure(business, "Hello", VOICE) == key
    assert texts.read(business, key) == b"en-GB-SoniaNeural: Hello"
    assert len(speech.said) == 1


def test_it_goes_with_the_business(texts, storage, business):
    """Purging removes the folder that the recordings are in."""
    key = texts.ensure(business, "Hello", VOICE)
    storage.delete_prefix(prefix(business))
    assert SpokenTexts(CountingSpeech(), storage).read(business, key) is None
