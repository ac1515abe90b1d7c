"""A visitor in a real browser, on the demo website, with the real platform behind it."""

import pytest

from local.browser import find_chromium
from local.seed import Admin, demo_business, seed
from tests.conftest import ADMIN_KEY
from tests.widget.visitor import OPEN_SHADOW

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shop(platform):
    """The demo business, seeded from its own website as `make run` does."""
    platform.start_site(demo_business(platform.site_url)["id"])
    admin = Admin(platform.admin_url, ADMIN_KEY)
    seed(admin, platform.site_url, lambda _: None)
    admin.close()
    return platform


@pytest.fixture
def page(shop):
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    if not path:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-gpu", "--no-first-run"])
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.add_init_script(OPEN_SHADOW)
        page.set_default_timeout(20_000)
        page.goto(f"{shop.site_url}/")
        yield page
        browser.close()


def ask(page, text):
    """Type a question, wait for the answer and return its text."""
    log = page.get_by_role("log")
    before, already = log.inner_text(), log.get_by_role("button", name="Helpful", exact=True).count()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    answers = log.get_by_role("button", name="Helpful", exact=True)
    answers.nth(already).wait_for()
    return log.inner_text().removeprefix(before)


def test_a_visitor_asks_and_reads_a_cited_branded_answer(page, shop):
    """The right price from the crawled site, a citation that opens the right page, a fitting button, a follow-up."""
    page.locator("chatbot-widget").get_by_role("button").first.click()
    page.get_by_text("Ask me about repairs").wait_for()
    said = ask(page, "What does a full service cost?")
    assert "£95" in said
    source = page.get_by_role("link", name="[1]").last
    with page.context.expect_page() as opened:
        source.click()
    opened.value.wait_for_load_state()
    assert opened.value.url.startswith(shop.site_url)
    assert "95" in opened.value.locator("main").inner_text()
    opened.value.close()
    assert page.get_by_text("See prices").is_visible()
    page.bring_to_front()
    page.get_by_role("textbox").focus()
    said = ask(page, "and on Saturdays?")
    assert "Saturday" in said
    page.reload()
    page.locator("chatbot-widget").get_by_role("button").first.click()
    page.get_by_text("What does a full service cost?").wait_for()
