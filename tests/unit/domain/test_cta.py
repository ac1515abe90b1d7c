"""The tree of calls to action: each node fits its kind, ids are unique, no branch is too deep, no URL is unsafe."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.domain.cta import MAX_DEPTH, MAX_NODES, CtaNode, check_tree
from tests.unit.properties import NORMAL
from tests.unit.samples import CTA_TREE, a_config


def message(cta_id: str, **fields: Any) -> dict[str, Any]:
    """Return a node that says something."""
    return {"id": cta_id, "label": "Say", "kind": "message", "message": "Hello", **fields}


def menu(cta_id: str, *children: Any) -> dict[str, Any]:
    """Return a menu."""
    return {"id": cta_id, "label": "Menu", "kind": "menu", "children": list(children)}


def chain(depth: int, *, same_id: bool = False) -> dict[str, Any]:
    """Return one branch of `depth` levels."""
    node = message("leaf")
    for level in range(depth - 1):
        node = menu("leaf" if same_id else f"level-{level}", node)
    return node


def tree(*nodes: Any) -> tuple[CtaNode, ...]:
    """Validate a configured tree."""
    return a_config(cta_tree=list(nodes)).cta_tree


def test_a_tree_is_walked_parents_first():
    """Walking yields every node once, each after the menu that holds it."""
    config = a_config(cta_tree=CTA_TREE)
    assert [node.id for node in config.ctas()] == ["book", "call", "shop", "lights", "locks"]


@pytest.mark.parametrize(("depth", "fits"), [(1, True), (MAX_DEPTH, True), (MAX_DEPTH + 1, False), (60, False)])
def test_a_branch_has_at_most_five_levels(depth, fits):
    """Five levels are allowed, the sixth is refused by name."""
    if fits:
        tree(chain(depth))
    else:
        with pytest.raises(ValidationError, match="deeper than 5 levels"):
            tree(chain(depth))


def test_a_branch_of_absurd_depth_is_refused_and_breaks_nothing():
    """Nesting a thousand levels deep is a validation error, no crash of the reader."""
    text = '{"id":"a","label":"a","kind":"menu","children":[' * 1000 + "]}" * 1000
    with pytest.raises(ValidationError):
        TypeAdapter(CtaNode).validate_json(text)


@pytest.mark.parametrize(
    ("nodes", "complaint"),
    [
        ([message("a"), message("a")], "'a' is used twice"),
        ([menu("a", message("b")), message("b")], "'b' is used twice"),
        ([menu("a", menu("b", message("a")))], "below itself.*a > b > a"),
        ([chain(3, same_id=True)], "below itself"),
    ],
)
def test_an_id_stands_for_one_place(nodes, complaint):
    """A repeated id is refused, and a node below itself is called a cycle."""
    with pytest.raises(ValidationError, match=complaint):
        tree(*nodes)


def test_a_tree_holds_at_most_two_hundred_nodes():
    """The limit holds for the whole tree, not for one menu."""
    roots = [menu(f"m-{n}", *(message(f"c-{n}-{k}") for k in range(20))) for n in range(10)]
    with pytest.raises(ValidationError, match=f"at most {MAX_NODES}"):
        tree(*roots)


@pytest.mark.parametrize(
    "node",
    [
        {"id": "x", "label": "X", "kind": "link"},
        {"id": "x", "label": "X", "kind": "phone"},
        {"id": "x", "label": "X", "kind": "menu", "children": []},
        {"id": "x", "label": "X", "kind": "message", "message": "   "},
        {"id": "x", "label": "X", "kind": "shout", "message": "x"},
        message("x", url="https://acme.example"),
        message("x", children=[message("y")]),
        message("x", colour="red"),
        message("X"),
        message("-x"),
        message("a" * 65),
        message("x y"),
        message("x", label=""),
        message("x", label="\u200b"),
        message("x", label="a" * 61),
        message("x", message="a" * 501),
        message("x", keywords=["k"] * 31),
    ],
)
def test_a_node_that_does_not_fit_its_kind_is_refused(node):
    """Missing or foreign fields, bad ids and labels that nobody can read do not validate."""
    with pytest.raises(ValidationError):
        tree(node)


UNSAFE = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "\u0001javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://acme.example/1",
    "ftp://acme.example/",
    "//evil.example/",
    "/relative",
    "relative",
    "",
    "https://",
    "https://user@evil.example/",
    "https://user:password@evil.example/",
    "https://:password@evil.example/",
    "https://acme.example@evil.example/",
    "https://acme.example/a b",
    "https://acme.example:99999/",
    "https://acme.example/" + "a" * 2048,
]


@pytest.mark.parametrize("url", UNSAFE)
def test_a_link_leads_to_the_open_web_only(url):
    """Scripts, local files, credentials and addresses without a host are no links."""
    with pytest.raises(ValidationError):
        tree({"id": "x", "label": "X", "kind": "link", "url": url})


@pytest.mark.parametrize("kind", ["phone", "email"])
@pytest.mark.parametrize("url", [*UNSAFE, "https://acme.example", "tel:", "tel:abc", "mailto:", "mailto:a@b@c"])
def test_phone_and_email_lead_to_a_phone_or_a_mailbox(kind, url):
    """Nothing but `tel:` and `mailto:` fits these kinds."""
    with pytest.raises(ValidationError):
        tree({"id": "x", "label": "X", "kind": kind, "url": url})


@NORMAL
@given(st.lists(st.sampled_from("abcde"), max_size=8))
def test_check_tree_accepts_exactly_the_unique_ids(ids):
    """Roots pass when no id repeats, whatever their order."""
    nodes = tuple(CtaNode.model_validate(message(cta_id)) for cta_id in ids)
    if len(set(ids)) == len(ids):
        assert check_tree(nodes) == nodes
    else:
        with pytest.raises(ValueError, match="used twice"):
            check_tree(nodes)
