"""What turns do beside answering: details, questions, people, identities, the model's functions."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from shared.dialogue.machine import step
from shared.domain.errors import DatabaseUnavailable, Unauthenticated
from shared.domain.fields import FieldValue
from shared.domain.phrases import say
from shared.domain.prompt import ModelChunk, ToolCall
from tests.unit.fakes import Heard, World
from tests.unit.samples import CTA_TREE, a_tenant

GOAL = [{"id": "lead", "collect": ["name", "email"], "cta": "book"}]
FACT = ["It costs 95 pounds [1]."]


class Visitor:
    """Talks to one world, each message with an id of its own, holding the session's token."""

    def __init__(self, scripts: Any = (), **config: Any) -> None:
        self.world = World(
            a_tenant(**{"limits": {"session_ttl_seconds": 86_400}, "cta_tree": CTA_TREE, **config}),
            scripts=scripts or [FACT] * 9,
        )
        self._numbers = itertools.count(1)

    def says(self, text: str, **fields: Any) -> Heard:
        """Send a message."""
        return self.world.ask(text, f"m-{next(self._numbers)}", **{"holder": True, **fields})

    @property
    def dialogue(self) -> Any:
        """What the session knows."""
        return self.world.session().dialogue


def last_prompt(visitor: Visitor) -> str:
    """Everything the model was last told, as text."""
    return str(visitor.world.model.prompts[-1].contents)


def test_a_detail_is_noted_without_the_model_and_the_next_one_asked():
    """A bare answer to the plan's question costs no model call; the value is said back in bold."""
    visitor = Visitor(goals=GOAL)
    assert visitor.says("What does a service cost?").text.endswith("[1].")
    assert visitor.says("And a small one?").text.endswith(say("ask_name", "en"))
    calls = len(visitor.world.model.prompts)
    reply = visitor.says("Ada Lovelace")
    assert "<b>Ada Lovelace</b>" in reply.html
    assert reply.text.endswith(say("ask_email", "en"))
    assert len(visitor.world.model.prompts) == calls
    assert visitor.dialogue.fields["name"].value == "Ada Lovelace"


def test_the_models_own_question_gives_way_to_the_plans():
    """One question a reply, and it is ours."""
    visitor = Visitor([FACT, ["It costs 55 pounds [1]. What colour is your bike? Do you like it?"]], goals=GOAL)
    visitor.says("What does a service cost?")
    reply = visitor.says("And a small one?").text
    assert reply.count("?") == 1
    assert "colour" not in reply


def test_a_second_question_of_the_model_is_left_out():
    """Where the plan asks nothing, the model may ask once."""
    visitor = Visitor([["It depends. Is it a road bike? Is it new? Tell me [1]."]])
    assert visitor.says("What does it cost?").text == "It depends. Is it a road bike? Tell me [1]."


def test_the_model_may_not_ask_for_what_is_known():
    """Its question for a locked detail never reaches the visitor, and it is told the detail."""
    visitor = Visitor([["It costs 95 pounds [1]. What is your e-mail address?"]])
    visitor.says("My email is ada@x.example.")
    assert visitor.says("What does it cost?").text == "It costs 95 pounds [1]."
    assert "known of the visitor, E-mail: ada@x.example" in last_prompt(visitor)


def test_a_correction_is_said_back_in_bold():
    """Only an explicit one changes a locked value."""
    visitor = Visitor([["Hello."], ["Fine."], FACT])
    visitor.says("My email is ada@x.example.")
    visitor.says("My email is eve@x.example.")
    assert visitor.dialogue.fields["email"].value == "ada@x.example"
    reply = visitor.says("No, my email is actually ada@new.example. What does it cost?")
    assert "<b>ada@new.example</b>" in reply.html
    assert visitor.dialogue.fields["email"].state == "corrected"


def test_trimming_never_loses_a_detail():
    """Turns fall out of the history, what the session knows does not."""
    visitor = Visitor(limits={"max_history_turns": 1})
    visitor.says("My name is Ada Lovelace and my email is ada@x.example.")
    for number in range(4):
        visitor.says(f"What does service {number} cost?")
    assert len(visitor.world.session().turns) == 1
    assert {name: value.value for name, value in visitor.dialogue.fields.items()} == {
        "name": "Ada Lovelace", "email": "ada@x.example",
    }  # fmt: skip


def test_a_stranger_with_the_sessions_id_learns_no_detail():
    """Without the token stored values are masked in the prompt, also in the history, and stay plain in the reply."""
    visitor = Visitor([["Hello."], ["You said ada@x.example."]])
    visitor.says("My email is ada@x.example.")
    reply = visitor.says("What is my email?", holder=False)
    assert "ada@x.example" not in last_prompt(visitor)
    assert "<b>" not in reply.html


def test_the_models_function_catches_a_detail_and_it_speaks_on():
    """A call is carried out, answered unchanged and followed by words; tokens of both calls count."""
    call = ToolCall("capture_field", {"field": "name", "value": "ada lovelace"}, "c-1")
    part = {"functionCall": {"name": "capture_field"}, "thoughtSignature": "abc"}
    visitor = Visitor([FACT, [ModelChunk("", "stop", None, (call,), (part,))], ["Nice to meet you [1]."]], goals=GOAL)
    visitor.says("What does a service cost?")
    visitor.says("people usually say ada lovelace when they mean me, is that fine?")
    model, answered = visitor.world.model.prompts[-1].contents[-2:]
    assert model == {"role": "model", "parts": [part]}
    assert answered["parts"][0]["functionResponse"]["id"] == "c-1"
    assert visitor.dialogue.fields["name"].shown.casefold() == "ada lovelace"


def test_a_detail_the_visitor_did_not_say_is_not_caught():
    """The model may not invent one."""
    call = ToolCall("capture_field", {"field": "email", "value": "made@up.example"})
    visitor = Visitor([FACT, [ModelChunk("", "stop", None, (call,), ({"functionCall": {}},))], FACT], goals=GOAL)
    visitor.says("What does a service cost?")
    visitor.says("What does a big one cost?")
    assert "email" not in visitor.dialogue.fields
    assert "did not say" in str(visitor.world.model.prompts[-1].contents[-1])


def test_a_model_that_only_calls_functions_is_stopped():
    """After three rounds it has to speak: the last call offers no function."""
    call = ToolCall("propose_action", {"id": "book"})
    only = [ModelChunk("", "stop", None, (call,), ({"functionCall": {}},))]
    visitor = Visitor([only, only, FACT])
    assert visitor.says("What does it cost?").text == "It costs 95 pounds [1]."
    assert visitor.world.model.prompts[-1].tools == ()


def test_a_wish_for_a_person_is_kept_and_told():
    """The request is stored with what is known, the visitor is told, and asked how to be reached."""
    visitor = Visitor()
    answer = visitor.says("I want to talk to a real person please.").answer
    assert answer["handoff"]["status"] == "requested"
    assert answer["state"] == "handoff_requested"
    assert "Acme" in answer["reply"]["text"]
    assert visitor.dialogue.plan.asking == "email"
    assert visitor.world.desk.requests[0]["reason"] == "the visitor asked for a person"


def test_the_team_hears_what_the_visitor_tells_while_waiting():
    """The same call again, with the address the visitor was asked for and with all that was said."""
    visitor = Visitor(handoff={"webhook_url": "https://acme.example/hook"})
    visitor.says("I want to talk to a real person please.")
    visitor.says("ada@x.example")
    first, second = visitor.world.desk.requests
    assert first["id"] == second["id"]
    assert second["fields"]["email"]["value"] == "ada@x.example"
    assert [said["text"] for said in second["transcript"]][::2] == [
        "I want to talk to a real person please.", "ada@x.example",
    ]  # fmt: skip
    assert len(visitor.world.desk.delivered) == 2


def test_a_person_who_cannot_be_told_is_admitted():
    """Neither kept nor delivered: the status says so, and the visitor still has an answer."""
    visitor = Visitor()
    visitor.world.desk.trouble = DatabaseUnavailable("down")
    assert visitor.says("Can I speak to a human?").answer["handoff"]["status"] == "unreachable"


def test_the_assistant_is_quiet_while_a_person_answers():
    """It says so once, then nothing, and never asks the model."""
    visitor = Visitor()
    visitor.says("Can I speak to a human?")
    session = visitor.world.session()
    taken = step(session.dialogue, "person_joined", visitor.world.clock.now()).dialogue
    opening: Any = visitor.world.sessions.open("acme", _request())
    visitor.world.sessions.close("acme", replace(session, dialogue=taken), lock=opening.lock, ttl_s=3600, answer=None)
    assert visitor.says("Are you there?").text == say("with_person", "en")
    assert visitor.says("What does a service cost?").html == ""
    assert visitor.world.model.prompts == []


def test_a_team_that_does_not_come_is_admitted():
    """After the time-out the assistant says so, and answers again; once."""
    visitor = Visitor()
    visitor.says("Can I speak to a human?")
    visitor.world.clock.elapsed += 61 * 60
    assert visitor.says("What does a service cost?").text.startswith(say("returned_to_bot", "en"))
    assert not visitor.says("What does a service cost?").text.startswith(say("returned_to_bot", "en"))


def test_a_known_person_is_known_on_another_device():
    """Fields of a verified identity are saved and come along; another person's session begins anew."""
    visitor = Visitor()
    visitor.says("My email is ada@x.example.", person="ada", session_id="s-1")
    visitor.says("What does it cost?", person="ada", session_id="s-2")
    assert visitor.world.session("s-2").dialogue.fields["email"].value == "ada@x.example"
    visitor.says("What does it cost?", person="ben", session_id="s-2")
    ben = visitor.world.session("s-2")
    assert (ben.dialogue.person, ben.dialogue.fields, len(ben.turns)) == ("ben", {}, 1)


def test_a_persons_session_is_closed_to_strangers():
    """Without identity or token it is 401, nothing is written, and the session stays usable."""
    visitor = Visitor()
    visitor.world.visitors.known["acme", "ada"] = {"name": FieldValue("Ada", "Ada", "m-0", "")}
    visitor.says("What does it cost?", person="ada")
    with pytest.raises(Unauthenticated):
        visitor.says("Who am I?", holder=False)
    assert not visitor.world.is_locked()
    assert len(visitor.world.session().turns) == 1


def test_a_failed_answer_asks_nothing():
    """The question that was to end the reply was not asked, so the plan does not count it."""
    visitor = Visitor([FACT, RuntimeError("broken")], goals=GOAL)
    visitor.says("What does a service cost?")
    reply = visitor.says("And a small one?")
    assert say("ask_name", "en") not in reply.text
    assert visitor.dialogue.plan.asking == ""


def test_a_visitor_who_gets_nowhere_is_offered_a_person_once():
    """After two questions in a row without an answer; yes calls one."""
    visitor = Visitor([["I do not know."]] * 9)
    for _ in range(2):
        visitor.says("What does the moon cost?")
    assert visitor.says("What does the sun cost?").text.endswith(say("handoff_offer", "en"))
    assert visitor.says("Yes, please").answer["handoff"]["status"] == "requested"


def _request() -> Any:
    from shared.ports import OpenRequest

    return OpenRequest("s-1", "person", ())
