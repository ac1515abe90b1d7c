"""Debian's flite, fetched into the user's cache and unpacked there: no root, no package manager.

Each file is held to its SHA-256, whichever mirror sends it. It runs nothing and installs nothing.
"""

import hashlib
import io
import lzma
import platform
import re
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import httpx2

from local.speech.unavailable import SpeechUnavailable

# Paths in the pool, and their SHA-256.
Packages = Sequence[tuple[str, str]]
# A release leaves the mirror for the archive some years after its end.
MIRRORS = (
    "http://deb.debian.org/debian",
    "https://snapshot.debian.org/archive/debian/20250520T000000Z",
    "http://archive.debian.org/debian",
)
# libflite names libasound although nothing here plays a sound. Debian 12: glibc 2.34 or newer is needed.
PACKAGES: Mapping[str, Packages] = {
    "x86_64": (
        ("f/flite/flite_2.2-5_amd64.deb", "f4ce03470bf9974c2cb9cacd981e6be29339ef4c97cf994dd6fa3f90e6544db9"),
        ("f/flite/libflite1_2.2-5_amd64.deb", "bfa8c591f1b47730b30b372ec38e02918a1c9795eada67684e1746390ad2f061"),
        (
            "a/alsa-lib/libasound2_1.2.8-1+b1_amd64.deb",
            "44c77b076a7b11ae99712439022d822245b1994c435da564ebd320bb676faf4c",
        ),
    ),
    "aarch64": (
        ("f/flite/flite_2.2-5_arm64.deb", "f5114e5cb90bc1f9705b1810eb0c9865ead13ad727feaa3df47d167b68cd11f3"),
        ("f/flite/libflite1_2.2-5_arm64.deb", "a32d8cfe4eda5e98dc4332ffb2520d3fb65565265bb869eb101f6b8b21f0115d"),
        (
            "a/alsa-lib/libasound2_1.2.8-1+b1_arm64.deb",
            "9fa889400fcee4b92c8f4a2fafbb7f2cd33444d9ec1665a71002ab67c06114bb",
        ),
    ),
}
FOLDER = "flite-2.2-5"
_MAGIC = b"!<arch>\n"
_HEADER = 60
_WANTED = re.compile(r"\.so\.\d+$")
_TIMEOUT = httpx2.Timeout(30, connect=5)


def packages_here() -> Packages:
    """Return the packages for this machine; SpeechUnavailable when there are none."""
    packages = PACKAGES.get(platform.machine()) if sys.platform == "linux" else None
    if packages is None:
        raise SpeechUnavailable(f"Debian has no flite for {sys.platform} on {platform.machine()}.")
    return packages


def flite_folder(cache: Path, packages: Packages, mirrors: Sequence[str] = MIRRORS) -> Path:
    """Return the folder with the program `flite` and its libraries, fetched if it is not in `cache` yet.

    SpeechUnavailable when it cannot be had.
    """
    folder = cache / FOLDER
    if folder.is_dir():
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            made = Path(temporary) / "made"
            made.mkdir()
            for path, digest in packages:
                unpack(fetched(path, digest, mirrors), made)
            _move(made, folder)
    except (OSError, ValueError, EOFError, tarfile.TarError, lzma.LZMAError) as error:
        raise SpeechUnavailable(f"flite cannot be unpacked into {cache}: {error}") from error
    return folder


def fetched(path: str, digest: str, mirrors: Sequence[str]) -> bytes:
    """Return the file `path` of the pool with this SHA-256 from the first mirror that has it."""
    reason = "no mirror is named"
    for mirror in mirrors:
        try:
            answer = httpx2.get(f"{mirror}/pool/main/{path}", timeout=_TIMEOUT, follow_redirects=True)
            answer.raise_for_status()
        except httpx2.HTTPError as error:
            reason = str(error) or type(error).__name__
            continue
        if hashlib.sha256(answer.content).hexdigest() == digest:
            return answer.content
        reason = f"{mirror} sent another file than the one expected"
    raise SpeechUnavailable(f"{PurePosixPath(path).name} cannot be fetched: {reason}.")


def unpack(package: bytes, folder: Path) -> None:
    """Put the program and the libraries of a .deb side by side into `folder`; nothing else, and nothing elsewhere."""
    data = next((content for name, content in _members(package) if name == "data.tar.xz"), None)
    if data is None:
        raise tarfile.TarError("no data.tar.xz in the package")
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:xz") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if path.name != "flite" and not _WANTED.search(path.name):
                continue
            content = _content(archive, member)
            if content is not None:
                # A link becomes a file of its name: the loader asks for the short name only.
                target = folder / path.name
                target.write_bytes(content)
                target.chmod(0o755)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes | None:
    """What is in the file, or in the file that a link means; None for what is neither or is not in the package."""
    try:
        file = archive.extractfile(member) if member.isfile() or member.issym() else None
    except KeyError:
        return None
    return file.read() if file else None


def _members(package: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of an `ar` archive."""
    if not package.startswith(_MAGIC):
        raise tarfile.TarError("not a Debian package")
    at = len(_MAGIC)
    while at + _HEADER <= len(package):
        header = package[at : at + _HEADER]
        name, size = header[:16].decode("ascii").strip(" /"), int(header[48:58])
        yield name, package[at + _HEADER : at + _HEADER + size]
        at += _HEADER + size + size % 2


def _move(made: Path, folder: Path) -> None:
    """Two may fetch at once: who comes second keeps the first one's."""
    if not (made / "flite").is_file():
        raise tarfile.TarError("the packages are without it")
    try:
        made.replace(folder)
    except OSError:
        if not folder.is_dir():
            raise
        shutil.rmtree(made, ignore_errors=True)
