"""A simulated caller: the one thing most tests need."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.twilio.accounts import MAIN, Account
from local.twilio.flow import Document, Goto
from local.twilio.leg import Numbered, Parties
from local.twilio.network import Network, Plan
from local.twilio.options import StreamFaults
from local.twilio.report import CallReport
from local.twilio.script import Step


@dataclass(frozen=True)
class Caller:
    """Somebody with a telephone. `account` owns the number that is called. Without a network each call has its own.

    stir: StirVerstat; "" leaves it out, as often on forwarded calls.
    """

    number: str
    account: Account = MAIN
    network: Network | None = None
    stir: str = "TN-Validation-Passed-A"
    forwarded_from: str = ""
    caller_name: str = ""

    async def call(
        self, to: str, webhook_url: str = "", script: Sequence[Step] = (), *, numbered: Numbered | None = None,
        faults: StreamFaults | None = None, signing: str = "good", patience_s: float = 30.0, twiml: str = "",
    ) -> CallReport:  # fmt: skip
        """Call a number, play the script, and return how it was when both have hung up.

        Args:
            to: the number called.
            webhook_url: its voice_url; without it the network's switchboard must know the number.
            script: what the caller does once the call is answered.
            numbered: the number's fallback and status callback.
            faults: what goes wrong with the call's streams.
            signing: of webhooks: good, forged, missing.
            patience_s: after the script the caller hangs up when the bot has not within that time.
            twiml: TwiML to begin with in place of an address, as an attacker of the stream's socket would.
        """
        parties = Parties(
            self.number, to, stir=self.stir, forwarded_from=self.forwarded_from, caller_name=self.caller_name
        )
        first = Document(twiml.encode()) if twiml else Goto(webhook_url) if webhook_url else None
        plan = Plan(
            self.account, parties, first, script, numbered or Numbered(), faults or StreamFaults(), signing, patience_s
        )
        if self.network:
            return await self.network.call(plan)
        async with Network() as network:
            return await network.call(plan)
