"""Chooses the calls to action of a turn: those named, else those that fit, else the first level of the tree. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from operator import is_
from urllib.parse import unquote, urlsplit

from shared.domain.cta import CtaNode
from shared.domain.folding import fold
from shared.domain.states import StateName

MAX_CTAS = 3
# Moods in which an offer would make things worse.
UPSET = ("angry", "frustrated")
CONTACT_INTENTS = ("contact", "person", "complaint")

_WORD = re.compile(r"[^\W_]{3,}")
_SHORTEST_STEM = 4
# How much each signal says; a state or one word of the reply alone says too little.
_INTENT, _ASKED, _CONTACT, _LOST, _PAGE, _STATE, _SAID = 4, 3, 3, 3, 2, 1, 1
_FITS = 2
_WHY = (
    "the visitor's intent is '{intent}'",
    "the visitor wants to get in touch",
    "the question has no answer here: somebody else may know",
    "the question has its keywords",
    "it is meant for this page",
    "it is meant for the state '{state}'",
    "the answer has its keywords",
)


@dataclass(frozen=True)
class CtaContext:
    """What decides over calls to action.

    Args:
        named: ids a guard, a rule, a goal or the model asked for; they come first, whatever their conditions.
        intent: what the visitor wants.
        state: where the conversation stands.
        page: the URL the visitor is on; untrusted.
        sentiment: the label of the visitor's mood.
        question: the visitor's message.
        reply: the assistant's answer.
        shown: how often each was shown.
        last: those shown in the turn before.
        clicked: those the visitor followed.
        open: whether the business is open; None when it has no hours, which counts as open.
        language: the visitor's; the business's first where that is not known.
        known: ids of the fields whose value is known.
        drilled: the menu that the visitor clicked or typed, "" none.
        lost: whether the visitor asked something that nothing published answers.
    """

    named: tuple[str, ...] = ()
    intent: str = "none"
    state: StateName = "answering"
    page: str = ""
    sentiment: str = "neutral"
    question: str = ""
    reply: str = ""
    shown: Mapping[str, int] = field(default_factory=dict)
    last: tuple[str, ...] = ()
    clicked: tuple[str, ...] = ()
    open: bool | None = None
    language: str = "en"
    known: tuple[str, ...] = ()
    drilled: str = ""
    lost: bool = False

    @cached_property
    def path(self) -> str:
        """The page's decoded path without a slash at its end; "" for what is no page."""
        try:
            parts = urlsplit(self.page)
        except ValueError:
            return ""
        return unquote(parts.path).rstrip("/") or "/" if parts.netloc else ""

    @cached_property
    def words(self) -> tuple[frozenset[str], frozenset[str]]:
        """The stems of the question and of the reply."""
        return _stems(self.question), _stems(self.reply)


@dataclass(frozen=True)
class ChosenCta:
    """One call to action, a menu with what can be shown of it, and why it comes, in plain English."""

    node: CtaNode
    because: str


@dataclass(frozen=True)
class _Candidate:
    node: CtaNode
    place: int
    score: int
    because: str = ""


def choose_ctas(tree: tuple[CtaNode, ...], context: CtaContext) -> tuple[ChosenCta, ...]:
    """Return up to three calls to action, best first; of equally good ones those the visitor has seen least."""
    chosen = {item.node.id: item for item in _named(tree, context)}
    # While a person answers, buttons of ours would talk in between.
    if len(chosen) < MAX_CTAS and context.state != "with_person":
        roots = tuple(kept for root in tree if (kept := _what_shows(root, context)))
        for item in _fitting(roots, context, fill=not chosen):
            chosen.setdefault(item.node.id, item)
    return tuple(chosen.values())[:MAX_CTAS]


def _named(tree: tuple[CtaNode, ...], context: CtaContext) -> tuple[ChosenCta, ...]:
    if not context.named:
        return ()
    by_id = {node.id: node for root in tree for node in root.walk()}
    nodes = [by_id[name] for name in dict.fromkeys(context.named) if name in by_id][:MAX_CTAS]
    because = "a rule, a goal or the answer itself named it"
    # What was named comes in any case, with all of its children where none could be shown otherwise.
    return tuple(ChosenCta(_pruned(node, context) or node, because) for node in nodes)


def _fitting(roots: tuple[CtaNode, ...], context: CtaContext, *, fill: bool) -> list[ChosenCta]:
    """Return those that fit, best first, and with `fill` the first level after them."""
    nodes = [node for root in roots for node in root.walk()]
    menu = next((node for node in nodes if node.id == context.drilled and node.children), None)
    if menu:
        because = f"the visitor opened the menu '{menu.label}'"
        return _ranked((_Candidate(child, place, 0, because) for place, child in enumerate(menu.children)), context)
    scored = [_Candidate(node, place, _score(node, context)) for place, node in enumerate(nodes)]
    if context.sentiment in UPSET:
        return _for_upset(scored, context)
    found = _ranked((item for item in scored if item.score >= _FITS), context)
    if not fill:
        return found
    first_level = {root.id for root in roots if not root.intents}
    others = (item for item in scored if item.node.id in first_level and item.score < _FITS)
    return found + _ranked(others, context)


def _for_upset(scored: Iterable[_Candidate], context: CtaContext) -> list[ChosenCta]:
    """Return the ways to a person alone, the direct ones first."""
    because = "the visitor is upset: ways to a person only"
    contact = [item for item in scored if _is_contact(item.node)]
    return _ranked(
        (_Candidate(item.node, item.place, int(item.node.kind in ("phone", "email")), because) for item in contact),
        context,
    )


def _is_contact(node: CtaNode) -> bool:
    return node.kind in ("phone", "email") or any(intent in CONTACT_INTENTS for intent in node.intents)


def _ranked(candidates: Iterable[_Candidate], context: CtaContext) -> list[ChosenCta]:
    """Return candidates best first, without those the visitor has followed; equals by how new they are."""

    def rank(item: _Candidate) -> tuple[int, bool, int, int]:
        seen = context.shown.get(item.node.id, 0)
        return -item.score, item.node.id in context.last, seen, item.place

    fresh = (item for item in candidates if item.node.id not in context.clicked)
    best = sorted(fresh, key=rank)[:MAX_CTAS]
    return [ChosenCta(item.node, item.because or _why(item.node, context)) for item in best]


def _signals(node: CtaNode, context: CtaContext) -> tuple[int, ...]:
    """Return what each signal says for a node that may be shown, in the order of `_WHY`."""
    asked, said = context.words
    stems = _keyword_stems(node.keywords) if node.keywords else frozenset()
    return (
        _INTENT * (context.intent in node.intents),
        _CONTACT * (node.kind in ("phone", "email") and context.intent in CONTACT_INTENTS),
        _LOST * (context.lost and _is_contact(node)),
        _ASKED * len(stems & asked),
        _PAGE * bool(node.pages),
        _STATE * bool(node.states),
        _SAID * len(stems & said),
    )


def _score(node: CtaNode, context: CtaContext) -> int:
    return sum(_signals(node, context))


def _why(node: CtaNode, context: CtaContext) -> str:
    told = [why for score, why in zip(_signals(node, context), _WHY, strict=True) if score]
    return ", ".join(told).format(intent=context.intent, state=context.state) or "nothing fits better"


def _what_shows(node: CtaNode, context: CtaContext) -> CtaNode | None:
    """Return a node as far as its conditions hold, None when it cannot be shown."""
    shows = (
        (not node.states or context.state in node.states)
        and node.only in (None, "closed" if context.open is False else "open")
        and (not node.hide_when_known or not any(name in context.known for name in node.hide_when_known))
        and (not node.languages or _primary(context.language) in map(_primary, node.languages))
        and (not node.pages or _on_page(node, context))
    )
    return _pruned(node, context) if shows else None


def _pruned(node: CtaNode, context: CtaContext) -> CtaNode | None:
    """Return a node with those of its children that can be shown; None for a menu in which nothing is left."""
    if node.kind != "menu":
        return node
    kept = tuple(child for below in node.children if (child := _what_shows(below, context)))
    if len(kept) == len(node.children) and all(map(is_, kept, node.children)):
        return node
    return node.model_copy(update={"children": kept}) if kept else None


def _on_page(node: CtaNode, context: CtaContext) -> bool:
    """Compare the path with and without a slash at its end: people mean both."""
    path = context.path
    return bool(path) and any(fnmatchcase(form, glob) for form in (path, f"{path}/") for glob in node.pages)


def _primary(tag: str) -> str:
    return tag.replace("_", "-").split("-", 1)[0].lower()


def _stems(text: str) -> frozenset[str]:
    """Return the words without their endings: crude, the same for every language with endings."""
    return frozenset(word[: max(_SHORTEST_STEM, len(word) - 3)] for word in _WORD.findall(fold(text)))


@lru_cache(maxsize=4096)
def _keyword_stems(keywords: tuple[str, ...]) -> frozenset[str]:
    return _stems(" ".join(keywords))
