"""Calls to action: the tree an owner configures, and the rules that keep it a tree people can walk."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.domain.fields import FieldId
from shared.domain.intents import IntentId
from shared.domain.states import StateName
from shared.domain.text import Line
from shared.domain.urls import AnyUrl, check_contact_url, check_web_url

MAX_DEPTH = 5
MAX_NODES = 200

CtaId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
CtaKind = Literal["link", "message", "menu", "phone", "email"]
Hours = Literal["open", "closed"]
PageGlob = Annotated[Line, StringConstraints(pattern=r"^/\S*$", max_length=200)]
LanguageTag = Annotated[Line, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]

_NEEDS: dict[str, str] = {"link": "url", "phone": "url", "email": "url", "message": "message", "menu": "children"}


class CtaNode(BaseModel):
    """One call to action. `keywords` are the visitor's words that make it fit; a menu holds `children`.

    The rest say when it may be shown, and hold for all that is below a menu too: in these `states`, on `pages` whose
    path matches one of the globs, in these `languages`, `only` while the business is open or closed, and not once one
    of `hide_when_known` is known. One with `intents` comes when one of them is recognised, or for its keywords or
    page or state, but never just to fill up.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: CtaId
    label: Annotated[Line, StringConstraints(min_length=1, max_length=60)]
    kind: CtaKind
    url: AnyUrl | None = None
    message: Annotated[Line, StringConstraints(min_length=1, max_length=500)] | None = None
    keywords: Annotated[tuple[Annotated[Line, StringConstraints(max_length=40)], ...], Field(max_length=30)] = ()
    children: Annotated[tuple["CtaNode", ...], Field(max_length=20)] = ()
    intents: Annotated[tuple[IntentId, ...], Field(max_length=20)] = ()
    states: Annotated[tuple[StateName, ...], Field(max_length=12)] = ()
    pages: Annotated[tuple[PageGlob, ...], Field(max_length=20)] = ()
    languages: Annotated[tuple[LanguageTag, ...], Field(max_length=30)] = ()
    only: Hours | None = None
    hide_when_known: Annotated[tuple[FieldId, ...], Field(max_length=10)] = ()

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


@dataclass(frozen=True)
class _Room:
    """What the menus above leave of states, languages and hours; None: everything."""

    states: frozenset[str] | None = None
    languages: frozenset[str] | None = None
    only: frozenset[str] | None = None

    def within(self, node: CtaNode) -> "_Room":
        """Return what is left below `node`."""
        spoken = tuple(tag.split("-")[0].lower() for tag in node.languages)
        return _Room(
            _narrowed(self.states, node.states),
            _narrowed(self.languages, spoken),
            _narrowed(self.only, (node.only,) if node.only else ()),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing can ever be shown here."""
        return any(left is not None and not left for left in (self.states, self.languages, self.only))


def _narrowed(left: frozenset[str] | None, wanted: tuple[str, ...]) -> frozenset[str] | None:
    if not wanted:
        return left
    return frozenset(wanted) if left is None else left & frozenset(wanted)


def check_tree(roots: tuple[CtaNode, ...]) -> tuple[CtaNode, ...]:
    """Return `roots` when every id is unique, no branch repeats an ancestor, none is too deep and no menu a dead end.

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
        _leads_somewhere(root, _Room())
    if len(seen) > MAX_NODES:
        raise ValueError(f"a tree has at most {MAX_NODES} calls to action, this one {len(seen)}")
    return roots


def _leads_somewhere(node: CtaNode, above: _Room) -> bool:
    """Say whether `node` can ever be shown; ValueError for a menu whose conditions leave nothing to show in it."""
    room = above.within(node)
    if node.kind != "menu":
        return not room.is_empty
    leads = [_leads_somewhere(child, room) for child in node.children]  # all of them: each menu below is checked
    if not any(leads):
        raise ValueError(
            f"call to action '{node.id}' is a dead end: its conditions (states, languages, only) and those of what is"
            " around and below it can never hold together"
        )
    return True
