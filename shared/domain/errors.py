"""The platform's error tree. Adapters turn vendor errors into these; the web edge turns these into problem+json.

PlatformError
├── Malformed 400            ├── Conflict 409               ├── RateLimited 429
├── Unauthenticated 401      ├── PreconditionFailed 412     └── Unavailable 503
├── Forbidden 403            ├── TooLarge 413                   ├── DatabaseUnavailable
├── NotFound 404             ├── UnsupportedMediaType 415       ├── StorageUnavailable
├── MethodNotAllowed 405     └── Invalid 422                    └── ModelUnavailable
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One invalid field: `loc` is the path to it, `msg` a sentence for a person."""

    loc: tuple[str | int, ...]
    msg: str


class PlatformError(Exception):
    """Base of all errors that a caller may be told about.

    `detail` is shown to the caller: it never holds a secret, another tenant's data or a vendor's text.
    """

    status = 500
    code = "internal_error"
    title = "Something went wrong on our side"

    def __init__(self, detail: str, *, code: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.retry_after_s = retry_after_s


class Malformed(PlatformError):
    """The body or a parameter cannot be read at all."""

    status = 400
    code = "malformed"
    title = "The request cannot be read"


class Unauthenticated(PlatformError):
    """No credential, or one that is wrong, expired or revoked."""

    status = 401
    code = "unauthenticated"
    title = "A valid credential is required"


class Forbidden(PlatformError):
    """The credential is valid but does not reach this far."""

    status = 403
    code = "forbidden"
    title = "Not allowed"


class NotFound(PlatformError):
    """Unknown, deleted, or another tenant's: the caller cannot tell which."""

    status = 404
    code = "not_found"
    title = "Not found"


class MethodNotAllowed(PlatformError):
    """The path exists, not with this method."""

    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"This path answers {', '.join(allowed)}.")
        self.allowed = tuple(allowed)


class Conflict(PlatformError):
    """The state of the resource does not permit the change; `existing` is the id of what is in the way, if known."""

    status = 409
    code = "conflict"
    title = "Conflict"

    def __init__(self, detail: str, *, code: str | None = None, existing: str = "") -> None:
        super().__init__(detail, code=code)
        self.existing = existing
        self.location = ""  # its address, which the web edge knows


class PreconditionFailed(PlatformError):
    """`If-Match` names a version that is no longer current."""

    status = 412
    code = "stale_version"
    title = "The resource has changed"


class TooLarge(PlatformError):
    """The body is larger than the route accepts."""

    status = 413
    code = "too_large"
    title = "The request is too large"


class UnsupportedMediaType(PlatformError):
    """The body's content type is not one the route reads."""

    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"


class Invalid(PlatformError):
    """The body can be read but breaks a rule; `errors` names each field."""

    status = 422
    code = "invalid"
    title = "The request is not valid"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(error.msg for error in errors[:3]) or "The request is not valid.")
        self.errors = tuple(errors)


class RateLimited(PlatformError):
    """Too many messages in the window; `limit` is the window's size, `reset_s` seconds until one is free again."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"

    def __init__(self, detail: str, *, limit: int, reset_s: float) -> None:
        super().__init__(detail, retry_after_s=reset_s)
        self.limit = limit
        self.reset_s = reset_s


class Unavailable(PlatformError):
    """Something the call cannot do without is down; worth trying again."""

    status = 503
    code = "unavailable"
    title = "Temporarily unavailable"

    def __init__(self, detail: str, *, retry_after_s: float = 5) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)


class DatabaseUnavailable(Unavailable):
    """Postgres cannot be reached or has no connection to spare."""

    code = "database_unavailable"


class StorageUnavailable(Unavailable):
    """Object storage cannot be reached."""

    code = "storage_unavailable"


class ModelUnavailable(Unavailable):
    """The model gave no usable answer. `transient` says whether the same call may succeed later."""

    code = "model_unavailable"

    def __init__(self, detail: str, *, transient: bool, reason: str) -> None:
        super().__init__(detail)
        self.transient = transient
        self.reason = reason
