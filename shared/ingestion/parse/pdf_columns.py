"""The reading order of a PDF page whose lines were drawn across two columns. Pure; leaves every other page alone."""

from collections import Counter
from dataclasses import dataclass, field

Piece = tuple[float, float, str]  # x, y, text
_MIN_LINES = 3
_MIN_LETTERS = 20  # of a line of prose; the cells of a table are shorter
_SHARE = 0.6  # of the lines that have to begin anew at the same place


@dataclass
class Pieces:
    """Collects what pypdf says of a page's text, in the order of drawing."""

    found: list[Piece] = field(default_factory=list)

    def add(self, text: str, matrix: list[float], text_matrix: list[float]) -> None:
        """Take a piece of text and where it begins."""
        if text.strip():
            x, y = text_matrix[4], text_matrix[5]
            at = (x * matrix[0] + y * matrix[2] + matrix[4], x * matrix[1] + y * matrix[3] + matrix[5])
            self.found.append((round(at[0]), round(at[1]), text))


def in_columns(pieces: list[Piece]) -> str | None:
    """Return the text column by column, when the page was drawn line by line across two; else None."""
    lines = _lines(pieces)
    begun = Counter(x for line in lines for x in {round(piece[0] / 3) for piece in line[1:]})
    if not begun or len(lines) < _MIN_LINES:
        return None
    gutter, often = begun.most_common(1)[0]
    if often < max(_MIN_LINES, _SHARE * len(lines)):
        return None
    split = [
        ([p for p in line if round(p[0] / 3) < gutter], [p for p in line if round(p[0] / 3) >= gutter])
        for line in lines
    ]
    both = [(left, right) for left, right in split if left and right]
    letters = [min(sum(len(piece[2]) for piece in left), sum(len(piece[2]) for piece in right)) for left, right in both]
    if not letters or sum(letters) < _MIN_LETTERS * len(letters):
        return None
    return _read(split)


def _read(split: list[tuple[list[Piece], list[Piece]]]) -> str:
    """Return full lines (headings) where they stand, and between them the left column before the right one."""
    out: list[str] = []
    left_lines: list[str] = []
    right_lines: list[str] = []
    for left, right in split:
        if left and right:
            left_lines.append(_joined(left))
            right_lines.append(_joined(right))
        elif right:
            right_lines.append(_joined(right))
        elif right_lines:
            out += [*left_lines, *right_lines]
            left_lines, right_lines = [_joined(left)], []
        else:
            left_lines.append(_joined(left))
    return "\n".join([*out, *left_lines, *right_lines])


def _lines(pieces: list[Piece]) -> list[list[Piece]]:
    """Return the pieces line by line; a piece at another height begins a line."""
    lines: list[list[Piece]] = []
    for piece in pieces:
        if lines and abs(lines[-1][0][1] - piece[1]) <= 1:
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return lines


def _joined(pieces: list[Piece]) -> str:
    return "".join(piece[2] for piece in pieces).strip()
