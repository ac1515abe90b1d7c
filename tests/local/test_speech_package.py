"""flite is fetched, checked and unpacked without root; what goes wrong is one sentence."""

import functools
import hashlib
import http.server
import io
import tarfile
import threading
from pathlib import Path

import pytest

from local.speech.debian import FOLDER, fetched, flite_folder, unpack
from local.speech.engines import choose
from local.speech.unavailable import SpeechUnavailable

PROGRAM = b"#!/bin/sh\n"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and tells nobody."""

    def log_message(self, *arguments):
        """Nothing is logged."""


def deb(files, links=()):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    package = b"!<arch>\n"
    for name, content in (("debian-binary", b"2.0"), ("data.tar.xz", data.getvalue())):
        package += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content
        package += b"\n" * (len(content) % 2)
    return package


@pytest.fixture
def mirror(tmp_path):
    folder = tmp_path / "mirror"
    (folder / "pool/main/f").mkdir(parents=True)
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder / "pool/main/f"
    server.shutdown()
    thread.join()
    server.server_close()


def published(folder: Path, content: bytes):
    (folder / "flite.deb").write_bytes(content)
    return "f/flite.deb", hashlib.sha256(content).hexdigest()


def test_flite_is_fetched_once(mirror, tmp_path):
    """The first use fetches and unpacks it, the second needs no network."""
    url, pool = mirror
    package = published(pool, deb({"./usr/bin/flite": PROGRAM}))
    folder = flite_folder(tmp_path / "cache", [package], [url])
    assert (folder / "flite").read_bytes() == PROGRAM
    assert (folder / "flite").stat().st_mode & 0o111
    assert flite_folder(tmp_path / "cache", [package], []) == folder


def test_another_file_is_not_taken(mirror, tmp_path):
    """A mirror that sends something else than was pinned is refused, and nothing is left behind."""
    url, pool = mirror
    path, _ = published(pool, deb({"./usr/bin/flite": PROGRAM}))
    with pytest.raises(SpeechUnavailable, match="another file than the one expected"):
        flite_folder(tmp_path / "cache", [(path, "0" * 64)], [url])
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_next_mirror_is_asked(mirror):
    """A mirror that lacks the file or does not answer is not the end."""
    url, pool = mirror
    path, digest = published(pool, b"content")
    assert fetched(path, digest, [f"{url}/elsewhere", "http://127.0.0.1:1", url]) == b"content"


def test_only_the_program_and_its_libraries_are_unpacked(tmp_path):
    """Links become files of their names; other files and paths that lead elsewhere stay packed."""
    package = deb(
        {
            "./usr/bin/flite": PROGRAM,
            "./usr/lib/libflite.so.2.2": b"library",
            "./usr/share/doc/readme": b"words",
            "../../escaped.so.1": b"kept inside",
        },
        links=[("./usr/lib/libflite.so.1", "libflite.so.2.2"), ("./usr/lib/out.so.1", "/etc/hostname")],
    )
    folder = tmp_path / "made"
    folder.mkdir()
    unpack(package, folder)
    assert {file.name for file in folder.iterdir()} == {"flite", "libflite.so.1", "escaped.so.1"}
    assert (folder / "libflite.so.1").read_bytes() == b"library"
    assert [file.name for file in tmp_path.iterdir()] == ["made"]


@pytest.mark.parametrize("content", [b"", b"not a package", b"!<arch>\n", deb({})[:-40]])
def test_a_damaged_package_is_one_sentence(mirror, tmp_path, content):
    """A package that cannot be read is told as unavailable speech."""
    url, pool = mirror
    with pytest.raises(SpeechUnavailable, match="cannot be unpacked"):
        flite_folder(tmp_path / "cache", [published(pool, content)], [url])
    assert not (tmp_path / "cache" / FOLDER).exists()


def test_no_engine_at_all_is_one_sentence(tmp_path):
    """Each way's reason is in the one sentence, and the next engine is tried before."""

    def missing(cache):
        raise SpeechUnavailable(f"nothing in {cache.name}.")

    with pytest.raises(SpeechUnavailable, match=r"No speech .*\(nothing in x; nothing in x\): install flite"):
        choose(tmp_path / "x", (missing, missing))
