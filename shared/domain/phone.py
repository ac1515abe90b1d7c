"""What a call begins with, as the webhooks and the media service both must say and know it. Pure."""

from shared.domain.business import BusinessConfig
from shared.domain.phrases import say

# What Twilio gives for a number that is withheld: these are letters on a telephone's keys, and nobody's number.
_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
_MAX_DIGITS = 15


def language_of(config: BusinessConfig) -> str:
    """Return the language of a business's phone: its first."""
    return config.languages[0]


def greeting_of(config: BusinessConfig, language: str) -> str:
    """Return the first words of a call: the business's own, else the platform's in this language."""
    own = config.voice.greeting if config.voice else None
    return own or say("phone_greeting", language, name=config.name)


def shown_number(number: str) -> str:
    """Return who calls in E.164, "" when the number is withheld or none that could be called back."""
    digits = number.removeprefix("+")
    is_number = number.startswith("+") and digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS
    return number if is_number and number not in _WITHHELD else ""


def is_verified(stir: str, forwarded_from: str) -> bool:
    """Say whether the network vouches for the caller's number: attested in full, on a call nobody passed on."""
    return stir.startswith("TN-Validation-Passed-A") and not forwarded_from


def can_transfer(config: BusinessConfig, *, is_open: bool | None) -> bool:
    """Say whether a caller can be put through now; `is_open` None: the business has no hours."""
    transfer = config.voice.transfer if config.voice else None
    return transfer is not None and (transfer.always or is_open is not False)


def session_of(call_id: str) -> str:
    """Return the id of a call's conversation."""
    return f"call-{call_id}"
