"""A phone call's conversation: the chat's own stages around a model that hears the caller first."""

from typing import Any

from shared.domain.errors import StorageUnavailable, Unavailable
from shared.domain.events import Gap
from shared.domain.fields import FieldValue
from shared.domain.prompt import ToolCall
from shared.engine.telephone import Caller, Telephone
from tests.unit.fakes import World
from tests.unit.samples import CTA_TREE, a_tenant

NUMBER = "+447700900123"
MAIL = "My name is Ana Lopez and my email is ana at acme dash mail dot com"
TRANSFER = {"number": "+442079461111", "always": True}


class Line:
    """A call to a business; `texts` is what was sent to the caller."""

    def __init__(self, verified: bool = False, voice: Any = None, world: World | None = None, **config: Any) -> None:
        tenant = a_tenant(voice={"number": "+442079460000", **(voice or {})}, **config)
        self.world = world or World(tenant)
        self.texts: list[str] = []
        caller = Caller("CA1", NUMBER, "call-CA1", verified=verified)
        phone = tenant.config.voice
        assert phone is not None
        self.telephone = Telephone(
            tenant, phone, caller, self.world.ports, self.texts.append, lambda: "https://x/#chat"
        )

    def calls(self, name: str, words: str = "", **arguments: str) -> Any:
        """Let the model call a function; return what came of it."""
        return self.telephone.run(ToolCall(name, dict(arguments)), words)

    @property
    def session(self) -> Any:
        """The call's session."""
        return self.world.session("call-CA1")


def test_the_model_is_told_what_the_call_is_about():
    """Rules of speaking, facts, hours and goals; what was said already; every function of the line."""
    line = Line(goals=[{"id": "quote", "collect": ["name", "email"]}], cta_tree=CTA_TREE, voice={"transfer": TRANSFER})
    instruction, tools = line.telephone.opening("Hello, this is Acme.")
    for part in ("on the phone", "search_knowledge", "Hello, this is Acme.", "“quote”: Name, E-mail", "now: "):
        assert part in instruction
    assert {tool.name for tool in tools} == {
        "search_knowledge", "capture_field", "send_link", "transfer_to_person", "end_call",
    }  # fmt: skip


def test_knowledge_is_searched_by_the_chats_own_retrieval():
    """Passages with numbers and titles for the model, sources for the transcript; the session is not touched."""
    line = Line()
    outcome = line.calls("search_knowledge", "what does it cost", query="price of a full service")
    assert outcome.result["passages"][0]["text"] == "A full service costs 95 pounds."
    assert outcome.note.startswith("sources: ")
    assert line.world.model.embedded == [["price of a full service"]]
    assert line.world.sessions.read("acme", "call-CA1") is None


def test_the_index_is_there_before_the_first_question():
    """Loading it is tried ahead; that it fails then is nobody's trouble."""
    line = Line()
    line.telephone.prepare()
    assert line.world.knowledge.asked == [("acme", None, True)]
    away = World(a_tenant(), knowledge_trouble=StorageUnavailable("away"))
    Line(world=away).telephone.prepare()


def test_details_are_caught_as_they_are_spoken_and_read_back():
    """The model's call is checked against the caller's words, and an address is spelled sign by sign."""
    line = Line()
    outcome = line.calls("capture_field", MAIL, field="email", value="ana@acme-mail.com")
    assert outcome.result["noted"] == "ana@acme-mail.com"
    assert "a, n, a, at, a, c, m, e, dash" in outcome.result["message"]
    assert line.session.dialogue.fields["email"].value == "ana@acme-mail.com"
    assert "error" in line.calls("capture_field", MAIL, field="email", value="eve@evil.com").result


def test_an_exchange_is_a_turn_like_any_other():
    """Question and heard answer are in the session under the voice channel; details, goals and leads follow."""
    line = Line(
        crm={"connector": "hubspot", "deal": {"title": "x"}}, goals=[{"id": "quote", "collect": ["name", "email"]}]
    )
    line.calls("search_knowledge", query="price")
    line.telephone.exchange("What does it cost?", "It costs 95 pounds.")
    line.telephone.exchange(MAIL, "Thank you.")
    assert [turn.answer for turn in line.session.turns] == ["It costs 95 pounds.", "Thank you."]
    assert line.session.channel == "voice"
    assert {entry.kind for entry in line.world.outbox.entries.values()} >= {"contact", "deal"}
    summary, fields = line.telephone.close()
    assert fields == {"name": "Ana Lopez", "email": "ana@acme-mail.com"}
    assert "Ana Lopez called" in summary
    notes = [entry for entry in line.world.outbox.entries.values() if entry.kind == "note"]
    assert any(entry.payload["text"] == summary for entry in notes)


def test_what_a_caller_asked_in_vain_is_kept_as_the_model_searched_for_it():
    """Under the vector of that search; the next exchange, without a search, has its words alone."""
    line = Line()
    line.world.index.likelihood = 0.01
    line.calls("search_knowledge", query="electric scooter repair")
    line.telephone.exchange("Uh, those scooters, electric ones, do you repair them?", "I am afraid I do not know.")
    line.telephone.exchange("And do you rent out tandems?", "I do not know that either.")
    searched, unsearched = [talk.gap for talk in line.world.journal.talks]
    assert searched is not None
    assert (searched.question, searched.space, len(searched.vector)) == ("electric scooter repair", "fake/2", 4)
    assert unsearched == Gap("And do you rent out tandems?")
    assert len(line.world.model.embedded) == 1


def test_what_was_said_before_an_answer_is_kept_without_one():
    """A caller who hangs up, and a greeting nobody answered."""
    line = Line()
    line.telephone.exchange("", "Are you there?")
    line.telephone.exchange("Hello?", "")
    assert [(turn.question, turn.answer) for turn in line.session.turns] == [("", "Are you there?"), ("Hello?", "")]


def test_a_wish_for_a_person_ends_in_a_transfer_or_a_call_for_the_team():
    """By the caller's words or the model's function; where nobody can be reached the team is told and the model too."""
    through = Line(voice={"transfer": TRANSFER})
    assert through.calls("transfer_to_person", reason="upset").ending == {"do": "transfer", "reason": "upset"}
    ending = through.telephone.exchange("I want to talk to a real person please.", "Of course.").ending
    assert ending is not None
    assert ending["do"] == "transfer"
    nobody = Line()
    outcome = nobody.calls("transfer_to_person", "please", reason="a complaint")
    assert (outcome.ending, "message" in outcome.result["error"]) == (None, True)
    assert nobody.world.desk.requests[0]["reason"] == "a complaint"


def test_rules_have_their_effect_on_the_phone():
    """One that calls a person does so; tags stay in the session."""
    rule = {
        "id": "legal",
        "when": "true",
        "then": [{"do": "handoff", "reason": "legal"}, {"do": "tag", "tag": "law"}],
    }
    line = Line(voice={"transfer": TRANSFER}, rules=[rule])
    assert line.telephone.exchange("I'll call my lawyer", "I see.").ending == {"do": "transfer", "reason": "legal"}
    assert line.session.dialogue.tags == ("law",)


def test_links_are_texted_to_the_caller_alone():
    """Only configured ones, three at most, never to a number the model names; a failed text is told."""
    line = Line(cta_tree=[{"id": "book", "label": "Book", "kind": "link", "url": "https://acme.example/book"}])
    assert line.calls("send_link", id="book").result == {"status": "sent to the number the caller calls from"}
    assert "error" in line.calls("send_link", id="book", to="+15550100").result
    assert "error" in line.calls("send_link", id="https://evil.example").result
    line.calls("send_link", id="conversation")
    assert line.texts == [
        "Acme: Book: https://acme.example/book", "Acme: go on with our conversation here: https://x/#chat",
    ]  # fmt: skip
    line.calls("send_link", id="book")
    assert "error" in line.calls("send_link", id="book").result

    def fails(_text: str) -> None:
        raise Unavailable("away")

    broken = Line(cta_tree=[{"id": "book", "label": "Book", "kind": "link", "url": "https://acme.example/book"}])
    broken.telephone.send_text = fails
    assert "error" in broken.calls("send_link", id="book").result


def test_only_a_number_the_network_vouches_for_is_remembered():
    """What a verified caller told is known in their next call; anybody else's number brings nothing."""
    known = {f"tel:{NUMBER}": {"name": FieldValue("Ana Lopez", "Ana Lopez", "m", "2026-11-01T00:00:00+00:00")}}
    for verified in (True, False):
        line = Line(verified=verified)
        line.world.visitors.known.update({("acme", person): fields for person, fields in known.items()})
        instruction, _ = line.telephone.opening("Hello.")
        assert ("Ana Lopez" in instruction) is verified
        line.telephone.exchange("my email is ana@acme-mail.com", "Thanks.")
        assert ("email" in line.world.visitors.known["acme", f"tel:{NUMBER}"]) is verified


def test_goodbye_hangs_up_and_what_fails_is_told():
    """A function that is not there, a session that cannot be held: an error for the model, the call goes on."""
    line = Line()
    assert line.calls("end_call").ending == {"do": "hang_up"}
    assert "error" in line.calls("book_appointment").result
    assert line.telephone.close() == ("", {})
