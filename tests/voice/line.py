"""A business's phone line as its callers and its owner know it; holds no tests."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import numpy as np

from local.live.tones import ToneEars, ToneVoice
from local.stack.platform import Platform
from local.twilio.accounts import Account
from local.twilio.caller import Caller
from local.twilio.leg import Numbered
from local.twilio.mulaw import RATE, decode
from local.twilio.network import Network
from local.twilio.options import Options, Person, StreamFaults
from local.twilio.report import CallReport
from local.twilio.script import Step
from local.twilio.web import Reach
from tests.clients import Business

PUBLIC = "https://phone.example"
MEDIA = "wss://media.example"
CALLER = "+447700900123"


class LiveControl:
    """The control plane of Live's stand-in."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.Client(base_url=url, timeout=30, trust_env=False)

    def put(self, **settings: Any) -> None:
        """Set how sessions behave: faults, script, await_playback ..."""
        done = self._http.put("/control/live", json=settings)
        assert done.status_code == 200, done.text

    def now(self, kind: str, **more: Any) -> None:
        """Let something happen to every session now."""
        done = self._http.post("/control/live/sessions/all", json={"kind": kind, **more})
        assert done.status_code == 200, done.text

    def sessions(self) -> list[dict[str, Any]]:
        """Return the journal of sessions, oldest first."""
        found: list[dict[str, Any]] = self._http.get("/control/live/sessions").json()
        return found

    def reset(self) -> None:
        """Forget settings and sessions."""
        self._http.delete("/control/live")
        self._http.delete("/control/live/sessions")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


@dataclass
class PhoneLine:
    """A line, and the account it belongs to at the simulated Twilio."""

    business: Business
    platform: Platform
    number: str
    account: Account

    def connect(self, voice: dict[str, Any]) -> None:
        """Set the line up."""
        body = {
            "number": self.number,
            "greeting": "Hello.",
            "account_sid": self.account.sid,
            "auth_token": self.account.token,
            **voice,
        }
        self.business.admin.call("PUT", f"{self.business.path}/voice", body)

    @property
    def options(self) -> Options:
        """How the phone network reaches this machine, and how its people sound."""
        routes = {PUBLIC: self.platform.voice_url, MEDIA: f"ws://127.0.0.1:{self.platform.ports.voice_service}"}
        return Options(ToneVoice(), ToneVoice(), reach=Reach(routes))

    def call(
        self, *script: Step, caller: Caller | None = None, faults: StreamFaults | None = None,
        patience_s: float = 1.0, people: Mapping[str, Person] | None = None,
    ) -> CallReport:  # fmt: skip
        """Call the line, play the script, hang up."""
        who = caller or Caller(CALLER, stir="")
        [report] = self.calls([(script, faults)], caller=who, patience_s=patience_s, people=people)
        return report

    def calls(
        self, plans: Sequence[tuple[Sequence[Step], StreamFaults | None]], caller: Caller | None = None,
        patience_s: float = 1.0, people: Mapping[str, Person] | None = None,
    ) -> list[CallReport]:  # fmt: skip
        """Make several calls at once."""
        options = replace(self.options, people=people or {})
        status = Numbered(status_url=f"{PUBLIC}/voice/status")

        async def run() -> list[CallReport]:
            async with Network(options) as network:
                somebody = replace(caller or Caller(CALLER, stir=""), account=self.account, network=network)
                calls = (
                    somebody.call(
                        self.number, f"{PUBLIC}/voice/incoming", script, faults=faults, patience_s=patience_s,
                        numbered=status,
                    )
                    for script, faults in plans
                )  # fmt: skip
                return await asyncio.gather(*calls)

        return asyncio.run(run())

    def record(self, report: CallReport) -> dict[str, Any]:
        """Return the call as its owner sees it."""
        found: dict[str, Any] = self.business.admin.call("GET", f"{self.business.path}/calls/{report.sid}")
        return found


def heard(report: CallReport, source: str = "stream") -> str:
    """Return the words that the caller heard from the stream, as the tones carry them."""
    parts = [item for item in report.heard if item.source.startswith(source)]
    sound = [decode(report.ear.read(int(part.start * RATE), int(part.end * RATE) + 800)) for part in parts]
    return ToneEars().hear(np.concatenate(sound), RATE) if sound else ""
