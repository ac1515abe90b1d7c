"""What a ranking is worth, and what is refused. Pure arithmetic: it knows neither questions nor passages."""

import math
from collections.abc import Sequence, Set
from dataclasses import astuple, dataclass

DEPTH, FEW = 8, 3


@dataclass(frozen=True)
class Ranking:
    """Hits within the first 1, 3 and 8 places, the reciprocal rank of the first hit, nDCG of the first 8; 0 to 1."""

    hit1: float
    hit3: float
    hit8: float
    mrr: float
    ndcg: float

    @classmethod
    def of(cls, ranked: Sequence[int], right: Set[int]) -> "Ranking":
        """Judge one ranking; each right place counts the same, and there is at least one."""
        hits = [rank for rank, place in enumerate(ranked[:DEPTH]) if place in right]
        first = hits[0] if hits else DEPTH
        ideal = math.fsum(1 / math.log2(rank + 2) for rank in range(min(DEPTH, len(right))))
        gained = math.fsum(1 / math.log2(rank + 2) for rank in hits)
        return cls(
            float(first < 1), float(first < FEW), float(first < DEPTH), 1 / (first + 1) if hits else 0.0, gained / ideal
        )  # fmt: skip


def mean(rankings: Sequence[Ranking]) -> Ranking:
    """Return the mean of each figure; there is at least one ranking."""
    columns = zip(*(astuple(one) for one in rankings), strict=True)
    return Ranking(*(math.fsum(column) / len(rankings) for column in columns))


@dataclass(frozen=True)
class Refusals:
    """What is refused: how much of what should be, how much of that rightly, and how much of what should not be."""

    recall: float
    precision: float
    wrongly: float

    @classmethod
    def of(cls, refused: Sequence[bool], answerable: Sequence[bool]) -> "Refusals":
        """Count. Precision is 1 when nothing is refused, recall when nothing should be, wrongly 0 likewise."""
        pairs = list(zip(refused, answerable, strict=True))
        rightly = sum(no and not able for no, able in pairs)
        wrongly = sum(no and able for no, able in pairs)
        return cls(
            _share(rightly, sum(not able for able in answerable), 1.0),
            _share(rightly, rightly + wrongly, 1.0),
            _share(wrongly, sum(answerable), 0.0),
        )


def _share(part: int, whole: int, of_nothing: float) -> float:
    return part / whole if whole else of_nothing
