"""Zoho's errors: of a call, or of one record in it."""

from typing import Any

from local.crm.vendor import Json


class ZohoError(Exception):
    """A refusal in Zoho's words."""

    def __init__(self, status: int, code: str, message: str, **details: Any) -> None:  # noqa: ANN401 - JSON
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def body(self) -> Json:
        """The error as JSON."""
        return {"code": self.code, "details": self.details, "message": self.message, "status": "error"}


def invalid(name: str, path: str, **details: Any) -> ZohoError:  # noqa: ANN401 - JSON
    """Return the refusal of a value."""
    return ZohoError(400, "INVALID_DATA", "invalid data", api_name=name, json_path=path, **details)


def needed(name: str, path: str) -> ZohoError:
    """Return the refusal of what lacks a value."""
    return ZohoError(400, "MANDATORY_NOT_FOUND", "required field not found", api_name=name, json_path=path)


def no_such_id() -> ZohoError:
    """Return the refusal of an id in the path."""
    return ZohoError(400, "INVALID_DATA", "the id given seems to be invalid", resource_path_index=1)


def no_such_module(index: int = 0) -> ZohoError:
    """Return the refusal of a module."""
    message = "the module name given seems to be invalid"
    return ZohoError(400, "INVALID_MODULE", message, resource_path_index=index)


def no_such_path() -> ZohoError:
    """Return the refusal of a path."""
    return ZohoError(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")


def lacking(name: str) -> ZohoError:
    """Return the refusal of a call without a parameter."""
    return ZohoError(400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param_name=name)


def scope_mismatch() -> ZohoError:
    """Return the refusal of a token without the scope."""
    return ZohoError(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")


def bad_token() -> ZohoError:
    """Return the refusal of a token."""
    return ZohoError(401, "INVALID_TOKEN", "invalid oauth token")


def too_many() -> ZohoError:
    """Return the refusal of one call too many."""
    return ZohoError(429, "TOO_MANY_REQUESTS", "You have made too many requests. Please try again after some time")


def duplicate(name: str, path: str, module: str, there: str) -> ZohoError:
    """Return the refusal of a value that a record has already; `there` "" when several have."""
    holder = {"id": there, "module": {"api_name": module, "id": "5501"}} if there else None
    found = {"duplicate_record": holder} if holder else {"more_records": True}
    return ZohoError(400, "DUPLICATE_DATA", "duplicate data", api_name=name, json_path=path, **found)
