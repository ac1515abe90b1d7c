"""The chunks of a build as they lie in their file, each parsed when it is read: a third of the memory of objects."""

import json
from collections.abc import Iterator, Sequence
from mmap import mmap
from typing import TYPE_CHECKING, overload

from shared.domain.knowledge import Chunk

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

_NEW_LINE = 10


class ChunkFile(Sequence[Chunk]):
    """A line of JSON each, in the order of their vectors. Safe to read from many threads.

    Args:
        data: the file's bytes, also mapped from a disk; they must not change.

    Raises:
        ValueError: a line is not a chunk.
    """

    def __init__(self, data: bytes | mmap) -> None:
        import numpy as np

        self._data = memoryview(data)
        if self._data.nbytes and self._data[-1] != _NEW_LINE:
            raise ValueError("the last chunk is torn")
        ends: NDArray[int64] = np.flatnonzero(np.frombuffer(self._data, dtype=np.uint8) == _NEW_LINE)
        self._starts = np.concatenate([[0], ends + 1])
        # Each is parsed once here: a damaged line is found before anybody asks.
        self.urls = frozenset(chunk.url for chunk in self if chunk.url)

    @property
    def size(self) -> int:
        """Bytes it takes, near enough for a budget."""
        return self._data.nbytes + int(self._starts.nbytes) + sum(len(url) * 2 + 120 for url in self.urls)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, place: int) -> Chunk: ...
    @overload
    def __getitem__(self, place: slice) -> list[Chunk]: ...
    def __getitem__(self, place: int | slice) -> Chunk | list[Chunk]:
        """Return a chunk, or those of a slice."""
        if isinstance(place, slice):
            return [self._read(one) for one in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        return self._read(place % len(self))

    def __iter__(self) -> Iterator[Chunk]:
        return (self._read(place) for place in range(len(self)))

    def _read(self, place: int) -> Chunk:
        line = bytes(self._data[self._starts[place] : self._starts[place + 1]])
        try:
            return Chunk(**json.loads(line))
        except TypeError:
            raise ValueError("the chunks are damaged") from None
