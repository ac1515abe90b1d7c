"""What goes wrong: limits, errors, lost connections, blocked storage. Nothing may be lost, doubled or left hanging."""

import pytest
from playwright.sync_api import expect

from tests.widget.fake_chat import Turn

pytestmark = pytest.mark.browser


def same_id(fake) -> bool:
    """All messages of the visitor that arrived carry one id."""
    return len({c["message_id"] for c in fake.chats if c["message"] != "__intro__"}) == 1


def test_limit_is_explained_and_retried_under_the_same_id(visitor, fake):
    """The server's sentence, the business's phone, and a retry that waits as long as it was told to."""
    fake.plan(Turn(mode="limited", retry_after=2))
    visitor.open()
    visitor.say("Hello")
    expect(visitor.failure.get_by_role("alert")).to_have_text(Turn().detail)
    expect(visitor.failure.get_by_role("link")).to_have_attribute("href", "tel:+4930123456")
    retry = visitor.failure.get_by_role("button")
    expect(retry).to_be_disabled()
    expect(retry).to_have_text("Try again in 2 s")
    expect(retry).to_be_enabled(timeout=4000)
    retry.click()
    expect(visitor.log).to_contain_text("9 to 17.")
    expect(visitor.failure).to_be_hidden()
    expect(visitor.page.locator(".user")).to_have_count(1)
    assert fake.said() == ["Hello", "Hello"]
    assert same_id(fake)


def test_error_event(visitor, fake):
    """An error in the stream shows its detail; what was said before stays until the retry replaces it."""
    fake.plan(Turn(mode="error", detail="The assistant is resting."))
    visitor.open()
    visitor.say("Hello")
    expect(visitor.failure).to_contain_text("The assistant is resting.")
    visitor.button("Try again").click()
    expect(visitor.log.get_by_text("9 to 17.")).to_have_count(1)
    expect(visitor.failure).to_be_hidden()
    assert same_id(fake)


def test_dropped_stream(visitor, fake):
    """The part that came stays readable; a retry brings the whole, once, under the same id."""
    fake.plan(Turn(mode="drop"))
    visitor.open()
    visitor.say("Hello")
    expect(visitor.failure).to_contain_text("connection was lost")
    expect(visitor.log).to_contain_text("We are open Monday to Friday")
    visitor.button("Try again").click()
    expect(visitor.log.get_by_text("9 to 17.")).to_have_count(1)
    expect(visitor.page.locator("[role=log] .bubble")).to_have_count(3)
    assert same_id(fake)


def test_stream_that_stalls(visitor, fake):
    """Once a byte came, a slow answer is waited for; a minute without a sign of life is a lost connection."""
    fake.plan(Turn(mode="hold"))
    visitor.page.clock.install()
    visitor.open()
    visitor.say("Hello")
    expect(visitor.draft).to_contain_text("We are open")
    visitor.page.clock.fast_forward(9_000)
    visitor.page.wait_for_timeout(100)
    assert fake.said() == ["Hello"]
    expect(visitor.failure).to_be_hidden()
    visitor.page.clock.fast_forward(60_000)
    expect(visitor.failure).to_contain_text("connection was lost")


def test_stop_button_ends_the_call(visitor, fake):
    """Stop is heard by the server; what came stays; the next message goes through."""
    fake.plan(Turn(mode="endless"))
    visitor.open()
    visitor.say("Tell me everything")
    expect(visitor.draft).to_contain_text("Monday")
    visitor.button("Stop").click()
    assert fake.gone.wait(5)
    expect(visitor.log).to_contain_text("We are open Monday to Friday, Stopped")
    expect(visitor.button("Send")).to_be_visible()
    visitor.say("And now?")
    expect(visitor.log).to_contain_text("9 to 17.")


def test_leaving_mid_answer_offers_it_again(visitor, fake):
    """A page that is left aborts the call; after the reload the question can be asked again under its id."""
    fake.plan(Turn(mode="endless"))
    visitor.open()
    visitor.say("Hello")
    expect(visitor.draft).to_contain_text("Monday")
    visitor.visit()
    assert fake.gone.wait(5)
    visitor.launcher.click()
    expect(visitor.log).to_contain_text("Hello")
    visitor.button("Try again").click()
    expect(visitor.log).to_contain_text("9 to 17.")
    assert same_id(fake)


def test_page_that_is_left_and_come_back_to(visitor, fake):
    """A call that breaks while its page is away (the browser may keep it) is explained when the visitor is back."""
    fake.plan(Turn(mode="drop"))
    visitor.open()
    visitor.js("window.dispatchEvent(new Event('pagehide'))")
    visitor.say("Hello")
    expect(visitor.draft).to_contain_text("Monday")
    visitor.page.wait_for_timeout(500)
    expect(visitor.failure).to_be_hidden()
    visitor.js("window.dispatchEvent(new Event('pageshow'))")
    expect(visitor.failure).to_contain_text("connection was lost")


def test_offline_messages_go_out_later(visitor, fake):
    """A banner says so, the message is marked, and it leaves by itself when the connection is back."""
    visitor.open()
    visitor.context.set_offline(True)
    expect(visitor.page.get_by_text("You are offline")).to_be_visible()
    visitor.say("Hello")
    expect(visitor.page.locator(".user")).to_contain_text("Not sent")
    expect(visitor.failure.get_by_role("button")).to_be_enabled()
    visitor.context.set_offline(False)
    expect(visitor.log).to_contain_text("9 to 17.")
    expect(visitor.page.get_by_text("You are offline")).to_be_hidden()
    expect(visitor.page.get_by_text("Not sent")).to_be_hidden()
    assert fake.said() == ["Hello"]


def test_without_configuration_there_is_still_a_chat(visitor, fake):
    """The launcher shows in default colours, and the intro token has its default."""
    fake.config_status = 503
    visitor.visit()
    assert visitor.launcher.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(47, 91, 234)"
    visitor.launcher.click()
    expect(visitor.log).to_contain_text("How can I help you")


def test_server_that_is_down_can_be_retried(visitor, fake):
    """Neither configuration nor chat: an explanation and a retry, then a normal start."""
    fake.config_status = 503
    visitor.page.route("**/fn/chat", lambda route: route.abort())
    visitor.visit()
    visitor.launcher.click()
    expect(visitor.failure).to_be_visible()
    fake.config_status = 200
    visitor.page.unroute("**/fn/chat")
    visitor.button("Try again").click()
    expect(visitor.log).to_contain_text("How can I help you")
    expect(visitor.panel).to_have_attribute("aria-label", "Lindenhof Dental")


def test_blocked_storage(visitor):
    """Where the browser refuses to store, the conversation works and is forgotten."""
    visitor.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    visitor.open()
    visitor.say("Hello")
    expect(visitor.log).to_contain_text("9 to 17.")


def test_broken_record_is_ignored(visitor, fake):
    """Nonsense in the store does not stop the chat."""
    visitor.visit()
    visitor.js(f"localStorage.setItem('chatbot:{fake.chat_url}:demo', '{{nonsense')")
    visitor.launcher.click()
    expect(visitor.log).to_contain_text("How can I help you")


def test_week_old_record_is_forgotten(visitor, fake):
    """The server has dropped the session by then, so the browser starts anew."""
    visitor.open()
    before = visitor.record()["session_id"]
    visitor.js("(() => { const [k] = Object.keys(localStorage); const r = JSON.parse(localStorage[k]);"
               " localStorage[k] = JSON.stringify({ ...r, saved: Date.now() - 8 * 86400e3 }); })()")  # fmt: skip
    visitor.open()
    assert visitor.record()["session_id"] != before
    assert len(fake.chats) == 2
