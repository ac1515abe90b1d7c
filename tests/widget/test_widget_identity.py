"""Whose conversation it is: the session's token, the user the page names and proves, and a change of that user."""

import pytest
from playwright.sync_api import expect

from tests.widget.fake_chat import FakeChat, Turn
from tests.widget.visitor import Visitor

pytestmark = pytest.mark.browser

HASH = "ab" * 32
OTHER_HASH = "cd" * 32


def tell(visitor: Visitor, fake: FakeChat, text: str) -> None:
    """Says something and waits for the answer."""
    before = len(fake.said())
    visitor.say(text)
    expect(visitor.log.get_by_text("9 to 17.")).to_have_count(before + 1)


def users(fake: FakeChat) -> list[tuple[str | None, str | None]]:
    """Whom each message named, and with which proof."""
    return [(chat.get("user_id"), chat.get("user_hash")) for chat in fake.chats]


def test_messages_carry_the_token_once_there_is_one(visitor, fake):
    """The first message has none to show; every later one proves that this browser holds the session."""
    visitor.open()
    visitor.say("Hello")
    expect(visitor.log).to_contain_text("9 to 17.")
    assert fake.authorizations("POST", "/fn/chat") == ["", "Bearer session-token"]


def test_fallback_carries_the_token_too(visitor, fake):
    """A message that is sent again without streaming is as trusted as before."""
    fake.plan(Turn(mode="silent"))
    visitor.page.clock.install()
    visitor.open()
    visitor.say("Hello")
    visitor.page.wait_for_timeout(200)
    visitor.page.clock.fast_forward(8100)
    expect(visitor.log).to_contain_text("9 to 17.")
    assert fake.authorizations("POST", "/fn/chat") == ["", *["Bearer session-token"] * 2]


def test_a_new_conversation_does_not_carry_the_old_token(visitor, fake):
    """A token belongs to one session."""
    visitor.open()
    visitor.js("ChatbotWidget.reset()")
    expect(visitor.button("Contact")).to_be_visible()
    assert len(fake.chats) == 2
    assert fake.authorizations("POST", "/fn/chat") == ["", ""]


@pytest.mark.parametrize(
    ("attrs", "sent"),
    [
        (f"data-user-id=ada data-user-hash={HASH}", ("ada", HASH)),
        ("data-user-id=ada", ("ada", None)),
        (f"data-user-hash={HASH}", (None, None)),
    ],
)
def test_user_hash_goes_with_a_user_id_only(visitor, fake, attrs, sent):
    """The proof is sent beside what it proves, never alone."""
    visitor.open(attrs=attrs)
    assert users(fake) == [sent]


def test_signing_in_goes_on_with_the_conversation(visitor, fake):
    """What was said before is the same person's; from then on the messages name and prove the user."""
    visitor.open()
    tell(visitor, fake, "Hello")
    visitor.js(f"ChatbotWidget.identify('ada', '{HASH}')")
    expect(visitor.log).to_contain_text("Hello")
    tell(visitor, fake, "It is me")
    assert users(fake) == [(None, None), (None, None), ("ada", HASH)]
    assert len({chat["session_id"] for chat in fake.chats}) == 1


def test_another_user_gets_a_conversation_of_their_own(visitor, fake):
    """Nothing of the first user's is shown, stored or shown to the server; theirs is kept there."""
    visitor.open(attrs=f"data-user-id=ada data-user-hash={HASH}")
    tell(visitor, fake, "My secret")
    visitor.js(f"ChatbotWidget.identify('bob', '{OTHER_HASH}')")
    expect(visitor.log).not_to_contain_text("My secret")
    expect(visitor.button("Contact")).to_be_visible()
    assert users(fake)[-1] == ("bob", OTHER_HASH)
    assert fake.chats[-1]["session_id"] != fake.chats[0]["session_id"]
    assert fake.authorizations("POST", "/fn/chat")[-1] == ""
    assert "My secret" not in str(visitor.stored())
    assert fake.authorizations("DELETE", "/fn/session") == []


def test_logging_out_begins_a_new_conversation(visitor, fake):
    """Without arguments nobody is named any more."""
    visitor.open(attrs=f"data-user-id=ada data-user-hash={HASH}")
    tell(visitor, fake, "My secret")
    visitor.js("ChatbotWidget.identify()")
    expect(visitor.log).not_to_contain_text("My secret")
    expect(visitor.button("Contact")).to_be_visible()
    assert users(fake)[-1] == (None, None)
    assert len({chat["session_id"] for chat in fake.chats}) == 2


def test_logging_out_while_closed_leaves_nothing_behind(visitor, fake):
    """Also of a conversation that this page never showed."""
    visitor.open(attrs="data-user-id=ada")
    visitor.visit(attrs="data-user-id=ada")
    visitor.js("ChatbotWidget.identify()")
    assert visitor.stored() == {}
    assert len(fake.chats) == 1


@pytest.mark.parametrize("call", ["identify('ada')", "identify('ada', 'new')", "identify(7)"])
def test_a_page_that_names_the_same_user_again_changes_nothing(visitor, fake, call):
    """Sites without the attribute say on every page who is there; numbers are ids as well."""
    visitor.visit()
    visitor.js(f"ChatbotWidget.{call}")
    visitor.launch()
    tell(visitor, fake, "Hello")
    visitor.visit()
    visitor.js(f"ChatbotWidget.{call}")
    visitor.launcher.click()
    expect(visitor.log).to_contain_text("Hello")
    visitor.js(f"ChatbotWidget.{call}")
    expect(visitor.log).to_contain_text("Hello")
    assert len({chat["session_id"] for chat in fake.chats}) == 1


def test_nobody_logging_out_changes_nothing(visitor, fake):
    """A page may say on every load that nobody is signed in."""
    visitor.open()
    tell(visitor, fake, "Hello")
    visitor.js("ChatbotWidget.identify()")
    expect(visitor.log).to_contain_text("Hello")
    assert len({chat["session_id"] for chat in fake.chats}) == 1


@pytest.mark.parametrize("attrs", ["", "data-user-id=bob"])
def test_a_stored_conversation_of_another_user_is_not_shown(visitor, fake, attrs):
    """A device that two people use: the page's user decides, not what the browser still has."""
    visitor.open(attrs="data-user-id=ada")
    tell(visitor, fake, "My secret")
    visitor.visit(attrs=attrs)
    visitor.launcher.click()
    expect(visitor.button("Contact")).to_be_visible()
    expect(visitor.log).not_to_contain_text("My secret")
    assert "My secret" not in str(visitor.stored())
    assert len({chat["session_id"] for chat in fake.chats}) == 2


def test_a_texted_link_goes_on_with_the_call(visitor, fake):
    """The chat opens with what was said on the phone, its token goes along, and leaves the address."""
    said = {
        "role": "assistant",
        "html": "<p>It costs 95 pounds.</p>",
        "text": "It costs 95 pounds.",
        "at": "2026-01-01",
    }
    fake.history[:] = [{**said, "message_id": "CA1-1"}]
    visitor.page.goto(f"{fake.site_url}/#section=2&chat_session=call-CA1&chat_token=from-the-phone")
    expect(visitor.log).to_contain_text("It costs 95 pounds.")
    assert visitor.js("location.hash") == "#section=2"
    visitor.say("And for two?")
    expect(visitor.log).to_contain_text("9 to 17.")
    assert fake.chats[-1]["session_id"] == "call-CA1"
    assert fake.authorizations("POST", "/fn/chat")[-1] == "Bearer from-the-phone"
