"""The digest over the admin API: in its forms, for who may see analytics, of weeks that are or were."""

import datetime as dt

import httpx2
import pytest

from shared.digest.compose import DigestOut
from shared.domain.digest import Week
from tests.conftest import ADMIN_KEY


@pytest.fixture
def ask(platform, http):
    """Asks for a digest, with the platform's key or the one given."""

    def call(business_id: str, key: str = ADMIN_KEY, **query: str) -> httpx2.Response:
        url = f"{platform.admin_url}/v1/businesses/{business_id}/digest"
        response: httpx2.Response = http.get(url, params=query, headers={"Authorization": f"Bearer {key}"})
        return response

    return call


def test_a_conversation_is_in_the_digest_of_its_week(ask, new_business, stand_in):
    """In each form, in the business's language; the last full week by default."""
    business = new_business(facts="A full service costs 95 pounds.", languages=["de"], name="Rad & Tat")
    business.chat.ask("What does a full service cost?")
    week = Week.last_full(dt.datetime.now(dt.UTC) + dt.timedelta(days=7), "UTC")
    answer = ask(business.id, week=str(week))
    assert answer.headers["cache-control"] == "no-store"
    found = DigestOut.model_validate_json(answer.content)
    assert (found.trends["conversations"].now, found.language, found.week) == (1, "de", str(week))
    page = ask(business.id, week=str(week), format="html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<bdi>Rad &amp; Tat</bdi>" in page.text
    text = ask(business.id, week=str(week), format="text", language="en")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Conversations: 1; there were none the week before." in text.text
    last = ask(business.id).json()
    assert last["week"] == str(week.before())
    assert last["trends"]["conversations"]["now"] == 0


@pytest.mark.parametrize("query", [{"week": "2026-W60"}, {"week": "2099-W01"}, {"format": "pdf"}, {"language": "?"}])
def test_what_makes_no_digest_is_refused(ask, new_business, query):
    """Weeks that are none or have not begun, and unknown forms: 422, with the parameter."""
    answer = ask(new_business().id, **query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][-1] == next(iter(query))


def test_it_is_for_who_may_see_analytics(ask, new_business, admin):
    """Another scope is refused; another business's key finds nothing."""
    mine, other = new_business(), new_business()
    keys = {
        scope: admin.call("POST", f"/v1/businesses/{mine.id}/api-keys", {"name": "k", "scopes": [scope]})["key"]
        for scope in ("read", "analytics")
    }
    assert ask(mine.id, keys["read"]).status_code == 403
    assert ask(mine.id, keys["analytics"]).status_code == 200
    assert ask(other.id, keys["analytics"]).status_code == 404
    assert ask("nobody-here").status_code == 404
