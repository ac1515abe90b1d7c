"""Usage and budgets under the real runtime: what is counted, who may see it, and what a business does without."""

import hashlib
import hmac
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from shared.domain.prices import TOKENS
from tests.clients import Business
from tests.conftest import ADMIN_KEY
from tests.webhooks import system
from tests.worker_runs import deliver, worker

FACTS = "A full service costs 95 pounds. A new tyre costs 30 pounds."
QUESTION = "What does a full service cost?"
DEAR, SMALL = "gemini-3.6-flash", "gemini-3.5-flash-lite"
CONTACT = {"phone": "+44 117 496 0123"}
ONLY_CONTACT = [{"at_percent": 100, "do": "contact_only"}]
BURST = 32


def usage(business: Business, **query: Any) -> dict[str, Any]:
    """Return the business's usage."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    found: dict[str, Any] = business.admin.call("GET", f"{business.path}/usage?{asked}")
    return found


def spent(business: Business) -> float:
    """Return the dollars of this month."""
    dollars: float = usage(business)["budget"]["month"]["spent_usd"]
    return dollars


def with_budget(business: Business, **budget: Any) -> None:
    """Change the business's budget."""
    business.admin.call("PATCH", business.path, {"budget": budget})


def price(answer: dict[str, Any], model: str = DEAR) -> float:
    """Return what an answer cost, in dollars, without its embedding."""
    used, (price_in, price_out) = answer["usage"], TOKENS[model]
    return float(used["input_tokens"] * price_in + used["output_tokens"] * price_out) / 1e6


def test_usage_is_what_the_answers_said(new_business, stand_in):
    """Tokens of every turn by model, turns, the build, and what they cost; by channel and by day."""
    business = new_business(facts=FACTS, models={"chat": DEAR})
    answers = [business.chat.visitor().ask(QUESTION) for _ in range(3)]
    found = usage(business)
    models = {one["model"]: one for one in found["models"]}
    assert models[DEAR]["tokens_in"] == sum(answer["usage"]["input_tokens"] for answer in answers)
    assert models[DEAR]["tokens_out"] == sum(answer["usage"]["output_tokens"] for answer in answers)
    assert models[DEAR]["cost_usd"] == pytest.approx(sum(map(price, answers)), abs=1e-5)
    assert found["totals"]["turns"] == 3
    assert found["totals"]["embedded_tokens"] == models["gemini-embedding-2"]["embedded_tokens"] > 0
    assert {one["channel"] for one in found["channels"]} == {"web", "build"}
    assert sum(one["cost_usd"] for one in found["channels"]) == pytest.approx(found["totals"]["cost_usd"], abs=1e-5)
    assert sum(one["turns"] for one in found["series"]) == 3
    assert usage(business, channel="build")["totals"]["turns"] == 0
    assert usage(business, **{"from": "2024-01-01", "to": "2024-01-31", "interval": "month"})["totals"]["cost_usd"] == 0
    assert found["budget"]["doing"] is None
    assert found["budget"]["month"]["percent"] is None


def test_what_the_owner_tries_is_counted(new_business, stand_in):
    """An explained message and a search, in the channel `admin`, within the budget; once each, and nobody's turn."""
    business = new_business(facts=FACTS, models={"chat": DEAR})
    with_budget(business, monthly_usd=10)
    before = spent(business)
    shown = business.admin.call("POST", f"{business.path}/inspect", {"message": QUESTION})
    found = usage(business, channel="admin")
    embedded = found["totals"]["embedded_tokens"]
    assert embedded > 0
    [model] = [one for one in found["models"] if one["model"] == DEAR]
    used = shown["usage"]
    assert (model["tokens_in"], model["tokens_out"]) == (used["input_tokens"], used["output_tokens"])
    business.admin.call("POST", f"{business.path}/inspect", {"message": QUESTION, "model": False})
    business.admin.call("GET", f"{business.path}/knowledge/search?q=a+full+service")
    after = usage(business, channel="admin")
    assert (after["models"][0]["tokens_in"], after["totals"]["turns"]) == (model["tokens_in"], 0)
    assert after["totals"]["embedded_tokens"] == 2 * embedded + len("a full service") // 4 + 1
    assert spent(business) - before == pytest.approx(after["totals"]["cost_usd"], abs=1e-6)


def test_usage_is_for_those_who_may_see_it(new_business, http, platform):
    """The scope `analytics`, one's own business; all of them for the platform alone. Nonsense is refused."""
    mine, other = new_business(), new_business()
    key, blind = mine.key("analytics"), mine.key("read", "write")

    def status(path: str, of: str = key) -> int:
        answer: httpx2.Response = http.get(f"{platform.admin_url}{path}", headers={"Authorization": f"Bearer {of}"})
        return answer.status_code

    assert [status(f"{mine.path}/usage"), status(f"{mine.path}/usage", blind)] == [200, 403]
    assert [status(f"{other.path}/usage"), status("/v1/usage"), status("/v1/usage", ADMIN_KEY)] == [404, 403, 200]
    for query in ("from=yesterday", "interval=hour", "from=2026-02-01&to=2026-01-01", "bogus=1"):
        assert status(f"{mine.path}/usage?{query}") == 422, query
    for query in ("cursor=bm9uc2Vuc2U", "from=2026-02-01&to=2026-01-01", "limit=0"):
        assert status(f"/v1/usage?{query}", ADMIN_KEY) == 422, query


def test_all_businesses_are_listed_the_dearest_first(new_business, admin, stand_in):
    """Page by page, each once, with the figures of their own reports."""
    cheap, dear = (new_business(models={"chat": model}) for model in (SMALL, DEAR))
    for business in (cheap, dear, dear):
        business.chat.visitor().ask(QUESTION)
    listed, cursor = [], ""
    while True:
        page = admin.call("GET", f"/v1/usage?limit=2&cursor={cursor}")
        listed += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            break
    costs = [one["cost_usd"] for one in listed]
    assert costs == sorted(costs, reverse=True)
    places = {one["business_id"]: number for number, one in enumerate(listed)}
    assert len(places) == len(listed)
    assert places[dear.id] < places[cheap.id]
    assert listed[places[dear.id]]["cost_usd"] == pytest.approx(usage(dear)["totals"]["cost_usd"])
    assert listed[places[dear.id]]["turns"] == 2


def test_a_business_walks_down_the_ladder(new_business, stand_in):
    """The dear model, the small one, the page's own words, the contact: each in turn, until nothing is spent."""
    business = new_business(facts=FACTS, models={"chat": DEAR}, contact=CONTACT)
    other = new_business(facts=FACTS, models={"chat": DEAR}, budget={"monthly_usd": 100})
    first = price(business.chat.visitor().ask(QUESTION))
    with_budget(business, monthly_usd=round(first * 8, 6))
    models: list[str] = []
    while len(models) < 60:
        stand_in.reset()
        answer = business.chat.visitor().ask(QUESTION)
        asked = stand_in.requests()
        if not asked:
            break
        models.append(asked[0]["model"].removeprefix("models/"))
        assert answer["degraded"] == ([] if models[-1] == DEAR else ["budget"])
    assert models == sorted(models, key=[DEAR, SMALL].index)
    assert set(models) == {DEAR, SMALL}
    assert 5 <= models.count(DEAR) <= 7
    assert answer["reply"]["text"] == "A full service costs 95 pounds [1]. A new tyre costs 30 pounds [1]."
    assert (answer["degraded"], answer["citations"][0]["title"]) == (["budget"], "Facts")
    assert usage(business)["budget"]["doing"] == "knowledge_only"
    with_budget(business, monthly_usd=round(spent(business), 6))
    before, requests = spent(business), len(stand_in.requests("batchEmbedContents"))
    answer = business.chat.visitor().ask(QUESTION)
    assert "+44 117 496 0123" in answer["reply"]["text"]
    assert (spent(business), len(stand_in.requests("batchEmbedContents"))) == (before, requests)
    assert other.chat.visitor().ask(QUESTION)["degraded"] == []


def test_a_burst_overshoots_by_the_turns_under_way_at_most(new_business, platform, stand_in, http):
    """32 visitors at the same moment on the last cent: each is answered, and those who come next find nothing left."""
    business = new_business(facts=FACTS, models={"chat": DEAR}, contact=CONTACT)
    first = price(business.chat.visitor().ask(QUESTION))
    with_budget(business, monthly_usd=round(first * 3, 6), ladder=ONLY_CONTACT)
    with ThreadPoolExecutor(BURST) as visitors:
        bursts = [list(visitors.map(lambda _: business.chat.visitor().ask(QUESTION), range(BURST))) for _ in range(3)]
    answers, after = bursts[0], bursts[1] + bursts[2]
    assert all(answer["degraded"] in ([], ["budget"]) for answer in answers)
    assert all(answer["degraded"] == ["budget"] for answer in after)
    assert len(stand_in.requests()) <= 1 + BURST
    dearest = max(first, *(price(answer) for answer in answers)) * 1.1  # and its embedding
    assert spent(business) <= first * 3 + BURST * dearest


def test_an_owner_is_told_once_however_many_workers_run(new_business, platform, hostile_ports, stand_in):
    """At 50, 80 and 100 per cent, signed; not again this month."""
    with system(port=hostile_ports[0]) as owner:
        business = new_business(models={"chat": SMALL}, contact=CONTACT)
        business.chat.visitor().ask(QUESTION)
        budget = {"monthly_usd": round(spent(business) / 0.85, 6), "alerts_to": owner.url}
        with_budget(business, **budget)
        workers = [worker(platform, "--until-idle") for _ in range(2)]
        assert [process.wait(60) for process in workers] == [0, 0]
        with_budget(business, **{**budget, "monthly_usd": round(spent(business) / 1.2, 6)})
        deliver(platform)
        deliver(platform)
    told = [json.loads(body) for _, _, body in owner.received]
    assert [(one["budget"], one["percent"]) for one in told] == [("month", 50), ("month", 80), ("month", 100)]
    assert [one["doing"] for one in told] == ["smaller_model", "smaller_model", "contact_only"]
    secret = business.admin.call("GET", f"{business.path}/identity")
    _, headers, body = owner.received[0]
    assert headers["x-chatbot-event"] == "budget.alert"
    at, signed = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["x-chatbot-signature"]).groups()  # type: ignore[union-attr]
    keys = [value for value in secret.values() if isinstance(value, str)]
    assert signed in [hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest() for key in keys]


def test_what_visitors_do_beside_talking_is_counted(new_business, http, platform, database, stand_in):
    """Clicks, the widget, conversions and verdicts; the same event twice is one."""
    business = new_business(facts=FACTS)
    chat = business.chat.visitor()
    answer = chat.ask(QUESTION)
    common = {"business_id": business.id, "session_id": chat.session_id}
    events: list[dict[str, Any]] = [
        {"type": "widget_opened", "event_id": "e-1"},
        {"type": "widget_opened", "event_id": "e-1"},
        {"type": "cta_clicked", "cta_id": "book", "event_id": "e-2", "message_id": answer["message_id"]},
        {"type": "conversion", "event_id": "e-3", "data": {"name": "order", "value": 42.5, "who": "Ana Lopez"}},
        {"type": "conversion", "event_id": "e-4", "data": {"name": "Ana Lopez, +44 1632"}},
    ]
    for one in events:
        assert http.post(f"{platform.chat_url}/events", json={**common, **one}).status_code == 202
    for rating in ("up", "down", "down"):
        body = {**common, "message_id": answer["message_id"], "rating": rating}
        assert http.post(f"{platform.chat_url}/feedback", json=body).status_code == 204
    with database.tenant(business.id) as tx:
        rows = tx.run("SELECT metric, key, sum(n)::int AS n, sum(total) AS total FROM counts GROUP BY 1, 2")
        kept = str(tx.run("SELECT data FROM events"))
    counted = {f"{row['metric']} {row['key']}".strip(): row["n"] for row in rows}
    assert counted["widget opened"] == 1
    assert counted["ctas_clicked book"] == 1
    assert (counted["conversions order"], counted["conversions"]) == (1, 1)
    assert (counted["feedback up"], counted["feedback down"]) == (1, 1)
    assert [row["total"] for row in rows if (row["metric"], row["key"]) == ("conversions", "order")] == [42.5]
    assert "Ana" not in kept


def test_the_month_is_that_of_the_business(new_business, stand_in):
    """By its own clock: the range of the report begins at its own midnight."""
    business = new_business(opening_hours={"time_zone": "Asia/Kolkata"})
    asked = usage(business)["range"]
    assert asked["time_zone"] == "Asia/Kolkata"
    begun = datetime.fromisoformat(asked["from"])
    assert (begun.day, begun.hour, begun.minute) == (1, 0, 0)
    assert begun.astimezone(UTC).minute == 30
