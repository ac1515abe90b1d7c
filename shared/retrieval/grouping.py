"""Puts questions together that mean the same, by the vectors they were searched with and by their words. Pure.

Average linkage: a question belongs to a group when its mean cosine with all of that group is high enough. How high
depends on the embedding model, so it is said as a part of the way from what is near by chance to the same words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.domain.gaps import Decision, GapGroup, KeptGap
from shared.understanding.intents import BACKGROUND, IntentModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Chosen on questions about 27 subjects (tests/unit/retrieval/subjects.py): hardly two subjects in one group, and one
# subject in hardly more than one. A question in the wrong group would be taken for answered; one too many costs a look.
ALIKE = 0.5
UNKNOWN = 0.6  # chance, of a model that is not in use any more: rather too many groups than two subjects in one
_BLOCK = 1000  # questions clustered at once: time and memory grow with the square of it


@dataclass
class _Group:
    """A group as it grows; `sums` of the unit vectors of its wordings and their number, by space."""

    decided: str = ""
    gaps: list[KeptGap] = field(default_factory=list)
    wordings: dict[str, list[KeptGap]] = field(default_factory=dict)
    sums: "dict[str, Floats]" = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def add(self, words: str, gaps: Iterable[KeptGap]) -> None:
        for gap in gaps:
            self.gaps.append(gap)
            self.wordings.setdefault(words, []).append(gap)

    def lean_on(self, space: str, vector: "Floats") -> None:
        self.sums[space] = self.sums[space] + vector if space in self.sums else vector
        self.sizes[space] = self.sizes.get(space, 0) + 1


def chance_of(intents: IntentModel) -> float:
    """Return the mean cosine of sentences that have nothing to do with each other; `UNKNOWN` without two of them."""
    rows = intents.matrix[[row for row, name in enumerate(intents.names) if name == BACKGROUND]]
    count = len(rows)
    if count <= 1:
        return UNKNOWN
    total = rows.sum(axis=0)
    return float((total @ total - count) / (count * (count - 1)))


def grouped(gaps: Sequence[KeptGap], decisions: Mapping[str, Decision], chance: Mapping[str, float]) -> list[GapGroup]:
    """Return the groups, in the order of their oldest question. The same questions always give the same groups.

    What was decided on stays together; what came since joins it when it means the same, or else what it is nearest to.
    Vectors of two spaces are never compared: across spaces, and without a vector, only the same words are the same.

    Args:
        gaps: oldest first.
        decisions: by the ids of their groups; gaps that name another are undecided.
        chance: of each space, as `chance_of`; `UNKNOWN` of others.
    """
    groups, fresh = _decided(gaps, decisions)
    vectors = {words: _vector(of[-1]) for words, of in fresh.items()}
    spaces: dict[str, list[str]] = {}
    for words, of in fresh.items():
        if vectors[words] is None:
            groups.append(_grown(_Group(), words, of))
        else:
            spaces.setdefault(of[-1].space, []).append(words)
    for space, wordings in spaces.items():
        base = chance.get(space, UNKNOWN)
        _clustered(groups, space, wordings, fresh, vectors, base + ALIKE * (1 - base))
    return sorted((_finished(one, decisions) for one in groups), key=lambda one: (one.gaps[0].at, one.gaps[0].id))


def _decided(
    gaps: Sequence[KeptGap], decisions: Mapping[str, Decision]
) -> tuple[list[_Group], dict[str, list[KeptGap]]]:
    """Return the groups that were decided on, with what says the same, and all other gaps by their words."""
    by_id: dict[str, _Group] = {}
    by_words: dict[str, _Group] = {}
    for gap in gaps:
        if gap.group_id in decisions:
            group = by_id.setdefault(gap.group_id, _Group(gap.group_id))
            if gap.words not in group.wordings and (vector := _vector(gap)) is not None:
                group.lean_on(gap.space, vector)
            group.add(gap.words, [gap])
            by_words.setdefault(gap.words, group)
    fresh: dict[str, list[KeptGap]] = {}
    for gap in gaps:
        if gap.group_id in decisions:
            continue
        if gap.words in by_words:
            by_words[gap.words].add(gap.words, [gap])
        else:
            fresh.setdefault(gap.words, []).append(gap)
    return list(by_id.values()), fresh


def _clustered(
    groups: list[_Group], space: str, wordings: Sequence[str], fresh: Mapping[str, list[KeptGap]],
    vectors: "Mapping[str, Floats | None]", alike: float,
) -> None:  # fmt: skip
    """Add the wordings of one space to the groups, some at a time: first to what there is, the rest to each other."""
    import numpy as np

    for start in range(0, len(wordings), _BLOCK):
        block = wordings[start : start + _BLOCK]
        matrix = np.stack([vector for words in block if (vector := vectors[words]) is not None])
        known = [group for group in groups if space in group.sums]
        places = _nearest(matrix, known, space, alike)
        rest = [row for row, place in enumerate(places) if place < 0]
        made: dict[int, _Group] = {}
        for row, label in zip(rest, _linked(matrix[rest], alike), strict=True):
            places[row] = len(known) + label
            made.setdefault(label, _Group())
        targets = {**dict(enumerate(known)), **{len(known) + label: group for label, group in made.items()}}
        for row, words in enumerate(block):
            group = _grown(targets[places[row]], words, fresh[words])
            group.lean_on(space, matrix[row])
        groups += made.values()


def _nearest(matrix: "Floats", known: Sequence[_Group], space: str, alike: float) -> list[int]:
    """Return the place of the group that each row is most like; -1 where it is not like any."""
    import numpy as np

    if not known:
        return [-1] * len(matrix)
    cosines = matrix @ np.stack([group.sums[space] / group.sizes[space] for group in known]).T
    best = cosines.argmax(axis=1)
    return [int(place) if cosines[row, place] >= alike else -1 for row, place in enumerate(best)]


def _linked(matrix: "Floats", alike: float) -> list[int]:
    """Return a label for each row; rows with the same one are alike on average."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(matrix) <= 1:
        return [1] * len(matrix)
    upper = np.triu_indices(len(matrix), 1)
    distances = np.maximum(1.0 - (matrix @ matrix.T)[upper].astype(np.float64), 0.0)
    labels: list[int] = fcluster(linkage(distances, "average"), 1.0 - alike, "distance").tolist()
    return labels


def _vector(gap: KeptGap) -> "Floats | None":
    """Return a gap's vector with length one; None when it has none that can be compared."""
    import numpy as np

    if not gap.space or not gap.vector or gap.space.rpartition("/")[2] != str(len(gap.vector) // 2):
        return None
    vector = np.frombuffer(gap.vector, dtype="<f2").astype(np.float32)
    length = float(np.sqrt(vector @ vector))
    return vector / length if np.isfinite(length) and length > 0 else None


def _grown(group: _Group, words: str, gaps: Iterable[KeptGap]) -> _Group:
    group.add(words, gaps)
    return group


def _finished(group: _Group, decisions: Mapping[str, Decision]) -> GapGroup:
    """Return the group with its wordings in order: asked most, then nearest to all others, then first."""
    centre = {space: total / group.sizes[space] for space, total in group.sums.items()}

    def rank(of: list[KeptGap]) -> tuple[int, float]:
        vector = _vector(of[-1])
        near = float(vector @ centre[of[-1].space]) if vector is not None and of[-1].space in centre else 0.0
        return -len(of), -round(near, 4)

    wordings = sorted(group.wordings.values(), key=rank)
    gaps = sorted(group.gaps, key=lambda gap: (gap.at, gap.id))
    return GapGroup(tuple(gaps), tuple(of[-1] for of in wordings), decisions.get(group.decided))
