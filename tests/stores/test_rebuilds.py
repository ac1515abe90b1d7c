"""Builds of a site that changes, with the memory and the files they have in the bucket: nothing is paid for twice."""

import datetime as dt
from collections.abc import Mapping, Sequence

import pytest

from shared.adapters.knowledge.chunk_file import ChunkFile
from shared.adapters.knowledge.layout import CHUNKS, build_prefix
from shared.adapters.knowledge.memory import CHECKPOINT_S, StoredMemory
from shared.adapters.knowledge.writer import IndexWriter
from shared.domain.knowledge import Manifest, Published, Space
from shared.ingestion.build import Build, BuildCancelled, BuildTools, Outcome
from shared.ingestion.fetch import Response
from shared.retrieval.assemble import Parts
from tests.stores.indexes import DIMENSIONS, MODEL, some_vector
from tests.unit.ingestion.fake_site import SITE, Answer, ChangingSite, page
from tests.unit.ingestion.test_build import source

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
PAGES = 24


class Killed(BaseException):
    """The process is gone: nobody catches it."""


class Shop:
    """A business whose every build is a process of its own: it knows only what is in the bucket."""

    def __init__(self, storage, business_id):
        self.storage = storage
        self.business_id = business_id
        self.site = ChangingSite(
            {"/": page("home", *(f"/{n}" for n in range(PAGES)))}
            | {f"/{n}": page(f"page number {n}") for n in range(PAGES)}
        )
        self.builds = 0
        self.embedded: list[str] = []
        self.steps = 0
        self.dies_at: int | None = None
        self.stops_at: int | None = None
        self._told = 0
        self._clock = 0.0

    def run(self) -> Outcome:
        """Build to the end, or to where it dies."""
        self.site.forget()
        self.embedded, self.steps = [], 0
        self.builds += 1
        build_id = f"bld_{self.builds:03}"
        space = Space(MODEL, DIMENSIONS)
        memory = StoredMemory(self.storage, self.business_id, build_id, space, now=lambda: NOW, monotonic=self._seconds)
        writer = IndexWriter(self.storage)

        def publish(parts: Parts, manifest: Manifest) -> Published:
            writer.write(self.business_id, parts, manifest)
            self._step()
            published = Published(writer.switch(self.business_id, build_id), "published")
            self._step()
            return published

        tools = BuildTools(
            fetch=self._fetch, read_upload=lambda _: b"", embed=self._embed,
            embed_queries=lambda texts: [some_vector(text) for text in texts],
            known_intents=lambda: writer.intents(self.business_id), publish=publish,
            progress=self._progress, space=space, now=NOW.isoformat(timespec="seconds"), memory=memory,
        )  # fmt: skip
        return Build(build_id, tools).run([source("website", "Site", "src_web", start_urls=[f"{SITE}/"])])

    def served(self) -> tuple[str, list[str]]:
        """Return the build that is served, "" for none, and the texts in it, sorted."""
        kept = IndexWriter(self.storage).kept(self.business_id)
        if not kept:
            return "", []
        folder = build_prefix(self.business_id, kept[0].build_id)
        return kept[0].build_id, sorted(chunk.text for chunk in ChunkFile(self.storage.get(folder + CHUNKS)[0]))

    def _fetch(self, url: str, max_bytes: int, unless: Mapping[str, str]) -> Response:
        return self.site.fetch(url, max_bytes, unless)

    def _embed(self, batch: Sequence[tuple[str, str]]) -> list[list[float]]:
        self._step()
        self.embedded += [text for _, text in batch]
        return [some_vector(text) for _, text in batch]

    def _progress(self, phase: str, counts: dict[str, int], pages: Sequence[dict[str, object]]) -> bool:
        del phase, counts, pages
        self._told += 1
        return self._told != self.stops_at

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            raise Killed

    def _seconds(self) -> float:
        self._clock += CHECKPOINT_S
        if self.dies_at is not None and self.dies_at < 0 and len(self.site.sent) >= -self.dies_at:
            raise Killed
        return self._clock


@pytest.fixture
def shop(storage, business):
    """A shop that was never built."""
    return Shop(storage, business)


def test_three_builds(shop):
    """All of it; none of it; the one page that changed."""
    first = shop.run()
    assert (first.publish, first.changes["added"]) == ("published", PAGES + 1)
    assert len(shop.embedded) == PAGES + 1
    served = shop.served()
    again = shop.run()
    assert (again.publish, again.changes["unchanged"]) == ("unchanged", PAGES + 1)
    assert (shop.embedded, shop.site.sent, shop.served()) == ([], [], served)
    shop.site.put("/7", page("page number seven, which is new"))
    third = shop.run()
    assert (third.publish, third.changes["changed"], third.changes["unchanged"]) == ("published", 1, PAGES)
    assert shop.site.sent == ["/7"]
    assert len(shop.embedded) == 1
    build_id, texts = shop.served()
    assert build_id == "bld_003"
    assert sum("which is new" in text for text in texts) == 1
    assert len(texts) == PAGES + 1


def test_missing_is_remembered_by_builds_that_publish_nothing(shop):
    """Twice in a row, and the page is gone, although nothing was written the first time."""
    shop.run()
    shop.site.put("/7", Answer(f"{SITE}/7", 404))
    assert shop.run().publish == "unchanged"
    assert shop.run().changes["gone"] == 1
    assert len(shop.served()[1]) == PAGES


@pytest.mark.parametrize("sent", [1, 12, PAGES])
def test_killed_while_it_reads(shop, sent):
    """What was read by then is not asked for again; visitors have what they had."""
    shop.run()
    before = shop.served()
    for number in range(PAGES):
        shop.site.put(f"/{number}", page(f"page number {number}, all new"))
    shop.dies_at = -sent
    with pytest.raises(Killed):
        shop.run()
    assert shop.served() == before
    read = set(shop.site.sent)
    shop.dies_at = None
    outcome = shop.run()
    assert outcome.changes["changed"] == PAGES
    # Pages that were on their way when it died, and the last one handed over, are asked for once more.
    assert len(read & set(shop.site.sent)) <= 9
    assert shop.served()[0] == "bld_003"


@pytest.mark.parametrize("step", [1, 2, 3])
def test_killed_while_it_embeds_or_publishes(shop, step):
    """Nothing is paid for twice; either all of the new index is served or none of it."""
    shop.dies_at = step
    with pytest.raises(Killed):
        shop.run()
    paid = len(shop.embedded)
    whole = shop.served()
    assert whole[0] == ("" if step < 3 else "bld_001")
    shop.dies_at = None
    outcome = shop.run()
    assert paid + len(shop.embedded) == PAGES + 1
    assert shop.site.sent == []
    assert outcome.publish == ("published" if step < 3 else "unchanged")
    assert len(shop.served()[1]) == PAGES + 1


def test_a_build_that_is_asked_to_stop_is_resumed_too(shop):
    """As one that is killed."""
    shop.stops_at = 20
    with pytest.raises(BuildCancelled):
        shop.run()
    read = set(shop.site.sent)
    shop.stops_at = None
    shop.run()
    assert len(read) >= 15
    assert len(read & set(shop.site.sent)) <= 9
