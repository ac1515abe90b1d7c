"""Finds what a page's own text stands in, and its title, where the page does not say so. Pure; it extracts nothing."""

import copy
import re
from dataclasses import dataclass
from itertools import islice

import lxml.html

OWN = ("article", "main")
SURROUNDINGS = ("nav", "footer", "aside", "header", "form")
_NO_TEXT = (
    ".//nav | .//footer | .//aside | .//form | .//script | .//style | .//noscript | .//header[not(ancestor::main)]"
    " | .//*[@role='navigation' or @role='complementary' or @role='contentinfo' or @role='banner' or @role='search']"
)
_PARAGRAPH = 40  # characters: less is a label or a button
_PARAGRAPHS = 2000  # more are not looked at: a hostile page has as many as it likes
_MOST = 0.8  # of the paragraphs' text
_PERMALINK = re.compile(r"[^\w\s]{1,2}\Z")
_HEADINGS = ("h2", "h3", "h4")


def drop_permalinks(tree: lxml.html.HtmlElement) -> None:
    """Take the signs out that link a heading to itself (¶, #, §): they are no part of its words."""
    for link in tree.xpath("//a[starts-with(@href, '#')]"):
        if not len(link) and _PERMALINK.match((link.text or "").strip()):
            link.drop_tree()


@dataclass(frozen=True)
class Article:
    """What may be the article of a page, in a page of its own, with its headings and its letters outside links."""

    page: lxml.html.HtmlElement
    headings: int
    letters: int

    @classmethod
    def of(cls, element: lxml.html.HtmlElement) -> "Article":
        """Return a copy of an element without menus and the like."""
        article = copy.deepcopy(element)
        for inner in article.xpath(_NO_TEXT):
            inner.drop_tree()
        for inner in article.iter(*OWN):
            inner.tag = "div"
        article.tag, article.tail = OWN[0], None
        article.attrib.clear()
        page = lxml.html.document_fromstring("<html><body></body></html>")
        page.body.append(article)
        headings = sum(1 for heading in article.iter(*_HEADINGS) if heading.text_content().strip())
        return cls(page, headings, letters("".join(article.xpath(".//text()[not(ancestor::a)]"))))


def letters(text: str) -> int:
    """Return how many letters and digits a text has."""
    return sum(map(str.isalnum, text))


def whole(tree: lxml.html.HtmlElement) -> Article:
    """Return all that may be a page's own text: what it calls its main part, else all but what stands around."""
    return Article.of(next((found for name in ("main", "body") for found in tree.iter(name)), tree))


def core(tree: lxml.html.HtmlElement) -> Article | None:
    """Return the innermost element with most of the page's paragraphs.

    None where the page says itself what its article is, and where it has no paragraphs.
    """
    lengths: dict[lxml.html.HtmlElement, int] = {}
    total = 0
    for paragraph in islice(tree.iter("p"), _PARAGRAPHS):
        above = list(paragraph.iterancestors())
        length = len(" ".join(paragraph.text_content().split()))
        if length < _PARAGRAPH or any(one.tag in SURROUNDINGS for one in above):
            continue
        total += length
        for one in above:
            lengths[one] = lengths.get(one, 0) + length
    inner = [one for one, length in lengths.items() if length >= _MOST * total]
    if not inner:
        return None
    found = max(inner, key=_depth)
    return None if any(one.tag in OWN for one in (found, *found.iterancestors())) else Article.of(found)


def _depth(element: lxml.html.HtmlElement) -> int:
    return sum(1 for _ in element.iterancestors())


def title_of(tree: lxml.html.HtmlElement) -> str:
    """Return a page's title: its first heading, or of several the one with which the browser's title begins.

    Many sites put their own name on top of each page as a heading of the first level.
    """
    named = _first_words(tree.xpath("//title"))
    tops = [text for text in (_words(heading) for heading in tree.xpath("//h1")) if text]
    return next((text for text in tops if named.casefold().startswith(text.casefold())), tops[0] if tops else named)


def _first_words(elements: list[lxml.html.HtmlElement]) -> str:
    return next((text for text in map(_words, elements) if text), "")


def _words(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())
