"""From a build's parts to the index that answers: written, judged by golden questions, switched to, announced."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.adapters.knowledge.reader import KnowledgeReader
from shared.adapters.knowledge.writer import IndexWriter
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.golden import GoldenStore
from shared.adapters.sessions.announcer import Announcer
from shared.domain.errors import Conflict, NotFound, StorageUnavailable
from shared.domain.golden import GoldenQuestion
from shared.domain.knowledge import Asked, Found, Manifest, Published, Space
from shared.logs import event
from shared.ports import Vector
from shared.retrieval.assemble import Parts
from shared.retrieval.evidence import Backdrop
from shared.retrieval.exact import ExactVectors
from shared.retrieval.hybrid import Hybrid
from shared.retrieval.judgement import Comparison, Judged, Search, Vectors, compared, embedded, judge

_log = logging.getLogger(__name__)

Embed = Callable[[Sequence[str], Space], Sequence[Vector]]
"""Unit vectors of questions in a space."""


@dataclass(frozen=True)
class Standard:
    """What a build is held to: the business's golden questions, and how much worse it may be than what serves."""

    questions: Sequence[GoldenQuestion]
    margin: float


class Serving(Protocol):
    """The index that answers a business's visitors."""

    @property
    def manifest(self) -> Manifest:
        """What it is made of."""
        ...

    def search(self, asked: Asked, count: int, /) -> Found:
        """See `Index.search`."""
        ...


@dataclass(frozen=True)
class Gate:
    """Judges a candidate beside what serves.

    Args:
        standard: of a business.
        serving: what answers now; None: nothing does.
        embed: how questions are embedded.
    """

    standard: Callable[[str], Standard]
    serving: Callable[[str], Serving | None]
    embed: Embed

    @classmethod
    def of(cls, database: Database, knowledge: KnowledgeReader, embed: Embed) -> "Gate":
        """Return the gate over a platform's stores."""
        golden, businesses = GoldenStore(database), BusinessStore(database)

        def standard(business_id: str) -> Standard:
            margin = businesses.get(business_id).config.knowledge.max_regression
            return Standard(golden.list_of(business_id), margin)

        return cls(standard, lambda business_id: knowledge.index(business_id, None, use_default=False), embed)

    def compare(self, business_id: str, parts: Parts, manifest: Manifest) -> Comparison | None:
        """Return how a candidate answers the golden questions beside what serves; None without questions.

        Raises:
            ModelUnavailable: the questions cannot be embedded.
        """
        standard = self.standard(business_id)
        if not standard.questions:
            return None
        live = self._serving(business_id)
        backdrop = Backdrop(*manifest.backdrop) if manifest.backdrop else None
        candidate = Hybrid(ExactVectors(parts.vectors), parts.chunks, parts.lexical, backdrop)
        spaces = {manifest.space, live.manifest.space} if live else {manifest.space}
        vectors = {space: self._embedded(standard.questions, space) for space in spaces}

        def judged(space: Space, search: Search) -> list[Judged]:
            return judge(standard.questions, vectors[space], search)

        before = judged(live.manifest.space, live.search) if live else []
        return compared(judged(manifest.space, candidate.search), before, standard.margin)

    def _embedded(self, questions: Sequence[GoldenQuestion], space: Space) -> Vectors:
        return embedded(questions, lambda texts: self.embed(texts, space))

    def _serving(self, business_id: str) -> Serving | None:
        try:
            return self.serving(business_id)
        except StorageUnavailable:  # what serves is damaged: a whole build is better, however it answers
            event(_log, "nothing_to_compare_with", logging.WARNING, business_id=business_id)
            return None


class Publisher:
    """Publishes builds. Without a gate every whole build is switched to."""

    def __init__(self, writer: IndexWriter, announcer: Announcer, gate: Gate | None = None) -> None:
        self._writer = writer
        self._announcer = announcer
        self._gate = gate

    def publish(self, business_id: str, parts: Parts, manifest: Manifest, *, override: bool = False) -> Published:
        """Write a build; make it the current one unless it answers the golden questions worse than the margin allows.

        Args:
            business_id: whose index.
            parts: of the build; vectors in the manifest's space.
            manifest: everything but the checksums.
            override: switch to it whatever the golden questions say.

        Raises:
            Conflict: another build was switched to meanwhile.
            StorageUnavailable: nothing was switched.
            ModelUnavailable: nothing was switched.
        """
        current = self._writer.current(business_id)
        if current and current.build_id == manifest.build_id:
            # An earlier attempt at this build got as far: what serves is never written again.
            return Published(current, "published")
        generation = self._writer.generation(business_id)
        written = self._writer.write(business_id, parts, manifest)
        verdict = self._gate.compare(business_id, parts, written) if self._gate else None
        told = verdict.as_json() if verdict else None
        if verdict and verdict.reason and not override:
            event(_log, "build_held_back", logging.WARNING, business_id=business_id, build=written.build_id)
            return Published(written, "blocked", told)
        return Published(self._switched(business_id, written.build_id, generation), "published", told)

    def switch_to(self, business_id: str, build_id: str) -> Manifest:
        """Make a build that is kept, or was held back, the current one.

        Raises:
            Conflict: `not_kept` when the build is not there any more, `switched_meanwhile` when another one won.
            StorageUnavailable: nothing was switched.
        """
        try:
            return self._switched(business_id, build_id, None)
        except (NotFound, ValueError):
            raise Conflict("The files of this build are not kept any more: build anew.", code="not_kept") from None

    def current(self, business_id: str) -> str | None:
        """Return the id of the build that answers, as storage has it; None: there is none."""
        manifest = self._writer.current(business_id)
        return manifest.build_id if manifest else None

    def kept(self, business_id: str) -> list[Manifest]:
        """Return the current build and those before it that can be switched back to, in this order."""
        return self._writer.kept(business_id)

    def waiting(self, business_id: str) -> list[Manifest]:
        """Return the builds that were held back and can be switched to, the newest first."""
        return self._writer.waiting(business_id)

    def _switched(self, business_id: str, build_id: str, generation: int | None) -> Manifest:
        try:
            manifest = self._writer.switch(business_id, build_id, generation)
        except Conflict:
            raise Conflict("Another build was switched to meanwhile.", code="switched_meanwhile") from None
        self._announcer.announce(business_id, build=build_id)
        return manifest
