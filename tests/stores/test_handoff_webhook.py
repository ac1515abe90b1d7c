"""The webhook of a hand-off against a real server: signed, bounded, never redirected, never inward; and the desk."""

import hashlib
import hmac
import json
import re
import time
from typing import Any

import pytest

from shared.adapters.desk import HandoffDesk, OverdueHandoffs
from shared.adapters.egress import EgressClient, EgressRefused
from shared.adapters.handoff_webhook import DELIVERED, TIMEOUT_S, HandoffWebhook
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.handoffs import HandoffStore
from shared.web.tenant_secrets import TenantSecrets
from tests.stores.fetches import HEAD
from tests.stores.hostile import dripping, endless, redirect, response, sending, silent
from tests.stores.rows import ACTOR, SEALING, config
from tests.webhooks import system

SECRETS = TenantSecrets(["k" * 40])
# The database keeps an object in an order of its own: what is sent again comes in that.
PAYLOAD: dict[str, Any] = {"subject": "A call", "id": "hnd_1", "body": "Grüße, 日本", "fields": {}}


def webhook(url: str, **options: Any) -> HandoffWebhook:
    """Return the webhook, allowed to reach this server."""
    return HandoffWebhook([url.split("/")[2]], SECRETS.handoff, **options)


def test_the_business_can_tell_that_it_was_us():
    """The payload arrives as JSON, signed with this business's secret over time and body, with a key for repeats."""
    with system() as desk:
        assert webhook(desk.url, now=lambda: 1_800_000_000.9).post("shop", desk.url, "hnd_1", PAYLOAD) == DELIVERED
    ((path, headers, body),) = desk.received
    assert path == "/hook?x=1"
    assert json.loads(body) == PAYLOAD
    assert headers["content-type"] == "application/json"
    assert headers["x-chatbot-event"] == "handoff.requested"
    assert headers["idempotency-key"].startswith("hnd_1-")
    parts = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["x-chatbot-signature"])
    assert parts
    assert parts[1] == "1800000000"

    def signed(secret: str) -> str:
        return hmac.new(secret.encode(), b"1800000000." + body, hashlib.sha256).hexdigest()

    assert parts[2] == signed(SECRETS.handoff("shop"))
    assert parts[2] not in (signed(SECRETS.handoff("shop-2")), signed(SECRETS.identity("shop")))


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_success_is_one(status):
    """Systems answer 200, 201, 202 or 204; all mean that it has arrived."""
    with system(status) as desk:
        assert webhook(desk.url).post("shop", desk.url, "hnd_1", PAYLOAD) == DELIVERED


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_a_refusal_is_told_by_its_status(status):
    """What the business's system answers is said to its owner, plainly, after one attempt."""
    with system(status) as desk:
        assert webhook(desk.url).post("shop", desk.url, "hnd_1", PAYLOAD) == f"the server answered {status}"
    assert len(desk.received) == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_redirects_are_not_followed(hostile, status):
    """A visitor's data goes to the configured address or nowhere."""
    hostile.paths |= {"/hook": redirect(hostile.url("/elsewhere"), status), "/elsewhere": sending(response(b"fine"))}
    reason = webhook(hostile.url("/")).post("shop", hostile.url("/hook"), "hnd_1", PAYLOAD)
    assert reason == f"the server answered {status[:3]}, and redirects are not followed"
    assert len(hostile.requests) == 1


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://localhost/", "http://169.254.169.254/latest", "http://[::1]/", "http://10.0.0.1/",
     "http://[::ffff:127.0.0.1]/", "http://0x7f000001/", "ftp://shop.example/", "http://u:p@shop.example/"],
)  # fmt: skip
def test_the_platforms_own_network_is_out_of_reach(url):
    """A webhook cannot be pointed inward: not by address, not by spelling."""
    reason = HandoffWebhook([], SECRETS.handoff).post("shop", url, "hnd_1", PAYLOAD)
    assert reason
    with pytest.raises(EgressRefused):
        EgressClient().post(url, b"{}", {}, deadline_s=2)


@pytest.mark.parametrize(
    "behaviour",
    [silent, dripping(b"", b"H"), endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65_536), sending(b"garbage"), sending(b"")],
    ids=["silent", "drips", "endless", "garbage", "nothing"],
)
def test_a_system_that_misbehaves_holds_nobody_up(hostile, behaviour):
    """Within the time-out there is a reason in words, whatever the other side does."""
    hostile.paths["/hook"] = behaviour
    begun = time.monotonic()
    reason = webhook(hostile.url("/")).post("shop", hostile.url("/hook"), "hnd_1", PAYLOAD)
    assert 0 < len(reason) < 100
    assert time.monotonic() - begun < TIMEOUT_S + 1.5


def test_an_endless_answer_is_a_success_already(hostile):
    """Its status is all we read: a 200 counts, and the rest is not waited for."""
    hostile.paths["/hook"] = endless(HEAD + b"\r\n", b"x" * 65_536)
    begun = time.monotonic()
    assert webhook(hostile.url("/")).post("shop", hostile.url("/hook"), "hnd_1", PAYLOAD) == DELIVERED
    assert time.monotonic() - begun < 1.5


def test_the_next_one_arrives_after_failures(hostile):
    """Refused, silent or broken before: the same webhook delivers when the system is back."""
    hook = webhook(hostile.url("/"))
    for behaviour in (sending(b"garbage"), redirect("/x"), sending(response(status="500 Oops"))):
        hostile.paths["/hook"] = behaviour
        assert hook.post("shop", hostile.url("/hook"), "hnd_1", PAYLOAD)
    hostile.paths["/hook"] = sending(response(b"fine"))
    assert hook.post("shop", hostile.url("/hook"), "hnd_1", PAYLOAD) == DELIVERED


@pytest.fixture
def shop(database, business):
    BusinessStore(database).create(business, config(), ACTOR)
    return business


def test_the_desk_keeps_first_and_tells_then(database, shop):
    """A request is in the database before the webhook is told; the outcome of each attempt is kept with it."""
    store = HandoffStore(database, SEALING)
    with system() as receiver:
        desk = HandoffDesk(store, webhook(receiver.url))
        desk.request(shop, "hnd_1", "s", "asked", PAYLOAD)
        assert store.get(shop, "hnd_1").delivery == "pending"
        assert desk.deliver(shop, "hnd_1", receiver.url, PAYLOAD)
    kept = store.get(shop, "hnd_1")
    assert (kept.delivery, kept.attempts, kept.last_error) == ("delivered", 1, "")
    assert json.loads(receiver.received[0][2]) == PAYLOAD


def test_the_desk_tries_again_what_is_due(database, shop):
    """What failed is sent again when it is due, as it was kept, and counted."""
    store = HandoffStore(database, SEALING)
    with system(500) as receiver:
        desk = HandoffDesk(store, webhook(receiver.url))
        desk.request(shop, "hnd_1", "s", "asked", PAYLOAD)
        assert not desk.deliver(shop, "hnd_1", receiver.url, PAYLOAD)
        assert desk.redeliver_due(shop, receiver.url, 9) == []
        with database.tenant(shop) as tx:
            tx.run("UPDATE handoffs SET attempted_at = now() - interval '1 hour'")
        receiver.status = 200
        assert desk.redeliver_due(shop, receiver.url, 9) == ["delivered"]
    kept = store.get(shop, "hnd_1")
    assert (kept.delivery, kept.attempts) == ("delivered", 2)
    assert [json.loads(body) for _, _, body in receiver.received] == [PAYLOAD, PAYLOAD]
    assert len({headers["idempotency-key"] for _, headers, _ in receiver.received}) == 1


def test_a_webhook_that_was_taken_away_is_waited_for_no_more(database, shop):
    """What failed before is then told to nobody, and never due again."""
    store = HandoffStore(database, SEALING)
    desk = HandoffDesk(store, HandoffWebhook([], SECRETS.handoff))
    desk.request(shop, "hnd_1", "s", "asked", PAYLOAD)
    with database.tenant(shop) as tx:
        tx.run("UPDATE handoffs SET requested_at = now() - interval '1 hour'")
    assert desk.redeliver_due(shop, None, 9) == ["none"]
    assert desk.redeliver_due(shop, None, 9) == []
    assert store.get(shop, "hnd_1").attempts == 0


class Due(HandoffStore):
    """The hand-offs of a few businesses, whatever other tests have left."""

    def __init__(self, database: Database, *mine: str) -> None:
        super().__init__(database, SEALING)
        self._mine = mine

    def businesses_due(self, limit: int) -> list[str]:
        """See `HandoffStore`."""
        return [business_id for business_id in super().businesses_due(1000) if business_id in self._mine][:limit]


class Faulty(HandoffWebhook):
    """A webhook that goes wrong for one business, in a way nobody thought of."""

    broken = ""

    def post(self, business_id: str, url: str, id_: str, payload: dict[str, Any], event: str = "handoff") -> str:
        """See `HandoffWebhook`."""
        if business_id == self.broken:
            raise RuntimeError("nobody thought of this")
        return super().post(business_id, url, id_, payload, event)


def test_overdue_ones_of_every_business_are_tried_until_none_is_left(database, business):
    """One business's fault keeps nobody from being told; several of one business all get their turn."""
    businesses, names = BusinessStore(database), [f"{business}-{number}" for number in range(6)]
    store = Due(database, *names)
    with system() as receiver:
        for name in names:
            businesses.create(name, config(handoff={"webhook_url": receiver.url}), ACTOR)
            for number in range(3):
                store.add(name, handoff_id=f"hnd_{number}", session_id="s", reason="asked", payload={"of": name})
            with database.tenant(name) as tx:
                tx.run("UPDATE handoffs SET requested_at = now() - interval '1 hour'")
        hook = Faulty([receiver.url.split("/")[2]], SECRETS.handoff)
        hook.broken = names[0]
        overdue = OverdueHandoffs(businesses, store, HandoffDesk(store, hook))
        assert overdue.work(30, until_idle=True) == {"delivered": 15}
        assert overdue.work(30, until_idle=True) == {}
    assert sorted(json.loads(body)["of"] for _, _, body in receiver.received) == sorted(names[1:] * 3)
    assert {record.delivery for record in store.list_of(names[0], 9)} == {"pending"}


def test_the_desk_without_a_webhook(database, shop):
    """Nobody is told, which is said; the request waits in the admin API."""
    store = HandoffStore(database, SEALING)
    desk = HandoffDesk(store, HandoffWebhook([], SECRETS.handoff))
    desk.request(shop, "hnd_1", "s", "asked", PAYLOAD)
    assert not desk.deliver(shop, "hnd_1", None, PAYLOAD)
    assert (store.get(shop, "hnd_1").delivery, store.get(shop, "hnd_1").attempts) == ("none", 0)


def test_the_desk_without_the_database():
    """A webhook that takes it is an answer, though nothing can be kept."""
    away = Database(connect_by_url("postgresql://x@127.0.0.1:1/x", "test"), size=1)
    with system() as receiver:
        desk = HandoffDesk(HandoffStore(away, SEALING), webhook(receiver.url))
        assert desk.deliver("shop", "hnd_1", receiver.url, PAYLOAD)
    assert len(receiver.received) == 1
