"""once: built by one thread, kept for the object's life."""

import threading

from shared.once import once


class Holder:
    """Counts how often its property is built."""

    def __init__(self):
        self.built = 0

    @once
    def value(self):
        """Slow enough for threads to meet in it."""
        self.built += 1
        for _ in range(400_000):  # several of the interpreter's turns
            pass
        return object()


def test_threads_that_meet_share_one_value():
    """Sixteen threads at once: one build, one object (cached_property of Python 3.12 builds several)."""
    holder, gate, seen = Holder(), threading.Barrier(16), []

    def ask():
        gate.wait()
        seen.append(holder.value)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert holder.built == 1
    assert len({id(value) for value in seen}) == 1


def test_each_object_has_its_own():
    """The lock is shared by a class's objects, the value is not."""
    first, second = Holder(), Holder()
    assert first.value is first.value
    assert first.value is not second.value
