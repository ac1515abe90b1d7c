"""`search_knowledge`: for a model that is not handed passages with the question, because it hears it first."""

from collections.abc import Callable

from shared.domain.knowledge import Passage
from shared.engine.toolbox import Arguments, Function, Result, declared

Search = Callable[[str], tuple[Passage, ...]]
Found = Callable[[tuple[Passage, ...]], None]


def search_knowledge(name: str, search: Search, found: Found) -> Function:
    """Return the function that looks into the business's knowledge; `found` is told what the model was given."""

    def run(arguments: Arguments) -> Result:
        passages = search(arguments["query"])
        found(passages)
        if not passages:
            return {"error": "Nothing was found. Say that you do not know."}
        return {
            "passages": [
                {"n": number, "title": passage.chunk.label, "text": passage.chunk.text}
                for number, passage in enumerate(passages, 1)
            ]
        }

    tool = declared(
        "search_knowledge",
        f"Search what {name} has published: prices, services, products, policies, people. Call it before you answer "
        "any question about the business, and answer from what it returns alone.",
        {"query": {"description": "what to look for, as a full question"}},
        ("query",),
    )
    return Function(tool, run)
