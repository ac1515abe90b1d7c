"""The assistant never claims to have booked anything: a sentence that does is replaced before anybody sees it."""

import re
from functools import cache

from shared.domain.folding import fold

_DONE = r"(?:booked|scheduled|reserved|confirmed|rescheduled|cancelled|canceled|moved|arranged)"
_MADE = r"(?:booked|scheduled|confirmed|reserved|made|set up|cancelled|canceled|moved)"
_CLAIMS = (
    rf"\bi(?:'ve| have|'ll have)?(?: just| now| already| successfully| gone ahead and){{0,2}} {_DONE}\b",
    r"\byou(?:'re| are)(?: now| all){0,2} (?:booked|scheduled|confirmed)\b",
    rf"\b(?:your|the) (?:appointment|booking|reservation|visit|slot)\b.{{0,40}}\b(?:is|has been|was)"
    rf"(?: now| successfully){{0,2}} {_MADE}\b",
    r"\b(?:he|hemos) (?:reservado|agendado|confirmado|cancelado|anulado)\b",
    r"\b(?:cita|reserva)\b.{0,30}\b(?:esta|ha sido|queda) (?:reservada|confirmada|agendada|cancelada)\b",
    r"\bich habe\b.{0,60}\b(?:gebucht|reserviert|bestatigt|eingetragen|vereinbart|storniert|verschoben|abgesagt)\b",
    r"\btermin\b.{0,30}\b(?:ist|wurde) (?:gebucht|bestatigt|eingetragen|vereinbart|storniert|verschoben)\b",
    r"\bj'ai (?:reserve|confirme|fixe|pris|annule|deplace)\b.{0,30}\b(?:rendez-vous|rdv|reservation)\b",
    r"\b(?:rendez-vous|reservation)\b.{0,30}\b(?:est|a ete) (?:confirme|reserve|fixe|pris|annule)e?\b",
)
# What somebody will confirm, or what is not known, is no claim.
_OPEN = re.compile(
    r"\b(?:once|whether|if|when|until|unless|before|after|as soon as|sobald|ob|wenn|cuando|si|des que|quand)\b"
)
INSTEAD = "I can't make bookings myself; the team will gladly arrange it with you."


@cache
def _claim() -> re.Pattern[str]:
    return re.compile("|".join(_CLAIMS))


def check(sentence: str) -> str:
    """Return the sentence, or what is true instead when it claims that something was booked.

    Args:
        sentence: as the visitor would read it, without markup.
    """
    claim = _claim().search(fold(_CITATION.sub("", sentence)))
    if not claim or _OPEN.search(claim.string[: claim.start()]):
        return sentence
    return INSTEAD


_CITATION = re.compile(r"\[\d{1,3}\]")
