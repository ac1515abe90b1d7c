"""A call that comes in: whether it is taken, what is said first, and who goes on."""

from shared.api.voice.counting import count_call
from shared.api.voice.document import Document, Place
from shared.api.voice.journal import Journal
from shared.api.voice.thrift import may_go_live, only_message, take_only_message
from shared.api.voice.transfer import leave_message
from shared.domain.phone import greeting_of
from shared.domain.voice import Refusal

_WORDS: dict[Refusal, str] = {"busy": "phone_busy", "spent": "phone_not_now", "caller": "phone_not_now"}


def post_incoming(doc: Document) -> None:
    """Answer a call."""
    answer_call(doc, live=doc.hook.phone.mode == "live" and bool(doc.services.stream_url) and may_go_live(doc))


def answer_call(doc: Document, *, live: bool) -> None:
    """Take the call or refuse it politely; the same webhook again gets the same answer."""
    hook, phone, config = doc.hook, doc.hook.phone, doc.hook.tenant.config
    if not phone.enabled:
        doc.hang_up(doc.phrase("phone_not_now"))
        return
    caller = hook.caller
    refused = doc.services.calls.begin(
        hook.tenant.id, caller.call_id, session_id=caller.session_id, caller=caller.number, number=hook.line.number,
        mode="live" if live else "turns", limits=phone.limits,
    )  # fmt: skip
    if refused:
        count_call(doc, "refused", 0)
        doc.hang_up(doc.phrase(_WORDS[refused]))
        return
    closed = config.opening_hours.is_open(doc.services.ports.clock.now()) is False
    if closed and phone.closed != "answer":
        _closed(doc)
    elif only_message(doc):
        take_only_message(doc, Journal(doc.services, hook))
    else:
        _begin(doc, live=live)


def _closed(doc: Document) -> None:
    """Say that nobody is there; take a message if the owner wants that."""
    hook, phone, name = doc.hook, doc.hook.phone, doc.hook.tenant.config.name
    doc.services.calls.answered(hook.tenant.id, hook.call_id)
    if phone.closed == "message":
        words = phone.closed_text or doc.phrase("phone_closed_message", name=name)
        leave_message(doc, Journal(doc.services, hook), words)
    else:
        doc.hang_up(phone.closed_text or doc.phrase("phone_closed", name=name))


def _begin(doc: Document, *, live: bool) -> None:
    """Greet, tell what the law wants told, and let the conversation begin."""
    hook, phone, journal = doc.hook, doc.hook.phone, Journal(doc.services, doc.hook)
    opening = [greeting_of(hook.tenant.config, hook.language), phone.consent or ""]
    if not (journal.record and journal.record.transcript):  # Twilio may ask twice
        journal.assistant(*opening)
    doc.say(*opening)
    if phone.recording.enabled:
        doc.record_call()
    if live:
        doc.stream()
    else:
        doc.services.calls.answered(hook.tenant.id, hook.call_id)
        doc.gather(Place(verified=hook.caller.verified))
