"""The functions on offer to the model in one turn, and the one way in which a call reaches them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.prompt import Tool, ToolCall

Arguments = Mapping[str, str]
Result = dict[str, Any]


@dataclass(frozen=True)
class Function:
    """A declaration and what it does; `run` gets only arguments that are declared, all texts, those required there."""

    tool: Tool
    run: Callable[[Arguments], Result]


@dataclass(frozen=True)
class Toolbox:
    """What a model may do; whatever else it calls is told to be no function."""

    functions: tuple[Function, ...] = ()

    def tools(self) -> tuple[Tool, ...]:
        """Return the declarations for the model."""
        return tuple(function.tool for function in self.functions)

    def run(self, call: ToolCall) -> Result:
        """Carry out one call and return what the model is told."""
        function = next((item for item in self.functions if item.tool.name == call.name), None)
        if function is None:
            return {"error": "There is no such function."}
        problem = _problem(function.tool.parameters, call.arguments)
        return {"error": problem} if problem else function.run(call.arguments)


def declared(name: str, description: str, properties: Mapping[str, Any], required: tuple[str, ...] = ()) -> Tool:
    """Return a declaration; its arguments are texts, described or chosen from a list (`enum`)."""
    shapes = {key: {"type": "string", **shape} for key, shape in properties.items()}
    return Tool(name, description, {"type": "object", "properties": shapes, "required": list(required)})


def _problem(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Return what is wrong with a call's arguments, "" when nothing is.

    One that is not declared refuses the whole call: whose contact, session or business it is was decided before.
    """
    shapes: Mapping[str, Mapping[str, Any]] = schema["properties"]
    for name, value in arguments.items():
        if name not in shapes:
            return f"There is no argument '{name}'. Whom this is about is known from the conversation."
        if not isinstance(value, str):
            return f"The argument '{name}' is a text."
        options = shapes[name].get("enum")
        if options and value not in options:
            return f"The argument '{name}' is one of: {', '.join(options)}."
    missing = [name for name in schema["required"] if not arguments.get(name)]
    return f"The argument '{missing[0]}' is missing." if missing else ""
