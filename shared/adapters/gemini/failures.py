"""What can go wrong in a model call, in our words: is it worth another try, and what was it?"""

import re
from typing import Any

from shared.domain.errors import ModelUnavailable

_TRANSIENT_CODES = {408, 429, 500, 502, 503, 504}
_DELAY = re.compile(r"^(\d+(?:\.\d+)?)s$")


def translated(error: BaseException) -> ModelUnavailable:
    """Return our error for any the SDK or its transport raises. The vendor's text stays out of it."""
    import httpx2
    from google.genai.errors import APIError

    if isinstance(error, ModelUnavailable):
        return error
    if isinstance(error, APIError):
        transient = error.code in _TRANSIENT_CODES
        return ModelUnavailable("The model refused.", transient=transient, reason=f"{error.code} {error.status or ''}")
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return ModelUnavailable("The model did not answer in time.", transient=True, reason="timeout")
    if isinstance(error, httpx2.TransportError | OSError):
        return ModelUnavailable("The model cannot be reached.", transient=True, reason=type(error).__name__)
    if isinstance(error, ValueError):  # includes JSON that is none, and the SDK's UnknownApiResponseError
        return ModelUnavailable("The model's answer cannot be read.", transient=True, reason="garbage")
    return ModelUnavailable("The model call failed.", transient=False, reason=type(error).__name__)


def asked_delay_s(error: BaseException | None) -> float:
    """Return the seconds a refusal asks to wait (google.rpc.RetryInfo), 0 when it asks for none."""
    details: Any = getattr(error, "details", None)
    if not isinstance(details, dict):
        return 0.0
    inner = details.get("error", details)
    for item in inner.get("details", ()) if isinstance(inner, dict) else ():
        delay = _DELAY.match(str(item.get("retryDelay", ""))) if isinstance(item, dict) else None
        if delay:
            return float(delay[1])
    return 0.0
