"""What a model may do with a call: put the caller through, text them a link, hang up. Numbers are never its choice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.cta import CtaNode
from shared.domain.errors import PlatformError
from shared.domain.tenant import Tenant
from shared.domain.voice import VoiceConfig
from shared.engine.toolbox import Arguments, Function, Result, declared

MAX_TEXTS = 3
CONVERSATION = "conversation"
NOBODY = (
    "Nobody can come to the phone now; the team has been told. Offer to take a message: name, number, what it is about."
)


@dataclass
class PhoneFunctions:
    """The functions of one call, and what they decided.

    Args:
        tenant: the business.
        phone: its line.
        is_open: whether it is open now; None: it has no hours.
        text: sends a text to the caller's own number.
        link: where the conversation goes on in a browser, "" nowhere.
        call_team: tells the team that somebody wants them, and why.
    """

    tenant: Tenant
    phone: VoiceConfig
    is_open: bool | None
    text: Callable[[str], object]
    link: Callable[[], str]
    call_team: Callable[[str], None]
    ending: Mapping[str, Any] | None = None
    texted: list[str] = field(default_factory=list)

    def on_offer(self) -> tuple[Function, ...]:
        """Return what this line can do."""
        return (*self._send_link(), self._transfer(), self._end())

    @property
    def can_transfer(self) -> bool:
        """Whether a person can be reached now."""
        transfer = self.phone.transfer
        return transfer is not None and (transfer.always or self.is_open is not False)

    def _send_link(self) -> tuple[Function, ...]:
        nodes = {node.id: node for node in self.tenant.config.ctas() if node.kind == "link" and node.url}
        if not self.phone.text_links:
            return ()

        def run(arguments: Arguments) -> Result:
            if len(self.texted) >= MAX_TEXTS:
                return {"error": "Enough texts were sent in this call."}
            url, label = self._target(nodes, arguments["id"])
            if not url:
                return {"error": "There is no such link."}
            try:
                self.text(f"{self.tenant.config.name}: {label} {url}")
            except PlatformError:
                return {"error": "The text could not be sent. Say so."}
            self.texted.append(arguments["id"])
            return {"status": "sent to the number the caller calls from"}

        offers = "; ".join(f"{node.id}: {node.label}" for node in nodes.values())
        tool = declared(
            "send_link",
            "Text a link to the caller, after they said yes to it. Offer it in words (“shall I text you the link?”). "
            f"{CONVERSATION}: to go on in writing. {offers}",
            {"id": {"enum": [*nodes, CONVERSATION]}},
            ("id",),
        )
        return (Function(tool, run),)

    def _target(self, nodes: Mapping[str, CtaNode], id_: str) -> tuple[str, str]:
        if id_ == CONVERSATION:
            return self.link(), "go on with our conversation here:"
        node = nodes.get(id_)
        return (node.url or "", f"{node.label}:") if node else ("", "")

    def _transfer(self) -> Function:
        def run(arguments: Arguments) -> Result:
            if not self.can_transfer:
                self.call_team(arguments["reason"])
                return {"error": NOBODY}
            self.ending = {"do": "transfer", "reason": arguments["reason"][:300]}
            return {"status": "Tell the caller in one short sentence that you put them through."}

        tool = declared(
            "transfer_to_person",
            f"Put the caller through to a person of {self.tenant.config.name}, when they ask for one or are upset.",
            {"reason": {"description": "why, in a few words, for the person who takes over"}},
            ("reason",),
        )
        return Function(tool, run)

    def _end(self) -> Function:
        def run(_arguments: Arguments) -> Result:
            self.ending = {"do": "hang_up"}
            return {"status": "Say goodbye in one short sentence."}

        tool = declared("end_call", "Hang up, when the caller has said goodbye or wants nothing more.", {})
        return Function(tool, run)
