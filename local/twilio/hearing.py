"""What the tracks of a call tell: segments heard, holes in speech, how fast the bot answered and fell silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from local.twilio.line import Utterance
from local.twilio.mulaw import RATE
from local.twilio.track import Piece, Track, loud

_HOLE_S, _LONGEST_HOLE_S = 0.04, 1.0
# Speech that is running: somebody talks this shortly before the hole, and this soon after it.
_NEAR = int(0.06 * RATE)


@dataclass(frozen=True)
class Heard:
    """Talk that the caller heard; seconds of the call. `source`: stream, say:TEXT, play:URL, dial."""

    start: float
    end: float
    source: str


@dataclass(frozen=True)
class Gap:
    """Nothing to play in the middle of speech."""

    at: float
    seconds: float


@dataclass(frozen=True)
class Turn:
    """One thing the caller said (start and end of the voice in it).

    latency_s: from there until the first voice of the bot; None when it did not answer before the caller's next words.
    barged: the bot was talking when the caller began. Then clear_s is the time from the caller's first voice to the
    clear (None: there was none), and stopped_s the time until the bot was silent.
    """

    text: str
    start: float
    end: float
    latency_s: float | None = None
    barged: bool = False
    clear_s: float | None = None
    stopped_s: float | None = None


def segments(ear: Track) -> list[Heard]:
    """Return what was heard; pauses shorter than 0.3 s do not end a segment."""
    return [Heard(span.start / RATE, span.end / RATE, span.source) for span in ear.spans]


def underruns(ear: Track, clears: Sequence[float]) -> list[Gap]:
    """Return the holes in streamed speech: longer than 40 ms, shorter than a second, with voice on both sides."""
    found = []
    streamed = [piece for piece in ear.pieces if piece.source == "stream"]
    for before, after in pairwise(streamed):
        seconds = (after.start - before.end) / RATE
        cleared = any(before.start / RATE <= at <= after.start / RATE for at in clears)
        if _HOLE_S < seconds < _LONGEST_HOLE_S and not cleared and _ends_in_voice(before) and _begins_in_voice(after):
            found.append(Gap(before.end / RATE, seconds))
    return found


def turns(utterances: Sequence[Utterance], ear: Track, clears: Sequence[float]) -> list[Turn]:
    """Return what the caller said, with how the bot took it."""
    voiced = [(item, *_voice(item)) for item in utterances]
    found = []
    for index, (item, start, end) in enumerate(voiced):
        until = voiced[index + 1][1] if index + 1 < len(voiced) else float("inf")
        answers = (span.start / RATE for span in ear.spans if end <= span.start / RATE < until)
        answer = next(answers, None)
        talking = ear.talk_at(int(start * RATE)) if start >= 0 else None
        clear = next((at for at in clears if start <= at < until), None) if talking else None
        found.append(
            Turn(
                item.text,
                start,
                end,
                None if answer is None else answer - end,
                talking is not None,
                None if clear is None else clear - start,
                None if talking is None else talking.end / RATE - start,
            )
        )
    return found


def _voice(item: Utterance) -> tuple[float, float]:
    parts = list(loud(item.data))
    if not parts:
        return item.start, item.end
    return item.start + parts[0][0] / RATE, item.start + parts[-1][1] / RATE


def _ends_in_voice(piece: Piece) -> bool:
    return any(True for _ in loud(piece.data[-_NEAR:]))


def _begins_in_voice(piece: Piece) -> bool:
    return any(True for _ in loud(piece.data[:_NEAR]))
