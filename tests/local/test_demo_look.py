"""The demo website in a real browser: it fits a small phone and can be read."""

import pytest

from local.browser import find_chromium
from tests.local.demo_server import CHAT_URL, running_site

# Every text on the page against the nearest background that is painted behind it, as WCAG 2.2 measures it.
FAINT_TEXTS = """() => {
  const paint = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    paint.clearRect(0, 0, 1, 1); paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = rgba(getComputedStyle(node).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const faint = [];
  for (const node of document.querySelectorAll('body *:not(svg *)')) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())) continue;
    const [a, b] = [light(rgba(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${node.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""


@pytest.fixture(scope="module")
def page():
    from playwright.sync_api import sync_playwright

    browser_path = find_chromium()
    if browser_path is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--disable-gpu", "--no-first-run"])
        page = browser.new_page(viewport={"width": 320, "height": 700})
        page.route(f"{CHAT_URL}/**", lambda route: route.fulfill(body="", content_type="text/javascript"))
        yield page
        browser.close()


@pytest.fixture(scope="module")
def server():
    with running_site() as site:
        yield site


@pytest.mark.browser
def test_pages_fit_a_small_phone_and_can_be_read(server, page):
    """No page scrolls sideways at 320 pixels, and no text is fainter than 4.5 to 1."""
    problems = {}
    for path, answer in server.crawl().items():
        if server.links(path, answer):
            page.goto(server.base + path)
            too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            problems[path] = (max(too_wide, 0), page.evaluate(FAINT_TEXTS))
    assert len(problems) == 18
    assert {path: found for path, found in problems.items() if found != (0, [])} == {}


@pytest.mark.browser
def test_the_menu_opens_on_a_phone_without_scripts(server, page):
    """The menu is hidden on a small screen until its button is pressed, and Escape puts it away."""
    page.goto(f"{server.base}/prices")
    hours = page.locator("#menu").get_by_role("link", name="Hours")
    assert not hours.is_visible()
    page.get_by_role("button", name="Menu").click()
    assert hours.is_visible()
    page.keyboard.press("Escape")
    assert not hours.is_visible()


@pytest.mark.browser
def test_the_menu_is_always_open_on_a_wide_screen(server, page):
    """With room for it, the menu needs no button, and the current page is marked."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server.base}/prices")
    assert page.locator("#menu").get_by_role("link", name="Hours").is_visible()
    assert not page.get_by_role("button", name="Menu").is_visible()
    assert page.locator("#menu [aria-current=page]").inner_text() == "Prices"
