"""From ranked lists to the passages a model reads: rank fusion, diversity over pages, neighbours, a budget. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from shared.domain.knowledge import Chunk

RRF_K = 60  # as published (Cormack et al. 2009), and as most systems have it
PER_PAGE = 4
BUDGET_CHARS = 9000  # about 2250 tokens
_SHORT = 160  # characters: a passage below is half a thought
_ENDS = (".", "!", "?", "。", "！", "？", "؟", "।", ":", "|", ")", "”", '"')


def fused(lists: Iterable[tuple[float, Sequence[int]]], k: int = RRF_K) -> list[tuple[int, float]]:
    """Return places by reciprocal rank fusion, best first; of equal ones the first in reading order.

    Ranks are fused since scores cannot be compared: a cosine and a BM25 score have no common unit.

    Args:
        lists: each ranked list of places with its weight.
        k: the larger, the less the first ranks stand out.
    """
    total: dict[int, float] = {}
    for weight, places in lists:
        for rank, place in enumerate(places, 1):
            total[place] = total.get(place, 0.0) + weight / (k + rank)
    return sorted(total.items(), key=lambda item: (-item[1], item[0]))


def summed(worth: Iterable[tuple[float, Mapping[int, float]]]) -> list[tuple[int, float]]:
    """Return places by the weighted sum of what speaks for them, best first; of equal ones the first in reading order.

    Args:
        worth: maps of scores that stand for themselves, whatever else was found, each with its weight; a place that is
            not in one has 0 there.
    """
    total: dict[int, float] = {}
    for weight, scores in worth:
        for place, score in scores.items():
            total[place] = total.get(place, 0.0) + weight * score
    return sorted(total.items(), key=lambda item: (-item[1], item[0]))


def page_of(chunk: Chunk) -> str:
    """Return the page a chunk is of; a PDF's pages are one document."""
    return chunk.url.partition("#")[0] or chunk.title


def spread(ranked: Sequence[int], page: Callable[[int], str], per_page: int = PER_PAGE) -> list[int]:
    """Return the places with at most `per_page` of a page in front; the others follow, so that none is lost."""
    seen: dict[str, int] = {}
    front: list[int] = []
    behind: list[int] = []
    for place in ranked:
        of = page(place)
        seen[of] = seen.get(of, 0) + 1
        (front if seen[of] <= per_page else behind).append(place)
    return front + behind


def joined(places: Sequence[int], chunks: Sequence[Chunk], count: int, budget: int = BUDGET_CHARS) -> list[list[int]]:
    """Return at most `count` runs of neighbouring places, the best first; together within the budget.

    Two found chunks that follow each other on a page become one passage, at the better one's rank. A chunk that breaks
    off or is too short to mean much takes its neighbour under the same heading with it.

    Args:
        places: ranked places of chunks.
        chunks: all of the index, in reading order.
        count: runs at most.
        budget: characters of all texts together; the best passage is returned whatever its length.
    """
    runs: list[list[int]] = []
    at: dict[int, int] = {}
    left = budget
    for place in places:
        if len(runs) == count:
            break
        if place in at:
            continue
        run = [one for one in _thought(place, chunks) if one not in at]
        cost = sum(len(chunks[one].text) for one in run)
        near = next(
            (at[one] for one in (run[0] - 1, run[-1] + 1) if one in at and _same_page(one, place, chunks)), None
        )
        if runs and cost > left:
            continue
        if near is None:
            runs.append([])
            near = len(runs) - 1
        runs[near] = sorted([*runs[near], *run])
        at.update(dict.fromkeys(run, near))
        left -= cost
    return runs


def _thought(place: int, chunks: Sequence[Chunk]) -> list[int]:
    text = chunks[place].text.rstrip()
    if not text.endswith(_ENDS) and _continues(place, place + 1, chunks):
        return [place, place + 1]
    if len(text) < _SHORT:
        return [one for one in (place, place + 1) if _continues(place, one, chunks)]
    return [place]


def _continues(place: int, other: int, chunks: Sequence[Chunk]) -> bool:
    return (
        0 <= other < len(chunks) and chunks[place].heading == chunks[other].heading and _same_page(place, other, chunks)
    )


def _same_page(place: int, other: int, chunks: Sequence[Chunk]) -> bool:
    return page_of(chunks[place]) == page_of(chunks[other])


def merged(run: Sequence[int], chunks: Sequence[Chunk]) -> Chunk:
    """Return the chunks of a run as one, with the heading of each that changes above its text."""
    first = chunks[run[0]]
    if len(run) == 1:
        return first
    texts, heading = [first.text], first.heading
    for place in run[1:]:
        chunk = chunks[place]
        if chunk.heading != heading:
            heading = chunk.heading
            texts.append(f"## {heading.rpartition(' > ')[2]}" if heading else "")
        texts.append(chunk.text)
    return Chunk(first.url, first.title, first.heading, "\n".join(texts), first.fetched_at)


def best_of(lists: Iterable[Mapping[int, float]]) -> list[tuple[int, float]]:
    """Return places by their best score in any list, best first; of equal ones the first in reading order."""
    best: dict[int, float] = {}
    for scores in lists:
        for place, score in scores.items():
            best[place] = max(score, best.get(place, score))
    return sorted(best.items(), key=lambda item: (-item[1], item[0]))
