"""Templates of owners' requests: what they may say, how they are filled in, and what no value can do."""

import json
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.crm.templates import (
    TemplateError,
    check_json,
    check_path,
    check_template,
    mentions,
    render_header,
    render_json,
    render_path,
    render_text,
    render_value,
)

SCOPE = {"contact": frozenset({"email", "values"}), "id": frozenset(), "extra": frozenset({"shop"})}
CONTEXT = {"contact": {"email": "a@b.c", "values": {"age": 3, "off": False, "gone": None}}, "id": "C1"}


@pytest.mark.parametrize(
    "text",
    [
        "", "plain", "{{ id }}", "{{ contact.email | upcase }}", "{{ contact.values.anything }}", "{{ extra.shop }}",
        "{% if contact.email %}x{% endif %}", "{% for i in (1..3) %}{{ i }}{{ forloop.index }}{% endfor %}",
        "{% assign x = id %}{{ x }}", "{{ contact.values }}",
    ],
)  # fmt: skip
def test_what_a_template_may_say(text):
    """Known variables, the usual filters, conditions and short loops."""
    check_template(text, SCOPE)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ contact.emial }}", "unknown variable 'contact.emial'"),
        ("{{ nobody }}", "unknown variable 'nobody'"),
        ("{{ now }}", "unknown variable 'now'"),
        ("{{ contact }}", "unknown variable 'contact'"),
        ("{{ id.x }}", "unknown variable 'id.x'"),
        ("{{ extra.other }}", "unknown variable 'extra.other'"),
        ("{{ contact[id] }}", "unknown variable 'contact[id]'"),
        ("{{ id | default: nobody }}", "unknown variable 'nobody'"),
        ("{{ id | shell }}", "unknown filter 'shell'"),
        ("{{ id", "not a template"),
        ("{% if %}{% endif %}", "not a template"),
        ("{% include 'x' %}", "unexpected tag 'include'"),
        ("{% render 'x' %}", "unexpected tag 'render'"),
        ("{% liquid echo id %}", "unexpected tag 'liquid'"),
        ("{% increment x %}", "unexpected tag 'increment'"),
        ("x" * 5000, "at most 2000"),
    ],
)
def test_what_a_template_may_not_say(text, reason):
    """Everything unknown is named, other templates cannot be reached, and there is no clock."""
    with pytest.raises(TemplateError) as raised:
        check_template(text, SCOPE)
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in (1..100000) %}x{% endfor %}",
        "{% for i in (1..999999999999999999999999) %}x{% endfor %}",
        "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a | append: a %}" * 40,
        "{% assign a = 'xxxxxxxxxx' %}"
        + "{% assign a = a | append: a | append: a %}" * 8
        + "{{ a | replace: 'x', a }}",
        "{{ 1 | divided_by: 0 }}",
        "{{ 999999999999999 | times: 999999999999999 }}",
        "{% for i in (1..45) %}{% for j in (1..45) %}{{ contact.email }}{% endfor %}{% endfor %}",
    ],
)
def test_no_template_takes_much_time_or_room(text):
    """Loops, growth and numbers end in an error."""
    with pytest.raises(TemplateError):
        render_text(text, CONTEXT)


def test_numbers_of_visitors_stay_numbers():
    """What looks like a number and is enormous counts as none."""
    assert render_text("{{ x | round }}", {"x": "1e999999999"}) == "0"
    assert render_text("{{ x | plus: 0.2 }}", {"x": 0.1}) == "0.3"
    assert render_text("{{ x | divided_by: 2 }}", {"x": "7"}) == "3"
    assert render_text("{{ 2.345 | round: 2 }} {{ 2.5 | round }} {{ 5 | round: -999999999 }}", {}) in (
        "2.35 3 5",
        "2.35 3 5.0",
        "2.34 3 5",
    )


def test_every_filter_of_texts_works():
    """Each gives a text for a text, with the arguments that people give it."""
    told = {
        "escape": "a&lt;b", "newline_to_br": "a<b", "strip_newlines": "a<b", "url_encode": "a%3Cb", "upcase": "A<B",
        "capitalize": "A<b", "append: 'c'": "a<bc", "prepend: 'c'": "ca<b", "remove: '<'": "ab", "squish": "a<b",
        "replace: '<', '-'": "a-b", "replace_first: '<', '-'": "a-b", "replace_last: '<', '-'": "a-b", "size": "3",
        "remove_first: 'a'": "<b", "remove_last: 'b'": "a<", "truncate: 2, ''": "a<", "slice: 0, 1": "a",
        "split: '<' | last": "b", "split: '<' | join: '+'": "a+b", "default: 'x'": "a<b", "downcase": "a<b",
        "strip": "a<b", "lstrip": "a<b", "rstrip": "a<b", "split: '<' | first": "a",
    }  # fmt: skip
    for used, wanted in told.items():
        assert render_text("{{ x | " + used + " }}", {"x": "a<b"}) == wanted, used


def test_dates_are_written_in_another_form():
    """An ISO date has a form, everything else stays as it is, and 'now' is a word."""
    assert render_text("{{ x | date: '%d.%m.%Y' }}", {"x": "2026-11-02T09:30:00+00:00"}) == "02.11.2026"
    assert render_text("{{ 'now' | date: '%Y' }}", {}) == "now"


def test_a_single_output_keeps_its_type():
    """A number stays a number; with anything beside it, it is text."""
    assert render_value("{{ contact.values.age }}", CONTEXT) == 3
    assert render_value("{{ contact.values.off }}", CONTEXT) is False
    assert render_value("{{ contact.values.gone }}", CONTEXT) is None
    assert render_value("{{ contact.values.none }}", CONTEXT) is None
    assert render_value("{{ contact.values.age }} years", CONTEXT) == "3 years"
    assert render_value("{{ contact.values }}", CONTEXT) == {"age": 3, "off": False, "gone": None}


def test_a_body_leaves_out_what_came_out_empty():
    """Zero and false are said, and so is what the owner wrote as empty; an object of nothing is nothing."""
    body = {
        "age": "{{ contact.values.age }}",
        "off": "{{ contact.values.off }}",
        "gone": "{{ contact.values.gone }}",
        "inner": {"gone": "{{ contact.values.gone }}"},
        "list": ["{{ contact.values.gone }}", "{{ id }}"],
        "meant": [],
        "null": None,
        "{{ id }}": 1,
    }
    assert render_json(body, CONTEXT, omit_empty=True) == {
        "age": 3, "off": False, "list": ["C1"], "meant": [], "null": None, "{{ id }}": 1
    }  # fmt: skip
    assert render_json(body, CONTEXT, omit_empty=False)["inner"] == {"gone": None}


def test_bodies_are_bounded():
    """Neither depth nor number of values is free."""
    deep: object = "x"
    for _ in range(10):
        deep = [deep]
    for body in (deep, ["x"] * 201):
        with pytest.raises(TemplateError):
            check_json(body, SCOPE)


@pytest.mark.parametrize(
    "path", ["", "customers", "//evil.example", "/a?b=c", "/a#b", "/a/../b", "/a/%2e%2E/b", "/a b", "/a\\b", "/ä"]
)
def test_paths_are_below_the_base(path):
    """A path starts with one slash and holds nothing that ends it or climbs."""
    with pytest.raises(TemplateError):
        check_path(path, SCOPE)


@given(st.text(max_size=40))
def test_a_value_never_leaves_its_segment(value):
    """Whatever an id is, the path has as many segments as its template, or there is none."""
    try:
        path = render_path("/v1/customers/{{ id }}/notes", {"id": value})
    except TemplateError:
        return
    parts = urlsplit(f"https://api.example.com{path}")
    assert (parts.netloc, parts.query, parts.fragment) == ("api.example.com", "", "")
    segments = parts.path.split("/")
    assert len(segments) == 5
    assert unquote(segments[3]) == value
    assert value not in (".", "..")


@pytest.mark.parametrize("value", ["..", ".", "", "  ", None, "../x", "a/../b"])
def test_an_id_that_would_be_another_path_is_refused(value):
    """Dots and nothing at all would make `/customers/{id}` the path of something else."""
    with pytest.raises(TemplateError):
        render_path("/customers/{{ id }}", {"id": value})


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00", "ä", "a\u2028b"])
def test_a_header_stays_in_its_line(value):
    """A value with a line break, a control character or a foreign letter is refused, without being repeated."""
    with pytest.raises(TemplateError) as raised:
        render_header("id={{ id }}", {"id": value})
    assert value not in str(raised.value)


def test_mentions_finds_the_variables_that_count():
    """A body that names our key itself needs no mark in the text."""
    assert mentions("by {{ ref }}", "ref", "note.ref")
    assert mentions("{{ note.ref | upcase }}", "ref", "note.ref")
    assert not mentions("{{ note.text }} ref", "ref", "note.ref")


_PIECES = st.lists(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", " id ", "contact.email", "| upcase", "| replace: 'a', 'b'", "if", "endif", "for i in",
         "(1..9)", "endfor", "assign x =", "'", "x", "| split: ''", "| join", "| first", "| times: 3", "raw", "endraw"]
    ), max_size=14
)  # fmt: skip


@settings(max_examples=300)
@given(_PIECES.map("".join) | st.text(max_size=30), st.text(max_size=10))
def test_any_text_is_a_template_or_a_template_error(text, value):
    """Nothing but TemplateError comes out, and what is rendered is JSON."""
    try:
        check_template(text, SCOPE)
        json.dumps(render_value(text, {"id": value, "contact": {"email": value, "values": {}}}))
    except TemplateError:
        return
