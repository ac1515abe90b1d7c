"""What Twilio tells beside and after the conversation: messages, recordings, how the call ended."""

import logging

from shared.api.voice.counting import count_call
from shared.api.voice.document import Document
from shared.api.voice.journal import Journal
from shared.domain.errors import PlatformError
from shared.domain.voice import CallOutcome
from shared.engine.phone_team import tell_team
from shared.engine.telephone import Telephone
from shared.logs import event

_log = logging.getLogger(__name__)

_MAX_URL, _MAX_WORDS = 500, 4000


def post_message(doc: Document) -> None:
    """Keep a caller's message and tell the team; Twilio comes again when it has been written down."""
    hook, journal = doc.hook, Journal(doc.services, doc.hook)
    url, words = _recording(hook.form.get("RecordingUrl", "")), hook.form.get("TranscriptionText", "").strip()
    if url or words:
        left = words[:_MAX_WORDS] or "(a voice message)"
        doc.services.calls.finish(hook.tenant.id, hook.call_id, outcome="message", reason="left a message")
        if url:
            doc.services.calls.set_recording(hook.tenant.id, hook.call_id, url)
        journal.caller(left)
        caller = hook.caller
        reason = f"left a voice message, {caller.number or 'no number shown'}: {url}"
        tell_team(hook.tenant, caller, reason, left, doc.services.ports)
    doc.hang_up(doc.phrase("phone_message_kept"))


def post_recording(doc: Document) -> None:
    """Keep where a call's recording is."""
    hook = doc.hook
    url = _recording(hook.form.get("RecordingUrl", ""))
    if url and hook.form.get("RecordingStatus", "completed") == "completed":
        doc.services.calls.set_recording(hook.tenant.id, hook.call_id, url)


def post_status(doc: Document) -> None:
    """Keep how a call ended, once; its summary goes into the CRM."""
    hook, calls = doc.hook, doc.services.calls
    seconds = hook.form.get("CallDuration", "")
    length = int(seconds) if seconds.isascii() and seconds.isdigit() else 0
    if not calls.ended(hook.tenant.id, hook.call_id, hook.form.get("CallStatus", ""), length):
        return
    text, fields = _closed(doc)
    journal = Journal(doc.services, hook)
    outcome: CallOutcome = journal.outcome or ("answered" if journal.was_spoken else "missed")
    count_call(doc, outcome, length)
    calls.finish(hook.tenant.id, hook.call_id, outcome=outcome, summary=text or None, fields=fields)


def _closed(doc: Document) -> tuple[str, dict[str, str]]:
    """Return the summary and the details of a call; what cannot be had now is not worth losing the outcome."""
    hook = doc.hook
    telephone = Telephone(
        hook.tenant, hook.phone, hook.caller, doc.services.ports, send_text=lambda _text: None, link=lambda: ""
    )
    try:
        return telephone.close()
    except PlatformError as error:
        event(_log, "call_not_summarised", logging.WARNING, code=error.code)
        return "", {}


def _recording(url: str) -> str:
    """Return a recording's address, "" for what is none."""
    return url if url.startswith(("https://", "http://")) and len(url) <= _MAX_URL else ""
