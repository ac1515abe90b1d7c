"""HTML pages: main content by trafilatura, links and canonical address by lxml. Fetches nothing."""

from dataclasses import dataclass
from urllib.parse import urljoin

import lxml.etree
import lxml.html
import trafilatura

from shared.domain.text import clean
from shared.ingestion.parse.unreadable import Unreadable

MIN_TEXT = 40
_MAX_NODES = 200_000


@dataclass(frozen=True)
class HtmlPage:
    """A parsed page. `text` is Markdown of the main content; `links` are absolute; `noindex` as the page asks."""

    title: str
    text: str
    links: tuple[str, ...]
    canonical: str
    noindex: bool
    nofollow: bool


def parse_html(data: bytes, url: str) -> HtmlPage:
    """Return the page at `url`; Unreadable when it is not HTML."""
    parser = lxml.html.HTMLParser(encoding=_declared(data), no_network=True, huge_tree=False)
    try:
        tree = lxml.html.document_fromstring(data, parser=parser)
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        raise Unreadable("the HTML cannot be read") from None
    if sum(1 for _ in tree.iter()) > _MAX_NODES:
        raise Unreadable("the page has too many elements")
    robots = directives(",".join(tree.xpath("//meta[translate(@name,'ROBTS','robts')='robots']/@content")))
    base = (tree.xpath("//base/@href") or [""])[0]
    canonical = (tree.xpath("//link[@rel='canonical']/@href") or [""])[0]
    links = [a.get("href") for a in tree.xpath("//a[@href]") if "nofollow" not in (a.get("rel") or "").lower().split()]
    root = _joined(url, str(base)) or url
    title = _title(tree)
    return HtmlPage(
        title=title,
        text=_main_text(tree, url),
        links=tuple(_joined(root, str(link)) for link in links),
        canonical=_joined(root, str(canonical)) if canonical else "",
        noindex=bool(robots & {"noindex", "none"}),
        nofollow=bool(robots & {"nofollow", "none"}),
    )


def directives(content: str) -> frozenset[str]:
    """Return the robots directives in a meta element or an X-Robots-Tag header, those for all robots."""
    return frozenset(word.strip() for word in content.lower().split(","))


def _main_text(tree: lxml.html.HtmlElement, url: str) -> str:
    text = trafilatura.extract(
        tree, url=url, output_format="markdown", include_tables=True, include_comments=False, favor_recall=True
    )
    return clean(text or "")


def _title(tree: lxml.html.HtmlElement) -> str:
    for path in ("//h1", "//title"):
        for element in tree.xpath(path):
            title = " ".join(element.text_content().split())
            if title:
                return clean(title)[:200]
    return ""


def _joined(root: str, link: str) -> str:
    try:
        return urljoin(root, link.strip())
    except ValueError:
        return ""


def _declared(data: bytes) -> str | None:
    """Return utf-8 where the bytes are that; else None, and the parser looks for a declaration."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"
