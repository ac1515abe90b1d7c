"""What an index is assembled of, and the parts that are worked out of the others. Pure; it stores nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.knowledge import Chunk
from shared.retrieval.evidence import Backdrop, measure
from shared.retrieval.hybrid import searched
from shared.retrieval.lexical import LexicalIndex, build_lexical
from shared.retrieval.terms import code_of
from shared.understanding import examples
from shared.understanding.intents import BACKGROUND, IntentModel
from shared.understanding.language import detect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Parts:
    """Everything of a build but its manifest.

    Args:
        chunks: in reading order.
        vectors: float32, a unit row for each chunk.
        intents: of the same embedding model and dimensions; None: none are recognised.
        lexical: of the same chunks; None: the index is searched by meaning alone.
        pages: what is remembered of the pages for the next build, packed; b"" nothing.
    """

    chunks: Sequence[Chunk]
    vectors: "NDArray[np.float32]"
    intents: IntentModel | None = None
    lexical: LexicalIndex | None = None
    pages: bytes = b""


def assemble(
    chunks: Sequence[Chunk], vectors: "NDArray[np.float32]", intents: IntentModel | None, languages: Sequence[str]
) -> tuple[LexicalIndex, Backdrop | None]:
    """Return the terms of the chunks, and what is near by chance among their vectors (None: nothing to measure with).

    Args:
        chunks: in reading order.
        vectors: a unit row for each.
        intents: their background sentences have nothing to do with the business.
        languages: those of the business; each chunk is stemmed in the one it seems to be written in.
    """
    written = [detect(chunk.text, languages) for chunk in chunks]
    lexical = build_lexical([searched(chunk) for chunk in chunks], written)
    if intents is None:
        return lexical, None
    return lexical, measure(intents.matrix[_foreign(intents, languages)], vectors)


def _foreign(intents: IntentModel, languages: Sequence[str]) -> list[int]:
    """Return the rows of the background's sentences: those in the business's languages, all when there are none."""
    spoken = {text for language in languages for text in examples.BACKGROUND.get(code_of(language), ())}
    every = [row for row, name in enumerate(intents.names) if name == BACKGROUND]
    return [row for row in every if intents.examples[row] in spoken] or every
