"""Figures, made of what was counted."""

import math
import random
from collections import Counter

import pytest

from shared.api.admin.analytics_models import Figures
from shared.domain.analytics import FIGURES, Cells, Tally, bucket_range, change, figures_of, quantile


def bucket(ms):
    """Return the bucket of a time as the database does."""
    return str(math.ceil(math.log(max(ms, 1)) / math.log(1.25)))


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("count", [1, 2, 10, 999])
def test_a_quantile_is_off_by_less_than_its_bucket(share, count):
    """Against the real one, whatever the times are."""
    waits = sorted(random.Random(count).lognormvariate(6.5, 1) for _ in range(count))
    real = waits[math.ceil(share * count) - 1]
    found = quantile(Counter(map(bucket, waits)), share)
    assert found is not None
    assert real / 1.25 <= found <= real * 1.25


def test_a_quantile_lies_inside_of_its_bucket():
    """Answers of one bucket are taken as evenly spread; the quickest are those up to a millisecond."""
    low, high = bucket_range(31)
    assert quantile({"31": 10}, 0.5) == pytest.approx((low + high) / 2, abs=0.1)
    assert quantile({"30": 1, "31": 9}, 0.1) == pytest.approx(low, abs=0.1)
    assert quantile({"0": 4}, 0.5) == 0.5
    assert quantile({}, 0.5) is None


def test_contained_is_never_below_nothing():
    """A hand-off may belong to an hour of which no conversation was counted."""
    cells = Cells([Tally(0, "reached", "web", "handoff", 2, 0)])
    found = figures_of(cells, ["contained", "containment_rate"])
    assert found == {"contained": 0, "containment_rate": None}


def test_a_change_is_against_what_was():
    """In its own unit and as a share; of nothing there is no share."""
    assert vars(change(15, 10)) == {"difference": 5, "share": 0.5}
    assert vars(change(-0.5, -1.0)) == {"difference": 0.5, "share": 0.5}
    assert vars(change(5, 0)) == {"difference": 5, "share": None}
    assert vars(change(None, 3)) == {"difference": None, "share": None}


def test_the_published_figures_are_all_there_are():
    """The API's type names each figure, in the same order."""
    assert list(Figures.model_fields) == list(FIGURES)


def test_each_figure_is_defined():
    """docs/analytics.md has a row for each, with what it does not say."""
    from tests.architecture.source import ROOT

    rows = [line.split("|") for line in (ROOT / "docs/analytics.md").read_text().splitlines() if line.startswith("| `")]
    defined = {row[1].strip().strip("`"): row for row in rows if len(row) == 6}
    assert set(FIGURES) <= set(defined)
    for name, figure in FIGURES.items():
        for metric in figure.metrics:
            assert f"`{metric}" in defined[name][3], name
