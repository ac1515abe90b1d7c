"""Reads sitemap files: lists of pages, and lists of such lists. Fetches nothing, expands no entities."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import lxml.etree

_ENTRY = "/*/*[local-name()='url' or local-name()='sitemap']"
MAX_BYTES = 20_000_000
MAX_ENTRIES = 50_000  # as the protocol has it


@dataclass(frozen=True)
class Sitemap:
    """The locations in one file: pages, and further sitemaps.

    `dates` is what it says of when pages changed; `trouble` why nothing could be read, for the owner.
    """

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    dates: Mapping[str, str] = field(default_factory=dict, compare=False)
    trouble: str = field(default="", compare=False)


def parse_sitemap(data: bytes) -> Sitemap:
    """Return what a sitemap names, compressed or not; an empty one when it cannot be read."""
    if data.startswith(b"\x1f\x8b"):
        try:
            data = zlib.decompressobj(wbits=31).decompress(data, MAX_BYTES)
        except zlib.error:
            return Sitemap(trouble="the sitemap is compressed and damaged")
    root = _root(data)
    if root is None:
        return _lines(data)
    if _defines_entities(root):
        return Sitemap(trouble="the sitemap defines XML entities; such files are not read")
    found = dict(filter(None, map(_location, root.xpath(_ENTRY)[:MAX_ENTRIES])))
    if not found:
        return Sitemap(trouble="the sitemap names no pages")
    is_list = root.tag.rpartition("}")[2].rpartition(":")[2] == "sitemapindex"
    if is_list:
        return Sitemap(sitemaps=tuple(found))
    return Sitemap(pages=tuple(found), dates={url: date for url, date in found.items() if date})


def _lines(data: bytes) -> Sitemap:
    """Return the addresses of a sitemap that is plain text, one a line."""
    lines = [line.strip() for line in data.decode("utf-8-sig", "replace").splitlines()[:MAX_ENTRIES]]
    pages = tuple(dict.fromkeys(line for line in lines if line.startswith(("https://", "http://")) and " " not in line))
    return Sitemap(pages=pages, trouble="" if pages else "the sitemap is neither XML nor a list of addresses")


def _root(data: bytes) -> lxml.etree._Element | None:
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = lxml.etree.fromstring(data, parser)
    except (lxml.etree.LxmlError, ValueError):
        return None
    return root if root is not None and isinstance(root.tag, str) else None


def _location(entry: lxml.etree._Element) -> tuple[str, str] | None:
    """Return an entry's address and date ("" for none)."""
    space = str(entry.tag).rpartition("}")[0]
    said = {str(child.tag): child.text or "" for child in reversed(entry) if isinstance(child.tag, str)}
    location, date = (said.get(f"{space}}}{name}" if space else name, "").strip() for name in ("loc", "lastmod"))
    return (location, date[:40]) if location else None


def _defines_entities(root: lxml.etree._Element) -> bool:
    declared = root.getroottree().docinfo.internalDTD
    return declared is not None and next(iter(declared.iterentities()), None) is not None
