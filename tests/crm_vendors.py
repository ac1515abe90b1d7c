"""The account at each stand-in: its connector, how one signs in, how its API is called; holds no tests."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

import httpx2

from shared.crm import http, hubspot, pipedrive, salesforce, zoho
from shared.crm.openapi_import import Suggestion, suggest
from shared.crm.wire import Steps
from tests.crm_stand_ins import StandInAccount, ana


def key_of(name: str) -> str:
    """Return the key that Pipedrive's stand-in gives a field of that name."""
    return hashlib.sha1(name.encode()).hexdigest()


HUBSPOT_PRIVATE = {"access_token": "pat-local"}
HUBSPOT_OAUTH = {"client_id": "hs-client", "client_secret": "hs-secret", "refresh_token": "hs-refresh"}
HUBSPOT_BEARER = {"Authorization": "Bearer pat-local"}
HUBSPOT_ANA = ana({"budget": 1200.0, "start_date": dt.date(2026, 12, 1), "newsletter": True, "interest": "bikes"})

SALESFORCE_CLIENT = {"client_id": "sf-client", "client_secret": "sf-secret"}
SALESFORCE_DATA = "/services/data/v66.0"
SALESFORCE_REF = "Chatbot_Ref__c"
SALESFORCE_ANA = ana(
    {"Budget__c": 1200.0, "Start_Date__c": dt.date(2026, 12, 1), "Newsletter__c": True, "Interest__c": "Repairs"}
)

PIPEDRIVE_KEY = {"x-api-token": "pd-token"}
PIPEDRIVE_APP = {"client_id": "pd-client", "client_secret": "pd-secret", "refresh_token": "pd-refresh"}
BUDGET, START, NEWSLETTER, INTEREST = map(key_of, ("Budget", "Start date", "Newsletter", "Interest"))
PIPEDRIVE_ANA = ana({BUDGET: 1200.0, START: dt.date(2026, 12, 1), NEWSLETTER: True, INTEREST: "Repairs"})

ZOHO_CLIENT = {"client_id": "zo-client", "client_secret": "zo-secret", "refresh_token": "zo-refresh"}
ZOHO_REF = "Chatbot_Ref"
ZOHO_ANA = ana({"Budget": 1200.0, "Start_Date": dt.date(2026, 12, 1), "Newsletter": True, "Interest": "repairs"})

SHOP_KEY = {"Authorization": "Bearer shop-key"}
SHOP_AT = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
SHOP_ANA = ana({"company": "Flores", "budget": 1200.0, "newsletter": True, "visit_at": SHOP_AT})

Headers = Mapping[str, str]


class HubSpotAccount(StandInAccount):
    """HubSpot's. Calls are those of a private app unless said otherwise."""

    vendor = "hubspot"

    def api(
        self, method: str, path: str, body: Any = None, headers: Headers = HUBSPOT_BEARER, **query: Any
    ) -> httpx2.Response:
        """Call the API itself."""
        return self.client.request(method, self.base + path, json=body, headers=headers, params=query or None)

    def connector(self, credentials: Headers = HUBSPOT_PRIVATE, **settings: Any) -> hubspot.Connector:
        """Return a connector of this account."""
        given = hubspot.Settings.model_validate({"base_url": self.base, **settings})
        return hubspot.Connector(given, hubspot.Credentials.model_validate(credentials))

    def do(self, steps: Steps[Any]) -> Any:
        """Run steps of the private app's connector."""
        return self.run(self.connector(), steps)


class SalesforceAccount(StandInAccount):
    """Salesforce's."""

    vendor = "salesforce"

    def call(self, method: str, path: str, token: str = "", **arguments: Any) -> httpx2.Response:
        """Call the API itself, with a new token unless one is given."""
        headers = {"Authorization": f"Bearer {token or self.token()}", **arguments.pop("headers", {})}
        return self.client.request(method, f"{self.base}{SALESFORCE_DATA}{path}", headers=headers, **arguments)

    def token(self) -> str:
        """Return a good token."""
        given: str = self.sign_in().json()["access_token"]
        return given

    def sign_in(
        self, form: Headers | None = None, auth: tuple[str, str] = ("sf-client", "sf-secret")
    ) -> httpx2.Response:
        """Ask for a token."""
        form = form or {"grant_type": "client_credentials"}
        return self.client.post(f"{self.base}/services/oauth2/token", data=form, auth=auth)

    def query(self, soql: str) -> Any:
        """Run a query; return the records without their attributes, or the error's code."""
        answer = self.call("GET", "/query", params={"q": soql})
        if answer.status_code != httpx2.codes.OK:
            return answer.json()[0]["errorCode"]
        return [{k: v for k, v in row.items() if k != "attributes"} for row in answer.json()["records"]]

    def connector(self, credentials: Headers | None = None, **settings: Any) -> salesforce.Connector:
        """Return a connector of this account."""
        where = salesforce.Settings.model_validate({"domain_url": self.base, **settings})
        given = credentials or SALESFORCE_CLIENT
        return salesforce.Connector(where, salesforce.Credentials.model_validate(given))


class PipedriveAccount(StandInAccount):
    """Pipedrive's."""

    vendor = "pipedrive"

    def call(self, method: str, path: str, headers: Headers = PIPEDRIVE_KEY, **arguments: Any) -> httpx2.Response:
        """Call the API itself."""
        return self.client.request(method, f"{self.base}{path}", headers=headers, **arguments)

    def connector(self, refs: Mapping[str, str] | None = None, **credentials: str) -> pipedrive.Connector:
        """Return a connector of this account; `refs` are settings that `prepare` gave."""
        where = {"base_url": self.base, "accounts_url": self.base}
        settings = pipedrive.Settings.model_validate({**where, **(refs or {})})
        given = pipedrive.Credentials.model_validate(credentials or {"api_token": "pd-token"})
        return pipedrive.Connector(settings, given)

    def ready(self, **credentials: str) -> pipedrive.Connector:
        """Return a connector with its fields prepared."""
        bare = self.connector(None, **credentials)
        return self.connector(self.run(bare, bare.prepare()), **credentials)


class ZohoAccount(StandInAccount):
    """Zoho's."""

    vendor = "zoho"
    token = ""

    def reset(self) -> None:
        """Make the account as new: the token is no longer good either."""
        super().reset()
        self.token = ""

    def call(self, method: str, path: str, **arguments: Any) -> httpx2.Response:
        """Call the API itself, with a good token unless headers are given."""
        if not self.token:
            self.token = self.sign_in().json()["access_token"]
        headers = arguments.pop("headers", {"Authorization": f"Zoho-oauthtoken {self.token}"})
        return self.client.request(method, f"{self.base}/crm/v8/{path}", headers=headers, **arguments)

    def sign_in(self, **changed: str) -> httpx2.Response:
        """Ask for a token."""
        form = {**ZOHO_CLIENT, "grant_type": "refresh_token", **changed}
        return self.client.post(f"{self.base}/oauth/v2/token", data=form)

    def connector(self, *, key: bool = True, **settings: Any) -> zoho.Connector:
        """Return a connector of this account, with the field for our key or without."""
        where = zoho.Settings.model_validate(
            {"accounts_url": self.base, "ref_field": ZOHO_REF if key else ""} | settings
        )
        return zoho.Connector(where, zoho.Credentials.model_validate(ZOHO_CLIENT))


class ShopAccount(StandInAccount):
    """The one at a shop with an API of its own, whose description can be imported."""

    vendor = "shop"

    def call(self, method: str, path: str, headers: Headers = SHOP_KEY, **arguments: Any) -> httpx2.Response:
        """Call the API itself."""
        return self.client.request(method, f"{self.base}{path}", headers=headers, **arguments)

    def draft(self) -> Suggestion:
        """Return what is suggested for the shop's own description."""
        return suggest(self.client.get(f"{self.base}/openapi.json").json())

    def connector(self, *changes: tuple[str, Any], **credentials: str) -> http.Connector:
        """Return the connector with the imported settings: each change is (path, value), None takes away."""
        settings = self.draft().settings
        for path, value in changes:
            *parents, last = path.split(".")
            place = settings
            for parent in parents:
                place = place[parent]
            if value is None:
                del place[last]
            else:
                place[last] = value
        given = http.Credentials.model_validate(credentials or {"api_key": "shop-key"})
        return http.Connector(http.Settings.model_validate(settings), given)
