"""Logs never hold what visitors say of themselves, least of all when something goes wrong."""

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from local.stack.platform import Platform
from local.stack.servers import start_postgres, start_valkey
from local.twilio.sign import HEADER, signature
from tests.clients import Business
from tests.conftest import ADMIN_KEY
from tests.log_guard import leaks
from tests.twilio_account import ACCOUNT, NUMBER, TOKEN

NAME, EMAIL, PHONE = "Wendeline Ostrowicz", "wendeline.ostrowicz@mail-box.example.com", "+447911445566"
STREET, WORDS = "4 Larkspur Mews", "the derailleur grinds like gravel"
VALUES = (NAME, "Ostrowicz", EMAIL, PHONE, "7911445566", "07911 445566", STREET, WORDS)
DETAILS = f"My name is {NAME}, my email is {EMAIL}, my phone is 07911 445566 and I live at {STREET}. {WORDS}"
PUBLIC = "https://phone.example"


@dataclass
class Scene:
    """A visitor of a business whose CRM, model, database and sessions fail one after the other."""

    platform: Platform
    business: Business
    http: httpx2.Client

    def api(self, method: str, path: str, body: Any = None) -> httpx2.Response:
        """Call the admin API; whatever it answers."""
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        response: httpx2.Response = self.http.request(
            method, f"{self.platform.admin_url}{path}", json=body, headers=headers
        )
        return response

    def web(self) -> None:
        """Say everything, also in fields that are wrong, and where nothing answers."""
        chat = self.business.chat
        chat.post(DETAILS, user_id=EMAIL)
        chat.post("Please let me talk to a person.", user_id=EMAIL)
        chat.post(DETAILS, user_id=EMAIL, user_hash="0" * 64)
        chat.post(DETAILS, session_id=EMAIL, metadata={"who": EMAIL}, nonsense=NAME)
        self.http.post(f"{chat.url}/chat", content=f'{{"message": "{DETAILS}'.encode())
        about = {"business_id": chat.business_id, "session_id": chat.session_id, "message_id": "m-1"}
        self.http.post(f"{chat.url}/feedback", json={**about, "rating": "up", "comment": NAME})
        self.http.post(f"{chat.url}/events", json={**about, "type": "conversion", "data": {"who": EMAIL}})
        self.http.get(f"{chat.url}/session", params={"business_id": chat.business_id, "session_id": EMAIL})

    def phone(self) -> None:
        """Call, signed and not, and say everything."""
        form = {"AccountSid": ACCOUNT, "CallSid": "CA" + "4" * 32, "From": PHONE, "To": NUMBER, "FromCity": STREET}
        for path, more in (
            ("/voice/incoming", {"CallStatus": "ringing"}),
            ("/voice/fallback?entry=abcd&turn=1", {"SpeechResult": DETAILS, "CallStatus": "in-progress"}),
            ("/voice/status", {"CallStatus": "completed", "CallDuration": "7"}),
        ):
            for token in (TOKEN, "0" * 32):
                fields = {**form, **more}
                headers = {HEADER: signature(token, f"{PUBLIC}{path}", fields.items())}
                self.http.post(f"{self.platform.voice_url}{path}", data=fields, headers=headers)

    def owner(self) -> None:
        """Look for the visitor, and erase them."""
        path = self.business.path
        for query in (f"sessions?q={WORDS}", f"sessions/{EMAIL}", f"visitors?user_id={EMAIL}", f"calls?caller={PHONE}"):
            self.api("GET", f"{path}/{query}")
        for body in ({"email": EMAIL, "dry_run": True}, {"email": EMAIL, "phone": PHONE}, {"email": EMAIL}):
            self.api("POST", f"{path}/privacy/erase", body)


@pytest.fixture
def scene(own_platform, open_business, http, stand_in):
    """The business, with a CRM and a webhook that do not answer."""
    platform = own_platform
    platform.env |= {"CRM_TIMEOUT_SECONDS": "2", "PUBLIC_VOICE_URL": PUBLIC, "LOG_LEVEL": "DEBUG"}
    platform.start_crm()
    for name in ("chat", "admin"):
        platform.children[name].stop()
    for name in ("chat", "admin", "voice"):
        platform.start_function(name)
        platform.wait_for_function(name)
    business = open_business(platform)
    told = Scene(platform, business, http)
    crm = {"connector": "hubspot", "settings": {"base_url": f"{platform.crm_url}/hubspot"},
           "credentials": {"access_token": "pat-local"}}  # fmt: skip
    assert told.api("PUT", f"{business.path}/crm", crm).status_code == 200
    line = {"number": NUMBER, "account_sid": ACCOUNT, "auth_token": TOKEN, "mode": "turns"}
    assert told.api("PUT", f"{business.path}/voice", line).status_code == 200
    hook = {"webhook_url": f"http://127.0.0.1:{platform.ports.site}/hook"}
    assert told.api("PATCH", business.path, {"handoff": hook, "region": "GB"}).status_code == 200
    return told


@pytest.mark.timeout(300)
def test_no_log_names_a_visitor(scene, stand_in):
    """All is well; the CRM and the webhook are away; the model fails; Redis dies; Postgres dies: not one line."""
    platform = scene.platform
    scene.web()
    scene.http.put(f"{platform.crm_url}/hubspot/_faults", json=[{"kind": "drop", "times": None}])
    platform.children["crm"].kill()
    platform.start_worker()
    for kind in ("drop", "safety"):
        stand_in.fail(kind, times=3)
        scene.business.chat.visitor().post(DETAILS, user_id=EMAIL)
    scene.phone()
    platform.children["redis"].kill()
    scene.web()
    scene.owner()
    platform.children["postgres"].kill()
    for part in (scene.web, scene.phone, scene.owner):
        part()
    logs = platform.data / "logs"
    platform.children["postgres"] = start_postgres(platform.ports.postgres, platform.data / "postgres", logs / "p2.log")
    platform.children["redis"] = start_valkey(platform.ports.redis, platform.data / "redis-again", logs / "r2.log")
    time.sleep(3)  # what waited is written, and the worker finds out that the CRM is away
    scene.web()
    scene.phone()
    scene.owner()
    platform.stop()
    assert {"chat.log", "admin.log", "voice.log", "worker.log", "postgres.log"} <= {one.name for one in logs.iterdir()}
    assert _events(logs / "chat.log") >= {"journal_waits", "redis_down", "refused"}
    assert _events(logs / "admin.log") >= {"refused"}
    assert _events(logs / "worker.log"), "the worker has said that something is wrong"
    assert leaks(logs, VALUES) == []


def _events(log: Any) -> set[str]:
    """Return the names of a function's events."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("{")]
    return {json.loads(line)["message"] for line in lines}
