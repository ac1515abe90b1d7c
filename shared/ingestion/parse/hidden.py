"""Takes out of a page what its visitors do not see, as far as markup and inline styles tell; reads no stylesheet.

Hidden text is where injected instructions are found in the wild; what nobody sees, nobody misses.
"""

import re
from dataclasses import dataclass, replace

import lxml.html

from shared.ingestion.parse.colours import Colour, colour, is_clear, near

_NEVER_SEEN = frozenset(
    ("script", "style", "template", "noscript", "object", "iframe", "canvas", "svg", "audio", "video", "datalist")
)
_KEPT = frozenset(("html", "body"))  # sites hide these until their scripts have run
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|vw|vh|%|)$")
_FAR = -500.0  # pixels, or half as many letters
_TINY = 2.0  # pixels or points
_ENTERING = ("transform", "transition", "animation", "will-change")  # what starts unseen and then slides in
_OUTSIDE = re.compile(
    r"rect\(\s*[01](px)?[\s,]+[01](px)?[\s,]+[01](px)?[\s,]+[01](px)?\s*\)|inset\(\s*(50|100)%|circle\(\s*0"
)

_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Style = dict[str, str]


@dataclass(frozen=True)
class _Seen:
    """How text is drawn here, where inline styles tell; None is not known."""

    colour: Colour | None
    background: Colour | None
    clear: bool = False
    tiny: bool = False

    @property
    def hidden(self) -> bool:
        """Nobody can read it."""
        if self.clear or self.tiny:
            return True
        return bool(self.colour and self.background and near(self.colour, self.background))


def drop_hidden(root: lxml.html.HtmlElement, *, stylesheets: bool) -> None:
    """Empty comments, elements that are not shown and text in the colour of what is behind it.

    Args:
        root: changed in place; itself it stays.
        stylesheets: whether some style may come from elsewhere, so that colours are known only where they are inline.
    """
    for element in list(root.iter()):
        if element is not root and (not isinstance(element.tag, str) or _unseen(element)):
            _empty(element)
    black, white = (0, 0, 0), (255, 255, 255)
    waiting = [(root, _Seen(None, None) if stylesheets else _Seen(black, white))]
    while waiting:
        element, inherited = waiting.pop()
        seen = _drawn(element, inherited, stylesheets=stylesheets)
        if seen.hidden:
            element.text = None
            for child in element:
                child.tail = None
        waiting += [(child, seen) for child in element]


def in_xml(text: str) -> str:
    """Return `text` without what lxml reads from HTML but takes from nobody: controls, surrogates, non-characters."""
    return _NOT_IN_XML.sub("", text)


def _empty(element: lxml.html.HtmlElement) -> None:
    """Make nothing of an element but its place: moving the text behind it would take the square of a page's length."""
    if not isinstance(element.tag, str):
        element.text = ""
        return
    element.clear(keep_tail=True)
    element.tag = "span"


def _unseen(element: lxml.html.HtmlElement) -> bool:
    if element.tag in _KEPT:
        return False
    if element.tag in _NEVER_SEEN or "hidden" in element.attrib:
        return True
    if (element.get("aria-hidden") or "").strip().lower() == "true":
        return True
    if element.tag == "dialog" and "open" not in element.attrib:
        return True
    return "style" in element.attrib and _styled_away(_style_of(element))


def _styled_away(style: Style) -> bool:
    """Say whether a style shows nothing: switched off, without size, or far outside."""
    if style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse"):
        return True
    if _is_zero(style.get("opacity")) and not any(name in style for name in _ENTERING):
        return True
    clipped = style.get("overflow", style.get("overflow-y", "")) in ("hidden", "clip")
    if clipped and any(_at_most(style.get(name), 1) for name in ("width", "height", "max-height", "max-width")):
        return True
    if _OUTSIDE.search(style.get("clip", "") + style.get("clip-path", "")):
        return True
    if "scale(0)" in style.get("transform", "").replace(" ", ""):
        return True
    away = ("text-indent", "left", "right", "top", "bottom", "margin-left", "margin-top")
    return any(_at_most(style.get(name), _FAR) for name in away)


def _drawn(element: lxml.html.HtmlElement, inherited: _Seen, *, stylesheets: bool) -> _Seen:
    """Return how an element's own text is drawn. A class may mean anything, where there are stylesheets."""
    seen = inherited
    if stylesheets and (element.get("class") or element.get("id")):
        seen = _Seen(None, None)
    style = _style_of(element)
    painted = style.get("background-color") or style.get("background") or element.get("bgcolor")
    if painted:
        seen = replace(seen, background=colour(painted))
    written = style.get("color") or (element.get("color") if element.tag == "font" else None)
    if written:
        seen = replace(seen, colour=colour(written), clear=is_clear(style))
    size = style.get("font-size")
    return replace(seen, tiny=_at_most(size, _TINY) and not size.endswith(("em", "%"))) if size else seen


def _style_of(element: lxml.html.HtmlElement) -> Style:
    """Return an element's inline style, names and values in small letters."""
    text = _COMMENT.sub("", element.get("style") or "").lower().replace("!important", "")
    pairs = (declaration.partition(":") for declaration in text.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if value.strip()}


def _is_zero(value: str | None) -> bool:
    return _at_most(value, 0)


def _at_most(value: str | None, limit: float) -> bool:
    """Say whether a length is a number and not above the limit; `em` and the like count as ten pixels."""
    found = _LENGTH.match(value or "")
    if not found:
        return False
    return float(found[1]) * (10 if found[2] in ("em", "rem", "vw", "vh", "%") else 1) <= limit
