"""The functions the model may call in one turn. Arguments are checked here; what does not hold is told to the model."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.domain.cta import CtaNode
from shared.domain.fields import FieldSpec
from shared.domain.prompt import Tool, ToolCall
from shared.domain.understanding import Given, Rejected

Accept = Callable[[str, str], Given | Rejected | None]
"""From a field and the model's value to a valid value, why it is none, or None for what the visitor did not say."""


@dataclass
class Toolbox:
    """What is on offer in a turn, and what came of it.

    Args:
        fields: those not known yet.
        ctas: calls to action that fit; the model may propose one of these and no other.
        accept: validates a field's value against the visitor's message.
    """

    fields: tuple[FieldSpec, ...]
    ctas: tuple[CtaNode, ...]
    accept: Accept
    captured: list[Given] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)

    def tools(self) -> tuple[Tool, ...]:
        """Return the declarations for the model; only those with something to choose from."""
        return tuple(tool for tool, wanted in ((self._capture(), self.fields), (self._propose(), self.ctas)) if wanted)

    def run(self, call: ToolCall) -> dict[str, Any]:
        """Carry out one call and return what the model is told."""
        match call.name:
            case "capture_field":
                return self._run_capture(str(call.arguments.get("field", "")), str(call.arguments.get("value", "")))
            case "propose_action":
                return self._run_propose(str(call.arguments.get("id", "")))
            case _:
                return {"error": "There is no such function."}

    def _capture(self) -> Tool:
        known = {"field": {"type": "string", "enum": [spec.id for spec in self.fields]}, "value": {"type": "string"}}
        meanings = "; ".join(f"{spec.id}: {spec.label}" for spec in self.fields)
        return Tool(
            "capture_field",
            "Note a detail the visitor has just given about themselves, in the visitor's own words. "
            f"Never call it with something the visitor did not write. Fields: {meanings}.",
            {"type": "object", "properties": known, "required": ["field", "value"]},
        )

    def _propose(self) -> Tool:
        meanings = "; ".join(f"{node.id}: {node.label}" for node in self.ctas)
        return Tool(
            "propose_action",
            f"Show one of these buttons below your answer when it is the visitor's best next step: {meanings}.",
            {
                "type": "object",
                "properties": {"id": {"type": "string", "enum": [node.id for node in self.ctas]}},
                "required": ["id"],
            },
        )

    def _run_capture(self, name: str, value: str) -> dict[str, Any]:
        if name not in {spec.id for spec in self.fields} or name in {given.field for given in self.captured}:
            return {"error": "This field is not open."}
        found = self.accept(name, value)
        if isinstance(found, Given):
            self.captured.append(found)
            return {"noted": found.shown}
        return {"error": f"Not valid: {found.reason}" if found else "The visitor did not say that."}

    def _run_propose(self, cta_id: str) -> dict[str, Any]:
        if cta_id not in {node.id for node in self.ctas}:
            return {"error": "There is no such button."}
        self.proposed.append(cta_id)
        return {"shown": cta_id}
