"""Finds the passages that may answer the question, and the intent, by one embedding. Without knowledge it says so."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.capture.masking import mask
from shared.domain.errors import ModelUnavailable, StorageUnavailable
from shared.domain.fields import FieldValue
from shared.domain.knowledge import Asked, Found, Passage, Space
from shared.domain.prices import tokens_of
from shared.domain.session import Session
from shared.domain.understanding import IntentMatch
from shared.engine.scene import Scene
from shared.engine.timings import Timings
from shared.logs import event
from shared.ports import Embedded, Model, Senses, Vector
from shared.retrieval.evidence import NOTHING
from shared.retrieval.followup import standalone

_log = logging.getLogger(__name__)
_MAX_QUERY_CHARS = 1000
_REPEATED_CHARS = 200  # longer messages are not said twice
_SENTENCE = re.compile(r"[^.!?؟\n]*(?:[.!?؟](?!\s)[^.!?؟\n]*)*[.!?؟\n]?")
_SAYS_WHO = re.compile(r"@|\d[\d\s()./-]{4,}\d")  # an address, or a number that somebody may be found by
_NO_MATCH = IntentMatch()
_NOT_FOUND = Found()


@dataclass(frozen=True)
class Question:
    """What of a message is its question. `details` are words in which the visitor told of themselves: no part of it."""

    details: Sequence[str] = ()
    language: str = ""


@dataclass(frozen=True)
class Retrieved:
    """What was found.

    Args:
        passages: best first; none when an answer among them is too unlikely for anybody to try.
        urls: all of the index: the reply may link to them.
        match: the intent.
        degraded: knowledge is missing.
        embedded: about how many tokens were embedded for it.
        found: what the search returned, for those who show it.
        asked: what was searched for; None: nothing was.
        fresh: the message, when its embedding is worth keeping for whoever asks the same.
    """

    passages: tuple[Passage, ...] = ()
    urls: frozenset[str] = frozenset()
    match: IntentMatch = _NO_MATCH
    degraded: bool = False
    embedded: int = 0
    found: Found = _NOT_FOUND
    asked: Asked | None = None
    fresh: Embedded | None = None


class NoKnowledge:
    """Nothing to search, so that nothing is embedded: the `Knowledge` of a turn that must not, or need not."""

    def index(self, business_id: str, build: str | None, *, use_default: bool) -> None:  # noqa: ARG002
        """See `Knowledge.index`."""
        return


def retrieve(scene: Scene, question: Question, build: str | None, senses: Senses, timings: Timings) -> Retrieved:
    """Return the best passages for the message, as it is and as a question that stands alone.

    A follow-up ("and on Saturdays?") means nothing alone, so what it leans on is put in front of it; both forms are
    embedded in one call and the better score of each passage counts. The intent is read off the message alone.
    """
    tenant = scene.tenant
    try:
        with timings.part("index"):
            index = senses.knowledge.index(tenant.id, build, use_default=tenant.config.knowledge.use_default_index)
        if index is None:
            return Retrieved()
        texts = queries(scene.session, without_details(scene.message.text, question.details))
        with timings.part("embed"):
            vectors, embedded = _vectors(texts, index.space, scene.embedded, senses.model)
        with timings.part("search"):
            asked = Asked(texts, vectors, question.language, index.space)
            found = index.search(asked, tenant.config.knowledge.top_k)
            match = index.intents.match(vectors[0]) if index.intents else _NO_MATCH
    except (StorageUnavailable, ModelUnavailable) as error:
        event(_log, "knowledge_unavailable", logging.WARNING, code=error.code)
        return Retrieved(degraded=True)
    fresh = _fresh(scene, question, Embedded(texts[0], index.space, vectors[0])) if texts[0] in embedded else None
    tokens = sum(tokens_of(len(text)) for text in embedded)
    return Retrieved(_likely(found), index.urls, match, embedded=tokens, found=found, asked=asked, fresh=fresh)


def _vectors(
    texts: list[str], space: Space, known: Embedded | None, model: Model
) -> tuple[list[Vector], Sequence[str]]:
    """Return a vector for each text, and the texts that had to be embedded: what the session brought along is not."""
    if known is None or known.text != texts[0] or known.space != space:
        return model.embed_queries(texts, space), texts
    others = texts[1:]
    return [known.vector, *(model.embed_queries(others, space) if others else [])], others


def _likely(found: Found) -> tuple[Passage, ...]:
    return () if found.likelihood is not None and found.likelihood < NOTHING else found.passages


def _fresh(scene: Scene, question: Question, asked: Embedded) -> Embedded | None:
    """Return the message to be remembered; None for one that says who asks, or that nobody will ask again."""
    text = asked.text
    whole = text == scene.message.text and not question.details and len(text) <= _REPEATED_CHARS
    return asked if whole and _names_nobody(text, scene.session.dialogue.fields) else None


def _names_nobody(text: str, known: Mapping[str, FieldValue]) -> bool:
    return not _SAYS_WHO.search(text) and mask(text, known) == text


def without_details(text: str, details: Sequence[str]) -> str:
    """Return the text without the sentences that hold details, all of it when nothing else is left."""
    sentences = _SENTENCE.findall(text)
    kept = " ".join(sentence.strip() for sentence in sentences if not any(detail in sentence for detail in details))
    return kept if details and kept.strip(" .!?") else text


def queries(session: Session, text: str) -> list[str]:
    """Return what to search for: the message, and the question that stands alone when that is another."""
    asked = [turn.question[:_MAX_QUERY_CHARS] for turn in session.turns if turn.ending == "answered"]
    alone = text[:_MAX_QUERY_CHARS]
    return list(dict.fromkeys([alone, standalone([*asked, alone])]))
