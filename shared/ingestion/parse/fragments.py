"""HTML inside of fields, as shops export it: its text alone. Whole pages are `html.py`'s."""

import re

import lxml.etree
import lxml.html

from shared.ingestion.parse.hidden import drop_hidden, in_xml
from shared.ingestion.parse.readable import readable

_MARKED_UP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);|<!--")
_ENDS_LINE = frozenset(("p", "br", "li", "div", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"))


def plain(text: str) -> str:
    """Return a field's text; when there is HTML in it, what a reader would see of that, a paragraph a line."""
    if not _MARKED_UP.search(text):
        return readable(text)
    try:
        root = lxml.html.fragment_fromstring(readable(text), create_parent="div")
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        return ""
    drop_hidden(root, stylesheets=True)
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag in _ENDS_LINE:
            element.tail = in_xml("\n" + (element.tail or ""))
    lines = (" ".join(line.split()) for line in root.text_content().split("\n"))
    return readable("\n".join(line for line in lines if line))
