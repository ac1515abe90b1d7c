"""Files of indexes on the local disk: a second process downloads nothing, and a torn file there is not believed."""

import hashlib
import os
import subprocess
import sys
from functools import partial

import pytest

from local.stack.servers import BUCKET
from shared.adapters.knowledge.disk import FileCache
from tests.architecture.source import ROOT
from tests.stores.indexes import near, publish, some_vector

SECOND_PROCESS = """
import sys
from pathlib import Path
from shared.adapters.knowledge.disk import FileCache
from tests.stores.indexes import Instance, near, some_vector
instance = Instance(int(sys.argv[1]), cache=FileCache(Path(sys.argv[3]), 10**8))
index = instance.reader.index(sys.argv[2], None, use_default=False)
print([name.rpartition("/")[2] for _, name in instance.steps.seen])
print([p.chunk.text for p in near(index, [some_vector("q")], 5).passages])
"""


def name_of(data):
    """Return the name a file is cached under."""
    return hashlib.sha256(data).hexdigest()


def held(folder):
    """Return the names of the files in a folder."""
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path):
    """A folder that is not there yet."""
    return tmp_path / "cache"


def test_a_second_process_downloads_nothing(storage, make, own_bucket_server, business, folder):
    """It reads the manifest, finds every file on the disk and answers as the first did."""
    publish(storage, business, "bld_1", 40)
    first = make(cache=FileCache(folder, 10**8))
    index = first.reader.index(business, None, use_default=False)
    assert first.steps.named("index.faiss") == 1
    texts = [passage.chunk.text for passage in near(index, [some_vector("q")], 5).passages]
    done = subprocess.run(
        [sys.executable, "-c", SECOND_PROCESS, str(own_bucket_server.port), business, str(folder)],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "BUCKET": BUCKET},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-2:] == [str(["manifest.json"]), str(texts)]


@pytest.mark.parametrize("harm", [b"", b"half", None])
def test_a_torn_file_on_the_disk_is_loaded_anew(storage, make, business, folder, harm):
    """What is not what its name says is removed, and what the bucket has is served."""
    manifest = publish(storage, business, "bld_1", 40)
    make(cache=FileCache(folder, 10**8)).build(business)
    torn = folder / manifest.sha256["index.faiss"]
    whole = torn.read_bytes()
    torn.write_bytes(whole[:-1] + b"\x55" if harm is None else harm)
    instance = make(cache=FileCache(folder, 10**8))
    assert len(instance.texts(business)) == 40
    assert instance.steps.named("index.faiss") == 1
    assert instance.steps.named("chunks.jsonl") == 0
    assert torn.read_bytes() == whole


def test_a_torn_object_is_not_kept(storage, make, business, folder):
    """What the bucket delivers is checked before it is written anywhere."""
    publish(storage, business, "bld_1")
    publish(storage, business, "bld_2")
    storage.put(f"data/{business}/builds/bld_2/index.faiss", b"torn")
    assert make(cache=FileCache(folder, 10**8)).build(business) == "bld_1"
    assert name_of(b"torn") not in held(folder)


def test_the_size_is_bounded(folder):
    """The files unused for longest go first, parts of a killed process too; what is larger than all is not kept."""
    cache, files = FileCache(folder, 250), [bytes([number]) * 100 for number in range(3)]
    for number, data in enumerate(files[:2]):
        cache.get(name_of(data), partial(bytes, data))
        os.utime(folder / name_of(data), (number, number))
    (folder / "x.part").write_bytes(b"y" * 40)
    os.utime(folder / "x.part", (0, 0))
    cache.get(name_of(files[0]), lambda: pytest.fail("it is there"))  # used now
    cache.get(name_of(files[2]), lambda: files[2])
    assert held(folder) == {name_of(files[0]), name_of(files[2])}
    large = b"z" * 300
    assert bytes(cache.get(name_of(large), lambda: large).data) == large
    assert name_of(large) not in held(folder)


def test_a_disk_that_cannot_be_written_costs_nothing_else(tmp_path):
    """The file is served from memory."""
    blocked = tmp_path / "file"
    blocked.write_bytes(b"no folder")
    file = FileCache(blocked / "below", 1000).get(name_of(b"data"), lambda: b"data")
    assert (bytes(file.data), file.path) == (b"data", None)
