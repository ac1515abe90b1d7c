"""What every sentence of the model passes before a visitor sees it."""

from collections.abc import Callable

from shared.guards import booking_claim

_QUESTION_MARKS = ("?", "？", "؟")


class SentenceScreen:
    """One reply's screen: no claim of a booking, no question for what is known, at most one question.

    Args:
        known: takes a question for known details out of a sentence.
        asks_itself: the platform ends the reply with a question of its own, so the model's are left out.
    """

    def __init__(self, known: Callable[[str], str], *, asks_itself: bool) -> None:
        self._known = known
        self._questions_left = 0 if asks_itself else 1
        self.removed = 0

    def __call__(self, sentence: str) -> str:
        """Return the sentence as it may be shown, "" for not at all."""
        kept = self._known(booking_claim.check(sentence))
        if kept.rstrip(" \"'»”)]0123456789[").endswith(_QUESTION_MARKS):
            if not self._questions_left:
                kept = ""
            else:
                self._questions_left -= 1
        self.removed += not kept
        return kept
