"""A conversation: its turns as google-genai Contents of our own keeping, and what is known about the visitor.

The SDK's chat object loses streamed turns (docs/gemini.md), so the history is ours: one PastTurn holds the
visitor's Content and the assistant's, and trimming drops whole turns, never half of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import dropwhile
from typing import Any, Literal

from shared.domain.dialogue import NEW, Dialogue

Content = dict[str, Any]
"""A google-genai Content on the wire: `{"role": "user"|"model", "parts": [{"text": ...}]}`."""

Ending = Literal["answered", "settled", "failed", "abandoned"]


def text_content(role: Literal["user", "model"], text: str) -> Content:
    """Return a Content of one text part."""
    return {"role": role, "parts": [{"text": text}]}


@dataclass(frozen=True)
class PastTurn:
    """One exchange. `at` is an ISO time in UTC; `html` what the visitor saw; `ending` how the turn came out.

    `facts` are what rules saw of it (intent, mood, state), so that new rules can be tried on old conversations.
    """

    message_id: str
    at: str
    user: Content
    model: Content
    html: str
    ending: Ending = "answered"
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def question(self) -> str:
        """What the visitor wrote."""
        return _text(self.user)

    @property
    def answer(self) -> str:
        """What the assistant said, as plain text."""
        return _text(self.model)


def _text(content: Content) -> str:
    return "".join(part.get("text", "") for part in content.get("parts", ()))


@dataclass(frozen=True)
class Session:
    """A conversation of one business with one visitor. Trimming drops turns; `dialogue` is what stays known."""

    business_id: str
    session_id: str
    created_at: str
    turns: tuple[PastTurn, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    page: dict[str, str] = field(default_factory=dict)
    locale: str = ""
    channel: str = "web"
    dialogue: Dialogue = NEW

    def contents(self) -> list[Content]:
        """Return the history for the model, oldest first; it begins with the visitor, whatever trimming left."""
        said = (content for turn in self.turns for content in (turn.user, turn.model) if _text(content))
        return list(dropwhile(lambda content: content["role"] == "model", said))

    def with_turn(self, turn: PastTurn, max_turns: int) -> "Session":
        """Return the session with `turn` last, replacing one of the same message id, trimmed to whole turns."""
        others = tuple(past for past in self.turns if past.message_id != turn.message_id)
        return replace(self, turns=(*others, turn)[-max_turns:])
