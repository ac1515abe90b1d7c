"""Makes a follow-up a question that stands alone, from the questions before it and without a model. Pure.

"And for a week?" is about what was asked before. What a follow-up leans on is the last question that stood alone and,
in a chain, the follow-ups since; a new subject leans on nothing.
"""

import re
from collections.abc import Sequence

from shared.retrieval.followup_words import EMPTY, OPENINGS, STANDS_FOR

MOST_CHARS = 400  # of what was asked before: a vector of more says little of each part
_FEW = 2  # words with a meaning of their own: less is no question that stands alone
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

_OPENING = re.compile(
    rf"(?:{'|'.join(re.escape(words) for each in OPENINGS.values() for words in each)})(?![\w'-])", re.IGNORECASE
)
_STANDS_FOR = frozenset(word for words in STANDS_FOR.values() for word in words.split())
_EMPTY = frozenset(word for words in EMPTY.values() for word in words.split())


def leans(text: str) -> bool:
    """Return whether a message cannot be understood without what was said before it.

    It begins as follow-ups do, has a word that stands for another, or too few that mean something by themselves.
    """
    words = [word.casefold() for word in _WORD.findall(text)]
    if _OPENING.match(text.strip()):
        return True
    meaning = [word for word in words if word not in _EMPTY and word not in _STANDS_FOR]
    return len(meaning) < _FEW or (len(meaning) <= _FEW and any(word in _STANDS_FOR for word in words))


def standalone(questions: Sequence[str]) -> str:
    """Return the last question with what it leans on in front of it, in at most `MOST_CHARS` more; itself when nothing.

    Args:
        questions: those answered before, oldest first, and the one to answer now.
    """
    asked = [question.strip() for question in questions if question.strip()]
    if not asked:
        return ""
    start = len(asked) - 1
    while start > 0 and leans(asked[start]):
        start -= 1
    before = asked[start:-1]
    # The question that stands alone names the subject: of a long chain the middle is left out first.
    while len(before) > 1 and sum(map(len, before)) > MOST_CHARS:
        before.pop(1)
    return " ".join([*(one[:MOST_CHARS] for one in before), asked[-1]])
