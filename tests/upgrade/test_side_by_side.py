"""The revision before the newest migration and this one serve the same visitors, on the newest schema.

The old one is taken from git's history (the parent of the commit that added the newest migration) and runs with today's
packages: it is its code and its data that must get on with ours, a deployment brings its own packages along.
"""

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest

from local.seed import Admin, build
from local.stack.platform import ROOT, Platform
from local.stack.ports import free_ports
from local.stack.servers import create_database, create_logins
from tests.clients import Chat
from tests.conftest import ADMIN_KEY, OPEN_LIMITS
from tests.stores.rows import raw
from tests.upgrade.history import NoHistory, revision_without, unpack
from tests.upgrade.migrations import files
from tests.upgrade.revisions import Revision
from tests.upgrade.traffic import Traffic

DATABASE = "upgraded"
SHOP = "upgraded-shop"
PATH = f"/v1/businesses/{SHOP}"
PRICE = "What does a full service cost?"
# Settings read without tolerance for newer ones came to an end with the revision that this migration belongs to.
STRICT = "0007_voice.py"
BOTH_WAYS = pytest.mark.parametrize(("first", "then"), [("old", "new"), ("new", "old")])


@dataclass(frozen=True)
class SideBySide:
    """Both revisions' functions by name, and what happened while the schema was migrated under the old ones."""

    chats: dict[str, str]
    admins: dict[str, Admin]
    migrated: str
    failures: list[str]
    rounds: int
    business_url: str
    new: Revision


@pytest.fixture(scope="module")
def both(_gemini: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SideBySide]:
    """The old revision serves, the schema is migrated under it, the new revision starts beside it."""
    newest = max(files()).name
    try:
        commit = revision_without(newest)
        old_root = unpack(commit, tmp_path_factory.mktemp("old"), "shared", "functions", "widget")
    except NoHistory as error:
        pytest.skip(f"there is no revision before {newest} here: {error}")
    port = _gemini.ports.postgres
    create_database(port, DATABASE)
    crm = free_ports(1)[0]
    # The revision before may not know what is sealed: the setting waits until it serves nowhere.
    reachable = {**_gemini.env, "EGRESS_ALLOW": f"127.0.0.1:{crm}", "SEAL_AT_REST": "false"}
    platform = replace(_gemini, ports=replace(_gemini.ports, crm=crm), env=reachable, children={})
    old, new = Revision(old_root, platform, DATABASE), Revision(ROOT, platform, DATABASE)
    admins: dict[str, Admin] = {}
    try:
        platform.start_crm()
        old.migrate()
        create_logins(port, DATABASE)
        old_chat, old_admin = old.start("chat"), old.start("admin")
        old.wait()
        admins["old"] = Admin(old_admin, ADMIN_KEY)
        open_shop(admins["old"], platform)
        with Traffic(old_chat, f"{old_admin}{PATH}", ADMIN_KEY) as traffic:
            before = traffic.rounds
            said = new.migrate()
            during = traffic.rounds - before
            traffic.go_on()
        new_chat, new_admin = new.start("chat"), new.start("admin")
        new.wait()
        admins["new"] = Admin(new_admin, ADMIN_KEY)
        chats = {"old": old_chat, "new": new_chat}
        yield SideBySide(chats, admins, said, traffic.failures, during, f"{old_admin}{PATH}", new)
    finally:
        for admin in admins.values():
            admin.close()
        new.stop()
        old.stop()
        platform.stop()


def open_shop(admin: Admin, platform: Platform) -> None:
    """Make a business that knows a price and has a CRM, where nothing is delivered here."""
    goals = [{"id": "quote", "collect": ["name", "email"]}]
    admin.call("POST", "/v1/businesses", {"id": SHOP, "name": "Shop", "limits": OPEN_LIMITS, "goals": goals})
    crm = {
        "connector": "hubspot", "settings": {"base_url": f"{platform.crm_url}/hubspot"},
        "deal": {"title": "${name}: ${goal}"}, "credentials": {"access_token": "pat-local"},
    }  # fmt: skip
    admin.call("PUT", f"{PATH}/crm", crm)
    learn(admin, "A full service costs 95 pounds.")


def learn(admin: Admin, text: str) -> None:
    """Add a text to what the business knows, and build."""
    admin.call("POST", f"{PATH}/knowledge/sources", {"kind": "text", "title": "Facts", "text": text})
    build(admin, PATH, lambda _: None, look_every_s=0.1)


def visitor(both: SideBySide, http: httpx2.Client, session_id: str | None = None) -> dict[str, Chat]:
    """Return one visitor, as both revisions know them."""
    first = Chat(http, both.chats["old"], SHOP, session_id)
    return {"old": first, "new": Chat(http, both.chats["new"], SHOP, first.session_id)}


def session(chat: Chat, token: str, method: str = "GET") -> httpx2.Response:
    """Read or erase a session, with a token."""
    query = {"business_id": SHOP, "session_id": chat.session_id}
    headers = {"Authorization": f"Bearer {token}"}
    response: httpx2.Response = chat.http.request(method, f"{chat.url}/session", params=query, headers=headers)
    return response


def contacts(admin: Admin, session_id: str) -> list[dict[str, Any]]:
    """Return the contacts that a conversation left for the CRM."""
    entries = admin.call("GET", f"{PATH}/crm/outbox?limit=100")["items"]
    return [entry for entry in entries if entry["session_id"] == session_id and entry["kind"] == "contact"]


def kept(servers: Platform, session_id: str) -> set[bool]:
    """Return whether a conversation's leads are sealed in the database."""
    with closing(raw("postgres", servers.ports.postgres, DATABASE)) as owner:
        rows = owner.run("SELECT sealed IS NOT NULL FROM crm_outbox WHERE session_id = %s", session_id)
    return {sealed for (sealed,) in rows}


def test_no_request_fails_while_the_schema_is_migrated(both):
    """The old revision serves visitors and the owner before, during and after this revision's migration."""
    assert "(was " in both.migrated, "the migration had nothing to do: nothing was tried"
    assert both.rounds > 0, "nobody came while it ran: nothing was tried"
    assert both.failures == []


def test_a_conversation_goes_back_and_forth(both, http):
    """Four turns, by turns at both: one history with nothing lost, the same at both, and no answer is degraded."""
    chats = visitor(both, http)
    asked = [PRICE, "And when do you open?", "Is that with tax?", "Thanks! And the price again?"]
    answers = [chats[name].ask(text) for name, text in zip(["old", "new", "old", "new"], asked, strict=True)]
    assert [answer["degraded"] for answer in answers] == [[]] * 4
    assert "95" in answers[0]["reply"]["text"]
    for chat in chats.values():
        for answer in answers:
            messages = session(chat, answer["session_token"]).json()["messages"]
            assert [message["text"] for message in messages if message["role"] == "user"] == asked
            assert [message["html"] for message in messages if message["role"] == "assistant"] == [
                answer["reply"]["html"] for answer in answers
            ]


@BOTH_WAYS
def test_what_one_makes_the_other_takes(both, http, first, then):
    """Session, token, repeated message and verdict: begun at one revision, finished at the other."""
    chats = visitor(both, http)
    message_id = uuid.uuid4().hex
    answer = chats[first].ask(PRICE, message_id=message_id)
    again = chats[then].ask(PRICE, message_id=message_id)
    assert (again["message_id"], again["reply"]) == (message_id, answer["reply"])
    verdict = {"business_id": SHOP, "session_id": answer["session_id"], "message_id": message_id, "rating": "down"}
    assert http.post(f"{both.chats[then]}/feedback", json=verdict).status_code == 204
    assert len(session(chats[then], answer["session_token"]).json()["messages"]) == 2
    assert session(chats[then], answer["session_token"], "DELETE").status_code == 204
    assert session(chats[first], answer["session_token"]).status_code == 404


@BOTH_WAYS
def test_a_lead_is_one_lead(both, http, first, then):
    """A name told to one and an address told to the other are one contact, which both owners' pages show."""
    chats = visitor(both, http)
    chats[first].ask("My name is Ana Lopez")
    chats[then].ask(f"and my email is ana.{first}@acme-mail.com")
    chats[first].ask("My phone number is +44 117 496 0123")
    for admin in both.admins.values():
        (contact,) = contacts(admin, chats[first].session_id)
        kept = str(contact)
        assert "Ana" in kept
        assert f"ana.{first}@acme-mail.com" in kept


def test_what_one_builds_the_other_knows(both, http):
    """Visitors of one revision are answered from an index that the other one built, both ways."""
    chats = visitor(both, http)
    assert "95" in chats["new"].ask(PRICE)["reply"]["text"]
    learn(both.admins["new"], "A puncture repair costs 12 pounds.")
    answer = chats["old"].ask("What does a puncture repair cost?")
    assert answer["degraded"] == []
    assert "12" in answer["reply"]["text"]


@BOTH_WAYS
def test_what_one_owner_saves_the_other_revision_obeys(both, http, first, then):
    """A setting saved at one revision is what the other one's visitors meet."""
    if (then, max(files()).name) == ("old", STRICT):
        pytest.skip(f"the revision before {STRICT} refuses a configuration with a field that it does not know")
    greeting = f"Welcome, says the {first} one"
    both.admins[first].call("PATCH", PATH, {"branding": {"greeting": greeting}})
    assert greeting in visitor(both, http)[then].ask("__intro__")["reply"]["text"]


def test_what_was_sealed_is_opened_for_the_way_back(both, http, servers):
    """What this revision sealed after the upgrade it shows beside the rest; opened, any one before shows it again."""
    before = visitor(both, http)["old"]
    before.ask("My name is Ana Lopez and my email is ana.before@acme-mail.com")
    sealed = replace(both.new.platform, env={**both.new.platform.env, "SEAL_AT_REST": "true"})
    newer = Revision(ROOT, sealed, DATABASE)
    try:
        chat_url, admin_url = newer.start("chat"), newer.start("admin")
        newer.wait()
        after = Chat(http, chat_url, SHOP)
        after.ask("My name is Bo Lopez and my email is bo.after@acme-mail.com")
        with closing(Admin(admin_url, ADMIN_KEY)) as admin:
            for chat, email in ((before, "ana.before@acme-mail.com"), (after, "bo.after@acme-mail.com")):
                [contact] = contacts(admin, chat.session_id)
                assert email in str(contact)
    finally:
        newer.stop()
    assert kept(servers, after.session_id) == {True}, "it was not sealed: nothing was tried"
    assert kept(servers, before.session_id) == {False}
    both.new.rotate("--open")
    assert kept(servers, after.session_id) == {False}
    [contact] = contacts(both.admins["old"], after.session_id)
    assert "bo.after@acme-mail.com" in str(contact)


def test_traffic_notices_what_breaks(both, servers):
    """The visitors of these tests do fail when a migration takes away what the old revision uses."""
    with closing(raw("postgres", servers.ports.postgres, DATABASE)) as owner:
        owner.run("ALTER TABLE feedback RENAME COLUMN rating TO verdict")
        try:
            with Traffic(both.chats["old"], both.business_url, ADMIN_KEY) as traffic:
                traffic.go_on()
        finally:
            owner.run("ALTER TABLE feedback RENAME COLUMN verdict TO rating")
    assert any("/feedback: 5" in failure for failure in traffic.failures), traffic.failures
