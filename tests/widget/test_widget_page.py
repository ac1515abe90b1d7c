"""The widget on other people's pages: unsafe text, strict policies, hostile styles, the page's own shortcuts."""

import pytest
from playwright.sync_api import expect

from tests.widget.fake_chat import Turn

pytestmark = pytest.mark.browser

EVIL = (
    "<p>Hi <script>window.hacked=1</script><img src=x onerror='window.hacked=2'>",
    "<b style='position:fixed' onclick='window.hacked=3' id=x class=y>bold</b> <svg onload='window.hacked=4'></svg>",
    "<a href='javascript:window.hacked=5'>one</a> <a href=' jav&#x09;ascript:window.hacked=6'>two</a> ",
    "<a href='data:text/html,x'>three</a> <a href='https://ok.example.com/' onclick='window.hacked=7'>four</a>",
    "<iframe srcdoc='<script>parent.hacked=8</script>'></iframe><form action=//evil><input name=q></form>",
    "<style>*{display:none}</style><h1>head</h1>",
)
HOSTILE = """<style>
* { display: none !important; font-size: 90px !important; transform: scale(3) !important; opacity: 0 !important; }
html, body, h1 { display: block !important; opacity: 1 !important; transform: none !important; }
chatbot-widget { position: static !important; visibility: hidden !important; width: 900px !important; }
button, textarea, div { background: red !important; float: right !important; min-width: 500px !important; }
:root { --primary: red; --bg: red; --fg: red; }
</style>"""
BACKGROUND = "e => getComputedStyle(e).backgroundColor"


def test_malicious_html_does_nothing(visitor, fake):
    """Only paragraphs, bold, italics, breaks and safe links come through, while streaming and when done."""
    fake.plan(Turn(EVIL, mode="hold"))
    visitor.open()
    visitor.say("Hello")
    expect(visitor.draft).to_contain_text("Hi")
    fake.gate.set()
    bubble = visitor.page.locator("[role=log] .bubble").last
    expect(bubble).to_have_text("Hi bold one two three fourhead")
    names = bubble.evaluate(
        "e => [...e.querySelectorAll('*')].map((n) => n.tagName + ':' + n.getAttributeNames().join())"
    )
    assert names == ["P:", "B:", "A:href,target,rel"]
    assert visitor.js("window.hacked") is None


def test_page_cannot_look_inside(browser, fake):
    """Outside of tests the shadow root is closed."""
    page = browser.new_page()
    page.goto(fake.site_url)
    page.wait_for_selector("chatbot-widget", state="attached")
    assert page.evaluate("document.querySelector('chatbot-widget').shadowRoot") is None
    page.close()


@pytest.mark.parametrize("types", ["", "; require-trusted-types-for 'script'; trusted-types chatbot-widget"])
def test_strictest_policy(visitor, fake, types):
    """The policy in the file's head is enough, and nothing the widget does breaks it."""
    fake.config["branding"]["logo_url"] = f"http://127.0.0.1:{fake.port}/logo.svg"
    origin = f"http://127.0.0.1:{fake.port}"
    said: list[str] = []
    visitor.page.on("console", lambda message: said.append(message.text))
    visitor.open(csp=f"default-src 'none'; script-src {origin}; connect-src {origin}; img-src {origin}{types}")
    visitor.say("Hello")
    expect(visitor.log).to_contain_text("9 to 17.")
    visitor.input.fill("a\nb\nc")
    expect(visitor.page.locator(".logo")).to_be_visible()
    assert visitor.page.locator(".logo").evaluate("e => e.naturalWidth") > 0
    assert visitor.page.locator(".head").evaluate(BACKGROUND) == "rgb(15, 107, 79)"
    assert visitor.launcher.bounding_box()["width"] == 56
    assert [text for text in said if "policy" in text.lower() and "favicon" not in text] == []


def test_hostile_page_styles(visitor):
    """Styles of the page, however important they say they are, do not reach the widget."""
    visitor.open(head=HOSTILE)
    box = visitor.launcher.bounding_box()
    assert (box["width"], box["height"]) == (56, 56)
    assert visitor.panel.bounding_box()["width"] == 392
    style = visitor.panel.evaluate("e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).fontSize]")
    assert style == ["rgb(255, 255, 255)", "15px"]
    assert visitor.page.locator(".head").evaluate(BACKGROUND) == "rgb(15, 107, 79)"


def test_closed_widget_takes_only_its_button(visitor):
    """The page beside the button stays the page's, and its layout does not move."""
    visitor.visit()
    box = visitor.launcher.bounding_box()
    host = visitor.page.locator("chatbot-widget")
    assert host.evaluate("e => [e.offsetWidth, e.offsetHeight]") == [0, 0]
    above = f"document.elementFromPoint({box['x'] + 20}, {box['y'] - 10}).tagName"
    assert visitor.js(above) in {"HTML", "BODY"}
    assert visitor.js("performance.getEntriesByType('layout-shift').length") == 0


def test_typing_does_not_trigger_page_shortcuts(visitor):
    """Sites listen for single keys; what is typed in the chat is not for them."""
    visitor.open()
    visitor.js("(() => { window.keys = 0; document.addEventListener('keydown', () => { window.keys += 1; }); })()")
    visitor.page.keyboard.type("s/")
    assert visitor.js("window.keys") == 0
    assert visitor.input.input_value() == "s/"


def test_position_and_malformed_branding(visitor, fake):
    """Bottom left where asked; a colour that is none is ignored, and cannot smuggle in a request."""
    fake.config["branding"] |= {"position": "bottom-left", "primary_color": "url(https://evil.example.com/x)"}
    visitor.visit()
    assert visitor.launcher.bounding_box()["x"] == 20
    assert visitor.launcher.evaluate(BACKGROUND) == "rgb(47, 91, 234)"


def test_long_text_is_counted_and_capped(visitor):
    """A counter near the limit, and no more than the server takes."""
    visitor.open()
    visitor.input.fill("x" * 3500)
    expect(visitor.page.locator(".counter")).to_be_hidden()
    visitor.input.fill("x" * 3990)
    visitor.input.press("End")
    visitor.page.keyboard.insert_text("y" * 50)
    expect(visitor.page.locator(".counter")).to_have_text("4000 / 4000")
    assert visitor.input.bounding_box()["height"] == 132


def test_opens_by_itself_where_asked_until_the_visitor_closes_it(visitor):
    """data-open opens without taking the focus; a visitor's close is remembered on the next page."""
    visitor.visit(attrs="data-open=true")
    expect(visitor.log).to_contain_text("How can I help you")
    assert visitor.focused() == "body"
    visitor.button("Close chat").first.click()
    expect(visitor.panel).to_be_hidden()
    visitor.visit(attrs="data-open=true")
    visitor.page.wait_for_timeout(300)
    expect(visitor.panel).to_be_hidden()
