"""An index judged by golden questions, and two indexes compared. Pure: what was found is handed in."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from textwrap import shorten
from typing import Any

from shared.domain.folding import fold
from shared.domain.golden import GoldenQuestion, same_page, says
from shared.domain.knowledge import Asked, Found
from shared.retrieval.evidence import NOTHING
from shared.retrieval.followup import standalone
from shared.retrieval.measure import DEPTH, Ranking, Refusals, mean

BATCH = 50  # texts that are embedded at once
_NAMED, _CHARS = 5, 120  # questions in a sentence, and characters of each
_ROUNDING = 1e-9  # of means: a loss of exactly the margin is none too much

Search = Callable[[Asked, int], Found]
Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
Vectors = Mapping[str, Sequence[float]]
"""The unit vector of each form of a question."""


@dataclass(frozen=True)
class Judged:
    """What became of one question. `ranking` None: nothing should have been found.

    `found` are the pages of the passages, best first; `missing` the facts that none of them holds.
    """

    question: GoldenQuestion
    ranking: Ranking | None
    refused: bool
    likelihood: float | None
    found: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def hit(self) -> bool:
        """Whether one of its pages was found; of a question without pages one of its facts."""
        return self.ranking is not None and self.ranking.hit8 > 0

    @property
    def rank(self) -> int | None:
        """Place of the first page or fact that was expected, from 1; None: it is not among the first eight."""
        return round(1 / self.ranking.mrr) if self.ranking and self.ranking.mrr else None

    @property
    def passed(self) -> bool:
        """Whether it would be answered from what was found, or refused when it has no answer."""
        return not (self.refused or self.missing) and self.hit if self.question.answerable else self.refused


@dataclass(frozen=True)
class Figures:
    """How well an index answers the questions, 0 to 1. None: there is no question that this could be told by.

    `facts` is the mean share of the facts that were found; `refused` of what cannot be answered, `rightly` of what was
    refused, `wrongly` of what can be answered.
    """

    answerable: int
    unanswerable: int
    hit1: float | None = None
    hit3: float | None = None
    hit8: float | None = None
    mrr: float | None = None
    ndcg: float | None = None
    facts: float | None = None
    refused: float | None = None
    rightly: float | None = None
    wrongly: float | None = None


def forms(question: GoldenQuestion) -> list[str]:
    """Return what is embedded of a question, as a turn does: itself, and the form that stands alone when it differs."""
    return list(dict.fromkeys((question.question, standalone((*question.history, question.question)))))


def asked(question: GoldenQuestion, vectors: Vectors) -> Asked:
    """Return a question to an index, with the vectors of its forms out of `vectors`."""
    texts = forms(question)
    return Asked(texts, [vectors[text] for text in texts], question.language[:2].lower())


def embedded(questions: Sequence[GoldenQuestion], embed: Embed) -> Vectors:
    """Return the vectors of all forms of the questions, each text once, in batches."""
    texts = list(dict.fromkeys(text for question in questions for text in forms(question)))
    vectors: dict[str, Sequence[float]] = {}
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        vectors |= zip(batch, embed(batch), strict=True)
    return vectors


def judged(question: GoldenQuestion, found: Found) -> Judged:
    """Return what was found for a question against what should be."""
    passages = found.passages[:DEPTH]
    pages = [passage.chunk.url or passage.chunk.title for passage in passages]
    texts = [fold(f"{passage.chunk.label}\n{passage.chunk.text}") for passage in passages]
    missing = tuple(fact for fact in question.facts if not any(says(text, fact) for text in texts))
    refused = not passages or (found.likelihood is not None and found.likelihood < NOTHING)
    ranking = _ranking(question, pages, texts) if question.answerable else None
    return Judged(question, ranking, refused, found.likelihood, tuple(pages), missing)


def _ranking(question: GoldenQuestion, pages: Sequence[str], texts: Sequence[str]) -> Ranking:
    """Return the ranking of the expected pages, each at its first passage; without pages that of any fact."""
    if not question.pages:
        held = (at for at, text in enumerate(texts) if any(says(text, fact) for fact in question.facts))
        return Ranking.of(range(len(texts)), {next(held, -1)})
    ranked: list[int] = []
    for page in pages:
        fits = (number for number, wanted in enumerate(question.pages) if same_page(wanted, page))
        ranked.append(next((number for number in fits if number not in ranked), -1))
    return Ranking.of(ranked, set(range(len(question.pages))))


def figures(all_judged: Sequence[Judged]) -> Figures:
    """Return the figures of an index."""
    rankings = [one.ranking for one in all_judged if one.ranking]
    answerable = [one.question.answerable for one in all_judged]
    refusals = Refusals.of([one.refused for one in all_judged], answerable)
    held = [1 - len(one.missing) / len(one.question.facts) for one in all_judged if one.question.facts]
    able, unable = len(rankings), len(all_judged) - len(rankings)
    shares = asdict(mean(rankings)) if rankings else {}
    return Figures(
        able, unable, **shares,
        facts=math.fsum(held) / len(held) if held else None,
        refused=refusals.recall if unable else None,
        rightly=refusals.precision if unable else None,
        wrongly=refusals.wrongly if able else None,
    )  # fmt: skip


# What decides, with its name in a sentence and whether more of it is better.
_DECIDES: tuple[tuple[str, str, bool], ...] = (
    ("ndcg", "the ranking (nDCG@8)", True),
    ("hit8", "the share of questions whose page is found", True),
    ("refused", "the share of unanswerable questions that are refused", True),
    ("wrongly", "the share of answerable questions that are refused", False),
)


@dataclass(frozen=True)
class Comparison:
    """A candidate beside the index that serves.

    Args:
        candidate: its figures.
        live: of the index that serves; None when there is none to compare with.
        margin: how much worse the candidate may be.
        reason: why it must not serve, in words; "" it may.
        lost: ids of questions whose page was found before and is not now.
        gained: the other way round.
    """

    candidate: Figures
    live: Figures | None
    margin: float
    reason: str = ""
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def compared(candidate: Sequence[Judged], live: Sequence[Judged], margin: float) -> Comparison:
    """Compare two indexes by the same questions in the same order; without `live` the candidate may always serve."""
    ours = figures(candidate)
    if not live:
        return Comparison(ours, None, margin)
    theirs = figures(live)
    pairs = list(zip(candidate, live, strict=True))
    lost = [new for new, old in pairs if old.hit and not new.hit]
    gained = tuple(new.question.id for new, old in pairs if new.hit and not old.hit)
    worse = [text for name, words, more in _DECIDES if (text := _worse(ours, theirs, name, words, margin, more=more))]
    names = tuple(one.question.id for one in lost)
    return Comparison(ours, theirs, margin, _sentence(worse, lost, margin), names, gained)


def _worse(ours: Figures, theirs: Figures, name: str, words: str, margin: float, *, more: bool) -> str:
    now, before = getattr(ours, name), getattr(theirs, name)
    if now is None or before is None:
        return ""
    loss = before - now if more else now - before
    return f"{words} went from {_percent(before)} to {_percent(now)}" if loss > margin + _ROUNDING else ""


def _sentence(worse: Sequence[str], lost: Sequence[Judged], margin: float) -> str:
    if not worse:
        return ""
    named = ", ".join(f"“{shorten(one.question.question, _CHARS, placeholder=' …')}”" for one in lost[:_NAMED])
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    what = f" What answers is not found any more for {named}{more}." if lost else ""
    said = "; ".join(worse)
    return f"{said[:1].upper()}{said[1:]}; at most {_percent(margin)} worse is allowed.{what}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def judge(questions: Sequence[GoldenQuestion], vectors: Vectors, search: Search) -> list[Judged]:
    """Ask an index every question and return what became of each."""
    return [judged(question, search(asked(question, vectors), DEPTH)) for question in questions]
