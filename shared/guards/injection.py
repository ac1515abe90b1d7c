"""Plain attempts to overrule the instructions or to read them. The prompt's own defences stand behind this one."""

import re
from functools import cache

from shared.domain.folding import as_latin, fold
from shared.domain.message import Message
from shared.domain.tenant import Tenant
from shared.domain.understanding import Intent
from shared.domain.verdict import Settlement

# An order, whose instructions are meant, and the word for them: "forget the care instructions" is no attempt.
_RULES = r"(?:instructions?|prompts?|rules|guidelines|directives|programming)"
_MINE = r"(?:all|any|every|everything|previous|prior|above|earlier|preceding|your|system)"
_HIDDEN = r"(?:system|initial|hidden|secret|original|developer|internal)"
_PATTERNS = (
    rf"\b(?:ignore|disregard|forget|override|bypass)\b.{{0,25}}\b{_MINE}\b.{{0,30}}\b{_RULES}\b",
    rf"\b(?:ignore|disregard|forget|override|bypass)\b.{{0,15}}\b{_RULES} you (?:were|have|got)\b",
    r"\b(?:ignore|disregard|forget) everything (?:above|before|you)\b",
    rf"\b(?:reveal|show|print|repeat|output|display|tell me|give me|what(?:'s| is| are| was| were))\b.{{0,20}}"
    rf"\b(?:your|the)\b.{{0,15}}\b{_HIDDEN} (?:instructions?|prompt|message|rules|guidelines|directives)\b",
    r"\byou are now\b.{0,15}\b(?:dan|in developer mode|unrestricted|jailbroken)\b",
    r"\b(?:act|behave|pretend|respond|answer)\b.{0,30}\b(?:have no|with no|without(?: any)?) "
    r"(?:restrictions|rules|filters|limits|guidelines)\b",
    r"^(?:please )?(?:enable|enter|activate) (?:developer|debug|god|dan) mode\b",
    r"\b(?:ignora|ignore|ignoren|olvida|olvidate|olvide|omite)\b.{0,12}\b(?:todas?|todos|tus?|sus?|las|los)\b.{0,20}"
    r"\b(?:instrucciones|reglas|indicaciones|prompt)\b",
    r"\b(?:muestra|muestrame|dime|ensename|revela)\b.{0,10}\b(?:tu|el) (?:prompt|mensaje) (?:del? )?sistema\b",
    r"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*)\b.{0,15}"
    r"\b(?:alle|deine|ihre|die|vorherigen|bisherigen|obigen)\b.{0,25}\b(?:anweisungen|regeln|instruktionen|vorgaben)\b",
    r"\b(?:zeig\w*|nenn\w*|verrate?)\b.{0,10}\b(?:dein|ihr)\w* (?:system-?prompt|systemanweisung\w*)\b",
    r"(?<!n')\b(?:ignorez?|oubliez?)\b(?! pas).{0,12}\b(?:tes|vos|toutes|les)\b.{0,25}"
    r"\b(?:instructions|consignes|regles)\b",
    r"\bmontrez?[ -]moi (?:ton|votre) prompt\b",
    r"(?:تجاهل|انس).{0,15}(?:التعليمات|الاوامر|القواعد)",
)
DECLINED = "I can only help with questions about {name}. What would you like to know?"


@cache  # 15 ms to compile: paid by the first question, not by the start of the process
def _attempt() -> re.Pattern[str]:
    return re.compile("|".join(_PATTERNS))


def check(message: Message, tenant: Tenant) -> Settlement | None:
    """Settle an attempt with a friendly refusal that gives nothing away."""
    folded = fold(message.text)
    if not (_attempt().search(folded) or _attempt().search(as_latin(folded))):
        return None
    text = tenant.config.texts.declined or DECLINED.format(name=tenant.config.name)
    return Settlement(text, Intent("off_topic", 1.0))
