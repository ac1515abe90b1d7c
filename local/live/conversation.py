"""The history of a session, and the requests it becomes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from local.gemini.bodies import contents_tokens, count_tokens
from local.gemini.reader import passages_in
from local.gemini.request import Content, FunctionCall, FunctionResponse, GenerateRequest, Part
from local.gemini.turns import sign
from local.live.events import ToolResult, Tools


@dataclass(frozen=True)
class Called:
    """A call the model made when the history had `mark` turns."""

    call: FunctionCall
    mark: int
    blocking: bool


@dataclass
class Conversation:
    """What was said, and with which instruction and tools."""

    system: str = ""
    tools: Tools = field(default_factory=Tools)
    history: list[Content] = field(default_factory=list)
    _open: bool = False

    def user(self, text: str) -> None:
        """The caller said something; it goes on what was said before when nothing was answered to that."""
        if self._open:
            text = f"{self.history.pop().text} {text}"
        self.history.append(_text("user", text))
        self._open = True

    def add(self, contents: Sequence[Content]) -> None:
        """Turns as the client tells them."""
        self.history += contents
        self._open = False

    def model(self, text: str) -> None:
        """The model's turn is over; '' when it said nothing."""
        if text.strip():
            self.history.append(_text("model", text.strip()))
        self._open = False

    def results(self, answered: Sequence[tuple[Called, ToolResult]]) -> None:
        """Calls and their results, in the order in which the results came."""
        self.add(_exchange(answered))

    def request(self) -> GenerateRequest:
        """What to answer now."""
        return self._request(self.history or [_text("user", "")])

    def request_about(self, answered: Sequence[tuple[Called, ToolResult]]) -> GenerateRequest:
        """What to answer to these results: they belong to the question that was open when the calls were made."""
        mark = min(called.mark for called, _ in answered)
        return self._request([*(self.history[:mark] or [_text("user", "")]), *_exchange(answered)])

    def tokens(self) -> int:
        """The text tokens of the context."""
        return contents_tokens(self.history) + count_tokens(self.system)

    def _request(self, contents: Sequence[Content]) -> GenerateRequest:
        # Facts may stand in a plain instruction; the answers are picked from marked text.
        marked = self.system if passages_in(self.system) else f"<facts live>\n{self.system}\n</facts live>"
        return GenerateRequest(tuple(contents), marked, self.tools.declarations)


def _text(role: str, text: str) -> Content:
    return Content(role, (Part(text=text),))


def _exchange(answered: Sequence[tuple[Called, ToolResult]]) -> list[Content]:
    calls = tuple(
        Part(call=called.call, signature=None if number else sign(called.call))
        for number, (called, _) in enumerate(answered)
    )
    responses = tuple(
        Part(response=FunctionResponse(called.call.name, result.response, called.call.id))
        for called, result in answered
    )
    return [Content("model", calls), Content("user", responses)]
