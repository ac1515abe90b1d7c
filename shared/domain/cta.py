"""Calls to action: the tree an owner configures, and the rules that keep it a tree people can walk."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.domain.text import Line
from shared.domain.urls import AnyUrl, check_contact_url, check_web_url

MAX_DEPTH = 5
MAX_NODES = 200

CtaId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
CtaKind = Literal["link", "message", "menu", "phone", "email"]

_NEEDS: dict[str, str] = {"link": "url", "phone": "url", "email": "url", "message": "message", "menu": "children"}


class CtaNode(BaseModel):
    """One call to action. `keywords` are the visitor's words that make it fit; a menu holds `children`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: CtaId
    label: Annotated[Line, StringConstraints(min_length=1, max_length=60)]
    kind: CtaKind
    url: AnyUrl | None = None
    message: Annotated[Line, StringConstraints(min_length=1, max_length=500)] | None = None
    keywords: Annotated[tuple[Annotated[Line, StringConstraints(max_length=40)], ...], Field(max_length=30)] = ()
    children: Annotated[tuple["CtaNode", ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needed = _NEEDS[self.kind]
        if not getattr(self, needed):
            raise ValueError(f"a call to action of kind '{self.kind}' needs '{needed}'")
        for field in {"url", "message", "children"} - {needed}:
            if getattr(self, field):
                raise ValueError(f"a call to action of kind '{self.kind}' has no '{field}'")
        if self.url:
            check = check_web_url if self.kind == "link" else check_contact_url
            check(self.url)
        return self

    def walk(self) -> Iterator["CtaNode"]:
        """Yield this node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


def check_tree(roots: tuple[CtaNode, ...]) -> tuple[CtaNode, ...]:
    """Return `roots` when every id is unique, no branch repeats an ancestor and no path is deeper than five.

    Raises:
        ValueError: with the offending id in its sentence.
    """
    seen: set[str] = set()

    def visit(node: CtaNode, path: tuple[str, ...]) -> None:
        if node.id in path:
            raise ValueError(f"call to action '{node.id}' is below itself (cycle: {' > '.join((*path, node.id))})")
        if node.id in seen:
            raise ValueError(f"call to action id '{node.id}' is used twice")
        if len(path) >= MAX_DEPTH:
            raise ValueError(f"call to action '{node.id}' is deeper than {MAX_DEPTH} levels")
        seen.add(node.id)
        for child in node.children:
            visit(child, (*path, node.id))

    for root in roots:
        visit(root, ())
    if len(seen) > MAX_NODES:
        raise ValueError(f"a tree has at most {MAX_NODES} calls to action, this one {len(seen)}")
    return roots
