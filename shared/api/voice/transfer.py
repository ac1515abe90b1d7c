"""A person for the caller: ringing them, what became of it, and a message when nobody comes."""

from shared.api.voice.document import Document, Place
from shared.api.voice.journal import Journal
from shared.domain.phone import can_transfer
from shared.engine.phone_team import tell_team

# So often is a person rung in one call; then a message is taken.
MOST_TRIES = 2
_BRIDGED = ("completed", "answered")
_MAX_REASON = 200


def put_through(doc: Document, journal: Journal, reason: str, back: Place | None, *words: str) -> None:
    """Say the words and ring a person, or take a message when that is of no use now.

    Args:
        doc: the answer.
        journal: the call's.
        reason: what the person is told before they take the call.
        back: to which turn if nobody comes, None a stream.
        words: said before.
    """
    reason = " ".join(reason.split())[:_MAX_REASON]
    if not reachable(doc, journal):
        leave_message(doc, journal, doc.phrase("phone_nobody"))
        return
    journal.through(reason)
    if words:
        journal.assistant(*words)
    doc.say(*words)
    doc.dial(back)


def reachable(doc: Document, journal: Journal) -> bool:
    """Say whether it makes sense to ring a person."""
    config = doc.hook.tenant.config
    is_open = config.opening_hours.is_open(doc.services.ports.clock.now())
    return can_transfer(config, is_open=is_open) and journal.failures < MOST_TRIES


def leave_message(doc: Document, journal: Journal, *words: str) -> None:
    """Say the words and take a message."""
    journal.assistant(*words, doc.phrase("phone_leave_message"))
    doc.take_message(*words)


def stuck(doc: Document, journal: Journal, back: Place) -> None:
    """Say sorry, for the assistant cannot answer, and leave the caller to a person or with a message."""
    sorry = doc.phrase("phone_trouble")
    if reachable(doc, journal):
        put_through(doc, journal, "the assistant could not answer", back, sorry, doc.phrase("phone_transfer"))
    else:
        leave_message(doc, journal, sorry)


def post_action(doc: Document) -> None:
    """After a person was rung: done, back to the assistant, or a message."""
    hook, journal = doc.hook, Journal(doc.services, doc.hook)
    if _was_taken(doc, journal):
        doc.services.calls.finish(hook.tenant.id, hook.call_id, outcome="transferred", reason=journal.reason)
        doc.hang_up()
        return
    tries = journal.not_taken(f"{hook.form.get('DialCallStatus', '')} {hook.form.get('DialCallSid', '')}".strip())
    caller = hook.caller
    tell_team(hook.tenant, caller, f"could not be put through: {journal.reason}", "", doc.services.ports)
    nobody = doc.phrase("phone_nobody")
    if tries >= MOST_TRIES:
        leave_message(doc, journal, nobody)
    elif "turn" in hook.query or not doc.services.stream_url:
        anything = doc.phrase("anything_else")
        journal.assistant(nobody, anything)
        doc.gather(Place.of(hook), nobody, anything)
    else:
        journal.assistant(nobody)
        doc.say(nobody)
        doc.stream()


def post_whisper(doc: Document) -> None:
    """Tell the person who picked up what it is about; with a key they take the call."""
    hook, journal = doc.hook, Journal(doc.services, doc.hook)
    if "taken" in hook.query:
        if hook.form.get("Digits"):
            journal.taken()  # and nothing more to do here: Twilio connects the two
        else:
            doc.hang_up()
        return
    session = doc.services.ports.sessions.read(hook.tenant.id, hook.caller.session_id)
    name = session.dialogue.fields.get("name") if session else None
    number = journal.record.caller if journal.record else ""
    who = (name.shown if name else "") or number or doc.phrase("phone_somebody")
    doc.whisper(doc.phrase("phone_whisper", name=who, reason=journal.reason))


def _was_taken(doc: Document, journal: Journal) -> bool:
    """Say whether a person talked to the caller. A voicemail that heard the whisper did not."""
    form, transfer = doc.hook.form, doc.hook.phone.transfer
    bridged = form.get("DialBridged")
    if transfer and transfer.whisper:
        return journal.was_taken or bridged == "true"
    return form.get("DialCallStatus") in _BRIDGED and bridged != "false"
