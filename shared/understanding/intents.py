"""What does the visitor want? The nearest example sentences decide, on the embedding that retrieval needs anyway.

An intent's score is the weighted mean of the cosines of its three nearest examples; what the background scores says
how near anything is to such a message. How much that means depends on the embedding model, so a build also fits the
probability: a logistic curve over the scores that the examples get when each is left out, against what they and the
background get from intents that are not theirs. Under one half nothing is recognised.

`question` (about the offer, with no other intent) can be about anything and has no examples of ours: whether the words
ask something decides it, once nothing else was recognised (`or_question`). Numpy is imported with the first build, load
or match.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.domain.folding import fold
from shared.domain.intents import IntentSpec
from shared.domain.understanding import NOT_RECOGNISED, Intent, IntentMatch, IntentScore
from shared.understanding import examples

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

VERSION = 1  # of everything that makes a model out of the same sentences another one
THRESHOLD = 0.5
CANDIDATES = 5
BACKGROUND = ""  # the name of what is no intent
QUESTION = "question"
_WEIGHTS = (3.0, 2.0, 1.0)  # of the nearest example, the second and the third
_VERBATIM = 0.98  # an example said word for word, or nearly, decides alone
_ABSENT = -2.0  # a cosine that is none
# Weight of all examples without their own intent, and of the background, beside 1 for the examples with theirs: how
# often a message has no intent. Chosen on the validation part of CLINC150 (local/evals/intents.py).
_FOREIGN_SHARE = 0.15
_CALIBRATED_ON = 2000  # examples, at most: a build must not take minutes
_BLOCK = 128
_RIDGE = 0.01
_NEWTON_STEPS = 25


@dataclass(frozen=True)
class Calibration:
    """The logarithm of the odds that an intent is meant: slope * score + against * background's score + offset."""

    slope: float
    against: float
    offset: float

    def probability(self, score: float, background: float) -> float:
        """Return the probability that an intent with this score is meant; 0 to 1."""
        odds = self.slope * score + self.against * background + self.offset
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, odds))))


@dataclass(frozen=True, eq=False)
class IntentModel:
    """The examples as unit vectors. Safe to use from many threads.

    Args:
        names: the intent of each example, in alphabetical order; the background's sentences come first.
        examples: the sentences.
        matrix: their unit vectors, a row each.
        calibration: from scores to a probability.
        digest: says from which sentences, embedding model and version this was made.
    """

    names: tuple[str, ...]
    examples: tuple[str, ...]
    matrix: "Floats"
    calibration: Calibration
    digest: str
    _grid: "_Grid" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_grid", _Grid.of(self.names))

    @property
    def size(self) -> int:
        """Bytes it takes, near enough for a budget."""
        return int(self.matrix.nbytes) + sum(len(text) * 2 + 150 for text in self.examples)

    def match(self, vector: Sequence[float]) -> IntentMatch:
        """Return the intent of a message by its query embedding, and the best candidates.

        A vector that cannot be compared (another length, zero, not finite) is not recognised.
        """
        import numpy as np

        message = np.asarray(vector, dtype=np.float64)
        largest = float(np.abs(message).max()) if message.shape == self.matrix.shape[1:] else 0.0
        if not 0.0 < largest < math.inf:
            return IntentMatch()
        message = message / largest  # so that no length overflows
        cosines = self.matrix @ (message / np.sqrt(message @ message)).astype(np.float32)
        background, *scores = self._grid.scores(cosines[None])[0].tolist()
        # sorted() is stable: of equal scores the first name of the alphabet leads.
        best = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[:CANDIDATES]
        found = tuple(self._candidate(place + 1, scores[place], background, cosines) for place in best)
        recognised = [Intent(top.name, top.probability) for top in found[:1] if top.probability >= THRESHOLD]
        return IntentMatch(recognised[0] if recognised else NOT_RECOGNISED, found)

    def _candidate(self, place: int, score: float, background: float, cosines: "Floats") -> IntentScore:
        first, last = self._grid.spans[place]
        nearest = first + int(cosines[first:last].argmax())
        similarity = min(1.0, max(-1.0, float(cosines[nearest])))
        probability = self.calibration.probability(score, background)
        return IntentScore(self._grid.intents[place], similarity, probability, self.examples[nearest])


@dataclass(frozen=True, eq=False)
class _Grid:
    """Where each intent's examples stand: `places` has a row an intent, filled up with the place after the last."""

    intents: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    places: "NDArray[np.int64]"

    @classmethod
    def of(cls, names: Sequence[str]) -> "_Grid":
        import numpy as np

        starts = [place for place, name in enumerate(names) if place == 0 or names[place - 1] != name]
        spans = tuple(zip(starts, [*starts[1:], len(names)], strict=True))
        width = max((last - first for first, last in spans), default=0)
        places = np.full((len(spans), max(width, len(_WEIGHTS))), len(names), dtype=np.int64)
        for row, (first, last) in enumerate(spans):
            places[row, : last - first] = range(first, last)
        return cls(tuple(names[start] for start in starts), spans, places)

    def scores(self, cosines: "Floats") -> "Floats":
        """Return each intent's score (a column, the background's first) for each row of cosines; -1: no example."""
        import numpy as np

        padded = np.concatenate([cosines, np.full((len(cosines), 1), _ABSENT, cosines.dtype)], axis=1)
        nearest = np.sort(padded[:, self.places], axis=2)[:, :, : -len(_WEIGHTS) - 1 : -1]
        weights = np.asarray(_WEIGHTS, cosines.dtype) * (nearest > _ABSENT)
        total = weights.sum(axis=2)
        means = np.where(total > 0, (nearest * weights).sum(axis=2) / np.maximum(total, 1), -1)
        scores: Floats = np.where(nearest[:, :, 0] >= _VERBATIM, nearest[:, :, 0], means)
        return scores


def build_intents(
    specs: tuple[IntentSpec, ...],
    embed: Callable[[Sequence[str]], list[list[float]]],
    embedding_model: str,
    dimensions: int,
    *,
    built_in: bool = True,
) -> IntentModel:
    """Make the model of a business: the built-in intents, its own, and examples it adds to built-in ones.

    Args:
        specs: the business's intents, in any order.
        embed: returns a vector a text, worded as questions are.
        embedding_model: what `embed` embeds with.
        dimensions: how long its vectors are.
        built_in: False leaves the built-in intents out.
    """
    import numpy as np

    sentences = _sentences(specs, built_in=built_in)
    names = tuple(name for name, texts in sentences.items() for _ in texts)
    texts = tuple(text for group in sentences.values() for text in group)
    matrix = np.asarray(embed(texts), dtype=np.float32)
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)
    # Rounded as it is stored, so that a build and what is loaded from it decide the same.
    matrix = matrix.astype(np.float16).astype(np.float32)
    made_of = digest(specs, embedding_model, dimensions, built_in=built_in)
    return IntentModel(names, texts, matrix, _calibrated(_Grid.of(names), matrix), made_of)


def digest(specs: tuple[IntentSpec, ...], embedding_model: str, dimensions: int, *, built_in: bool = True) -> str:
    """Return what tells one model from another: equal for the same sentences in any order."""
    made_of = [VERSION, embedding_model, dimensions, _sentences(specs, built_in=built_in)]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def or_question(match: IntentMatch, *, asks: bool) -> IntentMatch:
    """Return `match`, or the intent `question` when nothing was recognised and the words ask something (`asks`).

    Its confidence is the probability that no other intent fits: a half where nothing was there to compare with.
    """
    if match.intent != NOT_RECOGNISED or not asks:
        return match
    best = match.candidates[0].probability if match.candidates else 0.5
    return IntentMatch(Intent(QUESTION, 1.0 - best), match.candidates)


def _sentences(specs: tuple[IntentSpec, ...], *, built_in: bool) -> Mapping[str, tuple[str, ...]]:
    """Return the background and every intent's examples in one order, each once however it is written."""
    ours = examples.EXAMPLES if built_in else {}
    groups = {name: [text for texts in languages.values() for text in texts] for name, languages in ours.items()}
    groups[BACKGROUND] = [text for texts in examples.BACKGROUND.values() for text in texts]
    for spec in specs:
        groups[spec.id] = [*groups.get(spec.id, []), *spec.examples]
    taken = {fold(text) for name, texts in groups.items() if name != BACKGROUND for text in texts}
    groups[BACKGROUND] = [text for text in groups[BACKGROUND] if fold(text) not in taken] or groups[BACKGROUND]
    # Of two that differ only in case or accents the later in the alphabet stays, whatever order they came in.
    return {
        name: tuple(sorted({fold(text): text for text in sorted(groups[name])}.values())) for name in sorted(groups)
    }


def _calibrated(grid: _Grid, matrix: "Floats") -> Calibration:
    """Judge by the examples themselves how probably the best intent is the right one."""
    import numpy as np

    if grid.intents == (BACKGROUND,):
        return Calibration(0.0, 0.0, 0.0)
    own = np.repeat(np.arange(len(grid.spans)), [last - first for first, last in grid.spans])
    (inside,) = own.nonzero()
    chosen = np.concatenate([(own == 0).nonzero()[0], inside[:: -(-len(inside) // _CALIBRATED_ON)]])
    blocks = (chosen[start : start + _BLOCK] for start in range(0, len(chosen), _BLOCK))
    scores = np.concatenate([_left_out(grid, matrix, rows) for rows in blocks]).astype(np.float64)
    background, rivals, own = scores[:, 0], scores[:, 1:], own[chosen]
    best, right, meant = rivals.max(axis=1), rivals.argmax(axis=1) + 1 == own, own > 0
    rivals[meant, own[meant] - 1] = -1.0
    parts = (
        (best[meant], background[meant], right[meant], 1.0),
        # What somebody says whose intent the business has not thought of: an example without its own intent.
        (rivals[meant].max(axis=1), background[meant], right[meant] & False, _FOREIGN_SHARE * (rivals.shape[1] > 1)),
        (best[~meant], background[~meant], right[~meant], _FOREIGN_SHARE),
    )
    features = np.concatenate([np.stack(part[:2], axis=1) for part in parts])
    weights = np.concatenate([np.full(len(part[0]), part[3] / len(part[0])) for part in parts])
    return _fitted(features, np.concatenate([part[2] for part in parts]), weights / weights.sum())


def _left_out(grid: _Grid, matrix: "Floats", rows: "NDArray[np.int64]") -> "Floats":
    """Return what some examples score when they are not examples themselves."""
    import numpy as np

    cosines = matrix[rows] @ matrix.T
    cosines[np.arange(len(rows)), rows] = _ABSENT
    return grid.scores(cosines)


def _fitted(features: "NDArray[np.float64]", right: "NDArray[np.bool_]", weights: "NDArray[np.float64]") -> Calibration:
    """Fit a logistic curve by Newton's method; the ridge keeps it finite when a line separates right from wrong."""
    import numpy as np

    middle = weights @ features
    spread = np.maximum(np.sqrt(weights @ (features - middle) ** 2), 1e-3)
    table = np.column_stack([(features - middle) / spread, np.ones(len(features))])
    ridge = np.diag([_RIDGE, _RIDGE, 1e-4])
    curve = np.zeros(3)
    for _ in range(_NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-table @ curve))
        pull = table.T @ (weights * (chance - right)) + ridge @ curve
        curve -= np.linalg.solve((table.T * (weights * chance * (1 - chance))) @ table + ridge, pull)
    # Nearer is never less likely, and nearer to the background never more.
    slope, against = max(curve[0] / spread[0], 0.0), min(curve[1] / spread[1], 0.0)
    return Calibration(float(slope), float(against), float(curve[2] - slope * middle[0] - against * middle[1]))
