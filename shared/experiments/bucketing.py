"""Which visitors take part in an experiment, and which arm each gets: hashes of names, no state, no I/O.

The chat function calls it in every turn, so it imports nothing but the standard library.

Arms are drawn by weighted rendezvous hashing (Schindelhauer and Schomaker 2005): each arm waits for a visitor an
exponential time, its hash's, divided by its weight, and the shortest wait wins. More weight shortens the wait of that
one arm only, so a change of weights moves visitors towards the arm that gained or away from the one that lost, never
between two others, and as few as can be. Only the weights' proportions matter.

Who takes part is drawn apart from that: each layer deals its visitors over 10 000 slots, and an experiment owns some.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

SLOTS = 10_000
Slots = tuple[tuple[int, int], ...]
"""Ranges of a layer's slots, the end not included: `((0, 2500),)` is a quarter of the visitors."""
EVERYBODY: Slots = ((0, SLOTS),)
Weights = Sequence[tuple[str, float]]
"""Arms by name with their weights; a weight that is not above 0 takes no new visitor."""


@dataclass(frozen=True)
class Split:
    """How an experiment divides visitors. A layer of its own name is shared with no other experiment."""

    experiment_id: str
    salt: str
    layer: str
    weights: tuple[tuple[str, float], ...]
    slots: Slots = EVERYBODY


def assign(split: Split, unit: str, stored: str | None = None) -> str | None:
    """Return the visitor's arm, or None: takes no part, and sees what everybody sees.

    `stored` is the arm the visitor was given before: it stays, whatever became of the weights and slots, as long as it
    is one of the arms. A visitor of an arm that was taken away takes no part any more: a second arm would spoil the
    count.
    """
    if stored is not None:
        return stored if any(stored == arm for arm, _ in split.weights) else None
    if not takes_part(split.layer, split.slots, unit):
        return None
    return arm_of(split.experiment_id, split.salt, unit, split.weights)


def arm_of(experiment_id: str, salt: str, unit: str, weights: Weights) -> str | None:
    """Return the arm a visitor draws; None when no weight is above 0."""
    waits = (
        (-math.log(_draw("arm", experiment_id, salt, arm, unit)) / weight, arm) for arm, weight in weights if weight > 0
    )
    return min(waits, default=(0.0, None))[1]


def takes_part(layer: str, slots: Slots, unit: str) -> bool:
    """Return whether the visitor's slot of the layer is one of `slots`."""
    slot = math.ceil(_draw("slot", layer, unit) * SLOTS) - 1
    return any(start <= slot < end for start, end in slots)


def allot(taken: Iterable[Slots], share: float, own: Slots = ()) -> Slots:
    """Return slots for a share of a layer's visitors that no other experiment has.

    `taken` are the slots of the layer's other experiments, `own` those the experiment has already: with a larger share
    it keeps them all, with a smaller one it gets no new ones, so nobody moves in the other direction. Raises ValueError
    when the share is not within 0 to 1, or when the layer has not as much left.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between 0 and 1, not {share}")
    wanted = round(share * SLOTS)
    others = {slot for slots in taken for slot in _each(slots)}
    kept = [slot for slot in _each(own) if slot not in others][:wanted]
    used = others.union(kept)
    free = (slot for slot in range(SLOTS) if slot not in used)
    mine = [*kept, *islice(free, wanted - len(kept))]
    if len(mine) < wanted:
        raise ValueError(f"the layer has {len(mine) / SLOTS:.2%} of its visitors left, not {share:.2%}")
    return _ranges(sorted(mine))


def _each(slots: Slots) -> Iterator[int]:
    return (slot for start, end in slots for slot in range(start, end))


def _ranges(slots: Sequence[int]) -> Slots:
    mine = set(slots)
    starts = [slot for slot in slots if slot - 1 not in mine]
    ends = [slot + 1 for slot in slots if slot + 1 not in mine]
    return tuple(zip(starts, ends, strict=True))


def _draw(*names: str) -> float:
    """Return a number above 0, at most 1, that the names alone decide: the same on every machine."""
    digest = hashlib.blake2b("\0".join(names).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 1) / 2**64


def pseudonym(salt: str, unit: str) -> str:
    """Return a visitor's name in one experiment: without its salt nobody can tell who it is."""
    key = salt.encode()[: hashlib.blake2b.MAX_KEY_SIZE]
    return hashlib.blake2b(unit.encode("utf-8", "surrogatepass"), key=key, digest_size=12).hexdigest()
