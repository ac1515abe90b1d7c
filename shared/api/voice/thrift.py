"""What a phone line does without as its business's budget runs out: Gemini Live first, then all but the voicemail."""

from shared.api.voice.document import Document
from shared.api.voice.journal import Journal
from shared.api.voice.transfer import leave_message
from shared.domain.budget import Measure
from shared.engine.stages.thrift import thrift


def may_go_live(doc: Document) -> bool:
    """Say whether Gemini Live may speak, which costs more than turns do. A call that has it already keeps it."""
    return _measure(doc) not in ("knowledge_only", "contact_only")


def only_message(doc: Document) -> bool:
    """Say whether callers can leave a message and nothing else."""
    return _measure(doc) == "contact_only"


def take_only_message(doc: Document, journal: Journal) -> None:
    """Say so politely, and take a message."""
    hook = doc.hook
    doc.services.calls.answered(hook.tenant.id, hook.call_id)
    leave_message(doc, journal, doc.phrase("phone_message_only", name=hook.tenant.config.name))


def _measure(doc: Document) -> Measure | None:
    return thrift(doc.hook.tenant, doc.services.ports.spending)
