"""Pipedrive's stand-in and the connector over real HTTP: fields, checks, faults, limits, and the protocol itself."""

import pytest

from local.crm.pipedrive import StandIn
from local.crm.vendor import Vendor
from shared.crm.failure import CrmError
from shared.crm.pipedrive import REF_NAME
from tests.crm_vendors import BUDGET, NEWSLETTER, PIPEDRIVE_APP, START, PipedriveAccount, key_of
from tests.crm_vendors import PIPEDRIVE_ANA as ANA


@pytest.fixture(scope="module")
def server():
    with PipedriveAccount.opened() as account:
        yield account


@pytest.fixture
def account(server):
    server.reset()
    return server


def test_the_stand_in_is_a_vendor():
    """It has what the control plane asks of every stand-in."""

    def accepts(vendor: Vendor) -> str:
        return vendor.name

    assert accepts(StandIn()) == "pipedrive"


def test_fields_are_shown_with_their_labels(account):
    """All pages of the metadata are read; options are labels."""
    account.behave(page=3)
    connector = account.connector()
    found = {item.name: item for item in account.run(connector, connector.fields("contact"))}
    assert found[NEWSLETTER].options == ("Yes", "No")
    assert (found[NEWSLETTER].type, found[BUDGET].type, found[START].type) == ("choice", "number", "date")
    assert (found["email"].read_only, found["add_time"].read_only, found["name"].required) == (False, True, True)
    assert {"value", "title"} <= {item.name for item in account.run(connector, connector.fields("deal"))}


def test_the_fields_for_our_key_are_made_once(account):
    """Preparing twice, also after a lost answer, makes one field of each kind."""
    connector = account.connector()
    account.lose("/personFields$")
    with pytest.raises(CrmError):
        account.run(connector, connector.prepare())
    first = account.run(connector, connector.prepare())
    assert first == {"person_ref_field": key_of(REF_NAME), "deal_ref_field": key_of(f"deal {REF_NAME}")}
    assert account.run(connector, connector.prepare()) == first
    shown = account.call("GET", "/api/v1/personFields").json()["data"]
    assert [item["name"] for item in shown].count(REF_NAME) == 1


def test_who_may_not_make_fields_is_told(account):
    """Without an administrator's right the field is not made, and the sentence says who can."""
    account.behave(not_admin=True)
    connector = account.connector()
    with pytest.raises(CrmError, match="only an administrator") as raised:
        account.run(connector, connector.prepare())
    assert raised.value.category == "forbidden"
    checks = {item.name: item for item in account.run(connector, connector.check())}
    assert checks["write contacts"].ok
    assert "only an administrator" in checks["our key on contacts"].detail


def test_a_check_changes_nothing(account):
    """Everything works, and the account is as it was."""
    connector = account.ready()
    before = account.records()
    checks = account.run(connector, connector.check())
    assert [item.name for item in checks if not item.ok] == []
    assert len(checks) == 9
    assert account.records() == before


def test_a_missing_scope_is_named(account):
    """An app that was not given deals writes contacts, and the check says what it lacks."""
    connector = account.ready(**PIPEDRIVE_APP)
    token = account.token_of(account.connector(**{**PIPEDRIVE_APP, "refresh_token": "pd-refresh-1"}))
    account.behave(missing_scopes=["deals:full"])
    checks = {item.name: item for item in account.run(connector, connector.check(), token)}
    failed = [name for name, item in checks.items() if not item.ok]
    assert failed == ["write deals"]
    assert checks["write deals"].missing_scopes == ("deals:full",)


def test_an_app_signs_in_with_a_refresh_token_that_changes(account):
    """Each refresh token is good once; an access token ends when the account says so."""
    connector = account.connector(**PIPEDRIVE_APP)
    token = account.token_of(connector)
    assert (token.refresh, token.base_url) == ("pd-refresh-1", account.base)
    assert account.run(connector, connector.find(ANA.identity), token) == ()
    account.control("POST", "expire")
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.find(ANA.identity), token)
    assert raised.value.category == "unauthorised"
    with pytest.raises(CrmError, match="refresh token"):
        account.token_of(connector)
    again = account.connector(**{**PIPEDRIVE_APP, "refresh_token": token.refresh})
    assert account.run(again, again.find(ANA.identity)) == ()


@pytest.mark.parametrize(
    ("fault", "category"),
    [
        ("error", "unavailable"), ("unavailable", "unavailable"), ("limited", "limited"), ("expired", "unauthorised"),
        ("forbidden", "forbidden"), ("refused", "refused"), ("malformed", "malformed"),
    ],
)  # fmt: skip
def test_every_fault_has_its_category(account, fault, category):
    """What the stand-in can answer is understood."""
    connector = account.connector()
    account.fault(fault)
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.find(ANA.identity))
    assert raised.value.category == category


def test_limits_are_counted_as_pipedrive_does(account):
    """The eleventh search of two seconds, and the day's budget, are refused with how long to wait."""
    connector = account.connector()
    account.behave(limits=True)
    for _ in range(10):
        account.run(connector, connector.find(ANA.identity))
    with pytest.raises(CrmError) as burst:
        account.run(connector, connector.find(ANA.identity))
    assert (burst.value.category, burst.value.retry_after_s) == ("limited", 1)
    account.behave(daily_calls=1)
    with pytest.raises(CrmError) as daily:
        account.run(connector, connector.find(ANA.identity))
    assert daily.value.retry_after_s == 3600
    account.behave(trial_over=True)
    with pytest.raises(CrmError, match="trial") as over:
        account.run(connector, connector.find(ANA.identity))
    assert over.value.category == "forbidden"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/v2/persons", {}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "email": "a@example.com"}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "emails": ["a@example.com"]}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "custom_fields": {BUDGET: "12"}}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "custom_fields": {NEWSLETTER: "Yes"}}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "custom_fields": {START: "1.12.2026"}}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "custom_fields": {"0" * 40: "x"}}, 400),
        ("PATCH", "/api/v2/persons/99999", {"name": "A"}, 404),
        ("POST", "/api/v2/deals", {"value": 1}, 400),
        ("POST", "/api/v2/deals", {"title": "D", "value": "1"}, 400),
        ("POST", "/api/v2/deals", {"title": "D", "person_id": 99999}, 400),
        ("POST", "/api/v2/deals", {"title": "D", "pipeline_id": 2, "stage_id": 1}, 400),
        ("POST", "/api/v1/notes", {"content": "N"}, 400),
        ("POST", "/api/v1/notes", {"person_id": 1}, 400),
        ("GET", "/api/v2/persons?limit=501", None, 400),
        ("GET", "/api/v2/persons?nonsense=1", None, 400),
        ("GET", "/api/v2/persons?updated_since=yesterday", None, 400),
        ("GET", "/api/v2/persons/search?term=a", None, 400),
        ("GET", "/api/v2/persons/search?term=a&exact_match=true", None, 200),
        ("GET", "/v2/persons", None, 404),
    ],
)
def test_the_stand_in_is_strict(account, method, path, body, status):
    """What the real one refuses is refused."""
    answer = account.call(method, path, json=body) if body is not None else account.call(method, path)
    assert answer.status_code == status
    if path.startswith("/api"):
        assert answer.headers["x-ratelimit-limit"] in ("10", "20")


def test_a_stranger_is_not_let_in(account):
    """Neither without a token, nor with an API token in an app's place."""
    for headers in ({}, {"x-api-token": "wrong"}, {"Authorization": "Bearer pd-token"}):
        assert account.call("GET", "/api/v2/persons", headers=headers).status_code == 401


def test_pages_follow_each_other(account):
    """A cursor leads through all persons once; two of the same address are allowed."""
    for _ in range(5):
        account.call("POST", "/api/v2/persons", json={"name": "Twin", "emails": [{"value": "twin@example.com"}]})
    seen, cursor = [], None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        body = account.call("GET", "/api/v2/persons", params=query).json()
        seen += [item["id"] for item in body["data"]]
        cursor = body["additional_data"]["next_cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 5
