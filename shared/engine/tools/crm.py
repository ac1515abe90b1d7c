"""The CRM's functions: look the visitor up, write what the visitor gave. Nobody else's, and nothing made up.

No argument names a contact, a session or a business: those are the conversation's. A write goes where every lead goes,
through the outbox; only the look-up waits for the CRM, and not for long.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from shared.dialogue.leads import deal_goals, identity_of, reached
from shared.domain.business import BusinessConfig
from shared.domain.crm import CrmConfig, Found, Identity
from shared.domain.errors import PlatformError
from shared.engine.notebook import Notebook
from shared.engine.toolbox import Arguments, Function, Result, declared

LookUp = Callable[[CrmConfig, Identity, str], Found]
"""From the CRM, an address or a number, and the visitor's verified id ("" none), to what may be told of that person."""

MAX_QUOTES = 5
MAX_QUOTE_CHARS = 500
_KEPT = "kept; it will be in the CRM shortly"


def crm_functions(config: BusinessConfig, notebook: Notebook, look_up: LookUp) -> tuple[Function, ...]:
    """Return what fits now; nothing for a business whose model may not use its CRM."""
    crm = config.crm
    if crm is None or not (crm.enabled and crm.tools):
        return ()
    return tuple(_CrmFunctions(config, crm, notebook, look_up).on_offer())


@dataclass
class _CrmFunctions:
    """One turn's. `spent` are the kinds that were written or read already: each once a turn."""

    config: BusinessConfig
    crm: CrmConfig
    notebook: Notebook
    look_up: LookUp
    spent: set[str] = field(default_factory=set)

    def on_offer(self) -> Iterator[Function]:
        """Yield the functions that could do something in this turn."""
        dialogue = self.notebook.dialogue
        reachable = bool(identity_of(dialogue))
        yield self._search()
        unknown = [spec for name, spec in self.notebook.specs.items() if name not in dialogue.fields]
        if unknown:
            yield self._contact("update_contact" if reachable else "create_contact", {s.id: s.label for s in unknown})
        goals = self._open_deals()
        if goals:
            yield self._deal(goals)
        if self.crm.notes and len(dialogue.crm.quotes) < MAX_QUOTES:
            yield self._note()

    def _search(self) -> Function:
        tool = declared(
            "search_contact",
            "Look up whether the business knows this visitor already, by the address or number the visitor gave.",
            {"by": {"enum": ["email", "phone"]}},
            ("by",),
        )
        return Function(tool, lambda arguments: self._once("search", self._found, arguments))

    def _contact(self, name: str, labels: dict[str, str]) -> Function:
        does = "Add to this visitor's contact" if name == "update_contact" else "Make a contact of this visitor"
        tool = declared(
            name,
            f"{does} in the CRM, with details the visitor gave about themselves, in their own words. What the "
            "conversation knows already goes there by itself; nobody else's details, nothing the visitor did not say.",
            {key: {"description": label} for key, label in labels.items()},
        )
        return Function(tool, lambda arguments: self._once("contact", self._write_contact, arguments))

    def _deal(self, goals: list[str]) -> Function:
        tool = declared(
            "create_deal",
            "Open a deal for this visitor when they clearly want to buy or get an offer. Once.",
            {"goal": {"enum": goals}},
            ("goal",),
        )
        return Function(tool, lambda arguments: self._once("deal", self._write_deal, arguments))

    def _note(self) -> Function:
        tool = declared(
            "add_note",
            "Leave a note on this visitor's contact with something the team must know, quoted from the visitor.",
            {"quote": {"description": "the visitor's own words, copied"}},
            ("quote",),
        )
        return Function(tool, lambda arguments: self._once("note", self._write_note, arguments))

    def _once(self, kind: str, run: Callable[[Arguments], Result], arguments: Arguments) -> Result:
        """Let one call of a kind succeed in a turn."""
        if kind in self.spent:
            return {"error": "That was done already in this turn."}
        result = run(arguments)
        if "error" not in result:
            self.spent.add(kind)
        return result

    def _found(self, arguments: Arguments) -> Result:
        by, dialogue = arguments["by"], self.notebook.dialogue
        known = dialogue.fields.get(by)
        if known is None or not self.notebook.scene.may_say(known.message_id):
            return {"error": f"The visitor has given no {by} yet."}
        self.spent.add("search")  # also one that fails: the visitor waits for a slow CRM once
        try:
            found = self.look_up(self.crm, Identity(**{by: known.value}), dialogue.person)
        except PlatformError:
            return {"error": "The CRM did not answer in time. Answer without it."}
        if not found.values:
            return {"found": found.known}
        labels = {name: spec.label for name, spec in self.notebook.specs.items()}
        return {"found": True, "contact": {labels.get(name, name): value for name, value in found.values.items()}}

    def _write_contact(self, arguments: Arguments) -> Result:
        noted: dict[str, Any] = {}
        for name, value in arguments.items():
            given, problem = self.notebook.note(name, value)
            if given is None:
                return {"error": problem}
            noted[name] = given.shown
        if not noted:
            return {"error": "There is nothing to write."}
        missing = self._unreachable()
        return {"error": missing} if missing else {"status": _KEPT, **noted}

    def _write_deal(self, arguments: Arguments) -> Result:
        missing = self._unreachable()
        if missing:
            return {"error": missing}
        link = self.notebook.dialogue.crm
        self.notebook.ask_of_crm(replace(link, deals=(*link.deals, arguments["goal"])))
        return {"status": _KEPT}

    def _write_note(self, arguments: Arguments) -> Result:
        quote = " ".join(arguments["quote"].split())[:MAX_QUOTE_CHARS]
        missing = self._unreachable()
        if missing:
            return {"error": missing}
        if not self.notebook.has_said(quote):
            return {"error": "Those are not the visitor's own words."}
        link = self.notebook.dialogue.crm
        quotes = {**link.quotes, self.notebook.scene.message.message_id: quote}
        self.notebook.ask_of_crm(replace(link, quotes=quotes))
        return {"status": _KEPT}

    def _unreachable(self) -> str:
        known = identity_of(self.notebook.dialogue)
        return "" if known else "An e-mail address or a phone number of the visitor is needed first."

    def _open_deals(self) -> list[str]:
        """Return the goals a deal can be opened for; one that was reached has its deal already."""
        dialogue = self.notebook.dialogue
        made = {*dialogue.crm.deals, *(goal.id for goal in reached(self.config.goals, dialogue))}
        return [name for name in deal_goals(self.config) if name not in made]
