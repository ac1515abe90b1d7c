"""What stands around a page's own text: where a business is and when it is open is often said there alone. Pure."""

import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import lxml.etree
import lxml.html

from shared.ingestion.addresses import site_of
from shared.ingestion.parse.boxes import SAYING
from shared.ingestion.parse.content import OWN, letters

_NAMES = re.compile(r"((site|page|main)[-_]?)?(header|footer|top-?bar|colophon)", re.IGNORECASE)
_PASSED_OVER = (
    ".//nav | .//form | .//script | .//style | .//noscript | .//template | .//svg | .//select | .//button | .//iframe"
    " | .//h1 | .//*[@role='navigation' or @role='search' or @role='menu' or @role='menubar']"
)
_INLINE = frozenset(
    (
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "em", "font", "i", "img", "label", "mark", "q", "s",
        "small", "span", "strong", "sub", "sup", "td", "th", "time", "u", "var", "wbr",
    )
)  # fmt: skip
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_MAX_LINES = 60
_LINE_CHARS = 300  # more is no address
_DIGIT = re.compile(r"\d")


def around(tree: lxml.html.HtmlElement, url: str) -> str:
    """Return a page's header and footer as Markdown, without menus, forms and mere links; "" they say nothing."""
    lines: list[str] = []
    for line in (line for part in _parts(tree) for line in _lines(part, site_of(url))):
        if line.tag in _HEADINGS:
            lines.append(f"## {line.text}")
        elif line.says_something:
            lines.append(line.text)
    return "\n".join(headed(lines)[:_MAX_LINES])


def headed(lines: Iterable[str]) -> list[str]:
    """Return lines without the headings that have nothing below them."""
    return [line for line, below in pairwise([*lines, "#"]) if not (line.startswith("#") and below.startswith("#"))]


def _parts(tree: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    """Yield the outermost headers and footers of the page; those of an article are its own."""
    walk = lxml.etree.iterwalk(tree, events=("start",))
    for _, element in walk:
        own, part = element.tag in OWN, _is_part(element)
        if own or part:
            walk.skip_subtree()
        if part:
            yield element


def _is_part(element: lxml.html.HtmlElement) -> bool:
    if element.tag in ("header", "footer") or element.get("role") in ("banner", "contentinfo"):
        return True
    names = (element.get("id", ""), *element.get("class", "").split())
    return element.tag in ("div", "section") and any(map(_NAMES.fullmatch, names))


@dataclass
class _Line:
    """A line as it is shown: the element that it begins in, and its words with those of links."""

    tag: str = ""
    words: list[str] = field(default_factory=list)
    linked: int = 0
    has_own_link: bool = False

    def add(self, text: str | None, *, link: bool) -> None:
        if text:
            self.words.append(text)
            self.linked += link * letters(text)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    @property
    def says_something(self) -> bool:
        """Whether it is more than links, and shorter than prose. A link elsewhere with a number is a place on a map."""
        text = self.text
        on_a_map = not self.has_own_link and bool(_DIGIT.search(text))
        return len(text) <= _LINE_CHARS and (2 * self.linked < letters(text) or on_a_map)


def _lines(part: lxml.html.HtmlElement, site: str) -> Iterator[_Line]:
    """Yield what is shown in lines of its own."""
    shown = copy.deepcopy(part)
    shown.tail = None
    for passed_over in shown.xpath(_PASSED_OVER):
        passed_over.drop_tree()
    line, links = _Line(), 0
    for event, element in lxml.etree.iterwalk(shown, events=("start", "end")):
        begins = event == "start"
        if element.tag not in _INLINE:
            if line.text:
                yield line
            line = _Line(str(element.tag) if begins else "")
        elif element.tag in ("td", "th") and begins:
            line.add(" ", link=False)
        if _leads_away(element):
            links += 1 if begins else -1
            line.has_own_link |= not _leads_elsewhere(element, site)
        line.add(element.text if begins else element.tail, link=links > 0)


def _leads_away(element: lxml.html.HtmlElement) -> bool:
    return element.tag == "a" and not element.get("href", "").lower().startswith(SAYING)


def _leads_elsewhere(link: lxml.html.HtmlElement, site: str) -> bool:
    href = link.get("href", "").strip()
    try:
        return href.startswith(("http://", "https://", "//")) and site_of(href) != site
    except ValueError:
        return False
