"""Chunks as they lie in their file: the same as were written, each parsed when it is read, damage found at once."""

import mmap

import pytest

from shared.adapters.knowledge.chunk_file import ChunkFile
from shared.adapters.knowledge.layout import dump_chunks
from shared.domain.knowledge import Chunk

CHUNKS = [
    Chunk("https://shop.example/a", "Ä", "h > i", "line\nbreak\r\n\x0b\x1e\x85\u2028 👩‍👩‍👧", "t"),
    Chunk("", "", "", "", ""),
    Chunk("https://shop.example/b", "B", "", '"}\n{"', "t"),
]


def test_it_is_the_list_that_was_written():
    """By place, from the end, in slices and in order."""
    read = ChunkFile(dump_chunks(CHUNKS))
    assert list(read) == CHUNKS
    assert [read[0], read[-1], len(read)] == [CHUNKS[0], CHUNKS[-1], 3]
    assert read[1:] == CHUNKS[1:]
    assert read.urls == {"https://shop.example/a", "https://shop.example/b"}
    with pytest.raises(IndexError):
        read[3]


def test_it_reads_from_a_mapped_file(tmp_path):
    """Nothing is copied but what is read."""
    path = tmp_path / "chunks.jsonl"
    path.write_bytes(dump_chunks(CHUNKS))
    with path.open("rb") as file:
        assert list(ChunkFile(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))) == CHUNKS


def test_none_is_none():
    """An empty file has no chunks."""
    assert len(ChunkFile(b"")) == 0


@pytest.mark.parametrize("data", [b'{"url": 1', b'{"url": "x"}\n', b"[]\n", b"null\n", b"\xff\n", b"\n"])
def test_damage_is_found_when_it_is_loaded(data):
    """Not when a visitor's question comes upon it."""
    with pytest.raises(ValueError):  # noqa: PT011 - of several makes
        ChunkFile(data)
