"""The assistant never claims to have booked anything: a sentence that does is replaced before anybody sees it."""

import re

_CLAIMS = (
    r"\bi(?:'ve| have|'ll have| just)?(?: just| now| already)? "
    r"(?:booked|scheduled|reserved|confirmed|rescheduled|cancelled)\b",
    r"\byou(?:'re| are)(?: now| all)? (?:booked|scheduled|confirmed)\b",
    r"\b(?:appointment|booking|reservation|visit|slot)\b.{0,40}\b(?:is|has been|was)(?: now)? "
    r"(?:booked|scheduled|confirmed|reserved|made|set)\b",
    r"\b(?:he|hemos) (?:reservado|agendado|confirmado)\b",
    r"\b(?:cita|reserva)\b.{0,30}\b(?:está|ha sido|queda) (?:reservada|confirmada|agendada)\b",
    r"\bich habe\b.{0,60}\b(?:gebucht|reserviert|bestätigt|eingetragen|vereinbart)\b",
    r"\btermin\b.{0,30}\b(?:ist|wurde) (?:gebucht|bestätigt|eingetragen|vereinbart)\b",
    r"\bj'ai (?:réservé|confirmé|fixé|pris)\b.{0,30}\b(?:rendez-vous|rdv|réservation)\b",
    r"\b(?:rendez-vous|réservation)\b.{0,30}\b(?:est|a été) (?:confirmée?|réservée?|fixée?|prise?)\b",
)
_CLAIM = re.compile("|".join(_CLAIMS), re.IGNORECASE)
INSTEAD = "I can't make bookings myself; the team will gladly arrange it with you."


def check(sentence: str) -> str:
    """Return the sentence, or what is true instead when it claims that something was booked."""
    return INSTEAD if _CLAIM.search(sentence) else sentence
