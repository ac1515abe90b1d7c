"""Takes out of a site's pages what nearly all of them say: menus, banners, footers. By frequency alone. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from shared.domain.knowledge import Document

MIN_PAGES = 8
SHARE = 0.5  # of the pages: a sentence
SHARE_SHORT = 0.9  # a few words, or anything with a number in it
MIN_RUN = 3  # that many short lines after each other are a menu, fewer may be a price or a label
_SENTENCE = 40
_DIGIT = re.compile(r"\d")

Page = tuple[Document, ...]


def without_repeated(pages: Sequence[Page]) -> list[Page]:
    """Return the pages without the blocks that most of them repeat; the first page that has a block keeps it.

    A block is a line, or a whole table. A heading goes when all below it goes. A page that would have nothing left
    stays as it is, and so do products, questions and files: only the texts of pages are looked at.
    """
    texts = [_blocks(document.text) for page in pages for document in page if document.kind == "page"]
    if len(texts) < MIN_PAGES:
        return list(pages)
    counts = Counter(block for text in texts for block in set(text))
    often = {block for block, count in counts.items() if count > len(texts) * _share(block)}
    said: set[str] = set()
    return [tuple(_stripped(document, often, said) for document in page) for page in pages]


def _stripped(document: Document, often: set[str], said: set[str]) -> Document:
    """Return a page's text without what is said often and was `said` by a page before; adds what this one says."""
    if document.kind != "page" or not often:
        return document
    blocks = _blocks(document.text)
    kept = _kept(blocks, [block in said for block in blocks])
    said |= often & set(blocks)
    left = [block for block, stays in zip(blocks, kept, strict=True) if stays]
    if len(left) == len(blocks) or all(block.startswith("#") for block in left):
        return document
    return replace(document, text="\n".join(left))


def _kept(blocks: list[str], repeated: list[bool]) -> list[bool]:
    """Say which blocks stay: of the repeated ones those that stand alone and are short, and headings of what stays."""
    kept = [not each for each in repeated]
    start = 0
    for end in range(len(blocks) + 1):
        if end < len(blocks) and repeated[end]:
            continue
        for place in range(start, end):
            kept[place] = end - start < MIN_RUN and len(blocks[place]) < _SENTENCE
        start = end + 1
    for place in reversed(range(len(blocks))):
        if repeated[place] and blocks[place].startswith("#"):
            kept[place] = _holds(blocks, kept, place)
    return kept


def _holds(blocks: list[str], kept: list[bool], heading: int) -> bool:
    """Say whether anything stays in a heading's section."""
    for place in range(heading + 1, len(blocks)):
        if 0 < _level(blocks[place]) <= _level(blocks[heading]):
            return False
        if kept[place]:
            return True
    return False


def _level(block: str) -> int:
    return len(block) - len(block.lstrip("#"))


def _blocks(text: str) -> list[str]:
    """Return the lines that are not empty; a table is one block, and so is what stands between code fences."""
    blocks: list[str] = []
    fenced = in_table = False
    for line in text.splitlines():
        row, fence = line.lstrip().startswith("|"), line.lstrip().startswith("```")
        if fenced or (row and in_table):
            blocks[-1] += f"\n{line}"
        elif line.strip():
            blocks.append(line)
        fenced ^= fence
        in_table = row
    return blocks


def _share(block: str) -> float:
    return SHARE_SHORT if len(block) < _SENTENCE or _DIGIT.search(block) else SHARE
