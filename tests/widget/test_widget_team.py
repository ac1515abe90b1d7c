"""A person takes the conversation over: what the visitor sees, hears and is told, and how often the server is asked."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.widget.fake_chat import FakeChat, Turn
from tests.widget.visitor import Visitor

pytestmark = pytest.mark.browser

CALLED = "I have called somebody."
TOLD = "A member of the team has been told"
HERE = "A member of the team is here"
HOURS = 3_600_000
HIDE = """(hidden) => { Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
document.dispatchEvent(new Event("visibilitychange")); }"""
LISTEN = """e => { window.added = []; new MutationObserver((all) => all.forEach((m) => m.addedNodes.forEach((n) =>
window.added.push(n.textContent)))).observe(e, { childList: true, subtree: true }); }"""


def handed(status: str = "requested", html: str = f"<p>{CALLED}</p>") -> Turn:
    """An answer while the conversation is the team's."""
    return Turn((html,) if html else (), handoff={"id": "hnd_1", "status": status, "reason": "asked"})


def polls(fake: FakeChat) -> int:
    """How often the history was asked for."""
    return len(fake.authorizations("GET", "/fn/session"))


def until(visitor: Visitor, holds: Callable[[], bool]) -> None:
    """Waits, in real time, for what the server sees."""
    deadline = time.monotonic() + 5
    while not holds() and time.monotonic() < deadline:
        visitor.page.wait_for_timeout(20)
    assert holds()


def looks(visitor: Visitor, fake: FakeChat, count: int) -> None:
    """Waits for that many looks at the history, and until the browser has heard of the last."""
    until(visitor, lambda: polls(fake) == count)
    settle(visitor)


def settle(visitor: Visitor) -> None:
    """Leaves time for a call that should not come."""
    visitor.page.wait_for_timeout(200)


def call_person(visitor: Visitor, fake: FakeChat, *, paused: bool = False, **query: str) -> None:
    """Opens the chat and asks for a person; `paused` stops the browser's clock after the first look at the history."""
    fake.plan(handed())
    if paused:
        visitor.page.clock.install()
    visitor.open(**query)
    visitor.say("A person, please")
    expect(visitor.log).to_contain_text(CALLED)
    looks(visitor, fake, 1)
    if paused:
        visitor.page.clock.pause_at(visitor.js("Date.now() / 1000 + 0.5"))


def later(visitor: Visitor, milliseconds: int) -> None:
    """Lets a paused clock go on: timers fire when they are due."""
    visitor.page.clock.run_for(milliseconds)


def box(visitor: Visitor) -> Any:
    """The scrolling part of the panel."""
    return visitor.page.locator(".scroll")


def test_quiet_assistant_leaves_no_trace(visitor, fake):
    """An empty reply is no bubble, no thumbs and no buttons; the question counts as answered, on the next page too."""
    fake.plan(handed("with_person", ""))
    visitor.open()
    visitor.say("Are you there?")
    expect(visitor.page.get_by_text(HERE)).to_be_visible()
    expect(visitor.button("Send")).to_be_visible()
    expect(visitor.page.locator("[role=log] .bubble")).to_have_count(2)
    expect(visitor.page.locator("[role=log] .msg")).to_have_count(2)
    expect(visitor.button("Helpful")).to_have_count(0)
    expect(visitor.button("Prices")).to_have_count(0)
    visitor.visit()
    visitor.launcher.click()
    expect(visitor.page.locator("[role=log] .bubble")).to_have_count(2)
    expect(visitor.failure).to_be_hidden()


def test_nobody_seems_to_type_while_a_person_has_the_conversation(visitor, fake):
    """The dots are the assistant's, and it will not speak."""
    fake.plan(handed("with_person"), Turn(("",), mode="hold", handoff={"id": "hnd_1", "status": "with_person"}))
    visitor.open()
    visitor.say("A person, please")
    expect(visitor.page.get_by_text(HERE)).to_be_visible()
    visitor.say("Are you there?")
    until(visitor, lambda: len(fake.said()) == 2)
    settle(visitor)
    expect(visitor.draft).to_be_hidden()
    expect(visitor.page.get_by_text("Typing")).to_have_count(0)
    fake.gate.set()
    expect(visitor.button("Send")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "line"),
    [("requested", TOLD), ("handoff_requested", TOLD), ("with_person", HERE), ("unreachable", "")],
)
def test_status_line(visitor, fake, status, line):
    """What is known of the person stands above the composer, as a status; nothing is promised when nobody was told."""
    fake.plan(handed(status))
    visitor.open()
    team = visitor.page.locator(".team")
    expect(team).to_have_text("")
    visitor.say("A person, please")
    expect(visitor.log).to_contain_text(CALLED)
    expect(team).to_have_text(line)
    expect(team).to_have_attribute("role", "status")
    if line:
        expect(visitor.page.get_by_role("status").filter(has_text=line)).to_be_visible()
        assert team.bounding_box()["y"] < visitor.input.bounding_box()["y"]


@pytest.mark.parametrize(
    ("locale", "line"),
    [("de", "Das Team wurde benachrichtigt"), ("es", "Se ha avisado"), ("fr", "L’équipe a été"), ("ar", TOLD)],
)
def test_status_line_speaks_the_visitors_language(visitor, fake, locale, line):
    """As all words of the widget; English where there is no translation."""
    fake.plan(handed())
    visitor.visit(attrs=f"data-locale={locale}")
    visitor.launcher.click()
    expect(visitor.log).to_contain_text("How can I help you")
    visitor.say("…")
    expect(visitor.page.get_by_role("status").filter(has_text=line)).to_be_visible()


def test_words_of_a_person_are_shown_and_announced_once(visitor, fake):
    """They join the log under the team's name, however often they are in the history; a person is not rated."""
    call_person(visitor, fake, paused=True)
    expect(visitor.log).to_have_attribute("aria-live", "polite")
    visitor.log.evaluate(LISTEN)
    fake.write_as_person("I am <b>Eve</b>. <script>window.hacked = 1</script>", "p1")
    later(visitor, 5000)
    expect(visitor.log.locator(".msg").last).to_have_text("TeamI am Eve. ")
    expect(visitor.page.get_by_role("status").filter(has_text=HERE)).to_be_visible()
    fake.write_as_person("What is it about?", "p2")
    for count in range(3, 6):
        later(visitor, 5000)
        looks(visitor, fake, count)
    expect(visitor.log.get_by_text("What is it about?")).to_have_count(1)
    assert visitor.js("window.added") == ["TeamI am Eve. ", "TeamWhat is it about?"]
    assert visitor.js("window.hacked") is None
    expect(visitor.button("Helpful")).to_have_count(1)
    expect(visitor.button("Prices")).to_have_count(0)
    assert set(fake.authorizations("GET", "/fn/session")) == {"Bearer session-token"}


def test_the_history_adds_only_what_a_person_wrote(visitor, fake):
    """Not the turns that are shown, nor those forgotten here; words between two of our turns are not missed."""
    call_person(visitor, fake, paused=True)
    greeting, called = (chat["message_id"] for chat in fake.chats)
    fake.write_as_person("Forgotten here", "old")
    fake.write_as_person("Hello!", greeting)
    fake.history.append({"role": "user", "html": "<p>A</p>", "text": "A", "at": "", "message_id": called})
    fake.write_as_person(CALLED, called)
    fake.write_as_person("From a person", "p1")
    fake.plan(handed("with_person", ""))
    visitor.say("Anybody?")
    until(visitor, lambda: len(fake.chats) == 3)
    fake.history.append(
        {"role": "user", "html": "", "text": "Any", "at": "", "message_id": fake.chats[2]["message_id"]}
    )
    fake.history.append({"role": "user", "html": "", "text": "Elsewhere", "at": "", "message_id": "tab"})
    fake.write_as_person("An answer in another tab", "tab")
    later(visitor, 5000)
    expect(visitor.log).to_contain_text("From a person")
    expect(visitor.log.locator(".bubble")).to_have_text(
        ["Hello! How can I help you today?", "A person, please", CALLED, "Anybody?", "From a person"]
    )


def test_who_reads_further_up_is_let_read_on(visitor, fake):
    """A person's words scroll into view for who is at the end, and move nothing for who is not."""
    fake.plan(handed(html="<p>" + "A long answer.<br>" * 60 + "</p>"))
    visitor.page.clock.install()
    visitor.open()
    visitor.say("A person, please")
    looks(visitor, fake, 1)
    at_end = "e => e.scrollHeight - e.scrollTop - e.clientHeight < 2"
    fake.write_as_person("First", "p1")
    visitor.page.clock.fast_forward(5000)
    expect(visitor.log).to_contain_text("First")
    assert box(visitor).evaluate(at_end)
    box(visitor).evaluate("e => { e.scrollTop = 100; }")
    fake.write_as_person("Second", "p2")
    visitor.page.clock.fast_forward(5000)
    expect(visitor.log).to_contain_text("Second")
    assert box(visitor).evaluate("e => e.scrollTop") == 100


def test_how_often_the_server_is_asked(visitor, fake):
    """Every 5 seconds while open, every 30 while closed, never while hidden, and at once when it is overdue."""
    call_person(visitor, fake, paused=True)
    later(visitor, 4000)
    settle(visitor)
    assert polls(fake) == 1
    later(visitor, 1500)
    looks(visitor, fake, 2)
    visitor.button("Close chat").first.click()
    later(visitor, 29_000)
    settle(visitor)
    assert polls(fake) == 2
    later(visitor, 1500)
    looks(visitor, fake, 3)
    later(visitor, 10_000)
    visitor.launcher.click()
    later(visitor, 10)
    looks(visitor, fake, 4)
    visitor.page.evaluate(HIDE, True)
    later(visitor, 60_000)
    settle(visitor)
    assert polls(fake) == 4
    visitor.page.evaluate(HIDE, False)
    later(visitor, 10)
    looks(visitor, fake, 5)


def test_errors_are_backed_off_from(visitor, fake):
    """Each failure doubles the pause, and a success ends that; the visitor is not bothered."""
    call_person(visitor, fake, paused=True)
    fake.session_status = 404
    later(visitor, 5000)
    looks(visitor, fake, 2)
    later(visitor, 9000)
    settle(visitor)
    assert polls(fake) == 2
    later(visitor, 1500)
    looks(visitor, fake, 3)
    fake.session_status = 200
    fake.write_as_person("Sorry for the wait", "p1")
    later(visitor, 18_000)
    settle(visitor)
    assert polls(fake) == 3
    later(visitor, 2500)
    expect(visitor.log).to_contain_text("Sorry for the wait")
    expect(visitor.failure).to_be_hidden()
    later(visitor, 5100)
    looks(visitor, fake, 5)


def test_the_assistant_is_back(visitor, fake):
    """An answer without a hand-off ends it: one last look for a goodbye, then silence."""
    call_person(visitor, fake, paused=True)
    fake.write_as_person("Goodbye!", "p1")
    visitor.say("And on Sunday?")
    expect(visitor.log).to_contain_text("9 to 17.")
    expect(visitor.log).to_contain_text("Goodbye!")
    expect(visitor.page.locator(".team")).to_have_text("")
    assert polls(fake) == 2
    later(visitor, 120_000)
    settle(visitor)
    assert polls(fake) == 2


def test_nobody_waits_for_ever(visitor, fake):
    """Two hours after the last word the widget stops asking, and says no longer that somebody will come."""
    call_person(visitor, fake, paused=True)
    visitor.page.clock.fast_forward(2 * HOURS - 60_000)
    looks(visitor, fake, 2)
    expect(visitor.page.get_by_text(TOLD)).to_be_visible()
    visitor.page.clock.fast_forward(61_000)
    looks(visitor, fake, 3)
    later(visitor, 5000)
    expect(visitor.page.get_by_text(TOLD)).to_have_count(0)
    later(visitor, 60_000)
    settle(visitor)
    assert polls(fake) == 3


def test_unread_mark(visitor, fake):
    """While closed, words of a person mark the launcher: a dot, its name, and one announcement; opening clears it."""
    call_person(visitor, fake, paused=True)
    visitor.button("Close chat").first.click()
    dot = "e => getComputedStyle(e, '::after').content"
    expect(visitor.button("Open chat")).to_be_visible()
    assert visitor.launcher.evaluate(dot) == "none"
    fake.write_as_person("I am Eve.", "p1")
    later(visitor, 30_000)
    expect(visitor.button("Open chat: New message")).to_be_visible()
    expect(visitor.page.get_by_role("status").filter(has_text="New message")).to_have_count(1)
    assert visitor.launcher.evaluate(dot) == '""'
    assert visitor.focused() == "launcher"
    visitor.launcher.click()
    expect(visitor.log).to_contain_text("I am Eve.")
    expect(visitor.launcher).to_have_accessible_name("Close chat")
    expect(visitor.page.get_by_role("status").filter(has_text="New message")).to_have_count(0)
    assert visitor.launcher.evaluate(dot) == "none"
    visitor.launcher.click()
    expect(visitor.button("Open chat")).to_be_visible()


def test_the_next_page_goes_on_waiting(visitor, fake):
    """A handed-over conversation is looked after without being opened; what came is marked, kept, and shown once."""
    call_person(visitor, fake)
    fake.write_as_person("I am Eve.", "p1")
    visitor.visit()
    expect(visitor.button("Open chat: New message")).to_be_visible()
    expect(visitor.panel).to_be_hidden()
    asked = len(fake.chats)
    visitor.visit()
    expect(visitor.button("Open chat: New message")).to_be_visible()
    visitor.launcher.click()
    expect(visitor.log.get_by_text("I am Eve.")).to_have_count(1)
    expect(visitor.log.locator(".who")).to_have_text(["Team"])
    expect(visitor.page.get_by_text(HERE)).to_be_visible()
    assert len(fake.chats) == asked
    visitor.visit()
    expect(visitor.button("Open chat")).to_be_visible()


def test_an_old_hand_off_is_not_waited_for_on_the_next_page(visitor, fake):
    """Who comes back after two hours meets the assistant, and the server is not asked."""
    call_person(visitor, fake)
    visitor.js("(() => { const [k] = Object.keys(localStorage); const r = JSON.parse(localStorage[k]);"
               " r.handoff.at -= 3 * 3600e3; localStorage[k] = JSON.stringify(r); })()")  # fmt: skip
    visitor.visit()
    settle(visitor)
    before = polls(fake)
    visitor.launcher.click()
    expect(visitor.log).to_contain_text(CALLED)
    expect(visitor.page.locator(".team")).to_have_text("")
    assert before == polls(fake) == 1


def test_lost_messages_of_a_person_come_back_as_theirs(visitor, fake):
    """From the server's history too: under the team's name, and not to be rated."""
    call_person(visitor, fake)
    fake.history += [
        {"role": "assistant", "html": "<p>Hello!</p>", "text": "", "at": "", "message_id": "m0"},
        {"role": "user", "html": "", "text": "A person, please", "at": "", "message_id": "m1"},
        {"role": "assistant", "html": "<p>Called.</p>", "text": "", "at": "", "message_id": "m1"},
    ]
    fake.write_as_person("I am Eve.", "p1")
    visitor.js("(() => { const [k] = Object.keys(localStorage); const r = JSON.parse(localStorage[k]);"
               " localStorage[k] = JSON.stringify({ ...r, messages: null }); })()")  # fmt: skip
    visitor.visit()
    visitor.launcher.click()
    expect(visitor.log.locator(".msg")).to_have_text(
        ["Assistant:Hello!", "You:A person, please", "Assistant:Called.Send", "TeamI am Eve."]
    )
    expect(visitor.button("Helpful")).to_have_count(1)


def test_two_tabs_show_a_message_once(visitor, fake):
    """Both ask; neither doubles what the other found."""
    call_person(visitor, fake)
    other = Visitor(visitor.context, fake)
    other.visit()
    other.launcher.click()
    expect(other.log).to_contain_text(CALLED)
    fake.write_as_person("I am Eve.", "p1")
    for tab in (visitor, other):
        tab.page.evaluate(HIDE, True)
        expect(tab.log.get_by_text("I am Eve.")).to_have_count(0)
    for tab in (visitor, other):
        tab.page.evaluate(HIDE, False)
    for tab in (visitor, other):
        expect(tab.log.get_by_text("I am Eve.")).to_have_count(1, timeout=8000)
        expect(tab.page.get_by_text(HERE)).to_be_visible()
    assert other.errors == []


def test_starting_over_ends_the_wait(visitor, fake):
    """A new conversation is the assistant's: no status, and nobody is asked for."""
    call_person(visitor, fake, paused=True)
    visitor.js("ChatbotWidget.reset()")
    expect(visitor.log).not_to_contain_text(CALLED)
    expect(visitor.page.locator(".team")).to_have_text("")
    before = polls(fake)
    visitor.page.clock.fast_forward(60_000)
    settle(visitor)
    assert polls(fake) == before
