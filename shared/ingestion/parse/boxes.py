"""Lays a page's words out in lines and paragraphs as a browser does. Pure; it changes the tree that it is given.

trafilatura looks for words in paragraphs, headings, lists and tables. What stands beside these it drops or glues: a
line of text above a heading, an answer straight in `details`, a question that is a button. So those are put into boxes.
"""

import re
from itertools import islice

import lxml.etree
import lxml.html

from shared.ingestion.parse.content import SURROUNDINGS, letters

_BLANKS = re.compile(r"[ \t\n\r\f]+")
_NO_XML = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # lxml reads it and does not take it back
_AS_WRITTEN = "//pre | //textarea | //*[contains(@style, 'white-space') and contains(@style, 'pre')]"

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Their loose words are paragraphs. Not those of list items and cells: these are boxes themselves.
_HOLDERS = ("body", "main", "article", "section", "div", "details", "blockquote", "fieldset", "center")
_BLOCKS = frozenset(
    (
        *_HOLDERS, *_HEADINGS, *SURROUNDINGS, "address", "dialog", "dd", "dl", "dt", "figcaption", "figure", "hgroup",
        "hr", "legend", "li", "menu", "ol", "p", "pre", "search", "summary", "table", "ul",
        "script", "style", "noscript", "template", "iframe", "object", "video", "audio", "canvas", "svg", "math",
    )
)  # fmt: skip
_QUESTION_WORDS = 3  # of a button that unfolds something: fewer are a menu's
_TERM_CHARS = 80
_DEEPEST = 6
SAYING = ("tel:", "mailto:")
"""Links that are what they say, and lead to no page."""
_LINKS = 2  # in a line: more are a list of them
_WORD = re.compile(r"\w")


def lay_out(tree: lxml.html.HtmlElement) -> None:
    """Put all words of a page into boxes; the order of the words stays."""
    _unwrap(tree)
    _name_headings(tree)
    _name_buttons(tree)
    for element in tree.xpath("//table/caption"):
        element.tag = "p"
        element.getparent().addprevious(element)
    for element in tree.iter("figure", "figcaption", "address", "legend"):
        element.tag = "div"
    for terms in list(tree.iter("dl")):
        _pair(terms)
    for holder in list(tree.iter(*_HOLDERS)):
        _box_loose_words(holder)


def unlink(tree: lxml.html.HtmlElement) -> None:
    """Make text of links that are part of what is said: trafilatura takes a place with many links for a menu."""
    for link in tree.xpath("//a"):
        if not _WORD.search(link.text_content()):
            link.drop_tree()
        elif link.get("href", "").lower().startswith(SAYING):
            link.drop_tag()
    for paragraph in tree.iter("p"):
        links = list(islice(paragraph.iter("a"), _LINKS + 1))
        if 0 < len(links) <= _LINKS and _has_words_beside_links(paragraph):
            for link in links:
                link.drop_tag()


def _unwrap(tree: lxml.html.HtmlElement) -> None:
    """Make each run of blanks one: where a line of the source ends says nothing.

    To trafilatura code with two lines is a block, and its fence in the middle of a sentence hides all headings below.
    """
    kept = {inner for element in tree.xpath(_AS_WRITTEN) for inner in element.iter()}
    for element in tree.iter():
        if element.text and element not in kept:
            element.text = _one_line(element.text)
        if element.tail and element.getparent() not in kept:
            element.tail = _one_line(element.tail)
    for end in tree.iter("br"):
        if end not in kept:
            end.tail = f" {end.tail or ''}"  # where words are put together it is one blank at least


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", _NO_XML.sub("", text))


def _name_headings(tree: lxml.html.HtmlElement) -> None:
    """Make headings of what acts as one, and plain text of what is in them."""
    for heading in tree.xpath("//*[@role='heading']"):
        if heading.tag not in _HEADINGS:
            level = heading.get("aria-level", "2")
            heading.tag = f"h{min(max(int(level), 1), _DEEPEST)}" if level.isdecimal() else "h2"
    for heading in tree.iter(*_HEADINGS):
        if len(heading) and not any(inner.tag in _BLOCKS for inner in heading.iterdescendants()):
            words = " ".join(heading.text_content().split())
            heading.clear(keep_tail=True)
            heading.text = words


def _name_buttons(tree: lxml.html.HtmlElement) -> None:
    """Keep the buttons that unfold an answer: they are its question."""
    for button in tree.xpath("//button"):
        if any(above.tag in ("summary", "dt", *_HEADINGS) for above in button.iterancestors()):
            button.drop_tag()
        elif _unfolds(button):
            button.tag = "h4"


def _unfolds(button: lxml.html.HtmlElement) -> bool:
    """Say whether a button is the heading of an answer that it shows."""
    named = button.get("aria-controls") is not None or button.get("aria-expanded") is not None
    words = len(button.text_content().split())
    return named and words >= _QUESTION_WORDS and not any(above.tag in SURROUNDINGS for above in button.iterancestors())


def _pair(terms: lxml.html.HtmlElement) -> None:
    """Make a list of short terms, and what is said of each, a list with both in one item: no chunk ends in between."""
    parts = terms.xpath("./dt | ./dd | ./div/dt | ./div/dd")
    if not parts or parts[0].tag != "dt" or any(map(_is_long, parts)):
        return
    if letters(terms.text_content()) != sum(letters(part.text_content()) for part in parts):
        return  # there is more than terms and what is said of them
    items: list[tuple[str, list[str]]] = []
    for part in parts:
        text = " ".join(part.text_content().split())
        if part.tag == "dt":
            items.append((text.rstrip(":"), []))
        elif text:
            items[-1][1].append(text)
    tail = terms.tail
    terms.clear()
    terms.tag, terms.tail = "ul", tail
    for term, said in items:
        lxml.etree.SubElement(terms, "li").text = f"{term}: {'; '.join(said)}" if said else term


def _is_long(part: lxml.html.HtmlElement) -> bool:
    return any(inner.tag in _BLOCKS for inner in part.iterdescendants()) or (
        part.tag == "dt" and letters(part.text_content()) > _TERM_CHARS
    )


def _box_loose_words(holder: lxml.html.HtmlElement) -> None:
    """Put words that stand in no block of their own into paragraphs, with the inline elements among them."""
    boxes: list[lxml.html.HtmlElement] = []
    run = _paragraph(holder, holder.text)
    for child in list(holder):
        if _is_block(child):
            boxes += [*_boxed(run), child]
            run, child.tail = _paragraph(holder, child.tail), None
        else:
            run.append(child)
    holder.text = None
    holder[:] = [*boxes, *_boxed(run)]


def _paragraph(holder: lxml.html.HtmlElement, text: str | None) -> lxml.html.HtmlElement:
    paragraph = holder.makeelement("p")
    paragraph.text = text
    return paragraph


def _boxed(run: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """Return a paragraph, or what is in one that has no words beside links: trafilatura takes that for a menu."""
    return [run] if _has_words_beside_links(run) else list(run)


def _has_words_beside_links(element: lxml.html.HtmlElement) -> bool:
    return any(_WORD.search(text) for text in element.xpath(".//text()[not(ancestor::a)]"))


def _is_block(element: lxml.html.HtmlElement) -> bool:
    return element.tag in _BLOCKS or any(inner.tag in _BLOCKS for inner in element.iterdescendants())
