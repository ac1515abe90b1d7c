"""The widget for everybody: keyboards, screen readers, small screens, right-to-left, poor sight."""

import pytest
from playwright.sync_api import expect

from tests.widget.fake_chat import Turn

pytestmark = pytest.mark.browser

CONTRAST = """(e) => {
  const pixels = document.createElement("canvas").getContext("2d");
  const linear = (v) => (v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  const light = (css) => {
    pixels.fillStyle = css;
    pixels.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...pixels.getImageData(0, 0, 1, 1).data].map((v) => linear(v / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const { color, backgroundColor } = getComputedStyle(e);
  const [low, high] = [light(color), light(backgroundColor)].sort((a, b) => a - b);
  return (high + .05) / (low + .05);
}"""
DIRECTION = "e => getComputedStyle(e.parentElement).direction"


def test_keyboard_only_conversation(visitor, fake):
    """Tab, Enter, type, Enter, Escape: no mouse is needed, and the focus goes back where it came from."""
    visitor.visit()
    visitor.page.get_by_label("search").focus()
    visitor.page.keyboard.press("Tab")
    assert visitor.focused() == "launcher"
    expect(visitor.launcher).to_have_attribute("aria-expanded", "false")
    visitor.page.keyboard.press("Enter")
    expect(visitor.launcher).to_have_attribute("aria-expanded", "true")
    expect(visitor.log).to_contain_text("How can I help you")
    assert visitor.focused() == "textarea"
    visitor.page.keyboard.type("First line")
    visitor.page.keyboard.press("Shift+Enter")
    visitor.page.keyboard.type("second")
    visitor.page.keyboard.press("Enter")
    expect(visitor.log).to_contain_text("9 to 17.")
    assert fake.said() == ["First line\nsecond"]
    visitor.page.keyboard.press("Escape")
    expect(visitor.panel).to_be_hidden()
    assert visitor.focused() == "launcher"


def test_keyboard_through_a_menu(visitor):
    """Going into a menu and back keeps the focus among the buttons."""
    visitor.open()
    visitor.button("Contact").focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.link("Call us")).to_be_focused()
    visitor.page.keyboard.press("Shift+Tab")
    visitor.page.keyboard.press("Enter")
    assert visitor.focused() == "cta"


def test_composition_is_not_sent(visitor, fake):
    """The Enter that accepts an input method's suggestion does not send."""
    visitor.open()
    visitor.input.fill("にほん")
    visitor.input.evaluate(
        "e => e.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }))"
    )
    visitor.page.wait_for_timeout(100)
    assert fake.said() == []


def test_answer_is_announced_once(visitor):
    """The live region gets the question and the finished answer, not its tokens."""
    visitor.open()
    visitor.log.evaluate(
        "e => { window.added = []; new MutationObserver((all) => all.forEach((m) => m.addedNodes.forEach((n) =>"
        " window.added.push(n.textContent)))).observe(e, { childList: true, subtree: true }); }"
    )
    visitor.say("Hello")
    expect(visitor.log).to_contain_text("9 to 17.")
    question, answer = visitor.js("window.added")[0], visitor.js("window.added.filter((t) => t.includes('17'))")
    assert question == "You:Hello"
    assert len(answer) == 1
    assert "Assistant:We are open Monday to Friday, 9 to 17." in answer[0]
    expect(visitor.log).to_have_attribute("aria-live", "polite")


def test_rtl_page(visitor, fake):
    """The panel is mirrored, and each message runs in its own direction."""
    fake.plan(Turn(("<p>نعم، نحن مفتوحون.</p>",)))
    visitor.open(lang="ar", dir="rtl")
    visitor.say("هل أنتم مفتوحون؟")
    answer = visitor.log.get_by_text("نعم")
    expect(answer).to_be_visible()
    assert answer.evaluate(DIRECTION) == "rtl"
    own, panel = visitor.page.locator(".user .bubble").bounding_box(), visitor.panel.bounding_box()
    assert own["x"] - panel["x"] < 30
    assert (
        visitor.log.get_by_text("How can I help").evaluate("e => getComputedStyle(e.parentElement).direction") == "ltr"
    )


def test_phone(arrive):
    """The panel is the screen, nothing is too small for a finger, and the input does not make the page zoom."""
    visitor = arrive(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    visitor.open()
    assert visitor.panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 700}
    expect(visitor.launcher).to_be_hidden()
    assert visitor.focused() == "panel"
    visitor.say("Hello")
    expect(visitor.button("Helpful")).to_be_visible()
    for button in visitor.page.locator("button:visible, .cta:visible").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44, button.evaluate("e => e.outerHTML")
    assert visitor.input.evaluate("e => getComputedStyle(e).fontSize") == "16px"
    assert visitor.js("document.documentElement.scrollWidth") == 390
    visitor.button("Close chat").click()
    expect(visitor.launcher).to_be_visible()
    assert visitor.focused() == "launcher"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("color", ["#ffd400", "#0a1a5c", "#ffffff", "#e0115f"])
def test_any_brand_colour_is_legible(arrive, fake, color, scheme):
    """Header, buttons and launcher keep 4.5:1, whatever colours the business chose."""
    fake.config["branding"] |= {"primary_color": color, "text_color": "#ffffff"}
    visitor = arrive(color_scheme=scheme)
    visitor.open()
    for target in (".head", ".launcher", ".cta >> nth=0"):
        assert visitor.page.locator(target).evaluate(CONTRAST) >= 4.5, target


@pytest.mark.parametrize(("wish", "moves"), [("reduce", False), ("no-preference", True)])
def test_motion(arrive, wish, moves):
    """Who asked for stillness gets it; others get a panel that slides in and out."""
    visitor = arrive(reduced_motion=wish)
    visitor.open()
    assert (visitor.panel.evaluate("e => getComputedStyle(e).transitionDuration") != "0s") is moves
    assert (visitor.launcher.evaluate("e => getComputedStyle(e).animationName") != "none") is moves
    visitor.page.keyboard.press("Escape")
    expect(visitor.panel).to_be_hidden()
