"""Looks into a ZIP container (DOCX) before anything unpacks it: what is in it, how large it would become, how dense."""

import io
import zipfile
import zlib

from shared.ingestion.parse.unreadable import Unreadable

MAX_MEMBERS = 3000
MAX_UNPACKED = 120_000_000
MAX_PART = 40_000_000
MAX_RATIO = 150
_SMALL = 5_000_000  # below, the ratio does not matter
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = 0x1
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, KeyError)


def check_docx(data: bytes) -> None:
    """Check that bytes are a Word document that may be unpacked.

    Raises:
        Unreadable: with the reason: no ZIP or another kind of one, encrypted, with macros, too large, a bomb.
    """
    if data.startswith(_OLE):
        raise Unreadable("the document is protected by a password or an old .doc; save it as .docx without one")
    if not data.startswith(b"PK\x03\x04"):
        raise Unreadable("the file's content is not DOCX")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            _check_sizes(container.infolist())
            _check_parts(container)
    except _BROKEN:
        raise Unreadable("the DOCX is damaged") from None


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    """What is declared is also the most that is unpacked: zipfile stops there."""
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise Unreadable("the document is protected by a password")
    total, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    if len(members) > MAX_MEMBERS or total > MAX_UNPACKED:
        raise Unreadable(f"the document would become larger than {MAX_UNPACKED // 1_000_000} MB")
    if any(member.file_size > MAX_PART for member in members if member.filename.endswith((".xml", ".rels"))):
        raise Unreadable(f"a part of the document would become larger than {MAX_PART // 1_000_000} MB")
    if total > _SMALL and total > MAX_RATIO * max(packed, 1):
        raise Unreadable(f"the document is packed more than {MAX_RATIO} times: it looks like a decompression bomb")


def _check_parts(container: zipfile.ZipFile) -> None:
    names = container.namelist()
    if len(set(names)) != len(names):
        raise Unreadable("the document holds two parts of one name")
    types = container.read("[Content_Types].xml") if "[Content_Types].xml" in names else b""
    if b"macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unreadable("the document holds macros; save it as .docx without them")
    if b"wordprocessingml.document.main+xml" not in types:
        raise Unreadable("the file's content is not DOCX")
    for name in names:
        if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in container.read(name).replace(b"\0", b""):
            raise Unreadable("the document defines XML entities; such files are not read")
