"""Recognises by addresses what a site may go on with for ever: calendars, growing paths, one page in many variants."""

import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MAX_LENGTH = 1000
MAX_SEGMENTS = 20
MAX_VARIANTS = 100
MAX_DATES = 40
MAX_COPIES = 10
_REPEATS = 3
_NUMBER = re.compile(r"\d+")
_YEAR = re.compile(r"(?<!\d)(?:19|20|21)\d\d(?!\d)")
_WORDS = re.compile(r"[^\W\d_]{3,}")


@dataclass
class Traps:
    """Judges addresses as they are found. `max_variants`: of one path with other parameters."""

    max_variants: int = MAX_VARIANTS
    _variants: Counter[str] = field(default_factory=Counter)
    _dates: Counter[str] = field(default_factory=Counter)
    _copies: Counter[str] = field(default_factory=Counter)
    _own: Counter[str] = field(default_factory=Counter)

    def reason(self, url: str) -> str:
        """Return why a new address is not followed, "" when it is; normalised, and asked once for each."""
        parts = urlsplit(url)
        if len(url) > MAX_LENGTH:
            return f"the address is longer than {MAX_LENGTH} characters"
        segments = [segment for segment in parts.path.split("/") if segment]
        if len(segments) > MAX_SEGMENTS:
            return f"the address has more than {MAX_SEGMENTS} parts: a path that grows without end?"
        if _goes_round(segments):
            return "the address repeats itself: a link that leads to itself, ever deeper?"
        if parts.query:
            return self.same_again(url) or self._date(url) or self._variant(parts.netloc + parts.path)
        return self._date(url)

    def learn(self, url: str, *, copy: bool) -> None:
        """Note whether a page was a copy of another one."""
        parts = urlsplit(url)
        if parts.query:
            (self._copies if copy else self._own)[parts.netloc + parts.path] += 1

    def same_again(self, url: str) -> str:
        """Return why a page that waits to be read is not, after all: parameters that change nothing."""
        parts = urlsplit(url)
        path = parts.netloc + parts.path
        if not parts.query or self._copies[path] < max(MAX_COPIES, 2 * self._own[path]):
            return ""
        return f"{path} gives the same text again whatever stands behind the question mark"

    def _variant(self, path: str) -> str:
        self._variants[path] += 1
        if self._variants[path] > self.max_variants:
            return f"{path} has more than {self.max_variants} variants behind the question mark"
        return ""

    def _date(self, url: str) -> str:
        """Judge an address that names a year and another number, and differs from others by its numbers alone."""
        parts = urlsplit(url)
        where = f"{parts.path}?{parts.query}"
        if not _YEAR.search(where) or len(_NUMBER.findall(where)) < 2:  # noqa: PLR2004 - a year and a month
            return ""
        last = parts.path.rstrip("/").rpartition("/")[2]
        if not parts.query and len(_WORDS.findall(last)) > 1:
            return ""  # an article with its date in front
        shape = parts.netloc + _NUMBER.sub("0", where)
        self._dates[shape] += 1
        return f"more than {MAX_DATES} dates of one calendar" if self._dates[shape] > MAX_DATES else ""


def _goes_round(segments: list[str]) -> bool:
    """Say whether some parts follow each other three times: `/a/b/a/b/a/b`, `/x/x/x`."""
    for size in range(1, len(segments) // _REPEATS + 1):
        for start in range(len(segments) - size * _REPEATS + 1):
            piece = segments[start : start + size]
            if segments[start : start + size * _REPEATS] == piece * _REPEATS and not all(map(str.isdigit, piece)):
                return True
    return False
