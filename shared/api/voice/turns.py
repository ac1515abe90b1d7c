"""The turn-based conversation: what the caller said goes through the chat's own engine, and its reply is spoken."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.api.voice.answers import Heard
from shared.api.voice.document import Document, Place
from shared.api.voice.incoming import answer_call
from shared.api.voice.journal import Journal
from shared.api.voice.links import after_offer, offer_in
from shared.api.voice.thrift import may_go_live, only_message, take_only_message
from shared.api.voice.transfer import MOST_TRIES, leave_message, put_through, reachable, stuck
from shared.capture.spoken import written
from shared.domain.message import Message
from shared.engine.telephone import Caller
from shared.formatting.speech import spoken
from shared.logs import event

_log = logging.getLogger(__name__)

ANSWER_S = 6.0  # what the caller waits before they are asked to
MOST_WAITS = 4
MOST_SILENCES = 2
_PERSON_KEY = "0"
_SURE = 0.99


def post_fallback(doc: Document) -> None:
    """Say what is next: after a stream, what was planned; in the turns, the next one."""
    hook, journal = doc.hook, Journal(doc.services, doc.hook)
    if hook.is_over:
        return
    if "turn" in hook.query:
        _turn(doc, journal, Place.of(hook))
    elif journal.record is None:  # the webhook for incoming calls was not reached: this is the number's fallback
        answer_call(doc, live=False)
    elif journal.outcome == "refused":
        doc.hang_up(doc.phrase("phone_not_now"))
    else:
        _after_stream(doc, journal, doc.services.calls.take_next(hook.tenant.id, hook.call_id) or {})


def _after_stream(doc: Document, journal: Journal, planned: Mapping[str, Any]) -> None:
    match planned.get("do"):
        case "hang_up":
            doc.hang_up()
        case "transfer":
            put_through(doc, journal, str(planned.get("reason", "")), None)
        case "resume" if doc.services.stream_url and may_go_live(doc):
            doc.stream()
        case _:
            doc.services.calls.answered(doc.hook.tenant.id, doc.hook.call_id)
            words = doc.phrase("phone_interrupted")
            journal.assistant(words)
            doc.gather(Place(verified=doc.hook.caller.verified), words)


def _turn(doc: Document, journal: Journal, place: Place) -> None:
    """Answer what the caller said, once: the same turn again gets the same answer."""
    hook = doc.hook
    said = _awaited(doc, place) if place.waits else hook.said
    if journal.seconds > hook.phone.limits.minutes_per_call * 60:
        doc.hang_up(doc.phrase("phone_too_long"))
    elif not said:
        _silence(doc, journal, place)
    elif hook.form.get("Digits") == _PERSON_KEY:
        journal.caller(_PERSON_KEY)
        put_through(doc, journal, "pressed 0 for a person", place.next(), doc.phrase("phone_transfer"))
    elif only_message(doc):
        journal.caller(said)
        take_only_message(doc, journal)
    elif place.offer and (words := after_offer(doc, journal, place.offer, said)):
        journal.caller(said)
        journal.assistant(*words)
        doc.gather(place.next(), *words)
    else:
        _ask(doc, journal, place, said)


def _silence(doc: Document, journal: Journal, place: Place) -> None:
    """Ask once whether the caller is there, then say goodbye."""
    if place.silences + 1 >= MOST_SILENCES:
        doc.hang_up(doc.phrase("phone_goodbye"))
        return
    words = doc.phrase("phone_still_there")
    journal.assistant(words)
    doc.gather(replace(place, silences=place.silences + 1, waits=0), words)


def _ask(doc: Document, journal: Journal, place: Place, said: str) -> None:
    """Let the engine answer."""
    hook = doc.hook
    caller = _caller(doc)
    message = Message(
        hook.tenant.id, caller.session_id, f"{caller.call_id}-{place.entry}-{place.turn}", written(said),
        caller.number or caller.session_id, channel="voice", locale=hook.language, person=caller.person, holder=True,
    )  # fmt: skip
    try:
        heard = doc.services.answers.ask(message, ANSWER_S)
    except Exception:  # noqa: BLE001 - whatever the engine could not do, the caller is not left with it
        event(_log, "phone_turn_failed", logging.ERROR)
        journal.caller(said)
        stuck(doc, journal, place.next())
        return
    if heard is None and place.waits < MOST_WAITS:
        doc.services.calls.plan_next(hook.tenant.id, hook.call_id, {"do": "answer", "turn": place.turn, "said": said})
        doc.wait(place)
        return
    if heard is None or not heard.again or place.waits:  # a repeated webhook's words are in the transcript already
        journal.caller(said)
    if heard is None or "model" in heard.answer["degraded"]:
        stuck(doc, journal, place.next())
    else:
        _reply(doc, journal, place, heard)


def _reply(doc: Document, journal: Journal, place: Place, heard: Heard) -> None:
    """Speak the engine's reply, and do what it decided."""
    answer = heard.answer
    words = spoken(answer["reply"]["text"], doc.hook.language) or doc.phrase("anything_else")
    intent = answer["intent"]
    # A call for a person stays in the session: once rung for it, only being asked again is a reason to ring again.
    if answer["handoff"] and (not journal.failures or intent["name"] == "person"):
        if reachable(doc, journal):
            reason = answer["handoff"]["reason"] or "asks for a person"
            put_through(doc, journal, reason, place.next(), doc.phrase("phone_transfer"))
            return
        if journal.failures >= MOST_TRIES:
            leave_message(doc, journal, doc.phrase("phone_nobody"))
            return
    if intent["name"] == "goodbye" and intent["confidence"] >= _SURE:
        journal.assistant(words)
        doc.hang_up(words)
        return
    offer = offer_in(doc, journal, answer)
    asked = doc.phrase("phone_offer_link", label=offer.label) if offer else ""
    if not heard.again or place.waits:
        journal.assistant(words, asked)
    if offer:
        journal.offered(offer.id)
    doc.gather(place.next(offer.id if offer else ""), words, asked)


def _awaited(doc: Document, place: Place) -> str:
    """Return the words of the turn whose answer the caller waits for: a redirect does not bring them along."""
    planned = doc.services.calls.take_next(doc.hook.tenant.id, doc.hook.call_id) or {}
    return str(planned.get("said", "")) if planned.get("turn") == place.turn else ""


def _caller(doc: Document) -> Caller:
    """Return who calls. What is known of the number since the call began holds, whatever this webhook tells."""
    caller = doc.hook.caller
    session = doc.services.ports.sessions.read(doc.hook.tenant.id, caller.session_id)
    verified = bool(session.dialogue.person) if session else caller.verified
    return replace(caller, verified=verified)
