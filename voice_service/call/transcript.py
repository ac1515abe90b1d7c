"""What was said in a call and, of the assistant, heard. Pure."""

from dataclasses import dataclass, field

from shared.domain.voice import Said


@dataclass
class Utterance:
    """What the assistant says in one turn: its words as they come, and the stretch of audio that holds them."""

    at_ms: int
    begins: int
    words: str = ""
    ends: int = 0

    def heard(self, position: int) -> str:
        """Return the words up to a position of the audio, whole ones: as many as were played of all."""
        length = self.ends - self.begins
        if position >= self.ends or length <= 0:
            return self.words.strip() if position >= self.ends else ""
        kept = self.words[: int(len(self.words) * max(0, position - self.begins) / length)]
        if len(kept) < len(self.words) and not self.words[len(kept)].isspace():
            kept = kept.rpartition(" ")[0]
        return kept.strip()


@dataclass
class Transcript:
    """The turn that is going on, and all lines before it."""

    lines: list[Said] = field(default_factory=list)
    question: str = ""
    question_at: int = 0
    speaking: Utterance | None = None
    _notes: list[Said] = field(default_factory=list)
    _next: str = ""
    _next_at: int = 0

    def caller(self, text: str, at_ms: int) -> None:
        """Add a piece of the caller's words; while the assistant speaks they are the next turn's."""
        if self.speaking is not None:
            self._next_at = self._next_at if self._next.strip() else at_ms
            self._next += text
            return
        self.question_at = self.question_at if self.question.strip() else at_ms
        self.question += text

    def assistant(self, text: str, at_ms: int, position: int) -> None:
        """Add a piece of the assistant's words; `position` is where the audio stands that is to come next."""
        if self.speaking is None:
            self.speaking = Utterance(at_ms, position, ends=position)
        self.speaking.words += text

    def audio(self, at_ms: int, begins: int, ends: int) -> None:
        """Note a stretch of the assistant's audio."""
        if self.speaking is None:
            self.speaking = Utterance(at_ms, begins)
        self.speaking.ends = ends

    def close(self, position: int) -> tuple[str, str, tuple[Said, ...]]:
        """End the turn; return the question, the reply as far as it was heard, and both as lines."""
        question = " ".join(self.question.split())
        reply = " ".join(self.speaking.heard(position).split()) if self.speaking else ""
        lines = [Said(self.question_at, "caller", question)] if question else []
        lines += self._notes
        if reply and self.speaking:
            lines.append(Said(self.speaking.at_ms, "assistant", reply))
        self.lines += lines
        self._notes = []
        self.question, self.question_at, self.speaking = self._next, self._next_at, None
        self._next = ""
        return question, reply, tuple(lines)

    def note(self, text: str, at_ms: int) -> None:
        """Add a line that nobody said to the turn."""
        self._notes.append(Said(at_ms, "system", text))

    def story(self, limit: int = 2000) -> str:
        """Return the call so far for a model that does not remember it, newest words kept."""
        told = [f"{line.who}: {line.text}" for line in self.lines if line.who != "system"]
        if self.question.strip():
            told.append(f"caller: {' '.join(self.question.split())}")
        return "\n".join(told)[-limit:]
