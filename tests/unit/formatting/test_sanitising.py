"""HTML in a model's text: a few tags are kept bare, contents of active elements go, everything else is text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formatting.reply_html import read, said, written
from tests.unit.properties import NORMAL


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<b>bold</b> <strong>bold</strong> <i>slanted</i> <em>slanted</em>",
         "<p><b>bold</b> <b>bold</b> <i>slanted</i> <i>slanted</i></p>"),
        ("one<br>two<br/>three", "<p>one<br>two<br>three</p>"),
        ("<b onclick='x()' style='color:red'>hi</b>", "<p><b>hi</b></p>"),
        ("<p>para</p>", "<p>para</p>"),
        ("<div><span>words</span></div>", "<p>words</p>"),
        ("<ul><li>one</li></ul>", "<p>one</p>"),
        ("<B>loud", "<p><b>loud</b></p>"),
        ("</b>nothing opened", "<p>nothing opened</p>"),
        ("<i><b>crossed</i></b>", "<p><i><b>crossed</b></i></p>"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("&amp;lt;b&amp;gt;", "<p>&amp;lt;b&amp;gt;</p>"),
        ("AT&T &copy; &#8364;5 &notanentity;", "<p>AT&amp;T © €5 &amp;notanentity;</p>"),
        ("`<script>alert(1)</script>`", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("\\<b>not bold\\</b>", "<p>&lt;b&gt;not bold&lt;/b&gt;</p>"),
        ("a <!-- hidden --> b", "<p>a b</p>"),
        ("5 < 6 and <3", "<p>5 &lt; 6 and &lt;3</p>"),
    ],
)  # fmt: skip
def test_each_piece_of_html_has_its_form(source, html):
    """Known tags lose their attributes, unknown ones their brackets, entities are decoded once."""
    assert written(source) == html


@pytest.mark.parametrize("tag", ["script", "style", "iframe"])
@pytest.mark.parametrize(
    "form",
    [
        "before <{tag}>secret</{tag}> after",
        "before <{tag} src='x'>secret. More secret</{tag}> after",
        "before <{tag}>\nsecret\n</{tag}> after",
        "before\n\n<{tag}>\n\nsecret\n\n</{tag}>\n\nafter",
        "before <{upper}>secret</{tag} > after",
        "before <{tag}><b>secret</b></{tag}> after",
    ],
)
def test_contents_of_active_elements_are_dropped(form, tag):
    """Over sentences and lines too: a script's text is nothing to read."""
    assert said(form.format(tag=tag, upper=tag.upper())).split() == ["before", "after"]


@pytest.mark.parametrize("tag", ["object", "svg", "template"])
def test_so_are_those_of_other_elements_that_are_no_prose(tag):
    """Drawings, plug-ins and templates."""
    assert said(f"before <{tag}>secret</{tag}> after").split() == ["before", "after"]


@pytest.mark.parametrize(
    "source",
    [
        "before <!-- one. Two --> after",
        "before <!-- one\ntwo --> after",
        "before <!-- a > b. Hidden --> after",
        "before <!-- <b>x</b> --> after",
        "before <!----> after",
    ],
)
def test_a_comment_is_not_shown(source):
    """Whatever stands in it, over sentences and lines too."""
    assert said(source).split() == ["before", "after"]


@pytest.mark.parametrize(
    "source",
    ["x <b", "x </b", "x <a href='https://evil.example", "x <script", "x <img src=x onerror=alert(1)", "x <!-- open"],
)
def test_a_tag_that_never_closes_is_not_shown(source):
    """The model was cut off: what is left of a tag is no text."""
    assert said(source) == "x"


ATTACKS = (
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<a href='javascript:alert(1)'>x</a>",
    '<a href="https://acme.example/prices" onclick=alert(1)>x</a>',
    "[x](java\nscript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    '[x](https://acme.example/prices "onmouseover=alert(1)")',
    '[x](https://acme.example/prices"onmouseover=alert(1))',
    'https://acme.example/prices"onmouseover="alert(1)',
    "<<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script>alert(1)",
    "</script><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<math><mtext></p><img src=x onerror=alert(1)>",
    "<b><p></b></p><p>",
    "</p><p><b>",
    "<p <b>x",
    "<style>@import 'x'</style>",
    "<![CDATA[<b>x</b>]]>",
    "<?php echo 1 ?>",
    "<!DOCTYPE html>",
    "<x-y z>",
    "\u003cscript\u003ealert(1)\u003c/script\u003e",
    "＜script＞alert(1)＜/script＞",
    "<b\x00>x</b>",
    "<\x00script>alert(1)</script>",
    "```\n<script>alert(1)</script>\n```",
    "| <script> | alert(1) |",
    "# <script>alert(1)</script>",
    "- <img src=x onerror=alert(1)>",
    "[<img src=x onerror=alert(1)>](https://acme.example/prices)",
    "![<script>](x)",
    "[1](javascript:alert(1))",
    "```\n[1] https://acme.example/prices\n```",
)  # fmt: skip


@pytest.mark.parametrize("source", ATTACKS)
def test_an_attack_becomes_harmless_html(source):
    """Whole or letter by letter, the result is of the contract's tags and addresses."""
    read(written(source))
    read(written(list(source)))


@NORMAL
@given(st.lists(st.sampled_from(ATTACKS), min_size=2, max_size=4), st.sampled_from(["", " ", ". ", "\n", "\n\n"]))
def test_attacks_do_not_help_each_other(sources, between):
    """Joined in any order they stay harmless."""
    read(written(between.join(sources)))
