"""Puts the demo business into a running platform, over its admin API as any owner would, and builds its knowledge."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from local.following import follow
from local.twilio.accounts import MAIN

BUSINESS = Path(__file__).parent / "demo" / "business.json"
GOLDEN = Path(__file__).parent / "demo" / "golden.json"
# Of the range that is kept for fiction.
DEMO_NUMBER = "+441632960321"
_STAND_IN = re.compile(r"http://127\.0\.0\.1:\d+/hubspot")


class SeedError(Exception):
    """The platform refused something; the text is its reason."""


class Admin:
    """A small client of the admin API."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx2.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False
        )

    def call(self, method: str, path: str, json_body: Any = None, *, missing_ok: bool = False) -> Any:  # noqa: ANN401
        """Return the JSON answer; None for a 404 when that is fine; SeedError for any other error."""
        response = self._http.request(method, path, json=json_body)
        if response.status_code == 404 and missing_ok:  # noqa: PLR2004 - HTTP's not found
            return None
        if response.is_error:
            raise SeedError(f"{method} {path}: {response.status_code} {response.json().get('detail')}")
        return response.json() if response.content else None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def demo_business(site_url: str) -> dict[str, Any]:
    """Return the demo business's configuration for a website at `site_url`."""
    business: dict[str, Any] = json.loads(BUSINESS.read_text().replace("{site}", site_url))
    return business


def seed(admin: Admin, site_url: str, tell: Callable[[str], None], crm_url: str = "", *, twilio: bool = False) -> None:
    """Create or update the demo business, name its website as a source, and build once.

    With `crm_url`, where the stand-ins of third parties are, it is connected to HubSpot's unless it has a CRM; with
    `twilio` it gets a phone line at Twilio's unless it has one.
    """
    business = demo_business(site_url)
    path = f"/v1/businesses/{business['id']}"
    there = admin.call("GET", path, missing_ok=True)
    if there is None:
        admin.call("POST", "/v1/businesses", business)
        tell(f"created the business '{business['id']}'")
    else:
        changed = {key: value for key, value in business.items() if key != "id"}
        admin.call("PUT", path, {**changed, "crm": there["crm"], "voice": there["voice"]})
    if crm_url:
        ensure_crm(admin, path, f"{crm_url}/hubspot")
    if twilio:
        ensure_line(admin, path, f"{crm_url}/twilio")
    ensure_source(admin, path, site_url)
    ensure_golden(admin, path)
    builds = admin.call("GET", f"{path}/knowledge/builds?limit=1")["items"]
    if not builds or builds[0]["status"] != "succeeded":
        build(admin, path, tell)


def ensure_crm(admin: Admin, path: str, stand_in: str) -> None:
    """Connect HubSpot's stand-in, or follow it to another port; a CRM of the owner's own is left alone."""
    crm = admin.call("GET", f"{path}/crm")["crm"]
    if crm is None:
        crm = {"connector": "hubspot", "settings": {}, "deal": {"title": "${name}: ${goal}"}, "notes": True}
    elif not _STAND_IN.fullmatch(crm["settings"].get("base_url", "")) or crm["settings"]["base_url"] == stand_in:
        return
    crm["settings"]["base_url"] = stand_in
    admin.call("PUT", f"{path}/crm", {**crm, "credentials": {"access_token": "pat-local"}})


def ensure_line(admin: Admin, path: str, twilio_url: str) -> None:
    """Give the business a number of Twilio's stand-in, which forgets its numbers; a line of the owner's stays."""
    voice = admin.call("GET", f"{path}/voice")["voice"]
    if voice is not None and voice["number"] != DEMO_NUMBER:
        return
    bought = httpx2.post(f"{twilio_url}/_numbers", json={"phone_number": DEMO_NUMBER}, trust_env=False)
    if bought.is_error:
        raise SeedError(f"{twilio_url}/_numbers: {bought.status_code} {bought.text}")
    if voice is None:
        line = {"number": DEMO_NUMBER, "account_sid": MAIN.sid, "auth_token": MAIN.token}
        admin.call("PUT", f"{path}/voice", line)
    admin.call("POST", f"{path}/voice/configure")


def ensure_source(admin: Admin, path: str, site_url: str) -> None:
    """Name the website as the only website source: its port may have changed since the last start."""
    start = f"{site_url}/"
    sources = admin.call("GET", f"{path}/knowledge/sources?limit=100")["items"]
    websites = [source for source in sources if source["kind"] == "website"]
    for source in websites:
        if source["spec"]["start_urls"] != [start]:
            admin.call("DELETE", f"{path}/knowledge/sources/{source['id']}")
    if not any(source["spec"]["start_urls"] == [start] for source in websites):
        admin.call("POST", f"{path}/knowledge/sources", {"kind": "website", "name": "Website", "start_urls": [start]})
        admin.call("GET", path)


def ensure_golden(admin: Admin, path: str) -> None:
    """Give the business golden questions unless it has some, so that its builds are judged."""
    if not admin.call("GET", f"{path}/knowledge/golden")["questions"]:
        admin.call("PUT", f"{path}/knowledge/golden", json.loads(GOLDEN.read_text(encoding="utf-8")))


def build(admin: Admin, path: str, tell: Callable[[str], None], look_every_s: float = 0.5) -> dict[str, Any]:
    """Start a build and follow it to its end; SeedError when it fails."""
    started = admin.call("POST", f"{path}/knowledge/builds")
    state = follow(admin.call, path, started["id"], tell, look_every_s)
    if state["status"] != "succeeded":
        raise SeedError(f"The build {state['status']}: {state['reason']}")
    return state
