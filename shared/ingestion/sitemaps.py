"""Reads sitemap files: lists of pages, and lists of such lists. Fetches nothing, expands no entities."""

import zlib
from dataclasses import dataclass

import lxml.etree

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
    if root is None:
        return Sitemap()
    locations = tuple(text.strip() for text in root.xpath("//*[local-name()='loc']/text()") if text.strip())
    is_list = lxml.etree.QName(root).localname == "sitemapindex"
    return Sitemap(sitemaps=locations) if is_list else Sitemap(pages=locations)
