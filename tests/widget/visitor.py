"""A visitor of a website with the widget: what a test does and sees in the browser.

It must not reach into the widget's code, only into what is on the screen and in the browser's stores.
"""

import json
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.widget.fake_chat import FakeChat

# The shadow root is closed to pages; tests look inside.
OPEN_SHADOW = """const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (init) { return attach.call(this, { ...init, mode: "open" }); };"""


class Visitor:
    """One person, one tab."""

    def __init__(self, context: BrowserContext, fake: FakeChat) -> None:
        self.context, self.fake = context, fake
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.launcher = self.page.locator(".launcher")
        self.panel = self.page.get_by_role("dialog")
        self.input = self.page.locator("textarea")
        self.log = self.page.get_by_role("log")
        self.draft = self.page.locator(".msg[aria-hidden=true]")
        self.ctas = self.page.locator(".ctas")
        self.failure = self.page.locator(".failure")

    def visit(self, **query: str) -> None:
        """Goes to the business's site and waits for the launcher."""
        self.page.goto(f"{self.fake.site_url}/?{urlencode(query)}")
        expect(self.launcher).to_be_visible()

    def open(self, **query: str) -> None:
        """Visits, opens the chat and waits for the greeting."""
        self.visit(**query)
        self.launch()

    def launch(self) -> None:
        """Opens the chat and waits for the greeting."""
        self.launcher.click()
        expect(self.log).to_contain_text("How can I help you")
        expect(self.button("Contact")).to_be_visible()

    def say(self, text: str) -> None:
        """Types and sends, when the answer before has come: until then Enter is not heard."""
        self.input.fill(text)
        expect(self.page.locator(".send.busy")).to_have_count(0)
        self.input.press("Enter")

    def button(self, name: str) -> Locator:
        """A button of the widget, by its accessible name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        """A link of the widget, by its accessible name."""
        return self.page.get_by_role("link", name=name)

    def stored(self) -> dict[str, Any]:
        """The browser's whole local storage."""
        return {key: json.loads(value) for key, value in self.js("({ ...localStorage })").items()}

    def record(self) -> dict[str, Any]:
        """What the widget stored."""
        return dict(self.stored()[f"chatbot:{self.fake.chat_url}:demo"])

    def js(self, expression: str) -> Any:
        """The value of an expression on the page."""
        return self.page.evaluate(expression)

    def focused(self) -> str:
        """The class or tag of what has the focus, inside the widget if it is there."""
        inner = "const e = document.activeElement; const i = e.shadowRoot ? e.shadowRoot.activeElement : e;"
        return str(self.js(f"(() => {{ {inner} return (i.className || i.tagName).toLowerCase(); }})()"))
