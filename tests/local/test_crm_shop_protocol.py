"""The shop and the connector for a business's own API over real HTTP: sign-ins, faults, and the shop by itself."""

import datetime as dt
import hashlib
import hmac
import time

import pytest

from local.crm.shop import StandIn
from local.crm.vendor import Vendor
from shared.crm.failure import CrmError
from shared.crm.http import Connector, Credentials
from shared.domain.crm import Contact, Identity
from tests.crm_stand_ins import now
from tests.crm_vendors import SHOP_ANA as ANA
from tests.crm_vendors import SHOP_AT, SHOP_KEY, ShopAccount


@pytest.fixture(scope="module")
def server():
    with ShopAccount.opened() as shop:
        yield shop


@pytest.fixture
def shop(server):
    server.reset()
    return server


AUTHS = {
    "header": ({"type": "header", "name": "X-Api-Key"}, {"api_key": "shop-key"}),
    "bearer": ({"type": "bearer"}, {"api_key": "shop-key"}),
    "basic": ({"type": "basic"}, {"username": "shop", "password": "secret"}),
    "oauth": (
        {"type": "oauth_client_credentials", "token_url": "", "scope": "customers"},
        {"client_id": "shop-client", "client_secret": "shop-secret"},
    ),
    "oauth body": (
        {"type": "oauth_client_credentials", "token_url": "", "in": "body"},
        {"client_id": "shop-client", "client_secret": "shop-secret"},
    ),
    "hmac": ({"type": "hmac"}, {"signing_secret": "shop-signing"}),
}


def signed_by(shop, kind):
    auth, credentials = AUTHS[kind]
    auth = {**auth, "token_url": f"{shop.base}/token"} if "token_url" in auth else auth
    return shop.connector(("auth", auth), **credentials)


@pytest.mark.parametrize("kind", AUTHS)
def test_every_way_to_authorise_works(shop, kind):
    """A contact with letters of other alphabets is made and found, whichever way calls are authorised."""
    connector = signed_by(shop, kind)
    contact = Contact("c-1", Identity("zoë@example.com"), "Zoë Ñandú")
    made = shop.run(connector, connector.create(contact, None))
    assert [item.id for item in shop.run(connector, connector.find(contact.identity))] == [made.id]


@pytest.mark.parametrize("kind", AUTHS)
def test_wrong_credentials_are_unauthorised(shop, kind):
    """Whichever way, a wrong secret is told from every other failure."""
    right = signed_by(shop, kind)
    settings, secrets = right._settings, AUTHS[kind][1]
    wrong = Connector(settings, Credentials.model_validate(dict.fromkeys(secrets, "wrong")))
    with pytest.raises(CrmError) as raised:
        shop.run(wrong, wrong.create(ANA, None))
    assert raised.value.category == "unauthorised"
    assert shop.records()["contacts"] == []


def test_tokens_expire_and_old_signatures_are_refused(shop):
    """An expired token and a signature of ten minutes ago are both a 401."""
    connector = signed_by(shop, "oauth")
    token = shop.token_of(connector, SHOP_AT)
    shop.control("POST", "expire")
    answer = shop.send(connector.authorised(next(connector.find(ANA.identity)), token))
    assert answer.status == 401
    connector = signed_by(shop, "hmac")
    old = shop.token_of(connector, now() - dt.timedelta(minutes=10))
    assert shop.refused(connector, connector.find(ANA.identity), old).category == "unauthorised"


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("error", "unavailable"), ("unavailable", "unavailable"), ("limited", "limited"), ("expired", "unauthorised"),
        ("forbidden", "forbidden"), ("refused", "refused"), ("malformed", "malformed"),
    ],
)  # fmt: skip
def test_every_fault_has_its_category(shop, kind, category):
    """What the shop says when something is wrong is understood."""
    connector = shop.connector()
    shop.fault(kind)
    with pytest.raises(CrmError) as raised:
        shop.run(connector, connector.create(ANA, None))
    assert raised.value.category == category
    assert raised.value.retry_after_s == (1 if kind == "limited" else None)
    assert raised.value.missing_scopes == (("customers", "orders") if kind == "forbidden" else ())


def test_the_shop_is_a_stand_in():
    """It has what every stand-in has, and forgets everything when asked."""

    def accepts(found: Vendor) -> Vendor:
        return found

    shop = accepts(StandIn())
    shop.put_contact({"email": "a@example.com", "name": "Ana B", "properties": {"company": "C"}})
    assert shop.records()["contacts"][0]["values"] == {"company": "C"}
    shop.reset()
    assert shop.records() == {"contacts": [], "deals": [], "notes": [], "objects": []}


def test_the_shop_refuses_what_it_does_not_know(shop):
    """Unknown properties, wrong types and missing ones are 422 by name; a foreign content type is 400."""
    answer = shop.call("POST", "/customers", json={"email": "nobody", "age": 3, "budget": "5", "newsletter": 1})
    assert answer.status_code == 422
    assert answer.json()["errors"].keys() == {"email", "age", "budget", "newsletter"}
    assert shop.call("POST", "/customers", json={"first_name": "A"}).status_code == 422
    assert shop.call("POST", "/customers", content=b"{}").status_code == 400
    assert shop.call("POST", "/orders", json={"customer_id": "C-0", "title": "x"}).json()["errors"].keys() == {
        "customer_id"
    }
    assert shop.call("PATCH", "/customers/C-0", json={}).json() == {"error": "not_found"}
    assert shop.call("GET", "/customers?name=x").status_code == 422
    assert shop.call("GET", "/customers", headers={}).headers["www-authenticate"].startswith("Bearer")


def test_the_shop_repeats_its_answer_to_a_key(shop):
    """The same key gives the same customer, and another key the conflict with it."""
    first = shop.call("POST", "/customers", {**SHOP_KEY, "Idempotency-Key": "k"}, json={"email": "a@example.com"})
    again = shop.call("POST", "/customers", {**SHOP_KEY, "Idempotency-Key": "k"}, json={"email": "a@example.com"})
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = shop.call("POST", "/customers", {**SHOP_KEY, "Idempotency-Key": "l"}, json={"email": "A@example.com"})
    assert (other.status_code, other.json()["existing"]) == (409, {"id": first.json()["customer"]["id"]})


def test_the_shops_search_lags_and_its_reads_do_not(shop):
    """What was just written is invisible to a search, and visible to a read and a listing."""
    shop.behave(lag_s=60)
    made = shop.call("POST", "/customers", json={"email": "a@example.com"}).json()["customer"]["id"]
    assert shop.call("GET", "/customers?email=a@example.com").json()["total"] == 0
    assert shop.call("GET", "/customers").json()["total"] == 1
    assert shop.call("GET", f"/customers/{made}").json()["customer"]["email"] == "a@example.com"


def test_the_shop_checks_signatures_over_the_body(shop):
    """A signature of other bytes, and one without a time, are worth nothing."""
    stamp = str(int(time.time()))
    signature = hmac.new(b"shop-signing", f"{stamp}.POST./shop/pets.{{}}".encode(), hashlib.sha256).hexdigest()
    signed = {"X-Timestamp": stamp, "X-Signature": signature, "Content-Type": "application/json"}
    assert shop.call("POST", "/pets", signed, content=b"{}").status_code == 422
    assert shop.call("POST", "/pets", signed, content=b"{ }").status_code == 401
    assert shop.call("POST", "/pets", {**signed, "X-Timestamp": ""}, content=b"{}").status_code == 401
