"""Connectors' steps against a real server: signed, paced, bounded, and repeated only where that does no harm."""

import logging
import time

import pytest

from shared.adapters.clock import SystemClock
from shared.adapters.crm.driver import ATTEMPTS, MAX_BYTES, Account, CrmDriver
from shared.adapters.crm.pace import CrmPace
from shared.adapters.crm.tokens import TokenKeeper, encoded
from shared.adapters.egress import EgressClient
from shared.crm.connector import Pace, Token
from shared.crm.failure import CrmError
from shared.crm.wire import Request
from shared.domain.limits import RateLimit
from tests.crm_accounts import SECRET, Answer, FakeConnector, MemoryTokens, an_account, crm, said
from tests.stores.races import at_once

VISITOR = "ann@visitor.example"
LONG_S = 20.0


class World:
    """A CRM, an account at it, and one instance of ours."""

    def __init__(self, server, redis_url=None, name="acme", store=None, **options):
        self.server = server
        self.store = store or MemoryTokens()
        self.connector = FakeConnector(server.url, name, **options)
        self.pace = CrmPace(redis_url)
        self.egress = EgressClient(allow=[server.host])
        self.driver = CrmDriver(self.egress, self.pace, TokenKeeper(self.store, SystemClock()), SystemClock())

    def close(self):
        """Close every connection."""
        self.egress.close()
        self.pace.close()

    @property
    def account(self) -> Account:
        """The account as it is read for a run."""
        return an_account(self.connector, self.store)

    def run(self, steps, deadline_s=5.0):
        """Run steps; return what came of them, or the error."""
        try:
            return self.driver.run(self.account, steps, deadline_s)
        except CrmError as error:
            return error

    def read(self, path="/contact", **options):
        """Look something up."""
        options = {"repeatable": True, **options}
        request = Request("find the contact", "GET", f"{self.server.url}{path}", **options)
        return self.judged(request, (yield request))

    def write(self, path="/contacts", **options):
        """Make something that must not be made twice."""
        body = {"email": VISITOR}
        request = Request("make the contact", "POST", f"{self.server.url}{path}", json=body, **options)
        return self.judged(request, (yield request))

    def judged(self, request, response):
        """Do what connectors do with an answer."""
        if error := self.account.connector.failure(request, response):
            raise error
        return response.json()


@pytest.fixture
def server():
    with crm() as running:
        yield running


@pytest.fixture
def world(server):
    made = World(server)
    yield made
    made.close()


def category(outcome):
    """Return which way it failed."""
    assert isinstance(outcome, CrmError), outcome
    return outcome.category


def test_steps_are_sent_signed_and_answered(world, server):
    """Each request goes out with the account's token, its answer decides the next, the result comes back."""

    def both():
        found = yield from world.read(query={"q": "a+b c"})
        made = yield from world.write()
        return found, made

    server.answers |= {"/contact": [said({"id": 1})], "/contacts": [said({"id": 2}, 201)]}
    assert world.run(both()) == ({"id": 1}, {"id": 2})
    token, read, write = server.received
    assert (token.path, token.body) == ("/token", f"client_secret={SECRET}".encode())
    assert "authorization" not in token.headers
    assert read.path == "/contact?q=a%2Bb+c"
    assert write.body == b'{"email":"ann@visitor.example"}'
    assert write.headers["content-type"] == "application/json"
    assert {read.headers["authorization"], write.headers["authorization"]} == {"Bearer access-1"}
    assert read.headers["user-agent"] == "ChatbotPlatform/1.0"


def test_the_token_is_kept_between_runs(world, server):
    """Two runs sign in once, for the second finds the token with the credentials."""
    world.run(world.read())
    world.run(world.read())
    assert len(server.calls("/token")) == 1


def test_a_refused_token_is_renewed_once(world, server):
    """After a 401 the call goes out again with a new token, also one that must not be made twice: it was refused."""
    server.answers["/contacts"] = [Answer(401), said({"id": 7}, 201)]
    assert world.run(world.write()) == {"id": 7}
    sent = [(got.headers["authorization"], got.body) for got in server.calls("/contacts")]
    assert sent == [("Bearer access-1", sent[0][1]), ("Bearer access-2", sent[0][1])]
    server.answers["/contact"] = [Answer(401), said({"id": 8})]
    assert world.run(world.read()) == {"id": 8}
    assert server.calls("/contact")[-1].headers["authorization"] == "Bearer access-3"


def test_refused_for_good(world, server):
    """A new token that is refused as well ends the run: the credentials are not accepted."""
    server.answers["/contact"] = [Answer(401)]
    assert category(world.run(world.read())) == "unauthorised"
    assert len(server.calls("/contact")) == 2
    assert len(server.calls("/token")) == 2


def test_a_static_token_is_not_renewed(server):
    """Credentials that are the token are tried once: there is nothing else to try with."""
    world = World(server, static="pat-1")
    server.answers["/contact"] = [Answer(401)]
    assert category(world.run(world.read())) == "unauthorised"
    world.close()
    assert [got.headers["authorization"] for got in server.received] == ["Bearer pat-1"]


def test_credentials_that_are_refused(world, server):
    """When signing in is refused nothing else is sent, and the claim is free again."""
    server.answers["/token"] = [Answer(401)]
    assert category(world.run(world.read())) == "unauthorised"
    assert [got.path for got in server.received] == ["/token"]
    assert not world.store.claimed


@pytest.mark.parametrize("stale", [False, True])
def test_runs_at_once_sign_in_once(world, server, stale):
    """Eight runs that need a token at the same moment make one between them, the first time and after a 401."""
    server.answers["/token"] = [Answer(body=b'{"access_token": "one"}', after_s=0.3)]
    if stale:
        world.store.stored.token = encoded(Token("revoked"))
        server.revoked.add("revoked")
    outcomes = at_once([lambda: world.run(world.read())] * 8)
    assert outcomes == [{}] * 8
    assert len(server.calls("/token")) == 1
    assert server.calls("/contact")[-1].headers["authorization"] == "Bearer one"


@pytest.mark.parametrize("answer", [Answer(500), Answer(503), Answer(418), Answer(drop=True)])
def test_passing_failures_are_tried_again_where_harmless(world, server, answer):
    """A fault or a lost answer is met with another try for what may be repeated, and given up after three."""
    server.answers["/contact"] = [answer, answer, said({"id": 1})]
    assert world.run(world.read()) == {"id": 1}
    server.answers["/contact"] = [answer]
    server.received.clear()
    assert world.run(world.read()).passing
    assert len(server.calls("/contact")) == ATTEMPTS


@pytest.mark.parametrize("answer", [Answer(500), Answer(503), Answer(418), Answer(drop=True)])
def test_what_must_not_happen_twice_is_sent_once(world, server, answer):
    """A write that may have been applied is left to the caller, who knows how to look whether it was."""
    server.answers["/contacts"] = [answer]
    assert world.run(world.write()).passing
    assert len(server.calls("/contacts")) == 1


@pytest.mark.parametrize("status", [400, 403, 404])
def test_refusals_are_told_at_once(world, server, status):
    """What would be refused again is not sent again."""
    server.answers["/contact"] = [Answer(status)]
    assert not world.run(world.read()).passing
    assert len(server.calls("/contact")) == 1


def test_other_answers_are_the_connectors_matter(world, server):
    """Redirects are not followed, and what the connector finds nothing wrong with reaches its steps."""

    def steps():
        response = yield Request("look", "GET", f"{server.url}/moved")
        return response.status, response.headers["location"]

    server.answers["/moved"] = [Answer(302, headers={"Location": "/elsewhere"})]
    assert world.run(steps()) == (302, "/elsewhere")
    assert not server.calls("/elsewhere")


def test_an_answer_that_is_none_ends_the_run(world, server):
    """With success in the status and nonsense in the body the steps themselves give up."""
    server.answers["/contact"] = [Answer(200, b"<html>oops")]
    assert category(world.run(world.read())) == "malformed"
    assert len(server.calls("/contact")) == 1


def test_too_large_an_answer_is_given_up(world, server):
    """An answer beyond all measure is not read to its end, and not asked for again."""
    server.answers["/contact"] = [Answer(200, b"1" * (MAX_BYTES + 1))]
    assert category(world.run(world.read())) == "malformed"
    assert len(server.calls("/contact")) == 1


@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "http://169.254.169.254/x", "http://127.0.0.1:9/x", "file:///x"])
def test_inner_addresses_are_refused(world, url):
    """No connector's settings reach into our own network; the owner reads why."""

    def steps():
        yield Request("look", "GET", url, repeatable=True)

    error = world.run(steps())
    assert category(error) == "refused"
    assert "not allowed" in error.detail


def test_a_slow_crm_does_not_outlast_the_deadline(world, server):
    """However long the CRM takes, and however often it may be asked, the run ends near its deadline."""
    server.answers["/contact"] = [Answer(after_s=LONG_S)]
    begun = time.monotonic()
    assert category(world.run(world.read(), deadline_s=1.0)) == "unavailable"
    assert time.monotonic() - begun < LONG_S / 4
    assert len(server.calls("/contact")) == 1


def test_without_time_nothing_is_begun(world, server):
    """A call that cannot be waited for is not made: nobody would know what became of it."""
    assert category(world.run(world.write(), deadline_s=0.1)) == "unavailable"
    assert not server.calls("/contacts")


def test_steps_are_closed(world, server):
    """Steps clean up after themselves, whether they end, fail, or are only rehearsed."""
    closed = []

    def steps(inner):
        try:
            return (yield from inner)
        finally:
            closed.append(True)

    server.answers["/bad"] = [Answer(400)]
    world.run(steps(world.read()))
    world.run(steps(world.read("/bad")))
    world.driver.rehearse(world.account, steps(world.write()), 5)
    assert len(closed) == 3


def test_a_short_wait_is_waited(world, server):
    """Told to come back in a second, the run does, once; the call was not applied, so any may be made again."""
    server.answers["/contacts"] = [said({}, 429, Retry_After="1"), said({"id": 3}, 201)]
    assert world.run(world.write()) == {"id": 3}
    server.answers["/contacts"] = [said({}, 429, Retry_After="0.2")]
    server.received.clear()
    assert category(world.run(world.write())) == "limited"
    assert len(server.calls("/contacts")) == 2


@pytest.mark.parametrize("after", ["3", "86400", ""])
def test_a_long_wait_is_the_callers(world, server, after):
    """Told to come back later, or not when, the run ends with what the CRM said."""
    server.answers["/contact"] = [said({}, 429, **({"Retry_After": after} if after else {}))]
    error = world.run(world.read())
    assert category(error) == "limited"
    assert error.retry_after_s == (float(after) if after else None)
    assert len(server.calls("/contact")) == 1


@pytest.fixture(params=["same instance", "another instance", "without redis"])
def other(request, world, server, business):
    """Two runs of one account: of one instance or, counting in Redis, of two. Gives both worlds."""
    if request.param == "without redis":
        yield world, world
        return
    url = request.getfixturevalue("servers").function_env("admin")["REDIS_URL"]
    one = World(server, url, business)
    another = World(server, url, business, one.store)
    yield one, one if request.param == "same instance" else another
    one.close()
    another.close()


def test_everybody_pauses_when_the_crm_says_so(other, server):
    """A 429 with a long wait stops the account's other runs before they call; other accounts go on."""
    one, another = other
    server.answers["/contact"] = [said({}, 429, Retry_After="60"), Answer()]
    assert category(one.run(one.read())) == "limited"
    error = another.run(another.read())
    assert category(error) == "limited"
    assert 55 < error.retry_after_s <= 60
    assert len(server.calls("/contact")) == 1
    one.connector.name = another.connector.name = f"{another.connector.name}-2"
    assert another.run(another.read()) == {}


def test_a_pause_ends(other, server):
    """A pause that fits the deadline is waited for, and then the call is made."""
    one, another = other
    one.pace.pause(f"crm_accounts:{one.connector.name}", 0.5)
    assert another.pace.take(f"crm_accounts:{one.connector.name}", another.connector.pace, "") > 0
    assert another.run(another.read()) == {}


def test_limits_are_kept_before_the_crm_complains(other, server):
    """Beyond the account's pace no call is made: within the deadline it waits, else it says for how long not."""
    one, another = other
    one.connector.pace = another.connector.pace = Pace(RateLimit(3, 60), {"search": RateLimit(1, 60)})
    assert one.run(one.read(pace="search")) == {}  # signing in counts too
    error = another.run(another.read(pace="search"))
    assert category(error) == "limited"
    assert 50 < error.retry_after_s <= 60
    assert another.run(another.read()) == {}
    assert category(another.run(another.read())) == "limited"
    assert len(server.received) == 3


def test_a_full_window_is_waited_for(world, server):
    """When the next call fits before the deadline, the run waits for it."""
    world.connector.pace = Pace(RateLimit(2, 1))

    def twice():
        yield from world.read()
        return (yield from world.read())

    assert world.run(twice()) == {}
    assert len(server.calls("/contact")) == 2


def test_a_rehearsal_changes_nothing(world, server):
    """A dry run really reads, shows the first write without sending it, and nothing of it carries credentials."""

    def steps():
        found = yield from world.read()
        yield from world.read("/search", query={"id": found["id"]})
        yield from world.write()
        yield from world.write()

    server.answers["/contact"] = [said({"id": "7"})]
    shown = world.driver.rehearse(world.account, steps(), 5)
    assert [(request.does, request.method, request.target.removeprefix(server.url)) for request in shown] == [
        ("find the contact", "GET", "/contact"),
        ("find the contact", "GET", "/search?id=7"),
        ("make the contact", "POST", "/contacts"),
    ]
    assert shown[-1].json == {"email": VISITOR}
    assert not any("authorization" in map(str.lower, request.headers) for request in shown)
    assert [got.path for got in server.received] == ["/token", "/contact", "/search?id=7"]


def test_a_rehearsal_searches_and_fails_like_a_run(world, server):
    """A search by POST is sent, for it changes nothing; steps without a write end by themselves; errors are raised."""

    def search():
        request = Request("search", "POST", f"{server.url}/search", json={}, reads=True)
        return world.judged(request, (yield request))

    assert len(world.driver.rehearse(world.account, search(), 5)) == 1
    assert len(server.calls("/search")) == 1
    server.answers["/search"] = [Answer(403)]
    with pytest.raises(CrmError):
        world.driver.rehearse(world.account, search(), 5)


def test_logs_name_no_one(world, server, caplog):
    """One line a call, which tells how it went and nothing of credentials, tokens, addresses or values."""
    caplog.set_level(logging.ERROR, logger="httpcore2")  # as logs.configure does
    caplog.set_level(logging.DEBUG)
    server.answers |= {
        "/contacts": [Answer(401), said({"email": VISITOR}, 400), Answer(drop=True)],
        "/contact": [Answer(500, VISITOR.encode()), said({"email": VISITOR})],
    }
    world.run(world.read(query={"email": VISITOR}))
    world.run(world.write())
    world.run(world.write())
    lines = [record for record in caplog.records if record.message == "crm_call"]
    fields = [record.fields for record in lines]
    assert [(line["does"], line["method"], line["status"], line["outcome"]) for line in fields] == [
        ("sign in", "POST", 200, "ok"),
        ("find the contact", "GET", 500, "unavailable"),
        ("find the contact", "GET", 200, "ok"),
        ("make the contact", "POST", 401, "unauthorised"),
        ("sign in", "POST", 200, "ok"),
        ("make the contact", "POST", 400, "refused"),
        ("make the contact", "POST", 0, "unavailable"),
    ]
    assert {(line["business_id"], line["connector"]) for line in fields} == {("shop", "crm_accounts")}
    everything = repr([vars(record) for record in caplog.records])
    for secret in (VISITOR, "visitor.example", SECRET, "access-1", "access-2", "refresh-", "Bearer", "?"):
        assert secret not in everything
