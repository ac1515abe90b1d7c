"""Finds what a page's own text stands in, and its title, where the page does not say so. Pure; it extracts nothing."""

import copy
import re
from itertools import islice

import lxml.html

OWN = ("article", "main")
_AROUND = frozenset(("nav", "footer", "aside", "header", "form"))
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


def core(tree: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
    """Return a copy of the innermost element with most of the page's paragraphs, as an article in a page of its own.

    None where the page says itself what its article is, and where it has no paragraphs.
    """
    lengths: dict[lxml.html.HtmlElement, int] = {}
    total = 0
    for paragraph in islice(tree.iter("p"), _PARAGRAPHS):
        above = list(paragraph.iterancestors())
        length = len(" ".join(paragraph.text_content().split()))
        if length < _PARAGRAPH or any(one.tag in _AROUND for one in above):
            continue
        total += length
        for one in above:
            lengths[one] = lengths.get(one, 0) + length
    inner = [one for one, length in lengths.items() if length >= _MOST * total]
    if not inner:
        return None
    found = max(inner, key=_depth)
    if any(one.tag in OWN for one in (found, *found.iterancestors())):
        return None
    article = copy.deepcopy(found)
    article.tag, article.tail = OWN[0], None
    article.attrib.clear()
    page = lxml.html.document_fromstring("<html><body></body></html>")
    page.body.append(article)
    return page


def _depth(element: lxml.html.HtmlElement) -> int:
    return sum(1 for _ in element.iterancestors())


def headings(tree: lxml.html.HtmlElement) -> int:
    """Return how many headings with words stand in a tree, below the first level."""
    return sum(1 for heading in tree.iter(*_HEADINGS) if heading.text_content().strip())


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
