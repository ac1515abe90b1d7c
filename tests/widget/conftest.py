"""Fixtures of the widget's tests: a fake chat server and a real Chromium. Nothing here knows the widget."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from local.browser import find_chromium
from tests.widget.fake_chat import FakeChat, new_fake, running
from tests.widget.visitor import OPEN_SHADOW, Visitor

# A machine that runs other tests beside these may take its time.
expect.set_options(timeout=20_000)

BLANK_PAGE = "<!doctype html><title>elsewhere</title>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Per module: the sync API leaves an event loop running that other tests must not meet."""
    path = find_chromium()
    if not path:
        pytest.skip("no chromium on PATH: the widget is tested in a real browser")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path)
        yield chromium
        chromium.close()


@pytest.fixture
def fake() -> Iterator[FakeChat]:
    """A chat server of its own for each test."""
    with running(new_fake()) as server:
        yield server


@pytest.fixture
def arrive(browser: Browser, fake: FakeChat) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; options are the browser context's (viewport, color_scheme, ...)."""
    visitors = []

    def new_visitor(**options: Any) -> Visitor:
        context = browser.new_context(**{"reduced_motion": "reduce", **options})
        context.add_init_script(OPEN_SHADOW)
        context.route("https://*/**", lambda route: route.fulfill(body=BLANK_PAGE, content_type="text/html"))
        visitors.append(Visitor(context, fake))
        return visitors[-1]

    yield new_visitor
    for visitor in visitors:
        visitor.context.close()
        assert visitor.errors == []


@pytest.fixture
def visitor(arrive: Callable[..., Visitor]) -> Visitor:
    """Somebody at a desktop computer."""
    return arrive()
