"""Hand-offs and known visitors over the admin API: claim, speak, close, deliver, and who may not."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest

from shared.adapters.postgres.handoffs import HandoffStore
from shared.adapters.postgres.visitors import VisitorStore
from shared.adapters.sessions.redis_store import RedisSessions, connect
from shared.domain.dialogue import Dialogue
from shared.domain.ids import new_id
from shared.domain.session import PastTurn, Session, text_content
from shared.ports import Opened, OpenRequest
from tests.clients import Business
from tests.conftest import ADMIN_KEY, SEALING
from tests.stores.rows import raw
from tests.webhooks import system
from tests.worker_runs import deliver

QUESTION = PastTurn(
    "m-1", "2026-11-01T10:00:00+00:00", text_content("user", "May I speak to somebody?"),
    text_content("model", "I have asked a colleague."), "<p>I have asked a colleague.</p>",
)  # fmt: skip


@pytest.fixture
def api(platform, http) -> Callable[..., httpx2.Response]:
    """Calls the admin API with the platform's key, or the one given."""

    def call(method: str, path: str, body: Any = None, key: str = ADMIN_KEY) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {key}"}
        response: httpx2.Response = http.request(method, f"{platform.admin_url}{path}", json=body, headers=headers)
        return response

    return call


@pytest.fixture
def sessions(platform):
    client = connect(platform.function_env("chat")["REDIS_URL"])
    yield RedisSessions(client)
    client.close()


@dataclass
class Call:
    """A visitor who asked for a person: the conversation in Redis and the row in Postgres."""

    business: Business
    id: str
    session_id: str
    sessions: RedisSessions

    @property
    def path(self) -> str:
        """Its path in the admin API."""
        return f"{self.business.path}/handoffs/{self.id}"

    @property
    def dialogue(self) -> Dialogue:
        """The conversation's memory as it is stored."""
        session = self.sessions.read(self.business.id, self.session_id)
        assert session
        return session.dialogue

    def change(self, session: Session) -> None:
        """Write the conversation as a turn would."""
        opened = self.sessions.open(self.business.id, OpenRequest(self.session_id, new_id("msg"), ()))
        assert isinstance(opened, Opened)
        assert self.sessions.close(self.business.id, session, lock=opened.lock, ttl_s=600, answer=None)


@pytest.fixture
def asked(new_business, database, sessions):
    """Makes visitors who asked for a person."""

    def make(business: Business | None = None, **config: Any) -> Call:
        business = business or new_business(**config)
        call = Call(business, new_id("hnd"), business.chat.visitor().session_id, sessions)
        dialogue = Dialogue(state="handoff_requested", handoff=call.id, since="2126-01-01T00:00:00+00:00")
        call.change(Session(business.id, call.session_id, QUESTION.at, (QUESTION,), dialogue=dialogue))
        HandoffStore(database, SEALING).add(
            business.id, handoff_id=call.id, session_id=call.session_id, reason="asked", payload={"id": call.id}
        )
        return call

    return make


def actions(call: Call) -> list[str]:
    """Return what the audit log says was done to the hand-off, oldest first."""
    lines = call.business.admin.call("GET", f"{call.business.path}/audit?limit=100")["items"]
    return [line["action"] for line in reversed(lines) if line["target"] == call.id]


def test_a_person_takes_over_speaks_and_gives_back(api, asked):
    """Claim, answer, read, close: each changes the row and the running conversation, and is in the audit log."""
    call = asked()
    claimed = api("POST", f"{call.path}/claim").json()
    assert (claimed["status"], claimed["claimed_by"]) == ("claimed", "platform:env")
    assert claimed["claimed_at"]
    assert (call.dialogue.state, call.dialogue.owner) == ("with_person", "person")
    answered = api("POST", f"{call.path}/messages", {"text": " Hello,\nI am <Ben>. "})
    assert answered.status_code == 201
    said = answered.json()
    assert (said["role"], said["text"]) == ("assistant", "Hello,\nI am <Ben>.")
    assert said["html"] == "<p>Hello,<br>I am &lt;Ben&gt;.</p>"
    conversation = api("GET", f"{call.business.path}/sessions/{call.session_id}").json()
    assert conversation["owner"] == "person"
    assert [message["assistant"] for message in conversation["messages"]] == [
        "I have asked a colleague.",
        "Hello,\nI am <Ben>.",
    ]
    closed = api("POST", f"{call.path}/close").json()
    assert (closed["status"], closed["claimed_by"]) == ("closed", "platform:env")
    assert (call.dialogue.owner, call.dialogue.handoff) == ("bot", "")
    assert actions(call) == ["handoff.claimed", "handoff.message", "handoff.closed"]


def test_the_visitor_sees_the_persons_words(api, asked, http):
    """GET /session shows them among the assistant's; erasing the session erases the hand-off too."""
    call = asked()
    chat = call.business.chat
    chat.session_id = call.session_id
    token = chat.ask("__intro__")["session_token"]
    api("POST", f"{call.path}/claim")
    api("POST", f"{call.path}/messages", {"text": "Hello, I am Ben."})
    query = {"business_id": call.business.id, "session_id": call.session_id}
    headers = {"Authorization": f"Bearer {token}"}
    seen = http.get(f"{chat.url}/session", params=query, headers=headers).json()["messages"]
    assert seen[-1]["html"] == "<p>Hello, I am Ben.</p>"
    assert http.delete(f"{chat.url}/session", params=query, headers=headers).status_code == 204
    assert api("GET", call.path).status_code == 404


def test_lists_by_status_in_pages(api, asked):
    """Newest first; a status leaves the others out; a cursor goes on."""
    calls = [asked()]
    calls += [asked(calls[0].business) for _ in range(2)]
    api("POST", f"{calls[0].path}/close")
    path = f"{calls[0].business.path}/handoffs"
    first = api("GET", f"{path}?limit=2").json()
    second = api("GET", f"{path}?limit=2&cursor={first['next_cursor']}").json()
    assert [item["id"] for item in first["items"] + second["items"]] == [call.id for call in reversed(calls)]
    assert second["next_cursor"] is None
    waiting = api("GET", f"{path}?status=requested").json()["items"]
    assert [item["id"] for item in waiting] == [calls[2].id, calls[1].id]
    assert waiting[0]["payload"] == {"id": calls[2].id}
    assert api("GET", f"{path}?status=lost").status_code == 422


def test_the_first_one_has_it(api, asked):
    """Another key that claims it too is told who was first; the first may repeat the call."""
    call = asked()
    key = call.business.key("read", "write")
    assert api("POST", f"{call.path}/claim", key=key).status_code == 200
    assert api("POST", f"{call.path}/claim", key=key).status_code == 200
    late = api("POST", f"{call.path}/claim")
    assert late.status_code == 409
    assert late.json()["code"] == "already_claimed"
    assert "business:key_" in late.json()["detail"]
    assert actions(call) == ["handoff.claimed"]


def test_what_cannot_be_done_is_refused_in_words(api, asked):
    """Speaking unclaimed, claiming what is closed, posting to no webhook: 409, and nothing has changed."""
    call = asked()
    before = call.dialogue
    refused = [
        (api("POST", f"{call.path}/messages", {"text": "Hi"}), "not_claimed"),
        (api("POST", f"{call.path}/deliver"), "no_webhook"),
    ]
    assert call.dialogue == before
    api("POST", f"{call.path}/close")
    refused += [
        (api("POST", f"{call.path}/claim"), "handoff_closed"),
        (api("POST", f"{call.path}/messages", {"text": "Hi"}), "not_claimed"),
    ]
    for response, code in refused:
        assert response.status_code == 409, response.text
        assert response.json()["code"] == code
        assert response.json()["detail"].endswith(".")
    assert call.dialogue.owner == "bot"
    assert api("POST", f"{call.path}/close").status_code == 200
    assert actions(call) == ["handoff.closed"]


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "  "}, {"text": "x" * 4001}, {"text": "a", "b": 1}, []])
def test_a_message_that_is_none_is_refused(api, asked, body):
    """Empty, too long, or something else."""
    call = asked()
    api("POST", f"{call.path}/claim")
    assert api("POST", f"{call.path}/messages", body).status_code == 422


def test_a_newer_call_wins(api, asked):
    """When the visitor asked again since, the older call is not claimed, and closing it disturbs nobody."""
    call = asked()
    session = call.sessions.read(call.business.id, call.session_id)
    assert session
    call.change(replace(session, dialogue=replace(session.dialogue, handoff="hnd_newer")))
    late = api("POST", f"{call.path}/claim")
    assert (late.status_code, late.json()["code"]) == (409, "another_handoff")
    assert api("GET", call.path).json()["status"] == "requested"
    assert api("POST", f"{call.path}/close").status_code == 200
    assert (call.dialogue.state, call.dialogue.handoff) == ("handoff_requested", "hnd_newer")


def test_after_a_time_out_the_person_must_claim_again(api, asked):
    """The assistant took the conversation back: words are refused until the same person claims it anew."""
    call = asked()
    api("POST", f"{call.path}/claim")
    session = call.sessions.read(call.business.id, call.session_id)
    assert session
    call.change(replace(session, dialogue=replace(session.dialogue, state="answering", owner="bot", handoff="")))
    refused = api("POST", f"{call.path}/messages", {"text": "Hi"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_owner")
    assert api("POST", f"{call.path}/claim").status_code == 200
    assert api("POST", f"{call.path}/messages", {"text": "Hi"}).status_code == 201
    assert call.dialogue.owner == "person"


def test_a_conversation_that_has_ended(api, asked):
    """It can be claimed and closed, for the visitor left an address; there is nobody to speak to."""
    call = asked()
    call.sessions.erase(call.business.id, call.session_id)
    assert api("POST", f"{call.path}/claim").json()["status"] == "claimed"
    refused = api("POST", f"{call.path}/messages", {"text": "Hi"})
    assert (refused.status_code, refused.json()["code"]) == (409, "session_ended")
    assert api("POST", f"{call.path}/close").json()["status"] == "closed"
    assert call.sessions.read(call.business.id, call.session_id) is None


def test_a_running_answer_is_not_interrupted(api, asked):
    """While the assistant answers, a claim waits, then says so; the row stays free for the next attempt."""
    call = asked()
    opened = call.sessions.open(call.business.id, OpenRequest(call.session_id, "m-2", ()))
    assert isinstance(opened, Opened)
    busy = api("POST", f"{call.path}/claim")
    assert (busy.status_code, busy.json()["code"]) == (409, "session_busy")
    assert api("GET", call.path).json()["status"] == "requested"
    call.sessions.unlock(call.business.id, call.session_id, opened.lock)
    assert api("POST", f"{call.path}/claim").status_code == 200


def test_the_webhook_is_tried_again_on_demand(api, asked, hostile_ports):
    """The outcome is in the answer and in the audit log; the signature fits the secret that the API shows."""
    with system(500, hostile_ports[1]) as desk:
        call = asked(handoff={"webhook_url": desk.url})
        failed = api("POST", f"{call.path}/deliver").json()
        assert (failed["delivery"], failed["attempts"]) == ("failed", 1)
        assert failed["last_error"] == "the server answered 500"
        desk.status = 204
        delivered = api("POST", f"{call.path}/deliver").json()
    assert (delivered["delivery"], delivered["attempts"], delivered["last_error"]) == ("delivered", 2, "")
    assert actions(call) == ["handoff.delivery", "handoff.delivery"]
    _, headers, body = desk.received[-1]
    assert json.loads(body) == {"id": call.id}
    assert headers["idempotency-key"].startswith(f"{call.id}-")
    secret = api("GET", f"{call.business.path}/identity").json()["webhook_secret"]
    parts = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["x-chatbot-signature"])
    assert parts
    assert parts[2] == hmac.new(secret.encode(), f"{parts[1]}.".encode() + body, hashlib.sha256).hexdigest()


def test_the_worker_tries_the_webhook_again(platform, api, new_business, hostile_ports):
    """A system that was down when the visitor asked is told later, once, and nobody has to press a button."""
    with system(500, hostile_ports[3]) as desk:
        business = new_business(handoff={"webhook_url": desk.url})
        asked = business.chat.ask("I want to talk to a human, please")["handoff"]["id"]
        path = f"{business.path}/handoffs/{asked}"
        deliver(platform)
        assert (api("GET", path).json()["delivery"], len(desk.received)) == ("failed", 1)
        for status, outcome in ((503, ("failed", 2)), (200, ("delivered", 3)), (200, ("delivered", 3))):
            desk.status = status
            _let_pass(platform, business, "20 minutes")
            deliver(platform)
            assert (api("GET", path).json()["delivery"], len(desk.received)) == outcome
    assert len({(headers["idempotency-key"], body) for _, headers, body in desk.received}) == 1
    assert not [line for line in api("GET", f"{business.path}/audit").json()["items"] if "handoff" in line["action"]]


def _let_pass(platform, business, time):
    """Let the last attempts at a business's webhook be so long ago."""
    owner = raw("postgres", platform.ports.postgres, platform.database)
    try:
        owner.run(
            "UPDATE handoffs SET attempted_at = attempted_at - %s::interval WHERE business_id = %s", time, business.id
        )
    finally:
        owner.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://169.254.169.254/", "http://[::1]/"])
def test_a_webhook_into_our_own_network_is_refused(api, asked, url):
    """An owner cannot point it at the platform's inside; the reason is shown."""
    call = asked(handoff={"webhook_url": url})
    outcome = api("POST", f"{call.path}/deliver").json()
    assert outcome["delivery"] == "failed"
    assert "private or reserved" in outcome["last_error"]


def test_secrets_are_for_those_who_may_write(api, new_business):
    """A read key does not see them; each business has its own; they are not kept in caches, and stay the same."""
    business, other = new_business(), new_business()
    path = f"{business.path}/identity"
    shown = api("GET", path, key=business.key("write"))
    assert shown.headers["cache-control"] == "no-store"
    assert shown.json() == api("GET", path).json()
    assert api("GET", path, key=business.key("read")).status_code == 403
    assert api("GET", path, key=other.key("read", "write")).status_code == 404
    theirs = api("GET", f"{other.path}/identity").json()
    secrets = {shown.json()[name] for name in ("identity_secret", "webhook_secret")}
    assert len(secrets | {theirs["identity_secret"], theirs["webhook_secret"]}) == 4
    assert all(re.fullmatch("[0-9a-f]{64}", secret) for secret in secrets)
    assert api("GET", "/v1/businesses/no-such-business/identity").status_code == 404


def test_readers_read_and_writers_write(api, asked):
    """A read key lists and reads; claiming, speaking, closing, delivering and erasing need the scope write."""
    call = asked()
    reader = call.business.key("read")
    for path in (f"{call.business.path}/handoffs", call.path):
        assert api("GET", path, key=reader).status_code == 200
    for action in ("claim", "close", "deliver", "messages"):
        assert api("POST", f"{call.path}/{action}", {"text": "Hi"}, key=reader).status_code == 403
    assert api("DELETE", f"{call.business.path}/visitors?user_id=x", key=reader).status_code == 403
    assert actions(call) == []


def test_another_business_reaches_nothing(api, asked, new_business):
    """Neither through its own path with a foreign id, nor through the foreign path: all is 404, nothing changes."""
    call, rival = asked(), new_business()
    key = rival.key("read", "write")
    before = api("GET", call.path).json()
    for path in (f"{rival.path}/handoffs/{call.id}", call.path):
        assert api("GET", path, key=key).status_code == 404
        for action in ("claim", "close", "deliver", "messages"):
            assert api("POST", f"{path}/{action}", {"text": "Hi"}, key=key).status_code == 404
    assert api("GET", f"{rival.path}/handoffs", key=key).json()["items"] == []
    assert api("GET", call.path).json() == before
    assert call.dialogue.state == "handoff_requested"


def test_a_known_visitor_is_shown_and_forgotten(api, new_business, database):
    """What is remembered of a verified visitor can be read and erased, by its own business alone."""
    business, rival = new_business(), new_business()
    known = {"email": {"value": "ana@shop.example"}}
    VisitorStore(database, SEALING).save(business.id, "ana@shop.example", known, "de")
    path = "visitors?user_id=ana@shop.example"
    shown = api("GET", f"{business.path}/{path}").json()
    assert (shown["user_id"], shown["language"]) == ("ana@shop.example", "de")
    assert shown["fields"] == {"email": {"value": "ana@shop.example"}}
    assert api("GET", f"{rival.path}/{path}").status_code == 404
    assert api("DELETE", f"{rival.path}/{path}").status_code == 204
    assert api("GET", f"{business.path}/{path}").status_code == 200
    assert api("DELETE", f"{business.path}/{path}").status_code == 204
    assert api("DELETE", f"{business.path}/{path}").status_code == 204
    assert api("GET", f"{business.path}/{path}").status_code == 404
    assert api("GET", f"{business.path}/visitors").status_code == 422
    audit = api("GET", f"{business.path}/audit").json()["items"]
    assert [line["action"] for line in audit].count("visitor.erased") == 1
    assert "ana" not in json.dumps(audit)


def test_a_wish_for_a_person_reaches_the_business(api, new_business, stand_in, hostile_ports):
    """From the visitor's words to the business's system and back: asked, told, claimed, answered, returned."""
    with system(200, hostile_ports[2]) as desk:
        business = new_business(handoff={"webhook_url": desk.url}, facts="A full service costs 95 pounds.")
        business.chat.ask("What does a full service cost?")
        asked = business.chat.ask("I want to talk to a human, please")
    assert asked["handoff"]["status"] == "requested"
    told = json.loads(desk.received[0][2])
    assert told["id"] == desk.received[0][1]["idempotency-key"].rpartition("-")[0] == asked["handoff"]["id"]
    assert "What does a full service cost?" in told["body"]
    path = f"{business.path}/handoffs/{told['id']}"
    assert api("GET", path).json()["delivery"] == "delivered"
    assert api("POST", f"{path}/claim").status_code == 200
    quiet = len(stand_in.requests())
    assert business.chat.ask("Are you there?")["handoff"]["status"] == "with_person"
    assert len(stand_in.requests()) == quiet
    assert api("POST", f"{path}/messages", {"text": "Yes, I am Ben."}).status_code == 201
    assert api("GET", told["session_url"]).json()["messages"][-1]["assistant"] == "Yes, I am Ben."
    assert api("POST", f"{path}/close").status_code == 200
    again = business.chat.ask("What does a full service cost?")
    assert "95 pounds" in again["reply"]["text"]
    assert again["handoff"] is None


def test_a_verified_visitor_is_known_on_another_device(api, new_business, stand_in):
    """What was told under a signed id is there in the next session of the same id; a wrong hash is refused."""
    business = new_business(facts="A full service costs 95 pounds.")
    secret = api("GET", f"{business.path}/identity").json()["identity_secret"]
    signed = {"user_id": "u-1", "user_hash": hmac.new(secret.encode(), b"u-1", hashlib.sha256).hexdigest()}
    business.chat.ask("My e-mail is ana@example.com", **signed)
    known = api("GET", f"{business.path}/visitors?user_id=u-1").json()
    assert known["fields"]["email"]["value"] == "ana@example.com"
    other = business.chat.visitor()
    other.ask("What does a full service cost?", **signed)
    session = api("GET", f"{business.path}/sessions/{other.session_id}").json()
    assert session["dialogue"]["fields"]["email"]["value"] == "ana@example.com"
    for wrong in ({**signed, "user_id": "u-2"}, {**signed, "user_hash": "0" * 64}):
        refused = business.chat.post("Hello?", **wrong)
        assert (refused.status_code, refused.json()["code"]) == (401, "wrong_identity")
