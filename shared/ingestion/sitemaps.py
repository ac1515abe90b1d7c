"""Reads sitemap files: lists of pages, and lists of such lists. Fetches nothing, expands no entities."""

import zlib
from dataclasses import dataclass

import lxml.etree

# Images and videos have locations too, one level further down or in another namespace.
_ENTRY = "/*/*[local-name()='url' or local-name()='sitemap']"
_LOCATIONS = f"{_ENTRY}/*[local-name()='loc' and namespace-uri()=namespace-uri(..)]/text()"
MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Sitemap:
    """The locations in one file: pages, and further sitemaps."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def parse_sitemap(data: bytes) -> Sitemap:
    """Return what a sitemap names, compressed or not; an empty one when it cannot be read."""
    if data.startswith(b"\x1f\x8b"):
        try:
            data = zlib.decompressobj(wbits=31).decompress(data, MAX_BYTES)
        except zlib.error:
            return Sitemap()
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = lxml.etree.fromstring(data, parser)
    except (lxml.etree.LxmlError, ValueError):
        return Sitemap()
    if root is None or not isinstance(root.tag, str):
        return Sitemap()
    found = root.xpath(_LOCATIONS)
    locations = tuple(text.strip() for text in found if text.strip())
    is_list = root.tag.rpartition("}")[2].rpartition(":")[2] == "sitemapindex"
    return Sitemap(sitemaps=locations) if is_list else Sitemap(pages=locations)
