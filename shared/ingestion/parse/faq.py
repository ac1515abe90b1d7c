"""Questions with their answers: two columns of a table, pairs in JSON, headings of a text. One entry a pair."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from shared.ingestion.parse import columns
from shared.ingestion.parse.catalog import loaded, shown
from shared.ingestion.parse.entries import Entries, Entry, Skipped
from shared.ingestion.parse.fragments import plain
from shared.ingestion.parse.tables import rows
from shared.ingestion.parse.unreadable import Unreadable

MAX_PAIRS = 5000
MAX_QUESTION = 500
MAX_ANSWER = 5000

_LISTS = ("pairs", "faq", "faqs", "questions", "items", "entries", "data", "mainentity")
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$")
_ASKED = re.compile(r"^\s*(?:[*_]{2})?(?:q|question|frage)\s*\d*\s*[:.)][*_\s]*(.+?)[*_]*\s*$", re.IGNORECASE)
_ANSWERED = re.compile(r"^\s*(?:[*_]{2})?(?:a|answer|antwort)\s*\d*\s*[:.)][*_\s]*(.*)$", re.IGNORECASE)
_TWO = 2

Pair = tuple[int, str, str, str]  # number, question, answer, address


def faq_table(data: bytes, delimiter: str = "") -> Entries:
    """Return the pairs of a CSV or TSV file: columns called question and answer, or two columns and no headings."""
    skipped = Skipped("row")
    return _entries(_of_table(list(rows(data, skipped, delimiter)), skipped), skipped)


def faq_json(data: bytes) -> Entries:
    """Return the pairs of a JSON file: objects with question and answer, lists of two, or an object q -> a."""
    skipped = Skipped("item")
    try:
        return _entries(_of_json(loaded(data), skipped), skipped)
    except (RecursionError, ValueError):
        raise Unreadable("the JSON cannot be read") from None


def faq_text(text: str) -> Entries:
    """Return the pairs of Markdown: `Q:` and `A:` lines, else each heading with the text below it."""
    skipped = Skipped("line")
    lines = text.splitlines()
    lettered = any(_ASKED.match(line) for line in lines) and any(_ANSWERED.match(line) for line in lines)
    return _entries(_of_lines(lines, skipped) if lettered else _of_headings(lines, skipped), skipped)


def is_faq(names: Iterable[str]) -> bool:
    """Say whether columns or fields of these names are questions and answers."""
    keys = {columns.key_of(name) for name in names}
    return bool(columns.chosen(columns.QUESTION, keys) and columns.chosen(columns.ANSWER, keys))


def _entries(pairs: Iterable[Pair], skipped: Skipped) -> Entries:
    """Return the pairs that are whole and not too long, each question once."""
    found: dict[str, Entry] = {}
    for number, asked, answered, url in pairs:
        question, answer = " ".join(plain(asked).split()), plain(answered)
        reason = _wrong(question, answer)
        if reason:
            skipped.add(number, reason)
            continue
        found.setdefault(f"{question}\n{answer}".casefold(), Entry(question, url, f"{question}\n{answer}"))
        if len(found) > MAX_PAIRS:
            raise Unreadable(f"there are more than {MAX_PAIRS} questions")
    if not found:
        raise Unreadable(f"there are no questions with answers in it{''.join(f' ({x})' for x in skipped.note(0))}")
    return Entries(tuple(found.values()), skipped.note(len(found)))


def _wrong(question: str, answer: str) -> str:
    if not question or not answer:
        return "has no answer" if question else "has no question"
    if len(question) > MAX_QUESTION or len(answer) > MAX_ANSWER:
        longer, most = ("question", MAX_QUESTION) if len(question) > MAX_QUESTION else ("answer", MAX_ANSWER)
        return f"has {'an' if longer == 'answer' else 'a'} {longer} of more than {most} characters"
    return ""


def _of_table(table: list[tuple[int, list[str]]], skipped: Skipped) -> Iterator[Pair]:
    if not table:
        return
    keys = [columns.key_of(cell) for cell in table[0][1]]
    asked, answered = columns.chosen(columns.QUESTION, keys), columns.chosen(columns.ANSWER, keys)
    linked = columns.chosen(columns.LINK, keys) if asked and answered else ""
    if asked and answered:
        places, table = (keys.index(asked), keys.index(answered)), table[1:]
    elif len(table[0][1]) == _TWO:
        places = (0, 1)
    else:
        raise Unreadable("the table needs a column of questions and one of answers")
    for number, cells in table:
        if len(cells) > max(len(keys), _TWO) and any(cell.strip() for cell in cells[len(keys) :]):
            skipped.add(number, f"has {len(cells)} cells for {len(keys)} columns")
            continue
        filled = cells + [""] * len(keys)
        yield number, filled[places[0]], filled[places[1]], filled[keys.index(linked)] if linked else ""


def _of_json(content: Any, skipped: Skipped) -> Iterator[Pair]:  # noqa: ANN401 - any JSON value
    if isinstance(content, dict):
        held = {columns.key_of(key): value for key, value in content.items()}
        listed = next((held[key] for key in _LISTS if isinstance(held.get(key), list)), None)
        content = listed if listed is not None else [content] if is_faq(content) else list(map(list, content.items()))
    if not isinstance(content, list):
        raise Unreadable("the JSON is not a list of questions and answers")
    for number, item in enumerate(content, 1):
        if isinstance(item, list) and len(item) == _TWO:
            yield number, shown(item[0]), shown(item[1]), ""
        elif isinstance(item, dict):
            held = {columns.key_of(key): value for key, value in item.items()}
            asked, answered = (held.get(columns.chosen(names, held)) for names in (columns.QUESTION, columns.ANSWER))
            yield number, shown(asked), shown(answered), shown(held.get(columns.chosen(columns.LINK, held)))
        else:
            skipped.add(number, "is not a question with an answer")


def _of_headings(lines: list[str], skipped: Skipped) -> Iterator[Pair]:
    """Yield each heading with what is below it; a heading with nothing but headings below is a chapter."""
    start, question, answer = 0, "", list[str]()
    for number, line in enumerate([*lines, "# "], 1):
        heading = _HEADING.match(line) or (line == "# " and number > len(lines))
        if not heading:
            answer.append(line)
            continue
        if any(text.strip() for text in answer):
            if question:
                yield start, question, "\n".join(answer), ""
            else:
                skipped.add(number - len(answer), "and what follows belongs to no question")
        start, answer = number, []
        question = heading[2].strip("* ") if isinstance(heading, re.Match) else ""


def _of_lines(lines: list[str], skipped: Skipped) -> Iterator[Pair]:
    """Yield the pairs of `Q: ...` and `A: ...`, over as many lines as they take."""
    start, question, answer = 0, "", list[str]()
    for number, line in enumerate(lines, 1):
        asked, answered = _ASKED.match(line), _ANSWERED.match(line)
        if asked:
            if question:
                yield start, question, "\n".join(answer), ""
            start, question, answer = number, asked[1], []
        elif answered and question:
            answer.append(answered[1])
        elif question and not _HEADING.match(line):
            answer.append(line)
        elif line.strip() and not _HEADING.match(line):
            skipped.add(number, "belongs to no question")
    if question:
        yield start, question, "\n".join(answer), ""
