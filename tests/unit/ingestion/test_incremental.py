"""The second build of a site: nothing is fetched, read or embedded again that has not changed, and nothing is lost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from shared.domain.knowledge import Manifest, Published, Space
from shared.ingestion.build import Build, BuildCancelled, BuildFailed, BuildTools, Outcome
from shared.ingestion.crawl import Refusal
from shared.ingestion.reading import VERSION
from shared.retrieval.assemble import Parts
from shared.understanding.intents import IntentModel
from tests.unit.ingestion.fake_site import SITE, Answer, ChangingSite, FakeSite, page
from tests.unit.ingestion.memories import Notebook
from tests.unit.ingestion.test_build import source

ALL = ("/", "/a", "/b", "/c")
ASKED_ANEW = {"/robots.txt", "/sitemap.xml"}


def small_site() -> ChangingSite:
    """Return a site of four pages."""
    return ChangingSite(
        {"/": page("home", "/a", "/b"), "/a": page("alpha", "/c"), "/b": page("beta"), "/c": page("gamma")}
    )


@dataclass
class Business:
    """A business that is built again and again."""

    site: ChangingSite = field(default_factory=small_site)
    memory: Notebook = field(default_factory=Notebook)
    intents: IntentModel | None = None
    published: list[tuple[Parts, Manifest]] = field(default_factory=list)
    embedded: list[str] = field(default_factory=list)
    rows: dict[str, dict[str, object]] = field(default_factory=dict)
    stop_when: Callable[[str, dict[str, int]], bool] = lambda *_: False
    status: str = "published"
    now: str = "2026-11-20T10:00:00+00:00"
    plan: dict[str, object] = field(default_factory=dict)
    build: Build = field(init=False)

    def run(self) -> Outcome:
        """Build; what was asked, sent and told before is forgotten."""
        self.site.forget()
        self.embedded, self.rows = [], {}
        tools = BuildTools(
            fetch=self.site.fetch, read_upload=lambda _: b"", embed=self._embed,
            embed_queries=lambda texts: [[1.0, 0.0] for _ in texts], known_intents=lambda: self.intents,
            publish=self._publish, progress=self._progress, space=Space("embedder", 2), now=self.now,
            memory=self.memory, sleep=lambda _: None,
        )  # fmt: skip
        self.build = Build("bld", tools)
        return self.build.run([source("website", "Site", "src_web", start_urls=[f"{SITE}/"], **self.plan)])

    def _embed(self, batch: Sequence[tuple[str, str]]) -> list[list[float]]:
        self.embedded += [text for _, text in batch]
        return [[float(len(text)), 1.0] for _, text in batch]

    def _publish(self, parts: Parts, manifest: Manifest) -> Published:
        if self.status == "published":
            self.intents = parts.intents
            self.memory.chunks = list(parts.chunks)
            self.published.append((parts, manifest))
        return Published(manifest, self.status)  # type: ignore[arg-type]

    def _progress(self, phase: str, counts: dict[str, int], pages: Sequence[dict[str, object]]) -> bool:
        self.rows |= {str(row["url"]).removeprefix(SITE): row for row in pages}
        return not self.stop_when(phase, counts)

    def became(self, path: str) -> tuple[str, str]:
        """Return the outcome of a page and its reason, as the owner reads them."""
        return str(self.rows[path]["outcome"]), str(self.rows[path]["reason"])

    @property
    def served(self) -> set[str]:
        """Paths of the pages that visitors get."""
        return {chunk.url.removeprefix(SITE) for chunk in self.memory.chunks}


def counted(outcome: Outcome) -> tuple[object, ...]:
    """Return how many pages were added, changed, gone and unchanged."""
    return tuple(outcome.changes[kind] for kind in ("added", "changed", "gone", "unchanged"))


def test_an_unchanged_site_costs_questions_alone():
    """Every page is asked for and answered by 304; nothing is embedded, nothing written."""
    shop = Business()
    first = shop.run()
    assert (first.publish, counted(first)) == ("published", (4, 0, 0, 0))
    assert (shop.build.counts.embedded, shop.build.counts.reused, shop.build.counts.unchanged) == (4, 0, 0)
    again = shop.run()
    assert set(shop.site.unchanged) == set(ALL)
    assert shop.site.sent == []
    assert {url.removeprefix(SITE) for url in shop.site.asked} == {*ALL, *ASKED_ANEW}
    assert (again.publish, counted(again)) == ("unchanged", (0, 0, 0, 4))
    assert shop.embedded == []
    counts = shop.build.counts
    assert (counts.unchanged, counts.indexed, counts.chunks, counts.embedded, counts.reused) == (4, 4, 4, 0, 4)
    assert len(shop.published) == 1


def test_one_page_that_changed_is_all_that_is_embedded():
    """The others keep their vectors, row by row."""
    shop = Business()
    shop.run()
    shop.site.put("/b", page("beta, as it is written anew"))
    again = shop.run()
    assert shop.site.sent == ["/b"]
    assert (again.publish, counted(again)) == ("published", (0, 1, 0, 3))
    assert again.changes["samples"] == {"added": [], "changed": [f"{SITE}/b"], "gone": []}
    assert [text for text in shop.embedded if "written anew" not in text] == []
    assert len(shop.embedded) == 1
    (before, _), (after, _) = shop.published
    vectors = {chunk.text: row for chunk, row in zip(before.chunks, before.vectors.tolist(), strict=True)}
    kept = [
        (row, vectors[chunk.text])
        for chunk, row in zip(after.chunks, after.vectors.tolist(), strict=True)
        if chunk.text in vectors
    ]
    assert len(kept) == 3
    assert all(now == then for now, then in kept)


def test_a_page_that_is_sent_again_with_the_same_text_is_unchanged():
    """Servers that know no ETag send everything: then the text decides."""
    shop = Business()
    shop.run()
    shop.site.put("/b", page("beta", head="<!-- generated at noon -->"))
    again = shop.run()
    assert shop.site.sent == ["/b"]
    assert (again.publish, counted(again)) == ("unchanged", (0, 0, 0, 4))
    shop.run()
    assert shop.site.sent == []


def test_a_page_that_is_sent_again_byte_for_byte_is_not_read_again(monkeypatch):
    """Neither the page nor its header has changed."""
    shop = Business()
    shop.run()
    monkeypatch.setattr(shop.site, "fetch", lambda url, most, _: FakeSite.fetch(shop.site, url, most, {}))
    shop.run()
    with monkeypatch.context() as patch:
        patch.setattr("shared.ingestion.reading.parse_html", None)
        assert shop.run().publish == "unchanged"
    assert shop.build.counts.unchanged == 4
    answer = Answer(f"{SITE}/b", headers={"content-type": "text/html; charset=utf-8", "x-robots-tag": "noindex"})
    shop.site.put("/b", replace(answer, body=page("beta").encode()))
    assert shop.run().changes["gone"] == 1


def test_what_another_release_read_is_read_anew(monkeypatch):
    """It may read better: pages of before are asked for without their marks, also those of a stopped build."""
    shop = Business()
    shop.run()
    shop.memory.read = {("src_web", f"{SITE}/b"): shop.memory.live["src_web", f"{SITE}/b"]}
    for module in ("crawl", "entry", "reading"):
        monkeypatch.setattr(f"shared.ingestion.{module}.VERSION", VERSION + 1)
    assert shop.run().publish == "unchanged"
    assert set(shop.site.sent) == set(ALL)
    shop.run()
    assert set(shop.site.unchanged) == set(ALL)


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_missing_once_stays_and_twice_goes(status):
    """It is served until then, its owner reads why, and what it linked to stays too."""
    shop = Business()
    shop.run()
    shop.site.put("/a", Answer(f"{SITE}/a", status))
    once = shop.run()
    assert once.publish == "unchanged"
    assert shop.became("/a")[0] == "indexed"
    assert f"the server answered {status}; if it does so again, the page is taken out" in shop.became("/a")[1]
    twice = shop.run()
    assert (twice.publish, counted(twice)) == ("published", (0, 0, 2, 2))
    assert twice.changes["samples"]["gone"] == [f"{SITE}/a", f"{SITE}/c"]
    assert shop.became("/a") == ("failed", f"the server answered {status} in 2 builds: it is taken out")
    assert shop.served == {"/", "/b"}
    assert shop.embedded == []


def test_a_page_that_comes_back_begins_anew():
    """Missing, there, missing is not missing twice."""
    shop = Business()
    shop.run()
    for there in (False, True, False):
        shop.site.put("/b", page("beta") if there else Answer(f"{SITE}/b", 404))
        assert shop.run().publish == "unchanged"
    assert "/b" in shop.served


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(f"{SITE}/a", 500), "the server answered 500: kept as it was read on 2026-11-20"),
        (Answer(f"{SITE}/a", 403), "the server answered 403: kept"),
        (Refusal("did not answer in time"), "did not answer in time: kept"),
        (Answer(f"{SITE}/a", headers={"content-type": "application/pdf"}, body=b"%PDF-x"), "the PDF is damaged: kept"),
    ],
)
def test_any_other_failure_keeps_the_page(answer, reason):
    """For as long as it lasts, and with what it linked to."""
    shop = Business()
    shop.run()
    shop.site.put("/a", answer)
    shop.now = "2026-11-21T10:00:00+00:00"
    for _ in range(3):
        assert shop.run().publish == "unchanged"
        assert shop.became("/a")[0] == "indexed"
        assert reason in shop.became("/a")[1]
    assert shop.served == set(ALL)


def test_a_site_that_is_down_keeps_all_of_its_pages():
    """Its rules cannot be read, so it is left alone; its pages are served as they were."""
    shop = Business()
    shop.run()
    shop.site.put("/robots.txt", Answer(f"{SITE}/robots.txt", 503))
    outcome = shop.run()
    assert counted(outcome) == (0, 0, 0, 4)
    assert {str(row["reason"])[:18] for row in shop.rows.values()} == {"robots.txt answere"}
    assert {url.removeprefix(SITE) for url in shop.site.asked} == {"/robots.txt"}


def listed(*paths: str) -> str:
    """Return a sitemap."""
    return f"<urlset>{''.join(f'<url><loc>{SITE}{path}</loc></url>' for path in paths)}</urlset>"


@pytest.mark.parametrize("trouble", ["sitemap", "robots", "garbage"])
def test_pages_that_only_a_sitemap_names_stay_while_it_cannot_be_read(trouble):
    """For as long as that lasts; then it counts again."""
    shop = Business()
    shop.site.put("/sitemap.xml", listed("/alone"))
    shop.site.put("/alone", page("named by the sitemap alone"))
    shop.run()
    path = "/robots.txt" if trouble == "robots" else "/sitemap.xml"
    shop.site.put(path, "Sorry!" if trouble == "garbage" else Answer(f"{SITE}{path}", 503))
    for _ in range(3):
        assert counted(shop.run()) == (0, 0, 0, 5)
    shop.site.put("/robots.txt", Answer(f"{SITE}/robots.txt", 404))
    shop.site.put("/sitemap.xml", listed("/b"))
    assert shop.run().changes["samples"]["gone"] == [f"{SITE}/alone"]


def test_a_sitemap_that_is_missing_once_is_believed_and_twice_not():
    """As any page."""
    shop = Business()
    shop.site.put("/sitemap.xml", listed("/alone"))
    shop.site.put("/alone", page("named by the sitemap alone"))
    shop.run()
    shop.site.put("/sitemap.xml", Answer(f"{SITE}/sitemap.xml", 404))
    assert shop.run().publish == "unchanged"
    assert shop.run().changes["samples"]["gone"] == [f"{SITE}/alone"]


def test_what_is_linked_no_more_goes_at_once():
    """Nobody else finds it either."""
    shop = Business()
    shop.run()
    shop.site.put("/", page("home", "/a"))
    assert shop.run().changes["samples"]["gone"] == [f"{SITE}/b"]
    assert "/b" not in shop.served


@pytest.mark.parametrize("forbidden", ["exclude", "robots", "noindex"])
def test_what_is_forbidden_goes_at_once(forbidden):
    """By the owner's patterns, by robots.txt, or by the page."""
    shop = Business()
    shop.run()
    if forbidden == "exclude":
        shop.plan = {"exclude": ["/b"]}
    elif forbidden == "robots":
        shop.site.put("/robots.txt", "User-agent: *\nDisallow: /b")
    else:
        shop.site.put("/b", page("beta", head='<meta name="robots" content="noindex">'))
    assert shop.run().changes["samples"]["gone"] == [f"{SITE}/b"]
    assert "/b" not in shop.served


def test_a_page_that_asked_not_to_be_indexed_is_not_read_each_time():
    """Its 304 means that it still does; when it changes its mind it is read."""
    shop = Business()
    shop.site.put("/b", page("beta", head='<meta name="robots" content="noindex">'))
    shop.run()
    shop.run()
    assert shop.site.sent == []
    assert shop.became("/b") == ("skipped", "asks not to be indexed")
    shop.site.put("/b", page("beta"))
    assert shop.run().changes["samples"]["added"] == [f"{SITE}/b"]


def test_a_copy_is_one_also_from_memory():
    """Which page repeats which is judged anew in each crawl."""
    shop = Business()
    shop.site.put("/c", page("alpha", "/c"))
    shop.run()
    assert "has the same text as" in shop.became("/c")[1]
    shop.site.put("/a", page("alpha, but now another text", "/c"))
    shop.run()
    assert shop.became("/c") == ("indexed", "")


def test_a_redirect_is_asked_about_like_any_page():
    """Its target is the page, and a 304 of the target is one of the redirect too."""
    shop = Business()
    shop.site.put("/", page("home", "/old", "/a"))
    shop.site.put("/old", Answer(f"{SITE}/new", body=page("new").encode()))
    first = shop.run()
    assert f"{SITE}/new" in {chunk.url for chunk in shop.memory.chunks}
    again = shop.run()
    assert (shop.site.sent, again.publish) == ([], "unchanged")
    assert counted(first)[0] == counted(again)[3]


def test_a_redirect_that_leads_elsewhere_is_read_anew():
    """A 304 of another page than the known one says nothing of what we know."""
    shop = Business()
    shop.site.put("/", page("home", "/old"))
    shop.site.put("/old", Answer(f"{SITE}/new", body=page("new").encode()))
    shop.run()
    shop.site.put("/old", Answer(f"{SITE}/newer", body=page("new").encode()))
    shop.run()
    assert f"{SITE}/newer" in {chunk.url for chunk in shop.memory.chunks}


@pytest.mark.parametrize("after", range(1, 5))
def test_a_build_that_was_stopped_goes_on_where_it_was(after):
    """Pages that were told are not asked for again, texts that were embedded are not paid for again."""
    shop = Business()
    shop.stop_when = lambda _, counts: counts["fetched"] >= after
    with pytest.raises(BuildCancelled):
        shop.run()
    read = len(shop.memory.read)
    shop.stop_when = lambda *_: False
    outcome = shop.run()
    assert len(shop.site.sent) == 4 - read <= 4 - after + 1
    assert not set(shop.site.unchanged)
    assert (outcome.publish, counted(outcome)) == ("published", (4, 0, 0, 0))


def test_a_build_that_was_stopped_while_embedding_pays_for_the_rest_alone():
    """Batches that came back are remembered."""
    shop = Business()
    shop.site = ChangingSite({"/": page("home", *(f"/{n}" for n in range(120)))} | {
        f"/{n}": page(f"number {n} of many") for n in range(120)
    })  # fmt: skip
    shop.stop_when = lambda phase, counts: phase == "embedding" and counts["embedded"] >= 100
    with pytest.raises(BuildCancelled):
        shop.run()
    assert len(shop.embedded) == 100
    shop.stop_when = lambda *_: False
    shop.run()
    counts = shop.build.counts
    assert (len(shop.embedded), counts.embedded, counts.reused) == (21, 21, 100)
    assert counts.chunks == 121


def test_a_build_that_failed_by_itself_is_not_resumed():
    """Its owner mends the site, and the next build must see that."""
    shop = Business()
    content = page("home", head='<meta name="robots" content="noindex">')
    shop.site = ChangingSite({"/": content})
    with pytest.raises(BuildFailed):
        shop.run()
    shop.site.put("/", page("home"))
    assert shop.run().publish == "published"


def test_a_build_that_is_held_back_is_compared_with_what_is_served():
    """Its pages are asked for again by their marks, its vectors are kept, and its changes are still to come."""
    shop = Business()
    shop.run()
    shop.site.put("/b", page("beta, worse than before"))
    shop.status = "blocked"
    assert counted(shop.run()) == (0, 1, 0, 3)
    assert len(shop.embedded) == 1
    again = shop.run()
    assert (again.publish, counted(again)) == ("blocked", (0, 1, 0, 3))
    assert (shop.site.sent, shop.embedded) == ([], [])


def test_intents_that_changed_are_published_although_no_page_did():
    """They are part of what is served."""
    shop = Business()
    shop.run()
    shop.intents = None
    assert shop.run().publish == "published"
    assert shop.embedded == []
