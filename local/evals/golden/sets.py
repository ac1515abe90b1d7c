"""Loads a golden set, or a public one in BEIR's form, and says which passages answer. It measures nothing."""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.demo.serve import SITE, Website
from shared.domain.knowledge import Chunk, Document
from shared.ingestion.chunk import chunk_document
from shared.ingestion.parse.registry import parse_file
from shared.ingestion.unsaid import Unsaid

DEMO = Path(__file__).parent / "juniper-street-cycles.json"
ORIGIN = "https://demo.example"
_NOT_CRAWLED = "/staff"
_KINDS = (".html", ".pdf")


@dataclass(frozen=True)
class Question:
    """One phrasing. `turns`: the conversation that ends with it. No `pages`: nothing answers it."""

    id: str
    kind: str
    turns: tuple[str, ...]
    pages: frozenset[str] = frozenset()
    facts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is asked now."""
        return self.turns[-1]


@dataclass(frozen=True)
class GoldenSet:
    """Questions about chunks, which are in reading order."""

    name: str
    language: str
    chunks: Sequence[Chunk]
    questions: Sequence[Question]
    unanswerable: Sequence[Question] = ()
    dialogues: Sequence[Question] = ()

    def answering(self, question: Question) -> frozenset[int]:
        """Return the places of the chunks that answer."""
        return frozenset(place for place, chunk in enumerate(self.chunks) if answers(question, chunk))


def page(url: str) -> str:
    """Return the path of a page as golden sets name it."""
    return url.removeprefix(ORIGIN).partition("#")[0]


def answers(question: Question, chunk: Chunk) -> bool:
    """Return whether a passage is of an expected page and holds an expected fact."""
    if page(chunk.url) not in question.pages:
        return False
    text = f"{chunk.label}\n{chunk.text}".casefold()
    return not question.facts or any(_says(text, fact.casefold()) for fact in question.facts)


def _says(text: str, fact: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(fact)}(?!\w)", text) is not None


def demo_chunks() -> list[Chunk]:
    """Return the chunks of the demo website, in the order of its addresses; no server is needed."""
    unsaid = Unsaid()
    return [
        chunk
        for path, file in sorted(Website(SITE).addresses().items())
        if file.suffix in _KINDS and not path.startswith(_NOT_CRAWLED)
        for document in unsaid.of(
            parse_file(file.read_bytes(), file.suffix[1:], name=file.name, url=ORIGIN + path, fetched_at="")
        )
        for chunk in chunk_document(document)
    ]


def load(path: Path, chunks: Sequence[Chunk]) -> GoldenSet:
    """Return a golden set about these chunks; ValueError when it is of another format or a question has no answer."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if data.get("format") != 1:
        raise ValueError(f"{path.name} is of no known format")
    found = GoldenSet(
        data["business"], data["language"], chunks,
        [one for item in data["questions"] for one in _phrasings(item)],
        [Question(item["id"], "unanswerable", (text,)) for item in data["unanswerable"] for text in item["ask"]],
        [_dialogue(item) for item in data["dialogues"]],
    )  # fmt: skip
    for question in (*found.questions, *found.dialogues):
        if not found.answering(question):
            raise ValueError(f"no chunk answers '{question.id}'")
    return found


def _phrasings(item: Mapping[str, object]) -> Iterator[Question]:
    asked = item["ask"]
    assert isinstance(asked, dict)
    for kind, texts in asked.items():
        for text in texts:
            yield _question(item, kind, (text,))


def _dialogue(item: Mapping[str, object]) -> Question:
    turns = item["turns"]
    assert isinstance(turns, list)
    return _question(item, "follow-up" if item["follows"] else "new subject", tuple(turns))


def _question(item: Mapping[str, object], kind: str, turns: tuple[str, ...]) -> Question:
    pages, facts = item["pages"], item["facts"]
    assert isinstance(pages, list)
    assert isinstance(facts, list)
    return Question(str(item["id"]), kind, turns, frozenset(pages), tuple(facts))


def load_beir(folder: Path, language: str = "en") -> GoldenSet:
    """Return a public set in BEIR's form; OSError or ValueError when it is not there or not one."""
    try:
        chunks = [chunk for document in _documents(folder / "corpus.jsonl") for chunk in chunk_document(document)]
        asked = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
        wanted: dict[str, set[str]] = {}
        with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if int(row["score"]) > 0:
                    wanted.setdefault(row["query-id"], set()).add(row["corpus-id"])
        questions = [Question(one, "plain", (asked[one],), frozenset(pages)) for one, pages in wanted.items()]
    except KeyError as error:
        raise ValueError(f"{folder.name} has no {error}") from None
    present = {chunk.url for chunk in chunks}
    return GoldenSet(folder.name, language, chunks, [one for one in questions if one.pages & present])


def _documents(path: Path) -> Iterator[Document]:
    for row in _rows(path):
        yield Document(row["_id"], row.get("title", ""), row["text"], "")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())
