"""Analytics over HTTP, as a client written against the contract sees it."""

import csv
import datetime as dt
import io
from dataclasses import replace

import pytest

from shared.adapters.postgres.journal import JournalStore
from shared.adapters.vault import Vault
from shared.api.admin.analytics_routes import ROUTES
from shared.domain.events import SessionBegan
from tests.conftest import ADMIN_KEY
from tests.stores.histories import History
from tests.unit.samples import CTA_TREE, a_tenant

NAMES = {route.path.rpartition("/")[2]: route for route in ROUTES}
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def get(platform, http):
    """Calls analytics of a business and returns the response."""

    def call(business, name, *, key=ADMIN_KEY, accept="application/json", **query):
        return http.get(
            f"{platform.admin_url}/v1/businesses/{business.id}/analytics/{name}", params=query,
            headers={"Authorization": f"Bearer {key}", "Accept": accept},
        )  # fmt: skip

    return call


@pytest.fixture
def busy(new_business, database):
    """A business with some days behind it, and with a page that somebody has named with care."""
    business = new_business(cta_tree=CTA_TREE, opening_hours={"time_zone": "Europe/London"})
    now = dt.datetime.now(dt.UTC)
    tenant, journal = replace(a_tenant(), id=business.id), JournalStore(database, Vault(["k" * 32]))
    History(5, now - dt.timedelta(days=8), now - dt.timedelta(days=6), 15).keep(journal, tenant)
    journal.keep(tenant, [SessionBegan(id="evil", at=now, session_id="evil", page=FORMULA)])
    return business


@pytest.mark.parametrize("name", NAMES)
def test_each_call_answers_as_documented(get, busy, name):
    """As JSON of its type with the time it covers, and as a table with a header."""
    response = get(busy, name)
    assert response.status_code == 200, response.text
    NAMES[name].result.model_validate(response.json(), extra="forbid")
    assert response.json()["range"]["time_zone"] == "Europe/London"
    assert response.headers["Cache-Control"] == "no-store"
    table = get(busy, name, accept="text/csv")
    assert table.headers["Content-Type"].startswith("text/csv")
    assert f'filename="{busy.id}-{name}-' in table.headers["Content-Disposition"]
    header, *rows = csv.reader(io.StringIO(table.text, newline=""))
    assert rows
    assert {len(row) for row in rows} == {len(header)}


def test_a_turn_counts_at_once(get, new_business, stand_in):
    """No job runs between an answer and its figures."""
    business = new_business(facts="A full service costs 95 pounds.")
    before = get(business, "summary").json()["figures"]
    business.chat.ask("What does a full service cost?")
    after = get(business, "summary", channel="web").json()["figures"]
    assert (before["conversations"], before["turns"]) == (0, 0)
    assert (after["conversations"], after["turns"], after["answered"]) == (1, 1, 1)
    assert after["cost_usd"] > 0


def test_who_only_leaves_an_address_was_not_answered(get, new_business, stand_in):
    """A lead and a turn; neither answered nor resolved. With a question before it, it is both, and still one lead."""
    business = new_business(facts="A full service costs 95 pounds.", goals=[{"id": "quote", "collect": ["email"]}])
    business.chat.visitor().ask("My email is bo@acme-mail.com")
    figures = get(business, "summary").json()["figures"]
    assert (figures["turns"], figures["leads"], figures["answered"], figures["resolved"]) == (1, 1, 0, 0)
    asks = business.chat.visitor()
    asks.ask("What does a full service cost?")
    asks.ask("My email is ana@acme-mail.com")
    figures = get(business, "summary").json()["figures"]
    assert (figures["turns"], figures["leads"], figures["answered"], figures["resolved"]) == (3, 2, 1, 1)


def test_no_cell_is_a_formula(get, busy):
    """Neither what visitors send as their page, nor what comes after it."""
    rows = list(csv.reader(io.StringIO(get(busy, "pages", format="csv", limit=500).text, newline="")))
    assert [f"'{FORMULA}", "1"] in [row[:2] for row in rows]
    assert get(busy, "pages", limit=500).json()["items"][-1]["key"].startswith(("=", "shop"))
    assert not [cell for row in rows for cell in row if cell.startswith("=")]


def test_numbers_in_a_table_are_those_of_the_json(get, busy):
    """Negative ones too."""
    found = get(busy, "timeseries", metric="sentiment,turns", interval="day").json()["points"]
    _, *rows = csv.reader(
        io.StringIO(get(busy, "timeseries", metric="sentiment,turns", interval="day", format="csv").text)
    )
    assert [(row[0], row[1], int(row[2])) for row in rows] == [
        (one["at"], "" if (mood := one["values"]["sentiment"]) is None else str(mood), one["values"]["turns"])
        for one in found
    ]


REFUSED = {
    "backwards": ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
    "empty": ({"from": "2026-03-02T10:00:00Z", "to": "2026-03-02T10:00:00Z"}, "from"),
    "no date": ({"from": "yesterday"}, "from"),
    "no day": ({"to": "2026-02-30"}, "to"),
    "too long": ({"from": "2022-01-01", "to": "2026-01-01"}, "from"),
    "too early": ({"from": "0001-01-01"}, "from"),
    "too late": ({"to": "9999-12-31"}, "to"),
    "too many points": ({"from": "2026-01-01", "to": "2026-06-30", "interval": "hour"}, "interval"),
    "no interval": ({"interval": "minute"}, "interval"),
    "no figure": ({"metric": "happiness"}, "metric"),
    "too many figures": ({"metric": "turns,leads,deals,gaps,errors,calls"}, "metric"),
    "no channel": ({"channel": "web'; --"}, "channel"),
    "no format": ({"format": "xlsx"}, "format"),
    "unknown": ({"tenant": "other"}, "tenant"),
}


@pytest.mark.parametrize(("query", "field"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused(get, busy, query, field):
    """With the name of the parameter."""
    response = get(busy, "timeseries", **query)
    assert response.status_code == 422, response.text
    assert [error["loc"] for error in response.json()["errors"]] == [[field]]
    assert field in response.json()["detail"]


def test_a_plus_that_was_not_escaped_is_a_plus(get, busy, http, platform):
    """`from=...+01:00` in an address that was written by hand."""
    url = f"{platform.admin_url}{busy.path}/analytics/summary?from=2026-07-01T09:00:00+01:00&to=2026-07-01T11:00:00Z"
    found = http.get(url, headers={"Authorization": f"Bearer {ADMIN_KEY}"}).json()["range"]
    assert (found["from"], found["to"]) == ("2026-07-01T09:00:00+01:00", "2026-07-01T12:00:00+01:00")


@pytest.mark.parametrize("name", NAMES)
def test_only_who_may_sees_them(get, busy, new_business, name):
    """A key of the business with the scope; not one without, not one of another business, nobody without a key."""
    assert get(busy, name, key=busy.key("analytics")).status_code == 200
    refused = get(busy, name, key=busy.key("read", "write"))
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_scope")
    assert get(busy, name, key=new_business().key("read", "write", "analytics")).status_code == 404
    assert get(busy, name, key="nobody").status_code == 401


def test_a_deleted_business_has_no_figures(get, busy, admin):
    """As everything else of it, until it is restored."""
    admin.call("DELETE", busy.path)
    assert get(busy, "summary").status_code == 404
    admin.call("POST", f"{busy.path}/restore")
    assert get(busy, "summary").json()["figures"]["turns"] > 0
