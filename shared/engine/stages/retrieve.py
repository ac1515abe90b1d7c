"""Finds the passages that may answer the question, and the intent, by one embedding. Without knowledge it says so."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.errors import ModelUnavailable, StorageUnavailable
from shared.domain.knowledge import Passage
from shared.domain.prices import tokens_of
from shared.domain.session import Session
from shared.domain.understanding import IntentMatch
from shared.engine.scene import Scene
from shared.engine.timings import Timings
from shared.logs import event
from shared.ports import Senses

_log = logging.getLogger(__name__)
_MAX_QUERY_CHARS = 1000
_SENTENCE = re.compile(r"[^.!?؟\n]*(?:[.!?؟](?!\s)[^.!?؟\n]*)*[.!?؟\n]?")
_NO_MATCH = IntentMatch()


@dataclass(frozen=True)
class Retrieved:
    """What was found. `urls` are all of the index: the reply may link to them. `degraded`: knowledge is missing.

    `embedded` is about how many tokens were embedded for it.
    """

    passages: tuple[Passage, ...] = ()
    urls: frozenset[str] = frozenset()
    match: IntentMatch = _NO_MATCH
    degraded: bool = False
    embedded: int = 0


class NoKnowledge:
    """Nothing to search, so that nothing is embedded: the `Knowledge` of a turn that must not, or need not."""

    def index(self, business_id: str, build: str | None, *, use_default: bool) -> None:  # noqa: ARG002
        """See `Knowledge.index`."""
        return


def retrieve(scene: Scene, details: Sequence[str], build: str | None, senses: Senses, timings: Timings) -> Retrieved:
    """Return the best passages for the message, alone and read together with the question before it.

    A follow-up ("and on Saturdays?") means nothing alone and a new topic means something else with the old one in
    front, so both are embedded in the same call and the better score of each passage counts. The intent is read off
    the message alone. `details` are words in which the visitor told of themselves: no part of the question.
    """
    tenant = scene.tenant
    try:
        with timings.part("index"):
            index = senses.knowledge.index(tenant.id, build, use_default=tenant.config.knowledge.use_default_index)
        if index is None:
            return Retrieved()
        asked = queries(scene.session, without_details(scene.message.text, details))
        with timings.part("embed"):
            vectors = senses.model.embed_queries(asked)
        with timings.part("search"):
            passages = index.search(vectors, tenant.config.knowledge.top_k)
            match = index.intents.match(vectors[0]) if index.intents else _NO_MATCH
    except (StorageUnavailable, ModelUnavailable) as error:
        event(_log, "knowledge_unavailable", logging.WARNING, code=error.code)
        return Retrieved(degraded=True)
    return Retrieved(tuple(passages), index.urls, match, embedded=sum(tokens_of(len(text)) for text in asked))


def without_details(text: str, details: Sequence[str]) -> str:
    """Return the text without the sentences that hold details, all of it when nothing else is left."""
    sentences = _SENTENCE.findall(text)
    kept = " ".join(sentence.strip() for sentence in sentences if not any(detail in sentence for detail in details))
    return kept if details and kept.strip(" .!?") else text


def queries(session: Session, text: str) -> list[str]:
    """Return what to search for: the message, and the last question with it when there was one."""
    asked = [turn.question for turn in session.turns if turn.ending == "answered"]
    alone = text[:_MAX_QUERY_CHARS]
    return [alone, f"{asked[-1][:_MAX_QUERY_CHARS]} {alone}"] if asked else [alone]
