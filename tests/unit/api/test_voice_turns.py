"""Turn by turn: the chat's engine hears and answers, in the time a phone has."""

import threading

import pytest

from shared.api.voice.answers import Heard
from shared.domain.errors import ModelUnavailable, Unavailable
from shared.domain.fields import FieldValue
from shared.domain.message import Message
from tests.unit.api.phone_desk import CALL, CALLER, PUBLIC, TEAM, Desk
from tests.unit.fakes import World
from tests.unit.samples import a_tenant

DOWN = ModelUnavailable("down", transient=False, reason="down")
LINK = {"id": "book", "label": "Book a service", "kind": "link", "url": "https://acme.example/book"}
STILL_THERE = "I'm sorry, I did not hear anything. What can I do for you?"
ANYTHING = "Is there anything else I can help you with?"


def scripted(*replies, **config) -> Desk:
    """Return a line whose model gives these replies."""
    voice = {"number": "+441632960001", "mode": "turns", **config.pop("voice", {})}
    tenant = a_tenant(voice=voice, **config)
    return Desk(
        World(tenant=tenant, scripts=[reply if isinstance(reply, Exception) else (reply,) for reply in replies])
    )


def test_a_question_is_answered_by_the_chats_engine():
    """Knowledge, history and session are the chat's; citations are not spoken; both are in the transcript."""
    desk = scripted("It costs 95 pounds [1].", "On Monday [2].")
    first = desk.say(desk.ring(), "What does a service cost?")
    assert (first.verbs, first.heard) == (["Gather"], ["It costs 95 pounds."])
    second = desk.say(first, "And when?", Confidence="0.8")
    assert second.heard == ["On Monday."]
    session = desk.session()
    assert (session.channel, [turn.question for turn in session.turns]) == (
        "voice",
        ["What does a service cost?", "And when?"],
    )
    assert desk.said[1:] == [
        ("caller", "What does a service cost?"), ("assistant", "It costs 95 pounds."), ("caller", "And when?"),
        ("assistant", "On Monday."),
    ]  # fmt: skip


def test_a_repeated_webhook_asks_the_model_once():
    """The same turn again: the first answer again, and the transcript has it once."""
    desk = scripted("It costs 95 pounds.")
    ring = desk.ring()
    heard = [desk.say(ring, "What does a service cost?").heard for _ in range(2)]
    assert heard == [["It costs 95 pounds."]] * 2
    assert len(desk.world.model.prompts) == 1
    assert [who for who, _ in desk.said] == ["assistant", "caller", "assistant"]


def test_callers_meet_no_chat_limit():
    """Calls have limits of their own: more turns than messages a minute."""
    limits = {"rate_limit": "1/minute", "address_rate_limit": "1/minute"}
    desk = scripted(*["Yes [1]."] * 4, limits=limits)
    twiml = desk.ring()
    for number in range(4):
        twiml = desk.say(twiml, f"Is this question number {number}?")
        assert twiml.heard == ["Yes."]


def test_silence_is_asked_about_once():
    """Then goodbye. Any words in between begin anew."""
    desk = scripted("Yes.")
    first = desk.say(desk.ring(), "")
    assert (first.heard, first.verbs) == ([STILL_THERE], ["Gather"])
    assert first.one("Gather").attrib["timeout"] == "12"  # until the end of the line's patience
    last = desk.say(first, "")
    assert (last.verbs, last.heard) == (["Hangup"], ["Thank you for your call. Goodbye."])
    spoken = desk.say(first, "Are you open?")
    assert desk.say(spoken, "").verbs == ["Gather"]


def test_a_goodbye_ends_the_call():
    """Set words of leave: the reply is said, and that was it."""
    desk = scripted("Goodbye!")
    twiml = desk.say(desk.ring(), "Thank you, goodbye.")
    assert twiml.verbs == ["Hangup"]
    assert twiml.heard != []


def test_typed_digits_are_words():
    """A number typed into the phone is the caller's message."""
    desk = scripted("Noted.")
    desk.follow(desk.ring(), Digits="4711", SpeechResult="")
    assert ("caller", "4711") in desk.said


def test_the_longest_call_ends():
    """After the line's minutes a sentence and the end, without asking the model."""
    desk = scripted(voice={"limits": {"minutes_per_call": 5}})
    ring = desk.ring()
    desk.world.clock.elapsed = 5 * 60 + 1
    assert desk.say(ring, "And another thing?").verbs == ["Hangup"]
    assert desk.world.model.prompts == []


def test_who_hung_up_is_not_answered():
    """Twilio asks once more when the caller is gone: no model, no sound."""
    desk = scripted()
    ring, made = desk.ring(), len(desk.recordings.made)
    assert desk.say(ring, "Hello?", CallStatus="completed").verbs == []
    assert (desk.world.model.prompts, len(desk.recordings.made)) == ([], made)


@pytest.mark.parametrize("planned", [None, {"do": "turns"}, {"do": "something new"}], ids=str)
def test_after_a_lost_stream_turns_go_on(planned):
    """The stream ended for whatever reason: sorry, and the conversation goes on turn by turn."""
    desk = scripted("Yes.", voice={"mode": "live"})
    desk.ring()
    if planned:
        desk.calls.plan_next("acme", CALL, planned)
    twiml = desk.ask("/voice/fallback")
    assert (twiml.verbs, twiml.heard) == (["Gather"], ["I'm sorry for the interruption. What can I do for you?"])
    assert desk.call.status == "live"
    assert desk.say(twiml, "Are you open?").heard == ["Yes."]


def test_after_a_stream_what_was_planned_is_done():
    """The end, or another stream with a token of its own; once."""
    desk = scripted(voice={"mode": "live"})
    token = desk.ring().one("Parameter").attrib["value"]
    desk.calls.plan_next("acme", CALL, {"do": "resume"})
    resumed = desk.ask("/voice/fallback")
    assert (resumed.verbs, resumed.heard) == (["Connect"], [])
    assert resumed.one("Parameter").attrib["value"] != token
    desk.calls.plan_next("acme", CALL, {"do": "hang_up"})
    assert desk.ask("/voice/fallback").verbs == ["Hangup"]
    assert desk.ask("/voice/fallback").verbs == ["Gather"]


def test_two_stretches_of_turns_do_not_share_answers():
    """Turns, a stream, turns again: the first words of the second stretch are a new message."""
    desk = scripted("One.", "Two.")
    assert desk.say(desk.ring(), "Are you open?").heard == ["One."]
    assert desk.say(desk.ask("/voice/fallback"), "Are you open?").heard == ["Two."]
    assert len(desk.session().turns) == 2


def test_a_verified_caller_is_remembered():
    """Only the first webhook tells that the network vouches for the number; later turns keep to it."""
    desk = scripted("Hello Ana.", "Yes.")
    desk.world.visitors.known["acme", f"tel:{CALLER}"] = {
        "name": FieldValue("Ana", "Ana", "m", "2026-11-01T00:00:00+00:00")
    }
    first = desk.say(desk.ring(StirVerstat="TN-Validation-Passed-A"), "Do you know me?")
    desk.say(first, "Are you open?")
    session = desk.session()
    assert (session.dialogue.person, session.dialogue.fields["name"].value) == (f"tel:{CALLER}", "Ana")
    assert len(session.turns) == 2


def test_a_number_anybody_could_pretend_to_have_is_not():
    """Without the network's word nothing known of the number is told or used, whatever a later webhook says."""
    desk = scripted("Hello.", "Yes.")
    desk.world.visitors.known["acme", f"tel:{CALLER}"] = {
        "name": FieldValue("Ana", "Ana", "m", "2026-11-01T00:00:00+00:00")
    }
    first = desk.say(desk.ring(), "Do you know me?")
    desk.say(first, "Are you open?", StirVerstat="TN-Validation-Passed-A")
    session = desk.session()
    assert (session.dialogue.person, dict(session.dialogue.fields), len(session.turns)) == ("", {}, 2)


# -- links ----------------------------------------------------------------------------------------------------------


def test_a_link_is_offered_and_texted_after_a_yes():
    """In words, once; the text goes to the number that calls."""
    desk = scripted("It costs 95 pounds.", "Until six.", cta_tree=[LINK])
    offered = desk.say(desk.ring(), "What does a service cost?")
    assert offered.heard == ["It costs 95 pounds.", "Shall I text you the link: Book a service?"]
    texted = desk.say(offered, "Yes please.")
    assert texted.heard == ["I have sent you the link.", ANYTHING]
    assert desk.texts.sent == [(CALLER, "Acme: Book a service: https://acme.example/book")]
    desk.say(offered, "Yes please.")  # Twilio asks again
    assert len(desk.texts.sent) == 1
    assert desk.say(texted, "Until when are you open?").heard == ["Until six."]
    assert len(desk.world.model.prompts) == 2


def test_a_no_sends_nothing_and_a_question_goes_on():
    """Whatever is not a yes is not taken for one."""
    desk = scripted("It costs 95 pounds.", "In green.", cta_tree=[LINK])
    offered = desk.say(desk.ring(), "What does a service cost?")
    assert desk.say(offered, "No thanks.").heard == [ANYTHING]
    assert desk.say(offered, "Which colours do you have?").heard == ["In green."]
    assert desk.texts.sent == []


def test_a_text_that_cannot_be_sent_is_said():
    """The carrier says no: the caller hears it."""
    desk = scripted("It costs 95 pounds.", cta_tree=[LINK])
    desk.texts.trouble = Unavailable("Twilio cannot be reached.")
    offered = desk.say(desk.ring(), "What does a service cost?")
    assert desk.say(offered, "Yes").heard[0] == "I'm sorry, the text message could not be sent."


@pytest.mark.parametrize("case", ["withheld", "off", "asks"])
def test_no_link_is_offered_in_vain(case):
    """Not to a withheld number, not where the owner does not want it, not behind another question."""
    reply = "Which bike is it?" if case == "asks" else "It costs 95 pounds."
    desk = scripted(reply, cta_tree=[LINK], voice={"text_links": case != "off"})
    number = {"From": "anonymous"} if case == "withheld" else {}
    assert desk.say(desk.ring(**number), "What does a service cost?", **number).heard == [reply]


# -- trouble --------------------------------------------------------------------------------------------------------


def test_a_model_that_is_away_leads_to_a_person():
    """Sorry, and the caller is put through."""
    desk = scripted(DOWN, voice={"transfer": {"number": TEAM}})
    twiml = desk.say(desk.ring(), "What does a service cost?")
    assert twiml.verbs == ["Dial"]
    assert twiml.heard == [
        "I'm sorry, something went wrong on our side.",
        "One moment, please. I am putting you through.",
    ]


def test_or_to_a_message():
    """Nobody can be rung: a message is taken."""
    twiml = (desk := scripted(DOWN)).say(desk.ring(), "What does a service cost?")
    assert twiml.verbs == ["Record", "Hangup"]


def test_sessions_that_are_away_lead_to_a_message_too():
    """The engine itself fails before its turn begins."""
    desk = scripted()
    ring = desk.ring()

    def away(*_: object) -> None:
        raise RuntimeError("away")

    desk.world.sessions.open = away  # type: ignore[method-assign,assignment]
    assert desk.say(ring, "What does a service cost?").verbs == ["Record", "Hangup"]
    assert ("caller", "What does a service cost?") in desk.said


def test_a_slow_answer_keeps_the_caller():
    """One moment, please: the same turn again, until the answer is there. It is given once."""
    desk = scripted("It costs 95 pounds.")
    ring, gate, kept = desk.ring(), threading.Event(), threading.Event()
    model, sessions = desk.world.model, desk.world.sessions
    quick, close = model.stream, sessions.close

    def slow(prompt: object) -> object:
        assert gate.wait(30)
        return quick(prompt)  # type: ignore[arg-type]

    def closing(*arguments: object, **more: object) -> bool:
        done = close(*arguments, **more)  # type: ignore[arg-type]
        kept.set()
        return done

    model.stream, sessions.close = slow, closing  # type: ignore[method-assign,assignment]
    desk.world.clock.while_asleep = lambda: kept.wait(30)  # the second webhook waits for the first one's answer
    ask = desk.answers.ask

    def impatient(message: Message, _wait_s: float) -> Heard | None:
        return ask(message, 30 if gate.is_set() else 0.05)

    desk.answers.ask = impatient  # type: ignore[method-assign,assignment]
    twiml = desk.say(ring, "What does a service cost?")
    assert (twiml.heard, twiml.verbs) == (["One moment, please."], ["Redirect"])
    path = (twiml.one("Redirect").text or "").removeprefix(PUBLIC)
    gate.set()
    done = desk.ask(path)
    assert (done.heard, done.verbs) == (["It costs 95 pounds."], ["Gather"])
    assert len(model.prompts) == 1
    assert desk.said[1:] == [("caller", "What does a service cost?"), ("assistant", "It costs 95 pounds.")]


def test_an_answer_that_never_comes_leads_to_a_message():
    """The caller is asked to wait some times, and then is not left with it."""
    desk = scripted()
    ring = desk.ring()

    def never(_message: Message, _wait_s: float) -> None:
        return None

    desk.answers.ask = never  # type: ignore[method-assign,assignment]
    twiml, waits = desk.say(ring, "What does a service cost?"), 0
    while twiml.verbs == ["Redirect"]:
        waits += 1
        twiml = desk.ask((twiml.one("Redirect").text or "").removeprefix(PUBLIC))
    assert (waits, twiml.verbs) == (4, ["Record", "Hangup"])


def test_without_the_database_the_call_goes_on():
    """What was said is not kept meanwhile; questions are answered all the same."""
    desk = scripted("It costs 95 pounds.")
    ring = desk.ring()
    desk.calls.away = True
    assert desk.say(ring, "What does a service cost?").heard == ["It costs 95 pounds."]


def test_without_sound_the_conversation_goes_on():
    """Twilio's own voice says it; after some failures nobody waits for speech any more."""
    desk = scripted(*["Yes [1]."] * 5)
    desk.recordings.down = True
    twiml = desk.ring()
    for number in range(5):
        twiml = desk.say(twiml, f"Is this question number {number}?")
        assert twiml.heard == ["Yes."]
        assert twiml.one("Say").text == "Yes."
    assert len(desk.recordings.made) == 3
