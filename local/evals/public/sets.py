"""Loads the public sets of questions and answers that are kept here. It measures nothing."""

import json
from pathlib import Path

from local.evals.golden.sets import GoldenSet, Question
from shared.domain.knowledge import Document
from shared.ingestion.chunk import chunk_document

FOLDER = Path(__file__).parent
PUBLIC = (FOLDER / "documentation-faq.json",)


def load_public(path: Path) -> GoldenSet:
    """Return a set whose passages are the answers alone, cut as a build would.

    Raises:
        OSError: the file is not there.
        ValueError: it is of another format, or an entry lacks something.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    if data.get("format") != 1:
        raise ValueError(f"{path.name} is of no known format")
    try:
        documents = [Document(one["id"], one["title"], one["answer"], "") for one in data["entries"]]
        asked: dict[str, set[str]] = {}
        for one in data["entries"]:
            asked.setdefault(one["question"], set()).add(one["id"])
        chunks = [chunk for document in documents for chunk in chunk_document(document)]
        # The first id names the question: phrasings of one question would share it.
        questions = [Question(min(ids), "plain", (text,), frozenset(ids)) for text, ids in asked.items()]
        return GoldenSet(data["name"], data["language"], chunks, questions)
    except KeyError as error:
        raise ValueError(f"{path.name} has an entry without {error}") from None
