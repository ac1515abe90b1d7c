"""Intents on CLINC150, a public set with messages that have none of its 150 intents; needs no server.

The set (Larson et al. 2019, CC BY 3.0) is loaded as a business's own intents, a few examples each, on the embedding
model that stands in for Gemini's on this machine. Thresholds are chosen on its validation part, figures are of its test
part.
"""

import argparse
import json
import random
import statistics
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.gemini.minilm import DIMENSIONS, MiniLM, model_folder
from local.stack.platform import ROOT
from shared.domain.intents import NONE, IntentSpec
from shared.understanding.intents import THRESHOLD, IntentModel, build_intents

URL = "https://raw.githubusercontent.com/clinc/oos-eval/master/data/data_full.json"
CACHE = ROOT / ".local" / "evals" / "clinc150.json"
OUT_OF_SCOPE = "oos"
THRESHOLDS = (0.3, 0.4, THRESHOLD, 0.6, 0.7)
# Table 2 of the set's paper, "Full": accuracy on messages in scope, recall of those out of scope. All were trained on
# 100 examples an intent; `train` on 100 messages out of scope besides, `threshold` chose one on the validation part.
PUBLISHED = {
    "DialogFlow, threshold": (90.8, 26.7), "Rasa, threshold": (90.9, 31.2), "SVM, threshold": (88.2, 18.0),
    "MLP on USE, threshold": (93.4, 49.1), "BERT fine-tuned, threshold": (96.2, 52.3),
    "Rasa, train": (91.5, 45.3), "MLP on USE, train": (93.5, 47.4), "BERT fine-tuned, train": (96.9, 40.3),
}  # fmt: skip

Texts = Sequence[tuple[str, str]]
Guess = tuple[str, str, float]
"""What it is, what the best candidate says, and with which probability."""


@dataclass(frozen=True)
class Figures:
    """What a threshold makes of the guesses, in percent."""

    accuracy: float
    recall: float
    precision: float

    @classmethod
    def of(cls, guesses: Sequence[Guess], threshold: float) -> "Figures":
        """Count: a guess below the threshold is out of scope."""
        verdicts = [(truth, name if chance >= threshold else NONE) for truth, name, chance in guesses]
        inside = [truth == verdict for truth, verdict in verdicts if truth != NONE]
        outside = [verdict == NONE for truth, verdict in verdicts if truth == NONE]
        refused = [truth == NONE for truth, verdict in verdicts if verdict == NONE]
        return cls(*(100 * statistics.fmean(group) if group else 0.0 for group in (inside, outside, refused)))


class Embedder:
    """The stand-in's sentence vectors, each text once."""

    def __init__(self) -> None:
        self._model = MiniLM.load(model_folder())
        self._known: dict[str, list[float]] = {}

    def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector a text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(new), 200):
            batch = new[start : start + 200]
            self._known |= dict(zip(batch, self._model.encode(batch).tolist(), strict=True))
        return [self._known[text] for text in texts]


def load(path: Path | None) -> dict[str, Texts]:
    """Return the parts of the set: from `path`, else from the cache, else fetched once."""
    if path is None and not CACHE.exists():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(URL, timeout=60) as answer:
            CACHE.write_bytes(answer.read())
    parts: dict[str, Texts] = json.loads((path or CACHE).read_text(encoding="utf-8"))
    return parts


def specs(train: Texts, count: int, seed: int) -> tuple[IntentSpec, ...]:
    """Return the set as a business would configure it, `count` examples an intent."""
    choice = random.Random(seed)  # noqa: S311 - the same choice each time, no secret
    by_name: dict[str, list[str]] = {}
    for text, name in train:
        by_name.setdefault(name, []).append(text)
    return tuple(
        IntentSpec(id=name, examples=tuple(choice.sample(by_name[name], min(count, len(by_name[name])))))
        for name in sorted(by_name)
    )


def guesses(model: IntentModel, embed: Embedder, texts: Texts) -> list[Guess]:
    """Return what the model makes of messages."""
    names = [NONE if name == OUT_OF_SCOPE else name for _, name in texts]
    best = (model.match(vector).candidates[0] for vector in embed([text for text, _ in texts]))
    return [(truth, found.name, found.probability) for truth, found in zip(names, best, strict=True)]


def chosen(validation: Sequence[Guess]) -> float:
    """Return the threshold with the best mean of accuracy in scope and recall out of scope."""

    def worth(threshold: float) -> float:
        figures = Figures.of(validation, threshold)
        return figures.accuracy + figures.recall

    return max((step / 50 for step in range(51)), key=worth)


def report(parts: dict[str, Texts], count: int, seeds: int) -> Iterator[str]:
    """Yield the lines of the report, means over `seeds` choices of the examples."""
    embed, rows, picked = Embedder(), dict[float, list[Figures]](), list[tuple[float, Figures]]()
    for seed in range(seeds):
        model = build_intents(specs(parts["train"], count, seed), embed, "MiniLM", DIMENSIONS, built_in=False)
        threshold = chosen(guesses(model, embed, [*parts["val"], *parts["oos_val"]]))
        tested = guesses(model, embed, [*parts["test"], *parts["oos_test"]])
        picked.append((threshold, Figures.of(tested, threshold)))
        for fixed in (0.0, *THRESHOLDS):
            rows.setdefault(fixed, []).append(Figures.of(tested, fixed))
    yield f"CLINC150, test part: 150 intents, {count} examples each, MiniLM-L6, mean of {seeds} choices of examples"
    yield f"{'':34}  accuracy in scope  out of scope: recall  precision"
    for fixed, figures in rows.items():
        name = f"probability >= {fixed}" if fixed else "no threshold"
        yield _row(name + (" (the platform's)" if fixed == THRESHOLD else ""), figures)
    yield _row(
        f"chosen on validation (>= {statistics.fmean(one for one, _ in picked):.2f})", [one for _, one in picked]
    )
    yield "Published (Larson et al. 2019, table 2, Full: 100 examples an intent)"
    for name, (accuracy, recall) in PUBLISHED.items():
        yield f"  {name:32}  {accuracy:17.1f}  {recall:20.1f}"


def _row(name: str, figures: Sequence[Figures]) -> str:
    accuracy, recall, precision = (
        statistics.fmean(getattr(one, field) for one in figures) for field in ("accuracy", "recall", "precision")
    )
    return f"  {name:32}  {accuracy:17.1f}  {recall:20.1f}  {precision:9.1f}"


def main(arguments: list[str]) -> int:
    """Read the options and print the report."""
    parser = argparse.ArgumentParser(prog="python -m local.evals intents", description=__doc__)
    parser.add_argument("--data", type=Path, help=f"data_full.json of github.com/clinc/oos-eval; else {URL}")
    parser.add_argument("--examples", type=int, default=10, help="examples an intent")
    parser.add_argument("--seeds", type=int, default=3, help="choices of the examples")
    options = parser.parse_args(arguments)
    try:
        parts = load(options.data)
    except (OSError, ValueError) as error:
        print(f"CLINC150 cannot be read ({error}); fetch it elsewhere and name it with --data")
        return 1
    for line in report(parts, options.examples, options.seeds):
        print(line, flush=True)
    return 0
