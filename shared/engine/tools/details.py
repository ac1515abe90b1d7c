"""`capture_field` and `propose_action`: what nearly every turn offers."""

from collections.abc import Callable, Sequence

from shared.domain.cta import CtaNode
from shared.domain.fields import FieldSpec
from shared.engine.notebook import Notebook
from shared.engine.toolbox import Arguments, Function, Result, declared


def capture_field(
    fields: Sequence[FieldSpec], notebook: Notebook, read_back: Callable[[str], str] | None = None
) -> tuple[Function, ...]:
    """Return the function that notes one of these details; none without any.

    `read_back` makes an address or a number what a voice repeats it as: what was heard may be wrong.
    """
    if not fields:
        return ()
    open_ = {spec.id for spec in fields}

    def run(arguments: Arguments) -> Result:
        name = arguments["field"]
        if name not in open_:
            return {"error": "This field is not open."}
        given, problem = notebook.note(name, arguments["value"])
        if given is None:
            return {"error": problem}
        open_.discard(name)
        if read_back and notebook.specs[name].type in ("email", "phone"):
            return {"noted": given.shown, "message": f"I have noted: {read_back(given.shown)}. Is that right?"}
        return {"noted": given.shown}

    meanings = "; ".join(f"{spec.id}: {spec.label}" for spec in fields)
    tool = declared(
        "capture_field",
        "Note a detail the visitor has just given about themselves, in the visitor's own words. "
        f"Never call it with something the visitor did not write. Fields: {meanings}.",
        {"field": {"enum": [spec.id for spec in fields]}, "value": {}},
        ("field", "value"),
    )
    return (Function(tool, run),)


def propose_action(ctas: Sequence[CtaNode], notebook: Notebook) -> tuple[Function, ...]:
    """Return the function that shows one of these buttons; none without buttons."""
    if not ctas:
        return ()

    def run(arguments: Arguments) -> Result:
        notebook.proposed.append(arguments["id"])
        return {"shown": arguments["id"]}

    meanings = "; ".join(f"{node.id}: {node.label}" for node in ctas)
    tool = declared(
        "propose_action",
        f"Show one of these buttons below your answer when it is the visitor's best next step: {meanings}.",
        {"id": {"enum": [node.id for node in ctas]}},
        ("id",),
    )
    return (Function(tool, run),)
