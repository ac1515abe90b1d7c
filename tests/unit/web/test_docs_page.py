"""The documentation for people: complete, escaped, without anything that runs or loads."""

import re
from html.parser import HTMLParser
from typing import Any

from shared.api.admin import app as admin
from shared.api.chat import app as chat
from shared.web.docs_page import render
from shared.web.openapi import describe

HOSTILE = "</pre></code><script>alert(1)</script>\"'&"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        self.attributes += attrs


def reader(markup: str) -> _Reader:
    """Return a reader that has read a page."""
    found = _Reader()
    found.feed(markup)
    return found


def test_every_call_and_type_is_on_the_page():
    """Of both functions."""
    for title, routes in (("Chat", chat.ROUTES), ("Admin", admin.ROUTES)):
        document = describe(title, "What it is for.", routes)
        markup = render(document)
        for path, methods in document["paths"].items():
            assert f"<code>{path}</code>" in markup
            for operation in methods.values():
                assert f'id="{operation["operationId"]}"' in markup
        for name in document["components"]["schemas"]:
            assert f'id="type-{name}"' in markup


def test_nothing_runs_and_nothing_is_loaded():
    """No script, no handler, no image, no style sheet or link to elsewhere."""
    found = reader(render(describe("Admin", "x", admin.ROUTES)))
    assert not found.tags & {"script", "link", "img", "iframe", "object", "form"}
    for name, value in found.attributes:
        assert not name.startswith("on")
        assert name not in ("href", "src") or not re.match(r"(?:https?:)?//", value or "")


def test_words_of_the_document_are_text():
    """Whatever stands in summaries, descriptions, names and schemas."""
    document: dict[str, Any] = {
        "info": {"title": HOSTILE, "version": HOSTILE, "description": HOSTILE},
        "paths": {
            f"/{HOSTILE}": {
                "get": {
                    "operationId": HOSTILE,
                    "summary": HOSTILE,
                    "description": HOSTILE,
                    "parameters": [{"name": HOSTILE, "in": HOSTILE, "required": False, "schema": {"default": HOSTILE}}],
                    "requestBody": {"content": {HOSTILE: {"schema": {"description": HOSTILE}}}},
                    "responses": {
                        HOSTILE: {"description": HOSTILE, "content": {HOSTILE: {"schema": {"$ref": HOSTILE}}}}
                    },
                }
            }
        },
        "components": {"schemas": {HOSTILE: {"description": HOSTILE}}},
    }
    markup = render(document)
    assert "<script" not in markup
    assert "script" not in reader(markup).tags
    assert not [name for name, _ in reader(markup).attributes if name.startswith("on")]
    assert markup.count("&lt;script&gt;") >= 12
