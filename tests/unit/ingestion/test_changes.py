"""The report of a build: what was added, changed and gone, counted and shown."""

from shared.domain.pages import KnownPage
from shared.ingestion.changes import MAX_SAMPLES, changes


def known(url: str, digest: str, source_id: str = "src") -> KnownPage:
    """Return a page as a build remembers it."""
    return KnownPage(source_id, url, digest=digest)


def test_each_page_is_one_of_four():
    """By source and address; a page that is not indexed is not there."""
    served = {("src", "/same"): "1", ("src", "/new text"): "2", ("src", "/gone"): "3", ("other", "/same"): "1"}
    pages = [known("/same", "1"), known("/new text", "two"), known("/added", "4"), known("/gone", "")]
    assert changes(served, pages) == {
        "added": 1, "changed": 1, "gone": 2, "unchanged": 1,
        "samples": {"added": ["/added"], "changed": ["/new text"], "gone": ["/gone", "/same"]},
    }  # fmt: skip


def test_samples_are_a_few():
    """The counts say how many there are."""
    told = changes({}, [known(f"/{n}", "x") for n in range(MAX_SAMPLES * 3)])
    assert told["added"] == MAX_SAMPLES * 3
    assert told["samples"] == {"added": [f"/{n}" for n in range(MAX_SAMPLES)], "changed": [], "gone": []}
