"""Experiments over HTTP: drafted, run on visitors, counted, stopped, concluded; what goes wrong is told in words."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from tests.clients import Business, Chat
from tests.conftest import ADMIN_KEY
from tests.worker_runs import deliver

VISITORS = 200
GREETINGS = {"a": "Hello from the shop!", "b": "Welcome, lovely to see you!"}
CTAS = [
    {"id": "book", "label": "Book", "kind": "link", "url": "https://shop.example/book"},
    {"id": "call", "label": "Call us", "kind": "phone", "url": "tel:+441174960123"},
]
BRIEF = "Answer in one short sentence."
HELLO: dict[str, Any] = {
    "id": "hello",
    "name": "A warmer greeting",
    "hypothesis": "Who is welcomed leaves an address.",
    "arms": [{"id": "a", "weight": 1}, {"id": "b", "weight": 3, "changes": {"greeting": GREETINGS["b"]}}],
    "control": "a",
    "goal": {"metric": "lead", "relevant": 0.05},
    "planned": 1000,
    "guardrails": [{"metric": "handoff", "tolerance": 0.02}, {"metric": "wait_ms", "relative_tolerance": 0.2}],
}
PROMPT: dict[str, Any] = {
    "id": "brief",
    "name": "Brief answers",
    "arms": [{"id": "a"}, {"id": "b", "changes": {"system_prompt": {"append": BRIEF}}}],
    "control": "a",
    "goal": {"metric": "conversion", "relevant": 0.05},
    "baseline": 0.1,
}


@pytest.fixture
def business(new_business, stand_in) -> Business:
    """A shop with a greeting and two buttons, whose model answers as fast as it can."""
    stand_in.control(tokens_per_second=None)
    made: Business = new_business(branding={"greeting": GREETINGS["a"]}, cta_tree=CTAS, system_prompt="Sell bikes.")
    return made


@pytest.fixture
def api(platform, http, business):
    """Calls the business's part of the admin API, with the platform's key or the one given."""

    def call(method, path, body=None, key=ADMIN_KEY, **headers):
        renamed = {name.replace("_", "-"): value for name, value in headers.items()}
        auth = {"Authorization": f"Bearer {key}", **renamed}
        return http.request(method, f"{platform.admin_url}{business.path}{path}", json=body, headers=auth)

    return call


def started(api, plan: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Draft an experiment and start it."""
    made = api("POST", "/experiments", {**plan, **more})
    assert made.status_code == 201, made.text
    begun = api("POST", f"/experiments/{made.json()['id']}/start")
    assert begun.status_code == 200, begun.text
    found: dict[str, Any] = begun.json()
    return found


def results(api, name: str) -> dict[str, Any]:
    """Return what an experiment shows."""
    found = api("GET", f"/experiments/{name}/results")
    assert found.status_code == 200, found.text
    shown: dict[str, Any] = found.json()
    return shown


def tell(chat: Chat, kind: str, **more: Any) -> None:
    """Tell a widget event."""
    body = {"business_id": chat.business_id, "session_id": chat.session_id, "type": kind, **more}
    assert chat.http.post(f"{chat.url}/events", json=body).status_code == 202


def test_two_experiments_on_two_hundred_visitors(api, business, stand_in):
    """Split as the weights say, met as the arms say, counted once each, and judged from what was counted."""
    started(api, HELLO)
    assert started(api, PROMPT)["stages"][0]["planned"] > 1000
    meets = dict[str, bool]()
    greeted, briefed, leads, bought = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for number in range(VISITORS):
        chat = business.chat.visitor()
        first = chat.ask("__intro__")
        arm = first["experiments"]["hello"]
        assert first["experiments"] == {"hello": arm}
        assert first["reply"]["text"] == GREETINGS[arm]
        greeted[arm] += 1
        gives = number % 3 == 0
        asked = f"Question {number}: what do bikes cost?" + (f" I am ann{number}@example.org" if gives else "")
        arms = chat.ask(asked)["experiments"]
        assert arms["hello"] == arm
        briefed[arms["brief"]] += 1
        leads[arm] += gives
        if number % 5 == 0:
            tell(chat, "conversion")
            tell(chat, "conversion")  # the same visitor once more
            bought[arms["brief"]] += 1
        meets[f"Question {number}:"] = arms["brief"] == "b"
    seen = stand_in.requests()  # the stand-in remembers the latest
    assert len(seen) > 50
    for told in seen:
        question = next(text for text in meets if text in str(told["body"]["contents"][-1]))
        assert (BRIEF in str(told["body"]["systemInstruction"])) == meets.pop(question)
    assert 120 <= greeted["b"] <= 180  # 150, and nearly five standard deviations to each side
    assert 65 <= briefed["b"] <= 135
    shown = results(api, "hello")
    assert not shown["balance"]["alarm"]
    assert {arm["id"]: (arm["exposed"], arm["converted"]) for arm in shown["arms"]} == {
        arm: (greeted[arm], leads[arm]) for arm in "ab"
    }
    assert [arm["control"] for arm in shown["arms"]] == [True, False]
    [one] = shown["comparisons"]
    assert (one["arm"], one["verdict"], one["more"]) == ("b", "cannot tell yet", 800)
    assert "about 800 more visitors are needed" in one["sentence"]
    assert {(rail["metric"], rail["broken"]) for rail in shown["guardrails"]} == {
        ("handoff", False),
        ("wait_ms", False),
    }
    assert all(rail["value"] > 0 for rail in shown["guardrails"] if rail["metric"] == "wait_ms")
    [brief] = [item for item in api("GET", "/analytics/experiments").json()["items"] if item["id"] == "brief"]
    assert {arm["id"]: (arm["exposed"], arm["converted"]) for arm in brief["arms"]} == {
        arm: (briefed[arm], bought[arm]) for arm in "ab"
    }


def test_a_stop_reaches_every_visitor_at_once(api, business):
    """Those who met an arm too; without waiting for anything to run out."""
    started(api, HELLO, arms=[{"id": "a", "weight": 0.001}, {**HELLO["arms"][1], "weight": 999}])
    chat = business.chat.visitor()
    assert chat.ask("__intro__")["reply"]["text"] == GREETINGS["b"]
    ended = api("POST", "/experiments/hello/stop", {"reason": "The season is over."})
    assert (ended.json()["status"], ended.json()["reason"]) == ("stopped", "The season is over.")
    again = chat.ask("__intro__")
    assert (again["reply"]["text"], again["experiments"]) == (GREETINGS["a"], {})
    assert results(api, "hello")["visitors"] == 1


def test_the_winner_becomes_the_configuration(api, business):
    """As a new version, by the usual way, audited; and once."""
    started(api, {**PROMPT, "arms": [{"id": "a"}, {"id": "b", "changes": {
        "system_prompt": {"append": BRIEF}, "cta_order": ["call"], "greeting": GREETINGS["b"]}}]})  # fmt: skip
    assert api("POST", "/experiments/brief/conclude", {"arm": "c"}).status_code == 422
    done = api("POST", "/experiments/brief/conclude", {"arm": "b"})
    assert (done.json()["status"], done.json()["concluded"]) == ("stopped", "b")
    config = api("GET", "").json()
    assert config["system_prompt"] == f"Sell bikes.\n\n{BRIEF}"
    assert [cta["id"] for cta in config["cta_tree"]] == ["call", "book"]
    assert config["version"] == 3
    first = business.chat.visitor().ask("__intro__")
    assert (first["reply"]["text"], first["experiments"]) == (GREETINGS["b"], {})
    assert api("POST", "/experiments/brief/conclude", {"arm": "b"}).json()["code"] == "concluded"
    actions = [line["action"] for line in api("GET", "/audit").json()["items"]]
    assert actions[:2] == ["business.updated", "experiment.concluded"]
    assert api("GET", "/versions").json()["items"][0]["note"] == "experiment brief concluded: arm b"


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"cta_order": ["book", "gone"]}, ["arms", 1, "changes", "cta_order"], "'gone' is not in cta_tree"),
        ({"models": {"chat": "gemini-9-imaginary"}}, ["arms", 1, "changes", "models", "chat"], "there is no model"),
        ({"models": {"chat": "gemini-2.0-flash"}}, ["arms", 1, "changes", "models", "chat"], "ended on 2026-06-01"),
        ({"voice": {"voice": "Puck"}}, ["arms", 1, "changes", "voice"], "no phone line"),
        ({"system_prompt": {"append": "x" * 19_995}}, ["arms", 1, "changes", "system_prompt"], "at most 20000"),
    ],
    ids=["cta", "model", "old-model", "voice", "prompt"],
)
def test_what_does_not_fit_the_business_is_refused(api, changes, where, says):
    """When it is saved, with its place."""
    refused = api("POST", "/experiments", {**HELLO, "arms": [{"id": "a"}, {"id": "b", "changes": changes}]})
    assert refused.status_code == 422
    assert where in [error["loc"] for error in refused.json()["errors"]]
    assert says in refused.text
    assert api("GET", "/experiments").json()["items"] == []


def test_targeting_is_a_rules_condition(api, business):
    """Mistakes are told with their place; only those who are meant take part."""
    wrong = api("POST", "/experiments", {**HELLO, "targeting": 'intent.name == "pricing"'})
    assert wrong.status_code == 422
    assert "not known yet" in wrong.text
    started(api, HELLO, targeting='page.url.contains("/sale")')
    assert business.chat.visitor().ask("__intro__")["experiments"] == {}
    page = {"url": "https://shop.example/sale"}
    assert list(business.chat.visitor().ask("__intro__", page=page)["experiments"]) == ["hello"]


def test_two_that_change_the_same_thing_need_one_layer(api):
    """Else the second is refused with the reason; in a layer they share its visitors."""
    started(api, HELLO)
    other = {**HELLO, "id": "other"}
    assert api("POST", "/experiments", other).status_code == 201
    refused = api("POST", "/experiments/other/start")
    assert (refused.status_code, refused.json()["code"]) == (409, "same_parts")
    assert "'hello' runs and changes greeting too" in refused.json()["detail"]
    started(api, PROMPT)  # changes something else
    api("POST", "/experiments/hello/stop", {"reason": "to share"})
    started(api, HELLO, id="one", layer="greeting", share=0.7)
    api("PATCH", "/experiments/other", {"layer": "greeting"})
    full = api("POST", "/experiments/other/start")
    assert (full.status_code, full.json()["code"]) == (409, "layer_full")
    assert api("PATCH", "/experiments/other", {"share": 0.3}).status_code == 200
    assert api("POST", "/experiments/other/start").status_code == 200


def test_while_it_runs_only_weights_and_share_change(api):
    """A change begins a new period; everything else, and what has begun, stays as it was planned."""
    made = api("POST", "/experiments", HELLO)
    assert made.headers["etag"] == '"1"'
    assert made.headers["location"].endswith("/experiments/hello")
    assert api("PATCH", "/experiments/hello", {"name": "Warm"}, If_Match='"7"').status_code == 412
    assert api("PATCH", "/experiments/hello", {"name": "Warm"}, If_Match='"1"').headers["etag"] == '"2"'
    assert api("PATCH", "/experiments/hello", {"control": "b"}).status_code == 422
    assert api("POST", "/experiments/hello/start", If_Match='"1"').status_code == 412
    assert api("POST", "/experiments/hello/start", If_Match='"2"').status_code == 200
    refused = api("PATCH", "/experiments/hello", {"goal": {"metric": "deal"}})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_draft")
    changed = api("PATCH", "/experiments/hello", {"weights": {"a": 0, "b": 1}, "share": 0.5}).json()
    assert [stage["weights"] for stage in changed["stages"]] == [{"a": 1, "b": 3}, {"a": 0, "b": 1}]
    assert [arm["weight"] for arm in changed["arms"]] == [0, 1]
    assert api("PATCH", "/experiments/hello", {"weights": {"c": 1}}).status_code == 422
    assert api("DELETE", "/experiments/hello").status_code == 409
    assert api("POST", "/experiments/hello/start").status_code == 409
    assert api("POST", "/experiments", HELLO).status_code == 409


def test_a_draft_has_no_results_and_can_be_removed(api):
    """There is nothing to show yet."""
    api("POST", "/experiments", HELLO)
    assert api("GET", "/experiments/hello/results").json()["code"] == "not_started"
    assert api("GET", "/analytics/experiments").json() == {"items": []}
    assert api("DELETE", "/experiments/hello").status_code == 204
    assert api("GET", "/experiments/hello").status_code == 404


def test_keys_reach_as_far_as_their_scope(api, business):
    """Reading, writing, and seeing results are three things."""
    read, write, analytics = (business.key(scope) for scope in ("read", "write", "analytics"))
    assert api("POST", "/experiments", HELLO, read).status_code == 403
    assert api("POST", "/experiments", HELLO, write).status_code == 201
    assert api("POST", "/experiments/hello/start", None, write).status_code == 200
    assert api("GET", "/experiments", None, read).status_code == 200
    assert api("GET", "/experiments/hello/results", None, read).status_code == 403
    assert api("GET", "/experiments/hello/results", None, analytics).status_code == 200


def visitors(database, business_id: str, **arms: int) -> None:
    """Put so many visitors into each arm, as an assignment that is broken would; each with a conversation."""
    now = dt.datetime.now(dt.UTC)
    with database.tenant(business_id) as tx:
        for arm, units in arms.items():
            tx.run("INSERT INTO exposures SELECT %s, 'hello', %s || n, %s, %s || n, %s FROM generate_series(1, %s) n",
                   business_id, f"{arm}-", arm, f"{arm}-", now, units)  # fmt: skip
        tx.run(
            "INSERT INTO conversations (business_id, session_id, started_at, last_at, channel)"
            " SELECT business_id, session_id, at, at, 'web' FROM exposures WHERE business_id = %s", business_id,
        )  # fmt: skip


def reach(database, business_id: str, arm: str, what: str, units: int) -> None:
    """Let so many of an arm's visitors reach something."""
    with database.tenant(business_id) as tx:
        tx.run(
            "UPDATE conversations SET reached = reached || %s::text WHERE business_id = %s AND session_id = ANY("
            "SELECT %s || n FROM generate_series(1, %s) n)",
            what, business_id, f"{arm}-", units,
        )  # fmt: skip


EVEN = [{"id": "a"}, {"id": "b", "changes": HELLO["arms"][1]["changes"]}]


def test_an_assignment_that_is_broken_hides_the_result(api, business, database):
    """600 and 400 where the weights promise the same: no rates, no comparison, a sentence; and it stays so."""
    started(api, HELLO, arms=EVEN)
    visitors(database, business.id, a=600, b=400)
    reach(database, business.id, "b", "lead", 200)
    shown = results(api, "hello")
    assert shown["balance"]["alarm"]
    assert "there is no result to show" in shown["balance"]["sentence"]
    assert shown["arms"] == [
        {"id": "a", "control": True, "exposed": 600, "converted": None, "rate": None},
        {"id": "b", "control": False, "exposed": 400, "converted": None, "rate": None},
    ]
    assert (shown["comparisons"], shown["guardrails"]) == ([], [])
    with database.tenant(business.id) as tx:
        tx.run("UPDATE exposures SET arm = 'b' WHERE business_id = %s AND unit LIKE 'a-1__'", business.id)
        tx.run("SELECT recount_experiment('hello')")
    later = results(api, "hello")
    assert [arm["exposed"] for arm in later["arms"]] == [500, 500]
    assert later["balance"]["alarm"]
    assert api("GET", "/experiments/hello").json()["alarm"] == "unbalanced"


def test_a_proven_difference_is_said_in_a_sentence(api, business, database):
    """With interval, p-value and verdict."""
    started(api, HELLO, arms=EVEN)
    visitors(database, business.id, a=600, b=600)
    reach(database, business.id, "a", "lead", 60)
    reach(database, business.id, "b", "lead", 120)
    [one] = results(api, "hello")["comparisons"]
    assert one["verdict"] == "better"
    assert one["sentence"].startswith("20.0 % with arm 'b', 10.0 % with the control: proven better.")
    assert one["difference"] == pytest.approx(0.1)
    assert 0 < one["interval"]["low"] < 0.1 < one["interval"]["high"]
    assert one["p_value"] < 0.05
    assert one["lift"] == pytest.approx(1.0)


def test_the_worker_stops_what_does_harm(api, business, database, platform):
    """A guardrail that is proven broken; the visitors are back with the configuration, the log says why."""
    started(api, HELLO, arms=EVEN)
    visitors(database, business.id, a=600, b=600)
    reach(database, business.id, "a", "handoff", 40)
    reach(database, business.id, "b", "handoff", 160)
    deliver(platform)
    ended = api("GET", "/experiments/hello").json()
    assert ended["status"] == "stopped"
    assert ended["reason"].startswith("guardrail handoff: arm 'b' is proven worse than tolerated")
    [entry] = [line for line in api("GET", "/audit").json()["items"] if line["action"] == "experiment.stopped"]
    assert entry["actor"] == "platform:worker"
    assert business.chat.visitor().ask("__intro__")["experiments"] == {}
