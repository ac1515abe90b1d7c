"""Plain attempts to overrule the instructions or to read them. The prompt's own defences stand behind this one."""

import re
import unicodedata
from functools import cache

from shared.domain.message import Message
from shared.domain.tenant import Tenant
from shared.domain.turn import Intent
from shared.domain.verdict import Settlement

# Each needs an order *and* its object, so that "ignore the noise my brakes make" passes.
_INSTRUCTIONS = r"(?:instructions?|prompts?|rules|guidelines|directives|programming)"
_PATTERNS = (
    rf"\b(?:ignore|disregard|forget|override|bypass)\b.{{0,40}}\b{_INSTRUCTIONS}\b",
    rf"\b(?:reveal|show|print|repeat|output|display|tell me|give me|what (?:is|are|were))\b.{{0,30}}"
    rf"\b(?:your|the|initial|hidden)\b.{{0,20}}\b(?:system|initial|hidden|secret|original|developer)\b.{{0,20}}"
    rf"\b(?:{_INSTRUCTIONS}|message)\b",
    r"\byou are now\b.{0,30}\b(?:dan|developer mode|unrestricted|jailbroken|a different)\b",
    r"\b(?:act|behave|pretend|respond)\b.{0,30}\b(?:no|without(?: any)?)\b.{0,15}"
    r"\b(?:restrictions?|rules|filters?|limits?)\b",
    r"\b(?:enable|enter|activate)\b.{0,15}\b(?:developer|debug|god|dan) mode\b",
    r"\b(?:ignora|olvida|omite)\b.{0,40}\b(?:instrucciones|reglas|indicaciones)\b",
    r"\b(?:ignoriere|vergiss|missachte)\b.{0,40}\b(?:anweisungen|regeln|instruktionen|vorgaben)\b",
    r"\b(?:ignore[rz]?|oublie[rz]?)\b.{0,40}\b(?:instructions|consignes|règles)\b",
    r"(?:تجاهل|انس).{0,40}(?:التعليمات|الأوامر|القواعد)",
)
DECLINED = "I can only help with questions about {name}. What would you like to know?"


@cache  # 15 ms to compile: paid by the first question, not by the start of the process
def _attempt() -> re.Pattern[str]:
    return re.compile("|".join(_PATTERNS), re.DOTALL)


def check(message: Message, tenant: Tenant) -> Settlement | None:
    """Settle an attempt with a friendly refusal that gives nothing away."""
    plain = " ".join(unicodedata.normalize("NFKC", message.text).casefold().split())
    if not _attempt().search(plain):
        return None
    text = tenant.config.texts.declined or DECLINED.format(name=tenant.config.name)
    return Settlement(text, Intent("off_topic", 1.0), "answering")
