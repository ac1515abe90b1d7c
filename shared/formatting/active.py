"""Drops what is no prose from a stream of text: comments, and the contents of scripts, styles, frames and drawings.

Works before the text is cut, because such contents run over sentences and lines. Code in backticks is left alone.
"""

import re

_ELEMENTS = ("script", "style", "iframe", "object", "svg", "math", "template")
_NAMES = "|".join(_ELEMENTS)
_OPENING = re.compile(rf"<(?:!--|(?P<name>{_NAMES})(?=[\s/>]))", re.IGNORECASE)
_MAYBE = re.compile(r"<(?:$|!-{0,1}$|[a-zA-Z]{1,8}$)")
_STOP = re.compile(r"[`<]")


class ActiveContent:
    """Feed it text as it arrives; it gives back what may be read. The result does not depend on the pieces."""

    def __init__(self) -> None:
        self._buffer = ""
        self._end: re.Pattern[str] | None = None  # what ends the content that is being dropped
        self._in_code = False

    def feed(self, text: str) -> str:
        """Return the readable text that is certain now."""
        self._buffer += text
        return self._take()

    def finish(self) -> str:
        """Return what was held back, unless it is the beginning of a tag that never came."""
        rest, self._buffer = self._take() + self._buffer, ""
        return "" if self._end else re.sub(r"<[!/a-zA-Z][^<>]*$", "", rest)

    def _take(self) -> str:
        taken: list[str] = []
        while self._buffer:
            if self._end:
                if not self._drop(self._end):
                    break
                continue
            stop = _STOP.search(self._buffer)
            if not stop:
                taken.append(self._buffer)
                self._buffer = ""
                break
            taken.append(self._buffer[: stop.start()])
            self._buffer = self._buffer[stop.start() :]
            if not self._decide(taken):
                break
        return "".join(taken)

    def _drop(self, end: re.Pattern[str]) -> bool:
        """Forget up to the end of the content; False when that has not arrived."""
        found = end.search(self._buffer)
        if not found:
            return False
        self._buffer, self._end = self._buffer[found.end() :], None
        return True

    def _decide(self, taken: list[str]) -> bool:
        """Take or begin to drop what starts with the buffer's first character; False when more must arrive."""
        if self._buffer[0] == "`":
            self._in_code = not self._in_code
        elif not self._in_code:
            opening = _OPENING.match(self._buffer)
            if opening:
                name = opening["name"]
                self._end = re.compile(rf"/>|</{name}\s*>", re.IGNORECASE) if name else re.compile("-->")
                self._buffer = self._buffer[opening.end() - (0 if name else 2) :]
                return True
            if _MAYBE.match(self._buffer):
                return False
        taken.append(self._buffer[0])
        self._buffer = self._buffer[1:]
        return True
