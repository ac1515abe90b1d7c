"""Reads the prompt: which passages and facts it holds, and what the visitor asks.

Pure. It must never take a passage from the visitor's own message when the prompt keeps the two apart.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from local.gemini.request import Content, GenerateRequest
from local.gemini.words import DAYS, fold

# The closing tag must carry the opening tag's mark, so page text cannot end its own passage.
_BLOCK = re.compile(
    r"<(?P<tag>[a-z_]+)[ ](?P<mark>\w+)(?P<attributes>(?:\s+[\w-]+=\"[^\"]*\")*)\s*>"
    r"(?P<text>.*?)</(?P=tag)[ ](?P=mark)>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")
_NOW = re.compile(r"^\s*(?:now|today)\s*:\s*(.+)$", re.MULTILINE | re.IGNORECASE)
_ASKED = re.compile(r"\b(?:question|message|user|visitor)\s*:\s*(?P<text>[^\n]+)\s*$", re.IGNORECASE)
_NAME = re.compile(r"^\s*(?:name|business|business name)\s*:\s*(.+)$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Passage:
    """Text the answer may be taken from; `n` is its citation number, None for plain facts."""

    text: str
    n: int | None = None
    title: str = ""


@dataclass(frozen=True)
class Prompt:
    """The prompt as read. `earlier` holds the visitor's earlier messages, oldest first."""

    message: str
    passages: tuple[Passage, ...] = ()
    earlier: tuple[str, ...] = ()
    last_reply: str = ""
    today: str | None = None
    business: str = ""

    @property
    def said(self) -> str:
        """Everything the visitor said, newest first, one message per line."""
        return "\n".join((self.message, *reversed(self.earlier)))


def read(request: GenerateRequest) -> Prompt:
    """Splits the request into passages, history and the current message."""
    position = _last_question(request.contents)
    context, message = _split(request.contents[position])
    context = f"{request.system}\n{context}"
    blocks = list(_BLOCK.finditer(context))
    history = request.contents[:position]
    return Prompt(
        message=message,
        passages=tuple(_passages(blocks)) or _unmarked(context, request.contents[position]),
        earlier=tuple(said for said in map(_said, history) if said),
        last_reply=next((turn.text for turn in reversed(history) if turn.role == "model" and turn.text), ""),
        today=_today(context),
        business=_business(blocks),
    )


def passages_in(text: str) -> tuple[Passage, ...]:
    """The marked passages of a text, such as a tool's answer."""
    return tuple(_passages(list(_BLOCK.finditer(text))))


def _last_question(contents: tuple[Content, ...]) -> int:
    """Index of the last user turn that is text, not function responses."""
    indexes = [n for n, turn in enumerate(contents) if turn.role == "user" and not turn.responses]
    return indexes[-1] if indexes else len(contents) - 1


def _said(turn: Content) -> str:
    """What the visitor typed in a turn: its last text part, whatever context stands before it."""
    if turn.role != "user" or turn.responses:
        return ""
    texts = [part.text for part in turn.parts if part.text]
    return texts[-1].strip() if texts else ""


def _split(turn: Content) -> tuple[str, str]:
    """Context and message of the current turn; a single part may hold both."""
    texts = [part.text for part in turn.parts if part.text is not None]
    if not texts:
        return "", ""
    if len(texts) > 1:
        return "\n".join(texts[:-1]), texts[-1].strip()
    blocks = list(_BLOCK.finditer(texts[0]))
    rest = texts[0][blocks[-1].end() :] if blocks else texts[0]
    asked = _ASKED.search(rest)
    message = asked["text"] if asked else rest
    return (texts[0] if blocks else ""), message.strip()


def _passages(blocks: list[re.Match[str]]) -> Iterator[Passage]:
    for block in blocks:
        attributes = dict(_ATTRIBUTE.findall(block["attributes"]))
        if block["tag"] == "passage" and attributes.get("n", "").isdigit():
            title = html.unescape(attributes.get("title", ""))
            yield Passage(block["text"].strip(), int(attributes["n"]), title)
        elif block["tag"] in {"business", "facts", "document"}:
            yield Passage(block["text"].strip())


def _unmarked(context: str, turn: Content) -> tuple[Passage, ...]:
    """A prompt of another make: whatever stands before 'Question:' is the text to answer from."""
    texts = [part.text for part in turn.parts if part.text]
    if len(texts) != 1 or not (asked := _ASKED.search(texts[0])):
        return ()
    before = texts[0][: asked.start()].strip()
    return (Passage(before),) if before and not _BLOCK.search(context) else ()


def _today(context: str) -> str | None:
    now = _NOW.search(context)
    return next((day for day in DAYS if day in fold(now[1])), None) if now else None


def _business(blocks: list[re.Match[str]]) -> str:
    for block in blocks:
        if block["tag"] != "business":
            continue
        attributes = dict(_ATTRIBUTE.findall(block["attributes"]))
        name = _NAME.search(block["text"])
        if found := attributes.get("name") or (name[1] if name else ""):
            return html.unescape(found).strip()
    return ""
