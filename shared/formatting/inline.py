"""Inline Markdown of one segment to the contract's HTML: `<b> <i> <br> <a>` and text, sanitised by nh3."""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import nh3

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

TAGS = frozenset({"p", "b", "i", "br", "a"})
SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_CITATION = re.compile(r"[ \t]?\[(\d{1,3}(?:[ \t]?[,;][ \t]?\d{1,3}){0,9})\]")
_URL = re.compile(r"https?://[^\s<>\"'()\[\]]{1,2000}[^\s<>\"'()\[\].,;:!?*]")
_NOBODYS = "\ufffc"  # stands for an address that is left out
_AROUND_NOBODYS = re.compile(rf"[ \t]*\([ \t]*{_NOBODYS}[ \t]*\)|[ \t]*{_NOBODYS}")
# What is left of marks that were never closed.
_REFERENCE = re.compile(r"\[(?!\d{1,3}\])([^\[\]\n]{1,200})\]\[[^\[\]\n]{0,200}\]")
_BRACKETS = re.compile(r"!?\[([^\[\]\n]{0,200})\]\([^)\n]{0,2000}\)?")
_DANGLING_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,3000}$")
_LEFTOVER = re.compile(r"\*\*|__|~~|`+|(?<=\S)\*|\*(?=\S)|\\$")
_TAG = re.compile(r"<\s*(/?)\s*([a-zA-Z0-9]+)")
_RAW = {"b": "b", "strong": "b", "i": "i", "em": "i", "br": "br"}
_MARKS = {
    "strong_open": "<b>", "strong_close": "</b>", "em_open": "<i>", "em_close": "</i>",
    "softbreak": " ", "hardbreak": "<br>",
}  # fmt: skip

Cite = Callable[[int], tuple[int, str] | None]
"""From the model's passage number to (the visitor's number, its URL or ""), None when there is no such passage."""


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # 50 ms to import: paid while the model thinks, not at start

    markdown = MarkdownIt("commonmark", {"html": True}).enable("strikethrough")
    # A link to anywhere is read as a link, so that its address can be left out.
    markdown.validateLink = _any_link  # type: ignore[method-assign]
    return markdown


def _any_link(url: str) -> bool:
    return isinstance(url, str)


class InlineRenderer:
    """Renders segments for one reply.

    Args:
        allowed_urls: the only targets that become links; compared without fragment and trailing slash.
        bold: the visitor's own values, shown in bold where they are repeated.
        cite: numbers the passages in the order in which they are cited.
    """

    def __init__(self, allowed_urls: Iterable[str], bold: Iterable[str], cite: Cite) -> None:
        self._allowed = frozenset(_comparable(url) for url in allowed_urls)
        self._cite = cite
        values = sorted((value for value in bold if len(value) > 1), key=len, reverse=True)
        pattern = "|".join(re.escape(html.escape(value, quote=False)) for value in values)
        self._bold = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE) if values else None

    def render(self, text: str) -> str:
        """Return sanitised HTML of one segment, without space at its ends."""
        tokens = _markdown().parseInline(text.strip())[0].children or []
        clean = nh3.clean(
            "".join(self._tokens(tokens)),
            tags=set(TAGS),
            attributes={"a": {"href", "target"}},
            url_schemes=set(SCHEMES),
            link_rel="noopener noreferrer",
        )
        return " ".join(clean.split())

    def spoken(self, text: str) -> str:
        """Return HTML of plain text of ours, with the visitor's own values in bold."""
        text = self.plain(text)
        return self._bold.sub(r"<b>\g<0></b>", text) if self._bold else text

    @staticmethod
    def plain(text: str) -> str:
        """Return HTML of text that is not Markdown (a guard's or an owner's words, a line of code)."""
        return html.escape(text, quote=False)

    def _tokens(self, tokens: list["Token"]) -> Iterator[str]:
        links, bold = 0, 0
        for token in tokens:
            if token.type == "html_inline":
                kept = _raw_tag(token.content)
                bold += {"<b>": 1, "</b>": -1}.get(kept, 0)
                yield kept
            elif token.type in _MARKS:
                bold += {"strong_open": 1, "strong_close": -1}.get(token.type, 0)
                yield _MARKS[token.type]
            elif token.type == "link_open":
                href = str(token.attrGet("href") or "")
                links += self.allows(href)
                yield _open_link(href) if self.allows(href) else ""
            elif token.type == "link_close":
                yield "</a>" if links else ""
                links = max(0, links - 1)
            elif token.type in ("text", "image"):
                yield from self._text(token.content, bold=bold <= 0, links=not links)
            elif token.type == "code_inline":
                yield from self._words(token.content, bold=False, links=not links, code=True)

    def _text(self, text: str, *, bold: bool, links: bool) -> Iterator[str]:
        at = 0
        text = _REFERENCE.sub(r"\1", _DANGLING_TAG.sub("", text))
        for found in _CITATION.finditer(text):
            yield from self._words(text[at : found.start()], bold=bold, links=links)
            yield from self._citations(found[1], links=links)
            at = found.end()
        yield from self._words(text[at:], bold=bold, links=links)

    def _citations(self, numbers: str, *, links: bool) -> Iterator[str]:
        for number in re.findall(r"\d+", numbers):
            cited = self._cite(int(number))
            if cited:
                shown, url = cited
                yield f" {_open_link(url)}[{shown}]</a>" if url and links else f" [{shown}]"

    def _words(self, text: str, *, bold: bool, links: bool, code: bool = False) -> Iterator[str]:
        words = self.plain if code else partial(self._emphasised, bold=bold)
        at = 0
        text = self._known(text) if links else text
        for found in _URL.finditer(text):
            yield words(text[at : found.start()])
            shown = html.escape(found[0])
            yield f"{_open_link(found[0])}{shown}</a>" if links else shown
            at = found.end()
        yield words(text[at:])

    def _known(self, text: str) -> str:
        """Return the text without addresses that are nobody's: a model may have made them up, or been told them."""
        known = _URL.sub(lambda found: found[0] if self.allows(found[0]) else _NOBODYS, text)
        return _AROUND_NOBODYS.sub("", known) if known != text else text

    def _emphasised(self, text: str, *, bold: bool) -> str:
        text = html.escape(_LEFTOVER.sub("", _BRACKETS.sub(r"\1", text)), quote=False)
        return self._bold.sub(r"<b>\g<0></b>", text) if bold and self._bold else text

    def allows(self, url: str) -> bool:
        """Say whether the assistant may link to `url`."""
        return _comparable(url) in self._allowed


def _raw_tag(tag: str) -> str:
    """Return what of a raw tag is kept: the bare tag for bold, italic and line breaks, nothing for others."""
    found = _TAG.match(tag)
    kept = _RAW.get(found[2].lower()) if found else None
    return f"<{found[1]}{kept}>" if found and kept else ""


def _open_link(url: str) -> str:
    return f'<a href="{html.escape(url)}" target="_blank">'


def _comparable(url: str) -> str:
    """Return a URL without what does not matter: fragment, trailing slash, case of scheme and host."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme.lower()}:{parts.netloc.lower()}{parts.path.rstrip('/')}{query}"
