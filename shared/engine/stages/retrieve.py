"""Finds the passages that may answer the question. Without knowledge the turn goes on and says so."""

import logging
from dataclasses import dataclass

from shared.domain.errors import ModelUnavailable, StorageUnavailable
from shared.domain.knowledge import Passage
from shared.domain.message import Message
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.engine.stages.open_session import OpenSession
from shared.engine.timings import Timings
from shared.logs import event
from shared.ports import Ports

_log = logging.getLogger(__name__)
_MAX_QUERY_CHARS = 1000


@dataclass(frozen=True)
class Retrieved:
    """What was found. `urls` are all of the index: the reply may link to them. `degraded`: knowledge is missing."""

    passages: tuple[Passage, ...] = ()
    urls: frozenset[str] = frozenset()
    degraded: bool = False


def retrieve(tenant: Tenant, message: Message, held: OpenSession, ports: Ports, timings: Timings) -> Retrieved:
    """Return the best passages for the message, alone and read together with the question before it.

    A follow-up ("and on Saturdays?") means nothing alone and a new topic means something else with the old one in
    front, so both are embedded in the same call and the better score of each passage counts.
    """
    try:
        with timings.part("index"):
            index = ports.knowledge.index(
                tenant.id, held.opened.versions.build, use_default=tenant.config.knowledge.use_default_index
            )
        if index is None:
            return Retrieved()
        with timings.part("embed"):
            vectors = ports.model.embed_queries(queries(held.session, message.text))
        with timings.part("search"):
            passages = index.search(vectors, tenant.config.knowledge.top_k)
    except (StorageUnavailable, ModelUnavailable) as error:
        event(_log, "knowledge_unavailable", logging.WARNING, code=error.code)
        return Retrieved(degraded=True)
    return Retrieved(tuple(passages), index.urls)


def queries(session: Session, text: str) -> list[str]:
    """Return what to search for: the message, and the last question with it when there was one."""
    asked = [turn.question for turn in session.turns if turn.ending == "answered"]
    alone = text[:_MAX_QUERY_CHARS]
    return [alone, f"{asked[-1][:_MAX_QUERY_CHARS]} {alone}"] if asked else [alone]
