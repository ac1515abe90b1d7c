"""Zoho's stand-in and the connector over real HTTP: fields, checks, faults, limits, and the protocol itself."""

from dataclasses import replace

import pytest

from local.crm.vendor import Vendor
from local.crm.zoho import StandIn
from shared.crm.failure import CrmError
from shared.domain.crm import Identity
from tests.crm_vendors import ZOHO_ANA as ANA
from tests.crm_vendors import ZOHO_REF, ZohoAccount


@pytest.fixture(scope="module")
def server():
    with ZohoAccount.opened() as account:
        yield account


@pytest.fixture
def account(server):
    server.reset()
    return server


def code(answer):
    """The code of a call's or a record's error."""
    body = answer.json()
    return body["data"][0]["code"] if "data" in body else body["code"]


def test_the_stand_in_is_a_vendor():
    """It has what the control plane asks of every stand-in."""

    def accepts(vendor: Vendor) -> str:
        return vendor.name

    assert accepts(StandIn()) == "zoho"


def test_fields_and_preparation(account):
    """The metadata is read as owners need it; a field for our key that is not unique is asked for by name."""
    connector = account.connector()
    found = {item.name: item for item in account.run(connector, connector.fields("contact"))}
    assert [found[name].type for name in ("Budget", "Start_Date", "Newsletter", "Interest", "Email")] == [
        "number", "date", "yes_no", "choice", "text",
    ]  # fmt: skip
    assert found["Interest"].options == ("bikes", "repairs", "rental")
    assert found["Last_Name"].required
    assert found["Full_Name"].read_only
    assert {"Deal_Name", "Stage"} <= {item.name for item in account.run(connector, connector.fields("deal"))}
    assert account.run(connector, connector.prepare()) == {}
    account.behave(no_ref=True)
    with pytest.raises(CrmError, match=f"API name '{ZOHO_REF}' in Contacts"):
        account.run(connector, connector.prepare())


def test_a_check_says_what_is_missing(account):
    """Everything works; or each thing that does not names the scope it takes. Nothing is written."""
    connector = account.connector()
    contact = account.control("POST", "contacts", {"name": "Ana B", "email": "a@example.com"})
    found = account.run(connector, connector.check())
    assert all(item.ok for item in found), found
    assert len(found) == 9
    missing = ["ZohoCRM.modules.deals.ALL", "ZohoCRM.settings.fields.ALL", "ZohoSearch.securesearch.READ"]
    account.behave(missing_scopes=missing, not_admin=True)
    failed = {item.name: item.missing_scopes for item in account.run(connector, connector.check()) if not item.ok}
    assert failed == {
        "read deals": ("ZohoCRM.modules.ALL",),
        "write deals": ("ZohoCRM.modules.ALL",),
        "search for contacts": ("ZohoCRM.modules.ALL", "ZohoSearch.securesearch.READ"),
        "fields": ("ZohoCRM.settings.fields.ALL",),
    }
    records = account.records()
    assert [item["id"] for item in records["contacts"]] == [contact["id"]]
    assert records["deals"] == records["notes"] == []


def test_another_data_centre_is_said_so(account):
    """An account that lives elsewhere is the usual reason for a refused token, and the message says it."""
    account.behave(data_centre="eu")
    connector = account.connector()
    with pytest.raises(CrmError, match="data_centre") as raised:
        account.run(connector, connector.check())
    assert raised.value.category == "unauthorised"


def test_an_expired_token_is_told_apart(account):
    """The driver renews on this one, and not where a scope is missing."""
    connector = account.connector()
    token = account.token_of(connector)
    assert token.base_url == account.base
    account.control("POST", "expire")
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.find(ANA.identity), token)
    assert raised.value.category == "unauthorised"
    account.behave(missing_scopes=["ZohoCRM.modules.ALL"])
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.find(ANA.identity))
    assert raised.value.category == "forbidden"


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("error", "unavailable"), ("unavailable", "unavailable"), ("limited", "limited"), ("expired", "unauthorised"),
        ("forbidden", "forbidden"), ("refused", "refused"), ("malformed", "malformed"),
    ],
)  # fmt: skip
def test_every_fault_has_its_category(account, kind, category):
    """Each of Zoho's own errors is told apart, with a wait where Zoho names the moment."""
    connector = account.connector()
    account.fault(kind, "upsert$", "POST")
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.create(ANA, None))
    assert raised.value.category == category
    if kind == "limited":
        assert raised.value.retry_after_s is not None
        assert 0 <= raised.value.retry_after_s <= 3
    if kind == "refused":
        assert "'Interest'" in raised.value.detail
    assert account.records()["contacts"] == []


def test_errors_of_records_in_a_success_are_seen(account):
    """Zoho may refuse a record in an answer of success."""
    account.behave(soft_errors=True)
    connector = account.connector()
    with pytest.raises(CrmError, match="'Interest': it takes one of its options"):
        account.run(connector, connector.create(replace(ANA, values={"Interest": "boats"}), None))
    assert account.run(connector, connector.update("77", ANA)) is False
    made = account.run(connector, connector.create(ANA, None))
    account.behave(locked=True, soft_errors=True)
    with pytest.raises(CrmError, match="locked") as raised:
        account.run(connector, connector.update(made.id, ANA))
    assert raised.value.category == "unavailable"


def test_workflows_run_only_when_wanted(account):
    """By default what the bot writes starts nothing."""
    quiet, loud = account.connector(), account.connector(run_workflows=True)
    account.run(quiet, quiet.create(ANA, None))
    assert account.records()["workflows"] == []
    made = account.run(loud, loud.create(replace(ANA, identity=Identity("bo@example.com")), None))
    assert account.records()["workflows"] == [made.id]


def test_tokens_are_given_to_the_client_only(account):
    """Refusals come with a status of success, as from Zoho."""
    given = account.sign_in().json()
    assert given["api_domain"] == account.base
    assert given["expires_in"] == 3600
    for changed, error in (
        ({"client_id": "x"}, "invalid_client"), ({"client_secret": "x"}, "invalid_client_secret"),
        ({"refresh_token": "x"}, "invalid_code"),
    ):  # fmt: skip
        answer = account.sign_in(**changed)
        assert (answer.status_code, answer.json()) == (200, {"error": error})
    account.behave(tokens=0)
    assert account.sign_in().status_code == 400


def test_a_call_needs_its_header(account):
    """The scheme is Zoho's own."""
    for headers, wanted in (
        ({}, "AUTHENTICATION_FAILURE"), ({"Authorization": "Bearer x"}, "AUTHENTICATION_FAILURE"),
        ({"Authorization": "Zoho-oauthtoken x"}, "INVALID_TOKEN"),
    ):  # fmt: skip
        answer = account.call("GET", "Contacts?fields=id", headers=headers)
        assert (answer.status_code, code(answer)) == (401, wanted)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "wanted"),
    [
        ("GET", "Ghosts?fields=id", None, 400, "INVALID_MODULE"),
        ("GET", "Contacts", None, 400, "REQUIRED_PARAM_MISSING"),
        ("GET", "Contacts?fields=id&per_page=500", None, 400, "INVALID_DATA"),
        ("GET", "Contacts?fields=id&page=11", None, 400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED"),
        ("GET", "Contacts/abc", None, 404, "INVALID_URL_PATTERN"),
        ("GET", "Contacts/5", None, 400, "INVALID_DATA"),
        ("GET", "Contacts/search", None, 400, "EXPECTED_PARAM_MISSING"),
        ("GET", "Contacts/search?phone=1", None, 400, "INVALID_DATA"),
        ("GET", "settings/fields", None, 400, "REQUIRED_PARAM_MISSING"),
        ("GET", "settings/layouts", None, 404, "INVALID_URL_PATTERN"),
        ("PATCH", "Contacts", {}, 400, "INVALID_REQUEST_METHOD"),
        ("POST", "Contacts", {}, 400, "MANDATORY_NOT_FOUND"),
        ("POST", "Contacts", {"data": []}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{}] * 101}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{}], "trigger": ["x"]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Email": "a@example.com"}]}, 400, "MANDATORY_NOT_FOUND"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Ghost": 1}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Budget": "12"}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Newsletter": "yes"}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Start_Date": "1/2/2026"}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Interest": "boats"}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Full_Name": "A"}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A" * 81}]}, 400, "INVALID_DATA"),
        ("POST", "Deals", {"data": [{"Deal_Name": "A", "Stage": "Qualification", "Contact_Name": {"id": "5"}}]}, 400,
         "INVALID_DATA"),
        ("POST", "Contacts/upsert", {"data": [{"Last_Name": "A"}], "duplicate_check_fields": ["Phone"]}, 400,
         "INVALID_DATA"),
        ("POST", "Notes", {"data": [{}]}, 400, "MANDATORY_NOT_FOUND"),
        ("PUT", "Contacts/5", {"data": [{"Last_Name": "A"}]}, 400, "INVALID_DATA"),
    ],
)  # fmt: skip
def test_it_is_strict(account, method, path, body, status, wanted):
    """What Zoho refuses is refused in its words."""
    answer = account.call(method, path, json=body)
    assert (answer.status_code, code(answer)) == (status, wanted)


def test_batches_come_out_mixed(account):
    """Some records are written, others not: the status is 207, and each has its own answer."""
    data = [{"Last_Name": "A", "Email": "a@example.com"}, {"Email": "b@example.com"}]
    answer = account.call("POST", "Contacts/upsert", json={"data": data})
    assert answer.status_code == 207
    assert [item["code"] for item in answer.json()["data"]] == ["SUCCESS", "MANDATORY_NOT_FOUND"]
    assert account.call("POST", "Contacts", json={"data": data[:1]}).status_code == 201


def test_upserts_look_for_duplicates_as_documented(account):
    """By the system's field unless another is named, then by every unique one; several holders are none."""

    def upsert(record, checks=None):
        body = {"data": [{"Last_Name": "A", **record}], **({"duplicate_check_fields": checks} if checks else {})}
        return account.call("POST", "Contacts/upsert", json=body).json()["data"][0]

    first = upsert({"Email": "a@example.com", ZOHO_REF: "r-1"})
    assert (first["action"], first["duplicate_field"]) == ("insert", None)
    assert upsert({"Email": "A@example.com"})["duplicate_field"] == "Email"
    assert upsert({"Email": "b@example.com", ZOHO_REF: "r-1"}, ["Email"])["duplicate_field"] == ZOHO_REF
    assert upsert({"Email": "b@example.com", ZOHO_REF: "r-2"}, [ZOHO_REF])["action"] == "insert"
    several = upsert({"Email": "b@example.com"})
    assert (several["code"], "duplicate_record" in several["details"]) == ("DUPLICATE_DATA", False)
    taken = account.call("POST", "Contacts", json={"data": [{"Last_Name": "B", ZOHO_REF: "r-1"}]}).json()["data"][0]
    assert taken["details"]["duplicate_record"]["id"] == first["details"]["id"]


def test_deals_are_merged_by_name_when_nothing_else_is_named(account):
    """The trap that a connector must not step into."""
    for _ in range(2):
        account.call("POST", "Deals/upsert", json={"data": [{"Deal_Name": "New bike", "Stage": "Qualification"}]})
    assert len(account.records()["deals"]) == 1


def test_the_search_lags_and_lists_do_not(account):
    """What was just written is read and listed, not found."""
    account.behave(lag_s=60)
    account.call("POST", "Contacts", json={"data": [{"Last_Name": "A", "Email": "a@example.com"}]})
    assert account.call("GET", "Contacts/search?email=a@example.com").status_code == 204
    listed = account.call("GET", "Contacts?fields=Email").json()
    assert [item["Email"] for item in listed["data"]] == ["a@example.com"]
    account.behave()
    assert account.call("GET", "Contacts/search?email=A@example.com").status_code == 200
    assert account.call("GET", "Contacts/search?criteria=(Email:equals:a@ex)").status_code == 200
    assert account.call("GET", "Contacts/search?word=nobody").status_code == 204


def test_limits_are_told_and_kept(account):
    """Every answer says what is left; one call too many is refused."""
    account.behave(limit_min=1)
    first = account.call("GET", "Contacts?fields=id")
    assert first.status_code == 204
    assert first.headers["x-ratelimit-remaining"] == "0"
    second = account.call("GET", "Contacts?fields=id")
    assert (second.status_code, code(second)) == (429, "TOO_MANY_REQUESTS")


def test_what_has_changed_can_be_asked_for(account):
    """Nothing since then is 304."""
    account.control("POST", "contacts", {"name": "A B"})
    headers = {"Authorization": f"Zoho-oauthtoken {account.sign_in().json()['access_token']}"}
    later = {**headers, "If-Modified-Since": "2026-01-01T00:00:00+00:00"}
    assert account.call("GET", "Contacts?fields=id", headers=later).status_code == 304
    earlier = {**headers, "If-Modified-Since": "2020-01-01T00:00:00+00:00"}
    assert account.call("GET", "Contacts?fields=id", headers=earlier).status_code == 200
