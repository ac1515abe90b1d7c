"""Tokens by which a media stream proves whose call it carries: signed, short-lived; nothing is stored here.

Good for once is what the nonce is for: whoever opens a token must see to it that each nonce comes once.
"""

from dataclasses import astuple, dataclass, replace

from itsdangerous import BadData, URLSafeTimedSerializer

_SALT = "stream-token"
PARAMETER = "token"
MAX_PARAMETER = 500  # Twilio's bound on a parameter's name and value together, which must stay below it
MAX_AGE_S = 60


@dataclass(frozen=True)
class StreamGrant:
    """A stream that may be opened.

    Args:
        business_id: whose line.
        call_id: Twilio's CallSid; the stream's must be the same.
        session_id: of the conversation.
        caller: their number, "" withheld.
        verified: the network vouches for the number.
        greeting: what the caller has heard; "" when it had no room (`greeting_of` tells it).
        nonce: for once.
    """

    business_id: str
    call_id: str
    session_id: str
    caller: str
    verified: bool
    greeting: str
    nonce: str


class StreamTokens:
    """Signs and reads.

    Args:
        keys: newest first; the newest signs, all are accepted.
    """

    def __init__(self, keys: list[str]) -> None:
        self._serializer = URLSafeTimedSerializer(list(reversed(keys)), salt=_SALT)

    def issue(self, grant: StreamGrant) -> str:
        """Return the token; one that would be too long for Twilio goes without the greeting."""
        token = str(self._serializer.dumps(astuple(grant)))
        if len(PARAMETER) + len(token) < MAX_PARAMETER:
            return token
        return str(self._serializer.dumps(astuple(replace(grant, greeting=""))))

    def open(self, token: str, max_age_s: int = MAX_AGE_S) -> StreamGrant | None:
        """Return what a token grants; None when it is forged, damaged or older than `max_age_s`."""
        try:
            grant = StreamGrant(*self._serializer.loads(token, max_age=max_age_s))
        except (BadData, TypeError, ValueError):
            return None
        return grant if all(isinstance(part, str | bool) for part in astuple(grant)) else None
