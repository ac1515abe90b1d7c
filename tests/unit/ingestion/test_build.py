"""A build: from sources to a published index, told step by step, stopped when asked to."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.domain.errors import ModelUnavailable, StorageUnavailable
from shared.domain.intents import IntentSpec
from shared.domain.knowledge import Manifest, Published, Space
from shared.domain.records import SourceRecord
from shared.ingestion.build import EMBED_BATCH, MAX_CHUNKS, Build, BuildCancelled, BuildFailed, BuildTools
from shared.ports import Vector
from shared.retrieval.assemble import Parts
from shared.understanding.intents import IntentModel
from tests.unit.ingestion.fake_site import SITE, Answer, FakeSite, page

WHEN = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
TEXT = "We open at nine in the morning and close at half past five."


def source(kind: str, name: str = "A source", source_id: str = "src_1", **spec: Any) -> SourceRecord:
    """Return a stored source."""
    return SourceRecord(source_id, kind, name, spec, WHEN, WHEN)


@dataclass
class Workshop:
    """Everything a build works with, and what it did with it."""

    site: FakeSite = field(default_factory=lambda: FakeSite({}))
    uploads: dict[str, bytes] = field(default_factory=dict)
    stop_after: int = 10**9
    embedding_trouble: Exception | None = None
    told: list[tuple[str, dict[str, int], list[dict[str, object]]]] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    query_batches: list[int] = field(default_factory=list)
    known_intents: IntentModel | None = None
    max_chunks: int = MAX_CHUNKS
    intents: list[IntentModel] = field(default_factory=list)
    published: list[tuple[Parts, Manifest]] = field(default_factory=list)

    def progress(self, phase: str, counts: dict[str, int], pages: Sequence[dict[str, object]]) -> bool:
        """Keep what is told."""
        self.told.append((phase, counts, list(pages)))
        return len(self.told) <= self.stop_after

    def embed(self, batch: Sequence[tuple[str, str]]) -> list[Vector]:
        """Return a vector that says which text it belongs to."""
        if self.embedding_trouble:
            raise self.embedding_trouble
        self.batches.append(len(batch))
        return [[float(len(text)), 1.0] for _, text in batch]

    def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        """Return a vector for each question."""
        self.query_batches.append(len(texts))
        return [[float(len(text)), 1.0] for text in texts]

    def publish(self, parts: Parts, manifest: Manifest) -> Published:
        """Keep the index."""
        assert parts.intents
        self.intents.append(parts.intents)
        self.published.append((parts, manifest))
        return Published(manifest, "published")

    def upload(self, source_id: str) -> bytes:
        """Return an uploaded file."""
        return self.uploads[source_id]

    def build(self, *sources: SourceRecord, intents: tuple[IntentSpec, ...] = ()) -> Build:
        """Run a build of these sources."""
        tools = BuildTools(
            fetch=self.site.fetch, read_upload=self.upload, embed=self.embed, embed_queries=self.embed_queries,
            known_intents=lambda: self.known_intents, publish=self.publish, progress=self.progress,
            space=Space("embedder", 2), now="2026-11-23T10:00:00+00:00",
            max_chunks=self.max_chunks,
        )  # fmt: skip
        build = Build("bld_1", tools)
        build.run(sources, intents)
        return build

    @property
    def pages(self) -> list[dict[str, object]]:
        """What became of each page, as it was told."""
        return [row for _, _, rows in self.told for row in rows]


def lengths(parts: Parts) -> list[int]:
    """Return what the embedder wrote into each vector, which is of length one by now."""
    assert all(abs(sum(number**2 for number in row) - 1) < 1e-5 for row in parts.vectors.tolist())
    return [round(row[0] / row[1]) for row in parts.vectors.tolist()]


def website(**plan: Any) -> SourceRecord:
    """Return the fake site as a source."""
    return source("website", "Site", "src_web", start_urls=[f"{SITE}/"], **plan)


def small_site() -> FakeSite:
    """Return a site of two pages, a missing one and one that is no page."""
    picture = Answer(f"{SITE}/pic", headers={"content-type": "image/png"})
    return FakeSite({"/": page("home", "/a", "/gone", "/pic"), "/a": page("alpha"), "/pic": picture})


def test_every_kind_of_source_gets_into_the_index():
    """A website, a text, questions and a file, chunk by chunk with its vector."""
    workshop = Workshop(small_site(), {"src_file": b"name,price\nLamp,5 pounds and a lot of light for your money\n"})
    workshop.build(
        website(),
        source("text", "Hours", title="Hours", text=TEXT, url="https://shop.example/hours"),
        source("faq", "FAQ", pairs=[{"question": "Do you rent?", "answer": "Yes.", "url": None}]),
        source("file", "List", "src_file", filename="list.csv", format="csv", size=50, url=None),
    )
    ((parts, manifest),) = workshop.published
    chunks = parts.chunks
    assert [chunk.title for chunk in chunks] == ["home", "alpha", "Hours", "Do you rent?", "Lamp"]
    assert lengths(parts) == [len(chunk.text) for chunk in chunks]
    assert (manifest.build_id, manifest.chunks, manifest.documents) == ("bld_1", 5, 5)
    assert (manifest.embedding_model, manifest.dimensions) == ("embedder", 2)
    assert chunks[3].text == "Do you rent?\nYes."


def test_phases_and_counts_are_told_as_they_happen():
    """Fetching, embedding, publishing; numbers only grow and add up."""
    workshop = Workshop(small_site())
    build = workshop.build(website())
    phases = [phase for phase, _, _ in workshop.told]
    assert list(dict.fromkeys(phases)) == ["fetching", "embedding", "publishing"]
    for (_, before, _), (_, after, _) in zip(workshop.told, workshop.told[1:], strict=False):
        assert all(before[name] <= after[name] for name in before)
    counts = vars(build.counts)
    assert (counts["indexed"], counts["failed"], counts["skipped"]) == (2, 1, 1)
    assert counts["fetched"] == counts["indexed"] + counts["failed"] + counts["skipped"] == counts["found"]
    assert counts["chunks"] == counts["embedded"] == 2


def test_each_page_is_told_once_with_its_outcome():
    """For the owner's list: URL, source, outcome, reason, title and number of chunks."""
    workshop = Workshop(small_site())
    workshop.build(website())
    rows = {row["url"]: row for row in workshop.pages}
    assert len(rows) == len(workshop.pages) == 4
    assert rows[f"{SITE}/a"] == {
        "url": f"{SITE}/a", "source_id": "src_web", "outcome": "indexed", "reason": "", "title": "alpha", "chunks": 1,
    }  # fmt: skip
    assert rows[f"{SITE}/gone"]["reason"] == "the server answered 404"


def test_a_source_that_cannot_be_read_does_not_stop_the_others():
    """It is told as failed, with its reason."""
    workshop = Workshop(uploads={"bad": b"%PDF-broken"})
    broken = source("file", "Broken", "bad", filename="x.pdf", format="pdf", size=9, url=None)
    workshop.build(broken, source("text", "Hours", title="Hours", text=TEXT, url=None))
    assert [(row["outcome"], row["reason"]) for row in workshop.pages] == [
        ("failed", "the PDF is damaged"), ("indexed", ""),
    ]  # fmt: skip
    assert len(workshop.published) == 1


@pytest.mark.parametrize(
    ("sources", "reason"),
    [
        ([], "There are no sources yet"),
        ([website()], r"No text could be indexed \(1 pages failed, 0 were skipped\)"),
    ],
)
def test_nothing_to_index_is_a_failure_with_a_reason(sources, reason):
    """The index in use stays: nothing is embedded or published."""
    workshop = Workshop(FakeSite({"/robots.txt": Answer("", 500)}))
    with pytest.raises(BuildFailed, match=reason):
        workshop.build(*sources)
    assert workshop.published == []
    assert workshop.batches == []


def test_too_much_to_index_is_a_failure_with_a_reason():
    """Fifty thousand chunks are allowed; nothing is paid for before that is known."""
    pairs = [{"question": f"q{n}", "answer": "a", "url": None} for n in range(1000)]
    workshop = Workshop()
    with pytest.raises(BuildFailed, match=f"{MAX_CHUNKS + 1000} chunks"):
        workshop.build(*[source("faq", f"FAQ {n}", pairs=pairs) for n in range(MAX_CHUNKS // 1000 + 1)])
    assert workshop.batches == []
    assert workshop.published == []


def test_a_source_that_is_far_too_much_is_not_read_to_its_end():
    """Nobody holds the text of a whole encyclopaedia to say that it does not fit."""
    site = FakeSite({"/": page("home", *(f"/{n}" for n in range(50)))} | {f"/{n}": page(f"p{n}") for n in range(50)})
    workshop = Workshop(site, max_chunks=10)
    with pytest.raises(BuildFailed, match="21 chunks; at most 10 are indexed"):
        workshop.build(website())
    assert len(workshop.pages) == 21


def test_texts_are_embedded_in_batches():
    """Every chunk once, in order, a few at a time."""
    pairs = [{"question": f"q{n}", "answer": "a" * n, "url": None} for n in range(1, EMBED_BATCH * 2 + 11)]
    workshop = Workshop()
    workshop.build(source("faq", "FAQ", pairs=pairs))
    assert workshop.batches == [EMBED_BATCH, EMBED_BATCH, 10]
    ((parts, _),) = workshop.published
    assert lengths(parts) == [len(chunk.text) for chunk in parts.chunks]


@pytest.mark.parametrize("after", range(8))
def test_a_build_stops_wherever_it_is_asked_to(after):
    """Between any two steps, before anything is published."""
    workshop = Workshop(small_site(), stop_after=after)
    with pytest.raises(BuildCancelled):
        workshop.build(website(), source("text", "Hours", title="Hours", text=TEXT, url=None))
    assert workshop.published == []


@pytest.mark.parametrize(
    "workshop",
    [
        lambda: Workshop(embedding_trouble=ModelUnavailable("down", transient=True, reason="x")),
        lambda: Workshop(embedding_trouble=StorageUnavailable("down")),
    ],
)
def test_a_store_that_is_down_ends_the_build_and_publishes_nothing(workshop: Callable[[], Workshop]):
    """The error is one of ours, for whoever runs the build."""
    broken = workshop()
    with pytest.raises((ModelUnavailable, StorageUnavailable)):
        broken.build(source("text", "Hours", title="Hours", text=TEXT, url=None))
    assert broken.published == []


def test_a_sitemap_source_reads_only_its_pages():
    """As the crawl does, wired by the build."""
    listed = f"<urlset><url><loc>{SITE}/a</loc></url></urlset>".encode()
    workshop = Workshop(FakeSite({"/map.xml": listed, "/a": page("alpha", "/b"), "/b": page("beta")}))
    workshop.build(source("sitemap", "Map", url=f"{SITE}/map.xml"))
    assert [row["url"] for row in workshop.pages] == [f"{SITE}/a"]


def test_a_text_of_headings_alone_is_not_told_as_indexed_with_nothing():
    """What is indexed has chunks."""
    workshop = Workshop()
    workshop.build(source("text", "Notes", title="Notes", text="# Closed on all Mondays in winter", url=None))
    assert [row["chunks"] for row in workshop.pages] == [1]


def test_what_was_left_out_of_a_file_is_its_reason():
    """Indexed, and the owner reads which rows were not."""
    workshop = Workshop(uploads={"src_file": b"name,price\nLamp,5 pounds and some light\n,7\n"})
    workshop.build(source("file", "List", "src_file", filename="list.csv", format="csv", size=50, url=None))
    assert [(row["outcome"], row["reason"], row["chunks"]) for row in workshop.pages] == [
        ("indexed", "skipped 1 of 2 rows: row 3 has no name", 1),
    ]  # fmt: skip


def test_nothing_is_told_as_indexed_with_nothing_in_it():
    """A text without a word is a failure with a reason, and so it is counted."""
    workshop = Workshop()
    build = workshop.build(source("text", "Line", "src_line", title="Line", text="-----", url=None), HOURS)
    assert [(row["source_id"], row["outcome"], row["reason"], row["chunks"]) for row in workshop.pages] == [
        ("src_line", "failed", "there is no text in it", 0), ("src_1", "indexed", "", 1),
    ]  # fmt: skip
    assert (build.counts.indexed, build.counts.failed) == (1, 1)


def test_an_uploaded_list_of_questions_is_found_by_its_questions():
    """Two columns without headings, where the owner says what they are."""
    workshop = Workshop(uploads={"src_faq": b"Do you rent?,Yes.\nDo you sell?,No.\n"})
    workshop.build(source("file", "FAQ", "src_faq", filename="faq.csv", format="csv", size=50, url=None, content="faq"))
    ((parts, _),) = workshop.published
    assert [(chunk.title, chunk.text) for chunk in parts.chunks] == [
        ("Do you rent?", "Do you rent?\nYes."), ("Do you sell?", "Do you sell?\nNo."),
    ]  # fmt: skip


HOURS = source("text", "Hours", title="Hours", text=TEXT, url=None)
RENTAL = IntentSpec(id="rental", examples=("Can I rent a bike?", "What do rentals cost?"))


def test_the_examples_of_intents_are_embedded_as_questions_and_published():
    """Built-in and own, in batches the service takes; they are no chunks, so the counts do not count them."""
    workshop = Workshop()
    build = workshop.build(HOURS, intents=(RENTAL,))
    (model,) = workshop.intents
    assert {"greeting", "rental"} <= set(model.names)
    assert sum(workshop.query_batches) == len(model.examples)
    assert max(workshop.query_batches) <= EMBED_BATCH
    assert build.counts.chunks == build.counts.embedded == 1


def test_a_build_can_be_stopped_between_the_examples():
    """Every batch is told, so that a build is not taken for dead, and may be the last."""
    whole = Workshop()
    whole.build(HOURS)
    told = len(whole.told) - 1  # all but the publishing
    stopped = Workshop(stop_after=told - 1)
    with pytest.raises(BuildCancelled):
        stopped.build(HOURS)
    assert 0 < len(stopped.query_batches) < len(whole.query_batches)


def test_examples_that_have_not_changed_are_not_embedded_again():
    """The published model goes on; one other example, and there is a new one."""
    first = Workshop()
    first.build(HOURS, intents=(RENTAL,))
    again = Workshop(known_intents=first.intents[0])
    again.build(HOURS, intents=(RENTAL,))
    assert again.query_batches == []
    assert again.intents == first.intents
    changed = Workshop(known_intents=first.intents[0])
    changed.build(HOURS)
    assert changed.query_batches
    assert "rental" not in changed.intents[0].names


def test_nothing_to_index_pays_for_no_examples():
    """They come after what is indexed."""
    workshop = Workshop()
    with pytest.raises(BuildFailed):
        workshop.build()
    assert workshop.query_batches == []
