"""Who is let in: the client token, and the token that tells the hour. Pure: the clock is an argument."""

import re
from collections.abc import Mapping
from email.utils import formatdate

from edge_tts.constants import TRUSTED_CLIENT_TOKEN
from edge_tts.drm import generate_sec_ms_gec_v2

# A token is of five minutes; a client's clock may be one such step off.
STEP_S = 300
_VERSION = re.compile(r"2-\d+(?:\.\d+){3}", re.ASCII)


def refusal(query: Mapping[str, str], now: float) -> str | None:
    """Return why a call with this query is refused at `now` (seconds since 1970); None when it is let in."""
    # The names' case differs between the list of voices and the websocket.
    given = {name.lower(): value for name, value in query.items()}
    if given.get("trustedclienttoken") != TRUSTED_CLIENT_TOKEN:
        return "the client token is wrong"
    if not _VERSION.fullmatch(given.get("sec-ms-gec-version", "")):
        return "the version is none of the second form of token"
    if given.get("sec-ms-gec") not in {generate_sec_ms_gec_v2(now + step) for step in (-STEP_S, 0, STEP_S)}:
        return "the Sec-MS-GEC token is wrong or of another time"
    return None


def date(now: float) -> str:
    """Return `now` as the Date header has it: by it a client puts its clock right."""
    return formatdate(now, usegmt=True)
