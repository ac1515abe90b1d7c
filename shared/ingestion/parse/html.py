"""HTML pages: what a visitor would read by trafilatura, links and canonical address by lxml. Fetches nothing."""

import copy
import re
from dataclasses import dataclass
from urllib.parse import urljoin

import lxml.etree
import lxml.html
import trafilatura

from shared.ingestion.parse.around import around, headed
from shared.ingestion.parse.boxes import lay_out, unlink
from shared.ingestion.parse.content import core, drop_permalinks, letters, title_of, whole
from shared.ingestion.parse.entries import Entry
from shared.ingestion.parse.hidden import drop_hidden
from shared.ingestion.parse.readable import readable
from shared.ingestion.parse.structured import structured
from shared.ingestion.parse.unreadable import Unreadable

MIN_TEXT = 40
_MAX_NODES = 200_000
_ENOUGH = 0.85  # of the letters outside links
_MORE = 1.1
_KEPT = 0.9  # of the text must be found again
_HEADING = re.compile(r"^#{2,4} ", re.MULTILINE)
# What trafilatura puts a backslash before, so that it is no Markdown; in code it does not.
_ESCAPED = re.compile(r"(?<!\\)(`+)(?!`).{1,10000}?(?<!`)\1(?!`)|\\([*_`~\[\]<])", re.DOTALL)
_MAX_CHILDREN = 20_000  # of one element: trafilatura takes the square of them


@dataclass(frozen=True)
class HtmlPage:
    """A parsed page. `text` is Markdown of the main content; `links` are absolute; `noindex` as the page asks.

    `entries` are the products, questions and businesses that the page describes for machines; `around` is what its
    header and footer say beside that, as Markdown.
    """

    title: str
    text: str
    links: tuple[str, ...]
    canonical: str
    noindex: bool
    nofollow: bool
    entries: tuple[Entry, ...] = ()
    around: str = ""


def parse_html(data: bytes, url: str) -> HtmlPage:
    """Return the page at `url`; Unreadable when it is not HTML."""
    tree = _tree(data)
    robots = directives(",".join(tree.xpath("//meta[translate(@name,'ROBTS','robts')='robots']/@content")))
    base = (tree.xpath("//base/@href") or [""])[0]
    canonical = (tree.xpath("//link[@rel='canonical']/@href") or [""])[0]
    links = [a.get("href") for a in tree.xpath("//a[@href]") if "nofollow" not in (a.get("rel") or "").lower().split()]
    root = _joined(url, str(base)) or url
    scripts = [script.text or "" for script in tree.xpath("//script[contains(@type, 'ld+json')]")]
    styled = bool(tree.xpath("//style | //link[contains(translate(@rel, 'STYLEH', 'styleh'), 'stylesheet')]"))
    drop_hidden(tree, stylesheets=styled)
    drop_permalinks(tree)
    entries = structured(scripts, tree, url)
    lay_out(tree)
    title = readable(title_of(tree))[:200]
    beside = readable(around(tree, url))  # before trafilatura, which takes the tree apart
    text, beside = _apart(_main_text(tree, url), beside)
    return HtmlPage(
        title=title,
        entries=entries,
        text=text,
        around=beside,
        links=tuple(_joined(root, str(link)) for link in links),
        canonical=_joined(root, str(canonical)) if canonical else "",
        noindex=bool(robots & {"noindex", "none"}),
        nofollow=bool(robots & {"nofollow", "none"}),
    )


def _apart(text: str, beside: str) -> tuple[str, str]:
    """Return a page's own text, "" when that is what stands around it, and what stands around it alone."""
    own = set(filter(None, map(_key, text.splitlines())))
    if own <= set(map(_key, beside.splitlines())):
        return "", beside
    lines = [line for line in beside.splitlines() if line.startswith("#") or _key(line) not in own]
    return text, "\n".join(headed(lines))


def _key(line: str) -> str:
    return "".join(filter(str.isalnum, line))


def directives(content: str) -> frozenset[str]:
    """Return the robots directives in a meta element or an X-Robots-Tag header, those for all robots."""
    return frozenset(word.strip() for word in content.lower().split(","))


def _tree(data: bytes) -> lxml.html.HtmlElement:
    """Return the tree of a page; Unreadable when there is none, or too much of one."""
    if data.count(b"<") > 2 * _MAX_NODES + 1000:  # every element has a tag or two
        raise Unreadable("the page has too many elements")
    parser = lxml.html.HTMLParser(encoding=_declared(data), no_network=True, huge_tree=False, remove_comments=True)
    try:
        tree = lxml.html.document_fromstring(data, parser=parser)
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        raise Unreadable("the HTML cannot be read") from None
    if sum(1 for _ in tree.iter()) > _MAX_NODES or any(len(element) > _MAX_CHILDREN for element in tree.iter()):
        raise Unreadable("the page has too many elements")
    return tree


def _main_text(tree: lxml.html.HtmlElement, url: str) -> str:
    unlink(tree)
    for element in tree.xpath("//*[@style]"):
        del element.attrib["style"]  # already judged; trafilatura would drop whatever has overflow:hidden
    spare = copy.deepcopy(tree)  # trafilatura takes it apart
    text = _extracted(tree, url)
    found = whole(spare)
    if _headed(text) < found.headings / 2 or letters(text) < _ENOUGH * found.letters:
        # It took the page for loose paragraphs, or one of several articles for all: it is told what the article is.
        for article in filter(None, (core(spare), found)):
            text = _better(text, _extracted(article.page, url))
    return readable(text)


def _better(text: str, again: str) -> str:
    """Return the second of two readings when it has more to say, or the same with more headings."""
    more = letters(again) / max(letters(text), 1)
    return again if more > _MORE or (more >= _KEPT and _headed(again) > _headed(text)) else text


def _extracted(tree: lxml.html.HtmlElement, url: str) -> str:
    text = trafilatura.extract(
        tree, url=url, output_format="markdown", include_tables=True, include_comments=False, favor_recall=True
    )
    return _ESCAPED.sub(lambda found: found[2] or found[0], text or "")


def _headed(text: str) -> int:
    return len(_HEADING.findall(text))


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
