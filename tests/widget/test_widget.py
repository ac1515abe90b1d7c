"""The conversation: what a visitor says, sees and stores. Looks and page conditions are tested in test_widget_page."""

import pytest
from playwright.sync_api import expect

from tests.widget.fake_chat import FakeChat, Turn
from tests.widget.visitor import Visitor

pytestmark = pytest.mark.browser

CITATION = {"n": 1, "title": "Opening hours", "url": "https://shop.example.com/hours"}


def fn_requests(fake: FakeChat) -> list[tuple[str, str]]:
    """Requests to the chat function, without preflights."""
    return [(m, p) for m, p, _ in fake.requests if p.startswith("/fn") and m != "OPTIONS"]


def test_nothing_is_stored_or_asked_before_the_visitor_opens(visitor, fake):
    """A page view costs the script and the public configuration, and leaves no trace."""
    visitor.visit()
    visitor.page.wait_for_timeout(300)
    assert fn_requests(fake) == [("GET", "/fn/widget.js"), ("GET", "/fn/config")]
    assert visitor.stored() == {}
    assert visitor.js("sessionStorage.length") == 0
    assert visitor.context.cookies() == []
    expect(visitor.panel).to_be_hidden()


def test_reset_before_opening_stores_nothing(visitor):
    """Forgetting a conversation that never was leaves no trace either."""
    visitor.visit()
    visitor.js("ChatbotWidget.reset()")
    assert visitor.stored() == {}


def test_first_open_greets(visitor, fake):
    """The greeting and root buttons come from the intro token; the opening is reported once."""
    visitor.open()
    assert [chat["message"] for chat in fake.chats] == ["__intro__"]
    assert fake.chats[0]["page"] == {"url": visitor.page.url, "title": "Shop"}
    record = visitor.record()
    assert record["session_id"] == fake.chats[0]["session_id"]
    assert record["session_token"] == "session-token"
    expect(visitor.page.locator(".user")).to_have_count(0)
    visitor.page.wait_for_timeout(100)
    assert [(e["type"], e["session_id"]) for e in fake.events] == [("widget_opened", record["session_id"])]


def test_greeting_survives_a_failing_server(visitor):
    """Without POST /chat the configured greeting and buttons are shown."""
    visitor.page.route("**/fn/chat", lambda route: route.abort())
    visitor.open()
    expect(visitor.failure).to_be_hidden()


def test_text_streams_before_the_answer_is_done(visitor, fake):
    """Tokens are shown as they come, outside the live region; the finished answer joins it once."""
    fake.plan(Turn(mode="hold"))
    visitor.open()
    visitor.say("When are you open?")
    expect(visitor.draft).to_have_text("We are open ")
    expect(visitor.log).not_to_contain_text("We are open")
    expect(visitor.button("Stop")).to_be_visible()
    fake.gate.set()
    expect(visitor.log.get_by_text("We are open Monday to Friday, 9 to 17.")).to_have_count(1)
    expect(visitor.draft).to_be_hidden()
    assert fake.said() == ["When are you open?"]


def test_plain_json_answer(visitor, fake):
    """A server that cannot stream is understood."""
    fake.plan(Turn(mode="json"))
    visitor.open()
    visitor.say("Hello")
    expect(visitor.log).to_contain_text("9 to 17.")


def test_silent_stream_falls_back_to_json(visitor, fake):
    """Eight seconds without a byte: the same message, under the same id, without streaming."""
    fake.plan(Turn(mode="silent"))
    visitor.page.clock.install()
    visitor.open()
    visitor.say("Hello")
    visitor.page.wait_for_timeout(200)
    visitor.page.clock.fast_forward(8100)
    expect(visitor.log).to_contain_text("9 to 17.")
    first, second = fake.chats[1:]
    assert first == second


def test_menu_opens_and_goes_back(visitor):
    """A menu shows its children with a way back."""
    visitor.open()
    visitor.button("Contact").click()
    expect(visitor.link("Call us")).to_have_attribute("href", "tel:+4930123456")
    expect(visitor.link("Write to us")).to_have_attribute("href", "mailto:hi@example.com")
    expect(visitor.button("Prices")).to_be_hidden()
    visitor.button("Back").click()
    expect(visitor.button("Prices")).to_be_visible()
    expect(visitor.link("Call us")).to_be_hidden()


def test_link_opens_beside_the_page_and_is_reported(visitor, fake):
    """Another site opens in a new tab; the click is told to the server."""
    visitor.open()
    with visitor.context.expect_page() as opened:
        visitor.link("Book a visit").click()
    assert opened.value.url == "https://booking.example.com/"
    assert opened.value.evaluate("window.opener") is None
    event = next(e for e in fake.events if e["type"] == "cta_clicked")
    assert (event["cta_id"], event["message_id"]) == ("book", fake.chats[0]["message_id"])


def test_link_to_the_same_site_stays_in_the_tab(visitor, fake):
    """The business's own pages replace each other."""
    fake.config["ctas"] = [
        *fake.config["ctas"],
        {"id": "h", "label": "Home", "kind": "link", "url": f"{fake.site_url}/"},
    ]
    visitor.open()
    expect(visitor.link("Home")).not_to_have_attribute("target", "_blank")


def test_message_button_speaks_for_the_visitor(visitor, fake):
    """The label is shown, the message is sent."""
    visitor.open()
    visitor.button("Prices").click()
    expect(visitor.page.locator(".user")).to_contain_text("Prices")
    expect(visitor.log).to_contain_text("9 to 17.")
    assert fake.said() == ["What does a visit cost?"]


def test_citations_are_listed(visitor, fake):
    """Numbered sources with their links under the answer; an unsafe one is left out."""
    fake.plan(Turn(citations=(CITATION, {"n": 2, "title": "Bad", "url": "javascript:alert(1)"})))
    visitor.open()
    visitor.say("When are you open?")
    source = visitor.page.locator(".sources a")
    expect(source).to_have_count(1)
    expect(source).to_have_text("1Opening hours")
    expect(source).to_have_attribute("href", CITATION["url"])
    expect(source).to_have_attribute("rel", "noopener noreferrer")


def test_reload_keeps_the_conversation(visitor, fake):
    """Shown at once from the browser's store, buttons included, without asking the server."""
    fake.plan(Turn(ctas=tuple(fake.config["ctas"][1:])))
    visitor.open()
    visitor.say("When are you open?")
    expect(visitor.log).to_contain_text("9 to 17.")
    asked = len(fake.chats)
    visitor.visit()
    visitor.launcher.click()
    expect(visitor.log).to_contain_text("How can I help you")
    expect(visitor.log).to_contain_text("9 to 17.")
    expect(visitor.button("Contact")).to_be_visible()
    expect(visitor.link("Book a visit")).to_be_hidden()
    assert len(fake.chats) == asked
    assert "/fn/session" not in {path for _, path, _ in fake.requests}
    visitor.say("And on Sunday?")
    expect(visitor.page.locator(".user")).to_have_count(2)
    assert len({chat["session_id"] for chat in fake.chats}) == 1


def test_lost_messages_come_from_the_server(visitor, fake):
    """Only when the browser has none does it ask for the history, with the session's token."""
    fake.history[:] = [
        {"role": "user", "html": "", "text": "Earlier question", "at": "2026-01-01T00:00:00Z", "message_id": "m1"},
        {"role": "assistant", "html": "<p>Earlier answer</p>", "text": "", "at": "", "message_id": "m1"},
    ]
    visitor.open()
    visitor.js("(() => { const [k] = Object.keys(localStorage); const r = JSON.parse(localStorage[k]);"
               " localStorage[k] = JSON.stringify({ ...r, messages: null }); })()")  # fmt: skip
    visitor.visit()
    visitor.launcher.click()
    expect(visitor.log).to_contain_text("Earlier questionAssistant:Earlier answer")
    assert ("GET", "/fn/session", "Bearer session-token") in fake.requests


def test_start_over_erases_here_and_there(visitor, fake):
    """After a confirmation the server is told to forget, and a new session begins."""
    visitor.open()
    visitor.say("My name is Ada")
    expect(visitor.log).to_contain_text("9 to 17.")
    before = visitor.record()["session_id"]
    visitor.button("Start over").click()
    visitor.button("Cancel").click()
    expect(visitor.log).to_contain_text("Ada")
    visitor.button("Start over").click()
    visitor.page.get_by_role("alertdialog").get_by_role("button", name="Start over").click()
    expect(visitor.log).not_to_contain_text("Ada")
    expect(visitor.log).to_contain_text("How can I help you")
    assert ("DELETE", "/fn/session", "Bearer session-token") in fake.requests
    assert visitor.record()["session_id"] != before
    assert "Ada" not in str(visitor.stored())


def test_feedback(visitor, fake):
    """Thumbs go to the server with the answer's id; thumbs down asks why. The greeting is not rated."""
    visitor.open()
    expect(visitor.button("Helpful")).to_have_count(0)
    visitor.say("Hello")
    visitor.button("Not helpful").click()
    visitor.page.keyboard.type("Saturday hours")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_text("Thank you")).to_be_visible()
    expect(visitor.button("Not helpful")).to_have_attribute("aria-pressed", "true")
    visitor.page.wait_for_timeout(100)
    ids = [entry["message_id"] for entry in fake.feedback]
    assert [(e["rating"], e.get("comment")) for e in fake.feedback] == [("down", None), ("down", "Saturday hours")]
    assert ids == [fake.chats[1]["message_id"]] * 2
    assert ("POST", "/fn/feedback", "Bearer session-token") in fake.requests


def test_another_tab_goes_on(visitor, fake):
    """Two tabs of one site show one conversation."""
    visitor.open()
    other = Visitor(visitor.context, fake)
    other.visit()
    other.launcher.click()
    other.say("From the other tab")
    expect(visitor.log).to_contain_text("From the other tab")
    expect(visitor.log).to_contain_text("9 to 17.")
    expect(visitor.failure).to_be_hidden()


def test_public_verbs(visitor, fake):
    """The page can open, speak, close and reset."""
    visitor.visit()
    visitor.js("ChatbotWidget.send('Hello from the page')")
    expect(visitor.panel).to_be_visible()
    expect(visitor.log).to_contain_text("9 to 17.")
    assert fake.said() == ["Hello from the page"]
    visitor.js("ChatbotWidget.toggle()")
    expect(visitor.panel).to_be_hidden()
    visitor.js("ChatbotWidget.open()")
    visitor.js("ChatbotWidget.reset()")
    expect(visitor.log).not_to_contain_text("Hello from the page")
    visitor.js("ChatbotWidget.close()")
    expect(visitor.panel).to_be_hidden()


def test_user_id_and_locale_are_sent(visitor, fake):
    """The script tag's attributes reach the server, and choose the words."""
    visitor.visit(attrs="data-user-id=ada data-locale=de-AT")
    visitor.launcher.click()
    expect(visitor.button("Neu beginnen")).to_be_visible()
    expect(visitor.log).to_contain_text("How can I help you")
    assert (fake.chats[0]["user_id"], fake.chats[0]["locale"]) == ("ada", "de-AT")
