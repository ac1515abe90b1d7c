"""A person is erased from everywhere: found by one detail, gone in every store, proved by looking at every byte."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest

from local.stack.platform import Platform
from local.stack.servers import BUCKET
from shared.adapters.person import MOST_TURNS
from shared.adapters.postgres.calls import CallStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.postgres.visitors import VisitorStore
from shared.adapters.storage import Storage
from shared.adapters.vault import Vault
from shared.domain.events import SessionBegan, Talk
from shared.domain.outbox import OutboxEntry
from shared.domain.voice import CallLimits, Said
from tests.byte_search import places
from tests.clients import Business
from tests.conftest import ADMIN_KEY, SEALING
from tests.stores.rows import raw
from tests.twilio_account import ACCOUNT, NUMBER, TOKEN, TwilioAccount, twilio_account
from tests.unit.samples import a_tenant

NAME, EMAIL, PHONE = "Zsofia Quillfeather", "zsofia.quillfeather@mail-box.example.com", "+447911982374"
STREET, WORDS = "17 Heliotrope Crescent", "my velocipede squeaks at the seam"
VALUES = (NAME, "Quillfeather", EMAIL, PHONE, "7911982374", "07911 982374", STREET, WORDS)
OTHER = "balthazar.oxenstierna@mail-box.example.com"
CALL = "CA" + "8" * 32
BOOK = {"id": "book", "label": "Book", "kind": "link", "url": "https://acme.example/book", "keywords": ["service"]}


@pytest.fixture
def api(platform, http) -> Callable[..., httpx2.Response]:
    """Calls the admin API with the platform's key."""

    def call(method: str, path: str, body: Any = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        response: httpx2.Response = http.request(method, f"{platform.admin_url}{path}", json=body, headers=headers)
        return response

    return call


@pytest.fixture
def twilio(twilio_port):
    """The business's account at Twilio."""
    with twilio_account(twilio_port) as account:
        account.buy(NUMBER)
        yield account


@dataclass
class Story:
    """A person who talked to a business on the web and by phone, and somebody else who did too."""

    business: Business
    platform: Platform
    database: Database
    twilio: TwilioAccount
    vault: Vault

    def web(self) -> None:
        """Leave details, rate the answer, click, ask for a person."""
        chat = self.business.chat
        chat.ask(f"Hello, my name is {NAME}. {WORDS}, what does a service cost?", user_id=EMAIL)
        answer = chat.ask(f"My email is {EMAIL} and my phone number is 07911 982374. I live at {STREET}.")
        about = {"business_id": chat.business_id, "session_id": chat.session_id, "message_id": answer["message_id"]}
        rated = chat.http.post(f"{chat.url}/feedback", json={**about, "rating": "down", "comment": f"{NAME} is sad"})
        clicked = chat.http.post(
            f"{chat.url}/events", json={**about, "type": "cta_clicked", "cta_id": "book", "data": {"who": EMAIL}}
        )
        assert (rated.status_code, clicked.status_code) == (204, 202)
        chat.ask("Please let me talk to a person.")
        entry = OutboxEntry("lead", "contact", chat.session_id, ("p",), {"fields": {"name": NAME, "phone": PHONE}})
        outbox = OutboxStore(self.database, SEALING)
        outbox.add(self.business.id, [entry])
        [job] = [one for one in outbox.claim(self.business.id, "test", 9, 60) if one.key == "lead"]
        outbox.delivered(self.business.id, job, "crm-contact-77")

    def phone(self) -> None:
        """Call from the same number: transcript, summary, recording, spoken words, what is remembered of the number."""
        calls, session_id, now = CallStore(self.database, SEALING), f"call-{CALL}", dt.datetime.now(dt.UTC)
        calls.begin(
            self.business.id, CALL, session_id=session_id, caller=PHONE, number=NUMBER, mode="turns",
            limits=CallLimits(),
        )  # fmt: skip
        calls.add_lines(self.business.id, CALL, [Said(0, "caller", f"It is {NAME}, {STREET}")])
        calls.finish(self.business.id, CALL, outcome="answered", summary=f"{NAME} called", fields={"name": NAME})
        calls.set_recording(self.business.id, CALL, self.twilio.record(CALL))
        calls.ended(self.business.id, CALL, "completed", 60)
        tenant = replace(a_tenant(), id=self.business.id)
        JournalStore(self.database, self.vault).keep(
            tenant, [SessionBegan(id=f"{session_id}/session", at=now, session_id=session_id, channel="voice")],
            Talk(
                session_id=session_id, message_id="c-1", started_at=now.isoformat(), at=now, channel="voice", number=1,
                state="answering", ending="answered", question=WORDS, html="<p>Hello</p>", answer=f"Hello {NAME}",
            ),
        )  # fmt: skip
        VisitorStore(self.database, SEALING).save(self.business.id, f"tel:{PHONE}", {"name": {"value": NAME}}, "en")
        self._bucket().put(f"data/{self.business.id}/speech/{'a' * 64}.mp3", f"Hello {NAME}".encode(), "audio/mpeg")

    def somebody_else(self) -> str:
        """Talk to the same business; return the session."""
        chat = self.business.chat.visitor()
        chat.ask(f"My email is {OTHER}. What does a service cost?")
        return chat.session_id

    def places(self, *values: str) -> dict[str, set[str]]:
        """Return where values stand."""
        return places(self.platform, self.vault, values)

    def _bucket(self) -> Storage:
        return Storage(BUCKET, f"http://127.0.0.1:{self.platform.ports.storage}", None, patience_s=4)


@pytest.fixture
def story(platform, new_business, database, api, twilio, stand_in):
    """The story, told."""
    stand_in.control(tokens_per_second=None)
    business = new_business(facts="A service costs 95 pounds.", cta_tree=[BOOK], region="GB")
    line = {"number": NUMBER, "account_sid": ACCOUNT, "auth_token": TOKEN}
    assert api("PUT", f"{business.path}/voice", line).status_code == 200
    vault = Vault(platform.function_env("chat")["SECRETS_KEY"].split(","))
    told = Story(business, platform, database, twilio, vault)
    told.web()
    told.phone()
    yield told
    for path in (f"{business.path}/voice", business.path, f"{business.path}?purge=true"):
        assert api("DELETE", path).status_code in (204, 404)


def test_nothing_is_left_of_a_person(story, api):
    """By e-mail alone: the chat, the call from the number they left, and all that hangs on both. Others stay whole."""
    other = story.somebody_else()
    before = story.places(*VALUES, OTHER)
    assert set(before) == {*VALUES, OTHER}
    assert before[NAME] == {"sealed", "redis", "bucket"}
    assert before[EMAIL] >= {"sealed", "redis"}
    assert not [value for value, found in before.items() if "database" in found], "in clear in the database"
    path, person = f"{story.business.path}/privacy/erase", {"email": EMAIL.upper()}

    plan = api("POST", path, {**person, "dry_run": True}).json()
    assert plan["complete"], plan
    assert sorted(plan["session_ids"]) == sorted([story.business.chat.session_id, f"call-{CALL}"])
    assert set(plan["counts"]) >= {
        "conversations", "turns", "events", "feedback", "widget_events", "handoffs", "crm_outbox", "calls", "visitors",
        "redis",
    }  # fmt: skip
    assert set(story.places(*VALUES)) == set(VALUES), "a dry run changes nothing"

    proof = api("POST", path, person).json()
    assert (proof["complete"], proof["sessions"], proof["counts"]) == (True, 2, plan["counts"])
    assert proof["waiting"] == {}
    assert proof["crm"]["contact_ids"] == ["crm-contact-77"]
    assert story.twilio.recordings == []
    assert story.places(*VALUES) == {}
    assert story.places(OTHER)[OTHER] >= {"sealed", "redis"}
    assert api("GET", f"{story.business.path}/sessions/{other}").status_code == 200

    again = api("POST", path, person).json()
    assert (again["counts"], again["sessions"], again["subject"]) == ({}, 0, proof["subject"])
    [first, _] = [one for one in audit(api, story) if one["action"] == "person.erased"][::-1]
    assert (first["target"], first["detail"]["counts"]) == (proof["subject"]["hash"], proof["counts"])
    assert story.places(*VALUES) == {}, "the proof names nobody"


def test_a_recording_that_cannot_be_deleted_now_is_said_so(story, api):
    """Twilio is away: the rest is gone, what is left is told, and goes with the next attempt."""
    story.twilio.refuse(503, 20500)
    proof = api("POST", f"{story.business.path}/privacy/erase", {"phone": "07911 982374"}).json()
    assert (proof["complete"], proof["waiting"]) == (True, {"recording": 1})
    assert story.places(*VALUES) == {}
    assert len(story.twilio.recordings) == 1


@pytest.mark.parametrize(
    ("person", "sessions"),
    [({"user_id": f"tel:{PHONE}"}, 2), ({"session_id": f"call-{CALL}"}, 1), ({"email": EMAIL, "follow": False}, 1)],
    ids=["user", "session", "not followed"],
)
def test_a_person_is_found_by_any_detail(story, api, person, sessions):
    """The caller's id leads to the chat with the same number; one session is one session."""
    plan = api("POST", f"{story.business.path}/privacy/erase", {**person, "dry_run": True}).json()
    assert (plan["complete"], plan["sessions"]) == (True, sessions), plan


def test_a_person_gets_all_that_is_kept(story, api):
    """Rows of every table with the words opened, and the running conversation."""
    found = api("POST", f"{story.business.path}/privacy/export", {"email": EMAIL}).json()
    assert found["complete"]
    assert {turn["said"]["question"] for turn in found["data"]["turns"]} >= {WORDS, "Please let me talk to a person."}
    assert found["data"]["calls"][0]["caller"] == PHONE
    assert found["data"]["visitors"][0]["user_id"] == f"tel:{PHONE}"
    assert found["live"][0]["session_id"] == story.business.chat.session_id
    assert "balthazar" not in str(found)
    [note] = [one for one in audit(api, story) if one["action"] == "person.exported"]
    assert note["target"] == found["subject"]["hash"]


def test_a_visitor_erases_their_own_session_everywhere(story, http):
    """The widget's own way: the same stores."""
    chat = story.business.chat
    token = chat.ask("Thank you.")["session_token"]
    gone = http.delete(
        f"{chat.url}/session", params={"business_id": chat.business_id, "session_id": chat.session_id},
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert gone.status_code == 204
    left = story.places("07911 982374", f"{NAME} is sad")
    assert left == {}


def test_nothing_is_left_of_a_purged_business(story, api):
    """Rows of every table but the audit log, objects of the bucket, running conversations."""
    for path in (story.business.path, f"{story.business.path}?purge=true"):
        assert api("DELETE", path).status_code == 204
    assert story.places(*VALUES) == {}
    owner = raw("postgres", story.platform.ports.postgres, story.platform.database)
    tables = owner.run("SELECT table_name FROM information_schema.columns WHERE column_name = 'business_id'")
    left = {
        table for (table,) in tables
        if owner.run(f"SELECT 1 FROM {table} WHERE business_id = %s LIMIT 1", story.business.id)
    }  # fmt: skip
    owner.close()
    assert (len(tables) > 20, left) == (True, {"audit_log"})
    folders = (story.platform.data / "storage").glob(f"*/*/{story.business.id}")
    assert [path for folder in folders for path in folder.rglob("*") if path.is_file()] == []


def test_a_search_that_is_not_over_goes_on(new_business, api, database):
    """More turns than one call opens: `next` goes on where it ended, sums up what went, and is one person's own."""
    business = new_business()
    old, new = "many-old", "many-new"
    with database.tenant(business.id) as tx:
        for session_id, words, first, last in (
            (old, EMAIL, 1, 1), ("noise", WORDS, 2, MOST_TURNS + 1), (new, EMAIL, 60_000, 60_000),
        ):  # fmt: skip
            said = json.dumps({"question": words, "html": "", "answer": ""}).encode()
            tx.run(
                "INSERT INTO turns SELECT %s, %s, 'm-' || n, n, now() - interval '9 days' + n * interval '1 second',"
                " %s, '{}' FROM generate_series(%s::int, %s) n",
                business.id, session_id, SEALING.vault.seal(business.id, "turn", said), first, last,
            )  # fmt: skip
    path = f"{business.path}/privacy"
    part = api("POST", f"{path}/export", {"email": EMAIL}).json()
    assert (part["complete"], list(part["data"])) == (False, ["turns"])
    assert {turn["session_id"] for turn in part["data"]["turns"]} == {old}
    whole = api("POST", f"{path}/export", {"email": EMAIL, "next": part["next"]}).json()
    assert (whole["complete"], whole["next"]) == (True, None)
    assert {turn["session_id"] for turn in whole["data"]["turns"]} == {old, new}
    for other in ({"email": OTHER, "next": part["next"]}, {"email": EMAIL, "next": part["next"][:-8] + "AAAAAAA="}):
        assert api("POST", f"{path}/export", other).status_code == 422
    plan = api("POST", f"{path}/erase", {"email": EMAIL, "dry_run": True}).json()
    assert (plan["complete"], plan["counts"]) == (False, {"turns": 1})
    first = api("POST", f"{path}/erase", {"email": EMAIL}).json()
    assert (first["complete"], first["sessions"], first["counts"]) == (False, 1, {"turns": 1})
    second = api("POST", f"{path}/erase", {"email": EMAIL, "next": first["next"]}).json()
    assert (second["complete"], second["sessions"], second["counts"]) == (True, 2, {"turns": 2})
    with database.tenant(business.id) as tx:
        assert tx.run("SELECT DISTINCT session_id FROM turns") == [{"session_id": "noise"}]


@pytest.mark.parametrize(
    "person",
    [{}, {"email": "a@x.example", "phone": "+447911982374"}, {"phone": "12345-"}, {"email": "shop@acme.example"},
     {"email": "a@x.example", "next": "bm9uc2Vuc2U="}],
    ids=["nobody", "two", "no number", "the business's own", "no such next"],
)  # fmt: skip
def test_who_it_is_about_must_be_said(new_business, api, person):
    """Exactly one detail, and none that is in everybody's conversation."""
    business = new_business(contact={"email": "shop@acme.example"})
    assert api("POST", f"{business.path}/privacy/erase", person).status_code == 422


def audit(api, story):
    """Return the business's audit log, newest first."""
    return api("GET", f"{story.business.path}/audit?limit=100").json()["items"]
