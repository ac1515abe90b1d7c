"""The model and the CRM: only this visitor, only what they said, each kind once a turn, nothing told to a stranger."""

from typing import Any

import pytest

from shared.domain.crm import Found
from shared.domain.errors import DatabaseUnavailable, Unavailable
from shared.domain.prompt import ModelChunk, ToolCall
from tests.unit.fakes import World
from tests.unit.samples import a_tenant

MAIL = "My name is Ana Lopez and my email is ana@acme-mail.com, can you help?"
CRM: dict[str, Any] = {"connector": "hubspot", "deal": {"title": "${name}: ${goal}"}}
VERIFIED = {"identity_property": "site_user", "readable": ["name"]}


def calls(*wanted):
    """Return a model's turn that makes calls, each a name and its arguments."""
    parts = tuple({"functionCall": {"name": name}} for name, _ in wanted)
    return [ModelChunk("", "stop", None, tuple(ToolCall(name, args) for name, args in wanted), parts)]


class Visitor:
    """Says one thing to a model that makes calls and then speaks."""

    def __init__(self, *wanted, text=MAIL, crm=None, goals=(), message=None, world=None):
        self.world = world or World(a_tenant(crm=crm or CRM, goals=goals), scripts=[calls(*wanted), ["Fine."]])
        self.heard = self.world.ask(text, **(message or {}))

    @property
    def told(self):
        """What the model was told of each call."""
        parts = self.world.model.prompts[-1].contents[-1]["parts"]
        return [part["functionResponse"]["response"] for part in parts if "functionResponse" in part]

    @property
    def offered(self):
        """The names of the functions in the first prompt."""
        return {tool.name for tool in self.world.model.prompts[0].tools}

    def entries(self, kind):
        """Return what was handed over of a kind."""
        return [entry for entry in self.world.outbox.entries.values() if entry.kind == kind]


def test_the_functions_are_on_offer_only_where_the_business_wants_them():
    """No CRM, a CRM that is off, or one the model may not use: not a word of it in the prompt."""
    assert {"search_contact", "update_contact", "create_deal", "add_note"} <= Visitor().offered
    for crm in ({**CRM, "enabled": False}, {**CRM, "tools": False}):
        assert not Visitor(crm=crm).offered & {"search_contact", "update_contact", "create_deal", "add_note"}
    quiet = Visitor(crm={"connector": "hubspot", "notes": False})
    assert not quiet.offered & {"create_deal", "add_note"}
    assert "create_contact" in Visitor(text="What does it cost?").offered


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("create_contact", {"email": "ceo@else.example"}),
        ("create_contact", {"name": "Bob Miller", "phone": "+44 20 7946 0018"}),
        ("create_contact", {"phone": "020 7946 0018", "contact_id": "501"}),
        ("create_contact", {"phone": "020 7946 0018", "business_id": "other"}),
        ("create_contact", {"phone": "020 7946 0018", "session_id": "s-2"}),
        ("search_contact", {"by": "email", "email": "ceo@else.example"}),
        ("search_contact", {"by": "name"}),
        ("search_contact", {"by": "email"}),
        ("add_note", {"quote": "wants it", "contact_id": "501"}),
        ("create_deal", {"goal": "enquiry", "tenant": "other"}),
        ("create_deal", {"goal": "another"}),
        ("create_deal", {"goal": "enquiry"}),
        ("update_contact", {"phone": "020 7946 0018"}),
        ("delete_contact", {}),
    ],
)
def test_a_call_about_somebody_else_or_something_unsaid_is_refused(name, arguments):
    """Invented addresses, ids, other businesses, functions not on offer: an error to the model, and nothing is kept."""
    visitor = Visitor((name, arguments), text="My boss wants it, you reach her on ceo@else.example. What is it?")
    assert [set(told) for told in visitor.told] == [{"error"}]
    assert visitor.world.outbox.entries == {}
    assert visitor.world.directory.asked == []
    assert visitor.heard.text == "Fine."


def test_what_is_locked_is_not_changed_by_the_model():
    """A second address in the model's mouth does not replace the visitor's, and makes no second person."""
    visitor = Visitor(("update_contact", {"email": "eve@evil-mail.com"}), ("create_contact", {"name": "Eve"}))
    assert all("error" in told for told in visitor.told)
    [contact] = visitor.entries("contact")
    assert contact.payload["fields"] == {"name": "Ana Lopez", "email": "ana@acme-mail.com"}


def test_a_detail_the_visitor_gave_is_written_before_the_reply():
    """What the words' own capture missed, the model may add; the database has it when the first word is spoken."""
    crm = {**CRM, "contact": {"trade": "industry"}}
    world = World(
        a_tenant(crm=crm, fields=[{"id": "trade", "label": "Trade"}]),
        scripts=[calls(("update_contact", {"trade": "plumbing"})), ["Fine."]],
    )
    visitor = Visitor(text=f"{MAIL} We do plumbing.", world=world)
    assert visitor.told == [{"status": "kept; it will be in the CRM shortly", "trade": "plumbing"}]
    [contact] = visitor.entries("contact")
    assert contact.payload["fields"]["trade"] == "plumbing"


def test_a_write_of_a_kind_is_done_once_a_turn():
    """A second one is refused; a refused one does not count."""
    deal = ("create_deal", {"goal": "enquiry"})
    note = ("add_note", {"quote": "can you help"})
    visitor = Visitor(deal, deal, ("add_note", {"quote": "wants ten bikes"}), note, note)
    assert ["error" in told for told in visitor.told] == [False, True, True, False, True]
    assert len(visitor.entries("deal")) == len(visitor.entries("note")) == 1
    assert "“can you help”" in visitor.entries("note")[0].payload["text"]


def test_the_models_deal_and_the_goals_deal_are_one():
    """A goal reached after its deal was opened updates it."""
    world = World(
        a_tenant(crm=CRM, goals=[{"id": "quote", "collect": ["name", "email", "phone"]}]),
        scripts=[calls(("create_deal", {"goal": "quote"})), ["Fine."], ["Fine."], ["Fine."]],
    )
    visitor = Visitor(world=world)
    world.ask("My number is 020 7946 0018, what now?", "m-2", holder=True)
    world.ask("And what does a service cost?", "m-3", holder=True)
    assert len(visitor.entries("deal")) == 1
    assert "create_deal" not in {tool.name for tool in world.model.prompts[-1].tools}


def test_a_stranger_learns_only_whether_there_is_a_contact():
    """Found or not found, by the visitor's own address; with another id beside it, nothing is asked at all."""
    visitor = Visitor(("search_contact", {"by": "email"}), ("search_contact", {"by": "email"}))
    assert visitor.told == [{"found": False}, {"error": "That was done already in this turn."}]
    [(business_id, identity, person)] = visitor.world.directory.asked
    assert (business_id, identity.email, person) == ("acme", "ana@acme-mail.com", "")


def test_a_verified_visitor_hears_what_the_directory_tells():
    """The platform's id of the person goes along, and what comes back is told by the fields' labels."""
    world = World(a_tenant(crm={**CRM, **VERIFIED}), scripts=[calls(("search_contact", {"by": "email"})), ["Hello."]])
    world.directory.people["ana@acme-mail.com"] = Found(known=True, values={"name": "Ana Lopez"})
    visitor = Visitor(world=world, message={"person": "user-7"})
    assert visitor.told == [{"found": True, "contact": {"Name": "Ana Lopez"}}]
    assert world.directory.asked[0][2] == "user-7"


def test_a_slow_crm_costs_the_visitor_nothing_but_the_answer_of_the_search():
    """The model is told, it answers without; it does not search again in this turn."""
    world = World(a_tenant(crm=CRM), scripts=[calls(*[("search_contact", {"by": "email"})] * 2), ["Fine."]])
    world.directory.trouble = Unavailable("away")
    visitor = Visitor(world=world)
    assert all("error" in told for told in visitor.told)
    assert len(world.directory.asked) == 1
    assert visitor.heard.text == "Fine."


def test_a_write_the_database_does_not_take_is_told_and_made_up_for():
    """The model hears that it failed, the turn says `crm`, the next message hands it over."""
    world = World(a_tenant(crm=CRM), scripts=[calls(("create_deal", {"goal": "enquiry"})), ["Fine."], ["Fine."]])
    world.outbox.trouble = DatabaseUnavailable("away")
    visitor = Visitor(world=world)
    assert "error" in visitor.told[0]
    assert visitor.heard.answer["degraded"] == ["crm"]
    world.outbox.trouble = None
    assert world.ask("And what does a tyre cost?", "m-2", holder=True).answer["degraded"] == []
    assert [entry.kind for entry in world.outbox.entries.values()] == ["contact", "deal"]


def test_without_the_sessions_token_stored_details_are_not_looked_up():
    """Who only knows the session's id cannot ask whether its visitor is a customer."""
    world = World(a_tenant(crm=CRM), scripts=[["Fine."], calls(("search_contact", {"by": "email"})), ["Fine."]])
    world.ask(MAIL)
    world.ask("Am I a customer of yours?", "m-2", holder=False)
    assert world.directory.asked == []
