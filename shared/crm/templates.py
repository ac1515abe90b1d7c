"""Liquid templates of owners' requests: small, without files, and bounded in time and size. Pure.

A value that is put into a path stays one segment of it, whatever it holds; a value in a header stays in its line.
"""

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, TextIO
from urllib.parse import quote, unquote

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import LiquidError
from liquid.stringify import to_liquid_string
from liquid.undefined import Undefined

from shared.crm.template_filters import FILTERS, MAX_OUTPUT

MAX_TEMPLATE: Final = 2000
MAX_DEPTH: Final = 8
MAX_LEAVES: Final = 200
MAX_ITEMS: Final = 1000
MAX_BODY: Final = 1_000_000
# What is left of Liquid: no other template can be named, and nothing is counted from one call to the next.
_TAGS = ("if", "unless", "case", "for", "break", "continue", "assign", "capture", "comment", "#")
_PSEUDO_TAGS = ("content", "output", "literal", "illegal", "statement")
# An owner's template may do anything with values: what goes wrong is a mistake in it, never a fault of ours.
_MISTAKES = (LiquidError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_FORBIDDEN_IN_PATH = re.compile(r"[^\x21-\x7e]|[?#\\]")

Context = Mapping[str, Any]
Scope = Mapping[str, frozenset[str]]
"""What a template may name: from a variable to its attributes, none for a plain value."""


class TemplateError(ValueError):
    """A template that cannot be used; the text says why, without any visitor's value."""


class _Environment(Environment):
    loop_iteration_limit = 50
    local_namespace_limit = 2 * MAX_OUTPUT
    output_stream_limit = MAX_OUTPUT


class _LongEnvironment(_Environment):
    output_stream_limit = 2 * MAX_BODY


class _SegmentNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write the value as a part of one segment; nothing at all would make it another path."""
        text = to_liquid_string(self.expression.evaluate(context), autoescape=False)
        if not text.strip():
            raise TemplateError("a value of the path is empty")
        return buffer.write(quote(text, safe=""))


class _Segment(Output):
    node_class = _SegmentNode


Kind = Literal["text", "path", "signed"]


@lru_cache(maxsize=3)
def _environment(kind: Kind) -> _Environment:
    found = (_LongEnvironment if kind == "signed" else _Environment)(strict_filters=True, autoescape=False)
    # Captured output would be encoded twice.
    wanted = {*_TAGS, *_PSEUDO_TAGS} - ({"capture"} if kind == "path" else set())
    found.tags = {name: tag for name, tag in found.tags.items() if name in wanted}
    found.filters = dict(FILTERS)
    if kind == "path":
        found.add_tag(_Segment)
    return found


@lru_cache(maxsize=512)
def _compiled(text: str, kind: Kind = "text") -> BoundTemplate:
    if len(text) > MAX_TEMPLATE:
        raise TemplateError(f"a template has at most {MAX_TEMPLATE} characters")
    try:
        return _environment(kind).from_string(text)
    except _MISTAKES as error:
        raise TemplateError(f"not a template: {_reason(error)}") from None


def check_template(text: str, scope: Scope, kind: Kind = "text") -> None:
    """Pass when `text` is a template that names only what `scope` has; TemplateError otherwise."""
    try:
        found = _compiled(text, kind).analyze(include_partials=False)
    except TemplateError:
        raise
    except _MISTAKES as error:
        raise TemplateError(f"not a template: {_reason(error)}") from None
    for name in found.filters:
        if name not in FILTERS:
            raise TemplateError(f"unknown filter '{name[:80]}'")
    for uses in found.globals.values():
        for variable in uses:
            if not _is_known(variable.segments, scope):
                raise TemplateError(f"unknown variable '{str(variable)[:80]}'")


def check_path(text: str, scope: Scope) -> None:
    """Pass when `text` is a template of a path below the base URL; TemplateError otherwise."""
    check_template(text, scope, "path")
    literal = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.DOTALL)
    if not text.startswith("/") or text.startswith("//"):
        raise TemplateError("a path starts with one '/'")
    if _FORBIDDEN_IN_PATH.search(literal):
        raise TemplateError("a path holds no spaces, '?', '#' or '\\': put a query into 'query'")
    if any(part in (".", "..") for part in unquote(literal).split("/")):
        raise TemplateError("a path holds no '..'")


def check_json(body: object, scope: Scope) -> None:
    """Pass when every text in a JSON value is a template, and it is not too large; TemplateError otherwise."""
    leaves = list(_leaves(body, MAX_DEPTH))
    if len(leaves) > MAX_LEAVES:
        raise TemplateError(f"a body has at most {MAX_LEAVES} values")
    for leaf in leaves:
        if isinstance(leaf, str):
            check_template(leaf, scope)


def mentions(text: str, *names: str) -> bool:
    """Whether a template names one of these variables (`ref`, `note.ref`)."""
    return any(str(item) in names for uses in _compiled(text).analyze().globals.values() for item in uses)


def texts(body: object) -> Iterable[str]:
    """Return every template of a JSON value."""
    return [leaf for leaf in _leaves(body, MAX_DEPTH) if isinstance(leaf, str)]


def render_text(text: str, context: Context, kind: Kind = "text") -> str:
    """Return the text; TemplateError when it cannot be made. What is `signed` may be as long as a body."""
    try:
        return _compiled(text, kind).render(context)
    except _MISTAKES as error:
        raise TemplateError(_reason(error)) from None


def render_path(text: str, context: Context) -> str:
    """Return the path with every value percent-encoded; TemplateError when a value would leave its segment."""
    path = render_text(text, context, "path")
    if not path.startswith("/") or path.startswith("//") or _FORBIDDEN_IN_PATH.search(path):
        raise TemplateError("a value cannot stand in a path")
    # Clients take '%2e%2e' for '..' as well, so that encoding it would not help.
    if any(part in (".", "..") for part in unquote(path).split("/")):
        raise TemplateError("a value cannot stand in a path")
    return path


def render_header(text: str, context: Context) -> str:
    """Return a header's value; TemplateError when it would not stay in its line."""
    value = render_text(text, context).strip()
    if not _PRINTABLE.fullmatch(value):
        raise TemplateError("a value cannot stand in a header")
    return value


def render_json(body: object, context: Context, *, omit_empty: bool) -> Any:  # noqa: ANN401 - any JSON
    """Return a JSON value with its templates filled in; what came out empty is left out where that is wanted."""
    return _filled(body, context, omit_empty=omit_empty)


def render_value(text: str, context: Context) -> Any:  # noqa: ANN401 - any JSON
    """Return a template's value: of its own type when it is exactly one `{{ output }}`, else text."""
    template = _compiled(text)
    if len(template.nodes) != 1 or not isinstance(template.nodes[0], OutputNode):
        return render_text(text, context)
    try:
        found = template.nodes[0].expression.evaluate(RenderContext(template, globals=context))
        return _as_json(found, MAX_DEPTH)
    except _MISTAKES as error:
        raise TemplateError(_reason(error)) from None


def is_empty(value: object) -> bool:
    """Whether nothing is said: null, no text, nothing in it. Zero and false say something."""
    return value is None or (isinstance(value, str | Mapping | Sequence) and len(value) == 0)


def _filled(body: object, context: Context, *, omit_empty: bool) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(body, str):
        return render_value(body, context)
    if isinstance(body, Mapping):
        pairs = [(key, item, _filled(item, context, omit_empty=omit_empty)) for key, item in body.items()]
        return {key: value for key, item, value in pairs if not (omit_empty and _came_out_empty(item, value))}
    if isinstance(body, list | tuple):
        items = [(item, _filled(item, context, omit_empty=omit_empty)) for item in body]
        return [value for item, value in items if not (omit_empty and _came_out_empty(item, value))]
    return body


def _came_out_empty(written: object, value: object) -> bool:
    """What the owner wrote as empty or null is meant; what became so is not."""
    return is_empty(value) and not (written is None or written in ([], {}))


def _as_json(value: object, depth: int) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, Mapping | list | tuple | range) and not isinstance(value, Undefined):
        if len(value) > MAX_ITEMS:
            raise TemplateError(f"a list has at most {MAX_ITEMS} items")
        if depth == 0:
            return None
        if isinstance(value, Mapping):
            return {str(key): _as_json(item, depth - 1) for key, item in value.items()}
        return [_as_json(item, depth - 1) for item in value]
    return _plain(value)


def _plain(value: object) -> str | bool | float | None:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | bool | int):
        return value
    return None if value is None or isinstance(value, Undefined) else str(value)


def _leaves(body: object, depth: int) -> Iterable[object]:
    if isinstance(body, Mapping | list | tuple):
        if depth == 0:
            raise TemplateError(f"a body is at most {MAX_DEPTH} levels deep")
        for item in body.values() if isinstance(body, Mapping) else body:
            yield from _leaves(item, depth - 1)
    else:
        yield body


def _is_known(segments: Sequence[object], scope: Scope) -> bool:
    root, *rest = segments
    if not isinstance(root, str) or root not in scope:
        return False
    attributes = scope[root]
    if not attributes or not rest:
        return not attributes and not rest
    return rest[0] in attributes and (rest[0] == "values" or len(rest) == 1) if isinstance(rest[0], str) else False


def _reason(error: Exception) -> str:
    """Return what is wrong in a line, without the excerpt that the library adds."""
    found = error.message if isinstance(error, LiquidError) else error if isinstance(error, TemplateError) else ""
    return " ".join(str(found or "it cannot be worked out").split())[:200]
