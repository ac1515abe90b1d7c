"""Inline Markdown of one segment to the contract's HTML: `<b> <i> <br> <a>` and text, sanitised by nh3."""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

import nh3

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

TAGS = frozenset({"p", "b", "i", "br", "a"})
SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_CITATION = re.compile(r"[ \t]?\[(\d{1,3}(?:[ \t]?[,;][ \t]?\d{1,3}){0,9})\]")
_URL = re.compile(r"https?://[^\s<>\"'()\[\]]{1,2000}[^\s<>\"'()\[\].,;:!?]")
_LEFTOVER = re.compile(r"\*\*|__|~~|`+|(?<=\S)\*|\*(?=\S)|</?[a-zA-Z][^<>]{0,300}$")
_TAG = re.compile(r"<\s*(/?)\s*([a-zA-Z0-9]+)")
_RAW = {"b": "b", "strong": "b", "i": "i", "em": "i", "br": "br"}
_SILENT = ("script", "style", "iframe", "object", "svg", "template")
_MARKS = {
    "strong_open": "<b>", "strong_close": "</b>", "em_open": "<i>", "em_close": "</i>",
    "softbreak": " ", "hardbreak": "<br>",
}  # fmt: skip

Cite = Callable[[int], tuple[int, str] | None]
"""From the model's passage number to (the visitor's number, its URL or ""), None when there is no such passage."""


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # 50 ms to import: paid while the model thinks, not at start

    return MarkdownIt("commonmark", {"html": True}).enable("strikethrough")


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

    def plain(self, text: str) -> str:
        """Return HTML of text that is not Markdown (a guard's or an owner's words)."""
        return "".join(self._text(text, bold=False))

    def _tokens(self, tokens: list["Token"]) -> Iterator[str]:
        silent, links, bold = "", 0, 0
        for token in tokens:
            if token.type == "html_inline":
                silent, piece = _raw_tag(token.content, silent)
                yield piece
            elif silent:
                continue
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
            elif token.type in ("text", "code_inline", "image"):
                yield from self._text(token.content, bold=not bold, links=not links)

    def _text(self, text: str, *, bold: bool = True, links: bool = True) -> Iterator[str]:
        text = _LEFTOVER.sub("", text)
        at = 0
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

    def _words(self, text: str, *, bold: bool, links: bool) -> Iterator[str]:
        at = 0
        for found in _URL.finditer(text) if links else ():
            if self.allows(found[0]):
                yield self._emphasised(text[at : found.start()], bold=bold)
                yield f"{_open_link(found[0])}{html.escape(found[0])}</a>"
                at = found.end()
        yield self._emphasised(text[at:], bold=bold)

    def _emphasised(self, text: str, *, bold: bool) -> str:
        if not (bold and self._bold):
            return html.escape(text, quote=False)
        pieces, at = [], 0
        for found in self._bold.finditer(text):
            pieces += [
                html.escape(text[at : found.start()], quote=False),
                f"<b>{html.escape(found[0], quote=False)}</b>",
            ]
            at = found.end()
        return "".join([*pieces, html.escape(text[at:], quote=False)])

    def allows(self, url: str) -> bool:
        """Say whether the assistant may link to `url`."""
        return _comparable(url) in self._allowed


def _raw_tag(tag: str, silent: str) -> tuple[str, str]:
    """Return which element's content is being dropped after this raw tag, and what of the tag is kept."""
    found = _TAG.match(tag)
    if not found:
        return silent, ""
    closing, name = found[1], found[2].lower()
    if silent:
        return ("" if closing and name == silent else silent), ""
    if name in _SILENT:
        return ("" if closing or tag.rstrip().endswith("/>") else name), ""
    kept = _RAW.get(name)
    return "", f"<{closing}{kept}>" if kept else ""


def _open_link(url: str) -> str:
    return f'<a href="{html.escape(url)}" target="_blank">'


def _comparable(url: str) -> str:
    return url.partition("#")[0].rstrip("/").lower()
