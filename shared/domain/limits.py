"""Rate limits as data: `5/minute` read into a count and a window. Counting them is the session store's work."""

import re
from dataclasses import dataclass
from typing import Self

_PATTERN = re.compile(r"^\s*(\d{1,4})\s*/\s*(second|minute|hour|day)s?\s*$")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
MAX_COUNT = 1000


@dataclass(frozen=True)
class RateLimit:
    """At most `count` messages in any `window_s` seconds."""

    count: int
    window_s: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `5/minute`, `100/hour`, `1/second`, `500/day`.

        Raises:
            ValueError: the text has another form, or the count is not within 1-1000.
        """
        match = _PATTERN.match(text)
        if not match or not 1 <= int(match[1]) <= MAX_COUNT:
            raise ValueError(f"{text!r} is not a rate such as '5/minute' (1-{MAX_COUNT} per second/minute/hour/day)")
        return cls(int(match[1]), _SECONDS[match[2]])
